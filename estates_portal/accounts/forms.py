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
from .invitations import assignable_roles, taken_addresses
from .models import AuditKind, Role, User
from .names import tidy_name
from .pasted import OrganisationNames, people_in

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


class OnePasswordMixin(PortalLabelsMixin):
    """Asks for the new password once: the field can show it."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        del self.fields["password2"]


EMAIL = ("Email address", "Enter your email address", "")
PASSWORD = ("Password", "Enter your password", "")
NEW_PASSWORD = ("New password", "Enter a new password", PASSWORD_HINT)


MAX_NAME, MAX_EMAIL = 150, 254  # characters
MAX_INVITED = 50  # at once
EMAIL_EXAMPLE = "Enter an email address, for example name@nhs.net"
ALREADY_INVITED = "Already has an open invitation. To change it, withdraw it first"


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


class PasswordChangeForm(OnePasswordMixin, account.ChangePasswordForm):
    labels = {
        "oldpassword": ("Current password", "Enter your current password", ""),
        "password1": NEW_PASSWORD,
    }


class FirstPasswordForm(OnePasswordMixin, account.SetPasswordForm):
    """For a user who joined by single sign-on and has no password yet."""

    labels = {"password1": NEW_PASSWORD}


class ResetRequestForm(PortalLabelsMixin, account.ResetPasswordForm):
    labels = {"email": EMAIL}

    def save(self, request, **kwargs):
        email = self.cleaned_data["email"]
        person = self.users[0] if self.users else None
        record(AuditKind.PASSWORD_RESET_REQUESTED, request=request, person=person, email=email)
        return super().save(request, **kwargs)


class NewPasswordForm(OnePasswordMixin, account.ResetPasswordKeyForm):
    labels = {"password1": NEW_PASSWORD}


class ReauthenticateForm(PortalLabelsMixin, account.ReauthenticateForm):
    labels = {"password": PASSWORD}


CODE = ("Code", "Enter the code", "6 digits from your authenticator app, or one of your recovery codes")


WRONG_CODE = "That code is not right. Check your phone’s clock and use the next code"


class CodeMixin(PortalLabelsMixin):
    """Says what to do about a wrong code."""

    def clean_code(self):
        try:
            return super().clean_code()
        except forms.ValidationError as error:
            if error.code == "incorrect_code":
                raise forms.ValidationError(WRONG_CODE, code=error.code) from error
            raise


class SecondFactorForm(CodeMixin, second_factor.AuthenticateForm):
    labels = {"code": CODE}


class MFAReauthenticateForm(CodeMixin, second_factor.ReauthenticateForm):
    labels = {"code": CODE}


class ActivateTOTPForm(CodeMixin, app.ActivateTOTPForm):
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


AT_ONCE_HINT = "If you untick this, it is in the morning email about reports and requests to decide"


class ProfileForm(forms.ModelForm):
    """What users can change about themselves. Administrators change roles and organisations."""

    for_office = [
        "notify_escalations",
        "notify_red_reports",
        "notify_decisions",
        "notify_problems",
        "notify_partner_changes",
    ]

    class Meta:
        model = User
        fields = [
            "name",
            "notify_due_reports",
            "notify_reviews",
            "notify_followed",
            "notify_escalations",
            "notify_red_reports",
            "notify_decisions",
            "notify_problems",
            "notify_partner_changes",
            "notify_new_sign_ins",
        ]
        help_texts = {
            "notify_escalations": AT_ONCE_HINT,
            "notify_red_reports": AT_ONCE_HINT,
        }
        field_classes = {"name": NameField}
        labels = {"name": "Full name"}
        error_messages = {"name": {"required": "Enter your name"}}

    office_emails = forms.BooleanField(required=False, initial=True, widget=forms.HiddenInput)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        is_older_page = self.is_bound and "office_emails" not in self.data  # left open while the portal is upgraded
        if not self.instance.is_staff or is_older_page:
            for name in [*self.for_office, "office_emails"]:
                del self.fields[name]

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

    def __init__(self, *args, user, **kwargs):
        super().__init__(*args, **kwargs)
        self.user = user

    def clean_password1(self):
        password = self.cleaned_data["password1"]
        validate_password(password, self.user)
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


class PeopleField(forms.CharField):
    """Pasted people, cleaned to [`PastedPerson`]."""

    def clean(self, value):
        text = super().clean(value)
        self.organisations = OrganisationNames(timezone.localdate())
        people = people_in(text, self.organisations)
        if len(people) > MAX_INVITED:
            raise forms.ValidationError(f"Enter {MAX_INVITED} people or fewer. The list has {len(people):,}")
        if not people:
            raise forms.ValidationError(self.error_messages["required"], code="required")
        return people


class InviteForm(RoleForm):
    """A pasted list of people to invite, and what holds for those in it without an organisation or role."""

    people = PeopleField(
        label="People to invite",
        help_text="One on each line, from a spreadsheet, a list or an email: name, email address, organisation and "
        "role, in any order. Only the address is needed. For example, Bea Brown <bea.brown@nhs.net>",
        max_length=20_000,
        widget=forms.Textarea(attrs={"rows": 6}),
        error_messages={"required": "Enter the email address of each person"},
    )
    field_order = ["people", "organisation", "other_organisations", "role"]

    def __init__(self, *args, by, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["role"].choices = role_choices(by)
        self.fields["role"].required = False
        self.fields["role"].help_text = "Of people whose role is not in the list"
        self.fields["organisation"].empty_label = "Worked out from each address"
        self.fields["organisation"].help_text = "Of people whose organisation is not in the list"

    def clean(self):
        """Nothing more to check: each person has an organisation and role on the next page."""
        return self.cleaned_data

    def rows(self):
        """What to show on the page that checks the list: {name: text} for each person."""
        typed = self.cleaned_data
        organisation, people = typed["organisation"], typed["people"]
        needed = [] if organisation else [person.email for person in people if not person.organisation]
        guesses = self.fields["people"].organisations.guess(needed)
        return [
            {
                "name": person.name,
                "email": person.email,
                "organisation": person.organisation or str(organisation or guesses.get(person.email) or ""),
                "role": person.role or typed["role"],
                "guessed": person.email in guesses,
            }
            for person in people
        ]


def role_choices(user):
    """The roles that this user can give, as choices."""
    return [(role.value, role.label) for role in assignable_roles(user)]


class InvitedRow(forms.Form):
    """One person on the page that checks a list. A row without name and address is left out."""

    is_guessed = False  # whether its organisation is
    name = NameField(required=False)
    email = forms.EmailField(
        label="Email address",
        max_length=MAX_EMAIL,
        widget=forms.TextInput(attrs={"inputmode": "email", "autocomplete": "off", "spellcheck": "false"}),
        error_messages={"required": "Enter an email address", "invalid": EMAIL_EXAMPLE, "max_length": EMAIL_EXAMPLE},
    )
    organisation = forms.CharField(
        label="Organisation",
        required=False,
        max_length=220,
        widget=forms.TextInput(attrs={"list": "organisations", "autocomplete": "off"}),
    )
    role = forms.ChoiceField(
        label="Role", error_messages={"required": "Select a role", "invalid_choice": "Select a role from the list"}
    )

    def __init__(self, *args, row, roles, organisations, has_others, **kwargs):
        super().__init__(*args, **kwargs)
        self.number, self.error_prefix = row, f"Row {row}"
        self.organisations, self.has_others = organisations, has_others
        self.fields["role"].choices = [("", "Select a role"), *roles]
        for field in self.fields.values():
            field.short_label, field.label = field.label, f"{field.label}, row {row}"

    def has_changed(self):
        return bool(self["name"].data or self["email"].data)

    def clean_email(self):
        return User.objects.normalize_email(self.cleaned_data["email"])

    def clean_organisation(self):
        text = self.cleaned_data["organisation"]
        organisation = self.organisations.find(text) if text else None
        if text and organisation is None:
            raise forms.ValidationError("No organisation has this name. Select one from the list")
        return organisation

    def clean(self):
        cleaned_data = super().clean()
        organisation = cleaned_data.get("organisation")
        if "organisation" not in self.errors and lacks_organisation(
            cleaned_data.get("role"), organisation, self.has_others
        ):
            self.add_error("organisation", "Enter the organisation they work for")
        return cleaned_data


class InvitedRows(forms.BaseFormSet):
    """The rows of a list of people to invite. `others` are the other organisations of all of them.

    `existing` are users of the portal whose addresses are in the list.
    """

    def __init__(self, *args, by, others=(), **kwargs):
        super().__init__(*args, **kwargs)
        self.others = list(others)
        self.roles = role_choices(by)
        self.organisations = OrganisationNames(timezone.localdate())
        self.existing = []

    @classmethod
    def of(cls, rows, **kwargs):
        """The page for these rows, {name: text} each, as if they were posted."""
        data = {f"form-{number}-{name}": text for number, row in enumerate(rows) for name, text in row.items()}
        counts = {"form-TOTAL_FORMS": len(rows), "form-INITIAL_FORMS": 0}
        formset = cls({**data, **counts}, **kwargs)
        for form, row in zip(formset, rows, strict=True):
            form.is_guessed = row.get("guessed", False)
        return formset

    def get_form_kwargs(self, index):
        about = {"roles": self.roles, "organisations": self.organisations, "has_others": bool(self.others)}
        return {**super().get_form_kwargs(index), "row": (index or 0) + 1, **about}

    def _construct_form(self, i, **kwargs):
        return super()._construct_form(i, **{**kwargs, "empty_permitted": True, "use_required_attribute": False})

    def clean(self):
        """Check the addresses of all rows against each other, users and open invitations. Two queries."""
        rows = [form for form in self.forms if form.has_changed() and form.cleaned_data.get("email")]
        taken = taken_addresses([form.cleaned_data["email"] for form in rows])
        self.existing = [person for person in taken.values() if person]
        seen = set()
        for form in rows:
            email = form.cleaned_data["email"]
            if email in seen:
                form.add_error("email", "This address is in another row")
            elif email in taken:
                form.add_error("email", "Already has an account" if taken[email] else ALREADY_INVITED)
            seen.add(email)

    @property
    def ready(self):
        """The rows to send."""
        return [form for form in self.forms if form.has_changed() and not form.errors]

    @property
    def faulty(self):
        """The rows with errors."""
        return [form for form in self.forms if form.errors]


InvitedFormSet = forms.formset_factory(
    InvitedRow, formset=InvitedRows, extra=0, max_num=MAX_INVITED, absolute_max=MAX_INVITED
)
