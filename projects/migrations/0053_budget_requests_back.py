from django.db import migrations, models


def delete_what_is_new(apps, schema_editor):
    """Delete what the earlier release cannot keep: budget requests, withdrawn requests, and emails about decisions."""
    requests, history = (apps.get_model("projects", f"{prefix}ChangeRequest") for prefix in ("", "Historical"))
    new = requests.objects.filter(models.Q(new_pounds__isnull=False) | models.Q(state="withdrawn"))
    ids = list(new.values_list("pk", flat=True))
    history.objects.filter(models.Q(new_pounds__isnull=False) | models.Q(id__in=ids)).delete()
    new.delete()
    apps.get_model("projects", "Notice").objects.filter(kind="decided").delete()


class Migration(migrations.Migration):
    """Before the tables change back: PostgreSQL does not change a table in the transaction that deletes its rows."""

    dependencies = [
        ("projects", "0052_budget_requests"),
    ]

    operations = [
        migrations.RunPython(migrations.RunPython.noop, delete_what_is_new),
    ]
