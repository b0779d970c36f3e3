"""Admin pages of users and invitations. Users are invited and deactivated, never deleted."""

from allauth.account.models import EmailAddress
from django.contrib import admin
from django.contrib.auth.models import Group
from django.shortcuts import redirect
from django.utils import timezone

from estates_portal.admin import PortalAdmin
from estates_portal.admin_merging import MergedModelForm
from estates_portal.sorting import SortKey
from sites.models import Organisation

from . import people
from .admin_audit import AuditEventAdmin
from .audit import AccountState, record_changes
from .forms import NameField, lacks_organisation
from .models import Invitation, User

__all__ = ["AuditEventAdmin", "InvitationAdmin", "PersonAdmin"]

admin.site.unregister(Group)  # roles replace groups
for model in list(admin.site._registry):
    if model._meta.app_label in {"account", "mfa", "socialaccount", "usersessions"}:
        admin.site.unregister(model)  # secrets, which users manage on their account pages


class PersonForm(MergedModelForm):
    class Meta:
        model = User
        fields = ["email", "name", "organisation", "other_organisations", "role", "is_active"]
        field_classes = {"name": NameField}

    def clean_email(self):
        return User.objects.normalize_email(self.cleaned_data["email"])

    def clean(self):
        cleaned_data = super().clean()
        main, others = cleaned_data.get("organisation"), cleaned_data.get("other_organisations")
        if self.errors or not {"organisation", "other_organisations", "role"}.intersection(self.changed_data):
            return cleaned_data
        if lacks_organisation(cleaned_data.get("role", self.instance.role), main, others):
            self.add_error("organisation", "Select the organisation they work for")
        elif main and "organisation" in self.changed_data:
            existing = Organisation.objects.existing(timezone.localdate())
            if not existing.filter(pk=main.pk).exists():
                self.add_error("organisation", f"{main} has ended. Select the organisation that replaced it")
        return cleaned_data


@admin.register(User)
class PersonAdmin(PortalAdmin):
    form = PersonForm
    list_display = ["name", "email", "organisation", "role", "is_active", "last_login", "is_example", "last_changed"]
    list_filter = ["role", "is_active", "is_example"]
    search_fields = ["name", "email", "organisation__name", "organisation__short_name", "other_organisations__name"]
    list_select_related = ["organisation"]
    autocomplete_fields = ["organisation", "other_organisations"]
    readonly_fields = ["last_login", "date_joined", "is_example"]
    ordering = [SortKey("name"), "pk"]
    fieldsets = [
        (None, {"fields": ["name", "email", "organisation", "other_organisations"]}),
        ("Role", {"fields": ["role", "is_active"]}),
        ("Sign-in", {"fields": ["last_login", "date_joined", "is_example"]}),
    ]

    def lookup_allowed(self, lookup, value, request):
        """Refuse filters on the password: they could guess its hash letter by letter."""
        return not lookup.startswith("password") and super().lookup_allowed(lookup, value, request)

    def get_readonly_fields(self, request, obj=None):
        """Users cannot change their own role or deactivate themselves, so there is always an administrator."""
        own = ["role", "is_active"] if obj is not None and obj.pk == request.user.pk else []
        return [*super().get_readonly_fields(request, obj), *own]

    def save_model(self, request, obj, form, change):
        before, form.state_before = User.objects.get(pk=obj.pk), AccountState.of(obj)
        super().save_model(request, obj, form, change)
        if before.is_active and not obj.is_active:
            people.end_sessions(obj)
        if before.email != obj.email:
            EmailAddress.objects.filter(user=obj).delete()
            EmailAddress.objects.create(user=obj, email=obj.email, verified=True, primary=True)

    def save_related(self, request, form, formsets, change):
        super().save_related(request, form, formsets, change)
        record_changes(form.state_before, form.instance, request=request)

    def revert_disabled(self, request, obj=None):
        return True  # an earlier version could restore a role

    def has_add_permission(self, request):
        return False  # users are invited

    def has_delete_permission(self, request, obj=None):
        return False


@admin.register(Invitation)
class InvitationAdmin(PortalAdmin):
    """Read-only. Users send and withdraw invitations on the portal's pages, where Add leads."""

    list_display = ["name", "email", "organisation", "role", "state", "invited_by", "invited_at", "expires_at"]
    list_filter = ["role", "invited_at"]
    search_fields = ["name", "email", "organisation__name", "invited_by__name"]
    list_select_related = ["organisation", "invited_by"]
    fields = ["name", "email", "organisation", "other_organisations", "role", "state", "invited_by", "invited_at"]
    fields += ["sent_at", "expires_at", "accepted_at", "person", "withdrawn_at"]
    readonly_fields = fields

    def add_view(self, request, form_url="", extra_context=None):
        return redirect("people:invite")

    def revert_disabled(self, request, obj=None):
        return True

    def has_add_permission(self, request):
        return request.user.has_perm("accounts.invite")

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False
