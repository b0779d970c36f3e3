"""Statements keep the organisation that pages showed: that of the user who stated them. Backwards changes nothing.

Not in the migration that adds the columns: PostgreSQL refuses to change a table with rows that a trigger waits for.
"""

from django.conf import settings
from django.db import migrations
from django.db.models import OuterRef, Subquery


def fill(apps, schema_editor):
    users = apps.get_model(settings.AUTH_USER_MODEL).objects.filter(pk=OuterRef("stated_by"))
    for name in ("StageStatement", "MilestoneStatement"):
        statements = apps.get_model("projects", name).objects.filter(stated_by__isnull=False)
        statements.update(stated_for=Subquery(users.values("organisation")))


class Migration(migrations.Migration):
    dependencies = [("projects", "0050_organisation_of_statements")]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
