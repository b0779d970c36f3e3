"""Freezes with each report the date, basis and source of its costs, and whether the project had several openings.

Existing reports get the openings from their milestones. Their costs stay without a date and source: these are not known.
"""

from importlib import import_module

from django.db import migrations, models
from django.db.models import Count, Q

from estates_portal.operations import VendorSQL

BASELINES = import_module("projects.migrations.0042_frozen_baselines")
MAKE_RULES, DROP_RULES = BASELINES.MAKE_RULES, BASELINES.DROP_RULES


def freeze_several_openings(apps, schema_editor):
    """Mark the reports of several openings: no row has the standard gate Opening."""
    rows = apps.get_model("projects", "ReportMilestone").objects.filter(kind="opening")
    several = rows.filter(report__frozen_opening_on=None, report__frozen_at__isnull=False).order_by().values("report")
    several = several.annotate(number=Count("pk"), main=Count("pk", filter=Q(milestone__gate="opening")))
    reports = [row["report"] for row in several if row["number"] > 1 and not row["main"]]
    for start in range(0, len(reports), 500):
        chunk = apps.get_model("projects", "StatusReport").objects.filter(pk__in=reports[start : start + 500])
        chunk.update(frozen_several_openings=True)


def _text(length):
    return models.CharField(blank=True, editable=False, max_length=length)


def _date():
    return models.DateField(blank=True, editable=False, null=True)


class Migration(migrations.Migration):
    dependencies = [("projects", "0048_protect_dependencies")]

    operations = [
        VendorSQL(postgresql=(DROP_RULES[0], MAKE_RULES[0]), sqlite=(DROP_RULES[1], MAKE_RULES[1])),
        migrations.AddField(
            "statusreport", "frozen_several_openings", models.BooleanField(default=False, editable=False)
        ),
        migrations.AddField("statusreport", "frozen_cost_on", _date()),
        migrations.AddField(
            "statusreport",
            "frozen_cost_precision",
            models.CharField(blank=True, choices=BASELINES.PRECISIONS, editable=False, max_length=10),
        ),
        migrations.AddField("statusreport", "frozen_cost_covers", _text(300)),
        migrations.AddField("statusreport", "frozen_cost_basis", _text(60)),
        migrations.AddField(
            "statusreport", "frozen_cost_source_url", models.URLField(blank=True, editable=False, max_length=500)
        ),
        migrations.AddField("statusreport", "frozen_budget_on", _date()),
        migrations.AddField("statusreport", "frozen_budget_basis", _text(60)),
        migrations.RunPython(freeze_several_openings, migrations.RunPython.noop),
        VendorSQL(postgresql=(MAKE_RULES[0], DROP_RULES[0]), sqlite=(MAKE_RULES[1], DROP_RULES[1])),
    ]
