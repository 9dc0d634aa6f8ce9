"""The outbox: a workflow is asked for with the deed that wants it, or not at all."""

from __future__ import annotations

import pytest
from django.db import transaction
from django.utils import timezone

from apps.accounts.models import WorkflowStart
from apps.accounts.outbox import enqueue_workflow


@pytest.mark.django_db
def test_a_workflow_waits_in_the_order_that_it_was_asked_for() -> None:
    rows = [enqueue_workflow(workflow="ProductSyncWorkflow", argument={"run": n}) for n in range(3)]
    assert list(WorkflowStart.objects.pending()) == rows
    assert WorkflowStart.objects.pending()[1].argument == {"run": 1}


@pytest.mark.django_db
def test_a_started_one_waits_no_longer() -> None:
    row = enqueue_workflow(workflow="EscalationWorkflow", argument={})
    WorkflowStart.objects.filter(pk=row.pk).update(started_at=timezone.now())
    assert not WorkflowStart.objects.pending().exists()


@pytest.mark.django_db(transaction=True)
def test_a_deed_that_fails_starts_nothing() -> None:
    @transaction.atomic
    def deed() -> None:
        enqueue_workflow(workflow="ProductSyncWorkflow", argument={})
        raise RuntimeError

    with pytest.raises(RuntimeError):
        deed()
    assert not WorkflowStart.objects.exists()
