"""The authentication backend that sessions name."""

from allauth.account.auth_backends import AuthenticationBackend


class Backend(AuthenticationBackend):
    """allauth's own. Stored sessions name this class, so that removing it would sign everyone out."""
