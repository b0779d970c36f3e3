"""People, and what is recorded of their accounts."""

from .person import Role, User, UserManager

__all__ = ["Role", "User", "UserManager"]
