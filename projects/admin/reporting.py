"""Reporting periods and the lists of the programme office. Status reports and emails are read-only."""

from django.contrib import admin

from estates_portal.admin import PortalAdmin, ReadOnlyAdmin
from sites.admin import AddressAdmin

from ..models import DateChangeReason, Notice, RatingMeaning, ReportingPeriod, RiskCategory, StatusReport
from ..models.notice import MAX_RETRIES


@admin.register(ReportingPeriod)
class ReportingPeriodAdmin(AddressAdmin):
    list_display = ["name", "starts_on", "ends_on", "opens_on", "due_on", "closed_at", "last_changed", "portal_page"]
    list_filter = ["starts_on"]
    search_fields = ["name"]
    slug_from = ["name"]
    readonly_fields = ["closed_at", "closed_by"]
    instead_of_deleting = "Close it instead."
    fieldsets = [
        (None, {"fields": ["name", "slug", ("starts_on", "ends_on"), ("opens_on", "due_on")]}),
        (
            "Closed",
            {
                "fields": ["closed_at", "closed_by"],
                "description": "Close or reopen the period on its page in the portal",
            },
        ),
    ]


@admin.register(RatingMeaning)
class RatingMeaningAdmin(PortalAdmin):
    list_display = ["rating", "holds_from", "meaning", "last_changed"]
    list_filter = ["rating"]
    search_fields = ["meaning"]
    instead_of_deleting = "Add a definition from a later date instead."
    fieldsets = [(None, {"fields": ["rating", "holds_from", "meaning"]})]


@admin.register(DateChangeReason)
class DateChangeReasonAdmin(PortalAdmin):
    list_display = ["name", "order", "in_use", "last_changed"]
    list_filter = ["in_use"]
    instead_of_deleting = "Untick “in use” instead."
    search_fields = ["name"]
    fieldsets = [(None, {"fields": ["name", "order", "in_use"]})]


@admin.register(RiskCategory)
class RiskCategoryAdmin(PortalAdmin):
    list_display = ["name", "order", "used_from", "used_until", "last_changed"]
    instead_of_deleting = "Enter its last day of use instead."
    search_fields = ["name"]
    fieldsets = [(None, {"fields": ["name", "order", ("used_from", "used_until")]})]


@admin.register(StatusReport)
class StatusReportAdmin(ReadOnlyAdmin):
    list_display = ["project", "period", "state", "overall", "independent_rating", "submitted_by", "submitted_at"]
    list_filter = ["state", "overall", "period"]
    search_fields = ["project__title", "project__reference", "summary"]
    list_select_related = ["project", "period", "submitted_by"]


class DeliveryFilter(admin.SimpleListFilter):
    title = "delivery"
    parameter_name = "delivery"

    def lookups(self, request, model_admin):
        return [
            ("sent", "Sent"),
            ("waiting", "Waiting to be sent"),
            ("given-up", f"Not sent after {MAX_RETRIES} retries"),
        ]

    def queryset(self, request, queryset):
        match self.value():
            case "sent":
                return queryset.sent()
            case "waiting":
                return queryset.waiting()
            case "given-up":
                return queryset.given_up()
        return queryset


@admin.register(Notice)
class NoticeAdmin(ReadOnlyAdmin):
    list_display = ["created_at", "kind", "person", "text", "sent_at", "retries"]
    list_filter = [DeliveryFilter, "kind", "created_at"]
    search_fields = ["person__name", "person__email", "text"]
    list_select_related = ["person"]
