"""Console pages of a store's team: who is in it, with which role, and how others come in."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from apps.accounts import mailing, members
from apps.accounts.adapter import INVITATION_KEY
from apps.accounts.console import ConsoleRequest, console_view, enter
from apps.accounts.forms import InviteForm, RoleForm
from apps.accounts.models import Invitation, Membership, User
from apps.accounts.permissions import ROLE_DESCRIPTIONS, Permission, Role


@console_view(Permission.VIEW_STORE)
def team(request: ConsoleRequest) -> HttpResponseBase:
    may_manage = request.membership.allows(Permission.MANAGE_MEMBERS)
    form = InviteForm(request.POST or None)
    if request.method == "POST" and may_manage and form.is_valid():
        email, role = form.cleaned_data["email"], Role(form.cleaned_data["role"])
        try:
            made = members.invite(store=request.store, actor=request.user, email=email, role=role)
        except members.MemberError as error:
            form.add_error("email", error.text)
        else:
            if mailing.send_invitation(invitation=made, link=_link(request, made)):
                messages.success(request, f"Invitation sent to {email}.")
            else:
                messages.success(request, f"Invitation made. Send its link to {email}.")
            return redirect("console_team")
    pending = request.store.invitations.filter(expires_at__gt=timezone.now())
    return render(
        request,
        "console/team.html",
        {
            "form": form,
            "may_manage": may_manage,
            "members": request.store.memberships.select_related("user").order_by("created_at", "pk"),
            "invitations": [(invitation, _link(request, invitation)) for invitation in pending]
            if may_manage
            else [],
            "roles": [(role, ROLE_DESCRIPTIONS[role]) for role in Role],
        },
    )


def _link(request: HttpRequest, invitation: Invitation) -> str:
    return request.build_absolute_uri(reverse("console_invitation", args=[invitation.token]))


@require_POST
@console_view(Permission.MANAGE_MEMBERS)
def member_role(request: ConsoleRequest, pk: int) -> HttpResponseBase:
    membership = get_object_or_404(Membership, pk=pk, store=request.store)
    form = RoleForm(request.POST)
    if form.is_valid():
        try:
            role = Role(form.cleaned_data["role"])
            membership = members.change_role(membership=membership, actor=request.user, role=role)
        except members.MemberError as error:
            messages.error(request, error.text)
        else:
            name = membership.user.display_name
            messages.success(request, f"{name} is now {membership.get_role_display().lower()}.")
    return redirect("console_team")


@require_POST
@console_view(Permission.VIEW_STORE)
def member_remove(request: ConsoleRequest, pk: int) -> HttpResponseBase:
    """Take a member out; people may always take themselves out."""
    membership = get_object_or_404(Membership, pk=pk, store=request.store)
    leaving = membership.user_id == request.user.pk
    if not leaving and not request.membership.allows(Permission.MANAGE_MEMBERS):
        messages.error(request, "Only an owner can remove somebody else.")
        return redirect("console_team")
    try:
        members.remove(membership=membership, actor=request.user)
    except members.MemberError as error:
        messages.error(request, error.text)
        return redirect("console_team")
    messages.success(
        request, f"You left {request.store.name}." if leaving else f"{membership.user.email} was removed."
    )
    return redirect("console_home" if leaving else "console_team")


@require_POST
@console_view(Permission.MANAGE_MEMBERS)
def invitation_withdraw(request: ConsoleRequest, pk: int) -> HttpResponseBase:
    invitation = get_object_or_404(Invitation, pk=pk, store=request.store)
    members.withdraw(invitation=invitation, actor=request.user)
    messages.success(request, f"The invitation to {invitation.email} was withdrawn.")
    return redirect("console_team")


def invitation(request: HttpRequest, token: str) -> HttpResponseBase:
    """What the link of an invitation opens: join when signed in, else how to sign in or up first."""
    found = Invitation.objects.select_related("store", "invited_by").filter(token=token).first()
    problem = ""
    if found is None:
        problem = "This invitation was used, withdrawn or replaced. Ask for a new one."
    elif request.method == "POST" and isinstance(request.user, User):
        try:
            membership = members.accept(invitation=found, user=request.user)
        except members.MemberError as error:
            problem = error.text
        else:
            enter(request, membership.store)
            messages.success(request, f"Welcome to {membership.store.name}.")
            return redirect("console_home")
    if found is not None:
        request.session[INVITATION_KEY] = found.token
    context = {"invitation": found, "problem": problem, "here": request.get_full_path()}
    return render(request, "console/invitation.html", context, status=200 if found else 404)
