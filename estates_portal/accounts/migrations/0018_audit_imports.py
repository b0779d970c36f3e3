"""Events of imports.

SQLite makes a table again to change its constraints, without its triggers, so they are dropped and made again. Going
backward deletes the events that the earlier release does not know.
"""

from importlib import import_module

from django.db import migrations, models

from estates_portal.operations import VendorSQL

rules = import_module("estates_portal.accounts.migrations.0010_database_rules")
earlier = import_module("estates_portal.accounts.migrations.0013_audit_messages")

DROP = {"postgresql": earlier.DROP_POSTGRESQL, "sqlite": earlier.DROP_SQLITE}
REFUSE = {"postgresql": earlier.REFUSE_POSTGRESQL, "sqlite": rules.sqlite(earlier.NAMES[0])}


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0017_decided_requests'),
    ]

    operations = [
        VendorSQL(**{vendor: (DROP[vendor], REFUSE[vendor]) for vendor in DROP}),
        migrations.RemoveConstraint(
            model_name='auditevent',
            name='accounts_auditevent_kind_known',
        ),
        migrations.AlterField(
            model_name='auditevent',
            name='kind',
            field=models.CharField(choices=[('signed_in', 'Signed in'), ('sign_in_failed', 'Sign-in failed'), ('locked_out', 'Account locked'), ('signed_out', 'Signed out'), ('sessions_ended', 'Sessions ended'), ('signed_up', 'Signed up'), ('password_changed', 'Password changed'), ('password_reset_asked', 'Password reset requested'), ('password_reset', 'Password reset'), ('email_changed', 'Email address changed'), ('second_step_added', 'Two-step verification added'), ('second_step_removed', 'Two-step verification removed'), ('recovery_codes_made', 'Recovery codes created'), ('recovery_code_used', 'Recovery code used'), ('single_sign_on_connected', 'Single sign-on connected'), ('single_sign_on_removed', 'Single sign-on disconnected'), ('single_sign_on_refused', 'Single sign-on refused'), ('invited', 'Invited'), ('invitation_resent', 'Invitation sent again'), ('invitation_withdrawn', 'Invitation withdrawn'), ('invitation_accepted', 'Invitation accepted'), ('role_changed', 'Role changed'), ('organisation_changed', 'Organisation changed'), ('handed_over', 'Organisation handed over'), ('hand_over_undone', 'Hand-over undone'), ('organisations_merged', 'Organisations merged'), ('deactivated', 'Deactivated'), ('reactivated', 'Reactivated'), ('exported', 'Exported'), ('imported', 'Imported'), ('deleted', 'Record deleted'), ('restored', 'Record restored'), ('message_received', 'Message received'), ('message_answered', 'Message answered'), ('retention_applied', 'Retention periods applied')], max_length=30, verbose_name='event'),
        ),
        migrations.AddConstraint(
            model_name='auditevent',
            constraint=models.CheckConstraint(condition=models.Q(('kind__in', ['signed_in', 'sign_in_failed', 'locked_out', 'signed_out', 'sessions_ended', 'signed_up', 'password_changed', 'password_reset_asked', 'password_reset', 'email_changed', 'second_step_added', 'second_step_removed', 'recovery_codes_made', 'recovery_code_used', 'single_sign_on_connected', 'single_sign_on_removed', 'single_sign_on_refused', 'invited', 'invitation_resent', 'invitation_withdrawn', 'invitation_accepted', 'role_changed', 'organisation_changed', 'handed_over', 'hand_over_undone', 'organisations_merged', 'deactivated', 'reactivated', 'exported', 'imported', 'deleted', 'restored', 'message_received', 'message_answered', 'retention_applied'])), name='accounts_auditevent_kind_known', violation_error_message='Select an event from the list'),
        ),
        migrations.RunSQL(
            migrations.RunSQL.noop,
            "DELETE FROM accounts_auditevent WHERE kind = 'imported'",
        ),
        VendorSQL(**{vendor: (REFUSE[vendor], DROP[vendor]) for vendor in DROP}),
    ]
