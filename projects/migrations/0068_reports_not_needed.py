from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("projects", "0067_period_reminder_text")]

    operations = [
        migrations.AddField(
            "reportexpected",
            "not_needed",
            models.CharField("reason not needed", max_length=200, blank=True, db_default="", default=""),
        ),
    ]
