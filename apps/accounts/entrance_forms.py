"""allauth's forms in our words: no placeholder that only repeats its label, and a name at sign-up."""

from __future__ import annotations

from typing import Any

from allauth.account import forms as allauth_forms
from django import forms

PASSWORD_HINT = "At least 8 characters, not a common password, and unlike your email address."  # noqa: S105 - a hint


class _Plain(forms.Form):
    """Takes the placeholders out, writes labels as sentences, and says the password's rules in one line."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            field.widget.attrs.pop("placeholder", None)
            field.label = str(field.label).capitalize()
            if name == "password1":
                field.help_text = PASSWORD_HINT


class LoginForm(_Plain, allauth_forms.LoginForm):  # type: ignore[misc] # allauth ships no types
    pass


class SignupForm(_Plain, allauth_forms.SignupForm):  # type: ignore[misc] # as above
    name = forms.CharField(label="Your name", max_length=120, help_text="Shoppers see it when you answer them.")
    field_order = ("name", "email", "password1", "password2")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["name"].widget.attrs["autocomplete"] = "name"


class ChangePasswordForm(_Plain, allauth_forms.ChangePasswordForm):  # type: ignore[misc] # as above
    pass


class SetPasswordForm(_Plain, allauth_forms.SetPasswordForm):  # type: ignore[misc] # as above
    pass


class ResetPasswordForm(_Plain, allauth_forms.ResetPasswordForm):  # type: ignore[misc] # as above
    pass


class ResetPasswordKeyForm(_Plain, allauth_forms.ResetPasswordKeyForm):  # type: ignore[misc] # as above
    pass


class ReauthenticateForm(_Plain, allauth_forms.ReauthenticateForm):  # type: ignore[misc] # as above
    pass
