"""Adding and editing sites, organisations and programmes."""

from django.contrib import messages
from django.db import transaction
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from estates_portal.accounts.rules import require
from estates_portal.addresses import get_by_slug
from estates_portal.merging import merge_page, saved_message
from projects.models import Programme
from projects.versions import last_save, locked

from .services import is_saved


@require_http_methods(["GET", "HEAD", "POST"])
def record_add(request, page):
    require(request.user, page.permission("add"))
    return _edit(request, page, page.model())


@require_http_methods(["GET", "HEAD", "POST"])
def record_edit(request, page, slug):
    require(request.user, page.permission("change"))
    return _edit(request, page, get_by_slug(page.model.objects.all(), slug))


def _edit(request, page, record):
    if request.method == "POST":
        return _save(request, page, record)
    return _form_page(request, page, record, page.form(request.POST or None, instance=record), str(record))


@transaction.atomic
def _save(request, page, record):
    is_new = record.pk is None
    record = record if is_new else locked(record)
    name, before = str(record), last_save(record)
    form = page.form(request.POST, instance=record)
    if form.is_valid() and (not (is_new or form.has_changed()) or is_saved(form, form.save)):
        messages.success(request, f"{record} added" if is_new else saved_message(record, form, saved=before))
        return redirect(record if _has_page(record, request.user) else "projects:programme_list")
    if form.conflicts:
        return merge_page(request, form, record=record, saved=before)
    return _form_page(request, page, record, form, name)


def _has_page(record, reader):
    """Whether the page of the record is shown: not that of a programme without projects."""
    return not isinstance(record, Programme) or Programme.objects.visible_to(reader).filter(pk=record.pk).exists()


def _form_page(request, page, record, form, name):
    """The page of the form. `name` is the saved name: the form can have changed the record."""
    heading = f"Add {page.article} {page.noun}" if record.pk is None else f"Edit {name}"
    folded = getattr(form, "more", ())
    context = {
        "heading": heading,
        "record": record,
        "name": name,
        "form": form,
        "fields": [field for field in form if field.name not in folded],
        "more": [form[name] for name in folded],
        "has_error_in_more": bool(set(folded) & set(form.errors)),
        "example_data": record.is_example,
    }
    return render(request, "projects/records/record_edit.html", context)
