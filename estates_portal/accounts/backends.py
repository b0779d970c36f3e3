"""How the person of a session is found."""

from allauth.account.auth_backends import AuthenticationBackend
from django.contrib.auth import get_user_model

from estates_portal.caching import with_revision


class Backend(AuthenticationBackend):
    """allauth's own, but that it reads the counter of changes, which every page asks for, together with the person."""

    def get_user(self, user_id):
        """The person with `portal_revision`; None where there is none, or they are deactivated. One query."""
        user = with_revision(get_user_model().objects.filter(pk=user_id)).first()
        return user if user is not None and self.user_can_authenticate(user) else None
