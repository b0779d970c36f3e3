"""The table of the cache that all processes share: rate limits are kept there."""

from django.core.management import call_command
from django.db import migrations


def create(apps, schema_editor):
    call_command("createcachetable", database=schema_editor.connection.alias, verbosity=0)


class Migration(migrations.Migration):
    dependencies = [("accounts", "0004_confirm_existing_email_addresses")]

    operations = [migrations.RunPython(create, migrations.RunPython.noop)]
