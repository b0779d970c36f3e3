from django.apps import AppConfig


class UnsavedConfig(AppConfig):
    name = "estates_portal.unsaved"
    label = "unsaved"
    verbose_name = "Unsaved changes"
    default_auto_field = "django.db.models.BigAutoField"
