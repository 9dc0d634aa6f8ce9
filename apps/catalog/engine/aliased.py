"""The collection behind an alias: which one it is, how it is, and how another one takes its place."""

from __future__ import annotations

import re
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TypeVar

import numpy as np

from apps.catalog.engine.adapters.base import VectorBackend
from apps.catalog.engine.embedding import EmbeddingService
from apps.catalog.engine.errors import CatalogError, OldIndexDamagedError
from apps.catalog.engine.records import CollectionSpec, CollectionState, FieldType, Ids, Payload, VectorName, Where
from apps.catalog.engine.words.languages import ENGLISH, Language

# Part of a collection's name: raise it when the vectors or the payload change their meaning.
LAYOUT = 4
# A process may ask the collection that an alias stood for; `on_active` notices when that is gone.
_ALIAS_TTL_S = 1.0
_NO_PAGE: tuple[list[object], None] = ([], None)
_T = TypeVar("_T")
PAGE = 500
# What `verify` tells one by one; the rest is counted.
_TOLD_PROBLEMS = 1_000
_MOST_STORES = 100_000


def collection_name(alias: str, model: str, language: Language = ENGLISH) -> str:
    """One collection per (model, language, layout): `products-all-minilm-l6-v2-4`, in German `...-v2-de-4`."""
    slug = re.sub(r"[^a-z0-9]+", "-", model.rsplit("/", 1)[-1].lower()).strip("-")
    return f"{alias}-{slug}-{LAYOUT}" if language is ENGLISH else f"{alias}-{slug}-{language.code}-{LAYOUT}"


@dataclass(frozen=True, slots=True)
class IndexHealth:
    """The collection behind an alias. `mismatched`: another model made it, and it waits to be made again."""

    alias: str
    collection: str
    mismatched: bool
    state: CollectionState


# Told after each page of a long work: how many points are done, and how many there are.
Progress = Callable[[int, int], None]
# What is wrong with a payload, given its point's id, in a few words; empty when it is sound.
FaultOf = Callable[[str, Payload], str]


@dataclass(slots=True)
class Verification:
    """What a walk through the whole index found: `points` were read, `broken` of them have something wrong.

    `problems` are lines to show, the first thousand of them.
    """

    points: int = 0
    broken: int = 0
    problems: list[str] = field(default_factory=list)

    def add(self, problem: str) -> None:
        self.broken += 1
        if len(self.problems) < _TOLD_PROBLEMS:
            self.problems.append(problem)


class AliasedCollection:
    """The collection behind one alias. It knows whether that was made by the model that embeds now."""

    def __init__(
        self,
        backend: VectorBackend,
        *,
        alias: str,
        embeddings: EmbeddingService,
        fields: Mapping[str, FieldType],
        lexical: bool,
        image_size: int | None = None,
        language: Language = ENGLISH,
    ) -> None:
        """`language`: the one whose stems the lexical vectors are made of."""
        self.backend = backend
        self.alias = alias
        self._embeddings = embeddings
        self._fields = dict(fields)
        self._lexical = lexical
        self._image_size = image_size
        self.language = language
        self._lock = threading.Lock()
        self._resolved: tuple[str, float] | None = None
        self._migrated: set[str] = set()

    # --- Which one ------------------------------------------------------------------------------------
    @property
    def own_name(self) -> str:
        """The collection of the model that this process embeds with; a rebuilt one has a suffix."""
        return collection_name(self.alias, self._embeddings.name, self.language)

    def is_own(self, name: str) -> bool:
        return name == self.own_name or name.startswith(f"{self.own_name}-")

    def active(self, *, patient: bool = False) -> str:
        """The collection that the alias stands for; made when there is none yet. `patient`: no shopper waits.

        The first time in a process, payload indexes that are new in this version are added to it.
        """
        resolved = self._resolved
        if resolved is not None and time.monotonic() < resolved[1]:
            return resolved[0]
        until = time.monotonic() + _ALIAS_TTL_S
        # Without the lock: where the index is away, nobody waits for the others' time limits.
        name = self.backend.alias(self.alias, patient=patient)
        if name is None or (name not in self._migrated and self.is_own(name)):
            name = self._made_ready(patient=patient)
        self._resolved = (name, until)
        return name

    def _made_ready(self, *, patient: bool) -> str:
        with self._lock:
            name = self.backend.alias(self.alias, patient=patient)  # again: another thread may have made it
            if name is None:
                name = self.own_name
                self.make(name)
                self.backend.point_alias(self.alias, name)
            elif name not in self._migrated and self.is_own(name):
                self.make(name)
            self._migrated.add(name)
            return name

    def on_active(self, call: Callable[[str], _T], *, patient: bool = False) -> _T:
        """The call's answer for the collection that the alias stands for.

        Where it fails or finds nothing, another collection may just have taken that one's place: then it is asked.
        """
        name = self.active(patient=patient)
        try:
            answer = call(name)
            if answer is None or (answer and answer != _NO_PAGE):
                return answer
            problem = None
        except CatalogError as error:
            if error.code == "index_unreachable":
                raise  # it would not tell the alias either, and take a second time limit for that
            problem = error
        self._resolved = None
        now = self.active(patient=patient)
        if now != name:
            return call(now)
        if problem is not None:
            raise problem
        return answer

    def make(self, name: str) -> None:
        """Makes the collection, or only those of its payload indexes that are missing."""
        self.backend.ensure(
            CollectionSpec(
                name=name,
                dense_size=self._embeddings.size,
                lexical=self._lexical,
                image_size=self._image_size,
                fields=self._fields,
            )
        )

    @property
    def mismatched(self) -> bool:
        """Another model made the index: its vectors and ours must not be compared."""
        return not self.is_own(self.active())

    # --- Another one in its place ---------------------------------------------------------------------
    def take_over(self, copy: Callable[[str, str], None], *, always: bool = False) -> None:
        """Makes a collection of the own model, lets `copy(old, new)` fill it, then swaps the alias: no downtime.

        Nothing is done when the index is of the own model already, unless `always`. Another process may do the
        same at the same time: each fills its own, and who comes second gives way.
        """
        if not always and not self.mismatched:
            return
        with _reading_old():
            old = self.active()
        new = f"{self.own_name}-{uuid.uuid4().hex[:6]}"
        self.make(new)
        try:
            copy(old, new)
            first = self.backend.alias(self.alias) == old
            if first:
                self.backend.point_alias(self.alias, new)
        except Exception:
            self.backend.drop(new)
            raise
        finally:
            self._resolved = None
        self.backend.drop(old if first else new)

    def reset(self) -> None:
        """Begins with an empty collection; the old one is set aside. For one that is damaged on disk.

        The products are only in the index, so the next sync of each store brings them back.
        """
        old = self.backend.alias(self.alias)
        if old is not None:
            self.backend.set_aside(old)
        self.make(self.own_name)
        self.backend.point_alias(self.alias, self.own_name)
        self._resolved = None

    # --- How it is ------------------------------------------------------------------------------------
    def health(self) -> IndexHealth:
        """Its counts, its size, and its damage if it has one. `CatalogError` only when the index is away."""
        name = self.backend.alias(self.alias) or self.own_name
        return IndexHealth(
            alias=self.alias,
            collection=name,
            mismatched=not self.is_own(name),
            state=self.backend.state(name),
        )

    def verify(
        self, *, fault_of: FaultOf = lambda id_, payload: "", progress: Progress = lambda done, total: None
    ) -> Verification:
        """Reads every point with its vectors and says what is wrong with them; `index_damaged` is said too."""
        found = Verification()
        name = self.active()
        total = self.backend.state(name).points
        try:
            page: list[tuple[str, Payload]]
            after: str | None = None
            while True:
                page, after = self.backend.scroll(name, (), limit=PAGE, after=after)
                self._verify_page(name, page, found, fault_of)
                progress(found.points, total)
                if after is None:
                    break
            counted = self.backend.count(name, ())
        except CatalogError as error:
            if error.code != "index_damaged":
                raise
            found.add(error.text)
        else:
            if counted != found.points:
                found.add(f"{found.points} points were read, but {counted} are counted.")
        return found

    def _verify_page(
        self, name: str, page: list[tuple[str, Payload]], found: Verification, fault_of: FaultOf
    ) -> None:
        ids = tuple(id_ for id_, _ in page)
        vectors = self.backend.vectors(name, (Ids(ids),), limit=PAGE) if ids else {}
        for id_, payload in page:
            found.points += 1
            fault = "" if payload.get("store_id") else "belongs to no store"
            fault = fault or fault_of(id_, payload) or self._fault_of_vectors(name, vectors.get(id_, {}))
            if fault:
                found.add(f"{id_} {fault}.")

    def _fault_of_vectors(self, name: str, stored: Mapping[VectorName, bytes]) -> str:
        if "text" not in stored:
            return "has no text vector"
        sizes = {"text": self._embeddings.size if self.is_own(name) else None, "image": self._image_size}
        for vector, data in stored.items():
            numbers = np.frombuffer(data, dtype="<f4")
            size = sizes.get(vector)
            if size is not None and numbers.size != size:
                return f"has a vector {vector} of {numbers.size} numbers"
            if not np.isfinite(numbers).all():
                return f"has a vector {vector} that is not of numbers"
        return ""

    def stores(self) -> dict[str, int]:
        """How many points each store has, the most first."""
        return dict(self.backend.facet(self.active(), "store_id", (), limit=_MOST_STORES))

    def total(self, name: str) -> int:
        """How many points a rebuild has before it."""
        with _reading_old():
            return self.backend.count(name, ())

    def pages(self, name: str, where: Where) -> Iterator[tuple[str, Payload]]:
        """Every point of a collection by this filter; for a rebuild, which is not one store's."""
        after: str | None = None
        while True:
            with _reading_old():
                page, after = self.backend.scroll(name, where, limit=PAGE, after=after)
            yield from page
            if after is None:
                return


@contextmanager
def _reading_old() -> Iterator[None]:
    """Tells damage of what a rebuild reads from that of what it writes: only the former sets an index aside."""
    try:
        yield
    except CatalogError as error:
        if error.code != "index_damaged":
            raise
        raise OldIndexDamagedError(error.code, error.text) from error
