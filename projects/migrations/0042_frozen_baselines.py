"""Freezes with each report the date that the slippage of its opening was measured against, and whether it was approved.

Existing reports get them from their milestones. Backwards, financial years become calendar years, because the
migration before this one then removes them.
"""

from importlib import import_module

from django.db import migrations, models
from django.db.models import Exists, F, OuterRef, Q
from django.db.models.functions import Coalesce

from estates_portal.operations import AlterInTurn, VendorSQL

RULES = import_module("projects.migrations.0017_database_rules")
PRECISIONS = [
    ("day", "Day"),
    ("month", "Month"),
    ("quarter", "Quarter"),
    ("year", "Year"),
    ("financial", "Financial year"),
]
# {model: prefixes of its date columns}
DATES = {
    "ChangeRequest": ["old_", "new_"],
    "HistoricalChangeRequest": ["old_", "new_"],
    "Milestone": ["current_", "accepted_"],
    "HistoricalMilestone": ["current_"],
    "MilestoneStatement": [""],
    "HistoricalMilestoneStatement": [""],
    "ReportMilestone": ["baseline_", "forecast_", "actual_"],
    "StatusReport": ["frozen_opening_"],
}
STAGES = ["Project", "HistoricalProject", "HistoricalHub", "HistoricalHospitalScheme"]

MAKE_RULES = (
    RULES.accepted_postgresql(
        update_trigger="projects_accepted_update",
        update_function="projects_refuse_accepted_update",
        milestone_trigger="projects_accepted_milestone",
        milestone_function="projects_refuse_accepted_milestone",
    ),
    RULES.accepted_sqlite("projects_accepted_update"),
)
DROP_RULES = (
    [
        "DROP TRIGGER projects_accepted_update ON projects_statusupdate",
        "DROP TRIGGER projects_accepted_milestone ON projects_updatemilestone",
        "DROP FUNCTION projects_refuse_accepted_update()",
        "DROP FUNCTION projects_refuse_accepted_milestone()",
    ],
    ["DROP TRIGGER IF EXISTS projects_accepted_update"],
)


def freeze_baselines(apps, schema_editor):
    """Copy the baseline of the opening's row to its report: the row with the frozen date and slippage."""
    milestones = apps.get_model("projects", "ReportMilestone").objects
    statements = apps.get_model("projects", "MilestoneStatement").objects
    approved = statements.filter(milestone=OuterRef("milestone"), kind="baseline", on=OuterRef("baseline_on"))
    milestones.filter(Exists(approved)).update(baseline_approved=True)
    reports = apps.get_model("projects", "StatusReport").objects
    frozen_days = F("report__frozen_slippage_days")
    rows = milestones.annotate(on=Coalesce("actual_on", "forecast_on", "baseline_on")).filter(
        Q(slippage_days=frozen_days) | Q(slippage_days=None, report__frozen_slippage_days=None),
        kind="opening",
        baseline_on__isnull=False,
        on=F("report__frozen_opening_on"),
    )
    columns = ("report", "baseline_on", "baseline_precision", "baseline_approved")
    for report, on, precision, is_approved in rows.order_by("-pk").values_list(*columns):
        reports.filter(pk=report).update(
            frozen_baseline_on=on, frozen_baseline_precision=precision, frozen_baseline_approved=is_approved
        )


def use_calendar_years(apps, schema_editor):
    columns = [(model, f"{prefix}on", f"{prefix}precision") for model, names in DATES.items() for prefix in names]
    columns += [(model, "stage_as_of", "stage_as_of_precision") for model in STAGES]
    columns += [("Project", "accepted_stage_as_of", "accepted_stage_as_of_precision")]
    columns += [("StageStatement", "stated_on", "precision")]
    costs = ("CostEstimate", "HistoricalCostEstimate", "FundingLine", "HistoricalFundingLine")
    columns += [(model, "as_of", "as_of_precision") for model in costs]
    for model, day, precision in columns:
        rows = apps.get_model("projects", model).objects.filter(**{precision: "financial"})
        for pk, first in rows.values_list("pk", day):
            january = first and first.replace(month=1, day=1)
            rows.model.objects.filter(pk=pk).update(**{day: january, precision: "year"})


class Migration(migrations.Migration):
    dependencies = [("projects", "0041_financial_years")]

    operations = [
        VendorSQL(postgresql=(DROP_RULES[0], MAKE_RULES[0]), sqlite=(DROP_RULES[1], MAKE_RULES[1])),
        AlterInTurn([
            migrations.AddField("reportmilestone", "baseline_approved", models.BooleanField(default=False)),
            migrations.AddField(
                "statusreport", "frozen_baseline_approved", models.BooleanField(default=False, editable=False)
            ),
            migrations.AddField(
                "statusreport", "frozen_baseline_on", models.DateField(blank=True, editable=False, null=True)
            ),
            migrations.AddField(
                "statusreport",
                "frozen_baseline_precision",
                models.CharField(blank=True, choices=PRECISIONS, editable=False, max_length=10),
            ),
        ]),
        migrations.RunPython(freeze_baselines, use_calendar_years),
        VendorSQL(postgresql=(MAKE_RULES[0], DROP_RULES[0]), sqlite=(MAKE_RULES[1], DROP_RULES[1])),
    ]
