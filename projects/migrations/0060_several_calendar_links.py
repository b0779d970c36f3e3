"""Several calendar links for each user, with names. The links of before are called "Calendar" and go on working."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from estates_portal.operations import AlterInTurn


class Migration(migrations.Migration):

    dependencies = [
        ('projects', '0059_accepted_records'),
    ]

    operations = [
        AlterInTurn([
            migrations.AlterModelOptions(name='calendarlink', options={'ordering': ['name', 'pk']}),
            migrations.AddField(
                model_name='calendarlink',
                name='name',
                field=models.CharField(db_default='Calendar', default='Calendar', max_length=60),
            ),
            migrations.AlterField(
                model_name='calendarlink',
                name='person',
                field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='calendar_links', to=settings.AUTH_USER_MODEL),
            ),
            migrations.AddConstraint(
                model_name='calendarlink',
                constraint=models.UniqueConstraint(fields=('person', 'name'), name='projects_calendarlink_name_once', violation_error_message='You already have a link with this name'),
            ),
        ]),
    ]
