from django.db import migrations
from django.db.models import F


def date_sent_notices(apps, schema_editor):
    """Earlier releases saved a notice only when its email was sent."""
    notices = apps.get_model("projects", "Notice").objects.filter(sent_at__isnull=False)
    notices.update(created_at=F("sent_at"), last_tried_at=F("sent_at"))


def delete_unsent_notices(apps, schema_editor):
    """Earlier releases take every notice for sent; without the row they send it."""
    apps.get_model("projects", "Notice").objects.filter(sent_at=None).delete()


class Migration(migrations.Migration):
    dependencies = [("projects", "0018_notice_delivery")]

    operations = [migrations.RunPython(date_sent_notices, delete_unsent_notices)]
