"""Import estate returns: choose a file, the trusts, answer questions, see a preview, import. Accept returns."""

import datetime

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import IntegrityError
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from estates_portal.accounts.audit import record
from estates_portal.accounts.models import AuditKind
from estates_portal.accounts.rules import IMPORT_RECORDS, require
from estates_portal.fields import is_id
from estates_portal.paging import page_of
from estates_portal.sorting import SortKey
from projects.labels import plural
from projects.models import EstateImport
from sites.acceptance import accept_returns
from sites.models import EstateReturn, distinct_names

from .eric_file import ReturnRow
from .estate_returns import TOTALS, Published, ReturnsImport, column_label, import_summary
from .forms import AnswersForm, EstateFileForm, ImportForm, TrustsForm
from .matching import match, organisations_with

PREVIEW_CHANGED = "The records have changed since this preview. Check it again"


def import_of(request, pk):
    """The user's import with this id, or 404."""
    require(request.user, IMPORT_RECORDS)
    return get_object_or_404(EstateImport.objects.filter(by=request.user), pk=pk)


def rows_of(estate_import):
    return [ReturnRow.from_json(kept) for kept in estate_import.rows]


def returns_of(estate_import):
    """The `ReturnsImport` with the answers so far."""
    return ReturnsImport(
        rows_of(estate_import),
        year=estate_import.year,
        codes=estate_import.codes,
        answers=estate_import.answers,
    )


@require_http_methods(["GET", "HEAD", "POST"])
def estate_return_list(request):
    """Returns that the public does not see yet, and by POST, accept one of them or all."""
    require(request.user, IMPORT_RECORDS)
    waiting = EstateReturn.objects.visible_to(request.user).filter(accepted=False)
    if request.method == "POST":
        pk = request.POST.get("return", "")
        if request.POST.get("action") != "all":
            _accept(request, waiting.filter(pk=pk) if is_id(pk) else waiting.none())
        elif request.POST.get("count") == str(waiting.count()):
            _accept(request, waiting)
        else:
            messages.warning(request, "No return accepted: the list has changed. Check it again")
        return redirect("projects:estate_return_list")
    returns = waiting.select_related("site", "aggregate_of", "reported_by")
    page = page_of(request, returns.order_by("-year", "reported_as", SortKey("site__name"), "pk"))
    names = distinct_names({row.site for row in page if row.site})
    context = {
        "page_obj": page,
        "rows": [(row, names.get(row.site_id)) for row in page],
        "imports": EstateImport.objects.filter(by=request.user).defer("rows"),
    }
    return render(request, "projects/importing/estate_return_list.html", context)


def _accept(request, returns):
    """Accept the returns of a queryset, with a message of what happened."""
    try:
        number = accept_returns(returns)
    except ValidationError as error:
        messages.warning(request, f"No return accepted. {' '.join(error.messages)}")
        return
    if number:
        record(AuditKind.IMPORTED, request=request, detail=f"{plural(number, 'estate return')} accepted")
        messages.success(request, f"{plural(number, 'return')} accepted")
    else:
        messages.warning(request, "No return accepted: it has been accepted or deleted")


@require_http_methods(["GET", "HEAD", "POST"])
def estate_import_add(request):
    require(request.user, IMPORT_RECORDS)
    form = EstateFileForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        eric, details = form.cleaned_data["eric"], form.cleaned_data
        estate_import = EstateImport.objects.create(
            by=request.user,
            file_name=details["file"].name,
            rows=[row.as_json() for row in eric.rows],
            missing=eric.missing,
            problems=eric.problems,
            **{name: details[name] for name in ("year", "source_words", "source_url", "published_on")},
        )
        return redirect(estate_import)
    return render(request, "projects/importing/estate_import_add.html", {"form": form})


@require_http_methods(["GET", "HEAD", "POST"])
def estate_import_trusts(request, pk):
    """Which trusts of the file to import."""
    estate_import = import_of(request, pk)
    trusts = {row["organisation_code"]: row["organisation_name"] for row in estate_import.rows}
    known = organisations_with(trusts, datetime.date(estate_import.year + 1, 3, 31))
    form = TrustsForm(request.POST or None, trusts=trusts, known=known, chosen=estate_import.codes)
    if request.method == "POST" and form.is_valid():
        estate_import.codes = form.codes
        estate_import.save(update_fields=["codes"])
        return redirect("projects:estate_import_questions", pk)
    context = {"form": form, "import": estate_import, "missing": [column_label(name) for name in estate_import.missing]}
    return render(request, "projects/importing/estate_import_trusts.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def estate_import_questions(request, pk):
    """Which organisations and sites the rows are of. Sites are asked when the organisations are answered."""
    estate_import = import_of(request, pk)
    if not estate_import.codes:
        return redirect(estate_import)
    rows = [row for row in rows_of(estate_import) if row.organisation_code in estate_import.codes]
    organisations = match(rows, year=estate_import.year, answers={}).organisation_questions
    answered = {"organisations": estate_import.answers.get("organisations", {})}
    asked = match(rows, year=estate_import.year, answers=answered)
    sites = [] if asked.organisation_questions else asked.site_questions
    if not organisations and not sites:
        return redirect("projects:estate_import_preview", pk)
    form = AnswersForm(
        request.POST or None,
        organisation_questions=organisations,
        site_questions=sites,
        answers=estate_import.answers,
    )
    if request.method == "POST" and form.is_valid():
        estate_import.answers = {
            kind: estate_import.answers.get(kind, {}) | answers for kind, answers in form.answers.items()
        }
        estate_import.save(update_fields=["answers"])
        has_more = returns_of(estate_import).questions
        return redirect("projects:estate_import_questions" if has_more else "projects:estate_import_preview", pk)
    context = {"form": form, "import": estate_import}
    return render(request, "projects/importing/estate_import_questions.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def estate_import_preview(request, pk):
    """What the import would change; by POST, the import."""
    estate_import = import_of(request, pk)
    returns = returns_of(estate_import)
    if not estate_import.codes or returns.questions:
        return redirect("projects:estate_import_questions", pk)
    form = ImportForm(request.POST or None, initial={"fingerprint": returns.fingerprint})
    if request.method == "POST" and form.is_valid():
        if form.cleaned_data["fingerprint"] != returns.fingerprint:
            form.add_error(None, PREVIEW_CHANGED)
        elif _import(request, estate_import, returns, form):
            return redirect("projects:estate_return_list")
        else:
            returns = returns_of(estate_import)
        form.data = form.data | {"fingerprint": returns.fingerprint}
    context = {
        "import": estate_import,
        "returns": returns,
        "form": form,
        "missing": [column_label(name) for name in estate_import.missing],
        "columns": [label for label, _name in TOTALS],
    }
    return render(request, "projects/importing/estate_import_preview.html", context)


def _import(request, estate_import, returns, form):
    """Import the returns and delete the `EstateImport`. Returns False, with errors on the form, if nothing is saved."""
    source = Published(estate_import.source_words, estate_import.source_url, estate_import.published_on)
    try:
        counts = returns.apply(published=source, accept=form.cleaned_data["accept"])
    except ValidationError as error:
        form.add_error(None, error.messages)
        return False
    except IntegrityError:
        form.add_error(None, PREVIEW_CHANGED)
        return False
    summary = import_summary(counts)
    record(AuditKind.IMPORTED, request=request, detail=f"{estate_import}: {summary}")
    estate_import.delete()
    messages.success(request, f"Returns of {estate_import.financial_year} imported: {summary}")
    if counts["left"]:
        left = plural(counts["left"], "correction")
        messages.warning(request, f"{left} not imported. To change accepted returns, import the file again and accept")
    return True


@require_POST
def estate_import_delete(request, pk):
    estate_import = import_of(request, pk)
    estate_import.delete()
    messages.success(request, f"Import of {estate_import} deleted")
    return redirect("projects:estate_return_list")
