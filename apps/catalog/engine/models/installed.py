"""Where a model lies, whether it is whole, and the embedder that it gives."""

from __future__ import annotations

import hashlib
import json
import logging
from pathlib import Path

from apps.catalog.engine.embedding import Embedder, FastEmbedder, HashingEmbedder
from apps.catalog.engine.embedding.foreign import model_file
from apps.catalog.engine.embedding.image import ClipEmbedder
from apps.catalog.engine.errors import CatalogError

_log = logging.getLogger(__name__)
MINILM = "sentence-transformers/all-MiniLM-L6-v2"
# Written last, so a directory without it is not finished.
_MANIFEST = "manifest.json"


def local_directory(name: str) -> Path | None:
    """The directory of this machine that a model's name means; None when it is a name for fastembed."""
    return Path(name).expanduser() if name.startswith(("/", "./", "../", "~")) else None


def model_directory(models: Path, name: str) -> Path:
    return models / name.rsplit("/", 1)[-1]


def load_embedder(models: Path, name: str, *, threads: int | None = None) -> Embedder:
    """The model when it is installed, else the hashing stand-in, which says of itself that it is lexical only.

    `name` may be a directory as well: `CatalogError("model_missing")` when no model is in there, since an index
    made by the stand-in would take the place of the one that the operator's own model made.
    `threads`: see FastEmbedder.
    """
    own = local_directory(name)
    if own is not None:
        return FastEmbedder(name=_name_of(own), directory=own, threads=threads)
    directory = model_directory(models, name)
    if not is_installed(directory):
        _log.warning("No embedding model in %s: search knows words only. Run manage.py fetch_models.", directory)
        return HashingEmbedder()
    return FastEmbedder(name=name, directory=directory, threads=threads)


def load_image_embedder(
    models: Path, vision: str, text: str, *, threads: int | None = None
) -> ClipEmbedder | None:
    """CLIP's two halves by name or directory; None where that for pictures is not installed.

    Without that for texts, pictures find pictures, and texts find none.
    """
    directory = _existing(models, vision)
    if directory is None:
        return None
    name = vision if local_directory(vision) is None else _name_of(directory)
    return ClipEmbedder(name=name, vision=directory, text=_existing(models, text), threads=threads)


def _existing(models: Path, name: str) -> Path | None:
    """Where an optional model lies. An empty name means none."""
    own = local_directory(name)
    if not name or own is not None:
        return own
    directory = model_directory(models, name)
    return directory if is_installed(directory) else None


def _name_of(directory: Path) -> str:
    """A directory's model by what is in it: another graph in the same place is another model."""
    file = model_file(directory)
    if file is None:
        raise CatalogError("model_missing", f"There is no model in {directory}: it has no model.onnx.")
    return f"{directory.resolve().name}-{file_hash(directory / file)[:8]}"


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
