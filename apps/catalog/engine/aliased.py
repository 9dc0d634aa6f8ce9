"""The collection behind an alias: which one it is, how it is, and how another one takes its place."""

from __future__ import annotations

import logging
import re
import threading
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import TypeVar

from apps.catalog.engine.adapters.base import VectorBackend
from apps.catalog.engine.embedding import EmbeddingService
from apps.catalog.engine.errors import CatalogError
from apps.catalog.engine.fence import Fence
from apps.catalog.engine.moving import Move, Write, reading_old
from apps.catalog.engine.records import CollectionSpec, CollectionState, FieldType, VectorName
from apps.catalog.engine.verification import FaultOf, Verification, verify
from apps.catalog.engine.walking import Progress
from apps.catalog.engine.words.languages import ENGLISH, Language

# Part of a collection's name: raise it when the vectors or the payload change their meaning.
LAYOUT = 4
# A process may ask the collection that an alias stood for; `on_active` notices when that is gone.
_ALIAS_TTL_S = 1.0
_NO_PAGE: tuple[list[object], None] = ([], None)
_T = TypeVar("_T")
_log = logging.getLogger(__name__)
_MOST_STORES = 100_000


def collection_name(alias: str, model: str, language: Language = ENGLISH) -> str:
    """One collection per (model, language, layout): `products-all-minilm-l6-v2-4`, in German `...-v2-de-4`."""
    slug = re.sub(r"[^a-z0-9]+", "-", model.rsplit("/", 1)[-1].lower()).strip("-")
    return f"{alias}-{slug}-{LAYOUT}" if language is ENGLISH else f"{alias}-{slug}-{language.code}-{LAYOUT}"


@dataclass(frozen=True, slots=True)
class IndexHealth:
    """The collection behind an alias. `mismatched`: another model made it, and it waits to be made again.

    `problem`: why it is not made again, in a sentence.
    """

    alias: str
    collection: str
    mismatched: bool
    state: CollectionState
    problem: str = ""


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
        self._fence = Fence(backend, alias)
        self._lock = threading.Lock()
        self._resolved: tuple[str, float] | None = None
        self._migrated: set[str] = set()
        self._was_own = False
        self._taken_away = False

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
        self._notice(name)
        return name

    def _notice(self, name: str) -> None:
        if self.is_own(name):
            self._was_own, self._taken_away = True, False
        elif self._was_own and not self._taken_away:
            self._taken_away = True
            _log.error("%s", self.of_other_model(name))

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

    def written(self, call: Callable[[str], int | None]) -> int:
        """Changes the collection that the alias stands for, and returns how many points that were.

        Where another collection takes its place at that moment, the change is made again in that one, so it must
        be one that can be made twice. Once this returns, every collection that comes later has it.
        """
        most = 0
        while True:
            name = self.active(patient=True)
            problem = None
            try:
                most = max(most, call(name) or 0)
            except CatalogError as error:
                if error.code == "index_unreachable":
                    raise
                problem = error
            until = time.monotonic() + _ALIAS_TTL_S
            aliases = self.backend.aliases()
            if aliases.get(self.alias) == name and not self._fence.stands(aliases):
                if problem is not None:
                    raise problem
                self._resolved = (name, until)
                return most
            self._resolved = None
            self._fence.wait()

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

    @property
    def taken_away(self) -> bool:
        """It was of our own model, until another process, which embeds with another one, made it again.

        Then this process does not make it again in its turn: the two would never come to an end.
        """
        return self.mismatched and self._taken_away

    def of_other_model(self, name: str) -> CatalogError:
        text = (
            f"The index {self.alias} is {name}, and this process makes {self.own_name}: another one has another"
            " embedding model or search language. Give all of them the same, and start them again."
        )
        return CatalogError("other_model", text)

    # --- Another one in its place ---------------------------------------------------------------------
    def take_over(
        self,
        write: Write,
        *,
        fields: Sequence[str] | None = None,
        always: bool = False,
        progress: Progress = lambda done, total: None,
    ) -> None:
        """Makes a collection of the own model, lets `write` fill it, then swaps the alias: no downtime.

        `fields`: see `Move`. Nothing is done when the index is of the own model already, unless `always`. Another
        process may do the same at the same time: each fills its own, and who comes second gives way.
        `other_model`: a process with another model has just done it, and does not know ours.
        """
        if not always and not self.mismatched:
            return
        with reading_old():
            old = self.active()
        if not always and self.taken_away:
            raise self.of_other_model(old)
        new = f"{self.own_name}-{uuid.uuid4().hex[:6]}"
        try:
            self.make(new)
            move = Move(self.backend, old=old, new=new, write=write, fields=fields)
            first = move.run(alias=self.alias, progress=progress)
        except Exception:
            with suppress(CatalogError):  # a swap may have been made, and only its answer be lost
                if self.backend.alias(self.alias, patient=True) != new:
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
        self._notice(name)
        return IndexHealth(
            alias=self.alias,
            collection=name,
            mismatched=not self.is_own(name),
            state=self.backend.state(name),
            problem=self.of_other_model(name).text if self._taken_away else "",
        )

    def verify(
        self, *, fault_of: FaultOf = lambda id_, payload: "", progress: Progress = lambda done, total: None
    ) -> Verification:
        """Reads every point with its vectors and says what is wrong with them; `index_damaged` is said too."""
        name = self.active()
        text = self._embeddings.size if self.is_own(name) else None
        sizes: dict[VectorName, int | None] = {"text": text, "image": self._image_size}
        return verify(self.backend, name, sizes=sizes, fault_of=fault_of, progress=progress)

    def stores(self) -> dict[str, int]:
        """How many points each store has, the most first."""
        return dict(self.backend.facet(self.active(), "store_id", (), limit=_MOST_STORES))
