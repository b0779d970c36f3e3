from django.conf import settings
from django.db import migrations, models
from django.db.models.functions import Now
from django.utils import timezone

from estates_portal.operations import AlterInTurn


class Migration(migrations.Migration):
    dependencies = [
        ("projects", "0017_database_rules"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        AlterInTurn([
            migrations.AlterModelOptions(name="notice", options={"ordering": ["-created_at", "-pk"]}),
            migrations.RemoveIndex(model_name="notice", name="projects_notice_newest"),
            migrations.AddField("notice", "created_at", models.DateTimeField(db_default=Now(), default=timezone.now)),
            migrations.AddField("notice", "last_tried_at", models.DateTimeField(db_default=Now(), default=timezone.now)),
            migrations.AddField("notice", "retries", models.PositiveSmallIntegerField(db_default=0, default=0)),
            migrations.AlterField("notice", "sent_at", models.DateTimeField(blank=True, null=True)),
            migrations.AddIndex("notice", models.Index(fields=["-created_at", "-id"], name="projects_notice_newest")),
        ]),
    ]
