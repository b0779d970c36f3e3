"""Decisions that wait for the programme office: of reports, changes, escalations and proposed public changes."""

from dataclasses import dataclass

from django.urls import reverse

from estates_portal.caching import cached_until_change
from projects.labels import plural
from projects.models import REPORTED, ChangeRequest, Project, Proposal, ProposedNote, RiskEscalation

from .proposals import proposed_number, waiting_dates
from .queries import reports_to_review


@dataclass(frozen=True)
class Waiting:
    """Numbers of decisions that wait. `public`: of notes, dates, records and facts."""

    reports: int
    changes: int
    escalations: int
    public: int

    @property
    def total(self):
        return self.reports + self.changes + self.escalations + self.public

    @property
    def labels(self):
        """[("2 reports to review", address of their list)] of the kinds of decisions that wait."""
        lists = [
            (self.reports, "report", "to review", "projects:review_queue"),
            (self.changes, "change request", "to decide", "projects:change_request_list"),
            (self.escalations, "escalation", "to answer", "projects:escalation_list"),
            (self.public, "public update", "to decide", "projects:public_updates"),
        ]
        return [(f"{plural(number, noun)} {act}", reverse(name)) for number, noun, act, name in lists if number]


def waiting_for(request):
    """The decisions that wait in projects that the reviewer can see. Seven queries after a change of the data."""
    return cached_until_change(request, "waiting", lambda: _count(request.user))


def _count(user):
    visible = Project.objects.visible_to(user).order_by().values("pk")
    notes = waiting_notes(visible).order_by().values("pk")
    facts = Proposal.objects.waiting().filter(project__in=visible).order_by().values("pk")
    return Waiting(
        reports=reports_to_review(user).count(),
        changes=ChangeRequest.objects.waiting().filter(project__in=visible).count(),
        escalations=RiskEscalation.objects.waiting().filter(risk__project__in=visible).count(),
        public=notes.union(facts, all=True).count() + waiting_dates(visible).count() + proposed_number(visible),
    )


def waiting_notes(projects):
    """Progress notes proposed in submitted reports of these projects."""
    return ProposedNote.objects.filter(
        state=ProposedNote.State.AWAITING_APPROVAL, report__project__in=projects, report__state__in=REPORTED
    )
