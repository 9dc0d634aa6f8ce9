"""How changes reach main and users: workflows, owners, messages, versions. (actionlint runs in `make lint`.)"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.installation import ROOT

WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
WRITERS = {  # who may write what; all others read
    ("release.yml", "release-please"): {"contents", "pull-requests", "issues"},
    ("release.yml", "image"): {"packages"},
    ("build.yml", "publish"): {"packages"},
}


def run(*command: str, cwd: Path = ROOT, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603 - our own scripts and tools
        command,
        cwd=cwd,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def load(workflow: Path) -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load(workflow.read_text())
    return loaded


# --- Workflows --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda file: file.stem)
def test_every_verb_that_a_workflow_calls_is_one_of_the_makefiles(workflow: Path) -> None:
    verbs = set(re.findall(r"^([a-z]+):.*## ", (ROOT / "Makefile").read_text(), re.MULTILINE))
    steps = [step for job in load(workflow)["jobs"].values() for step in job.get("steps", [])]
    called = {verb for step in steps for verb in re.findall(r"\bmake ([\w-]+)", step.get("run", ""))}
    assert called <= verbs


def test_ci_lints_and_tests_with_the_makefile() -> None:
    jobs = load(ROOT / ".github" / "workflows" / "ci.yml")["jobs"]
    runs = {step.get("run") for job in jobs.values() for step in job["steps"]}
    assert {"make lint", "make test", "make parts"} <= runs


def test_ci_tests_on_the_very_servers_that_an_installation_runs() -> None:
    jobs = load(ROOT / ".github" / "workflows" / "ci.yml")["jobs"]
    installation = load(ROOT / "docker-compose.yml")["services"]
    services = {name: service["image"] for name, service in jobs["parts"]["services"].items()}
    assert services == {name: installation[name]["image"] for name in ("mysql", "qdrant")}


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda file: file.stem)
def test_every_script_that_a_workflow_calls_is_here(workflow: Path) -> None:
    steps = [step for job in load(workflow)["jobs"].values() for step in job.get("steps", [])]
    called = {script for step in steps for script in re.findall(r"\bscripts/[\w-]+", step.get("run", ""))}
    assert {script for script in called if not os.access(ROOT / script, os.X_OK)} == set()


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda file: file.stem)
def test_actions_of_others_are_pinned_to_a_commit_with_its_version_beside_it(workflow: Path) -> None:
    uses = re.findall(r"^.*\buses: (.+)$", workflow.read_text(), re.MULTILINE)
    loose = [name for name in uses if not re.fullmatch(r"\./\S+|\S+@[0-9a-f]{40} # v\d+\.\d+\.\d+", name)]
    assert loose == []


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda file: file.stem)
def test_a_workflow_reads_and_only_the_jobs_of_a_release_write(workflow: Path) -> None:
    loaded = load(workflow)
    assert loaded["permissions"] in ({}, {"contents": "read"})
    for name, job in loaded["jobs"].items():
        written = {what for what, access in job.get("permissions", {}).items() if access == "write"}
        assert written == WRITERS.get((workflow.name, name), set()), f"{workflow.name}: {name}"


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda file: file.stem)
def test_no_run_step_pastes_what_a_stranger_wrote_into_a_shell(workflow: Path) -> None:
    steps = [step for job in load(workflow)["jobs"].values() for step in job.get("steps", [])]
    assert [step["run"] for step in steps if "${{" in step.get("run", "")] == []


def test_every_path_that_has_an_owner_exists() -> None:
    lines = (ROOT / ".github" / "CODEOWNERS").read_text().splitlines()
    paths = [line.split()[0] for line in lines if line and not line.startswith("#")]
    assert "*" in paths
    assert [path for path in paths if path != "*" and not (ROOT / path.lstrip("/")).exists()] == []


# --- Files against their schemas --------------------------------------------------------------------------


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A copy of what scripts/lint-flow reads, with an actionlint that finds nothing: schemas only."""
    for name in (".github", "scripts"):
        shutil.copytree(ROOT / name, tmp_path / name)
    for name in ("release-please-config.json", ".release-please-manifest.json"):
        shutil.copy(ROOT / name, tmp_path / name)
    (tmp_path / ".venv").symlink_to(ROOT / ".venv")
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "actionlint").symlink_to(str(shutil.which("true")))
    return tmp_path


def test_every_file_fits_the_schema_of_its_format(tree: Path) -> None:
    done = run("scripts/lint-flow", cwd=tree, EAICHAT_CACHE=str(tree))
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("file", "right", "wrong"),
    [
        (".github/workflows/ci.yml", "runs-on:", "runs-at:"),
        (".github/dependabot.yml", "interval: weekly", "interval: sometimes"),
        (".github/ISSUE_TEMPLATE/bug.yml", "type: dropdown", "type: slider"),
        (".github/ISSUE_TEMPLATE/idea.yml", "type: textarea", "type: slider"),
        ("release-please-config.json", "changelog-sections", "changelog-chapters"),
    ],
)
def test_a_file_that_does_not_fit_its_schema_is_refused_by_name(
    tree: Path, file: str, right: str, wrong: str
) -> None:
    text = (tree / file).read_text()
    (tree / file).write_text(text.replace(right, wrong))
    done = run("scripts/lint-flow", cwd=tree, EAICHAT_CACHE=str(tree))
    assert done.returncode != 0
    assert file in done.stdout


# --- Messages ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "message",
    [
        "feat(chat): the shopper sees which filters apply",
        "fix: a port that is no number is one line",
        "feat(api)!: the cart's address\n\nBREAKING CHANGE: clients ask /api/v2/cart.",
        "chore(main): release 0.2.0",
        "chore(release/0.1): release 0.1.1",
        "build(deps-dev): bump the python group in /requirements with 3 updates",
        "ci(deps): bump the actions group with 2 updates",
        "Merge branch 'feat/cart': the cart survives a reload\n\nWhat, why, how tested.",
        "Merge branch 'main' into feat/cart",
        "Merge pull request #12: the cart survives a reload",
    ],
)
def test_a_conventional_message_is_accepted(message: str) -> None:
    done = run(".venv/bin/cz", "check", "--message", message)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    "message",
    [
        "wip",
        "feat the cart",
        "Feat(chat): the cart",
        "feat(Chat): the cart",
        "feat(the chat): the cart",
        "feat(chat):the cart",
        "feat: ",
        "fix: the cart\nno blank line before the body",
        "fixup! feat(chat): the cart",
        'Revert "feat(chat): the cart"',
        "Merged the cart",
        f"feat: {'a long title ' * 10}",
    ],
)
def test_any_other_message_is_refused(message: str) -> None:
    done = run(".venv/bin/cz", "check", "--message", message)
    assert done.returncode != 0
    assert "failed" in done.stdout + done.stderr


def test_the_history_keeps_the_rules() -> None:
    shallow = run("git", "rev-parse", "--is-shallow-repository")
    if shallow.stdout.strip() != "false":
        pytest.skip(f"the history is not here: {shallow.stderr.strip() or 'a shallow clone'}")
    done = run(".venv/bin/cz", "check", "--rev-range", "HEAD")
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository with our rules and hooks, and one commit."""
    for name in (".pre-commit-config.yaml", "pyproject.toml", "scripts/commits"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        shutil.copy(ROOT / name, tmp_path / name)
    (tmp_path / ".venv").symlink_to(ROOT / ".venv")
    for variable in ("GIT_AUTHOR_NAME", "GIT_AUTHOR_EMAIL", "GIT_COMMITTER_NAME", "GIT_COMMITTER_EMAIL"):
        monkeypatch.setenv(variable, "somebody")
    monkeypatch.setenv("PRE_COMMIT_HOME", str(tmp_path / "home"))
    run("git", "init", "--quiet", "--initial-branch=main", cwd=tmp_path)
    run("git", "add", ".pre-commit-config.yaml", cwd=tmp_path)
    run("git", "commit", "--quiet", "--message=chore: begin", cwd=tmp_path)
    return tmp_path


@pytest.mark.parametrize(("message", "kept"), [("fix(chat): the cart", True), ("the cart", False)])
def test_the_commit_hook_holds_a_message_to_the_rules(repository: Path, message: str, kept: bool) -> None:
    installed = run(".venv/bin/pre-commit", "install", cwd=repository)
    assert installed.returncode == 0, installed.stdout
    done = run("git", "commit", "--allow-empty", "--message", message, cwd=repository)
    assert (done.returncode == 0) is kept, done.stdout + done.stderr
    assert (message in run("git", "log", "--format=%s", cwd=repository).stdout) is kept


@pytest.mark.parametrize(
    ("message", "title", "passes"),
    [
        ("fix(chat): the cart", "fix(chat): the cart", True),
        ("the cart", "fix(chat): the cart", False),
        ("fix(chat): the cart", "$(touch pwned) the cart", False),
    ],
)
def test_a_pull_request_is_held_to_them_by_its_commits_and_its_title(
    repository: Path, message: str, title: str, passes: bool
) -> None:
    run("git", "switch", "--quiet", "--create", "fix/cart", cwd=repository)
    run("git", "commit", "--quiet", "--allow-empty", "--message", message, cwd=repository)
    done = run("scripts/commits", cwd=repository, RANGE="main..fix/cart", TITLE=title)
    assert (done.returncode == 0) is passes, done.stdout + done.stderr
    assert not (repository / "pwned").exists()


# --- Versions ---------------------------------------------------------------------------------------------


def test_one_version_everywhere() -> None:
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    manifest = json.loads((ROOT / ".release-please-manifest.json").read_text())
    widget = json.loads((ROOT / "widget" / "package.json").read_text())
    lock = json.loads((ROOT / "widget" / "package-lock.json").read_text())
    assert manifest == {".": version}
    assert {widget["version"], lock["version"], lock["packages"][""]["version"]} == {version}
    image = re.search(r"^ARG VERSION=(.+)$", (ROOT / "Dockerfile").read_text(), re.MULTILINE)
    assert image is not None
    assert image[1] == version
    newest = re.search(r"^## \[?(\d+\.\d+\.\d+)", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)
    assert newest is not None
    assert newest[1] == version


def test_the_release_raises_the_version_in_every_file_that_has_it() -> None:
    config = json.loads((ROOT / "release-please-config.json").read_text())
    assert config["release-type"] == "python"  # raises pyproject.toml and writes CHANGELOG.md
    raised = {(file["path"], file.get("jsonpath")) for file in config["packages"]["."]["extra-files"]}
    assert raised == {
        ("widget/package.json", "$.version"),
        ("widget/package-lock.json", "$.version"),
        ("widget/package-lock.json", "$.packages[''].version"),
        ("Dockerfile", None),  # between its marks
    }


def test_the_changelog_has_a_section_or_a_reason_to_be_silent_for_every_type_of_message() -> None:
    config = json.loads((ROOT / "release-please-config.json").read_text())
    pattern = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["commitizen"]["customize"][
        "schema_pattern"
    ]
    types = re.search(r"^\((build .*)\)$", pattern, re.MULTILINE)
    assert types is not None
    assert {section["type"] for section in config["changelog-sections"]} == set(types[1].split(" | "))
