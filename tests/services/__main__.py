"""`python -m tests.services` (`make services`): production's servers on loopback, until Ctrl-C.

What they keep lies in var/services and is there again the next time.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from pathlib import Path

import django


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "eaichat.settings")
    django.setup()
    from django.conf import settings

    from tests.services.mariadb import MariaDB
    from tests.services.redis import Redis
    from tests.services.server import LocalServer, ServiceMissing, usual_port
    from tests.services.temporal import Temporal

    folder: Path = settings.VAR_DIR / "services"
    mariadb = MariaDB(folder / "mariadb", port=usual_port(3306), durable=True)
    redis = Redis(folder / "redis", port=usual_port(6379))
    temporal = Temporal(folder / "temporal", port=usual_port(7233))
    started: list[LocalServer] = []
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    try:
        parts: tuple[LocalServer, ...] = (mariadb, redis, temporal)
        for server in parts:
            server.start()
            started.append(server)
        _say(
            f"DATABASE_URL={mariadb.url}",
            f"REDIS_URL={redis.url}",
            f"TEMPORAL_ADDRESS={temporal.url}",
            "",
            "Put these lines into .env, then, each in a terminal of its own:",
            "  .venv/bin/python manage.py migrate && .venv/bin/python manage.py createsuperuser",
            "  .venv/bin/python manage.py index_host",
            "  .venv/bin/python manage.py web --port 8000",
            "  .venv/bin/python manage.py web --port 8001",
            "  .venv/bin/python manage.py temporal_worker",
            f"Data: {folder}. Ctrl-C stops everything.",
        )
        stop.wait()
    except ServiceMissing as error:
        sys.exit(str(error))
    finally:
        for server in reversed(started):
            server.stop()
    _say("Stopped.")


def _say(*lines: str) -> None:
    sys.stdout.write("\n".join(lines) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
