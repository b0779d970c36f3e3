"""Codes of organisations and sites, condition surveys, and estate returns with all figures and their source."""

import django.core.validators
import django.db.models.deletion
import simple_history.models
import sites.models.identifier
from django.conf import settings
from django.db import migrations, models

from estates_portal.operations import AlterInTurn


class Migration(migrations.Migration):

    dependencies = [
        ('sites', '0012_gazetteer'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        AlterInTurn([
            migrations.CreateModel(
                name='ConditionSurvey',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('facet', models.CharField(choices=[('physical', 'Physical condition'), ('suitability', 'Functional suitability'), ('space', 'Space utilisation'), ('quality', 'Quality'), ('statutory', 'Statutory compliance'), ('environment', 'Environmental management')], default='physical', max_length=12)),
                    ('grade', models.CharField(choices=[('A', 'A: as new'), ('B', 'B: sound, with minor wear'), ('C', 'C: major repair needed soon'), ('CX', 'CX: major repair needed soon, only possible by rebuilding'), ('D', 'D: about to fail'), ('DX', 'DX: about to fail, only possible to correct by rebuilding')], max_length=2)),
                    ('surveyed_on', models.DateField(blank=True, null=True, verbose_name='surveyed on')),
                    ('surveyed_on_precision', models.CharField(choices=[('day', 'Day'), ('month', 'Month'), ('quarter', 'Quarter'), ('year', 'Year'), ('financial', 'Financial year')], default='day', max_length=10, verbose_name='date known to')),
                    ('source_words', models.CharField(blank=True, max_length=300, verbose_name='source text')),
                    ('source_url', models.URLField(blank=True, max_length=500, verbose_name='source')),
                    ('accepted', models.BooleanField(db_default=False, default=False, help_text='The public sees it only if it is accepted')),
                ],
                options={
                    'ordering': ['facet', models.OrderBy(models.F('surveyed_on'), descending=True, nulls_last=True), '-pk'],
                },
            ),
            migrations.CreateModel(
                name='HistoricalConditionSurvey',
                fields=[
                    ('id', models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name='ID')),
                    ('facet', models.CharField(choices=[('physical', 'Physical condition'), ('suitability', 'Functional suitability'), ('space', 'Space utilisation'), ('quality', 'Quality'), ('statutory', 'Statutory compliance'), ('environment', 'Environmental management')], default='physical', max_length=12)),
                    ('grade', models.CharField(choices=[('A', 'A: as new'), ('B', 'B: sound, with minor wear'), ('C', 'C: major repair needed soon'), ('CX', 'CX: major repair needed soon, only possible by rebuilding'), ('D', 'D: about to fail'), ('DX', 'DX: about to fail, only possible to correct by rebuilding')], max_length=2)),
                    ('surveyed_on', models.DateField(blank=True, null=True, verbose_name='surveyed on')),
                    ('surveyed_on_precision', models.CharField(choices=[('day', 'Day'), ('month', 'Month'), ('quarter', 'Quarter'), ('year', 'Year'), ('financial', 'Financial year')], default='day', max_length=10, verbose_name='date known to')),
                    ('source_words', models.CharField(blank=True, max_length=300, verbose_name='source text')),
                    ('source_url', models.URLField(blank=True, max_length=500, verbose_name='source')),
                    ('accepted', models.BooleanField(db_default=False, default=False, help_text='The public sees it only if it is accepted')),
                    ('history_id', models.AutoField(primary_key=True, serialize=False)),
                    ('history_date', models.DateTimeField(db_index=True)),
                    ('history_change_reason', models.CharField(max_length=100, null=True)),
                    ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
                ],
                options={
                    'verbose_name': 'historical condition survey',
                    'verbose_name_plural': 'historical condition surveys',
                    'ordering': ('-history_date', '-history_id'),
                    'get_latest_by': ('history_date', 'history_id'),
                },
                bases=(simple_history.models.HistoricalChanges, models.Model),
            ),
            migrations.CreateModel(
                name='HistoricalOrganisationIdentifier',
                fields=[
                    ('id', models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name='ID')),
                    ('value', sites.models.identifier.CodeField(max_length=40, verbose_name='code')),
                    ('superseded', models.BooleanField(default=False, help_text='Another code has replaced it', verbose_name='earlier code')),
                    ('valid_from', models.DateField(blank=True, null=True, verbose_name='valid from')),
                    ('valid_to', models.DateField(blank=True, help_text='First day on which it no longer holds', null=True, verbose_name='valid to')),
                    ('source_url', models.URLField(blank=True, max_length=500, verbose_name='source')),
                    ('note', models.CharField(blank=True, max_length=300)),
                    ('scheme', models.CharField(choices=[('ods', 'ODS code'), ('other', 'Other')], default='ods', max_length=15, verbose_name='type')),
                    ('history_id', models.AutoField(primary_key=True, serialize=False)),
                    ('history_date', models.DateTimeField(db_index=True)),
                    ('history_change_reason', models.CharField(max_length=100, null=True)),
                    ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
                ],
                options={
                    'verbose_name': 'historical organisation code',
                    'verbose_name_plural': 'historical organisation codes',
                    'ordering': ('-history_date', '-history_id'),
                    'get_latest_by': ('history_date', 'history_id'),
                },
                bases=(simple_history.models.HistoricalChanges, models.Model),
            ),
            migrations.CreateModel(
                name='HistoricalSiteIdentifier',
                fields=[
                    ('id', models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name='ID')),
                    ('value', sites.models.identifier.CodeField(max_length=40, verbose_name='code')),
                    ('superseded', models.BooleanField(default=False, help_text='Another code has replaced it', verbose_name='earlier code')),
                    ('valid_from', models.DateField(blank=True, null=True, verbose_name='valid from')),
                    ('valid_to', models.DateField(blank=True, help_text='First day on which it no longer holds', null=True, verbose_name='valid to')),
                    ('source_url', models.URLField(blank=True, max_length=500, verbose_name='source')),
                    ('note', models.CharField(blank=True, max_length=300)),
                    ('scheme', models.CharField(choices=[('ods_site', 'ODS site code'), ('ods_practice', 'ODS code of its GP practice'), ('other', 'Other')], default='ods_site', max_length=15, verbose_name='type')),
                    ('history_id', models.AutoField(primary_key=True, serialize=False)),
                    ('history_date', models.DateTimeField(db_index=True)),
                    ('history_change_reason', models.CharField(max_length=100, null=True)),
                    ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
                ],
                options={
                    'verbose_name': 'historical site code',
                    'verbose_name_plural': 'historical site codes',
                    'ordering': ('-history_date', '-history_id'),
                    'get_latest_by': ('history_date', 'history_id'),
                },
                bases=(simple_history.models.HistoricalChanges, models.Model),
            ),
            migrations.CreateModel(
                name='OrganisationIdentifier',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('value', sites.models.identifier.CodeField(max_length=40, verbose_name='code')),
                    ('superseded', models.BooleanField(default=False, help_text='Another code has replaced it', verbose_name='earlier code')),
                    ('valid_from', models.DateField(blank=True, null=True, verbose_name='valid from')),
                    ('valid_to', models.DateField(blank=True, help_text='First day on which it no longer holds', null=True, verbose_name='valid to')),
                    ('source_url', models.URLField(blank=True, max_length=500, verbose_name='source')),
                    ('note', models.CharField(blank=True, max_length=300)),
                    ('scheme', models.CharField(choices=[('ods', 'ODS code'), ('other', 'Other')], default='ods', max_length=15, verbose_name='type')),
                ],
                options={
                    'verbose_name': 'organisation code',
                    'ordering': ['superseded', models.OrderBy(models.F('valid_from'), descending=True, nulls_last=True), 'value'],
                    'abstract': False,
                },
            ),
            migrations.CreateModel(
                name='SiteIdentifier',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('value', sites.models.identifier.CodeField(max_length=40, verbose_name='code')),
                    ('superseded', models.BooleanField(default=False, help_text='Another code has replaced it', verbose_name='earlier code')),
                    ('valid_from', models.DateField(blank=True, null=True, verbose_name='valid from')),
                    ('valid_to', models.DateField(blank=True, help_text='First day on which it no longer holds', null=True, verbose_name='valid to')),
                    ('source_url', models.URLField(blank=True, max_length=500, verbose_name='source')),
                    ('note', models.CharField(blank=True, max_length=300)),
                    ('scheme', models.CharField(choices=[('ods_site', 'ODS site code'), ('ods_practice', 'ODS code of its GP practice'), ('other', 'Other')], default='ods_site', max_length=15, verbose_name='type')),
                ],
                options={
                    'verbose_name': 'site code',
                    'ordering': ['superseded', models.OrderBy(models.F('valid_from'), descending=True, nulls_last=True), 'value'],
                    'abstract': False,
                },
            ),
            migrations.AlterModelOptions(
                name='estatereturn',
                options={'ordering': ['-year', 'reported_as', 'pk']},
            ),
            migrations.AlterModelOptions(
                name='site',
                options={'ordering': ['name', 'slug']},
            ),
            migrations.RemoveConstraint(
                model_name='estatereturn',
                name='sites_estatereturn_one_a_year',
            ),
            migrations.RemoveConstraint(
                model_name='estatereturn',
                name='sites_estatereturn_running_cost_not_negative',
            ),
            migrations.RemoveConstraint(
                model_name='organisation',
                name='sites_organisation_ods_code_not_empty',
            ),
            migrations.RemoveConstraint(
                model_name='site',
                name='sites_site_condition_known',
            ),
            migrations.RemoveConstraint(
                model_name='site',
                name='sites_site_ods_code_not_empty',
            ),
            migrations.AddField(
                model_name='estatereturn',
                name='accepted',
                field=models.BooleanField(db_default=False, default=False, help_text='The public sees it only if it is accepted'),
            ),
            migrations.AddField(
                model_name='estatereturn',
                name='age_bands',
                field=models.JSONField(blank=True, db_default=[], default=list, help_text='[band as published, share of the floor area in per cent]', verbose_name='age bands'),
            ),
            migrations.AddField(
                model_name='estatereturn',
                name='aggregate_of',
                field=models.ForeignKey(blank=True, help_text='The trust that reports several small sites together', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='aggregate_returns', to='sites.organisation', verbose_name='organisation of the aggregate'),
            ),
            migrations.AddField(
                model_name='estatereturn',
                name='basis',
                field=models.CharField(choices=[('stated', 'Stated by the source'), ('inferred', 'Worked out from the source'), ('office', 'Recorded by the programme office')], db_default='stated', default='stated', max_length=10),
            ),
            migrations.AddField(
                model_name='estatereturn',
                name='energy_cost_pounds',
                field=models.DecimalField(blank=True, decimal_places=2, max_digits=14, null=True, validators=[django.core.validators.MinValueValidator(0)], verbose_name='energy cost (£)'),
            ),
            migrations.AddField(
                model_name='estatereturn',
                name='finance_cost_pounds',
                field=models.DecimalField(blank=True, decimal_places=2, max_digits=14, null=True, validators=[django.core.validators.MinValueValidator(0)], verbose_name='finance cost (£)'),
            ),
            migrations.AddField(
                model_name='estatereturn',
                name='hard_fm_pounds',
                field=models.DecimalField(blank=True, decimal_places=2, max_digits=14, null=True, validators=[django.core.validators.MinValueValidator(0)], verbose_name='hard facilities management (£)'),
            ),
            migrations.AddField(
                model_name='estatereturn',
                name='occupied_area_m2',
                field=models.DecimalField(blank=True, decimal_places=2, max_digits=14, null=True, validators=[django.core.validators.MinValueValidator(0)], verbose_name='occupied area (m²)'),
            ),
            migrations.AddField(
                model_name='estatereturn',
                name='published_on',
                field=models.DateField(blank=True, null=True, verbose_name='published on'),
            ),
            migrations.AddField(
                model_name='estatereturn',
                name='reported_as',
                field=models.CharField(blank=True, db_default='', default='', help_text='Its name in the return, word for word', max_length=200, verbose_name='organisation as published'),
            ),
            migrations.AddField(
                model_name='estatereturn',
                name='reported_by',
                field=models.ForeignKey(blank=True, help_text='The trust that reported the site in that year. Leave blank for an aggregate', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='estate_returns', to='sites.organisation', verbose_name='reporting organisation'),
            ),
            migrations.AddField(
                model_name='estatereturn',
                name='risk_adjusted_backlog_pounds',
                field=models.DecimalField(blank=True, decimal_places=2, max_digits=14, null=True, validators=[django.core.validators.MinValueValidator(0)], verbose_name='risk-adjusted backlog (£)'),
            ),
            migrations.AddField(
                model_name='estatereturn',
                name='site_name_as_published',
                field=models.CharField(blank=True, db_default='', default='', max_length=200, verbose_name='site name as published'),
            ),
            migrations.AddField(
                model_name='estatereturn',
                name='site_type_as_published',
                field=models.CharField(blank=True, db_default='', default='', max_length=100, verbose_name='site type as published'),
            ),
            migrations.AddField(
                model_name='estatereturn',
                name='soft_fm_pounds',
                field=models.DecimalField(blank=True, decimal_places=2, max_digits=14, null=True, validators=[django.core.validators.MinValueValidator(0)], verbose_name='soft facilities management (£)'),
            ),
            migrations.AddField(
                model_name='estatereturn',
                name='source_row',
                field=models.PositiveIntegerField(blank=True, null=True, verbose_name='row in the file'),
            ),
            migrations.AddField(
                model_name='estatereturn',
                name='source_words',
                field=models.CharField(blank=True, db_default='', default='', help_text='For example, the title of the publication', max_length=300, verbose_name='source text'),
            ),
            migrations.AddField(
                model_name='estatereturn',
                name='unsuitable_percent',
                field=models.DecimalField(blank=True, decimal_places=2, max_digits=5, null=True, validators=[django.core.validators.MinValueValidator(0), django.core.validators.MaxValueValidator(100)], verbose_name='not functionally suitable (%)'),
            ),
            migrations.AddField(
                model_name='estatereturn',
                name='void_percent',
                field=models.DecimalField(blank=True, decimal_places=2, max_digits=5, null=True, validators=[django.core.validators.MinValueValidator(0), django.core.validators.MaxValueValidator(100)], verbose_name='void (%)'),
            ),
            migrations.AddField(
                model_name='estatereturn',
                name='why_unknown',
                field=models.JSONField(blank=True, db_default={}, default=dict, help_text='{column: the words of the return}', verbose_name='why figures are unknown'),
            ),
            migrations.AddField(
                model_name='historicalestatereturn',
                name='accepted',
                field=models.BooleanField(db_default=False, default=False, help_text='The public sees it only if it is accepted'),
            ),
            migrations.AddField(
                model_name='historicalestatereturn',
                name='age_bands',
                field=models.JSONField(blank=True, db_default=[], default=list, help_text='[band as published, share of the floor area in per cent]', verbose_name='age bands'),
            ),
            migrations.AddField(
                model_name='historicalestatereturn',
                name='aggregate_of',
                field=models.ForeignKey(blank=True, db_constraint=False, help_text='The trust that reports several small sites together', null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='sites.organisation', verbose_name='organisation of the aggregate'),
            ),
            migrations.AddField(
                model_name='historicalestatereturn',
                name='basis',
                field=models.CharField(choices=[('stated', 'Stated by the source'), ('inferred', 'Worked out from the source'), ('office', 'Recorded by the programme office')], db_default='stated', default='stated', max_length=10),
            ),
            migrations.AddField(
                model_name='historicalestatereturn',
                name='energy_cost_pounds',
                field=models.DecimalField(blank=True, decimal_places=2, max_digits=14, null=True, validators=[django.core.validators.MinValueValidator(0)], verbose_name='energy cost (£)'),
            ),
            migrations.AddField(
                model_name='historicalestatereturn',
                name='finance_cost_pounds',
                field=models.DecimalField(blank=True, decimal_places=2, max_digits=14, null=True, validators=[django.core.validators.MinValueValidator(0)], verbose_name='finance cost (£)'),
            ),
            migrations.AddField(
                model_name='historicalestatereturn',
                name='hard_fm_pounds',
                field=models.DecimalField(blank=True, decimal_places=2, max_digits=14, null=True, validators=[django.core.validators.MinValueValidator(0)], verbose_name='hard facilities management (£)'),
            ),
            migrations.AddField(
                model_name='historicalestatereturn',
                name='occupied_area_m2',
                field=models.DecimalField(blank=True, decimal_places=2, max_digits=14, null=True, validators=[django.core.validators.MinValueValidator(0)], verbose_name='occupied area (m²)'),
            ),
            migrations.AddField(
                model_name='historicalestatereturn',
                name='published_on',
                field=models.DateField(blank=True, null=True, verbose_name='published on'),
            ),
            migrations.AddField(
                model_name='historicalestatereturn',
                name='reported_as',
                field=models.CharField(blank=True, db_default='', default='', help_text='Its name in the return, word for word', max_length=200, verbose_name='organisation as published'),
            ),
            migrations.AddField(
                model_name='historicalestatereturn',
                name='reported_by',
                field=models.ForeignKey(blank=True, db_constraint=False, help_text='The trust that reported the site in that year. Leave blank for an aggregate', null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='sites.organisation', verbose_name='reporting organisation'),
            ),
            migrations.AddField(
                model_name='historicalestatereturn',
                name='risk_adjusted_backlog_pounds',
                field=models.DecimalField(blank=True, decimal_places=2, max_digits=14, null=True, validators=[django.core.validators.MinValueValidator(0)], verbose_name='risk-adjusted backlog (£)'),
            ),
            migrations.AddField(
                model_name='historicalestatereturn',
                name='site_name_as_published',
                field=models.CharField(blank=True, db_default='', default='', max_length=200, verbose_name='site name as published'),
            ),
            migrations.AddField(
                model_name='historicalestatereturn',
                name='site_type_as_published',
                field=models.CharField(blank=True, db_default='', default='', max_length=100, verbose_name='site type as published'),
            ),
            migrations.AddField(
                model_name='historicalestatereturn',
                name='soft_fm_pounds',
                field=models.DecimalField(blank=True, decimal_places=2, max_digits=14, null=True, validators=[django.core.validators.MinValueValidator(0)], verbose_name='soft facilities management (£)'),
            ),
            migrations.AddField(
                model_name='historicalestatereturn',
                name='source_row',
                field=models.PositiveIntegerField(blank=True, null=True, verbose_name='row in the file'),
            ),
            migrations.AddField(
                model_name='historicalestatereturn',
                name='source_words',
                field=models.CharField(blank=True, db_default='', default='', help_text='For example, the title of the publication', max_length=300, verbose_name='source text'),
            ),
            migrations.AddField(
                model_name='historicalestatereturn',
                name='unsuitable_percent',
                field=models.DecimalField(blank=True, decimal_places=2, max_digits=5, null=True, validators=[django.core.validators.MinValueValidator(0), django.core.validators.MaxValueValidator(100)], verbose_name='not functionally suitable (%)'),
            ),
            migrations.AddField(
                model_name='historicalestatereturn',
                name='void_percent',
                field=models.DecimalField(blank=True, decimal_places=2, max_digits=5, null=True, validators=[django.core.validators.MinValueValidator(0), django.core.validators.MaxValueValidator(100)], verbose_name='void (%)'),
            ),
            migrations.AddField(
                model_name='historicalestatereturn',
                name='why_unknown',
                field=models.JSONField(blank=True, db_default={}, default=dict, help_text='{column: the words of the return}', verbose_name='why figures are unknown'),
            ),
            migrations.AddField(
                model_name='historicalsite',
                name='lease_ends_on',
                field=models.DateField(blank=True, null=True, verbose_name='lease ends on'),
            ),
            migrations.AddField(
                model_name='historicalsite',
                name='outside_area',
                field=models.BooleanField(db_default=False, default=False, help_text='In none of the places that the portal serves', verbose_name='outside the area'),
            ),
            migrations.AddField(
                model_name='historicalsite',
                name='reported_by',
                field=models.ForeignKey(blank=True, db_constraint=False, help_text='The trust that reports its yearly figures, which can differ from the owner', null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='sites.organisation', verbose_name='reporting organisation'),
            ),
            migrations.AddField(
                model_name='historicalsite',
                name='type_as_published',
                field=models.CharField(blank=True, db_default='', default='', help_text='The type in the words of its newest estate return', max_length=100),
            ),
            migrations.AddField(
                model_name='site',
                name='lease_ends_on',
                field=models.DateField(blank=True, null=True, verbose_name='lease ends on'),
            ),
            migrations.AddField(
                model_name='site',
                name='outside_area',
                field=models.BooleanField(db_default=False, default=False, help_text='In none of the places that the portal serves', verbose_name='outside the area'),
            ),
            migrations.AddField(
                model_name='site',
                name='reported_by',
                field=models.ForeignKey(blank=True, help_text='The trust that reports its yearly figures, which can differ from the owner', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='reported_sites', to='sites.organisation', verbose_name='reporting organisation'),
            ),
            migrations.AddField(
                model_name='site',
                name='type_as_published',
                field=models.CharField(blank=True, db_default='', default='', help_text='The type in the words of its newest estate return', max_length=100),
            ),
            migrations.AlterField(
                model_name='estatereturn',
                name='gross_internal_area_m2',
                field=models.DecimalField(blank=True, decimal_places=2, max_digits=14, null=True, validators=[django.core.validators.MinValueValidator(0)], verbose_name='gross internal area (m²)'),
            ),
            migrations.AlterField(
                model_name='estatereturn',
                name='site',
                field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='estate_returns', to='sites.site'),
            ),
            migrations.AlterField(
                model_name='historicalestatereturn',
                name='gross_internal_area_m2',
                field=models.DecimalField(blank=True, decimal_places=2, max_digits=14, null=True, validators=[django.core.validators.MinValueValidator(0)], verbose_name='gross internal area (m²)'),
            ),
            migrations.AlterField(
                model_name='historicalsite',
                name='name',
                field=models.CharField(max_length=200),
            ),
            migrations.AlterField(
                model_name='historicalsite',
                name='place',
                field=models.ForeignKey(blank=True, db_constraint=False, help_text='Leave blank if it is not known, or if the site is outside the area', null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='sites.place'),
            ),
            migrations.AlterField(
                model_name='site',
                name='name',
                field=models.CharField(max_length=200),
            ),
            migrations.AlterField(
                model_name='site',
                name='place',
                field=models.ForeignKey(blank=True, help_text='Leave blank if it is not known, or if the site is outside the area', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='sites', to='sites.place'),
            ),
            migrations.AddConstraint(
                model_name='estatereturn',
                constraint=models.CheckConstraint(condition=models.Q(models.Q(('aggregate_of__isnull', False), ('site__isnull', True)), models.Q(('aggregate_of__isnull', True), ('site__isnull', False)), _connector='OR'), name='sites_estatereturn_of_site_or_aggregate', violation_error_message='Select a site, or the organisation of the aggregate'),
            ),
            migrations.AddConstraint(
                model_name='estatereturn',
                constraint=models.CheckConstraint(condition=models.Q(('aggregate_of__isnull', True), ('reported_by__isnull', True), _connector='OR'), name='sites_estatereturn_aggregate_reports_itself', violation_error_message='Leave the reporting organisation blank for an aggregate'),
            ),
            migrations.AddConstraint(
                model_name='estatereturn',
                constraint=models.UniqueConstraint(fields=('site', 'year', 'reported_by'), name='sites_estatereturn_one_a_year_and_reporter', violation_error_message='This site already has a return of that organisation for that year'),
            ),
            migrations.AddConstraint(
                model_name='estatereturn',
                constraint=models.UniqueConstraint(condition=models.Q(('reported_by__isnull', True)), fields=('site', 'year'), name='sites_estatereturn_one_a_year_without_reporter', violation_error_message='This site already has a return for that year'),
            ),
            migrations.AddConstraint(
                model_name='estatereturn',
                constraint=models.UniqueConstraint(fields=('aggregate_of', 'year'), name='sites_estatereturn_one_aggregate_a_year', violation_error_message='This organisation already has an aggregate for that year'),
            ),
            migrations.AddConstraint(
                model_name='estatereturn',
                constraint=models.CheckConstraint(condition=models.Q(('basis__in', ['stated', 'inferred', 'office'])), name='sites_estatereturn_basis_known', violation_error_message='Select a basis from the list'),
            ),
            migrations.AddConstraint(
                model_name='estatereturn',
                constraint=models.CheckConstraint(condition=models.Q(('occupied_area_m2__isnull', True), ('occupied_area_m2__gte', 0), _connector='OR'), name='sites_estatereturn_occupied_area_m2_not_negative', violation_error_message='Enter a figure of 0 or more'),
            ),
            migrations.AddConstraint(
                model_name='estatereturn',
                constraint=models.CheckConstraint(condition=models.Q(('risk_adjusted_backlog_pounds__isnull', True), ('risk_adjusted_backlog_pounds__gte', 0), _connector='OR'), name='sites_estatereturn_risk_adjusted_backlog_not_negative', violation_error_message='Enter a figure of 0 or more'),
            ),
            migrations.AddConstraint(
                model_name='estatereturn',
                constraint=models.CheckConstraint(condition=models.Q(('hard_fm_pounds__isnull', True), ('hard_fm_pounds__gte', 0), _connector='OR'), name='sites_estatereturn_hard_fm_not_negative', violation_error_message='Enter a figure of 0 or more'),
            ),
            migrations.AddConstraint(
                model_name='estatereturn',
                constraint=models.CheckConstraint(condition=models.Q(('soft_fm_pounds__isnull', True), ('soft_fm_pounds__gte', 0), _connector='OR'), name='sites_estatereturn_soft_fm_not_negative', violation_error_message='Enter a figure of 0 or more'),
            ),
            migrations.AddConstraint(
                model_name='estatereturn',
                constraint=models.CheckConstraint(condition=models.Q(('finance_cost_pounds__isnull', True), ('finance_cost_pounds__gte', 0), _connector='OR'), name='sites_estatereturn_finance_cost_not_negative', violation_error_message='Enter a figure of 0 or more'),
            ),
            migrations.AddConstraint(
                model_name='estatereturn',
                constraint=models.CheckConstraint(condition=models.Q(('energy_cost_pounds__isnull', True), ('energy_cost_pounds__gte', 0), _connector='OR'), name='sites_estatereturn_energy_cost_not_negative', violation_error_message='Enter a figure of 0 or more'),
            ),
            migrations.AddConstraint(
                model_name='estatereturn',
                constraint=models.CheckConstraint(condition=models.Q(('unsuitable_percent__isnull', True), ('unsuitable_percent__range', (0, 100)), _connector='OR'), name='sites_estatereturn_unsuitable_percent_up_to_100', violation_error_message='Enter a share from 0 to 100'),
            ),
            migrations.AddConstraint(
                model_name='estatereturn',
                constraint=models.CheckConstraint(condition=models.Q(('void_percent__isnull', True), ('void_percent__range', (0, 100)), _connector='OR'), name='sites_estatereturn_void_percent_up_to_100', violation_error_message='Enter a share from 0 to 100'),
            ),
            migrations.AddConstraint(
                model_name='site',
                constraint=models.CheckConstraint(condition=models.Q(('outside_area', False), ('place__isnull', True), _connector='OR'), name='sites_site_outside_without_place', violation_error_message='Leave the place blank if the site is outside the area'),
            ),
            migrations.AddField(
                model_name='conditionsurvey',
                name='site',
                field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='surveys', to='sites.site'),
            ),
            migrations.AddField(
                model_name='historicalconditionsurvey',
                name='history_user',
                field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL),
            ),
            migrations.AddField(
                model_name='historicalconditionsurvey',
                name='site',
                field=models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='sites.site'),
            ),
            migrations.AddField(
                model_name='historicalorganisationidentifier',
                name='history_user',
                field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL),
            ),
            migrations.AddField(
                model_name='historicalorganisationidentifier',
                name='organisation',
                field=models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='sites.organisation'),
            ),
            migrations.AddField(
                model_name='historicalsiteidentifier',
                name='history_user',
                field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL),
            ),
            migrations.AddField(
                model_name='historicalsiteidentifier',
                name='site',
                field=models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='sites.site'),
            ),
            migrations.AddField(
                model_name='organisationidentifier',
                name='organisation',
                field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='identifiers', to='sites.organisation'),
            ),
            migrations.AddField(
                model_name='siteidentifier',
                name='site',
                field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='identifiers', to='sites.site'),
            ),
            migrations.AddConstraint(
                model_name='conditionsurvey',
                constraint=models.CheckConstraint(condition=models.Q(('facet__in', ['physical', 'suitability', 'space', 'quality', 'statutory', 'environment'])), name='sites_conditionsurvey_facet_known', violation_error_message='Select a facet from the list'),
            ),
            migrations.AddConstraint(
                model_name='conditionsurvey',
                constraint=models.CheckConstraint(condition=models.Q(('grade__in', ['A', 'B', 'C', 'CX', 'D', 'DX'])), name='sites_conditionsurvey_grade_known', violation_error_message='Select a grade from the list'),
            ),
            migrations.AddConstraint(
                model_name='conditionsurvey',
                constraint=models.CheckConstraint(condition=models.Q(('surveyed_on_precision__in', ['day', 'month', 'quarter', 'year', 'financial'])), name='sites_conditionsurvey_precision_known', violation_error_message='Select a date precision'),
            ),
            migrations.AddConstraint(
                model_name='organisationidentifier',
                constraint=models.CheckConstraint(condition=models.Q(('scheme__in', ['ods', 'other'])), name='sites_organisationidentifier_scheme_known', violation_error_message='Select a type of code from the list'),
            ),
            migrations.AddConstraint(
                model_name='organisationidentifier',
                constraint=models.CheckConstraint(condition=models.Q(('valid_from__isnull', True), ('valid_to__isnull', True), ('valid_to__gt', models.F('valid_from')), _connector='OR'), name='sites_organisationidentifier_ends_after_start', violation_error_message='Valid to must be after valid from'),
            ),
            migrations.AddConstraint(
                model_name='siteidentifier',
                constraint=models.UniqueConstraint(fields=('scheme', 'value'), name='sites_siteidentifier_of_one_site', violation_error_message='This code already belongs to a site'),
            ),
            migrations.AddConstraint(
                model_name='siteidentifier',
                constraint=models.CheckConstraint(condition=models.Q(('value__iexact', 'AGGRE'), _negated=True), name='sites_siteidentifier_not_aggregate', violation_error_message='AGGRE means several sites together. Enter the code of this site'),
            ),
            migrations.AddConstraint(
                model_name='siteidentifier',
                constraint=models.CheckConstraint(condition=models.Q(('scheme__in', ['ods_site', 'ods_practice', 'other'])), name='sites_siteidentifier_scheme_known', violation_error_message='Select a type of code from the list'),
            ),
            migrations.AddConstraint(
                model_name='siteidentifier',
                constraint=models.CheckConstraint(condition=models.Q(('valid_from__isnull', True), ('valid_to__isnull', True), ('valid_to__gt', models.F('valid_from')), _connector='OR'), name='sites_siteidentifier_ends_after_start', violation_error_message='Valid to must be after valid from'),
            ),
        ]),
    ]
