#!/usr/bin/env python
"""Django's command line for eaichat. A database that is away or refuses us is one line, not a traceback."""

import os
import sys


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "eaichat.settings")
    from django.core.management import execute_from_command_line
    from django.db import OperationalError

    from eaichat.databases import unusable

    try:
        execute_from_command_line(sys.argv)
    except OperationalError as error:
        if "--traceback" in sys.argv or not unusable(error):
            raise
        sys.exit(unusable(error))


if __name__ == "__main__":
    main()
