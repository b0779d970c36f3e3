"""The personal data that the portal keeps: what, why and for how long. The privacy page shows it.

A test compares it with the models: each model that names a person must be here.
"""

from dataclasses import dataclass

from django.apps import apps
from django.conf import settings

WITH_THE_RECORD = "As long as the project’s record"
WITH_THE_ACCOUNT = "As long as the account"


@dataclass(frozen=True)
class PersonalData:
    """One kind of personal data. `models` are labels; `kept` is the period as text."""

    title: str
    data: str
    purpose: str
    kept: str
    models: tuple[str, ...]

    @property
    def records(self):
        """The names of its records, for example "users, email addresses"."""
        return ", ".join(str(apps.get_model(label)._meta.verbose_name_plural) for label in self.models)


def months_label(name):
    """The retention period of this name in RETENTION_MONTHS, for example "24 months"."""
    months = settings.RETENTION_MONTHS[name]
    return f"{months} month{'' if months == 1 else 's'}"


def personal_data():
    """[`PersonalData`] of everything that the portal keeps about people."""
    return [
        PersonalData(
            "Messages to us",
            "Your message, and your email address if you give it",
            "To correct the page and to answer you",
            f"{months_label('messages')} after we answer",
            ("contact.Message",),
        ),
        PersonalData(
            "Accounts",
            "Name, work email address, organisations, role, and how you sign in",
            "To sign you in and show who wrote a report",
            f"Sign-in details and email address: {months_label('accounts')} after the account is deactivated. "
            "Name: as long as the records that you wrote",
            (
                "accounts.User",
                "account.EmailAddress",
                "account.EmailConfirmation",
                "mfa.Authenticator",
                "socialaccount.SocialAccount",
                "socialaccount.SocialToken",
            ),
        ),
        PersonalData(
            "Invitations",
            "Name and work email address of the invited person, and who invited them",
            "To let people join",
            f"{months_label('invitations')} after they expire or are withdrawn; if accepted, with the account",
            ("accounts.Invitation",),
        ),
        PersonalData(
            "Sessions",
            "IP address and browser of each sign-in",
            "To show you where you are signed in",
            "Until the session ends",
            ("usersessions.UserSession", "sessions.Session"),
        ),
        PersonalData(
            "Audit record",
            "Sign-ins, changes of accounts, exports and messages, with email address, IP address and browser",
            "To find misuse and to investigate incidents",
            months_label("audit"),
            ("accounts.AuditEvent",),
        ),
        PersonalData(
            "Deleted records",
            "A deleted record with the names in it, who deleted or restored it, when and why",
            "To restore what was deleted by mistake",
            months_label("deletions"),
            ("deletion.Deletion",),
        ),
        PersonalData(
            "Emails about events",
            "Which items we emailed to a user, and when",
            "To send each item once",
            months_label("notices"),
            ("projects.Notice",),
        ),
        PersonalData(
            "People named on projects",
            "Names of senior responsible owners, project managers, and owners of risks, actions and benefits",
            "To show partners who is responsible",
            WITH_THE_RECORD,
            (
                "projects.Project",
                "projects.Hub",
                "projects.HospitalScheme",
                "projects.Risk",
                "projects.RiskAction",
                "projects.Benefit",
                "projects.Decision",
            ),
        ),
        PersonalData(
            "Authors",
            "Who wrote, submitted, reviewed or decided",
            "To keep the public record of decisions",
            WITH_THE_RECORD,
            (
                "projects.StatusReport",
                "projects.ReportEvent",
                "projects.Submission",
                "projects.ReportingPeriod",
                "projects.ProposedNote",
                "projects.Proposal",
                "projects.ProgressNote",
                "projects.StageStatement",
                "projects.MilestoneStatement",
                "projects.ChangeRequest",
                "projects.RiskEscalation",
                "projects.ProjectClosure",
                "projects.HandOver",
                "admin.LogEntry",
            ),
        ),
        PersonalData(
            "Your settings",
            "Projects that you follow, saved views and your calendar links",
            "To show them to you",
            WITH_THE_ACCOUNT,
            ("projects.Following", "projects.SavedView", "projects.CalendarLink"),
        ),
        PersonalData(
            "Imports",
            "Which file of estate returns you are importing, and your answers",
            "To let you leave an import and finish it later",
            "Until the import is finished or deleted, and at most 30 days",
            ("projects.EstateImport",),
        ),
    ]
