"""What each page asks the database: how often, never more for more rows, and by an index."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.db import connection, transaction
from django.db.models import Model
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from apps.accounts.models import AuditLog, Invitation, Membership, Store, User, WorkflowStart
from apps.catalog.engine.catalog import Catalog
from apps.catalog.models import SearchRule
from apps.chat import leases, reading, turn_store
from apps.chat.draft import Draft
from apps.chat.models import ChatSession
from apps.chat.sessions import open_session, token_for
from apps.chat.steps import Say
from apps.connectors import runs
from apps.connectors.models import ConnectorConfig, SyncRun
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
    "connectors_synclogline",
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
    seen: set[str] = field(default_factory=set)

    def page(self, name: str, *arguments: object) -> None:
        self.seen.add(name)
        assert self.client.get(reverse(name, args=arguments)).status_code == 200

    def products_api(self, name: str, *arguments: object) -> None:
        self.seen.add(name)
        answer = self.client.get(reverse(name, args=arguments), {"store": self.store.public_key})
        assert answer.status_code in (200, 404)  # its index is empty

    def chat_api(self, name: str) -> None:
        self.seen.add(name)
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


def _admin_row(model: type[Model]) -> Look:
    """The page of the first row, found by one query of the test's own."""
    name = f"admin:{model._meta.app_label}_{model._meta.model_name}_change"
    return lambda crowd: crowd.page(name, model._default_manager.earliest("pk").pk)


# Each with the queries that it takes: a change of this number is a decision, not an accident.
PLACES: dict[str, tuple[int, Look]] = {
    "console: home": (6, _console("console_home")),
    "console: team": (6, _console("console_team")),
    "console: activity": (6, _console("console_activity")),
    "console: store": (4, _console("console_store")),
    "console: new store": (3, _console("console_store_new")),
    "console: account": (4, _console("console_account")),
    "console: connectors": (6, _console("console_connectors")),
    "console: connector": (9, lambda crowd: crowd.page("console_connector", crowd.connector.pk)),
    "console: progress of a sync": (6, lambda crowd: crowd.page("console_connector_state", crowd.connector.pk)),
    "console: new connector": (4, _console("console_connector_new")),
    "console: proof of a connector": (5, lambda crowd: crowd.page("console_connector_proof", crowd.connector.pk)),
    "console: edit a connector": (5, lambda crowd: crowd.page("console_connector_edit", crowd.connector.pk)),
    "console: assistant": (5, _console("console_assistant")),
    "console: widget": (4, _console("console_widget")),
    "console: preview": (4, _console("console_widget_preview")),
    "console: desk": (8, _console("console_desk")),
    "console: catalogue": (4, _console("console_catalogue")),
    "console: rules": (5, _console("console_rules")),
    "console: new rule": (4, lambda crowd: crowd.page("console_rule_new", "pin")),
    "console: a rule": (6, lambda crowd: crowd.page("console_rule", SearchRule.objects.of(crowd.store)[0].pk)),
    "admin": (12, lambda crowd: crowd.page("admin:index")),
    "admin: queue": (13, _admin("hitl_escalation")),
    "admin: desk": (16, lambda crowd: crowd.page("admin:hitl_escalation_change", crowd.escalation.pk)),
    "admin: sessions": (12, _admin("chat_chatsession")),
    "admin: session": (10, lambda crowd: crowd.page("admin:chat_chatsession_change", crowd.session.pk)),
    "admin: deeds": (14, _admin("accounts_auditlog")),
    "admin: outbox": (11, _admin("accounts_workflowstart")),
    "admin: runs": (10, _admin("connectors_syncrun")),
    "admin: connectors": (10, _admin("connectors_connectorconfig")),
    "admin: rules": (11, _admin("catalog_searchrule")),
    "admin: a rule": (9, _admin_row(SearchRule)),
    "admin: people": (10, _admin("accounts_user")),
    "admin: stores": (10, _admin("accounts_store")),
    "admin: invitations": (10, _admin("accounts_invitation")),
    "admin: a person": (14, lambda crowd: crowd.page("admin:accounts_user_change", crowd.owner.pk)),
    "admin: an invitation": (11, _admin_row(Invitation)),
    "admin: a deed": (11, _admin_row(AuditLog)),
    "admin: a start": (9, _admin_row(WorkflowStart)),
    "admin: a connector": (
        9,
        lambda crowd: crowd.page("admin:connectors_connectorconfig_change", crowd.connector.pk),
    ),
    "admin: a run": (11, _admin_row(SyncRun)),
    "admin: settings of desks": (10, _admin("hitl_hitlsettings")),
    "api: me": (3, lambda crowd: crowd.page("api_me")),
    "api: store": (3, lambda crowd: crowd.page("api_store", crowd.store.pk)),
    "api: messages": (3, lambda crowd: crowd.chat_api("chat_messages")),
    "api: cart": (3, lambda crowd: crowd.chat_api("chat_cart")),
    "api: search products": (1, lambda crowd: crowd.products_api("api_products_search")),
    "api: suggest products": (1, lambda crowd: crowd.products_api("api_products_suggest")),
    "api: count products": (1, lambda crowd: crowd.products_api("api_products_facets")),
    "api: similar products": (1, lambda crowd: crowd.products_api("api_products_similar", "mug")),
    "api: a product": (1, lambda crowd: crowd.products_api("api_product", "mug")),
    "chat: page": (1, lambda crowd: crowd.page("chat_page", crowd.store.public_key)),
    "chat: what a widget asks first": (
        3,
        lambda crowd: crowd.page("chat_store_config", crowd.store.public_key),
    ),
    "chat: arrival": (4, lambda crowd: reading.arrival(session_id=crowd.session.pk, after=0)),
    "chat: news": (2, lambda crowd: reading.news(session_id=crowd.session.pk, seen=1)),
    "chat: turn": (9, Crowd.turn),
    "chat: watch": (1, lambda crowd: leases.owed()),
    "desk: queue": (5, lambda crowd: live_pages.queue_html(user=crowd.owner, current=None)),
    "desk: arrival": (5, lambda crowd: live_pages.arrive(user=crowd.owner)),
    "outbox: pending": (1, lambda crowd: list(WorkflowStart.objects.pending()[:100])),
    "runs: ask for one": (3, Crowd.runs),
}
NOT_HERE = {
    *("landing", "widget_script", "api-docs", "schema"),  # ask nothing
    "healthz",  # asks of the outbox what "outbox: pending" asks
    "console_invitation",  # one row by its token
    *("admin:accounts_store_change", "admin:hitl_hitlsettings_change"),  # see below; one form
    *("admin:auth_group_changelist", "admin:auth_group_change"),  # Django's, and unused
}
DEEDS = re.compile(
    r"_(switch|role|remove|withdraw|test|check|sync|delete|add|move|photo|history|take|reply|hand_back|refresh"
    r"|schedule|steer|preview|first_page|webhook)$"
)
OTHERS = re.compile(
    r"account_|admin:(account_|demo_|app_list|jsi18n|log|pass|auth_user|autocomplete|view_on|[^_]*$)"
)


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


@pytest.mark.django_db
def test_every_page_has_its_place(crowd: Crowd) -> None:
    for _, look in PLACES.values():
        look(crowd)
    pages = {name for name in _names(get_resolver()) if not DEEDS.search(name) and not OTHERS.match(name)}
    assert pages - crowd.seen == NOT_HERE


def _names(resolver: URLResolver, namespace: str = "") -> Iterator[str]:
    """Every named address of ours and of the admin, e.g. "console_home", "admin:accounts_user_change"."""
    for pattern in resolver.url_patterns:
        if isinstance(pattern, URLPattern):
            if pattern.name:
                yield f"{namespace}{pattern.name}"
        elif pattern.namespace in (None, "admin"):
            yield from _names(pattern, "admin:" if pattern.namespace else namespace)


@pytest.mark.django_db
def test_the_admins_page_of_a_store_asks_once_for_each_member(crowd: Crowd) -> None:
    """Not more often: Django's autocomplete asks for the one that is chosen."""

    def look(crowd: Crowd) -> None:
        crowd.page("admin:accounts_store_change", crowd.store.pk)

    before, few = Membership.objects.count(), len(queries(look, crowd))
    fill(crowd.store, crowd.owner, 20)
    assert len(queries(look, crowd)) - few == Membership.objects.count() - before


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
