"""The forms of accounts: those of django-allauth with the portal's labels and messages, and our own."""

from allauth.account import forms as account
from allauth.mfa.base import forms as second_factor
from allauth.mfa.totp import forms as app
from allauth.mfa.webauthn import forms as passkey
from django import forms
from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.db.models import Case, When
from django.utils import timezone

from estates_portal.fields import RecordsField
from estates_portal.sorting import SortKey
from sites.models import Organisation

from .audit import record
from .invitations import assignable_roles
from .models import AuditKind, Role, User
from .names import addresses_in, tidy_name

PASSWORD_HINT = "At least 12 characters, for example three random words"  # noqa: S105


class PortalLabelsMixin:
    """Gives the fields of a form the portal's labels, hints and messages, and removes placeholders."""

    labels = {}  # name: (label, error if blank, hint)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            field.widget.attrs.pop("placeholder", None)
            if name in self.labels:
                field.label, field.error_messages["required"], field.help_text = self.labels[name]


EMAIL = ("Email address", "Enter your email address", "")
PASSWORD = ("Password", "Enter your password", "")
NEW_PASSWORD = ("New password", "Enter a new password", PASSWORD_HINT)
CONFIRM = ("Confirm new password", "Confirm your new password", "")


MAX_NAME, MAX_EMAIL = 150, 254  # characters
MAX_INVITED = 20  # at once


class NameField(forms.CharField):
    """The full name of a user. A name that was copied from NHSmail is put in its usual order."""

    def __init__(self, **kwargs):
        required = {"required": "Enter your name"}
        super().__init__(**{"label": "Full name", "max_length": MAX_NAME, "error_messages": required, **kwargs})

    def to_python(self, value):
        return tidy_name(super().to_python(value))


class SignInForm(PortalLabelsMixin, account.LoginForm):
    labels = {"login": EMAIL, "password": PASSWORD}


class SignUpForm(PortalLabelsMixin, account.SignupForm):
    """Sign-up with an email address of one of SIGN_UP_DOMAINS."""

    name = NameField(widget=forms.TextInput(attrs={"autocomplete": "name"}))
    field_order = ["name", "email", "password1"]
    labels = {
        "name": ("Full name", "Enter your name", ""),
        "email": ("Work email address", "Enter your work email address", ""),
        "password1": ("Password", "Enter a password", PASSWORD_HINT),
    }

    def clean_email(self):
        email = super().clean_email()
        if email.rpartition("@")[2].lower() not in settings.SIGN_UP_DOMAINS:
            raise forms.ValidationError(
                f"Use an address at {' or '.join(settings.SIGN_UP_DOMAINS)}, or ask the programme office to invite you"
            )
        return email


class NewEmailForm(PortalLabelsMixin, account.AddEmailForm):
    labels = {"email": ("New email address", "Enter the new email address", "")}

    def clean_email(self):
        return User.objects.normalize_email(super().clean_email())


class PasswordChangeForm(PortalLabelsMixin, account.ChangePasswordForm):
    labels = {
        "oldpassword": ("Current password", "Enter your current password", ""),
        "password1": NEW_PASSWORD,
        "password2": CONFIRM,
    }


class FirstPasswordForm(PortalLabelsMixin, account.SetPasswordForm):
    """For a user who joined by single sign-on and has no password yet."""

    labels = {"password1": NEW_PASSWORD, "password2": CONFIRM}


class ResetRequestForm(PortalLabelsMixin, account.ResetPasswordForm):
    labels = {"email": EMAIL}

    def save(self, request, **kwargs):
        email = self.cleaned_data["email"]
        person = self.users[0] if self.users else None
        record(AuditKind.PASSWORD_RESET_REQUESTED, request=request, person=person, email=email)
        return super().save(request, **kwargs)


class NewPasswordForm(PortalLabelsMixin, account.ResetPasswordKeyForm):
    labels = {"password1": NEW_PASSWORD, "password2": CONFIRM}


class ReauthenticateForm(PortalLabelsMixin, account.ReauthenticateForm):
    labels = {"password": PASSWORD}


CODE = ("Code", "Enter the code", "6 digits from your authenticator app, or one of your recovery codes")


class SecondFactorForm(PortalLabelsMixin, second_factor.AuthenticateForm):
    labels = {"code": CODE}


class MFAReauthenticateForm(PortalLabelsMixin, second_factor.ReauthenticateForm):
    labels = {"code": CODE}


class ActivateTOTPForm(PortalLabelsMixin, app.ActivateTOTPForm):
    labels = {"code": ("Code from the app", "Enter the 6-digit code from your app", "6 digits")}


class PasskeyForm(PortalLabelsMixin, passkey.AddWebAuthnForm):
    labels = {
        "name": ("Passkey name", "Enter a passkey name", "For example, Work laptop"),
        "passwordless": (
            "Sign in with this passkey, without a password",
            "",
            "Needs its PIN, fingerprint or face",
        ),
    }

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["passwordless"].initial = True
        self.fields["name"].max_length = 100


class PasskeyNameForm(PortalLabelsMixin, passkey.EditWebAuthnForm):
    labels = {"name": ("Passkey name", "Enter a passkey name", "")}


class ProfileForm(forms.ModelForm):
    """What users can change about themselves. Administrators change roles and organisations."""

    class Meta:
        model = User
        fields = ["name", "notify_due_reports", "notify_reviews", "notify_followed", "notify_new_sign_ins"]
        field_classes = {"name": NameField}
        labels = {"name": "Full name"}
        error_messages = {"name": {"required": "Enter your name"}}

    def add_prefix(self, field_name):
        """The name in HTML. Preferences keep their former one, for pages left open while the portal is upgraded."""
        return super().add_prefix(field_name.replace("notify_", "hears_of_"))


class JoinForm(forms.Form):
    """Name and password of an invited user."""

    name = NameField(widget=forms.TextInput(attrs={"autocomplete": "name"}))
    password1 = forms.CharField(
        label="Password",
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=PASSWORD_HINT,
        error_messages={"required": "Enter a password"},
    )
    password2 = forms.CharField(
        label="Confirm password",
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        error_messages={"required": "Confirm your password"},
    )

    def __init__(self, *args, user, **kwargs):
        super().__init__(*args, **kwargs)
        self.user = user

    def clean_password1(self):
        password = self.cleaned_data["password1"]
        validate_password(password, self.user)
        return password

    def clean_password2(self):
        password = self.cleaned_data["password2"]
        if "password1" in self.cleaned_data and password != self.cleaned_data["password1"]:
            raise forms.ValidationError("Passwords do not match")
        return password


def lacks_organisation(role, main, others):
    """Whether a user with this role, or with other organisations, has no main organisation and needs one."""
    return not main and bool(others or role in {Role.VIEWER, Role.CONTRIBUTOR})


class RoleForm(forms.Form):
    """Role and organisations of a user. Viewers and contributors need one; only users with one can have others."""

    organisation = forms.ModelChoiceField(
        Organisation.objects.none(),
        required=False,
        empty_label="No organisation (works across the system)",
        widget=forms.Select(attrs={"data-app-find": "an organisation"}),
        help_text="Organisations that have ended are not listed. Select the one that replaced it",
        error_messages={"invalid_choice": "Select an organisation from the list"},
    )
    other_organisations = RecordsField(
        Organisation.objects.none(),
        label="Also works for",
        required=False,
        widget=forms.CheckboxSelectMultiple(attrs={"classes": "app-long-list"}),
        help_text="Their role is the same for each organisation",
        from_list="Select organisations from the list",
    )
    role = forms.ChoiceField(
        choices=Role.choices,
        widget=forms.RadioSelect,
        error_messages={"required": "Select a role", "invalid_choice": "Select a role from the list"},
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        existing = Organisation.objects.existing(timezone.localdate())
        self.fields["organisation"].queryset = existing.trusts_first()
        theirs = self.initial.get("other_organisations") or []
        others = existing | Organisation.objects.filter(pk__in=theirs)  # a user can still have an ended one
        theirs_first = [Case(When(pk__in=theirs, then=0), default=1)] if theirs else []  # else it sorts by column 1
        self.fields["other_organisations"].queryset = others.order_by(*theirs_first, SortKey("name"))

    def clean(self):
        cleaned_data = super().clean()
        main, others = cleaned_data.get("organisation"), cleaned_data.get("other_organisations")
        if lacks_organisation(cleaned_data.get("role"), main, others) and "organisation" not in self.errors:
            self.add_error("organisation", "Select the organisation they work for")
        if main and others:
            cleaned_data["other_organisations"] = others.exclude(pk=main.pk)
        return cleaned_data


class AddressesField(forms.CharField):
    """Email addresses, one on each line, as [(name or "", address)] without repeats. An address can follow its name."""

    def clean(self, value):
        people = {}
        for name, email in addresses_in(super().clean(value)):
            people.setdefault(email.lower(), (name, email))
        if len(people) > MAX_INVITED:
            raise forms.ValidationError(f"Enter {MAX_INVITED} email addresses or fewer")
        errors = []
        for name, email in people.values():
            if len(name) > MAX_NAME:
                errors.append(f"The name of {email} must be {MAX_NAME} characters or less")
            if not _is_email(email):
                example = "Enter an email address, for example name@nhs.net"
                errors.append(f"“{(email or name)[:60]}” is not an email address" if len(people) > 1 else example)
        if errors:
            raise forms.ValidationError(errors)
        return list(people.values())


def _is_email(text):
    try:
        forms.EmailField(max_length=MAX_EMAIL).clean(text)
    except forms.ValidationError:
        return False
    return True


class InviteForm(RoleForm):
    """Names, email addresses, organisations and role of users to invite. The cleaned `people` are [(name, address)]."""

    email = AddressesField(
        label="Email addresses",
        help_text="One on each line. You can paste names too: Bea Brown <bea.brown@nhs.net>",
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": "Enter their email address"},
    )
    name = NameField(required=False, help_text="Of one user. Leave blank for several")
    field_order = ["email", "name", "organisation", "other_organisations", "role"]

    def __init__(self, *args, by, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["role"].choices = [(role.value, role.label) for role in assignable_roles(by)]
        self.fields[
            "organisation"
        ].help_text = (
            "Viewers and contributors need an organisation. If theirs has ended, select the one that replaced it"
        )

    def clean(self):
        cleaned_data = super().clean()
        name, people = cleaned_data.pop("name", None), cleaned_data.pop("email", [])
        names = [own_name for own_name, _email in people if own_name]
        if len(people) > 1 and name:
            self.add_error("name", "Leave blank for several email addresses. Enter each name with its address")
        elif name == "" and not names and (len(people) == 1 or not self["email"].value()):
            self.add_error("name", "Enter their name")
        cleaned_data["people"] = [(name or own_name or "", email) for own_name, email in people]
        return cleaned_data
