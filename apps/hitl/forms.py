"""The console's form of the desk."""

from __future__ import annotations

from django import forms

from apps.hitl.models import REMIND_AFTER_S


class ReminderForm(forms.Form):
    remind_after_s = forms.IntegerField(
        label="Remind after (seconds)",
        min_value=REMIND_AFTER_S[0],
        max_value=REMIND_AFTER_S[1],
        help_text="How long a shopper waits for an answer before the desk is reminded, and reminded again. "
        "It counts for shoppers who ask from now on.",
    )
