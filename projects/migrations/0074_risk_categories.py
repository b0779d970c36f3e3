"""Adds categories of risks, kept in the admin from then on.

The list: HM Treasury, "The Orange Book: management of risk" (2023), annex 4, "Example risk categories".
"""

import django.db.models.deletion
import estates_portal.sorting
import simple_history.models
from django.conf import settings
from django.db import migrations, models


CATEGORIES = [
    "Strategy",
    "Governance",
    "Operations",
    "Legal",
    "Property",
    "Financial",
    "Commercial",
    "People",
    "Technology",
    "Information",
    "Security",
    "Project and programme",
    "Reputational",
]


def fill(apps, schema_editor):
    category = apps.get_model("projects", "RiskCategory")
    category.objects.bulk_create(category(name=name, order=order) for order, name in enumerate(CATEGORIES, 1))


class Migration(migrations.Migration):

    dependencies = [
        ("projects", "0073_hubs_without_diagnostic"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='HistoricalRiskCategory',
            fields=[
                ('id', models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name='ID')),
                ('name', models.CharField(db_index=True, max_length=80)),
                ('order', models.PositiveSmallIntegerField(default=0)),
                ('used_from', models.DateField(blank=True, null=True, verbose_name='first day of use')),
                ('used_until', models.DateField(blank=True, help_text='Risks that have it still show it', null=True, verbose_name='last day of use')),
                ('history_id', models.AutoField(primary_key=True, serialize=False)),
                ('history_date', models.DateTimeField(db_index=True)),
                ('history_change_reason', models.CharField(max_length=100, null=True)),
                ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
                ('history_user', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'historical risk category',
                'verbose_name_plural': 'historical risk categories',
                'ordering': ('-history_date', '-history_id'),
                'get_latest_by': ('history_date', 'history_id'),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name='RiskCategory',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=80, unique=True)),
                ('order', models.PositiveSmallIntegerField(default=0)),
                ('used_from', models.DateField(blank=True, null=True, verbose_name='first day of use')),
                ('used_until', models.DateField(blank=True, help_text='Risks that have it still show it', null=True, verbose_name='last day of use')),
            ],
            options={
                'verbose_name_plural': 'risk categories',
                'ordering': ['order', estates_portal.sorting.SortKey('name'), 'pk'],
                'constraints': [models.CheckConstraint(condition=models.Q(('used_from', None), ('used_until', None), ('used_until__gte', models.F('used_from')), _connector='OR'), name='projects_riskcategory_used_in_order', violation_error_message='The last day of use must be the first day of use or later')],
            },
        ),
        migrations.AddField(
            model_name='historicalrisk',
            name='category',
            field=models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='projects.riskcategory'),
        ),
        migrations.AddField(
            model_name='risk',
            name='category',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='projects.riskcategory'),
        ),
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]
