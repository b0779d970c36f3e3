"""Completing or closing a project in one act."""

import datetime

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse

from projects.models import DeliveryState, ProgressNote, Project, ProjectClosure, Stage
from projects.models.milestone import Gate
from projects.records.closing import close_project
from projects.registers.tables import EVALUATIONS
from projects.reporting import workflow
from tests.conftest import count_a_change
from tests.factories import HubFactory, MilestoneFactory, RiskFactory
from tests.periods import month, report_form_url

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]
SOURCE = "https://news.example.org/hub"
COMPLETE = {
    "outcome": "complete",
    "closed_on": "20/11/2026",
    "final_cost": "12.5m",
    "benefits_owner": "Director of community services",
    "evaluation_on": "20/11/2027",
    "lessons": "Ask the network operator first",
    "public_note": "The hub has opened.",
}
CANCELLED = {"outcome": "cancelled", "closed_on": "20/11/2026", "reason": "Not affordable"}


@pytest.fixture
def hub(trust):
    hub = HubFactory(
        lead_organisation=trust,
        stage=Stage.CONSTRUCTION,
        stage_as_of=datetime.date(2026, 3, 1),
        stage_basis="stated",
        stage_source_url=SOURCE,
    )
    hub.benefits.create(title="Waits", unit="days")
    hub.benefits.create(title="Space", unit="%", owner="Head of estates")
    return hub


@pytest.fixture
def other():
    return HubFactory(title="Larger hub")


def planned_evaluation(hub, forecast):
    return MilestoneFactory(project=hub, title="Evaluation", kind="other", gate="evaluation", forecast=forecast)


def close(client, hub, **values):
    return client.post(reverse("projects:project_close", args=[hub.slug]), values)


def test_complete_project(office_client, client, hub):
    period = month(11)
    assert hub in [project.as_its_kind() for project in workflow.projects_expected_to_report(period)]
    assert close(office_client, hub, **COMPLETE).status_code == 302
    hub.refresh_from_db()
    assert (hub.stage, hub.delivery_state) == (Stage.OPERATIONAL, DeliveryState.COMPLETE)
    assert (hub.accepted_stage, hub.accepted_delivery_state) == (Stage.OPERATIONAL, DeliveryState.COMPLETE)
    assert (hub.stage_as_of, hub.stage_basis, hub.stage_source_url) == (datetime.date(2026, 11, 20), "reported", "")
    assert list(hub.sources.values_list("url", "supports")) == [(SOURCE, "Former status: Construction")]
    assert hub.milestones.get(gate=Gate.EVALUATION).current_on == datetime.date(2027, 11, 20)
    assert set(hub.benefits.values_list("owner", flat=True)) == {COMPLETE["benefits_owner"], "Head of estates"}
    assert not list(workflow.projects_expected_to_report(period))
    assert ProgressNote.objects.get().text == "The hub has opened."
    public = client.get(hub.get_absolute_url()).content.decode()
    assert "The hub has opened." in public and "Ask the network operator first" not in public
    assert "Ask the network operator first" in office_client.get(hub.get_absolute_url()).content.decode()
    history = office_client.get(reverse("projects:project_history", args=[hub.slug])).content.decode()
    assert "Completion or closure" in history


@pytest.mark.parametrize("outcome", ["cancelled", "merged"])
def test_cancelled_or_merged_project_is_closed(outcome, office_client, client, hub, other):
    more = {"merged_into": other.pk} if outcome == "merged" else {}
    close(office_client, hub, **CANCELLED | {"outcome": outcome} | more)
    hub.refresh_from_db()
    assert (hub.stage, hub.delivery_state) == (Stage.CLOSED, DeliveryState.CANCELLED)
    assert ProjectClosure.objects.get().merged_into_id == more.get("merged_into")
    stage = client.get(hub.get_absolute_url()).content.decode().partition("app-stage")[2].partition("<details")[0]
    assert "Not affordable" in stage and SOURCE not in stage  # it is with the former stage, in the details


def status_of(hub):
    hub.refresh_from_db()
    return hub.stage, hub.delivery_state, hub.accepted_stage, hub.accepted_delivery_state


def test_draft_of_closed_project_does_not_change_its_stage(office_client, contributor_client, hub):
    period, cancelled = month(11), (Stage.CLOSED, DeliveryState.CANCELLED) * 2
    MilestoneFactory(project=hub, forecast=datetime.date(2028, 6, 1))  # an opening, which Closed needs to be reached
    draft = workflow.start_report(hub, period, contributor_client.user)
    workflow.save_draft(draft, contributor_client.user, {"overall": "green", "summary": "As planned"})
    close(office_client, hub, **CANCELLED)
    page = contributor_client.post(report_form_url(hub, period), {"action": "submit"})
    errors = page.context["report_form"].form.errors
    assert errors == {"stage": ["This project is cancelled. Select its current stage, Closed"]}
    assert status_of(hub) == cancelled
    workflow.save_draft(draft, contributor_client.user, {"stage": Stage.CLOSED})
    report = workflow.submit(draft, contributor_client.user)
    workflow.accept(report, office_client.user)
    assert status_of(hub) == cancelled
    assert hub.stage_as_of == datetime.date(2026, 11, 20)


def test_stage_of_report_that_waits_is_accepted_by_completing(office_client, contributor_client, client, hub):
    complete = (Stage.OPERATIONAL, DeliveryState.COMPLETE) * 2
    draft = workflow.start_report(hub, month(11), contributor_client.user)
    answers = {"overall": "green", "summary": "It has opened", "stage": Stage.OPERATIONAL}
    workflow.save_draft(draft, contributor_client.user, answers)
    report = workflow.submit(draft, contributor_client.user)
    assert status_of(hub)[2] == Stage.CONSTRUCTION
    assert close(office_client, hub, **COMPLETE | {"closed_on": "23/11/2026"}).status_code == 302
    assert status_of(hub) == complete
    assert list(hub.sources.values_list("url", "supports")) == [(SOURCE, "Former status: Construction")]
    assert (
        SOURCE
        not in client.get(hub.get_absolute_url()).content.decode().partition("app-stage")[2].partition("<details")[0]
    )
    workflow.return_report(report, office_client.user, "Shorten it")
    assert status_of(hub) == complete


def test_open_risks_are_closed_or_handed_on(office_client, hub, other):
    done, open_risk, moved = (RiskFactory(project=hub, title=title) for title in ("Done", "Open", "Moved"))
    type(done).objects.filter(pk=done.pk).update(closed_on=datetime.date(2026, 2, 1), closed_why="Gone")
    close(office_client, hub, **CANCELLED, risks_to_hand_on=[moved.pk], hand_on_to=other.pk)
    for risk in (done, open_risk, moved):
        risk.refresh_from_db()
    assert (moved.project_id, moved.closed_on) == (other.pk, None)
    assert (open_risk.closed_on, open_risk.closed_why) == (datetime.date(2026, 11, 20), "Project closed: cancelled")
    assert done.closed_why == "Gone"


def test_merged_project_hands_risks_on_to_the_other(office_client, hub, other):
    risk = RiskFactory(project=hub)
    merged = {"outcome": "merged", "merged_into": other.pk, "risks_to_hand_on": [risk.pk]}
    close(office_client, hub, **CANCELLED | merged)
    assert list(other.risks.all()) == [risk]


@pytest.mark.parametrize("values", [{"delivery_state": DeliveryState.COMPLETE}, {"is_example": True}])
def test_other_project_is_a_real_one_that_is_not_over(values, office_client, hub):
    risk, other = RiskFactory(project=hub), HubFactory(**values)
    typed = CANCELLED | {"outcome": "merged", "merged_into": other.pk, "risks_to_hand_on": [risk.pk]}
    page = close(office_client, hub, **typed, hand_on_to=other.pk)
    assert set(page.context["form"].errors) == {"merged_into", "hand_on_to"}


@pytest.mark.parametrize("name", ["merged_into", "hand_on_to"])
def test_other_project_that_was_closed_at_the_same_time(name, office_client, hub, other):
    risk = RiskFactory(project=hub)
    given = {"closed_on": datetime.date(2026, 11, 20), "reason": "One building"}
    given |= {"outcome": "merged" if name == "merged_into" else "cancelled", name: other, "risks_to_hand_on": [risk]}
    Project.objects.filter(pk=other.pk).update(delivery_state=DeliveryState.CANCELLED)
    with pytest.raises(ValidationError) as error:
        close_project(hub, office_client.user, **given)
    assert list(error.value.error_dict) == [name]


def test_page_of_merged_project_links_to_the_other(office_client, viewer_client, hub, other):
    close(office_client, hub, **CANCELLED | {"outcome": "merged", "merged_into": other.pk})
    link = f'<a href="{other.get_absolute_url()}">Larger hub</a>'
    history = reverse("projects:project_history", args=[hub.slug])
    assert link in viewer_client.get(hub.get_absolute_url()).content.decode()
    assert "Larger hub" in viewer_client.get(history).content.decode()
    Project.objects.filter(pk=other.pk).update(restricted=True, published=False)
    count_a_change()
    for address in (hub.get_absolute_url(), history):
        page = viewer_client.get(address).content.decode()
        assert "Restricted project" in page and "Larger hub" not in page


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"outcome": ""}, "outcome"),
        ({"closed_on": ""}, "closed_on"),
        ({"closed_on": "24/11/2026"}, "closed_on"),
        ({"closed_on": "28/2/2026"}, "closed_on"),  # before the date of the stage
        ({"benefits_owner": ""}, "benefits_owner"),
        ({"evaluation_on": ""}, "evaluation_on"),
        ({"final_cost": "much"}, "final_cost"),
        ({"final_cost": "-1"}, "final_cost"),
        ({"outcome": "cancelled"}, "reason"),
        ({"outcome": "merged", "reason": "One building"}, "merged_into"),
        ({"outcome": "merged", "reason": "One building", "merged_into": "0"}, "merged_into"),
        ({"risks_to_hand_on": "all"}, "risks_to_hand_on"),
    ],
)
def test_error_is_shown_with_its_field_and_nothing_changes(values, field, office_client, hub):
    RiskFactory(project=hub)
    page = close(office_client, hub, **COMPLETE | values)
    assert list(page.context["form"].errors) == [field]
    assert "Ask the network operator first" in page.content.decode()
    hub.refresh_from_db()
    assert (hub.stage, hub.sources.count(), ProjectClosure.objects.count()) == (Stage.CONSTRUCTION, 0, 0)


def test_risks_need_a_project_to_go_to(office_client, hub):
    risk = RiskFactory(project=hub)
    page = close(office_client, hub, **COMPLETE, risks_to_hand_on=[risk.pk])
    assert list(page.context["form"].errors) == ["hand_on_to"]


def test_evaluation_that_has_a_date_is_not_asked_again(office_client, hub):
    evaluation = planned_evaluation(hub, datetime.date(2028, 1, 5))
    close(office_client, hub, **COMPLETE | {"evaluation_on": ""})
    evaluation.refresh_from_db()
    assert (ProjectClosure.objects.count(), evaluation.current_on) == (1, datetime.date(2028, 1, 5))


def test_project_is_closed_once(office_client, hub):
    close(office_client, hub, **CANCELLED)
    assert close(office_client, hub, **COMPLETE).status_code == 409
    page = office_client.get(reverse("projects:project_close", args=[hub.slug]), follow=True)
    assert "already complete or cancelled" in page.content.decode()
    assert ProjectClosure.objects.count() == 1


def test_contributor_cannot_close(contributor_client, hub):
    assert close(contributor_client, hub, **COMPLETE).status_code == 403
    assert not ProjectClosure.objects.exists()


def test_evaluation_is_outstanding_until_it_is_recorded(office_client, hub):
    register = reverse("projects:register_table", args=["evaluations"])

    def states():
        return [row.state.label for row in office_client.get(register).context["rows"]]

    evaluation = planned_evaluation(hub, datetime.date(2027, 1, 5))
    assert states() == ["Planned"]
    close(office_client, hub, **COMPLETE)
    assert states() == ["Outstanding"]
    assert COMPLETE["benefits_owner"] in office_client.get(f"{register}?owner=community").content.decode()
    evaluation.record_date("forecast", datetime.date(2026, 11, 1), stated_on=datetime.date(2026, 11, 22))
    evaluation.statements.filter(on=datetime.date(2027, 11, 20)).delete()
    evaluation.refresh_dates()
    assert states() == ["Overdue"]
    evaluation.record_date("actual", datetime.date(2026, 11, 2), stated_on=datetime.date(2026, 11, 22))
    assert states() == ["Done"]


@pytest.mark.parametrize(
    ("values", "state", "completed"),
    [(CANCELLED, "", None), (COMPLETE, "active", None), (COMPLETE, "", datetime.date(2026, 11, 20))],
)
def test_evaluation_of_a_project_that_is_not_complete_has_no_date_of_completion(
    values, state, completed, office_client, hub
):
    planned_evaluation(hub, datetime.date(2027, 1, 5))
    close(office_client, hub, **values)
    if state:  # reopened since
        Project.objects.filter(pk=hub.pk).update(delivery_state=state)
    assert EVALUATIONS.queryset.get().completed_on == completed
