"""The demo's people, signing in as they do."""

from __future__ import annotations

import re

from playwright.sync_api import Page

from eaichat.demo.accounts import DEMO_ACCOUNTS


def sign_in(page: Page, email: str) -> None:
    """Sign in with the password that the demo prints; ends on the console."""
    page.goto("/accounts/login/")
    page.get_by_label("Email").fill(email)
    page.get_by_label("Password").fill(next(one.password for one in DEMO_ACCOUNTS if one.email == email))
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(re.compile("/console/"))
