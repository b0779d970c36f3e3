"""The pages of the portal, in one place: for browser tests, HTML tests and snapshots (tests/snapshot_pages.py)."""

import datetime

from django.contrib import admin

from estates_portal.accounts.models import User
from estates_portal.contact.models import Message
from estates_portal.dates import PartialDate
from projects.change_requests import services
from projects.models import BacklogRemoved, ChangeRequest, Project, ReportingPeriod, StatusReport
from tests.factories import BacklogRemovedFactory, RiskEscalationFactory, RiskFactory

PAGES = [
    "/",
    "/projects/",
    "/projects/?page=2&sort=-cost",
    "/projects/?view=table",
    "/projects/?place=luton&stage=construction&q=centre",
    "/projects/?q=nothing+is+called+this",
    "/projects/?place=atlantis&year=soon",
    "/hubs/",
    "/hospital-schemes/",
    "/projects/lad-asb/",
    "/projects/leighton-buzzard-hub/",
    "/projects/maternity-hubs/",
    "/timeline/?kind=hospital_scheme",
    "/timeline/?q=nothing+is+called+this",
    "/projects/lad-asb/timeline/",
    "/open-data/",
    "/programmes/",
    "/programmes/lad-sdp/",
    "/priorities/maternity-hubs/",
    "/programmes/bedfordshire-hospitals-consolidation/",
    "/strategy/",
    "/sites/",
    "/sites/milton-keynes-university-hospital/",
    "/sites/luton-and-dunstable-university-hospital/",
    "/sites/?q=nowhere",
    "/sites/?cir=unknown&sort=-backlog",
    "/organisations/",
    "/organisations/nhs-bedfordshire-luton-and-milton-keynes-integrated-care-board/",
    "/places/",
    "/places/luton/",
    "/search/",
    "/search/?q=leighton+buzzard",
    "/search/?q=xyzzy",
    "/map/",
    "/map/?layer=sites&area=luton",
    "/map/?layer=backlog",
    "/map/?layer=condition",
    "/map/?layer=practices",
    "/map/?layer=centres&only=long",
    "/map/?layer=wrong&area=atlantis",
    "/near/",
    "/near/?q=LU7+1BE",
    "/near/?q=PE19+1AA",
    "/near/?q=SW1A+2AA",
    "/near/?q=Leighton+Buzzard",
    "/near/?q=nowhere",
    "/glossary/",
    "/about-the-data/",
    "/accessibility/",
    "/contact/",
    "/contact/?page=/projects/lad-asb/",
    "/contact/sent/",
    "/privacy/",
    "/cookies/",
    "/account/sign-in/",
    "/account/sign-up/",
    "/account/inactive/",
    "/account/password/reset/",
    "/account/password/reset/sent/",
    "/account/password/reset/1-wrong/",
    "/account/password/reset/done/",
    "/account/email/sent/",
    "/account/email/confirm/wrong/",
    "/account/single-sign-on/cancelled/",
]


def office_pages():
    """The programme office's pages, for an example project with reports."""
    project = Project.objects.filter(is_example=True, programme__isnull=False, current_report__isnull=False).first()
    milestones = project.milestones.exclude(change_requests__in=ChangeRequest.objects.waiting())
    milestone = milestones.filter(reached=False).first() or milestones.first()
    office = User.objects.filter(role="programme_office", is_active=True).first()
    change = services.request_baseline(
        milestone, office, date=PartialDate(datetime.date(2040, 5, 1), "month"), why="Land"
    )
    message = Message.objects.create(text="The opening date is wrong", page="/sites/", page_title="Sites")
    statement = BacklogRemoved.objects.first() or BacklogRemovedFactory(project__is_example=True)
    risk = project.risks.filter(closed_on=None, escalation="project", escalations=None).first()
    risk = risk or RiskFactory(project=project)
    escalation = RiskEscalationFactory(risk__project=project, asked_by=office)
    report, waits = project.current_report, StatusReport.objects.filter(state="submitted").first()
    return [
        "/my-work/",
        "/projects/add/",
        "/sites/add/",
        f"{statement.site.get_absolute_url()}edit/",
        "/organisations/add/",
        f"{project.programme.get_absolute_url()}edit/",
        "/history/",
        "/history/?what=Status+report&since=1/1/2026",
        "/history/?what=nothing&until=soon",
        "/messages/",
        "/messages/?state=answered",
        message.get_absolute_url(),
        "/review/",
        "/review/accept/",
        "/review/public/",
        f"/review/{waits.pk}/",
        "/periods/",
        f"/periods/{report.period.slug}/",
        f"/periods/{report.period.slug}/?show=outstanding&sort=on-time",
        f"/periods/{report.period.slug}/close/",
        f"/periods/{report.period.slug}/chase/",
        "/projects/?rating=red&sort=rating",
        project.get_absolute_url(),
        project.programme.get_absolute_url(),
        *(f"{project.get_absolute_url()}facts/{key}/" for key in ("people", "stage", "organisations")),
        f"{project.get_absolute_url()}close/",
        f"{project.get_absolute_url()}history/",
        f"{project.get_absolute_url()}updates/",
        f"{project.get_absolute_url()}updates/compare/",
        report.get_absolute_url(),
        "/risks/",
        "/risks/?q=nothing+like+it",
        "/risks/?movement=new",
        f"{project.get_absolute_url()}risks/",
        f"{project.get_absolute_url()}risks/add/",
        risk.get_absolute_url(),
        f"{risk.get_absolute_url()}escalate/",
        f"{RiskFactory(project=project, escalation='portfolio').get_absolute_url()}return/",
        escalation.risk.get_absolute_url(),
        "/escalations/",
        "/escalations/?state=sent_back",
        escalation.get_absolute_url(),
        f"{project.get_absolute_url()}money/",
        f"{project.get_absolute_url()}money/edit/",
        f"{project.get_absolute_url()}money/funding/add/",
        "/projects/?watch=over_budget&watch=extreme_risk",
        "/",
        "/?state=&kind=hub",
        "/?q=nothing+like+it",
        "/calendar/",
        "/views/",
        "/views/add/?page=/projects/%3Fplace=luton",
        "/board-report/",
        f"/board-report/?period={report.period.slug}&restricted=yes",
        "/what-changed/",
        "/what-changed/?kind=hub&place=luton",
        "/as-at/",
        "/timeline/",
        "/timeline/?zoom=quarter&kind=hub",
        f"{project.get_absolute_url()}timeline/",
        f"{project.get_absolute_url()}milestones/",
        f"{project.get_absolute_url()}milestones/add/",
        f"{project.get_absolute_url()}milestones/gates/",
        f"{project.get_absolute_url()}milestones/{milestone.pk}/",
        f"{project.get_absolute_url()}milestones/{milestone.pk}/change/",
        "/milestones/",
        "/changes/",
        f"/changes/{change.pk}/",
        f"{project.get_absolute_url()}benefits/",
        f"{project.get_absolute_url()}benefits/add/",
        statement.project.get_absolute_url(),
        statement.site.get_absolute_url(),
        f"{statement.project.get_absolute_url()}backlog/",
        f"{statement.project.get_absolute_url()}backlog/add/",
        f"{statement.project.get_absolute_url()}backlog/{statement.pk}/",
        f"{statement.project.get_absolute_url()}backlog/{statement.pk}/remove/",
        "/registers/decisions/",
        "/registers/actions/?state=open",
        "/registers/benefits/",
        "/registers/documents/",
        "/registers/documents/?q=nothing+like+it",
        "/risk-removed/",
        "/risk-removed/?sort=-removed&kind=hub",
        "/risk-removed/?q=nothing+like+it",
        f"{project.get_absolute_url()}decisions/",
        f"{project.get_absolute_url()}documents/add/",
        "/estate-returns/",
        "/estate-returns/import/",
        "/first-steps/",
        "/people/",
        "/people/invite/",
        "/people/invitations/",
        "/account/",
    ]


# Lists with filters and errors, and unknown addresses
FILTERED_PAGES = [
    "/nothing-here/",
    "/projects/nothing-here/",
    "/programmes/nothing-here/",
    "/healthz",
    "/publish/",
    "/start/",
    "/projects/add/details/",
    "/?front",
    "/?place=luton&kind=hospital_scheme",
    "/?place=atlantis",
    "/projects/?page=99",
    "/projects/?page=x&sort=x",
    "/projects/?q=one+two+three+four+five+six+seven+eight+nine+ten+eleven+twelve+thirteen",
    "/projects/?q=centre&sort=-opening&view=table",
    "/projects/?kind=hub&hub_type=diagnostics&state=on_hold",
    "/projects/?stage=construction&stage=unknown&year=2027&sort=stage",
    "/projects/?state=cancelled&view=table",
    "/projects/?rating=none&sort=-rating",
    "/projects/?rating=red&rating=amber&view=table",
    "/projects/?watch=report_overdue&watch=newly_worse",
    "/projects/?watch=wrong&rating=wrong&stage=wrong&state=wrong&lead=wrong&priority=wrong&programme=wrong",
    "/projects/?programme=lad-sdp&priority=maternity-hubs",
    "/projects/?lead=bedfordshire-hospitals-nhs-foundation-trust&place=several",
    "/hubs/?q=health&sort=cost",
    "/hospital-schemes/?state=active&view=table",
    "/sites/?place=luton",
    "/sites/?page=2",
    "/sites/?kind=health_centre&q=road",
    "/organisations/?kind=gp_practice",
    "/organisations/?kind=gp_practice&q=street&page=2",
    "/organisations/?q=nowhere",
    "/places/bedford-borough/?page=2",
    "/programmes/?page=2",
    "/search/?q=luton",
    "/search/?q=LU4+0DZ",
    "/near/?q=MK17",
    "/projects/?q=LU7+1BE",
    "/search/?q=a",
    "/search/?q=example",
    "/search/?q=health&page=2",
    "/timeline/?place=atlantis",
    "/timeline/?zoom=quarter&page=2",
    "/registers/actions/?page=2",
    "/registers/benefits/?state=overdue&sort=-due_on",
    "/registers/documents/?kind=wrong&sort=wrong",
    "/risks/?page=2",
    "/risks/?kind=issue&place=luton",
    "/risks/?score=wrong&state=wrong&category=wrong",
    "/review/?page=2",
    "/changes/?state=approved",
    "/changes/?state=rejected",
    "/milestones/?kind=hub&page=2",
    "/milestones/?q=nothing+like+it",
    "/what-changed/?from=2026-06&to=2026-08",
    "/what-changed/?from=wrong&to=wrong",
    "/risk-removed/?sort=wrong&place=atlantis",
    "/risk-removed/?sort=-cir&page=2",
    "/as-at/?period=2026-07",
    "/as-at/?period=2026-07&place=luton&kind=hub&sort=-cost",
    "/as-at/?period=wrong",
    "/board-report/?period=wrong",
    "/board-report/?period=2026-08&place=luton",
    "/views/add/",
    "/people/?q=nobody",
    "/people/?role=programme_office",
    "/people/?role=wrong",
    "/people/1/",
    "/people/1/change/",
    "/people/1/deactivate/",
    "/account/sign-out/",
    "/account/confirm-it-is-you/",
    "/account/email/",
    "/account/password/",
    "/account/second-step/",
    "/account/second-step/totp/activate/",
    "/account/second-step/webauthn/",
    "/account/sessions/",
    "/account/single-sign-on/",
    "/account/single-sign-on/error/",
    "/account/invitation/wrong/",
]
# Files, as text; of PDF and Word reports only the text
DOWNLOADS = [
    "/export/portfolio.xlsx",
    "/export/portfolio.xlsx?place=luton",
    "/export/projects.csv",
    "/export/projects.csv?kind=hub&sort=-cost",
    "/export/milestones.csv",
    "/export/money.csv",
    "/export/backlog.csv",
    "/risk-removed/ranking.csv",
    "/export/risks.csv",
    "/risks/risks.csv",
    "/export/actions.csv",
    "/export/benefits.csv",
    "/registers/decisions.csv",
    "/export/sites.csv",
    "/export/estate-returns.csv",
    "/export/organisations.csv",
    "/export/programmes.csv",
    "/export/priorities.csv",
    "/export/periods.csv",
    "/export/users.csv",
    "/progress.atom",
    "/open-data/projects.json",
    "/date/?text=14/3/2027",
    "/open-data/projects.csv",
    "/board-report/report.pdf?period=2026-08",
    "/board-report/report.docx?period=2026-08",
    "/calendar/wrong/all.ics",
]


def project_pages(project):
    """The pages of one project and of its newest record of each type."""
    page = project.get_absolute_url()
    report = project.status_reports.order_by("pk").last()
    milestone = project.milestones.order_by("pk").last()
    risk = project.risks.order_by("pk").last()
    period = ReportingPeriod.objects.filter(closed_at=None).order_by("starts_on").last()
    return [
        page,
        *(f"{page}{name}/" for name in ("history", "updates", "updates/compare", "risks", "risks/add", "money")),
        *(f"{page}{name}/" for name in ("money/edit", "milestones", "milestones/add", "milestones/gates", "timeline")),
        f"{page}timeline/?zoom=quarter",
        f"{page}history/?who=nobody&from=wrong",
        f"{page}report/{period.slug}/",
        f"{page}report/wrong/",
        *(
            f"{page}{register}/{action}"
            for register in ("backlog", "benefits", "decisions", "documents")
            for action in ("", "add/")
        ),
        *([f"{page}milestones/{milestone.pk}/", f"{page}milestones/{milestone.pk}/change/"] if milestone else []),
        *([risk.get_absolute_url()] if risk else []),
        *([report.get_absolute_url()] if report else []),
        f"{page}milestones/0/",
        f"{page}risks/0/",
    ]


def admin_pages():
    """The admin's index and, for each model, its list, its add form and its first record."""
    addresses = ["/admin/", "/admin/?next=/", "/admin/projects/hub/?q=nothing+like+it"]
    for model in sorted(admin.site._registry, key=lambda model: model._meta.label_lower):
        base = f"/admin/{model._meta.app_label}/{model._meta.model_name}/"
        first = model._default_manager.order_by("pk").first()
        addresses += [base, f"{base}add/"]
        if first:
            addresses += [f"{base}{first.pk}/change/", f"{base}{first.pk}/history/"]
    return addresses
