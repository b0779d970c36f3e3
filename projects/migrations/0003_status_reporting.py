

import django.core.validators
import django.db.models.deletion
import django.utils.timezone
import simple_history.models
from django.conf import settings
from django.db import migrations, models

from estates_portal.operations import AlterInTurn


class Migration(migrations.Migration):
    dependencies = [
        ("projects", "0002_trigram_indexes"),
        ("sites", "0002_trigram_indexes"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        AlterInTurn([
            migrations.CreateModel(
                name="MoveReason",
                fields=[
                    ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                    ("name", models.CharField(max_length=120, unique=True)),
                    ("order", models.PositiveSmallIntegerField(default=0)),
                    (
                        "in_use",
                        models.BooleanField(
                            default=True, help_text="Untick to offer it no longer; what was reported stays"
                        ),
                    ),
                ],
                options={
                    "ordering": ["order", "name"],
                },
            ),
            migrations.CreateModel(
                name="UpdateMilestone",
                fields=[
                    ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                    ("title", models.CharField(max_length=200)),
                    ("kind", models.CharField(max_length=10)),
                    ("baseline_on", models.DateField(blank=True, null=True)),
                    (
                        "baseline_precision",
                        models.CharField(
                            blank=True,
                            choices=[("day", "Day"), ("month", "Month"), ("quarter", "Quarter"), ("year", "Year")],
                            max_length=10,
                        ),
                    ),
                    ("forecast_on", models.DateField(blank=True, null=True)),
                    (
                        "forecast_precision",
                        models.CharField(
                            blank=True,
                            choices=[("day", "Day"), ("month", "Month"), ("quarter", "Quarter"), ("year", "Year")],
                            max_length=10,
                        ),
                    ),
                    ("actual_on", models.DateField(blank=True, null=True)),
                    (
                        "actual_precision",
                        models.CharField(
                            blank=True,
                            choices=[("day", "Day"), ("month", "Month"), ("quarter", "Quarter"), ("year", "Year")],
                            max_length=10,
                        ),
                    ),
                    ("move_words", models.CharField(blank=True, max_length=300)),
                    ("slippage_days", models.IntegerField(blank=True, null=True)),
                ],
                options={
                    "ordering": ["pk"],
                },
            ),
            migrations.CreateModel(
                name="UpdateStep",
                fields=[
                    ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                    (
                        "action",
                        models.CharField(
                            choices=[
                                ("started", "Started"),
                                ("submitted", "Submitted"),
                                ("taken_back", "Taken back"),
                                ("returned", "Returned"),
                                ("accepted", "Accepted"),
                            ],
                            max_length=10,
                        ),
                    ),
                    ("at", models.DateTimeField(default=django.utils.timezone.now)),
                    ("comment", models.TextField(blank=True)),
                ],
                options={
                    "ordering": ["at", "pk"],
                },
            ),
            migrations.AddField(
                model_name="historicalhospitalscheme",
                name="reporting",
                field=models.CharField(
                    choices=[("monthly", "Every month"), ("quarterly", "Every quarter"), ("none", "Does not report")],
                    default="monthly",
                    help_text="How often it reports while it is active",
                    max_length=10,
                    verbose_name="reports",
                ),
            ),
            migrations.AddField(
                model_name="historicalhub",
                name="reporting",
                field=models.CharField(
                    choices=[("monthly", "Every month"), ("quarterly", "Every quarter"), ("none", "Does not report")],
                    default="monthly",
                    help_text="How often it reports while it is active",
                    max_length=10,
                    verbose_name="reports",
                ),
            ),
            migrations.AddField(
                model_name="historicalproject",
                name="reporting",
                field=models.CharField(
                    choices=[("monthly", "Every month"), ("quarterly", "Every quarter"), ("none", "Does not report")],
                    default="monthly",
                    help_text="How often it reports while it is active",
                    max_length=10,
                    verbose_name="reports",
                ),
            ),
            migrations.AddField(
                model_name="project",
                name="reporting",
                field=models.CharField(
                    choices=[("monthly", "Every month"), ("quarterly", "Every quarter"), ("none", "Does not report")],
                    default="monthly",
                    help_text="How often it reports while it is active",
                    max_length=10,
                    verbose_name="reports",
                ),
            ),
            migrations.CreateModel(
                name="Following",
                fields=[
                    ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                    ("since", models.DateTimeField(default=django.utils.timezone.now)),
                    (
                        "person",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.CASCADE,
                            related_name="followings",
                            to=settings.AUTH_USER_MODEL,
                        ),
                    ),
                    (
                        "project",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.CASCADE, related_name="followings", to="projects.project"
                        ),
                    ),
                ],
                options={
                    "ordering": ["-since"],
                },
            ),
            migrations.CreateModel(
                name="HistoricalMoveReason",
                fields=[
                    ("id", models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name="ID")),
                    ("name", models.CharField(db_index=True, max_length=120)),
                    ("order", models.PositiveSmallIntegerField(default=0)),
                    (
                        "in_use",
                        models.BooleanField(
                            default=True, help_text="Untick to offer it no longer; what was reported stays"
                        ),
                    ),
                    ("history_id", models.AutoField(primary_key=True, serialize=False)),
                    ("history_date", models.DateTimeField(db_index=True)),
                    ("history_change_reason", models.CharField(max_length=100, null=True)),
                    (
                        "history_type",
                        models.CharField(choices=[("+", "Created"), ("~", "Changed"), ("-", "Deleted")], max_length=1),
                    ),
                    (
                        "history_user",
                        models.ForeignKey(
                            null=True,
                            on_delete=django.db.models.deletion.SET_NULL,
                            related_name="+",
                            to=settings.AUTH_USER_MODEL,
                        ),
                    ),
                ],
                options={
                    "verbose_name": "historical move reason",
                    "verbose_name_plural": "historical move reasons",
                    "ordering": ("-history_date", "-history_id"),
                    "get_latest_by": ("history_date", "history_id"),
                },
                bases=(simple_history.models.HistoricalChanges, models.Model),
            ),
            migrations.CreateModel(
                name="HistoricalRatingMeaning",
                fields=[
                    ("id", models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name="ID")),
                    (
                        "rating",
                        models.CharField(
                            choices=[("red", "Red"), ("amber", "Amber"), ("green", "Green"), ("not_rated", "Not rated")],
                            max_length=10,
                        ),
                    ),
                    ("meaning", models.CharField(max_length=300)),
                    ("holds_from", models.DateField()),
                    ("history_id", models.AutoField(primary_key=True, serialize=False)),
                    ("history_date", models.DateTimeField(db_index=True)),
                    ("history_change_reason", models.CharField(max_length=100, null=True)),
                    (
                        "history_type",
                        models.CharField(choices=[("+", "Created"), ("~", "Changed"), ("-", "Deleted")], max_length=1),
                    ),
                    (
                        "history_user",
                        models.ForeignKey(
                            null=True,
                            on_delete=django.db.models.deletion.SET_NULL,
                            related_name="+",
                            to=settings.AUTH_USER_MODEL,
                        ),
                    ),
                ],
                options={
                    "verbose_name": "historical rating meaning",
                    "verbose_name_plural": "historical rating meanings",
                    "ordering": ("-history_date", "-history_id"),
                    "get_latest_by": ("history_date", "history_id"),
                },
                bases=(simple_history.models.HistoricalChanges, models.Model),
            ),
            migrations.CreateModel(
                name="HistoricalReportingPeriod",
                fields=[
                    ("id", models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name="ID")),
                    ("name", models.CharField(db_index=True, help_text="Such as November 2026", max_length=60)),
                    ("slug", models.SlugField(max_length=60)),
                    ("starts_on", models.DateField()),
                    ("ends_on", models.DateField()),
                    ("opens_on", models.DateField(help_text="The first day on which a report can be written")),
                    ("due_on", models.DateField(help_text="The last day on which a report is in time")),
                    ("closed_at", models.DateTimeField(blank=True, editable=False, null=True)),
                    ("history_id", models.AutoField(primary_key=True, serialize=False)),
                    ("history_date", models.DateTimeField(db_index=True)),
                    ("history_change_reason", models.CharField(max_length=100, null=True)),
                    (
                        "history_type",
                        models.CharField(choices=[("+", "Created"), ("~", "Changed"), ("-", "Deleted")], max_length=1),
                    ),
                    (
                        "closed_by",
                        models.ForeignKey(
                            blank=True,
                            db_constraint=False,
                            editable=False,
                            null=True,
                            on_delete=django.db.models.deletion.DO_NOTHING,
                            related_name="+",
                            to=settings.AUTH_USER_MODEL,
                        ),
                    ),
                    (
                        "history_user",
                        models.ForeignKey(
                            null=True,
                            on_delete=django.db.models.deletion.SET_NULL,
                            related_name="+",
                            to=settings.AUTH_USER_MODEL,
                        ),
                    ),
                ],
                options={
                    "verbose_name": "historical reporting period",
                    "verbose_name_plural": "historical reporting periods",
                    "ordering": ("-history_date", "-history_id"),
                    "get_latest_by": ("history_date", "history_id"),
                },
                bases=(simple_history.models.HistoricalChanges, models.Model),
            ),
            migrations.CreateModel(
                name="RatingMeaning",
                fields=[
                    ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                    (
                        "rating",
                        models.CharField(
                            choices=[("red", "Red"), ("amber", "Amber"), ("green", "Green"), ("not_rated", "Not rated")],
                            max_length=10,
                        ),
                    ),
                    ("meaning", models.CharField(max_length=300)),
                    ("holds_from", models.DateField()),
                ],
                options={
                    "ordering": ["-holds_from", "rating"],
                    "constraints": [
                        models.UniqueConstraint(
                            fields=("rating", "holds_from"),
                            name="projects_ratingmeaning_once_a_day",
                            violation_error_message="This colour has a meaning from that day already",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(("rating__in", ["red", "amber", "green", "not_rated"])),
                            name="projects_ratingmeaning_rating_known",
                            violation_error_message="Select a rating from the list",
                        ),
                    ],
                },
            ),
            migrations.CreateModel(
                name="ReportingPeriod",
                fields=[
                    ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                    ("name", models.CharField(help_text="Such as November 2026", max_length=60, unique=True)),
                    ("slug", models.SlugField(max_length=60, unique=True)),
                    ("starts_on", models.DateField()),
                    ("ends_on", models.DateField()),
                    ("opens_on", models.DateField(help_text="The first day on which a report can be written")),
                    ("due_on", models.DateField(help_text="The last day on which a report is in time")),
                    ("closed_at", models.DateTimeField(blank=True, editable=False, null=True)),
                    (
                        "closed_by",
                        models.ForeignKey(
                            blank=True,
                            editable=False,
                            null=True,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to=settings.AUTH_USER_MODEL,
                        ),
                    ),
                ],
                options={
                    "ordering": ["-starts_on"],
                },
            ),
            migrations.CreateModel(
                name="ReportExpected",
                fields=[
                    ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                    (
                        "organisation",
                        models.ForeignKey(
                            blank=True,
                            null=True,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to="sites.organisation",
                        ),
                    ),
                    (
                        "project",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.CASCADE,
                            related_name="reports_expected",
                            to="projects.project",
                        ),
                    ),
                    (
                        "period",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.CASCADE,
                            related_name="expected",
                            to="projects.reportingperiod",
                        ),
                    ),
                ],
                options={
                    "ordering": ["pk"],
                },
            ),
            migrations.CreateModel(
                name="StatusUpdate",
                fields=[
                    ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                    (
                        "state",
                        models.CharField(
                            choices=[
                                ("draft", "Draft"),
                                ("submitted", "Submitted"),
                                ("returned", "Returned"),
                                ("accepted", "Accepted"),
                            ],
                            default="draft",
                            editable=False,
                            max_length=10,
                        ),
                    ),
                    (
                        "overall",
                        models.CharField(
                            blank=True,
                            choices=[("red", "Red"), ("amber", "Amber"), ("green", "Green"), ("not_rated", "Not rated")],
                            max_length=10,
                            verbose_name="overall delivery confidence",
                        ),
                    ),
                    (
                        "schedule",
                        models.CharField(
                            blank=True,
                            choices=[("red", "Red"), ("amber", "Amber"), ("green", "Green"), ("not_rated", "Not rated")],
                            max_length=10,
                            verbose_name="schedule",
                        ),
                    ),
                    (
                        "cost",
                        models.CharField(
                            blank=True,
                            choices=[("red", "Red"), ("amber", "Amber"), ("green", "Green"), ("not_rated", "Not rated")],
                            max_length=10,
                            verbose_name="cost",
                        ),
                    ),
                    (
                        "scope",
                        models.CharField(
                            blank=True,
                            choices=[("red", "Red"), ("amber", "Amber"), ("green", "Green"), ("not_rated", "Not rated")],
                            max_length=10,
                            verbose_name="scope and quality",
                        ),
                    ),
                    (
                        "benefits",
                        models.CharField(
                            blank=True,
                            choices=[("red", "Red"), ("amber", "Amber"), ("green", "Green"), ("not_rated", "Not rated")],
                            max_length=10,
                            verbose_name="benefits",
                        ),
                    ),
                    (
                        "summary",
                        models.CharField(
                            blank=True, max_length=300, validators=[django.core.validators.MinLengthValidator(3)]
                        ),
                    ),
                    ("progress", models.TextField(blank=True, max_length=4000)),
                    ("next_steps", models.TextField(blank=True, max_length=4000)),
                    ("help_needed", models.TextField(blank=True, max_length=4000, verbose_name="decision or help needed")),
                    ("path_to_green", models.TextField(blank=True, max_length=4000)),
                    (
                        "stage",
                        models.CharField(
                            blank=True,
                            choices=[
                                ("identified", "Identified"),
                                ("soc", "Strategic outline case"),
                                ("obc", "Outline business case"),
                                ("fbc", "Full business case"),
                                ("construction", "Construction"),
                                ("commissioning", "Commissioning"),
                                ("operational", "Operational"),
                                ("closed", "Closed"),
                            ],
                            max_length=20,
                        ),
                    ),
                    ("stage_reason", models.CharField(blank=True, max_length=500, verbose_name="why the stage moves back")),
                    ("public_note", models.TextField(blank=True, max_length=1000, verbose_name="note for the public")),
                    ("started_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                    ("saved_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                    ("version", models.PositiveIntegerField(default=0, editable=False)),
                    ("submitted_at", models.DateTimeField(blank=True, editable=False, null=True)),
                    ("reviewed_at", models.DateTimeField(blank=True, editable=False, null=True)),
                    ("review_comment", models.TextField(blank=True, max_length=4000)),
                    (
                        "independent_rating",
                        models.CharField(
                            blank=True,
                            choices=[("red", "Red"), ("amber", "Amber"), ("green", "Green"), ("not_rated", "Not rated")],
                            max_length=10,
                            verbose_name="programme office's rating",
                        ),
                    ),
                    (
                        "independent_reason",
                        models.CharField(blank=True, max_length=500, verbose_name="reason for that rating"),
                    ),
                    ("frozen_at", models.DateTimeField(blank=True, editable=False, null=True)),
                    (
                        "frozen_stage",
                        models.CharField(
                            blank=True,
                            choices=[
                                ("identified", "Identified"),
                                ("soc", "Strategic outline case"),
                                ("obc", "Outline business case"),
                                ("fbc", "Full business case"),
                                ("construction", "Construction"),
                                ("commissioning", "Commissioning"),
                                ("operational", "Operational"),
                                ("closed", "Closed"),
                            ],
                            editable=False,
                            max_length=20,
                        ),
                    ),
                    (
                        "frozen_delivery_state",
                        models.CharField(
                            blank=True,
                            choices=[
                                ("active", "Active"),
                                ("on_hold", "On hold"),
                                ("cancelled", "Cancelled"),
                                ("complete", "Complete"),
                            ],
                            editable=False,
                            max_length=20,
                        ),
                    ),
                    ("frozen_opening_on", models.DateField(blank=True, editable=False, null=True)),
                    (
                        "frozen_opening_precision",
                        models.CharField(
                            blank=True,
                            choices=[("day", "Day"), ("month", "Month"), ("quarter", "Quarter"), ("year", "Year")],
                            editable=False,
                            max_length=10,
                        ),
                    ),
                    ("frozen_opening_reached", models.BooleanField(default=False, editable=False)),
                    ("frozen_slippage_days", models.IntegerField(blank=True, editable=False, null=True)),
                    (
                        "frozen_cost",
                        models.DecimalField(blank=True, decimal_places=2, editable=False, max_digits=14, null=True),
                    ),
                    (
                        "corrects",
                        models.OneToOneField(
                            blank=True,
                            null=True,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="correction",
                            to="projects.statusupdate",
                        ),
                    ),
                    (
                        "period",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="status_updates",
                            to="projects.reportingperiod",
                        ),
                    ),
                    (
                        "project",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="status_updates",
                            to="projects.project",
                        ),
                    ),
                    (
                        "reviewed_by",
                        models.ForeignKey(
                            blank=True,
                            null=True,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to=settings.AUTH_USER_MODEL,
                        ),
                    ),
                    (
                        "saved_by",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                        ),
                    ),
                    (
                        "started_by",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                        ),
                    ),
                    (
                        "submitted_by",
                        models.ForeignKey(
                            blank=True,
                            null=True,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to=settings.AUTH_USER_MODEL,
                        ),
                    ),
                ],
                options={
                    "ordering": ["-period__starts_on", "-pk"],
                },
            ),
            migrations.CreateModel(
                name="PublicNoteOffer",
                fields=[
                    ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                    ("text", models.TextField(max_length=1000)),
                    (
                        "state",
                        models.CharField(
                            choices=[("offered", "Offered"), ("published", "Published"), ("declined", "Declined")],
                            default="offered",
                            max_length=10,
                        ),
                    ),
                    ("decided_at", models.DateTimeField(blank=True, null=True)),
                    (
                        "decided_by",
                        models.ForeignKey(
                            blank=True,
                            null=True,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to=settings.AUTH_USER_MODEL,
                        ),
                    ),
                    (
                        "note",
                        models.OneToOneField(
                            blank=True,
                            null=True,
                            on_delete=django.db.models.deletion.SET_NULL,
                            related_name="+",
                            to="projects.progressnote",
                        ),
                    ),
                    (
                        "update",
                        models.OneToOneField(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="note_offer",
                            to="projects.statusupdate",
                        ),
                    ),
                ],
                options={
                    "ordering": ["pk"],
                },
            ),
            migrations.AddField(
                model_name="project",
                name="current_update",
                field=models.ForeignKey(
                    blank=True,
                    editable=False,
                    null=True,
                    on_delete=django.db.models.deletion.SET_NULL,
                    related_name="+",
                    to="projects.statusupdate",
                ),
            ),
            migrations.AddConstraint(
                model_name="project",
                constraint=models.CheckConstraint(
                    condition=models.Q(("reporting__in", ["monthly", "quarterly", "none"])),
                    name="projects_project_reporting_known",
                    violation_error_message="Select how often it reports from the list",
                ),
            ),
            migrations.AddField(
                model_name="updatemilestone",
                name="milestone",
                field=models.ForeignKey(
                    blank=True,
                    null=True,
                    on_delete=django.db.models.deletion.SET_NULL,
                    related_name="reported",
                    to="projects.milestone",
                ),
            ),
            migrations.AddField(
                model_name="updatemilestone",
                name="move_reason",
                field=models.ForeignKey(
                    blank=True,
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to="projects.movereason",
                ),
            ),
            migrations.AddField(
                model_name="updatemilestone",
                name="update",
                field=models.ForeignKey(
                    on_delete=django.db.models.deletion.CASCADE, related_name="milestones", to="projects.statusupdate"
                ),
            ),
            migrations.AddField(
                model_name="updatestep",
                name="by",
                field=models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                ),
            ),
            migrations.AddField(
                model_name="updatestep",
                name="update",
                field=models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT, related_name="steps", to="projects.statusupdate"
                ),
            ),
            migrations.AddConstraint(
                model_name="following",
                constraint=models.UniqueConstraint(
                    fields=("person", "project"),
                    name="projects_following_once",
                    violation_error_message="You follow this project already",
                ),
            ),
            migrations.AddConstraint(
                model_name="reportingperiod",
                constraint=models.CheckConstraint(
                    condition=models.Q(("ends_on__gte", models.F("starts_on"))),
                    name="projects_period_ends_after_it_starts",
                    violation_error_message="A period cannot end before it starts",
                ),
            ),
            migrations.AddConstraint(
                model_name="reportingperiod",
                constraint=models.CheckConstraint(
                    condition=models.Q(("due_on__gte", models.F("opens_on"))),
                    name="projects_period_due_after_it_opens",
                    violation_error_message="Reports cannot be due before they can be written",
                ),
            ),
            migrations.AddConstraint(
                model_name="reportingperiod",
                constraint=models.CheckConstraint(
                    condition=models.Q(("due_on__gte", models.F("starts_on"))),
                    name="projects_period_due_after_it_starts",
                    violation_error_message="Reports cannot be due before the period starts",
                ),
            ),
            migrations.AddConstraint(
                model_name="reportexpected",
                constraint=models.UniqueConstraint(
                    fields=("period", "project"),
                    name="projects_reportexpected_once",
                    violation_error_message="This project is expected to report for the period already",
                ),
            ),
            migrations.AddIndex(
                model_name="statusupdate",
                index=models.Index(fields=["project", "state", "period"], name="projects_update_of_project"),
            ),
            migrations.AddIndex(
                model_name="statusupdate",
                index=models.Index(fields=["period", "state", "project"], name="projects_update_of_period"),
            ),
            migrations.AddIndex(
                model_name="statusupdate",
                index=models.Index(fields=["state", "submitted_at"], name="projects_update_to_review"),
            ),
            migrations.AddConstraint(
                model_name="statusupdate",
                constraint=models.UniqueConstraint(
                    condition=models.Q(("corrects__isnull", True)),
                    fields=("project", "period"),
                    name="projects_update_once_a_period",
                    violation_error_message="This project has a report for that period already",
                ),
            ),
            migrations.AddConstraint(
                model_name="statusupdate",
                constraint=models.CheckConstraint(
                    condition=models.Q(("state__in", ["draft", "submitted", "returned", "accepted"])),
                    name="projects_update_state_known",
                    violation_error_message="Select a state from the list",
                ),
            ),
            migrations.AddConstraint(
                model_name="statusupdate",
                constraint=models.CheckConstraint(
                    condition=models.Q(
                        ("overall__in", ["", "red", "amber", "green", "not_rated"]),
                        ("schedule__in", ["", "red", "amber", "green", "not_rated"]),
                        ("cost__in", ["", "red", "amber", "green", "not_rated"]),
                        ("scope__in", ["", "red", "amber", "green", "not_rated"]),
                        ("benefits__in", ["", "red", "amber", "green", "not_rated"]),
                        ("independent_rating__in", ["", "red", "amber", "green", "not_rated"]),
                    ),
                    name="projects_update_ratings_known",
                    violation_error_message="Select a rating from the list",
                ),
            ),
            migrations.AddConstraint(
                model_name="statusupdate",
                constraint=models.CheckConstraint(
                    condition=models.Q(
                        (
                            "stage__in",
                            [
                                "",
                                "identified",
                                "soc",
                                "obc",
                                "fbc",
                                "construction",
                                "commissioning",
                                "operational",
                                "closed",
                            ],
                        )
                    ),
                    name="projects_update_stage_known",
                    violation_error_message="Select a stage from the list",
                ),
            ),
            migrations.AddConstraint(
                model_name="statusupdate",
                constraint=models.CheckConstraint(
                    condition=models.Q(
                        models.Q(("state__in", ["submitted", "accepted"]), _negated=True),
                        models.Q(
                            models.Q(("overall", ""), _negated=True),
                            models.Q(("summary", ""), _negated=True),
                            ("submitted_at__isnull", False),
                            ("submitted_by__isnull", False),
                        ),
                        _connector="OR",
                    ),
                    name="projects_update_reported_is_complete",
                    violation_error_message="A report needs the overall rating and a summary before it is submitted",
                ),
            ),
            migrations.AddConstraint(
                model_name="statusupdate",
                constraint=models.CheckConstraint(
                    condition=models.Q(
                        models.Q(("state__in", ["submitted", "accepted"]), _negated=True),
                        ("frozen_at__isnull", False),
                        _connector="OR",
                    ),
                    name="projects_update_reported_is_frozen",
                    violation_error_message="Submitting freezes what stood then",
                ),
            ),
            migrations.AddConstraint(
                model_name="statusupdate",
                constraint=models.CheckConstraint(
                    condition=models.Q(
                        models.Q(("state__in", ["submitted", "accepted"]), _negated=True),
                        models.Q(("overall__in", ["red", "amber"]), _negated=True),
                        models.Q(("path_to_green", ""), _negated=True),
                        _connector="OR",
                    ),
                    name="projects_update_red_or_amber_has_a_path",
                    violation_error_message="Say how the project gets back to green",
                ),
            ),
            migrations.AddConstraint(
                model_name="statusupdate",
                constraint=models.CheckConstraint(
                    condition=models.Q(
                        models.Q(("state__in", ["accepted", "returned"]), _negated=True),
                        models.Q(("reviewed_at__isnull", False), ("reviewed_by__isnull", False)),
                        _connector="OR",
                    ),
                    name="projects_update_reviewed_by_somebody",
                    violation_error_message="A review needs its reviewer",
                ),
            ),
            migrations.AddConstraint(
                model_name="statusupdate",
                constraint=models.CheckConstraint(
                    condition=models.Q(
                        models.Q(("state", "returned"), _negated=True),
                        models.Q(("review_comment", ""), _negated=True),
                        _connector="OR",
                    ),
                    name="projects_update_returned_with_a_comment",
                    violation_error_message="Say what is to be put right",
                ),
            ),
            migrations.AddConstraint(
                model_name="statusupdate",
                constraint=models.CheckConstraint(
                    condition=models.Q(
                        ("corrects__isnull", True), models.Q(("corrects", models.F("id")), _negated=True), _connector="OR"
                    ),
                    name="projects_update_not_its_own_correction",
                    violation_error_message="A report cannot correct itself",
                ),
            ),
            migrations.AddConstraint(
                model_name="publicnoteoffer",
                constraint=models.CheckConstraint(
                    condition=models.Q(("state__in", ["offered", "published", "declined"])),
                    name="projects_publicnoteoffer_state_known",
                    violation_error_message="Select a state from the list",
                ),
            ),
            migrations.AddConstraint(
                model_name="updatemilestone",
                constraint=models.UniqueConstraint(
                    condition=models.Q(("milestone__isnull", False)),
                    fields=("update", "milestone"),
                    name="projects_updatemilestone_once",
                    violation_error_message="This milestone is in the report already",
                ),
            ),
            migrations.AddConstraint(
                model_name="updatemilestone",
                constraint=models.CheckConstraint(
                    condition=models.Q(
                        models.Q(
                            ("baseline_on__isnull", True),
                            ("baseline_precision__in", ["day", "month", "quarter", "year"]),
                            _connector="OR",
                        ),
                        models.Q(
                            ("forecast_on__isnull", True),
                            ("forecast_precision__in", ["day", "month", "quarter", "year"]),
                            _connector="OR",
                        ),
                        models.Q(
                            ("actual_on__isnull", True),
                            ("actual_precision__in", ["day", "month", "quarter", "year"]),
                            _connector="OR",
                        ),
                    ),
                    name="projects_updatemilestone_dates_have_precision",
                    violation_error_message="Say how precisely the date is known",
                ),
            ),
            migrations.AddConstraint(
                model_name="updatestep",
                constraint=models.CheckConstraint(
                    condition=models.Q(("action__in", ["started", "submitted", "taken_back", "returned", "accepted"])),
                    name="projects_updatestep_action_known",
                    violation_error_message="Select an action from the list",
                ),
            ),
        ]),
    ]
