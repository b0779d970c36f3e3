from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0019_natural_order")]

    operations = [
        migrations.AlterField(
            model_name=model, name="name", field=models.CharField(blank=True, max_length=150)
        )
        for model in ("historicalinvitation", "invitation")
    ]
