"""What each page asks the database: how often, never more for more rows, and by an index."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from apps.accounts.models import Store, User, WorkflowStart
from apps.catalog.engine.catalog import Catalog
from apps.chat import leases, reading, turn_store
from apps.chat.draft import Draft
from apps.chat.models import ChatSession
from apps.chat.sessions import open_session, token_for
from apps.chat.steps import Say
from apps.connectors import runs
from apps.connectors.models import ConnectorConfig
from apps.hitl import live_pages
from apps.hitl.models import Escalation
from eaichat.tests.crowded import fill

GROWING = {
    "accounts_auditlog",
    "accounts_workflowstart",
    "chat_cartitem",
    "chat_chatsession",
    "chat_message",
    "chat_toolcall",
    "connectors_syncrun",
    "hitl_escalation",
    "hitl_escalationevent",
}
MANY = 2000  # rows; what a plan reads beyond a page's worth shows
A_PAGE = 300


@dataclass
class Crowd:
    """A store with rows, and somebody who looks at it."""

    store: Store
    owner: User
    client: Client
    session: ChatSession
    escalation: Escalation
    connector: ConnectorConfig

    def page(self, name: str, *arguments: object) -> None:
        assert self.client.get(reverse(name, args=arguments)).status_code == 200

    def chat_api(self, name: str) -> None:
        headers = {"Authorization": f"Session {token_for(self.session)}"}
        assert self.client.get(reverse(name, args=[self.session.pk]), headers=headers).status_code == 200

    def turn(self) -> None:
        accepted = turn_store.accept(session_id=self.session.pk, client_id=uuid.uuid4().hex, text="Hi")
        opening = turn_store.open_turn(accepted, session_id=self.session.pk)
        assert opening is not None
        draft = Draft()
        draft.add(Say("Hello."))
        assert turn_store.commit_answer(opening, draft, complete=True, record={}) is not None

    def runs(self) -> None:
        with transaction.atomic():
            runs.lock(connector_id=self.connector.pk)
            self.connector.runs.filter(state__in=runs.OPEN_STATES).first()


Look = Callable[[Crowd], object]


def _console(name: str) -> Look:
    return lambda crowd: crowd.page(name)


def _admin(name: str) -> Look:
    return lambda crowd: crowd.page(f"admin:{name}_changelist")


# Each with the queries that it takes: a change of this number is a decision, not an accident.
PLACES: dict[str, tuple[int, Look]] = {
    "console: home": (6, _console("console_home")),
    "console: team": (6, _console("console_team")),
    "console: activity": (6, _console("console_activity")),
    "console: store": (4, _console("console_store")),
    "console: account": (4, _console("console_account")),
    "console: connectors": (6, _console("console_connectors")),
    "console: connector": (6, lambda crowd: crowd.page("console_connector", crowd.connector.pk)),
    "console: progress of a sync": (5, lambda crowd: crowd.page("console_connector_state", crowd.connector.pk)),
    "console: assistant": (5, _console("console_assistant")),
    "console: widget": (4, _console("console_widget")),
    "console: desk": (8, _console("console_desk")),
    "console: catalogue": (4, _console("console_catalogue")),
    "admin: queue": (13, _admin("hitl_escalation")),
    "admin: desk": (16, lambda crowd: crowd.page("admin:hitl_escalation_change", crowd.escalation.pk)),
    "admin: sessions": (12, _admin("chat_chatsession")),
    "admin: session": (10, lambda crowd: crowd.page("admin:chat_chatsession_change", crowd.session.pk)),
    "admin: deeds": (14, _admin("accounts_auditlog")),
    "admin: outbox": (11, _admin("accounts_workflowstart")),
    "admin: runs": (10, _admin("connectors_syncrun")),
    "admin: connectors": (10, _admin("connectors_connectorconfig")),
    "admin: people": (10, _admin("accounts_user")),
    "admin: stores": (10, _admin("accounts_store")),
    "admin: invitations": (10, _admin("accounts_invitation")),
    "api: me": (3, lambda crowd: crowd.client.get("/api/v1/me")),
    "api: messages": (3, lambda crowd: crowd.chat_api("chat_messages")),
    "api: cart": (3, lambda crowd: crowd.chat_api("chat_cart")),
    "chat: arrival": (4, lambda crowd: reading.arrival(session_id=crowd.session.pk, after=0)),
    "chat: news": (2, lambda crowd: reading.news(session_id=crowd.session.pk, seen=1)),
    "chat: turn": (12, Crowd.turn),
    "chat: watch": (1, lambda crowd: leases.owed()),
    "desk: queue": (5, lambda crowd: live_pages.queue_html(user=crowd.owner, current=None)),
    "desk: arrival": (5, lambda crowd: live_pages.arrive(user=crowd.owner)),
    "outbox: pending": (1, lambda crowd: list(WorkflowStart.objects.pending()[:100])),
    "runs: ask for one": (3, Crowd.runs),
}


@pytest.fixture
def crowd(client: Client, store: Store, owner: User, catalog: Catalog) -> Crowd:
    owner.is_superuser = True
    owner.save()
    client.force_login(owner)
    fill(store, owner, 2)
    escalation = Escalation.objects.open().filter(state="active").get()
    session = open_session(store=store)
    return Crowd(store, owner, client, session, escalation, store.connectors.earliest("pk"))


def queries(look: Look, crowd: Crowd) -> list[str]:
    look(crowd)  # what is kept after the first time, such as content types, does not count
    with CaptureQueriesContext(connection) as captured:
        look(crowd)
    asked = [str(query["sql"]) for query in captured.captured_queries]
    return [sql for sql in asked if "SAVEPOINT" not in sql]


@pytest.mark.django_db
@pytest.mark.parametrize("place", PLACES)
def test_a_place_asks_as_often_as_it_says_however_many_rows_there_are(place: str, crowd: Crowd) -> None:
    expected, look = PLACES[place]
    few = queries(look, crowd)
    fill(crowd.store, crowd.owner, 20)
    many = queries(look, crowd)
    assert len(many) == len(few), "\n".join(many)
    assert len(few) == expected, "\n".join(few)


@pytest.fixture
def large_crowd(crowd: Crowd, other_store: Store) -> Crowd:
    for store in (crowd.store, other_store):
        fill(store, crowd.owner, MANY // 2, lines=1)
    with connection.cursor() as cursor:
        for table in GROWING:
            cursor.execute(f"ANALYZE TABLE {table}")
    return crowd


@pytest.mark.mysql
@pytest.mark.django_db(transaction=True)
def test_no_place_reads_or_sorts_a_whole_table_that_grows(large_crowd: Crowd) -> None:
    slow = {
        f"{place}: {line}\n    {sql}"
        for place, (_, look) in PLACES.items()
        for sql in queries(look, large_crowd)
        if sql.startswith("SELECT")
        for line in plan(sql)
    }
    assert not slow, "\n".join(sorted(slow))


def plan(sql: str) -> list[str]:
    """What is wrong with the way in which MariaDB answers a query.

    Asked for a page's hundred of a few thousand rows the planner likes to sort them all; asked for five it follows
    the index, if there is one.
    """
    sql = re.sub(r"LIMIT \d+$", "LIMIT 5", sql)
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN {sql}")
        names = [column[0] for column in cursor.description]
        steps: list[dict[str, Any]] = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    aliases = dict(re.findall(r"`(\w+)` (U\d+|T\d+)\b", sql))
    real = {alias: table for table, alias in aliases.items()}
    found = []
    for step in steps:
        table = real.get(step["table"], step["table"])
        if table not in GROWING or int(str(step["rows"] or 0).split()[0]) <= A_PAGE:
            continue
        extra = step["Extra"] or ""
        if step["type"] == "ALL" or "filesort" in extra or "temporary" in extra:
            found.append(f"{table} {step['type']} by {step['key']}, {step['rows']} rows, {extra}")
    return found
