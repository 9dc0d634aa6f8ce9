"""The provider of a store's model, loaded when one is first asked."""

from __future__ import annotations

import asyncio
from importlib import import_module

from apps.chat.llm.base import BaseLLMProvider, LLMConfig


async def provider_for(config: LLMConfig) -> BaseLLMProvider:
    """The SDK costs each process a second to load and 16 MB to keep: not without a model, and not in the loop."""
    module = await asyncio.to_thread(import_module, "apps.chat.llm.openai")
    provider: BaseLLMProvider = module.OpenAIProvider(config)
    return provider
