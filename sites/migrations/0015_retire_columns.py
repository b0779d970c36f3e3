"""The columns that the codes, conditions and running costs had."""

from django.db import migrations

from estates_portal.operations import AlterInTurn, RetireField


class Migration(migrations.Migration):
    dependencies = [("sites", "0014_move_codes_and_conditions")]

    operations = [
        AlterInTurn(
            [
                RetireField(f"{history}{model}", name, default)
                for history in ("", "historical")
                for model, name, default in (
                    ("organisation", "ods_code", None),
                    ("site", "ods_code", None),
                    ("site", "condition", ""),
                    ("estatereturn", "running_cost_pounds", None),
                )
            ]
        )
    ]
