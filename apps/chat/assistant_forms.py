"""What a merchant types about the assistant, checked and put into words."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from django import forms

from apps.chat.llm.base import LLMConfig
from apps.chat.models import ChatSettings, Mode


def clean_base_url(value: str) -> str:
    """An http(s) address without query, credentials or a trailing slash. Any host: see assistant_views."""
    value = value.strip().rstrip("/")
    if not value:
        return ""
    try:
        parts = urlsplit(value)
        fine = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        fine = False
    if not fine or any(character.isspace() for character in value):
        raise forms.ValidationError("Write an address such as https://api.openai.com/v1.")
    if parts.username or parts.password:
        raise forms.ValidationError("Put the key into its own field, not into the address.")
    if parts.query or parts.fragment:
        raise forms.ValidationError("The address ends before any “?” or “#”.")
    return value.removesuffix("/chat/completions")


class ModelForm(forms.Form):
    """Where a language model answers: the part of the page that can be tested before it is saved."""

    use_required_attribute = False  # what is required depends on the mode, which the page may change

    base_url = forms.CharField(
        label="Base URL",
        max_length=200,
        error_messages={"required": "Where does the model answer?"},
        help_text="An OpenAI-compatible server; the address usually ends in <code>/v1</code>.",
        widget=forms.TextInput(
            attrs={
                "placeholder": "http://localhost:11434/v1",
                "inputmode": "url",
                "spellcheck": "false",
                "list": "known-servers",
            }
        ),
    )
    model = forms.CharField(
        max_length=120,
        error_messages={"required": "Which model?"},
        help_text="Its name as the server knows it.",
        widget=forms.TextInput(attrs={"placeholder": "llama3.1", "spellcheck": "false", "autocomplete": "off"}),
    )
    new_key = forms.CharField(
        label="API key",
        max_length=500,
        required=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    forget_key = forms.BooleanField(label="Forget the stored key", required=False)

    def __init__(self, *args: Any, settings: ChatSettings, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        key = self.fields["new_key"]
        if settings.api_key:
            key.help_text = "A key is stored, encrypted, and is never shown. Type a new one to replace it."
            key.widget.attrs["placeholder"] = "Stored"
        else:
            key.help_text = "Stored encrypted and never shown again. Leave it empty for a server that needs none."
            del self.fields["forget_key"]

    def clean_base_url(self) -> str:
        return clean_base_url(self.cleaned_data["base_url"])

    def clean_new_key(self) -> str:
        key: str = self.cleaned_data["new_key"].strip()
        if not key.isascii() or not key.isprintable() or " " in key:
            raise forms.ValidationError("A key has no spaces and only plain letters: is it the right thing?")
        return key

    def config(self, *, api_key: str) -> LLMConfig:
        return LLMConfig(self.cleaned_data["base_url"], self.cleaned_data["model"].strip(), api_key)


class AssistantForm(ModelForm):
    mode = forms.ChoiceField(choices=Mode.choices, widget=forms.RadioSelect)
    greeting = forms.CharField(
        max_length=300, help_text="The first thing that shoppers read.", widget=forms.Textarea(attrs={"rows": 2})
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.is_bound and self.data.get("mode") != Mode.LLM:
            self.fields["base_url"].required = self.fields["model"].required = False


class TryForm(ModelForm):
    """The same fields, posted by the test button."""
