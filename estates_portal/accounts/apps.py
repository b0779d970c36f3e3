from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "estates_portal.accounts"
    label = "accounts"
    verbose_name = "Users"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self):
        from . import receivers  # noqa: F401 -- connects the receivers
