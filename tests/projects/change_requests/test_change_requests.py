"""Requests of new baselines, and the decisions on all change requests."""

import datetime

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.urls import reverse

from estates_portal.dates import PartialDate
from projects.change_requests import services
from projects.milestones.schedule import milestone_schedule
from projects.models import ChangeRequest, StatementKind
from projects.reporting import workflow
from tests.deletions import delete_whole
from tests.factories import HubFactory, MilestoneFactory, reported
from tests.periods import month

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]
DAY = datetime.date
MAY = DAY(2027, 5, 1)
BASELINE, FORECAST, ACTUAL = StatementKind.BASELINE, StatementKind.FORECAST, StatementKind.ACTUAL


class TestChangeRequests:
    def ask(self, opening, person, on=MAY, precision="month", why="Land came late"):
        return services.request_baseline(opening, person, date=PartialDate.of(on, precision), why=why)

    def decide(self, request, person, approve=True, **more):
        how = {"approver": "Capital Board", "decided_on": DAY(2026, 11, 20), **more}
        return services.decide_change(request, person, approve=approve, **how)

    def test_approved_request_changes_baseline_and_keeps_old_one(self, contributor_client, office_client, opening):
        change = self.ask(opening, contributor_client.user)
        assert (change.old_on, change.new_on, change.state) == (DAY(2027, 1, 1), DAY(2027, 5, 1), "proposed")
        approved = self.decide(change, office_client.user, conditions="No further change")
        assert (approved.state, approved.approver, approved.decided_by) == (
            "approved",
            "Capital Board",
            office_client.user,
        )
        baselines = opening.statements.filter(kind=BASELINE).order_by("pk")
        assert [(statement.on, statement.superseded) for statement in baselines] == [
            (DAY(2027, 1, 1), True),
            (DAY(2027, 5, 1), False),
        ]
        assert baselines[1].stated_on == DAY(2026, 11, 20)
        decision = opening.project.decisions.get()
        assert (decision.title, decision.reason, decision.decided_by, decision.decided_on) == (
            "Baseline of Opening changed from 1 January 2027 to May 2027",
            "Land came late\n\nNo further change",
            "Capital Board",
            DAY(2026, 11, 20),
        )

    def test_slippage_is_measured_from_latest_baseline(self, contributor_client, office_client, opening, hub):
        before = milestone_schedule(hub, office_client.user)[0]
        assert (before.baseline, before.slippage) == ("1 January 2027", "4 months late")
        self.decide(self.ask(opening, contributor_client.user, DAY(2027, 5, 1), precision="day"), office_client.user)
        after = milestone_schedule(hub, office_client.user)[0]
        assert (after.baseline, after.slippage) == ("1 May 2027", "on time")

    def test_declined_request_changes_nothing(self, contributor_client, office_client, opening):
        self.decide(self.ask(opening, contributor_client.user), office_client.user, approve=False)
        opening.refresh_from_db()
        assert opening.current_statement(BASELINE).on == DAY(2027, 1, 1)
        assert not opening.project.decisions.exists()

    def test_milestone_has_one_open_request_and_each_is_decided_once(self, contributor_client, office_client, opening):
        change = self.ask(opening, contributor_client.user)
        with pytest.raises(ValidationError, match="already awaiting a decision"):
            self.ask(opening, contributor_client.user)
        self.decide(change, office_client.user)
        with pytest.raises(ValidationError, match="already been decided"):
            self.decide(change, office_client.user, approve=False)
        self.ask(opening, contributor_client.user, DAY(2028, 1, 1))

    def test_office_cannot_approve_request_for_changed_or_deleted_milestone(
        self, contributor_client, office_client, opening
    ):
        change = self.ask(opening, contributor_client.user)
        opening.statements.filter(kind=BASELINE).update(on=DAY(2027, 2, 1))
        with pytest.raises(ValidationError, match="Submit a new request"):
            self.decide(change, office_client.user)
        delete_whole(opening)
        change = ChangeRequest.objects.get(pk=change.pk)
        with pytest.raises(ValidationError, match="has been deleted"):
            self.decide(change, office_client.user)
        self.decide(change, office_client.user, approve=False)

    def test_request_for_current_baseline_is_rejected(self, contributor_client, opening):
        with pytest.raises(ValidationError, match="already the baseline"):
            self.ask(opening, contributor_client.user, DAY(2027, 1, 1), precision="day")

    def test_contributor_cannot_decide_and_viewer_cannot_request(self, contributor_client, viewer_client, opening):
        change = self.ask(opening, contributor_client.user)
        with pytest.raises(PermissionDenied):
            self.decide(change, contributor_client.user)
        with pytest.raises(PermissionDenied):
            self.ask(opening, viewer_client.user)

    @pytest.mark.parametrize("fields", [{"state": "approved"}, {"state": "odd"}, {"approver": "", "state": "declined"}])
    def test_database_refuses_decision_without_its_user(self, contributor_client, opening, fields):
        change = self.ask(opening, contributor_client.user)
        with pytest.raises(IntegrityError), transaction.atomic():
            ChangeRequest.objects.filter(pk=change.pk).update(**fields)

    def test_report_slippage_is_measured_from_new_baseline(self, office_client, contributor_client, opening, hub):
        self.decide(self.ask(opening, contributor_client.user, DAY(2027, 4, 1), precision="day"), office_client.user)
        report = reported(workflow.start_report(hub, month(11), office_client.user), office_client.user)
        report.refresh_from_db()
        assert report.frozen_slippage_days == 30

    def test_contributor_requests_change_and_office_approves_it(self, contributor_client, office_client, opening, hub):
        ask = reverse("projects:change_request_add", args=[hub.slug, opening.pk])
        wrong = contributor_client.post(ask, {"date": "soonish", "why": ""})
        assert list(wrong.context["form"].errors) == ["date", "why"] and "soonish" in wrong.content.decode()
        assert contributor_client.post(ask, {"date": "May 2027", "why": "Land came late"}).status_code == 302
        change = ChangeRequest.objects.get()
        listed = contributor_client.get(reverse("projects:milestone_list", args=[hub.slug])).content.decode()
        assert "Change to May 2027 requested" in listed and "Record decision" not in listed
        assert "Riverside hub" in office_client.get(reverse("projects:change_request_list")).content.decode()
        decide = reverse("projects:change_request_decide", args=[change.pk])
        assert contributor_client.post(decide, {"decision": "approve"}).status_code == 403
        wrong = office_client.post(decide, {"decision": "perhaps", "decided_on": "2099-01-01"})
        assert set(wrong.context["form"].errors) == {"decision", "approver", "decided_on"}
        wrong = office_client.post(decide, {"decision": "decline", "approver": "Board", "decided_on": "2026-11-20"})
        assert wrong.context["form"].errors == {"conditions": ["Enter a reason for declining"]}
        good = {"decision": "approve", "approver": "Capital Board", "decided_on": "2026-11-20"}
        assert office_client.post(decide, good).status_code == 302
        shown = office_client.get(reverse("projects:milestone_list", args=[hub.slug])).content.decode()
        assert "Capital Board; recorded by" in shown
        assert "already been decided" in office_client.post(decide, good).content.decode()

    def test_change_requests_of_hidden_projects_are_not_listed(self, viewer_client, office_client):
        hidden = HubFactory(title="Hidden hub", published=False, restricted=True)
        change = self.ask(MilestoneFactory(project=hidden), office_client.user)
        assert "Hidden" not in viewer_client.get(reverse("projects:change_request_list")).content.decode()
        assert viewer_client.get(reverse("projects:change_request_decide", args=[change.pk])).status_code == 404
