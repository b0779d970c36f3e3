"""Status reports that a user can see."""

from django.shortcuts import get_object_or_404
from django.urls import reverse

from estates_portal.accounts.rules import REPORT_ON_PROJECT
from projects.access import visible_project
from projects.models import REPORTED, Project, ReportState, StatusReport


def visible_report(request, slug, pk):
    """The report, if the user can see its project. Raises Http404."""
    project = visible_project(request, slug)
    reports = StatusReport.objects.filter(project=project).select_related(
        "period", "saved_by", "submitted_by", "submitted_for", "reviewed_by"
    )
    report = get_object_or_404(reports, pk=pk)
    report.project = project
    return report


def report_form_url(report):
    """The URL of the form of a report."""
    if report.corrects_id:
        return reverse("projects:correction", args=[report.project.slug, report.pk])
    return reverse("projects:report", args=[report.project.slug, report.period.slug])


def visible_reports(project, user):
    """The project's reports that the user can read: drafts only if the user can report on the project."""
    reports = StatusReport.objects.filter(project=project)
    if not user.has_perm(REPORT_ON_PROJECT, project):
        reports = reports.filter(state__in=REPORTED)
    return reports


def reports_to_review(user):
    """Submitted reports of projects that the reviewer can see, oldest first."""
    reports = StatusReport.objects.filter(state=ReportState.SUBMITTED, project__in=Project.objects.visible_to(user))
    related = ("project", "period", "submitted_by", "submitted_for")
    return reports.select_related(*related).order_by("submitted_at", "pk")


def highest_risks(project, today):
    """[(risk, whether its review is overdue)] of the three open risks with the highest scores. One query."""
    risks = list(project.risks.open().with_score().order_by("-score_now", "pk")[:3])
    for risk in risks:
        risk.project = project
    return [(risk, risk.is_review_overdue(today)) for risk in risks]
