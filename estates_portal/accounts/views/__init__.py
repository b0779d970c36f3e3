"""Signing in, one's own account, joining by invitation, and the people of the portal."""

from .account import SignIn, account
from .invitations import invitation_accept
from .people import (
    invitation_list,
    invitation_resend,
    invitation_withdraw,
    invite,
    person_action,
    person_change,
    person_detail,
    person_list,
)

__all__ = [
    "SignIn",
    "account",
    "invitation_accept",
    "invitation_list",
    "invitation_resend",
    "invitation_withdraw",
    "invite",
    "person_action",
    "person_change",
    "person_detail",
    "person_list",
]
