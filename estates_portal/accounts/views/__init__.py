"""Sign-in, the user's own account, invitations and users."""

from .account import SessionList, SignIn, account, here, session_end, sign_in_link
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
    "SessionList",
    "SignIn",
    "account",
    "here",
    "invitation_accept",
    "invitation_list",
    "invitation_resend",
    "invitation_withdraw",
    "invite",
    "person_action",
    "person_change",
    "person_detail",
    "person_list",
    "session_end",
    "sign_in_link",
]
