"""Mail that the console sends, and whether this installation sends any."""

from __future__ import annotations

import logging
from smtplib import SMTPException

from django.conf import settings
from django.core.mail import send_mail
from django.template.loader import render_to_string

from apps.accounts.models import Invitation

log = logging.getLogger(__name__)


def goes_out() -> bool:
    """False while the mail is only printed, as it is until EMAIL_URL is set."""
    return not settings.EMAIL_BACKEND.endswith((".console.EmailBackend", ".dummy.EmailBackend"))


def send_invitation(*, invitation: Invitation, link: str) -> bool:
    """Mail the link to its person. False: no mail is sent here, or the mail server refused (the log says how)."""
    if not goes_out():
        return False
    text = render_to_string("account/email/invitation.txt", {"invitation": invitation, "link": link})
    subject = f"Join {' '.join(invitation.store.name.split())} on eaichat"
    try:
        send_mail(subject, text, None, [invitation.email])
    except (SMTPException, OSError):
        log.exception("The invitation %s could not be mailed.", invitation.pk)
        return False
    return True
