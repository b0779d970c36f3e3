"""People, and what is recorded of their accounts."""

from .audit import AuditEvent, AuditKind
from .person import Role, User, UserManager

__all__ = ["AuditEvent", "AuditKind", "Role", "User", "UserManager"]
