"""Users and their roles. Permissions are in `rules`."""

import rules
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models, transaction
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone
from django.utils.crypto import salted_hmac
from simple_history.models import HistoricalRecords

from estates_portal.constraints import known_choice
from estates_portal.sorting import SortKey

from .organisations import WorksForOrganisations


class Role(models.TextChoices):
    VIEWER = "viewer", "Viewer"
    CONTRIBUTOR = "contributor", "Contributor"
    PROGRAMME_OFFICE = "programme_office", "Programme office"
    ADMINISTRATOR = "administrator", "Administrator"


class UserQuerySet(models.QuerySet):
    def working_for(self, organisations):
        """Users who work for one of these organisations, be it their main one or another."""
        others = User.other_organisations.through.objects.filter(organisation__in=organisations)
        return self.filter(Q(organisation__in=organisations) | Q(pk__in=others.values("user")))

    def partners(self):
        """Users of partner organisations: all but the programme office and administrators."""
        return self.exclude(role__in=[Role.PROGRAMME_OFFICE, Role.ADMINISTRATOR])

    def select_for_update(self, *, of=("self",), **options):
        """Users, locked. PostgreSQL cannot lock the organisation of one who may have none."""
        return super().select_for_update(of=of, **options)


class UserManager(BaseUserManager.from_queryset(UserQuerySet)):
    def get_queryset(self):
        """Users with their organisation, which every page header shows, and whether they have others."""
        others = User.other_organisations.through.objects.filter(user=OuterRef("pk"))
        return super().get_queryset().select_related("organisation").annotate(has_other_organisations=Exists(others))

    @classmethod
    def normalize_email(cls, email):
        """The address in lower case, so that each is one account."""
        return (email or "").strip().lower()

    def get_by_natural_key(self, email):
        return self.get(email=self.normalize_email(email))

    def create_user(self, email, password=None, **fields):
        """Create and return an active user with a confirmed email address, which the caller must have checked.

        Without a password, no one can sign in with one. Raises ValidationError if a value is not valid.
        """
        from allauth.account.models import EmailAddress  # needs this module first

        user = self.model(email=self.normalize_email(email), **fields)
        user.set_password(password)
        user.full_clean(exclude=["password"])
        with transaction.atomic():
            user.save()
            EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
        return user

    def create_superuser(self, email, password=None, **fields):
        """Create and return an administrator; used by `manage.py createsuperuser`."""
        return self.create_user(email, password, role=Role.ADMINISTRATOR, **fields)


class UserHistory(HistoricalRecords):
    """The history of users, without a row for each sign-in, which saves only a field that history leaves out."""

    def post_save(self, instance, created, using=None, update_fields=None, **kwargs):
        if update_fields is None or not set(update_fields) <= set(self.excluded_fields):
            super().post_save(instance, created, using=using, **kwargs)


def _preference(label):
    return models.BooleanField(label, default=True, db_default=True)


class User(WorksForOrganisations, AbstractBaseUser):
    """A user, who signs in by email address. The role decides what they can do, for all their organisations."""

    email = models.EmailField("email address", unique=True)
    name = models.CharField(max_length=150)
    organisation = models.ForeignKey(
        "sites.Organisation", on_delete=models.PROTECT, null=True, blank=True, related_name="people"
    )
    other_organisations = models.ManyToManyField("sites.Organisation", blank=True, related_name="other_people")
    role = models.CharField(max_length=20, choices=Role, default=Role.VIEWER)
    is_active = models.BooleanField(
        "active", default=True, help_text="Untick to deactivate this account. Its history is kept"
    )
    date_joined = models.DateTimeField("joined", default=timezone.now, editable=False)
    is_example = models.BooleanField("example account", default=False, editable=False)
    notify_new_sign_ins = models.BooleanField(
        "Email me when someone signs in to my account on a new browser",
        default=True,
        db_column="hears_of_new_sign_ins",
    )

    notify_due_reports = models.BooleanField(
        "Email me when reports open, are due soon or are overdue", default=True, db_column="hears_of_due_reports"
    )
    notify_reviews = models.BooleanField(
        "Email me when my reports are accepted or returned, or my requests and progress notes decided",
        default=True,
        db_column="hears_of_reviews",
    )
    notify_followed = models.BooleanField(
        "Email me about new reports on projects I follow", default=True, db_column="hears_of_followed"
    )
    notify_escalations = _preference("Email me at once when a risk or issue is escalated")
    notify_red_reports = _preference("Email me at once when a report turns red")
    notify_decisions = _preference("Email me each morning about new reports and requests to decide")
    notify_problems = _preference("Email me each morning about missing reporters, invitations and failed emails")
    notify_partner_changes = _preference("Email me each week about changes by partners")

    objects = UserManager()
    history = UserHistory(excluded_fields=["password", "last_login"], m2m_fields=[other_organisations])

    EMAIL_FIELD = "email"
    USERNAME_FIELD = "email"
    REQUIRED_FIELDS = ["name"]

    class Meta:
        ordering = [SortKey("name"), "pk"]
        constraints = [known_choice("accounts_user_role_known", "Select a role from the list", role=Role)]

    def __str__(self):
        return self.name or self.email

    def clean(self):
        self.email = type(self).objects.normalize_email(self.email)

    def get_full_name(self):
        return self.name

    def get_short_name(self):
        """The whole name: its first word can be a family name or a title."""
        return self.name

    @property
    def page_mark(self):
        """Identifies the user in their pages, without telling their id."""
        return salted_hmac("estates_portal.accounts.page_mark", str(self.pk), algorithm="sha256").hexdigest()[:32]

    @property
    def is_staff(self):
        """Whether this user can open the admin."""
        return self.role in {Role.PROGRAMME_OFFICE, Role.ADMINISTRATOR}

    @property
    def is_superuser(self):
        return self.role == Role.ADMINISTRATOR

    @property
    def sees_everything(self):
        """Whether this user can see the unpublished and restricted projects of every organisation."""
        return self.is_active and self.is_staff

    def has_perm(self, permission, obj=None):
        """Whether the rules give this permission. A permission without a rule is refused."""
        return self.is_active and rules.perm_exists(permission) and rules.has_perm(permission, self, obj)

    def has_perms(self, permissions, obj=None):
        return all(self.has_perm(permission, obj) for permission in permissions)

    def has_module_perms(self, app_label):
        return self.is_active and self.is_staff
