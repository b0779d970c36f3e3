"""Names fields of change requests and dependencies as the portal calls them. Columns keep their names."""

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models
from django.db.models import F, Q

from estates_portal.operations import AlterTogether

REQUESTS = ("changerequest", "historicalchangerequest")
DEPENDENCIES = ("milestonedependency", "historicalmilestonedependency")
OF_HISTORY = {
    "blank": True,
    "db_constraint": False,
    "null": True,
    "on_delete": django.db.models.deletion.DO_NOTHING,
    "related_name": "+",
}


class Migration(migrations.Migration):
    dependencies = [("projects", "0024_date_changes")]

    operations = [
        AlterTogether([
            migrations.SeparateDatabaseAndState(
                state_operations=[
                    migrations.RemoveConstraint("milestonedependency", "projects_dependency_once"),
                    migrations.RemoveConstraint("milestonedependency", "projects_dependency_not_on_itself"),
                    *(
                        migrations.RenameField(model, old, new)
                        for model in REQUESTS
                        for old, new in (
                            ("asked_by", "requested_by"),
                            ("asked_at", "requested_at"),
                            ("decision_words", "conditions"),
                        )
                    ),
                    *(migrations.RenameField(model, "needs", "depends_on") for model in DEPENDENCIES),
                    migrations.AlterModelOptions("changerequest", {"ordering": ["-requested_at", "-pk"]}),
                    migrations.AlterField(
                        "changerequest",
                        "requested_by",
                        models.ForeignKey(
                            db_column="asked_by_id",
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to=settings.AUTH_USER_MODEL,
                        ),
                    ),
                    migrations.AlterField(
                        "historicalchangerequest",
                        "requested_by",
                        models.ForeignKey(db_column="asked_by_id", to=settings.AUTH_USER_MODEL, **OF_HISTORY),
                    ),
                    *(
                        migrations.AlterField(
                            model,
                            "requested_at",
                            models.DateTimeField(db_column="asked_at", default=django.utils.timezone.now),
                        )
                        for model in REQUESTS
                    ),
                    *(
                        migrations.AlterField(
                            model,
                            "conditions",
                            models.TextField(blank=True, db_column="decision_words", max_length=1000),
                        )
                        for model in REQUESTS
                    ),
                    migrations.AlterField(
                        "milestonedependency",
                        "milestone",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.CASCADE,
                            related_name="dependencies",
                            to="projects.milestone",
                        ),
                    ),
                    migrations.AlterField(
                        "milestonedependency",
                        "depends_on",
                        models.ForeignKey(
                            db_column="needs_id",
                            on_delete=django.db.models.deletion.CASCADE,
                            related_name="dependents",
                            to="projects.milestone",
                        ),
                    ),
                    migrations.AlterField(
                        "historicalmilestonedependency",
                        "depends_on",
                        models.ForeignKey(db_column="needs_id", to="projects.milestone", **OF_HISTORY),
                    ),
                    migrations.AddConstraint(
                        "milestonedependency",
                        models.UniqueConstraint(
                            name="projects_dependency_once",
                            fields=["milestone", "depends_on"],
                            violation_error_message="This dependency already exists",
                        ),
                    ),
                    migrations.AddConstraint(
                        "milestonedependency",
                        models.CheckConstraint(
                            name="projects_dependency_not_on_itself",
                            condition=~Q(milestone=F("depends_on")),
                            violation_error_message="A milestone cannot depend on itself",
                        ),
                    ),
                ]
            ),
        ]),
    ]
