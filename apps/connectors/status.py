"""What pages say about connectors, sync runs and the workflows that carry them out."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import timedelta

from django.conf import settings
from django.template.defaultfilters import filesizeformat
from django.utils import timezone

from apps.accounts import workflow_state
from apps.catalog.engine.errors import CatalogError
from apps.catalog.runtime import catalog
from apps.connectors.models import ConnectorConfig, SyncRun
from eaichat.temporal_state import read_state

LOG_LINES = 30
_SILENCE = timedelta(seconds=30)  # a page of products takes seconds
_BADGES = {
    SyncRun.State.SUCCEEDED: "success",
    SyncRun.State.FAILED: "danger",
    SyncRun.State.WAITING: "warning",
    SyncRun.State.PAUSED: "warning",
}


@dataclass(frozen=True)
class RunStatus:
    """A run as a page shows it. `percent` is None while nobody knows how far it is."""

    id: str
    open: bool
    state: str
    label: str
    badge: str
    percent: int | None
    text: str
    problem: str
    counts: list[tuple[str, str]]

    def as_json(self) -> dict[str, object]:
        return asdict(self)


def run_status(run: SyncRun) -> RunStatus:
    state = SyncRun.State(run.state)
    percent: int | None = None
    problem = run.error_text
    done = run.seen + run.rejected
    part = min(100, round(100 * done / run.total)) if run.total else None
    if state == SyncRun.State.WAITING:
        text, percent = waiting()
    elif state == SyncRun.State.RUNNING:
        text = f"{done} of {run.total} products" if run.total else "Asking the store for its products"
        percent = part
        problem = f"{problem} Trying again." if problem else ""
        if run.workflow_id is not None and timezone.now() - run.updated_at > _SILENCE:
            problem = f"No sign of life for {workflow_state.ago(run.updated_at)}. {waiting()[0]}"
    elif state == SyncRun.State.PAUSED:
        text, percent = f"{done} products so far. It goes on from there when it is resumed.", part
    else:
        text = f"{run.seen} products, {run.indexed} new or changed, {run.removed} removed"
    return RunStatus(
        id=str(run.pk),
        open=run.is_open,
        state=run.state,
        label=state.label,
        badge=_BADGES.get(state, ""),
        percent=percent,
        text=text,
        problem=problem,
        counts=_counts(run) if run.started_at else [],
    )


def _counts(run: SyncRun) -> list[tuple[str, str]]:
    """What a run has done so far, each with its name."""
    numbers = {
        "Read": run.seen,
        "New": run.added,
        "Changed": run.changed,
        "Unchanged": run.unchanged,
        "Removed": run.removed,
        "Set aside": run.rejected,
    }
    return [*((name, f"{number:,}") for name, number in numbers.items()), ("Received", filesizeformat(run.bytes))]


def log(run: SyncRun) -> list[tuple[str, str]]:
    """The end of what a run's log tells: when, to the second, and what."""
    lines = list(run.log.order_by("-pk")[:LOG_LINES])[::-1]
    return [(f"{timezone.localtime(line.at):%H:%M:%S}", line.text) for line in lines]


def waiting() -> tuple[str, int | None]:
    """What a run that waits is waiting for, in words, and how far that is in percent."""
    reason, percent = _reason()
    return f"Waits for workflows: {reason}", percent


def _reason() -> tuple[str, int | None]:
    server = read_state(settings.VAR_DIR / "temporal")
    if not settings.TEMPORAL_ADDRESS and server.state != "running":
        if server.state == "preparing":
            percent = None if server.progress is None else round(100 * server.progress)
            return f"they are being prepared. {server.detail}.", percent
        if server.state == "failed":
            return f"they cannot run. {server.detail}", None
        return "they run as soon as eaichat is started with “make run”.", None
    engine = workflow_state.engine()
    if engine is None or not engine.answers:
        return f"{engine.problem if engine else 'Temporal has no address.'} It goes on by itself.", None
    if not engine.workers:
        return "no worker runs. Start “manage.py temporal_worker”.", None
    return "starts in a moment.", None


def products(connector: ConnectorConfig) -> int | None:
    """How many of the connector's products are in the index; None when the index does not answer."""
    try:
        return catalog().count(store_id=str(connector.store_id), connector_id=str(connector.pk))
    except CatalogError:
        return None


def duration(run: SyncRun) -> str:
    """How long a finished run took, e.g. "8 s" or "2 min 5 s"."""
    if run.started_at is None or run.finished_at is None:
        return "—"
    seconds = max(timedelta(0), run.finished_at - run.started_at).total_seconds()
    if seconds < 1:
        return "under 1 s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"
