from apps.chat.steps import Answer, Say, TurnContext


async def answer_by_intent(turn: TurnContext) -> Answer:
    yield Say("stub")
