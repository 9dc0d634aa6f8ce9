"""The application with a page that fails and quotes its visitor: a settings module (failing_urls.py mounts it)."""

from __future__ import annotations

import logging
from typing import NoReturn

from django.http import HttpRequest

from eaichat.settings import *  # noqa: F403 - that is how Django settings are extended

ROOT_URLCONF = "tests.failing_urls"


def fail(request: HttpRequest) -> NoReturn:
    said = request.GET["said"]
    try:
        raise KeyError(said)
    except KeyError as error:
        logging.getLogger("apps.failing").warning("This did not work: %s", error)
        raise ValueError(f"cannot read {said}") from error
