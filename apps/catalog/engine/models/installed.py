"""Where a model lies, whether it is whole, and the embedder that it gives."""

from __future__ import annotations

import hashlib
import json
import logging
from pathlib import Path

from apps.catalog.engine.embedding import Embedder, FastEmbedder, HashingEmbedder

_log = logging.getLogger(__name__)
MINILM = "sentence-transformers/all-MiniLM-L6-v2"
# Written last, so a directory without it is not finished.
_MANIFEST = "manifest.json"


def model_directory(models: Path, name: str) -> Path:
    return models / name.rsplit("/", 1)[-1]


def load_embedder(models: Path, name: str, *, threads: int | None = None) -> Embedder:
    """The model when it is installed, else the hashing stand-in, which says of itself that it is lexical only.

    `threads`: see FastEmbedder.
    """
    directory = model_directory(models, name)
    if not is_installed(directory):
        _log.warning("No embedding model in %s: search knows words only. Run manage.py fetch_models.", directory)
        return HashingEmbedder()
    return FastEmbedder(name=name, directory=directory, threads=threads)


def is_installed(directory: Path) -> bool:
    """True when the directory was finished. Cheap; `damaged` reads the files themselves."""
    return (directory / _MANIFEST).is_file()


def damaged(directory: Path) -> list[str]:
    """The files that are missing or do not have the hash that they were installed with."""
    manifest: dict[str, str] = json.loads((directory / _MANIFEST).read_text())
    return [
        name
        for name, expected in manifest.items()
        if not (directory / name).is_file() or file_hash(directory / name) != expected
    ]


def write_manifest(directory: Path) -> None:
    """Says that the directory is finished, and what its files are."""
    hashes = {path.name: file_hash(path) for path in sorted(directory.iterdir()) if path.name != _MANIFEST}
    (directory / _MANIFEST).write_text(json.dumps(hashes, indent=1))


def file_hash(path: Path) -> str:
    """The SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
