"""Names proposed progress notes as the portal calls them. The table keeps its name."""

import django.db.models.deletion
from django.db import migrations, models

from estates_portal.operations import AlterTogether, RenameModelInState


class Migration(migrations.Migration):
    dependencies = [("projects", "0025_change_requests")]

    operations = [
        AlterTogether([
            migrations.SeparateDatabaseAndState(
                state_operations=[migrations.AlterModelTable("publicnoteoffer", "projects_publicnoteoffer")]
            ),
        ]),
        RenameModelInState("PublicNoteOffer", "ProposedNote"),
        AlterTogether([
            migrations.SeparateDatabaseAndState(
                state_operations=[
                    migrations.AlterField(
                        "proposednote",
                        "report",
                        models.OneToOneField(
                            db_column="update_id",
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="proposed_note",
                            to="projects.statusreport",
                        ),
                    ),
                ]
            ),
        ]),
    ]
