"""What a merchant types about search, checked and put into words."""

from __future__ import annotations

import re
from typing import Any

from django import forms

from apps.catalog.models import SearchRule
from apps.catalog.rules import LONGEST_PHRASE, MOST_PHRASES, Draft, Kind, Match

_HINTS = {
    Kind.PIN: ("Shoppers ask for", "winter jacket, down jacket"),
    Kind.BURY: ("Shoppers ask for", "winter jacket, down jacket"),
    Kind.SYNONYM: ("Words that mean the same", "sofa, couch, settee"),
}


class RuleForm(forms.Form):
    """A rule of a kind. `draft()` is what it says once it is valid; `apps.catalog.rules` checks that."""

    phrases = forms.CharField(max_length=MOST_PHRASES * (LONGEST_PHRASE + 2))
    match = forms.ChoiceField(
        label="It applies when",
        choices=[
            (Match.WHOLE.value, "They ask for exactly this"),
            (Match.WORDS.value, "These words are among what they ask for"),
        ],
        widget=forms.RadioSelect,
        initial=Match.WHOLE.value,
        help_text="Prices, stock and order of words do not count. “jackets” is “jacket” too.",
    )
    note = forms.CharField(max_length=200, required=False, help_text="Why it is there, for your colleagues.")

    def __init__(self, *args: Any, kind: SearchRule.Kind, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.kind = kind
        label, example = _HINTS[kind]
        field = self.fields["phrases"]
        field.label = label
        field.help_text = "With a comma between them." if kind == Kind.SYNONYM else "Several with a comma between."
        field.widget.attrs |= {"placeholder": example, "autocomplete": "off"}
        if kind == Kind.SYNONYM:
            del self.fields["match"]

    def draft(self) -> Draft:
        given = self.cleaned_data
        return Draft(
            kind=self.kind,
            phrases=tuple(re.split(r"[,;\n]", given["phrases"])),
            match=Match(given.get("match") or Match.WHOLE),
            note=given["note"],
        )


def initial_of(rule: SearchRule) -> dict[str, Any]:
    return {"phrases": ", ".join(rule.phrases), "match": rule.match, "note": rule.note}
