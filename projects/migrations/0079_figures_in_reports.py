from django.db import migrations, models


def pounds(label):
    return models.DecimalField(label, max_digits=14, decimal_places=2, null=True, blank=True)


class Migration(migrations.Migration):
    dependencies = [("projects", "0078_submissions")]

    operations = [
        migrations.AddField("statusreport", "year_actual", pounds("spent in the year (£)")),
        migrations.AddField("statusreport", "year_forecast", pounds("forecast for the year (£)")),
    ]
