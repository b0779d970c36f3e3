from django.apps import AppConfig


class ContactConfig(AppConfig):
    name = "estates_portal.contact"
    label = "contact"
    verbose_name = "Contact"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self):
        from . import checks  # noqa: F401 -- registers the checks
