"""The checkout's form."""

from __future__ import annotations

from typing import ClassVar

from django import forms


class CheckoutForm(forms.Form):
    """Name and email make the order; the address is asked as a shop would, and not kept."""

    name = forms.CharField(label="Full name", max_length=120)
    email = forms.EmailField(
        label="Email",
        help_text="Make one up: nothing is sent, and the demo's order list is open to everybody.",
    )
    street = forms.CharField(label="Street and number", max_length=200)
    city = forms.CharField(label="Town", max_length=120)
    postcode = forms.CharField(label="Postcode", max_length=16)
    token = forms.CharField(required=False, widget=forms.HiddenInput)

    _AUTOCOMPLETE: ClassVar = {
        "name": "name",
        "email": "email",
        "street": "street-address",
        "city": "address-level2",
        "postcode": "postal-code",
    }

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type] # django's own signature is passed through
        for name, value in self._AUTOCOMPLETE.items():
            self.fields[name].widget.attrs["autocomplete"] = value
