"""Who answers: a language model, or intent mode, which needs none and so can always answer."""

from __future__ import annotations

import logging

from apps.chat.intents.answer import answer_by_intent
from apps.chat.intents.photo import answer_by_photo
from apps.chat.llm.errors import LLMError
from apps.chat.llm_answer import answer_by_llm
from apps.chat.steps import Answer, Say, Show, TurnContext

log = logging.getLogger(__name__)


async def answer(turn: TurnContext) -> Answer:
    """Steps of the turn's mode. When no model answers, intent mode does; after the first word it is too late.
    A photo is answered without a model: what it found is known, and no model is shown it.

    Raises LLMError when the model fails in mid-answer.
    """
    if turn.photo is not None:
        async for step in answer_by_photo(turn, turn.photo):
            yield step
        return
    if turn.mode == "llm":
        spoken = False
        try:
            async for step in answer_by_llm(turn):
                spoken = spoken or isinstance(step, Say | Show)
                yield step
            return
        except LLMError as error:
            if spoken:
                raise
            log.warning("The model does not answer (%s): intent mode does", error.code)
            turn.record["fallback"] = error.code
            turn.tools.new_attempt()
    async for step in answer_by_intent(turn):
        yield step
