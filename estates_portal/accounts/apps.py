from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "estates_portal.accounts"
    label = "accounts"
    verbose_name = "Users"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self):
        from . import checks, receivers  # noqa: F401 -- registers the check, connects the receivers
