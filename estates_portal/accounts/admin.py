"""Who may sign in, and as what. Administrators alone change it; people are deactivated, never deleted."""

from django import forms
from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.forms import BaseUserCreationForm, UserChangeForm
from django.contrib.auth.models import Group

from estates_portal.admin import PortalAdmin

from .admin_audit import AuditEventAdmin
from .audit import record_changes
from .models import User

__all__ = ["AuditEventAdmin", "PersonAdmin"]

admin.site.unregister(Group)  # roles say what people may do
for model in list(admin.site._registry):
    if model._meta.app_label in {"account", "mfa", "socialaccount", "usersessions"}:
        admin.site.unregister(model)  # secrets, which each person keeps on their own account's pages


class PersonAddForm(BaseUserCreationForm):
    """A new person with a first password, typed twice."""

    class Meta:
        model = User
        fields = ["email", "name", "organisation", "role"]
        field_classes = {"email": forms.EmailField}


class PersonForm(UserChangeForm):
    class Meta:
        model = User
        fields = ["email", "name", "organisation", "role", "is_active", "password"]
        field_classes = {"email": forms.EmailField}


@admin.register(User)
class PersonAdmin(PortalAdmin, UserAdmin):
    form = PersonForm
    add_form = PersonAddForm
    list_display = ["name", "email", "organisation", "role", "is_active", "last_login", "is_example", "last_changed"]
    list_filter = ["role", "is_active", "is_example"]
    search_fields = ["name", "email", "organisation__name", "organisation__short_name"]
    list_select_related = ["organisation"]
    autocomplete_fields = ["organisation"]
    filter_horizontal = []
    readonly_fields = ["last_login", "date_joined", "is_example"]
    ordering = ["name", "pk"]
    fieldsets = [
        (None, {"fields": ["name", "email", "organisation"]}),
        ("What they may do", {"fields": ["role", "is_active"]}),
        ("Signing in", {"fields": ["password", "last_login", "date_joined", "is_example"]}),
    ]
    add_fieldsets = [
        (None, {"fields": ["name", "email", "organisation", "role"]}),
        ("First password", {"fields": ["password1", "password2"]}),
    ]

    def get_readonly_fields(self, request, obj=None):
        """Nobody changes their own role or shuts themselves out, so there is always an administrator."""
        own = ["role", "is_active"] if obj is not None and obj.pk == request.user.pk else []
        return [*super().get_readonly_fields(request, obj), *own]

    def get_fieldsets(self, request, obj=None):
        fieldsets = super().get_fieldsets(request, obj)
        if obj is None or self.has_change_permission(request, obj):
            return fieldsets
        return [
            (title, {**options, "fields": [field for field in options["fields"] if field != "password"]})
            for title, options in fieldsets
        ]

    def save_model(self, request, obj, form, change):
        before = User.objects.get(pk=obj.pk) if change else None
        super().save_model(request, obj, form, change)
        if change:
            record_changes(before, obj, request=request)

    def revert_disabled(self, request, obj=None):
        return True  # an earlier version would bring back a role

    def has_delete_permission(self, request, obj=None):
        return False
