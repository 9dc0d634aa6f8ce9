"""Tools: what an assistant may do, and the one engine that lets it.

The engine checks arguments against a schema, limits time, takes all authority from the session (never from the
model), and makes acting idempotent: a tool that changes something writes its `ToolCall` in the same transaction,
so a repeated call returns the first result and acts no second time.
"""

from __future__ import annotations

import asyncio
import json
import logging
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar, Generic, TypeVar

from django.db import transaction
from pydantic import BaseModel, ValidationError

from apps.chat.models import ChatSession, ToolCall
from apps.chat.parts import Part
from apps.chat.patience import patiently
from eaichat.telemetry import observe

log = logging.getLogger(__name__)

A = TypeVar("A", bound=BaseModel)


class ToolError(Exception):
    """A tool could not do what was asked. `code` is for programs, `text` for the model and the shopper.

    Codes of the engine: `unknown_tool`, `bad_arguments`, `call_conflict`, `timeout`, `not_owner`, `taken_over`,
    `failed`.
    """

    def __init__(self, code: str, text: str) -> None:
        super().__init__(f"{code}: {text}")
        self.code = code
        self.text = text


class ToolResult(BaseModel):
    """`content` is what the model (or the intent) reads, plain JSON; `parts` are what the shopper is shown."""

    content: dict[str, Any]
    parts: list[Part] = []


@dataclass(frozen=True)
class ToolContext:
    """For whom a tool acts: the session's own store and visitor. `call_id` is set by the engine.

    `lease`: the process that must still be the one who answers the session when something is changed.
    """

    store_id: str
    session_id: str
    visitor: str
    turn_id: str
    call_id: str = ""
    lease: uuid.UUID | None = None
    earlier: frozenset[str] = frozenset()  # ids of calls that an earlier attempt of this turn made


class Tool(Generic[A]):
    """One thing that an assistant can do. A subclass names its arguments and runs; reading tools need no more."""

    name: ClassVar[str]
    description: ClassVar[str]
    seconds: ClassVar[float] = 8.0
    hands_off: ClassVar[bool] = False  # whether success gives the conversation to somebody else
    Arguments: type[A]

    async def run(self, context: ToolContext, arguments: A) -> ToolResult:
        raise NotImplementedError


class ActingTool(Tool[A]):
    """A tool that changes something: `act` runs once per call id, in the transaction that also notes the call.

    `prepare` runs before the transaction and is the place for slow look-ups, so that no lock waits for the index.
    """

    def prepare(self, context: ToolContext, arguments: A) -> Any:
        return None

    def act(self, context: ToolContext, arguments: A, prepared: Any) -> ToolResult:
        raise NotImplementedError

    async def run(self, context: ToolContext, arguments: A) -> ToolResult:
        return await patiently(self.seconds, self._once, context, arguments)

    def _once(self, context: ToolContext, arguments: A) -> ToolResult:
        given = arguments.model_dump(mode="json")
        done = self._done(context, given)
        if done is not None:
            return done
        prepared = self.prepare(context, arguments)
        with transaction.atomic():
            session = ChatSession.objects.select_for_update().get(pk=context.session_id)
            done = self._done(context, given)  # another attempt may have come first
            if done is not None:
                return done
            if session.owner != ChatSession.Owner.ASSISTANT:
                raise ToolError("not_owner", "A person has taken over this conversation.")
            if context.lease is not None and session.answering_by != context.lease:
                raise ToolError("taken_over", "Another process answers this conversation.")
            result = self.act(context, arguments, prepared)
            ToolCall.objects.create(
                id=f"{context.turn_id}:{context.call_id}",
                session=session,
                name=self.name,
                arguments=given,
                result=result.model_dump(mode="json"),
            )
        return result

    def _done(self, context: ToolContext, given: dict[str, Any]) -> ToolResult | None:
        """The result of this call if it was made before: by its id, or by an earlier attempt of the same turn."""
        row = ToolCall.objects.filter(pk=f"{context.turn_id}:{context.call_id}").first()
        if row is not None:
            if row.name != self.name or row.arguments != given:
                raise ToolError("call_conflict", "This call id was used for another call.")
            return ToolResult.model_validate(row.result)
        for row in ToolCall.objects.filter(pk__in=context.earlier, name=self.name).order_by("at"):
            if row.arguments == given:
                return ToolResult.model_validate(row.result)
        return None


@dataclass
class ToolEngine:
    """Runs the tools of one turn. `calls` is what ran, `handed_off` whether a person was asked."""

    context: ToolContext
    tools: Mapping[str, Tool[Any]]
    calls: list[dict[str, Any]] = field(default_factory=list)
    handed_off: bool = False

    def schemas(self) -> list[dict[str, Any]]:
        """`[{"name", "description", "parameters": JSON schema}]`, for a provider to wrap as it likes."""
        return [
            {"name": tool.name, "description": tool.description, "parameters": tool.Arguments.model_json_schema()}
            for tool in self.tools.values()
        ]

    def new_attempt(self) -> None:
        """The turn is answered from the start again: what acted before is not done again for equal arguments."""
        made = {f"{self.context.turn_id}:{call['id']}" for call in self.calls}
        self.context = replace(self.context, earlier=self.context.earlier | made)

    async def call(self, name: str, arguments: dict[str, Any], call_id: str) -> ToolResult:
        """Run a tool. Raises ToolError, and nothing else, when it cannot."""
        started = asyncio.get_running_loop().time()
        entry: dict[str, Any] = {"id": call_id, "name": name, "arguments": arguments}
        self.calls.append(entry)
        try:
            with observe(name, "tool", input=arguments) as observation:
                result = await self._run(name, arguments, call_id)
                observation.update(output=result.content)
        except ToolError as error:
            entry["error"] = error.code
            raise
        finally:
            entry["ms"] = round((asyncio.get_running_loop().time() - started) * 1000, 1)
        self.handed_off = self.handed_off or self.tools[name].hands_off
        return result

    async def _run(self, name: str, arguments: dict[str, Any], call_id: str) -> ToolResult:
        tool = self.tools.get(name)
        if tool is None:
            raise ToolError("unknown_tool", f"There is no tool named {name!r}.")
        if not 0 < len(call_id) <= 60:
            raise ToolError("bad_arguments", "A call id has 1 to 60 characters.")
        try:
            checked = tool.Arguments.model_validate(arguments)
            json.dumps(arguments)
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            where = ".".join(str(step) for step in first["loc"]) or "arguments"
            raise ToolError("bad_arguments", f"{where}: {first['msg']}") from error
        except (TypeError, ValueError) as error:
            raise ToolError("bad_arguments", "Arguments must be plain JSON.") from error
        try:
            async with asyncio.timeout(tool.seconds):
                return await tool.run(replace(self.context, call_id=call_id), checked)
        except ToolError:
            raise
        except TimeoutError as error:
            raise ToolError("timeout", f"{name} took too long.") from error
        except Exception as error:
            log.exception("Tool %s failed", name)
            raise ToolError("failed", f"{name} does not work right now.") from error
