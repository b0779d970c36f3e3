"""The authentication backend, as named in sessions."""

from allauth.account.auth_backends import AuthenticationBackend


class Backend(AuthenticationBackend):
    """allauth's backend. Stored sessions name this class: removing it would sign everyone out."""
