"""Users, invitations and audit records."""

from .audit import AuditEvent, AuditKind
from .invitation import Invitation
from .person import Role, User, UserManager

__all__ = ["AuditEvent", "AuditKind", "Invitation", "Role", "User", "UserManager"]
