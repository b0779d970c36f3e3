"""The board report as a page, PDF or Word file."""

import tempfile

from django.http import FileResponse, Http404
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_safe

from estates_portal.accounts.audit import record
from estates_portal.accounts.models import AuditKind
from estates_portal.dates import date_label
from estates_portal.nhsuk.forms import SelectForm
from projects.models import Project
from projects.portfolio.snapshots import period_choices, periods_reported
from projects.project_list import NOT_IN_SCOPE, ProjectList, invalid_filters

from . import build_board_report, pdf_of, word_of
from .blocks import Facts, Heading, NewPage, Picture, ReportTable, Text

MAX_PROJECTS = 300  # in one report
KINDS = {Heading: "heading", Text: "text", Facts: "facts", ReportTable: "table", NewPage: "page", Picture: "picture"}
WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


@require_safe
def board_report(request):
    """The form for period and scope, and the report once a period is selected."""
    selection = _Selection(request)
    context = {
        "form": selection.project_list.form,
        "chips": selection.project_list.chips,
        "selects": selection.selects(),
        "too_many": selection.too_many,
        "max_projects": MAX_PROJECTS,
    }
    if selection.period is not None and not selection.too_many:
        report = selection.report()
        context |= {
            "report": report,
            "blocks": [(KINDS[type(block)], block) for block in report.blocks],
            "contents": [
                block for block in report.blocks if isinstance(block, Heading) and block.key and block.level == 2
            ],
            "example_data": report.has_examples,
        }
    return render(request, "projects/portfolio/board/board_report.html", context)


@require_GET
def board_report_pdf(request):
    return _file(request, "pdf", "application/pdf", pdf_of)


@require_GET
def board_report_word(request):
    return _file(request, "docx", WORD, word_of)


def _file(request, extension, content_type, write):
    selection = _Selection(request)
    if selection.period is None:
        raise Http404("No report of that period")
    if selection.project_list.has_errors:
        return invalid_filters(request, selection.project_list)
    if selection.too_many:
        return redirect(f"{reverse('projects:board_report')}?{request.GET.urlencode()}")
    report = selection.report()
    file = tempfile.TemporaryFile()  # noqa: SIM115 -- the response closes it
    write(report, file)
    file.seek(0)
    detail = f"Board report ({extension}), {selection.period}: {report.projects} projects. {report.scope}"
    record(AuditKind.EXPORTED, request=request, person=request.user, detail=detail[:500])
    name = f"board-report-{selection.period.slug}{'-draft' if report.draft else ''}.{extension}"
    return FileResponse(file, as_attachment=True, filename=name, content_type=content_type)


class _Selection:
    """The selected period and projects, with their labels."""

    def __init__(self, request):
        self.request = request
        self.periods = periods_reported()
        self.period = next((period for period in self.periods if period.slug == request.GET.get("period")), None)
        query = request.GET.copy()
        for name in ("period", "restricted", "group"):
            query.pop(name, None)
        self.project_list = ProjectList.from_request(request, query=query, without=NOT_IN_SCOPE)
        projects = self.project_list.projects
        self.with_restricted = request.GET.get("restricted") == "yes"
        self.by_programme = request.GET.get("group") == "programme"
        self.projects = projects if self.with_restricted else projects.filter(restricted=False)
        self.too_many = self.period is not None and self.projects.count() > MAX_PROJECTS

    def selects(self):
        """The form to select the period, restricted projects and grouping; None if there are no reports."""
        if not self.periods:
            return None
        period = self.period or self.periods[0]
        restricted = [("no", "Exclude"), ("yes", "Include")]
        groups = [("", "No groups"), ("programme", "Programme")]
        return SelectForm(
            {
                "period": ("Period", period_choices(self.periods), period.slug),
                "restricted": ("Restricted projects", restricted, "yes" if self.with_restricted else "no"),
                "group": ("Group by", groups, "programme" if self.by_programme else ""),
            }
        )

    def report(self):
        now = timezone.localtime()
        labels = [chip.label for chip in self.project_list.chips]
        scope = "; ".join(labels) or "All projects"
        restricted = "including restricted projects" if self.with_restricted else "excluding restricted projects"
        created = f"Created {date_label(now)} at {now:%H:%M} by {self.request.user}."
        ids = Project.objects.filter(pk__in=self.projects.order_by().values("pk"))
        return build_board_report(
            ids,
            self.period,
            reader=self.request.user,
            scope=f"{scope}; {restricted}",
            created=created,
            by_programme=self.by_programme,
        )
