"""Names email preferences after what they do. Columns keep their names."""

from django.db import migrations, models

from estates_portal.operations import AlterTogether

PREFERENCES = {
    "new_sign_ins": "Email me when someone signs in to my account on a new browser",
    "due_reports": "Email me when reports open, are due soon or are overdue",
    "reviews": "Email me when my reports are accepted or returned",
    "followed": "Email me about new reports on projects I follow",
}
MODELS = ("user", "historicaluser")


class Migration(migrations.Migration):
    dependencies = [("accounts", "0011_plain_labels")]

    operations = [
        AlterTogether([
            migrations.SeparateDatabaseAndState(
                state_operations=[
                    operation
                    for model in MODELS
                    for name, label in PREFERENCES.items()
                    for operation in (
                        migrations.RenameField(model, f"hears_of_{name}", f"notify_{name}"),
                        migrations.AlterField(
                            model,
                            f"notify_{name}",
                            models.BooleanField(db_column=f"hears_of_{name}", default=True, verbose_name=label),
                        ),
                    )
                ]
            ),
        ]),
    ]
