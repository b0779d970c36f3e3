import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

from estates_portal.operations import AlterTogether


REASON = ("Approval took longer or came sooner", "Approval date changed")
MEANING = ("Nobody has judged this yet", "No one has rated this yet")


def change_texts(apps, reverse=False):
    """Change texts that the portal added itself and that no one has edited.

    Names of reasons are unique: where someone has added one with the new name, the old one stays.
    """
    for model, field, texts in (("MoveReason", "name", REASON), ("RatingMeaning", "meaning", MEANING)):
        old, new = reversed(texts) if reverse else texts
        rows = apps.get_model("projects", model).objects
        if model != "MoveReason" or not rows.filter(**{field: new}).exists():
            rows.filter(**{field: old}).update(**{field: new})


def forwards(apps, schema_editor):
    change_texts(apps)


def backwards(apps, schema_editor):
    change_texts(apps, reverse=True)


class Migration(migrations.Migration):

    dependencies = [
        ('projects', '0020_project_trend_known'),
        ('sites', '0004_system_record'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        AlterTogether([
            migrations.AlterModelOptions(
                name='historicalmilestonestatement',
                options={'get_latest_by': ('history_date', 'history_id'), 'ordering': ('-history_date', '-history_id'), 'verbose_name': 'historical date statement', 'verbose_name_plural': 'historical date statements'},
            ),
            migrations.AlterModelOptions(
                name='historicalmovereason',
                options={'get_latest_by': ('history_date', 'history_id'), 'ordering': ('-history_date', '-history_id'), 'verbose_name': 'historical reason for date changes', 'verbose_name_plural': 'historical reasons for date changes'},
            ),
            migrations.AlterModelOptions(
                name='historicalratingmeaning',
                options={'get_latest_by': ('history_date', 'history_id'), 'ordering': ('-history_date', '-history_id'), 'verbose_name': 'historical rating definition', 'verbose_name_plural': 'historical rating definitions'},
            ),
            migrations.AlterModelOptions(
                name='milestonestatement',
                options={'ordering': [models.OrderBy(models.F('said_on'), nulls_first=True), 'pk'], 'verbose_name': 'date statement', 'verbose_name_plural': 'date statements'},
            ),
            migrations.AlterModelOptions(
                name='movereason',
                options={'ordering': ['order', 'name'], 'verbose_name': 'reason for date changes', 'verbose_name_plural': 'reasons for date changes'},
            ),
            migrations.AlterModelOptions(
                name='notice',
                options={'ordering': ['-created_at', '-pk'], 'verbose_name': 'email sent', 'verbose_name_plural': 'emails sent'},
            ),
            migrations.AlterModelOptions(
                name='ratingmeaning',
                options={'ordering': ['-holds_from', 'rating'], 'verbose_name': 'rating definition'},
            ),
            migrations.AlterModelOptions(
                name='statusupdate',
                options={'ordering': ['-period__starts_on', '-pk'], 'verbose_name': 'status report'},
            ),
            migrations.AlterField(
                model_name='changerequest',
                name='asked_at',
                field=models.DateTimeField(default=django.utils.timezone.now, verbose_name='requested at'),
            ),
            migrations.AlterField(
                model_name='changerequest',
                name='asked_by',
                field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='requested by'),
            ),
            migrations.AlterField(
                model_name='changerequest',
                name='decision_words',
                field=models.TextField(blank=True, max_length=1000, verbose_name='conditions'),
            ),
            migrations.AlterField(
                model_name='changerequest',
                name='state',
                field=models.CharField(choices=[('proposed', 'Awaiting decision'), ('approved', 'Approved'), ('declined', 'Declined')], default='proposed', max_length=10),
            ),
            migrations.AlterField(
                model_name='changerequest',
                name='why',
                field=models.TextField(max_length=1000, verbose_name='reason'),
            ),
            migrations.AlterField(
                model_name='historicalchangerequest',
                name='asked_at',
                field=models.DateTimeField(default=django.utils.timezone.now, verbose_name='requested at'),
            ),
            migrations.AlterField(
                model_name='historicalchangerequest',
                name='asked_by',
                field=models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='requested by'),
            ),
            migrations.AlterField(
                model_name='historicalchangerequest',
                name='decision_words',
                field=models.TextField(blank=True, max_length=1000, verbose_name='conditions'),
            ),
            migrations.AlterField(
                model_name='historicalchangerequest',
                name='state',
                field=models.CharField(choices=[('proposed', 'Awaiting decision'), ('approved', 'Approved'), ('declined', 'Declined')], default='proposed', max_length=10),
            ),
            migrations.AlterField(
                model_name='historicalchangerequest',
                name='why',
                field=models.TextField(max_length=1000, verbose_name='reason'),
            ),
            migrations.AlterField(
                model_name='historicalmilestone',
                name='kind',
                field=models.CharField(choices=[('approval', 'Approval'), ('works', 'Works'), ('opening', 'Opening'), ('other', 'Other')], default='other', max_length=10, verbose_name='type'),
            ),
            migrations.AlterField(
                model_name='historicalmilestonestatement',
                name='move_words',
                field=models.CharField(blank=True, max_length=300, verbose_name='explanation in one sentence'),
            ),
            migrations.AlterField(
                model_name='historicalmilestonestatement',
                name='on',
                field=models.DateField(help_text='Enter any day in that month, quarter or year', verbose_name='date'),
            ),
            migrations.AlterField(
                model_name='historicalmilestonestatement',
                name='precision',
                field=models.CharField(choices=[('day', 'Day'), ('month', 'Month'), ('quarter', 'Quarter'), ('year', 'Year')], default='day', max_length=10, verbose_name='date precision'),
            ),
            migrations.AlterField(
                model_name='historicalmilestonestatement',
                name='said_on',
                field=models.DateField(blank=True, help_text='Date of the report or page', null=True, verbose_name='stated on'),
            ),
            migrations.AlterField(
                model_name='historicalmilestonestatement',
                name='superseded',
                field=models.BooleanField(default=False, help_text='Replaced by another statement, if their dates do not show it'),
            ),
            migrations.AlterField(
                model_name='historicalmilestonestatement',
                name='wording',
                field=models.CharField(blank=True, help_text='Exact text of the source', max_length=200),
            ),
            migrations.AlterField(
                model_name='historicalmovereason',
                name='in_use',
                field=models.BooleanField(default=True, help_text='Untick to stop offering this reason. Existing reports keep it'),
            ),
            migrations.AlterField(
                model_name='historicalreportingperiod',
                name='due_on',
                field=models.DateField(help_text='Last day to submit on time'),
            ),
            migrations.AlterField(
                model_name='historicalreportingperiod',
                name='name',
                field=models.CharField(db_index=True, help_text='For example, November 2026', max_length=60),
            ),
            migrations.AlterField(
                model_name='historicalreportingperiod',
                name='opens_on',
                field=models.DateField(help_text='First day for reporting'),
            ),
            migrations.AlterField(
                model_name='milestone',
                name='kind',
                field=models.CharField(choices=[('approval', 'Approval'), ('works', 'Works'), ('opening', 'Opening'), ('other', 'Other')], default='other', max_length=10, verbose_name='type'),
            ),
            migrations.AlterField(
                model_name='milestonestatement',
                name='move_words',
                field=models.CharField(blank=True, max_length=300, verbose_name='explanation in one sentence'),
            ),
            migrations.AlterField(
                model_name='milestonestatement',
                name='on',
                field=models.DateField(help_text='Enter any day in that month, quarter or year', verbose_name='date'),
            ),
            migrations.AlterField(
                model_name='milestonestatement',
                name='precision',
                field=models.CharField(choices=[('day', 'Day'), ('month', 'Month'), ('quarter', 'Quarter'), ('year', 'Year')], default='day', max_length=10, verbose_name='date precision'),
            ),
            migrations.AlterField(
                model_name='milestonestatement',
                name='said_on',
                field=models.DateField(blank=True, help_text='Date of the report or page', null=True, verbose_name='stated on'),
            ),
            migrations.AlterField(
                model_name='milestonestatement',
                name='superseded',
                field=models.BooleanField(default=False, help_text='Replaced by another statement, if their dates do not show it'),
            ),
            migrations.AlterField(
                model_name='milestonestatement',
                name='wording',
                field=models.CharField(blank=True, help_text='Exact text of the source', max_length=200),
            ),
            migrations.AlterField(
                model_name='movereason',
                name='in_use',
                field=models.BooleanField(default=True, help_text='Untick to stop offering this reason. Existing reports keep it'),
            ),
            migrations.AlterField(
                model_name='notice',
                name='kind',
                field=models.CharField(choices=[('opened', 'Reporting opened'), ('reminder', 'Report due soon'), ('overdue', 'Report overdue'), ('chased', 'Reminder from the programme office'), ('returned', 'Report returned'), ('accepted', 'Report accepted'), ('followed', 'New report on a followed project')], max_length=10),
            ),
            migrations.AlterField(
                model_name='notice',
                name='words',
                field=models.CharField(max_length=300, verbose_name='text'),
            ),
            migrations.AlterField(
                model_name='publicnoteoffer',
                name='state',
                field=models.CharField(choices=[('offered', 'Awaiting approval'), ('published', 'Published'), ('declined', 'Declined')], default='offered', max_length=10),
            ),
            migrations.AlterField(
                model_name='reportingperiod',
                name='due_on',
                field=models.DateField(help_text='Last day to submit on time'),
            ),
            migrations.AlterField(
                model_name='reportingperiod',
                name='name',
                field=models.CharField(help_text='For example, November 2026', max_length=60, unique=True),
            ),
            migrations.AlterField(
                model_name='reportingperiod',
                name='opens_on',
                field=models.DateField(help_text='First day for reporting'),
            ),
            migrations.AlterField(
                model_name='statusupdate',
                name='independent_rating',
                field=models.CharField(blank=True, choices=[('red', 'Red'), ('amber', 'Amber'), ('green', 'Green'), ('not_rated', 'Not rated')], max_length=10, verbose_name='programme office rating'),
            ),
            migrations.AlterField(
                model_name='statusupdate',
                name='independent_reason',
                field=models.CharField(blank=True, max_length=500, verbose_name='reason for different rating'),
            ),
            migrations.AlterField(
                model_name='statusupdate',
                name='public_note',
                field=models.TextField(blank=True, max_length=1000, verbose_name='public progress note'),
            ),
            migrations.AlterField(
                model_name='statusupdate',
                name='stage_reason',
                field=models.CharField(blank=True, max_length=500, verbose_name='reason for moving back a stage'),
            ),
            migrations.AlterField(
                model_name='updatestep',
                name='action',
                field=models.CharField(choices=[('started', 'Created'), ('submitted', 'Submitted'), ('taken_back', 'Withdrawn'), ('returned', 'Returned'), ('accepted', 'Accepted')], max_length=10),
            ),
            migrations.AlterConstraint(
                model_name='changerequest',
                name='projects_changerequest_state_known',
                constraint=models.CheckConstraint(condition=models.Q(('state__in', ['proposed', 'approved', 'declined'])), name='projects_changerequest_state_known', violation_error_message='Select a status from the list'),
            ),
            migrations.AlterConstraint(
                model_name='changerequest',
                name='projects_changerequest_decided_by_somebody',
                constraint=models.CheckConstraint(condition=models.Q(models.Q(('decided_at', None), ('decided_by', None), ('decided_on', None), ('state', 'proposed')), models.Q(('state__in', ['approved', 'declined']), models.Q(('approver', ''), _negated=True), ('decided_at__isnull', False), ('decided_by__isnull', False), ('decided_on__isnull', False)), _connector='OR'), name='projects_changerequest_decided_by_somebody', violation_error_message='Enter who made the decision and its date'),
            ),
            migrations.AlterConstraint(
                model_name='changerequest',
                name='projects_changerequest_one_waiting',
                constraint=models.UniqueConstraint(condition=models.Q(('state', 'proposed')), fields=('milestone',), name='projects_changerequest_one_waiting', violation_error_message='A change request for this milestone is already awaiting a decision'),
            ),
            migrations.AlterConstraint(
                model_name='following',
                name='projects_following_once',
                constraint=models.UniqueConstraint(fields=('person', 'project'), name='projects_following_once', violation_error_message='You already follow this project'),
            ),
            migrations.AlterConstraint(
                model_name='milestone',
                name='projects_milestone_kind_known',
                constraint=models.CheckConstraint(condition=models.Q(('kind__in', ['approval', 'works', 'opening', 'other'])), name='projects_milestone_kind_known', violation_error_message='Select a milestone type from the list'),
            ),
            migrations.AlterConstraint(
                model_name='milestone',
                name='projects_milestone_reached_has_date',
                constraint=models.CheckConstraint(condition=models.Q(('reached', False), ('current_on__isnull', False), _connector='OR'), name='projects_milestone_reached_has_date', violation_error_message='Enter the date when the milestone was reached'),
            ),
            migrations.AlterConstraint(
                model_name='milestone',
                name='projects_milestone_gate_once',
                constraint=models.UniqueConstraint(condition=models.Q(('gate', ''), _negated=True), fields=('project', 'gate'), name='projects_milestone_gate_once', violation_error_message='This project already has this gate'),
            ),
            migrations.AlterConstraint(
                model_name='milestonedependency',
                name='projects_dependency_once',
                constraint=models.UniqueConstraint(fields=('milestone', 'needs'), name='projects_dependency_once', violation_error_message='This dependency already exists'),
            ),
            migrations.AlterConstraint(
                model_name='milestonestatement',
                name='projects_milestonestatement_precision_known',
                constraint=models.CheckConstraint(condition=models.Q(('precision__in', ['day', 'month', 'quarter', 'year'])), name='projects_milestonestatement_precision_known', violation_error_message='Select a date precision from the list'),
            ),
            migrations.AlterConstraint(
                model_name='notice',
                name='projects_notice_once',
                constraint=models.UniqueConstraint(fields=('person', 'mark'), name='projects_notice_once', violation_error_message='This user has already been sent this item'),
            ),
            migrations.AlterConstraint(
                model_name='notice',
                name='projects_notice_kind_known',
                constraint=models.CheckConstraint(condition=models.Q(('kind__in', ['opened', 'reminder', 'overdue', 'chased', 'returned', 'accepted', 'followed'])), name='projects_notice_kind_known', violation_error_message='Select a kind of email from the list'),
            ),
            migrations.AlterConstraint(
                model_name='publicnoteoffer',
                name='projects_publicnoteoffer_state_known',
                constraint=models.CheckConstraint(condition=models.Q(('state__in', ['offered', 'published', 'declined'])), name='projects_publicnoteoffer_state_known', violation_error_message='Select a status from the list'),
            ),
            migrations.AlterConstraint(
                model_name='ratingmeaning',
                name='projects_ratingmeaning_once_a_day',
                constraint=models.UniqueConstraint(fields=('rating', 'holds_from'), name='projects_ratingmeaning_once_a_day', violation_error_message='This rating already has a definition from this date'),
            ),
            migrations.AlterConstraint(
                model_name='reportexpected',
                name='projects_reportexpected_once',
                constraint=models.UniqueConstraint(fields=('period', 'project'), name='projects_reportexpected_once', violation_error_message='This project is already expected to report for this period'),
            ),
            migrations.AlterConstraint(
                model_name='reportingperiod',
                name='projects_period_ends_after_it_starts',
                constraint=models.CheckConstraint(condition=models.Q(('ends_on__gte', models.F('starts_on'))), name='projects_period_ends_after_it_starts', violation_error_message='End date must be on or after the start date'),
            ),
            migrations.AlterConstraint(
                model_name='reportingperiod',
                name='projects_period_due_after_it_opens',
                constraint=models.CheckConstraint(condition=models.Q(('due_on__gte', models.F('opens_on'))), name='projects_period_due_after_it_opens', violation_error_message='Due date must be on or after the opening date'),
            ),
            migrations.AlterConstraint(
                model_name='reportingperiod',
                name='projects_period_due_after_it_starts',
                constraint=models.CheckConstraint(condition=models.Q(('due_on__gte', models.F('starts_on'))), name='projects_period_due_after_it_starts', violation_error_message='Due date must be on or after the start date'),
            ),
            migrations.AlterConstraint(
                model_name='savedview',
                name='projects_savedview_name_once',
                constraint=models.UniqueConstraint(fields=('owner', 'name'), name='projects_savedview_name_once', violation_error_message='You already have a view with this name'),
            ),
            migrations.AlterConstraint(
                model_name='savedview',
                name='projects_savedview_one_start',
                constraint=models.UniqueConstraint(condition=models.Q(('is_start', True)), fields=('owner',), name='projects_savedview_one_start', violation_error_message='You already have a start page'),
            ),
            migrations.AlterConstraint(
                model_name='statusupdate',
                name='projects_update_once_a_period',
                constraint=models.UniqueConstraint(condition=models.Q(('corrects__isnull', True)), fields=('project', 'period'), name='projects_update_once_a_period', violation_error_message='This project already has a report for this period'),
            ),
            migrations.AlterConstraint(
                model_name='statusupdate',
                name='projects_update_state_known',
                constraint=models.CheckConstraint(condition=models.Q(('state__in', ['draft', 'submitted', 'returned', 'accepted'])), name='projects_update_state_known', violation_error_message='Select a status from the list'),
            ),
            migrations.AlterConstraint(
                model_name='statusupdate',
                name='projects_update_reported_is_complete',
                constraint=models.CheckConstraint(condition=models.Q(models.Q(('state__in', ['submitted', 'accepted']), _negated=True), models.Q(models.Q(('overall', ''), _negated=True), models.Q(('summary', ''), _negated=True), ('submitted_at__isnull', False), ('submitted_by__isnull', False)), _connector='OR'), name='projects_update_reported_is_complete', violation_error_message='Enter a summary and select an overall rating'),
            ),
            migrations.AlterConstraint(
                model_name='statusupdate',
                name='projects_update_reported_is_frozen',
                constraint=models.CheckConstraint(condition=models.Q(models.Q(('state__in', ['submitted', 'accepted']), _negated=True), ('frozen_at__isnull', False), _connector='OR'), name='projects_update_reported_is_frozen', violation_error_message='A submitted report needs its position at submission'),
            ),
            migrations.AlterConstraint(
                model_name='statusupdate',
                name='projects_update_red_or_amber_has_a_path',
                constraint=models.CheckConstraint(condition=models.Q(models.Q(('state__in', ['submitted', 'accepted']), _negated=True), models.Q(('overall__in', ['red', 'amber']), _negated=True), models.Q(('path_to_green', ''), _negated=True), _connector='OR'), name='projects_update_red_or_amber_has_a_path', violation_error_message='Enter the path to green'),
            ),
            migrations.AlterConstraint(
                model_name='statusupdate',
                name='projects_update_reviewed_by_somebody',
                constraint=models.CheckConstraint(condition=models.Q(models.Q(('state__in', ['accepted', 'returned']), _negated=True), models.Q(('reviewed_at__isnull', False), ('reviewed_by__isnull', False)), _connector='OR'), name='projects_update_reviewed_by_somebody', violation_error_message='Enter the reviewer and the review date'),
            ),
            migrations.AlterConstraint(
                model_name='statusupdate',
                name='projects_update_returned_with_a_comment',
                constraint=models.CheckConstraint(condition=models.Q(models.Q(('state', 'returned'), _negated=True), models.Q(('review_comment', ''), _negated=True), _connector='OR'), name='projects_update_returned_with_a_comment', violation_error_message='Enter what needs changing'),
            ),
            migrations.AlterConstraint(
                model_name='updatemilestone',
                name='projects_updatemilestone_once',
                constraint=models.UniqueConstraint(condition=models.Q(('milestone__isnull', False)), fields=('update', 'milestone'), name='projects_updatemilestone_once', violation_error_message='This milestone is already in the report'),
            ),
            migrations.AlterConstraint(
                model_name='updatemilestone',
                name='projects_updatemilestone_dates_have_precision',
                constraint=models.CheckConstraint(condition=models.Q(models.Q(('baseline_on__isnull', True), ('baseline_precision__in', ['day', 'month', 'quarter', 'year']), _connector='OR'), models.Q(('forecast_on__isnull', True), ('forecast_precision__in', ['day', 'month', 'quarter', 'year']), _connector='OR'), models.Q(('actual_on__isnull', True), ('actual_precision__in', ['day', 'month', 'quarter', 'year']), _connector='OR')), name='projects_updatemilestone_dates_have_precision', violation_error_message='Select a date precision'),
            ),
        ]),
        migrations.RunPython(forwards, backwards),
    ]
