"""The console's own forms: what people type, checked and put into words."""

from __future__ import annotations

from typing import Any

from django import forms

from apps.accounts.permissions import Role

# The currencies of most online stores first; a product's own record says which one its price is in.
CURRENCIES = [
    ("USD", "US dollar (USD)"),
    ("EUR", "Euro (EUR)"),
    ("GBP", "Pound sterling (GBP)"),
    ("AUD", "Australian dollar (AUD)"),
    ("BRL", "Brazilian real (BRL)"),
    ("CAD", "Canadian dollar (CAD)"),
    ("CHF", "Swiss franc (CHF)"),
    ("CNY", "Chinese yuan (CNY)"),
    ("DKK", "Danish krone (DKK)"),
    ("INR", "Indian rupee (INR)"),
    ("JPY", "Japanese yen (JPY)"),
    ("MXN", "Mexican peso (MXN)"),
    ("NOK", "Norwegian krone (NOK)"),
    ("NZD", "New Zealand dollar (NZD)"),
    ("PLN", "Polish zloty (PLN)"),
    ("SEK", "Swedish krona (SEK)"),
    ("SGD", "Singapore dollar (SGD)"),
    ("TRY", "Turkish lira (TRY)"),
    ("ZAR", "South African rand (ZAR)"),
]


class StoreForm(forms.Form):
    name = forms.CharField(
        label="Store name", max_length=120, help_text="Shoppers see it at the top of the chat.", initial=""
    )
    currency = forms.ChoiceField(choices=CURRENCIES, initial="USD")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["name"].widget.attrs["autocomplete"] = "organization"


class AccountForm(forms.Form):
    name = forms.CharField(
        label="Your name",
        max_length=120,
        help_text="Shoppers see it when you answer them; your email address is never shown.",
    )


class InviteForm(forms.Form):
    email = forms.EmailField(label="Email address")
    role = forms.ChoiceField(choices=[(role.value, role.label) for role in Role], initial=Role.AGENT.value)


class RoleForm(forms.Form):
    role = forms.ChoiceField(choices=[(role.value, role.label) for role in Role])
