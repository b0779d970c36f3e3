"""What is recorded around one project in a few words, an amount or a day each: read in one query.

It is a union of small selections, and a `Prepared` query of its own for readers by the public, of one organisation, of
none, and of everything.
"""

from functools import cache
from typing import NamedTuple

from django.db.models import DecimalField, F, Value
from django.db.models.functions import Cast

from sites.models import Organisation, Site
from sites.unions import NO_DAY, NO_NUMBER, NOTHING, text

from .models import (
    AnnualCost,
    Benefit,
    CostEstimate,
    Document,
    Following,
    FundingLine,
    Milestone,
    OtherName,
    Priority,
    ProgressNote,
    Project,
    ProjectSource,
    Risk,
    Service,
)
from .prepared import Prepared

DECIMAL = DecimalField(max_digits=14, decimal_places=2)


class Reader(NamedTuple):
    """As much of a user as `Project.objects.visible_to` asks for."""

    is_authenticated: bool
    sees_everything: bool = False
    organisation_id: int | None = None


def facts_around(project, user):
    """Rows of (kind, words, link, status, project id, id, Decimal, day) that `user` may see. One query.

    In words, with what their address is made of: name, source, partner, successor (of the lead), network, site,
    priority, service, undated (milestone), document; part and parent, with their stage as the status. With amounts
    and days: cost (also of the plan that it is a part of), funding, note. To who is signed in: benefit, following
    (where they follow the project), forecast (pounds in one year), risk (the score of an open one, and the day of its
    next review).
    """
    reader = _reader(user)
    query = _query(reader.is_authenticated, reader.sees_everything, reader.organisation_id is not None)
    lead = project.lead_organisation
    return query.rows(
        project=project.pk,
        parent=project.parent_id,
        successor=lead.successor_id if lead else None,
        organisation=reader.organisation_id,
        person=user.pk,
    )


def _reader(user):
    if not user.is_authenticated:
        return Reader(False)
    return Reader(True, user.sees_everything, None if user.sees_everything else user.organisation_id)


@cache
def _query(signed_in, everything, has_organisation):
    def build(project, parent, successor, organisation, person):
        visible = Project.objects.visible_to(Reader(signed_in, everything, organisation if has_organisation else None))
        plan = visible.filter(pk=parent)
        undated = Milestone.objects.filter(project=project, current_on=None)
        documents = Document.objects.filter(project=project)
        if not signed_in:
            undated, documents = undated.filter(public=True), documents.filter(public=True)
        own_costs = CostEstimate.objects.filter(project=project)
        costs_of_plan = CostEstimate.objects.filter(project__in=plan.order_by().values("pk"))
        funding = FundingLine.objects.filter(project=project)
        notes = ProgressNote.objects.filter(project=project)
        branches = [
            _some("name", OtherName.objects.filter(project=project), "name"),
            _some("source", ProjectSource.objects.filter(project=project), "supports", "url"),
            _some("partner", Organisation.objects.filter(partnered_projects=project), "name", "slug"),
            _some("successor", Organisation.objects.filter(pk=successor), "name", "slug"),
            _some("network", Organisation.objects.filter(hubs=project), "name", "slug"),
            _some("site", Site.objects.filter(further_projects=project), "name", "slug"),
            _some("priority", Priority.objects.filter(projects=project), "title", "slug"),
            _some("service", Service.objects.filter(hubs=project), "name"),
            _some("undated", undated, "title"),
            _some("document", documents, "title", "url"),
            _some("part", visible.filter(parent=project), "title", "slug", "stage"),
            _some("parent", plan, "title", "slug", "stage"),
            _cost(own_costs),
            _cost(costs_of_plan),
            _some("funding", funding, "funder", "source_url", "status", number="amount_pounds"),
            _some("note", notes, "text", "source_url", day="date"),
        ]
        if signed_in:
            forecasts = AnnualCost.objects.filter(project=project, forecast__isnull=False)
            open_risks = Risk.objects.filter(project=project).open().with_score()
            branches += [
                _some("benefit", Benefit.objects.filter(project=project), NOTHING),
                _some("following", Following.objects.filter(project=project, person=person), NOTHING),
                _some("forecast", forecasts, NOTHING, number="forecast"),
                _some("risk", open_risks, NOTHING, number="score_now", day="review_on"),
            ]
        return branches[0].union(*branches[1:], all=True)

    return Prepared(build, "project", "parent", "successor", "organisation", "person")


def _cost(costs):
    return _some("cost", costs, "covers", "source_url", owner="project_id", number="amount_pounds", day="as_of")


def _some(kind, queryset, words, link=NOTHING, status=NOTHING, *, owner=NO_NUMBER, number=None, day=NO_DAY):
    """One selection of the union: where its columns come from."""
    columns = (words, link, status, owner, "pk", Cast(F(number) if number else Value(None), DECIMAL), day)
    return queryset.order_by().values_list(text(kind), *columns)
