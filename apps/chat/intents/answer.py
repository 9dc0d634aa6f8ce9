"""Intent mode: understand one message, and answer it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable

from apps.catalog.engine.queries import IntentMatch, SearchQuery
from apps.catalog.runtime import catalog
from apps.chat.intents import carting, describing, looking, ordering, shopping
from apps.chat.intents.classifier import IntentClassifier, Understanding
from apps.chat.intents.library import examples, library
from apps.chat.intents.talk import PERSON, Acted, Talk, act, offer, speak
from apps.chat.intents.words import normalise, words
from apps.chat.parts import Choice
from apps.chat.steps import Step, TurnContext
from apps.chat.tools.base import ToolError

_MOST_NAMED = 8
_LONGEST = 600  # no rule needs more, and no shopper's wish is longer


async def answer_by_intent(turn: TurnContext) -> AsyncIterator[Step]:
    """Answer the turn without a language model. What was understood lands in `turn.record["intent"]`.

    Never raises for what a shopper can do: an index or a tool that does not answer is said in words.
    """
    talk = Talk(turn, normalise(turn.text[:_LONGEST]))
    if not words(talk.text):
        for said in speak("I didn't catch that.", "Tell me in words what you are looking for."):
            yield said
        return
    async for step in looking.guarded(talk, _answer(talk)):
        yield step


async def _answer(talk: Talk) -> AsyncIterator[Step]:
    understood = await _understand(talk)
    if understood.intent == "which_product" and not await carting.is_choice(talk):
        talk.dialogue.stop_waiting()
        understood = await _understand(talk)
    talk.turn.record["intent"] = {
        "name": understood.intent,
        "how": understood.how,
        "score": understood.score,
    }
    talk.unsure = understood.how == "default"
    handler = _HANDLERS.get(understood.intent, _canned(understood.intent))
    if understood.how != "state":
        # The shopper moved on: what the assistant had asked is not open any more.
        talk.dialogue.stop_waiting()
    try:
        async for step in handler(talk):
            yield step
    except ToolError as error:
        for said in speak(error.text):
            yield said
        yield offer(PERSON)


async def _understand(talk: Talk) -> Understanding:
    limits = SearchQuery()
    if talk.dialogue.awaiting is None or talk.dialogue.awaiting == "which_product":
        limits = await looking.parsed(talk)
    named = limits.model_dump(exclude_defaults=True, exclude={"text"})
    classifier = IntentClassifier(_near_examples)
    return await classifier.understand(
        text=talk.text, raw=talk.turn.text, dialogue=talk.dialogue, named_limits=bool(named)
    )


def _near_examples(text: str) -> list[IntentMatch]:
    learn_examples()  # free after the first time
    return catalog().intents.match(text=text, limit=3)


def learn_examples() -> None:
    """Teach the intent index its examples before the first shopper comes: embedding them takes seconds."""
    catalog().intents.sync(examples=examples())


Handler = Callable[[Talk], AsyncIterator[Step]]


def _canned(intent: str) -> Handler:
    async def respond(talk: Talk) -> AsyncIterator[Step]:
        entry = library()[intent]
        for said in speak(entry.response(store=talk.store, seed=talk.turn.turn_id)):
            yield said
        if entry.choices:
            yield offer(*entry.choices)

    return respond


async def _human(talk: Talk) -> AsyncIterator[Step]:
    talk.dialogue.stop_waiting()
    acted = Acted()
    async for step in act(talk, acted, "escalate_to_human", reason=talk.turn.text[:300]):
        yield step
    if acted.result is None:
        for said in speak(acted.error.text if acted.error else "", "I'm still here to help."):
            yield said
        return
    position, online = acted.result.content.get("position"), acted.result.content.get("online")
    place = f"You are number {position} in the queue." if position else "You are in the queue."
    sentences = [f"I've asked a person from {talk.store} to join.", place]
    if not online:
        sentences = [
            f"Nobody from {talk.store} is online right now.",
            place,
            "They will see this conversation when they are back. You can leave the queue and go on with me.",
        ]
    for said in speak(*sentences):
        yield said


async def _help(talk: Talk) -> AsyncIterator[Step]:
    tops = await looking.departments(talk)
    sells = f"{talk.store} has {_listed(tops)}." if tops else ""
    for said in speak(
        sells,
        "Tell me what you are looking for, with a price or a colour if you like;",
        "I can put it into your cart, look up an order, or fetch a person.",
    ):
        yield said
    choices = [Choice(label=top, text=f"Show me {top}") for top in tops[:3]]
    yield offer(*choices, Choice(label="Where is my order?", text="Where is my order?"), PERSON)


async def _complaint(talk: Talk) -> AsyncIterator[Step]:
    async for step in _canned("complaint")(talk):
        yield step
    talk.dialogue.awaiting = "handoff_answer"


def _listed(names: list[str]) -> str:
    if len(names) > _MOST_NAMED:
        names = [*names[:_MOST_NAMED], "more"]
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


_HANDLERS: dict[str, Handler] = {
    "product_search": shopping.search,
    "exact_search": shopping.search_exactly,
    "refine": shopping.refine,
    "limit_taken_back": shopping.take_back,
    "product_info": describing.answer,
    "which_product": carting.which_product,
    "cart_add": carting.add,
    "cart_quantity": carting.set_quantity,
    "cart_remove": carting.remove,
    "cart_clear": carting.clear,
    "cart_view": carting.view,
    "checkout": carting.checkout,
    "order_status": ordering.status,
    "order_unknown": ordering.unknown,
    "human": _human,
    "help": _help,
    "complaint": _complaint,
}
