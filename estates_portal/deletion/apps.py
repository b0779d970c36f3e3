from django.apps import AppConfig


class DeletionConfig(AppConfig):
    name = "estates_portal.deletion"
    label = "deletion"
    verbose_name = "Deleted records"
    default_auto_field = "django.db.models.BigAutoField"
