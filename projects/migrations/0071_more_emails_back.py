from django.db import migrations

NEW_KINDS = [
    *("note", "answered", "escalated", "turned_red", "submitted", "requested", "proposed", "approval"),
    *("noreporter", "invitation", "failed", "partners"),
]


def delete_new_kinds(apps, schema_editor):
    """Delete the records of emails that the earlier release does not know."""
    apps.get_model("projects", "Notice").objects.filter(kind__in=NEW_KINDS).delete()


class Migration(migrations.Migration):
    """Before the table changes back: PostgreSQL does not change a table in the transaction that deletes its rows."""

    dependencies = [
        ("projects", "0070_more_emails"),
    ]

    operations = [
        migrations.RunPython(migrations.RunPython.noop, delete_new_kinds),
    ]
