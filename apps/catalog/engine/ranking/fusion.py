"""Fuses the rankings by meaning, by words and by picture into one."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple

from apps.catalog.engine.records import (
    HybridRequest,
    Ids,
    Match,
    Nearest,
    Payload,
    Sparse,
    VectorName,
    Weights,
    Where,
)

Scored = tuple[str, float]
Scores = dict[VectorName, dict[str, float]]
# Asks the index several things at once; an answer to each of them.
Ask = Callable[[Sequence[Nearest]], Sequence[Sequence[Scored]]]
# The first points that match, by their ids; the payloads of points.
First = Callable[[Where, int], Sequence[tuple[str, Payload]]]
Retrieve = Callable[[Sequence[str], Sequence[str] | None], Mapping[str, Payload]]

# Whether words and meaning agree is seen on the best few of each.
_TOP = 5


class Fused(NamedTuple):
    """A candidate; `score` lies in 0..1 and orders the result."""

    id: str
    score: float
    text: float | None
    lexical: float | None
    image: float | None


def matches(request: HybridRequest, *, ask: Ask, first: First, retrieve: Retrieve) -> list[Match]:
    """All that is asked for, with its payloads, by what an index can do."""
    named = first((*request.where, *request.named), request.limit) if request.named else ()
    found = [one for one in hybrid(request, ask) if one.text is None or one.text >= request.least]
    payloads = retrieve([entry.id for entry in found], request.fields)
    # A point may be deleted between the reads: then it is no match any more.
    ranked = [_to_match(entry, payloads[entry.id]) for entry in found if entry.id in payloads]
    return [*(Match(id_, 1.0, None, None, payload, named=True) for id_, payload in named), *ranked]


def hybrid(request: HybridRequest, ask: Ask) -> list[Fused]:
    """The best `limit` candidates, each scored by every channel that is asked.

    A second question tells what the proposals of one channel score in the others. Without it, what is the best by
    words would count as no better in its meaning than the last one that the meaning proposes.
    """
    channels = dict(_channels(request))
    if not channels:
        return []
    answers = ask([_nearest(request, channel, vector) for channel, vector in channels.items()])
    scores: Scores = {channel: dict(answer) for channel, answer in zip(channels, answers, strict=True)}
    everything = {id_ for proposed in scores.values() for id_ in proposed}
    second: list[Nearest] = []
    for channel, proposed in scores.items():
        rest = everything - proposed.keys()
        if rest and len(proposed) >= request.candidates:  # else it proposed all that it knows
            only = (Ids(tuple(rest)), *_of_channel(request, channel))
            second.append(Nearest(channel, channels[channel], only, request.scope, limit=len(rest)))
    for nearest, answer in zip(second, ask(second) if second else (), strict=True):
        scores[nearest.channel].update(answer)
    return fuse(scores, weights=request.weights, limit=request.limit)


def fuse(scores: Scores, *, weights: Weights, limit: int) -> list[Fused]:
    """The best `limit` of all that is scored.

    A convex sum of the cosines and of the BM25 score over the best BM25 score: unlike a fusion of ranks it keeps
    how much better the best one is. The words weigh less the less they agree with the meaning.
    """
    text, lexical, image = (scores.get(channel, {}) for channel in ("text", "lexical", "image"))
    best = max(lexical.values(), default=0.0) or 1.0
    trust = agreement(text, lexical) ** 2
    total = sum(weight for weight, asked in zip(weights, (text, lexical, image), strict=True) if asked) or 1.0
    fused = []
    for id_ in text.keys() | lexical.keys() | image.keys():
        score = weights.text * max(0.0, text.get(id_, 0.0))
        score += weights.lexical * trust * lexical.get(id_, 0.0) / best
        score += weights.image * max(0.0, image.get(id_, 0.0))
        fused.append(Fused(id_, score / total, text.get(id_), lexical.get(id_), image.get(id_)))
    fused.sort(key=lambda entry: (-entry.score, entry.id))
    return fused[:limit]


def agreement(text: Mapping[str, float], lexical: Mapping[str, float]) -> float:
    """How near in meaning the best by words come to the best by meaning, 0..1.

    Who asks for a "usb gadget" means no "gadget bag", though no other product says "gadget".
    """
    if not text or not lexical:
        return 1.0
    nearest = sorted(text.values(), reverse=True)[:_TOP]
    worded = sorted(lexical, key=lambda id_: (-lexical[id_], id_))[:_TOP]
    # The cube: a product that holds all words counts far more than those that hold some.
    counts = [lexical[id_] ** 3 for id_ in worded]
    meant = sum(count * max(0.0, text.get(id_, 0.0)) for count, id_ in zip(counts, worded, strict=True))
    most = sum(nearest) / len(nearest) * sum(counts)
    return min(1.0, meant / most) if most > 0 else 1.0


def _to_match(entry: Fused, payload: Payload) -> Match:
    return Match(entry.id, entry.score, entry.text, entry.lexical, payload, entry.image)


def _channels(request: HybridRequest) -> Iterator[tuple[VectorName, bytes | Sparse]]:
    if request.dense is not None:
        yield "text", request.dense
    if request.sparse is not None:
        yield "lexical", request.sparse
    if request.image is not None:
        yield "image", request.image


def _nearest(request: HybridRequest, channel: VectorName, vector: bytes | Sparse) -> Nearest:
    where = (*request.where, *_of_channel(request, channel))
    return Nearest(channel, vector, where, request.scope, limit=request.candidates)


def _of_channel(request: HybridRequest, channel: VectorName) -> Where:
    return request.image_where if channel == "image" else ()
