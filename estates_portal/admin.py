"""Base classes of the admin: the portal's sign-in, quick lists, readable history, checks of bad input."""

import json
import logging

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME, AdminForm, Fieldset, InlineAdminFormSet
from django.contrib.admin.utils import flatten, unquote
from django.contrib.admin.views.autocomplete import AutocompleteJsonView
from django.contrib.admin.views.main import ChangeList
from django.contrib.admin.widgets import AutocompleteSelect, AutocompleteSelectMultiple, RelatedFieldWidgetWrapper
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import BadRequest, PermissionDenied, ValidationError
from django.db import DataError, IntegrityError, models, transaction
from django.db.models import OuterRef, Subquery
from django.http import Http404, HttpResponseRedirect
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import formats, timezone
from django.utils.html import format_html
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.text import Truncator, capfirst
from simple_history.admin import SimpleHistoryAdmin
from simple_history.models import is_historic
from simple_history.template_utils import HistoricalRecordContextHelper

from estates_portal.admin_index import sections_of
from estates_portal.admin_merging import MergedModelForm, MergedRows
from estates_portal.constraints import check_message
from estates_portal.deletion.forms import DeleteForm
from estates_portal.deletion.models import Deletion
from estates_portal.deletion.references import Tree, label_of
from estates_portal.deletion.services import delete_record
from estates_portal.fields import is_id
from estates_portal.merging import conflicts_of, forms_of, merge_page, merged_label
from estates_portal.sorting import in_natural_order
from estates_portal.unsaved.pages import rejected

logger = logging.getLogger(__name__)


@login_not_required
def redirect_to_sign_in(request, extra_context=None):
    """Redirect the admin's sign-in page to the portal's. Users without access get the 403 page."""
    index = reverse("admin:index")
    next_page = request.GET.get(REDIRECT_FIELD_NAME, index)
    if not request.user.is_authenticated:
        return redirect_to_login(next_page, reverse("account_login"))
    if not admin.site.has_permission(request):
        raise PermissionDenied
    safe = url_has_allowed_host_and_scheme(next_page, {request.get_host()}, require_https=request.is_secure())
    return HttpResponseRedirect(next_page if safe else index)


def redirect_to_password_change(request, extra_context=None):
    """Redirect the admin's password pages to the portal's."""
    return redirect("account_change_password")


class Suggestions(AutocompleteJsonView):
    """The suggestions of an autocomplete field, with the labels of `PortalAdmin.labels_of`."""

    def get_context_data(self, **kwargs):
        context = super().get_context_data(**kwargs)
        labels_of = getattr(self.model_admin, "labels_of", lambda records: {})
        self.labels = labels_of(context["object_list"])
        return context

    def serialize_result(self, obj, to_field_name):
        result = super().serialize_result(obj, to_field_name)
        return result | {"text": self.labels.get(obj.pk, result["text"])}


admin.site.autocomplete_view = Suggestions.as_view(admin_site=admin.site)


def index(request, extra_context=None):
    """The front page, by task."""
    sections = sections_of(admin.site.get_app_list(request))
    return admin.AdminSite.index(admin.site, request, {"sections": sections, **(extra_context or {})})


admin.site.index = index
admin.site.password_change = redirect_to_password_change
admin.site.password_change_done = redirect_to_password_change
admin.site.index_title = "Admin"
admin.site.enable_nav_sidebar = False  # the lists need the width
admin.site.login = redirect_to_sign_in
admin.site.disable_action("delete_selected")


@property
def is_collapsible(fieldset):
    """Whether the section can be folded: not with an error inside. Django misses fields that share a row."""
    return "collapse" in fieldset.classes and not set(flatten(fieldset.fields)) & set(fieldset.form.errors)


Fieldset.is_collapsible = is_collapsible


def inline_formset_data(inline):
    """The options of Django's script that adds rows, with its link as "Add funding line"."""
    options = {
        "prefix": inline.formset.prefix,
        "addText": f"Add {inline.opts.verbose_name}",
        "deleteText": "Remove",
    }
    return json.dumps({"name": f"#{inline.formset.prefix}", "options": options})


InlineAdminFormSet.inline_formset_data = inline_formset_data


class IdsOnly:
    """Ignores values that cannot be ids, on which Django would fail."""

    def optgroups(self, name, value, attrs=None):
        return super().optgroups(name, [key for key in value if is_id(str(key))], attrs)


class IdAutocompleteSelect(IdsOnly, AutocompleteSelect):
    """Selects one row by typing."""


class IdAutocompleteSelectMultiple(IdsOnly, AutocompleteSelectMultiple):
    """Selects several rows by typing."""


class ReadableChanges(HistoricalRecordContextHelper):
    """Old and new values as the forms show them: choices by their labels, no value as "(empty)"."""

    DEFAULT_MAX_DISPLAYED_DELTA_CHANGE_CHARS = 300

    def get_obj_diff_display(self):
        display = super().get_obj_diff_display()
        display.max_length = self.DEFAULT_MAX_DISPLAYED_DELTA_CHANGE_CHARS
        return display

    def prepare_delta_change_value(self, change, value):
        value = super().prepare_delta_change_value(change, value)
        if value is None or value == "" or value == []:
            return "(empty)"
        if isinstance(value, bool):
            return "Yes" if value else "No"
        if isinstance(value, list):
            return ", ".join(str(item) for item in value)
        field = self.model._meta.get_field(change.field)
        if field.choices:
            return dict(field.flatchoices).get(value, value)
        if isinstance(field, models.DateField):
            return formats.localize(value)
        return value


class InputChecks:
    """Answers impossible input with 404 or 400 where Django would fail."""

    def get_object(self, request, object_id, from_field=None):
        return super().get_object(request, object_id, from_field or None) if is_id(str(object_id)) else None

    def get_search_results(self, request, queryset, search_term):
        if "\0" in search_term:
            return queryset.none(), False
        return super().get_search_results(request, queryset, search_term)

    def changelist_view(self, request, extra_context=None):
        self.check_address(request)
        if (action := request.POST.get("action")) and action not in self.get_actions(request):
            raise PermissionDenied
        title = {"title": capfirst(self.opts.verbose_name_plural)}
        return self._within_range(super().changelist_view, request, title | (extra_context or {}))

    def changeform_view(self, request, object_id=None, form_url="", extra_context=None):
        return self._within_range(super().changeform_view, request, object_id, form_url, extra_context)

    def response_action(self, request, queryset):
        if not all(is_id(key) for key in request.POST.getlist(ACTION_CHECKBOX_NAME)):
            raise BadRequest("A selected row has no id")
        return super().response_action(request, queryset)

    @staticmethod
    def check_address(request):
        if any("\0" in value for _, values in request.GET.lists() for value in values):
            raise BadRequest("The address contains a null byte")

    @staticmethod
    def _within_range(view, *args):
        try:
            return view(*args)
        except (OverflowError, DataError) as error:
            raise BadRequest("A number is too large for the database") from error


def error_links(form, name=""):
    """[(id of the field, label, error)] of a form, in the order of its fields; `name` is of its row, if it is one."""
    return [
        (field.id_for_label or field.auto_id, f"{name}: {field.label}" if name else field.label, error)
        for field in form
        for error in field.errors
    ]


INLINE_FIELDS = {
    # without the link to the address, which would widen the row
    models.URLField: {"widget": forms.URLInput(attrs={"class": "vURLField"}), "assume_scheme": "https"},
}
MAX_INLINE_ROWS = 500


def has_changes(form, change):
    """Whether saving the form changes its record: a new one, an earlier version, or one with a changed field."""
    return not change or form.has_changed() or is_historic(form.instance)


def newest_of(forms):
    """Of forms with `last_save`, the one whose record was saved last."""
    return max(forms, key=lambda form: form.last_save[1])


class PortalChangeList(ChangeList):
    """A list that sorts names and titles as the portal does."""

    def get_ordering(self, request, queryset):
        return [in_natural_order(part) for part in super().get_ordering(request, queryset)]


class PortalAdmin(InputChecks, SimpleHistoryAdmin):
    """A model's admin with quick lists, its history, and a link to its page on the portal.

    A form saved as it was opened changes nothing, so history has no row without a change. A change of inline rows
    alone saves the record too: the reason of its row of history names them. What others saved since the page was opened
    is merged: forms derive from MergedModelForm, and formsets of inlines from MergedRows.
    """

    form = MergedModelForm
    formfield_overrides = {models.URLField: {"assume_scheme": "https"}}
    list_per_page = 50
    list_max_show_all = 200
    show_full_result_count = False
    object_history_template = "admin/history.html"
    object_history_form_template = "admin/history_form.html"
    object_history_list_template = "admin/history_list.html"
    history_list_per_page = 50
    instead_of_deleting = "Change these first."

    def get_changelist(self, request, **kwargs):
        return PortalChangeList

    def get_queryset(self, request):
        past = self.model.history.model.objects.filter(**{self.model._meta.pk.attname: OuterRef("pk")})
        newest = past.order_by("-history_date").values("history_date")[:1]
        return super().get_queryset(request).annotate(last_changed_at=Subquery(newest))

    @admin.display(description="last changed", ordering="last_changed_at")
    def last_changed(self, obj):
        return formats.date_format(timezone.localtime(obj.last_changed_at), "j M Y") if obj.last_changed_at else None

    @admin.display(description="portal")
    def portal_page(self, obj):
        return format_html('<a href="{}" aria-label="View {} on the portal">View</a>', obj.get_absolute_url(), obj)

    def get_view_on_site_url(self, obj=None):
        return obj.get_absolute_url() if obj is not None and hasattr(obj, "get_absolute_url") else None

    def formfield_for_dbfield(self, db_field, request, **kwargs):
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if field is not None and isinstance(field.widget, RelatedFieldWidgetWrapper):
            field.widget.can_delete_related = False  # too easy to delete a place or organisation by mistake
        return field

    def formfield_for_foreignkey(self, db_field, request, **kwargs):
        if db_field.name in self.get_autocomplete_fields(request):
            kwargs.setdefault("widget", IdAutocompleteSelect(db_field, self.admin_site))
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def formfield_for_manytomany(self, db_field, request, **kwargs):
        if db_field.name in self.get_autocomplete_fields(request):
            kwargs.setdefault("widget", IdAutocompleteSelectMultiple(db_field, self.admin_site))
        return super().formfield_for_manytomany(db_field, request, **kwargs)

    def changeform_view(self, request, object_id=None, form_url="", extra_context=None):
        """The form; or what was typed, if someone saved a conflicting record between its checks and its save."""
        if request.method != "POST":
            return super().changeform_view(request, object_id, form_url, extra_context)
        try:
            with transaction.atomic():
                self.lock(unquote(object_id or ""))
                return super().changeform_view(request, object_id, form_url, extra_context)
        except ValidationError as error:
            return rejected(request, ". ".join(error.messages))
        except IntegrityError as error:
            logger.exception("The database refused a record")
            return rejected(request, check_message(error) or "Someone saved a conflicting record at the same time")

    def lock(self, object_id):
        """Lock the record until the end of the transaction, so that what the form compares is what is saved last."""
        if is_id(object_id):
            root = [self.model, *self.model._meta.get_parent_list()][-1]  # of a hub, the project
            root._base_manager.select_for_update(of=("self",), no_key=True).filter(pk=object_id).first()

    def render_change_form(self, request, context, **kwargs):
        """Show links to each field with an error: a form can be several screens long. Or ask about conflicts.

        An error that is shown once, as `refusal` is, comes before the conflicts: they are asked on the next save.
        """
        form, formsets = context["adminform"].form, [inline.formset for inline in context["inline_admin_formsets"]]
        rows = list(forms_of(form, *formsets))
        conflicting = [row for row in rows if conflicts_of(row)]
        has_more = any(row.refusal for row in rows) or any(formset.non_form_errors() for formset in formsets)
        if conflicting and not has_more:
            newest = newest_of(conflicting)
            record = form.instance if form.conflicts else newest.instance
            return merge_page(request, form, *formsets, record=record, saved=newest.last_save)
        links = error_links(form)
        for inline in context["inline_admin_formsets"]:
            for form in inline.formset.forms:
                new = f"New {inline.opts.verbose_name}"
                links += error_links(form, str(form.instance) if form.instance.pk else new)
        return super().render_change_form(request, {**context, "error_links": links}, **kwargs)

    # Saving --------------------------------------------------------------------------------------------------------

    def save_model(self, request, obj, form, change):
        if has_changes(form, change):
            self.save_record(request, obj, form, change)

    def save_record(self, request, obj, form, change):
        """Save the record, which has changes."""
        super().save_model(request, obj, form, change)

    def save_related(self, request, form, formsets, change):
        """Save the inline rows. A message also says whose changes are merged."""
        if not has_changes(form, change) and any(formset.has_changed() for formset in formsets):
            self.save_record(request, form.instance, form, change)
        super().save_related(request, form, formsets, change)
        if merged := [row for row in forms_of(form, *formsets) if row.merged]:
            messages.info(request, f"Saved{merged_label(*merged, saved=newest_of(merged).last_save)}")

    def save_formset(self, request, form, formset, change):
        """Save the rows of an inline. Raises PermissionDenied for the deletion of a row that must stay."""

        def delete_existing(row, commit=True):
            try:
                delete_record(row, by=request.user, request=request)
            except ValidationError as error:
                raise PermissionDenied from error

        formset.delete_existing = delete_existing
        super().save_formset(request, form, formset, change)

    def labels_of(self, records):
        """{id: label} of records in autocomplete fields, if it is more than their name."""
        return {}

    # Deletion ------------------------------------------------------------------------------------------------------

    def delete_view(self, request, object_id, extra_context=None):
        """Say why the record must stay, or ask for its name and a reason; then delete it with what belongs to it."""
        record = self.get_object(request, unquote(object_id))
        if not self.has_delete_permission(request, record):
            raise PermissionDenied
        if record is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)
        tree = Tree.of(record)
        reasons = tree.reasons_to_keep()
        form = DeleteForm(request.POST or None, record=record)
        if request.method == "POST" and not reasons and form.is_valid():
            return self._deleted(request, record, form.cleaned_data["reason"])
        fieldsets = [(None, {"fields": ["name", "reason"], "classes": ["aligned"]})]
        context = {
            **self.admin_site.each_context(request),
            "title": f"You cannot delete {record}" if reasons else f"Delete {record}?",
            "opts": self.opts,
            "object": record,
            "media": self.media,
            "reasons": reasons,
            "instead": self.instead_of_deleting,
            "contents": tree.contents,
            "adminform": AdminForm(form, fieldsets, {}, model_admin=self),
        }
        return TemplateResponse(request, "admin/delete_record.html", context)

    def _deleted(self, request, record, reason):
        label, record._change_reason = label_of(record), reason
        try:
            with transaction.atomic():
                self.log_deletions(request, [record])
                self.delete_model(request, record)
        except ValidationError as error:  # something has referred to it since
            messages.error(request, " ".join(error.messages))
            return redirect(request.path)
        messages.success(request, f"{label} deleted. You can restore it under Deleted records")
        return redirect(reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_changelist"))

    def delete_model(self, request, obj):
        """Delete the record for the reason in `_change_reason`. Raises the errors of `delete_record`."""
        delete_record(obj, by=request.user, reason=obj._change_reason, request=request)

    # History -------------------------------------------------------------------------------------------------------

    def get_historical_record_context_helper(self, request, historical_record):
        return ReadableChanges(self.model, historical_record)

    def history_view(self, request, object_id, extra_context=None):
        if not is_id(unquote(object_id)):
            raise Http404
        deletion = Deletion.objects.of(self.model, unquote(object_id)).first()
        return super().history_view(request, object_id, {**(extra_context or {}), "deletion": deletion})

    def revert_disabled(self, request, obj=None):
        """Also for a deleted record, which is restored whole from the list of deleted records."""
        is_gone = obj is not None and not self.model._base_manager.filter(pk=obj.pk).exists()
        return is_gone or super().revert_disabled(request, obj)

    @transaction.atomic
    def history_form_view(self, request, object_id, version_id, extra_context=None):
        if not (is_id(object_id) and is_id(version_id)):
            raise Http404
        if request.method == "POST" and self.revert_disabled(request, self.model(pk=object_id)):
            raise PermissionDenied
        if request.method == "POST":
            self.lock(object_id)
        differences = self._differences(request, object_id, version_id)
        return super().history_form_view(
            request, object_id, version_id, {**(extra_context or {}), "differences": differences}
        )

    def _differences(self, request, object_id, version_id):
        """[{field, old, new}] of the fields that restoring this version changes: its value and the present one."""
        versions = self.model.history.filter(**{self.model._meta.pk.attname: object_id})
        version = versions.filter(history_id=version_id).first()
        if version is None:
            return []
        newest = versions.latest()
        helper = self.get_historical_record_context_helper(request, newest)
        return helper.context_for_delta_changes(newest.diff_against(version, foreign_keys_are_objs=True))

    def log_change(self, request, obj, message):
        """Also record in the history changes of many-to-many fields and inline rows; nothing if there are none."""
        if not message and not is_historic(obj):
            return None
        entry = super().log_change(request, obj, message)
        record = obj.history.first()
        if record is not None:
            record.history_change_reason = Truncator(entry.get_change_message()).chars(100)
            record.save(update_fields=["history_change_reason"])
        return entry


class LimitedInline(admin.options.InlineModelAdmin):
    """An inline that reads at most MAX_INLINE_ROWS posted rows: a forged count would cost a minute of CPU.

    The rows are locked while they are saved.
    """

    form = MergedModelForm
    formset = MergedRows
    max_num = MAX_INLINE_ROWS

    def get_queryset(self, request):
        rows = super().get_queryset(request)
        return rows.select_for_update(of=("self",)) if request.method == "POST" else rows

    def get_formset(self, request, obj=None, **kwargs):
        return super().get_formset(request, obj, absolute_max=self.max_num, **kwargs)

    def formfield_for_dbfield(self, db_field, request, **kwargs):
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if field is not None and isinstance(field.widget, RelatedFieldWidgetWrapper):
            widget = field.widget  # without links to the selected record, for which a row has no room
            widget.can_change_related = widget.can_delete_related = widget.can_view_related = False
        return field

    def formfield_for_foreignkey(self, db_field, request, **kwargs):
        if db_field.name in self.get_autocomplete_fields(request):
            kwargs.setdefault("widget", IdAutocompleteSelect(db_field, self.admin_site))
        return super().formfield_for_foreignkey(db_field, request, **kwargs)


class ReadOnlyAdmin(InputChecks, admin.ModelAdmin):
    """Records that the admin shows but cannot change."""

    show_full_result_count = False
    list_per_page = 50

    def has_add_permission(self, request):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False
