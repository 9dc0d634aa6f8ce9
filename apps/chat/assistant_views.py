"""The console page "Assistant": how a store's shoppers are answered.

The base URL may name any host, loopback and private networks too: a self-hosted installation has its model
(Ollama, vLLM) beside the application, and whoever may change this page runs the store: MANAGE_ASSISTANT. Of
what such a host answers, this page shows at most 200 characters.
"""

from __future__ import annotations

from asgiref.sync import async_to_sync
from django.contrib import messages
from django.http import HttpResponseBase, JsonResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from apps.accounts.console import ConsoleRequest, console_view
from apps.accounts.permissions import Permission
from apps.chat import assistant
from apps.chat.assistant_forms import AssistantForm, TryForm
from apps.chat.llm.base import Check, LLMConfig
from apps.chat.llm.errors import LLMError
from apps.chat.llm.provider import provider_for


@console_view(Permission.MANAGE_ASSISTANT)
def assistant_page(request: ConsoleRequest) -> HttpResponseBase:
    settings = assistant.settings_of(request.store)
    initial = {name: getattr(settings, name) for name in ("mode", "greeting", "base_url", "model")}
    form = AssistantForm(request.POST or None, initial=initial, settings=settings)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        key = assistant.key_for(
            settings,
            base_url=given["base_url"],
            new_key=given["new_key"],
            forget=given.get("forget_key", False),
        )
        assistant.update_assistant(
            store=request.store,
            actor=request.user,
            mode=given["mode"],
            greeting=given["greeting"],
            config=form.config(api_key=key),
        )
        messages.success(request, "Saved. New answers use it at once.")
        if settings.api_key and not key and not given.get("forget_key"):
            messages.warning(request, "The stored key belonged to the old address and was forgotten.")
        return redirect("console_assistant")
    return render(request, "chat/assistant.html", {"form": form, "settings": settings})


@require_POST
@console_view(Permission.MANAGE_ASSISTANT)
def assistant_test(request: ConsoleRequest) -> HttpResponseBase:
    """Ask the model, as typed and not yet saved, for one word. JSON: ok, text, and the fields at fault."""
    settings = assistant.settings_of(request.store)
    form = TryForm(request.POST, settings=settings)
    if not form.is_valid():
        fields = {name: str(errors[0]) for name, errors in form.errors.items()}
        return JsonResponse({"ok": False, "text": "Something is missing.", "fields": fields})
    given = form.cleaned_data
    key = assistant.key_for(
        settings, base_url=given["base_url"], new_key=given["new_key"], forget=given.get("forget_key", False)
    )
    try:
        check = async_to_sync(_check)(form.config(api_key=key))
    except LLMError as error:
        return JsonResponse({"ok": False, "code": error.code, "text": error.text})
    seconds = check.first_word_ms / 1000
    return JsonResponse({"ok": True, "text": f"{check.model} answers; its first word came after {seconds:.1f} s."})


async def _check(config: LLMConfig) -> Check:
    provider = await provider_for(config)
    return await provider.check()
