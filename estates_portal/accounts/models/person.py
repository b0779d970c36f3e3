"""People who sign in. What each may do is in `rules`."""

import rules
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models, transaction
from django.db.models import Q
from django.utils import timezone
from simple_history.models import HistoricalRecords


class Role(models.TextChoices):
    VIEWER = "viewer", "Viewer"
    CONTRIBUTOR = "contributor", "Contributor"
    PROGRAMME_OFFICE = "programme_office", "Programme office"
    ADMINISTRATOR = "administrator", "Administrator"


class UserManager(BaseUserManager):
    def get_queryset(self):
        """With the organisation, which the header of every page names."""
        return super().get_queryset().select_related("organisation")

    @classmethod
    def normalize_email(cls, email):
        """E-mail addresses are kept in small letters, so that each is one account."""
        return (email or "").strip().lower()

    def get_by_natural_key(self, email):
        return self.get(email=self.normalize_email(email))

    def create_user(self, email, password=None, **fields):
        """Create and return an active user, whose email address counts as confirmed: the caller vouches for it.

        Without a password nobody can sign in to it. Raises ValidationError for values that the model refuses.
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


class User(AbstractBaseUser):
    """A person; the email address is the sign-in name and the role decides what they may do."""

    email = models.EmailField("email address", unique=True)
    name = models.CharField(max_length=150)
    organisation = models.ForeignKey(
        "sites.Organisation", on_delete=models.PROTECT, null=True, blank=True, related_name="people"
    )
    role = models.CharField(max_length=20, choices=Role, default=Role.VIEWER)
    is_active = models.BooleanField(
        "active", default=True, help_text="Untick to stop this person signing in; their history stays"
    )
    date_joined = models.DateTimeField("joined", default=timezone.now, editable=False)
    is_example = models.BooleanField("example account", default=False, editable=False)
    hears_of_new_sign_ins = models.BooleanField(
        "email me when somebody signs in to my account from a new browser", default=True
    )

    hears_of_due_reports = models.BooleanField(
        "email me when reports can be written, are due soon or overdue", default=True
    )
    hears_of_reviews = models.BooleanField("email me when my reports are accepted or returned", default=True)
    hears_of_followed = models.BooleanField("email me new reports on projects that I follow", default=True)

    objects = UserManager()
    history = HistoricalRecords(excluded_fields=["password", "last_login"])

    EMAIL_FIELD = "email"
    USERNAME_FIELD = "email"
    REQUIRED_FIELDS = ["name"]

    class Meta:
        ordering = ["name", "pk"]
        constraints = [
            models.CheckConstraint(
                name="accounts_user_role_known",
                condition=Q(role__in=Role.values),
                violation_error_message="Select a role from the list",
            )
        ]

    def __str__(self):
        return self.name or self.email

    def clean(self):
        self.email = type(self).objects.normalize_email(self.email)

    def get_full_name(self):
        return self.name

    def get_short_name(self):
        return self.name.split(" ")[0]

    @property
    def is_staff(self):
        """Whether this person may enter the admin."""
        return self.role in {Role.PROGRAMME_OFFICE, Role.ADMINISTRATOR}

    @property
    def is_superuser(self):
        return self.role == Role.ADMINISTRATOR

    @property
    def sees_everything(self):
        """Whether unpublished and restricted projects of every organisation are open to this person."""
        return self.is_active and self.is_staff

    def has_perm(self, permission, obj=None):
        """Whether the rules allow it; a permission without a rule is refused."""
        return self.is_active and rules.perm_exists(permission) and rules.has_perm(permission, self, obj)

    def has_perms(self, permissions, obj=None):
        return all(self.has_perm(permission, obj) for permission in permissions)

    def has_module_perms(self, app_label):
        return self.is_active and self.is_staff
