"""`python -m eaichat.management.probe`: the health check of a web container. Exit 0 when `/healthz` says ok.

It imports nothing of ours, since it runs every few seconds. The page is asked for under the public name, because
the application answers to no other (ALLOWED_HOSTS), and as a trusted proxy would, so that it is not sent to https.
"""

from __future__ import annotations

import http.client
import os
import sys
from urllib.parse import urlsplit

_WITHIN = 4.0  # seconds


def main() -> None:
    public = urlsplit(os.environ.get("PUBLIC_URL") or "http://localhost")
    connection = http.client.HTTPConnection("127.0.0.1", int(os.environ.get("PORT") or 8000), timeout=_WITHIN)
    headers = {"Host": public.netloc, "X-Forwarded-Proto": public.scheme}
    try:
        connection.request("GET", "/healthz", headers=headers)
        answer = connection.getresponse()
        told = answer.read().decode(errors="replace")
    except OSError as error:
        sys.exit(f"Nothing answers on port {connection.port}: {error}")
    if answer.status != 200:
        sys.exit(f"{answer.status}: {told[:500]}")


if __name__ == "__main__":
    main()
