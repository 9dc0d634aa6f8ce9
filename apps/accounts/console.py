"""The merchant's console: its navigation, its setup steps, and the door that every page goes through.

Every app registers its pages and steps in `AppConfig.ready()` and wraps its views in `console_view`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Concatenate, ParamSpec, cast

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponseBase, JsonResponse
from django.shortcuts import redirect, render

from apps.accounts.models import Membership, Store, User
from apps.accounts.permissions import Permission

P = ParamSpec("P")
STORE_KEY = "store_id"  # in the session: the store that the person works in


@dataclass(frozen=True)
class NavEntry:
    """A page in the sidebar. `icon` names a symbol of static/img/icons.svg; entries go by `order`."""

    label: str
    url_name: str
    permission: Permission
    order: int
    icon: str = "dot"


@dataclass(frozen=True)
class Step:
    """A thing to set up, ticked off on the console's home by `done`; who lacks `permission` gets no link."""

    title: str
    text: str
    url_name: str
    done: Callable[[Store], bool]
    action: str = "Set up"
    order: int = 50
    permission: Permission = Permission.VIEW_STORE


class ConsoleRequest(HttpRequest):
    """What a view under `console_view` gets: a person, the store they work in, and their place in it."""

    user: User
    store: Store
    membership: Membership


_entries: dict[str, NavEntry] = {}
_steps: dict[str, Step] = {}


def register(entry: NavEntry) -> None:
    """Put a page into the sidebar; registering the same `url_name` again replaces it."""
    _entries[entry.url_name] = entry


def register_step(step: Step) -> None:
    """Put a step on the console's home; registering the same title again replaces it."""
    _steps[step.title] = step


def entries_for(membership: Membership) -> list[NavEntry]:
    """The pages that this member may open, in order."""
    allowed = [entry for entry in _entries.values() if membership.allows(entry.permission)]
    return sorted(allowed, key=lambda entry: (entry.order, entry.label))


def steps() -> list[Step]:
    """All registered steps, in order."""
    return sorted(_steps.values(), key=lambda step: (step.order, step.title))


def registered() -> list[NavEntry | Step]:
    """Everything that the apps have put into the console."""
    return [*_entries.values(), *_steps.values()]


def current_membership(request: HttpRequest) -> Membership | None:
    """The person's place in the store chosen in this browser session, else in their first; None without any."""
    if not isinstance(request.user, User):
        return None
    memberships = Membership.objects.filter(user=request.user).select_related("store", "user")
    chosen = request.session.get(STORE_KEY)
    found = memberships.filter(store_id=chosen).first() if chosen else None
    return found or memberships.order_by("created_at", "pk").first()


def enter(request: HttpRequest, store: Store) -> None:
    """Make `store` the one that this browser session works in."""
    request.session[STORE_KEY] = str(store.pk)


def console_view(
    permission: Permission,
) -> Callable[
    [Callable[Concatenate[ConsoleRequest, P], HttpResponseBase]],
    Callable[Concatenate[HttpRequest, P], HttpResponseBase],
]:
    """Let a view be opened only by signed-in members whose role has `permission` in their current store.

    Nobody signed in: the login page. No store yet: the page that makes one. No right: 403 in plain words (JSON for
    a caller that accepts only JSON).
    """

    def decorate(
        view: Callable[Concatenate[ConsoleRequest, P], HttpResponseBase],
    ) -> Callable[Concatenate[HttpRequest, P], HttpResponseBase]:
        @login_required
        @wraps(view)
        def guarded(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            membership = current_membership(request)
            if membership is None:
                return redirect("console_store_new")
            inside = cast(ConsoleRequest, request)
            inside.membership, inside.store = membership, membership.store
            if not membership.allows(permission):
                return denied(inside)
            return view(inside, *args, **kwargs)

        return guarded

    return decorate


def denied(request: ConsoleRequest) -> HttpResponseBase:
    """The answer to a member whose role does not reach this far."""
    role = request.membership.get_role_display().lower()
    text = f"As {role} of {request.store.name} you cannot do this. Ask an owner of the store."
    if request.accepts("application/json") and not request.accepts("text/html"):
        return JsonResponse({"code": "forbidden", "text": text}, status=403)
    return render(request, "console/denied.html", {"text": text}, status=403)
