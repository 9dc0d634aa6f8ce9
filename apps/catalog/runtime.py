"""The catalogue of this process, built from the settings at its first use."""

from __future__ import annotations

import atexit
import logging
import sys
import threading
from pathlib import Path
from urllib.parse import urlsplit

from django.conf import settings

from apps.catalog.engine.adapters.base import VectorBackend
from apps.catalog.engine.catalog import Catalog
from apps.catalog.engine.embedding import EmbeddingService
from apps.catalog.engine.embedding.cache import VectorCache
from apps.catalog.engine.embedding.image import ClipEmbedder
from apps.catalog.engine.errors import CatalogError
from apps.catalog.engine.hosting.client import HostClient
from apps.catalog.engine.hosting.host_process import HostProcess
from apps.catalog.engine.images.fetching import PictureFetcher
from apps.catalog.engine.models.installed import load_embedder, load_image_embedder
from apps.catalog.rulebook import rules_of
from eaichat.outbound.connections import Origin

# These live beside an index host that `manage.py up` runs and restarts; a host of theirs would lock it out.
_LONG_RUNNING = frozenset({"up", "web", "temporal_worker", "index_host", "runserver"})

_log = logging.getLogger(__name__)
_lock = threading.Lock()
_catalog: Catalog | None = None


def catalog() -> Catalog:
    """The one `Catalog` of this process. Building it touches neither the model nor the index."""
    global _catalog  # noqa: PLW0603 - one per process is the point
    if _catalog is None:
        with _lock:
            if _catalog is None:
                _catalog = build_catalog()
    return _catalog


def install(replacement: Catalog | None) -> None:
    """Makes `catalog()` return this one; for tests."""
    global _catalog  # noqa: PLW0603 - one per process is the point
    _catalog = replacement


def build_catalog() -> Catalog:
    return Catalog(
        embeddings=embeddings(),
        backend=_backend(),
        rules=rules_of,
        fetcher=PictureFetcher(trusted=trusted_origins()),
        search_language=settings.SEARCH_LANGUAGE,
    )


def index_dir() -> Path:
    return Path(settings.VAR_DIR) / "index"


def models_dir() -> Path:
    return Path(settings.CACHE_DIR) / "models"


def embeddings() -> EmbeddingService:
    """The models of the settings, over the vectors that were made before; nothing is loaded yet."""
    megabytes = settings.EMBEDDING_CACHE_MB
    return EmbeddingService(
        lambda: load_embedder(models_dir(), settings.EMBEDDING_MODEL, threads=_threads()),
        load_images=_image_embedder,
        cache=VectorCache(vectors_file(), most_bytes=megabytes * 1_000_000) if megabytes else None,
    )


def _image_embedder() -> ClipEmbedder | None:
    try:
        return load_image_embedder(
            models_dir(), settings.IMAGE_MODEL, settings.IMAGE_TEXT_MODEL, threads=_threads()
        )
    except CatalogError as error:  # everything but pictures works without it
        _log.warning("Nobody can search by picture: %s", error)
        return None


def vectors_file() -> Path:
    """The vectors that were made before; beside the index, and outliving it."""
    return Path(settings.VAR_DIR) / "vectors.sqlite3"


def trusted_origins() -> frozenset[Origin]:
    """Host and port that may be private: the demo's own, as PUBLIC_URL writes them, and only under DEMO."""
    if not settings.DEMO:
        return frozenset()
    parts = urlsplit(settings.PUBLIC_URL)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    return frozenset({(parts.hostname, port)}) if parts.hostname else frozenset()


def _backend() -> VectorBackend:
    if settings.QDRANT_URL:
        # Its import takes half a second, and the embedded installation never needs it.
        from apps.catalog.engine.adapters.server import ServerBackend

        return ServerBackend.connect(url=settings.QDRANT_URL, api_key=settings.QDRANT_API_KEY)
    if not starts_own_host():
        return HostClient(index_dir())
    host = HostProcess(index_dir())
    atexit.register(host.stop)
    return HostClient(index_dir(), start_host=host.start)


def _threads() -> int | None:
    """A web process is one of several that share the cores, and embeds one question at a time."""
    return 1 if _command() == "web" else None


def starts_own_host() -> bool:
    """A management command that ends by itself: it starts a host when none runs, and takes it along."""
    return _command() not in ("", *_LONG_RUNNING)


def _command() -> str:
    """The management command that this process runs, if any."""
    return sys.argv[1] if Path(sys.argv[0]).name == "manage.py" and len(sys.argv) > 1 else ""
