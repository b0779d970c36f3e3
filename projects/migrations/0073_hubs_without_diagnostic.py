"""Reversed, calls diagnostic centres hubs, as the type did not exist before."""

from django.db import migrations


def call_them_hubs(apps, schema_editor):
    apps.get_model("projects", "Hub").objects.filter(hub_type="diagnostic").update(hub_type="other")


class Migration(migrations.Migration):
    dependencies = [("projects", "0072_diagnostic_hubs")]

    operations = [migrations.RunPython(migrations.RunPython.noop, call_them_hubs)]
