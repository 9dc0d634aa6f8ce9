"""What is said before the first migration of a database that would mix up people's words."""

from __future__ import annotations

import pytest
from django.core.management import call_command
from django.core.management.base import SystemCheckError
from django.db import connection

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.mysql]


def test_a_database_of_another_collation_is_refused_with_the_line_that_helps() -> None:
    call_command("check", databases=["default"])
    name = connection.settings_dict["NAME"]
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER DATABASE `{name}` COLLATE utf8mb4_general_ci")
    try:
        with pytest.raises(SystemCheckError, match=f"ALTER DATABASE `{name}` CHARACTER SET utf8mb4"):
            call_command("check", databases=["default"])
    finally:
        with connection.cursor() as cursor:
            cursor.execute(f"ALTER DATABASE `{name}` COLLATE utf8mb4_unicode_520_ci")
