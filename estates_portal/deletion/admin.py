"""The list of deleted records, from which administrators restore them."""

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpResponseNotAllowed
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils import timezone
from django.utils.formats import date_format

from estates_portal.accounts.rules import RESTORE_RECORDS
from estates_portal.admin import ReadOnlyAdmin

from .models import Deletion
from .services import restore


class StateFilter(admin.SimpleListFilter):
    title = "status"
    parameter_name = "status"

    def lookups(self, request, model_admin):
        return [("deleted", "Deleted"), ("restored", "Restored")]

    def queryset(self, request, queryset):
        if self.value() in {"deleted", "restored"}:
            return queryset.filter(restored_at__isnull=self.value() == "deleted")
        return queryset


class KindFilter(admin.SimpleListFilter):
    title = "type of record"
    parameter_name = "model"

    def lookups(self, request, model_admin):
        names = Deletion.objects.order_by("model").values_list("model", flat=True).distinct()
        return [(name, Deletion(model=name).kind) for name in names]

    def queryset(self, request, queryset):
        return queryset.filter(model=self.value()) if self.value() else queryset


@admin.register(Deletion)
class DeletionAdmin(ReadOnlyAdmin):
    change_form_template = "admin/deletion.html"
    list_display = ["label", "contents", "reason", "deleted", "by", "restored"]
    list_filter = [StateFilter, KindFilter, "at"]
    search_fields = ["label", "reason", "by__name"]
    list_select_related = ["by", "restored_by"]
    fields = ["label", "contents", "reason", "deleted", "by", "restored"]

    @admin.display(description="deleted", ordering="at")
    def deleted(self, deletion):
        return _time(deletion.at)

    @admin.display(description="restored", ordering="restored_at")
    def restored(self, deletion):
        return f"{_time(deletion.restored_at)} by {deletion.restored_by}" if deletion.restored_at else None

    def get_urls(self):
        view = self.admin_site.admin_view(self.restore)
        return [path("<int:pk>/restore/", view, name="deletion_deletion_restore"), *super().get_urls()]

    def restore(self, request, pk):
        """Restore the record, or say on its page what prevents that."""
        if not request.user.has_perm(RESTORE_RECORDS):
            raise PermissionDenied
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        deletion = self.get_object(request, str(pk))
        if deletion is None:
            raise Http404
        try:
            record, left_out = restore(deletion, by=request.user, request=request)
        except ValidationError as error:
            messages.error(request, f"Not restored. {' '.join(error.messages)}")
            return redirect("admin:deletion_deletion_change", pk)
        messages.success(request, f"{deletion} restored")
        for sentence in left_out:
            messages.warning(request, f"{sentence}, and was not restored")
        return redirect(_page_of(record) or reverse("admin:deletion_deletion_changelist"))


def _time(at):
    return date_format(timezone.localtime(at), "j M Y, H:i")


def _page_of(record):
    """The admin page of the record; None for a row inside a record."""
    if not admin.site.is_registered(type(record)):
        return None
    return reverse(f"admin:{record._meta.app_label}_{record._meta.model_name}_change", args=[record.pk])
