"""Submissions of reports, which never change, and the fields that a returned report needs changed."""

import django.core.serializers.json
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from estates_portal.operations import VendorSQL

MESSAGE = "A submission of a report never changes"
RULE = VendorSQL(
    postgresql=(
        [
            f"""
            CREATE FUNCTION projects_refuse_submission_change() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
                IF TG_OP = 'DELETE' AND current_setting('portal.deleting_examples', true) = 'on' THEN
                    RETURN OLD;
                END IF;
                RAISE EXCEPTION '{MESSAGE}' USING ERRCODE = 'integrity_constraint_violation';
            END $$
            """,
            """
            CREATE TRIGGER projects_submission_unchanged BEFORE UPDATE OR DELETE ON projects_submission
            FOR EACH ROW EXECUTE FUNCTION projects_refuse_submission_change()
            """,
        ],
        [
            "DROP TRIGGER projects_submission_unchanged ON projects_submission",
            "DROP FUNCTION projects_refuse_submission_change()",
        ],
    ),
    sqlite=(  # not on DELETE, by which Django empties SQLite's tables between tests
        [
            f"""
            CREATE TRIGGER projects_submission_unchanged BEFORE UPDATE ON projects_submission
            BEGIN SELECT RAISE(ABORT, '{MESSAGE}'); END
            """
        ],
        ["DROP TRIGGER IF EXISTS projects_submission_unchanged"],
    ),
)


class Migration(migrations.Migration):
    dependencies = [
        ("projects", "0077_view_audiences"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField("reportevent", "fields", models.JSONField(blank=True, db_default=[], default=list)),
        migrations.CreateModel(
            name="Submission",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.PositiveSmallIntegerField()),
                ("at", models.DateTimeField()),
                ("answers", models.JSONField(encoder=django.core.serializers.json.DjangoJSONEncoder)),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "report",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="submissions",
                        to="projects.statusreport",
                    ),
                ),
            ],
            options={
                "ordering": ["report", "number"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("report", "number"),
                        name="projects_submission_once",
                        violation_error_message="This report already has a submission with this number",
                    )
                ],
            },
        ),
        RULE,
    ]
