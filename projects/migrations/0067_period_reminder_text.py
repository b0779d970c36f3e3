from django.db import migrations, models

TEXT = models.TextField("message in reminders", max_length=1000, blank=True, db_default="", default="")


class Migration(migrations.Migration):
    dependencies = [("projects", "0066_delete_search_words")]

    operations = [
        migrations.AddField("historicalreportingperiod", "reminder_text", TEXT.clone()),
        migrations.AddField("reportingperiod", "reminder_text", TEXT.clone()),
    ]
