"""A transaction on MySQL: its BEGIN goes out with its first statement, and nothing slips out of it."""

from __future__ import annotations

import pytest
from django.db import DatabaseError, connection, transaction

from apps.accounts.models import Store

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.mysql]


def counted(*names: str) -> list[int]:
    """How many statements of these kinds this connection's server has been sent."""
    with connection.cursor() as cursor:
        cursor.execute("SHOW SESSION STATUS WHERE Variable_name IN %s", [names])
        found = dict(cursor.fetchall())
    return [int(found[name]) for name in names]


def names() -> list[str]:
    return list(Store.objects.order_by("name").values_list("name", flat=True))


def test_a_transaction_begins_once_and_is_committed_once() -> None:
    before = counted("Com_begin", "Com_commit")
    with transaction.atomic():
        Store.objects.create(name="A")
        with transaction.atomic():
            Store.objects.create(name="B")
    assert counted("Com_begin", "Com_commit") == [number + 1 for number in before]
    assert names() == ["A", "B"]


def test_the_first_statement_is_rolled_back_too_and_its_answer_is_its_own() -> None:
    Store.objects.create(name="A")
    with transaction.atomic():
        assert Store.objects.update(name="B") == 1
        assert names() == ["B"]
        transaction.set_rollback(True)
    assert names() == ["A"]
    with transaction.atomic():
        assert names() == ["A"]


def test_after_a_first_statement_that_fails_nothing_stays() -> None:
    with transaction.atomic():
        with connection.cursor() as cursor, pytest.raises(DatabaseError):
            cursor.execute("SELECT nothing FROM nowhere")
        Store.objects.create(name="A")
        transaction.set_rollback(True)
    assert names() == []


def test_several_rows_at_once_may_come_first() -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.executemany("DO %s", [[1], [2]])
        Store.objects.create(name="A")
        transaction.set_rollback(True)
    assert names() == []


def test_without_a_statement_nothing_is_sent_and_the_next_transaction_begins_afresh() -> None:
    connection.ensure_connection()
    before = counted("Com_begin", "Com_commit", "Com_rollback")
    with transaction.atomic():
        pass
    assert counted("Com_begin", "Com_commit", "Com_rollback") == before
    with transaction.atomic():
        transaction.set_rollback(True)
    assert counted("Com_begin", "Com_commit", "Com_rollback") == before
    Store.objects.create(name="A")
    with transaction.atomic():
        Store.objects.update(name="B")
        transaction.set_rollback(True)
    assert names() == ["A"]


def test_a_new_connection_owes_no_begin() -> None:
    with transaction.atomic():
        connection.close()
    assert counted("Com_begin") == [0]
