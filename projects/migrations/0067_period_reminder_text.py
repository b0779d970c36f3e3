"""The programme office's message in the reminders of a period. SQLite rebuilds the table, and so loses its triggers."""

from importlib import import_module

from django.db import migrations, models

from estates_portal.operations import VendorSQL

TEXT = models.TextField("message in reminders", max_length=1000, blank=True, db_default="", default="")
RULE = "projects_period_no_overlap"
MAKE_RULE = import_module("projects.migrations.0017_database_rules").no_overlap_sqlite(RULE)
DROP_RULE = [f"DROP TRIGGER IF EXISTS {RULE}_{event}" for event in ("insert", "update")]


class Migration(migrations.Migration):
    dependencies = [("projects", "0066_delete_search_words")]

    operations = [
        VendorSQL(sqlite=(DROP_RULE, MAKE_RULE)),
        migrations.AddField("historicalreportingperiod", "reminder_text", TEXT.clone()),
        migrations.AddField("reportingperiod", "reminder_text", TEXT.clone()),
        VendorSQL(sqlite=(MAKE_RULE, DROP_RULE)),
    ]
