"""A store in which a lot has happened, written in few statements."""

from __future__ import annotations

import uuid
from datetime import timedelta

from django.utils import timezone

from apps.accounts.models import AuditLog, Invitation, Membership, Store, User, WorkflowStart
from apps.accounts.permissions import Role
from apps.catalog.models import SearchRule
from apps.chat.models import CartItem, ChatSession, Message
from apps.connectors.models import ConnectorConfig, SetAsideProduct, SyncLogLine, SyncRun
from apps.hitl.models import Escalation, EscalationEvent

WORDS = {"type": "text", "text": "Which jacket is warm?"}


def fill(store: Store, owner: User, size: int, *, lines: int = 4) -> list[ChatSession]:
    """`size` of everything that grows: people, connectors, runs, rules, deeds, sessions with `lines`, waits."""
    now = timezone.now()
    people = User.objects.bulk_create(
        User(email=f"{uuid.uuid4().hex}@example.com", is_staff=True) for _ in range(min(size, 20))
    )
    Membership.objects.bulk_create(Membership(user=user, store=store, role=Role.AGENT.value) for user in people)
    Invitation.objects.bulk_create(
        Invitation(
            store=store, email=f"{uuid.uuid4().hex}@example.com", role="agent", expires_at=now + timedelta(days=1)
        )
        for _ in range(min(size, 20))
    )
    starts = WorkflowStart.objects.bulk_create(
        WorkflowStart(workflow="ProductSyncWorkflow", started_at=now if number % 50 else None)
        for number in range(size)
    )
    connectors = ConnectorConfig.objects.bulk_create(
        ConnectorConfig(
            store=store,
            platform="fakestore",
            name=f"Shop {number}",
            settings={"base_url": "https://a.example/api"},
        )
        for number in range(min(size, 20))
    )
    synced = SyncRun.objects.bulk_create(
        SyncRun(connector=connectors[number % len(connectors)], workflow=start, state="succeeded", finished_at=now)
        for number, start in enumerate(starts)
    )
    SyncLogLine.objects.bulk_create(SyncLogLine(run=run, text="Read 20 products") for run in synced)
    SetAsideProduct.objects.bulk_create(
        SetAsideProduct(
            connector=run.connector, product_id=f"broken-{place}", reason="No title", run=run, since=now
        )
        for place, run in enumerate(synced)
    )
    SearchRule.objects.bulk_create(
        SearchRule(store=store, kind="pin", phrases=["mug"], key=uuid.uuid4().hex, created_by=owner)
        for _ in range(min(size, 20))
    )
    AuditLog.objects.bulk_create(
        AuditLog(store=store, actor=owner, action=f"thing.done{number % 7}") for number in range(size)
    )
    sessions = ChatSession.objects.bulk_create(
        ChatSession(store=store, last_seq=lines, owner="assistant") for _ in range(size)
    )
    Message.objects.bulk_create(
        (
            Message(
                session=session, seq=seq, author="shopper", text=WORDS["text"], parts=[WORDS], turn=uuid.uuid4()
            )
            for session in sessions
            for seq in range(1, lines + 1)
        ),
        batch_size=1000,
    )
    CartItem.objects.bulk_create(
        CartItem(store=store, visitor=session.visitor, product_id="mug", quantity=1) for session in sessions
    )
    _escalate(store, owner, sessions)
    return sessions


def _escalate(store: Store, owner: User, sessions: list[ChatSession]) -> None:
    """All were at the desk; a few of them still are."""
    now = timezone.now()
    few = max(2, min(20, len(sessions)))
    escalations = [
        Escalation(store=store, session=session, reason="Help", state="closed", is_open=None, closed_at=now)
        for session in sessions
    ]
    for number, escalation in enumerate(escalations[:few]):
        escalation.state = "waiting" if number % 2 else "active"
        escalation.is_open, escalation.closed_at = True, None
        escalation.agent = None if number % 2 else owner
        escalation.unanswered_since = now
    Escalation.objects.bulk_create(escalations)
    EscalationEvent.objects.bulk_create(
        EscalationEvent(escalation=escalation, kind="requested") for escalation in escalations
    )
