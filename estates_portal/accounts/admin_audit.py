"""Admin pages of audit records: read-only, with filters and an export."""

from django.contrib import admin
from django.contrib.admin.options import IncorrectLookupParameters
from django.core.exceptions import BadRequest, PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpResponseNotAllowed
from django.urls import path
from django.utils import timezone
from django.utils.formats import date_format

from estates_portal.admin import ReadOnlyAdmin
from estates_portal.csv_export import stream

from .audit import record
from .browsers import browser_label
from .models import AuditEvent, AuditKind, Role

HEADINGS = ["When", "Event", "Account", "Email address", "Done by", "IP address", "Browser", "Detail"]


class WhenFilter(admin.DateFieldListFilter):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.title = "when"


class RoleFilter(admin.SimpleListFilter):
    title = "role"
    parameter_name = "role"

    def lookups(self, request, model_admin):
        return Role.choices

    def queryset(self, request, queryset):
        return queryset.filter(person__role=self.value()) if self.value() in Role.values else queryset


@admin.register(AuditEvent)
class AuditEventAdmin(ReadOnlyAdmin):
    change_list_template = "admin/audit_list.html"
    list_display = ["when", "kind", "person", "email", "actor", "address", "browser", "detail"]
    list_filter = ["kind", RoleFilter, ("at", WhenFilter)]
    search_fields = ["person__name", "actor__name", "email", "address", "detail"]
    list_select_related = ["person", "actor"]
    list_display_links = ["when"]
    date_hierarchy = "at"
    paginator = Paginator

    @admin.display(description="when", ordering="at")
    def when(self, event):
        return date_format(timezone.localtime(event.at), "j M Y, H:i:s")

    @admin.display(description="browser")
    def browser(self, event):
        return browser_label(event.user_agent) if event.user_agent else "–"

    def get_actions(self, request):
        return {}

    def get_urls(self):
        export = self.admin_site.admin_view(self.export)
        return [path("export/", export, name="accounts_auditevent_export"), *super().get_urls()]

    def export(self, request):
        """All pages of the filtered list, as CSV. The export is itself recorded."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        self.check_address(request)
        try:
            events = self.get_changelist_instance(request).get_queryset(request)
        except IncorrectLookupParameters as error:
            raise BadRequest("Unknown filter") from error
        detail = f"Audit record, {events.count()} rows"
        record(AuditKind.EXPORTED, request=request, person=request.user, detail=detail)
        newest = AuditEvent.objects.values_list("pk", flat=True).order_by("-pk").first()
        rows = (_row(event) for event in events.filter(pk__lt=newest).iterator(chunk_size=500))
        return stream(HEADINGS, rows, f"audit-{timezone.localdate()}.csv")


def _row(event):
    return [
        timezone.localtime(event.at).strftime("%Y-%m-%d %H:%M:%S"),
        event.get_kind_display(),
        event.person or "",
        event.email,
        event.actor or "",
        event.address,
        event.user_agent,
        event.detail,
    ]
