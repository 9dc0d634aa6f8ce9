"""What a store runs stays here: no library reports it to its maker."""

from __future__ import annotations

import os
import subprocess
import sys

from django.conf import settings

# Without a home it cannot keep the number that it gives this machine, and says so: a sign that it is at work.
HOMELESS = {"HOME": "/dev/null", "XDG_CACHE_HOME": "/dev/null"}


def said_about_telemetry(program: str) -> bool:
    done = subprocess.run(  # noqa: S603 - our own command
        [sys.executable, "-c", program],
        cwd=settings.BASE_DIR,
        env={"PATH": os.environ["PATH"], **HOMELESS},  # bare: under CI it is silent by itself
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    return "telemetry" in done.stderr


def test_the_models_runtime_does_not_report_to_its_maker() -> None:
    assert said_about_telemetry("import onnxruntime"), "the sign is gone: look how it tells today"
    assert not said_about_telemetry("import apps.catalog.engine, onnxruntime")
