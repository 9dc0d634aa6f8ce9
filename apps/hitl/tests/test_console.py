"""The desk's page in the console."""

from __future__ import annotations

import pytest
from django.test import Client

from apps.accounts.models import AuditLog, Store, User
from apps.hitl import presence, services
from apps.hitl.models import HitlSettings
from apps.hitl.tests.conftest import Waiting

DESK = "/console/desk/"


def _as(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def test_it_says_who_waits_and_who_is_there(
    store: Store, other_store: Store, owner: User, agent: User, waiting: Waiting
) -> None:
    assert "Nobody online" in _as(owner).get(DESK).content.decode()
    waiting(store)
    waiting(other_store)
    services.take_over(escalation_id=waiting(store).pk, agent=agent)
    presence.beat(user=agent)
    html = " ".join(_as(owner).get(DESK).content.decode().split())
    assert "<strong>1</strong> shopper waits for a person, 1 is being answered." in html
    assert "Online</span> Agent</p>" in html


def test_a_manager_sets_when_to_remind(store: Store, manager: User) -> None:
    answer = _as(manager).post(DESK, {"remind_after_s": "300"})
    assert answer.status_code == 302
    assert HitlSettings.objects.get(store=store).remind_after_s == 300
    assert AuditLog.objects.get(action="desk.changed").data == {"remind_after_s": 300}


@pytest.mark.parametrize("value", ["5", "", "soon", "90000"])
def test_a_time_that_makes_no_sense_is_refused_in_words(store: Store, manager: User, value: str) -> None:
    html = _as(manager).post(DESK, {"remind_after_s": value}).content.decode()
    assert 'class="errors"' in html
    assert not HitlSettings.objects.exists()


def test_an_agent_reads_and_does_not_set(store: Store, agent: User) -> None:
    client = _as(agent)
    assert "Reminders" not in client.get(DESK).content.decode()
    assert client.post(DESK, {"remind_after_s": "300"}).status_code == 403
    assert not HitlSettings.objects.exists()


def test_a_viewer_has_no_desk(store: Store, viewer: User) -> None:
    assert _as(viewer).get(DESK).status_code == 403
