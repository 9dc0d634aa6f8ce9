"""Dockerfile and docker-compose.yml as the tests read them: no Docker engine is needed."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml
from docker.utils.build import exclude_paths
from dockerfile_parse import DockerfileParser

from tests.services.server import ROOT

COMPOSE = ROOT / "docker-compose.yml"
_VARIABLE = re.compile(r"\$(?:\$|\{(?P<name>\w+)(?::(?P<kind>[-?])(?P<text>[^}]*))?\})")


class VariableMissing(Exception):  # noqa: N818 - it names what is the case, as the standard library's do
    """A variable that must be set is not; the text is what docker compose says then."""


def variables() -> set[str]:
    """The name of every variable that docker-compose.yml takes from `.env`."""
    return {found["name"] for found in _VARIABLE.finditer(COMPOSE.read_text()) if found["name"]}


def read_env(path: Path) -> dict[str, str]:
    lines = (line for line in path.read_text().splitlines() if "=" in line and not line.startswith("#"))
    return {name: value for name, _, value in (line.partition("=") for line in lines)}


class Compose:
    """docker-compose.yml with the variables of an `.env` filled in."""

    def __init__(self, values: Mapping[str, str]) -> None:
        self._values = values
        self.file: dict[str, Any] = self._filled(yaml.safe_load(COMPOSE.read_text()))
        self.services: dict[str, dict[str, Any]] = self.file["services"]

    def _filled(self, node: Any) -> Any:
        if isinstance(node, dict):
            return {key: self._filled(value) for key, value in node.items()}
        if isinstance(node, list):
            return [self._filled(value) for value in node]
        return _VARIABLE.sub(self._value, node) if isinstance(node, str) else node

    def _value(self, found: re.Match[str]) -> str:
        if found["name"] is None:
            return "$"
        value = self._values.get(found["name"], "")
        if not value and found["kind"] == "?":
            raise VariableMissing(f"{found['name']} {found['text']}")
        return value or found["text"] or ""

    @property
    def ours(self) -> list[str]:
        """The services that run our own image."""
        image = self.services["web"]["image"]
        return [name for name, service in self.services.items() if service["image"] == image]

    def health_check(self, name: str) -> list[str]:
        """The command that tells whether a service is healthy, ready to be run; empty when there is none."""
        declared = self.services[name].get("healthcheck")
        if declared is None:
            return Dockerfile().health_check if name in self.ours else []
        if declared.get("disable"):
            return []
        kind, *command = declared["test"]
        return ["sh", "-c", *command] if kind == "CMD-SHELL" else list(command)

    def published(self) -> Iterator[tuple[str, str, str]]:
        """Every published port: the service, what is bound on the host, the port inside."""
        for name, service in self.services.items():
            for port in service.get("ports", []):
                outside, _, inside = port.rpartition(":")
                yield name, outside, inside


class Dockerfile:
    """The steps of the Dockerfile, by stage."""

    @cached_property
    def _steps(self) -> list[tuple[str, str]]:
        parser = DockerfileParser(path=str(ROOT / "Dockerfile"))
        return [(step["instruction"], step["value"]) for step in parser.structure]

    @cached_property
    def stages(self) -> dict[str, list[tuple[str, str]]]:
        """The steps of each stage, `FROM` first."""
        found: dict[str, list[tuple[str, str]]] = {}
        for instruction, value in self._steps:
            if instruction == "FROM":
                found[value.split()[-1]] = []
            if found:
                found[list(found)[-1]].append((instruction, value))
        return found

    def values(self, instruction: str, stage: str = "runtime") -> list[str]:
        return [value for name, value in self.stages[stage] if name == instruction]

    @property
    def base_images(self) -> list[str]:
        """What stages are built from, other stages apart."""
        froms = [value.split()[0] for steps in self.stages.values() for name, value in steps if name == "FROM"]
        return [image for image in froms if image not in self.stages]

    def copied(self, stage: str) -> list[tuple[list[str], str]]:
        """What a stage takes from the tree: the sources and where they go."""
        copies = [value.split() for value in self.values("COPY", stage) if not value.startswith("--from=")]
        return [(words[:-1], words[-1]) for words in copies]

    def packages(self, stage: str) -> list[str]:
        """The Debian packages that a stage installs."""
        found = []
        for value in self.values("RUN", stage):
            for step in re.findall(r"apt-get install ([^&]*)", value):
                found += [word for word in shlex.split(step) if not word.startswith("-")]
        return found

    @property
    def environment(self) -> dict[str, str]:
        """What `ENV` sets in the image that runs."""
        return dict(pair.split("=", 1) for value in self.values("ENV") for pair in shlex.split(value))

    @property
    def health_check(self) -> list[str]:
        (value,) = self.values("HEALTHCHECK")
        command: list[str] = json.loads(value.partition("CMD ")[2])
        return command

    @property
    def command(self) -> list[str]:
        (value,) = self.values("CMD")
        command: list[str] = json.loads(value)  # which the shell form would not be
        return command


def build_context() -> set[str]:
    """Every file and folder that `docker build .` may see."""
    patterns = [line for line in (ROOT / ".dockerignore").read_text().splitlines() if line[:1] not in ("", "#")]
    return set(exclude_paths(str(ROOT), patterns, dockerfile="Dockerfile"))
