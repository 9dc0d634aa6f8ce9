"""Migrations: they bring rows of the first release along, and new ones stop nobody who runs the old code."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection, models
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader

from apps.accounts.models import Store

OURS = ("accounts", "catalog", "chat", "connectors", "hitl", "demo")
FIRST_RELEASE = [(label, "0001_initial") for label in OURS]
# Collations, before anybody ran on MySQL: MODIFY copies the table. The next one of these needs a plan.
BEFORE_MYSQL = {
    ("accounts", "0002_identifiers_and_indexes"),
    ("chat", "0003_identifiers_and_indexes"),
    ("connectors", "0003_identifiers_and_indexes"),
    ("hitl", "0002_identifiers_and_indexes"),
    ("demo", "0002_addresses"),
}
LATER = sorted(key for key in MigrationLoader(None).disk_migrations if key[0] in OURS and key[1] != "0001_initial")


@pytest.fixture
def first_release(transactional_db: None) -> Iterator[Any]:
    """The apps as they were, on a database as it was."""
    executor = MigrationExecutor(connection)
    executor.migrate(FIRST_RELEASE)
    yield executor.loader.project_state(FIRST_RELEASE).apps
    call_command("migrate", verbosity=0)


def test_rows_of_the_first_release_come_along(first_release: Any) -> None:
    def old(label: str, name: str) -> Any:
        return first_release.get_model(label, name).objects

    store = old("accounts", "Store").create(name="Grün 🍏", public_key="pk_Old")
    user = old("accounts", "User").create(email="Maya@Example.com", password="x")
    session = old("chat", "ChatSession").create(store_id=store.pk, last_seq=1)
    old("chat", "Message").create(session_id=session.pk, seq=1, author="shopper", text="Hi 👋", client_id="M1")
    old("chat", "CartItem").create(store_id=store.pk, visitor=session.visitor, product_id="Mug", quantity=2)
    connector = old("connectors", "ConnectorConfig").create(store_id=store.pk, platform="fakestore", name="Shop")
    old("connectors", "SyncRun").create(connector_id=connector.pk, state="succeeded")
    old("hitl", "Escalation").create(store_id=store.pk, session_id=session.pk, reason="Help")

    call_command("migrate", verbosity=0)

    from apps.accounts.models import User
    from apps.chat.models import CartItem, Message
    from apps.connectors.models import SyncRun
    from apps.hitl.models import Escalation

    assert User.objects.get(email="maya@example.com").pk == user.pk
    message = Message.objects.select_related("session__store").get(client_id="M1")
    assert (message.text, message.session.store.name, message.session.last_seq) == ("Hi 👋", "Grün 🍏", 1)
    assert CartItem.objects.get(product_id="Mug").quantity == 2
    assert SyncRun.objects.get().state == "succeeded"
    assert Escalation.objects.open().get().session_id == session.pk


@pytest.mark.mysql
@pytest.mark.django_db
@pytest.mark.parametrize("migration", [key for key in LATER if key not in BEFORE_MYSQL], ids="-".join)
def test_a_new_migration_blocks_nobody_and_suits_the_old_code(migration: tuple[str, str]) -> None:
    """While it runs, and until every process is new, the old code reads and writes the same tables."""
    loader = MigrationLoader(connection)
    plan = [(loader.graph.nodes[migration], False)]
    bad = [sql for sql in loader.collect_sql(plan) if _blocks(sql)]
    assert not bad, "\n".join(bad)


@pytest.mark.mysql
@pytest.mark.parametrize("migration", [key for key in LATER if key not in BEFORE_MYSQL], ids="-".join)
def test_a_new_migration_copies_no_table(migration: tuple[str, str], first_release: Any) -> None:
    """While a table is copied nobody can write to it; what is changed in place, people keep using."""
    if not getattr(connection, "mysql_is_mariadb", False):
        pytest.skip("only MariaDB can be told to refuse a copy")
    parents = MigrationLoader(connection).graph.node_map[migration].parents
    for before in [node.key for node in parents if node.key[0] in OURS]:
        executor = MigrationExecutor(connection)
        if before not in executor.loader.applied_migrations:  # else it would be gone back to
            executor.migrate([before])
    used = set(connection.introspection.table_names())

    def in_place(execute: Callable[..., Any], sql: str, *rest: Any) -> Any:
        """A table that is new is empty: nobody minds that its first constraints copy it."""
        table = re.match(r"ALTER TABLE `(\w+)`", sql)
        algorithm = "INPLACE" if table and table[1] in used else "DEFAULT"
        connection.connection.query(f"SET SESSION alter_algorithm = '{algorithm}'")
        return execute(sql, *rest)

    try:
        with connection.execute_wrapper(in_place):
            MigrationExecutor(connection).migrate([migration])
    finally:
        connection.connection.query("SET SESSION alter_algorithm = 'DEFAULT'")


@pytest.mark.mysql
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("column", "blocks"),
    [
        (models.IntegerField(default=0), True),  # Django takes the default away again once the rows have it
        (models.CharField(max_length=9, default="x"), True),
        (models.IntegerField(default=0, db_default=0), False),
        (models.IntegerField(null=True), False),
    ],
    ids=["default", "default text", "default of the database", "nullable"],
)
def test_a_new_column_that_the_old_code_cannot_fill_is_noticed(
    column: models.Field[Any, Any], blocks: bool
) -> None:
    column.set_attributes_from_name("added")
    column.model = Store
    with connection.schema_editor(collect_sql=True) as editor:
        editor.add_field(Store, column)
    assert any(_blocks(str(sql)) for sql in editor.collected_sql) is blocks, editor.collected_sql


def _blocks(sql: str) -> bool:
    """A column that the old code does not fill and that has no default, or one that it needs and that goes."""
    statement = sql.upper()
    if re.search(r"\b(DROP COLUMN|DROP TABLE|DROP DEFAULT|RENAME|CHANGE|MODIFY)\b", statement):
        return True
    added = re.search(r"\bADD COLUMN .*\bNOT NULL\b", statement)
    return bool(added) and "DEFAULT" not in statement
