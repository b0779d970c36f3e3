
from django.db import migrations, models

from estates_portal.operations import AlterInTurn


class Migration(migrations.Migration):

    dependencies = [
        ('projects', '0019_notice_dates'),
    ]

    operations = [
        AlterInTurn([
            migrations.AlterField(
                model_name='project',
                name='trend',
                field=models.CharField(blank=True, choices=[('better', 'Improved'), ('worse', 'Deteriorated'), ('steady', 'No change'), ('stale', 'No movement for 6 reports'), ('first', 'First report')], editable=False, help_text='How the rating of the latest report compares with those before it', max_length=10),
            ),
            migrations.AddConstraint(
                model_name='project',
                constraint=models.CheckConstraint(condition=models.Q(('trend__in', ['', 'better', 'worse', 'steady', 'stale', 'first'])), name='projects_project_trend_known', violation_error_message='Select a trend from the list'),
            ),
        ]),
    ]
