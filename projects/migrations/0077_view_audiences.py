from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("projects", "0076_proposals"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="savedview",
            name="audience",
            field=models.CharField(
                choices=[
                    ("organisation", "My organisation"),
                    ("office", "The programme office"),
                    ("everyone", "All signed-in users"),
                ],
                db_default="organisation",
                default="organisation",
                max_length=20,
            ),
        ),
        migrations.AddField(
            model_name="savedview",
            name="pinned",
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.AddConstraint(
            model_name="savedview",
            constraint=models.UniqueConstraint(
                condition=models.Q(("pinned", True)),
                fields=("pinned",),
                name="projects_savedview_one_pinned",
                violation_error_message="Another view is already pinned",
            ),
        ),
        migrations.AddConstraint(
            model_name="savedview",
            constraint=models.CheckConstraint(
                condition=models.Q(("audience__in", ["organisation", "office", "everyone"])),
                name="projects_savedview_audience_known",
                violation_error_message="Select who to share with from the list",
            ),
        ),
    ]
