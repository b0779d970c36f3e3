"""A project's milestones: dates, gates and dependencies."""

import datetime

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.urls import reverse
from pytest_django.asserts import assertContains, assertNotContains

from estates_portal.dates import PartialDate
from projects.access import HIDDEN_MILESTONE
from projects.milestones import services
from projects.milestones.schedule import milestone_schedule
from projects.models import (
    ChangeState,
    Gate,
    Milestone,
    MilestoneDependency,
    MilestoneStatement,
    StatementKind,
    gate_of,
)
from projects.reporting import workflow
from tests.admin_forms import filled_in
from tests.factories import HospitalSchemeFactory, HubFactory, MilestoneFactory, ProgrammeFactory, reported
from tests.form_inputs import opened_by, posted_by
from tests.periods import month

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]
DAY = datetime.date
TODAY = DAY(2026, 11, 23)
BASELINE, FORECAST, ACTUAL = StatementKind.BASELINE, StatementKind.FORECAST, StatementKind.ACTUAL


def pages(hub, *names):
    return [reverse(f"projects:{name}", args=[hub.slug]) for name in names]


class TestMovingDates:
    def test_moved_forecast_is_saved_with_its_reason(self, contributor_client, opening, reason):
        on = PartialDate(DAY(2027, 6, 1), "month")
        services.record_dates(opening, contributor_client.user, forecast=on, reason=reason, explanation="Steel is late")
        newest = opening.statements.latest("pk")
        assert (newest.kind, newest.on, newest.precision) == (FORECAST, DAY(2027, 6, 1), "month")
        assert (newest.change_reason, newest.explanation, newest.stated_on) == (
            reason,
            "Steel is late",
            DAY(2026, 11, 23),
        )
        opening.refresh_from_db()
        assert opening.current_on == DAY(2027, 6, 1)

    @pytest.mark.parametrize(
        ("moves", "field"),
        [
            ({"forecast": PartialDate(DAY(2027, 6, 1))}, "reason"),
            ({"forecast": None}, "forecast"),
            ({"actual": PartialDate(DAY(2027, 6, 1))}, "actual"),
            ({"forecast": PartialDate(DAY(1800, 6, 1))}, "forecast"),
        ],
    )
    def test_invalid_dates_are_rejected_and_nothing_is_saved(self, contributor_client, opening, moves, field):
        before = opening.statements.count()
        moves = {"forecast": PartialDate(DAY(2027, 5, 1)), **moves}
        with pytest.raises(ValidationError) as error:
            services.record_dates(opening, contributor_client.user, **moves)
        assert field in error.value.message_dict
        assert opening.statements.count() == before

    def test_moved_date_needs_explanation(self, contributor_client, opening, reason):
        with pytest.raises(ValidationError) as error:
            moved = PartialDate(DAY(2028, 1, 1))
            services.record_dates(opening, contributor_client.user, forecast=moved, reason=reason)
        assert "explanation" in error.value.message_dict

    def test_unchanged_date_adds_no_statement(self, contributor_client, opening):
        assert services.record_dates(opening, contributor_client.user, forecast=PartialDate(DAY(2027, 5, 1))) == 0

    def test_viewer_and_other_contributor_cannot_move_dates(self, viewer_client, other_contributor_client, opening):
        for client in (viewer_client, other_contributor_client):
            with pytest.raises(PermissionDenied):
                services.record_dates(opening, client.user, forecast=PartialDate(DAY(2027, 5, 1)))


class TestBaselineInAdmin:
    """Only a change request changes a baseline."""

    def post(self, client, milestone, *statements):
        url = reverse("admin:projects_milestone_change", args=[milestone.pk])
        page = client.get(url)
        data = {}
        for part in (
            page.context["adminform"].form,
            *(inline.formset for inline in page.context["inline_admin_formsets"]),
        ):
            forms = part.forms if hasattr(part, "forms") else [part]
            data |= {field.html_name: field.value() for field in getattr(part, "management_form", [])}
            for form in forms:
                data |= {field.html_name: "" if field.value() is None else field.value() for field in form}
        data = {name: value for name, value in data.items() if value is not False}
        for name, value in statements:
            data[name] = value
        return client.post(url, data)

    def test_administrator_cannot_edit_baseline_date(self, admin_client, opening):
        response = self.post(admin_client, opening, ("statements-0-on", "1 January 2028"))
        assert "Use a change request" in response.content.decode()
        opening.refresh_from_db()
        assert opening.current_statement(BASELINE).on == DAY(2027, 1, 1)

    def test_administrator_corrects_source_of_baseline(self, admin_client, opening):
        response = self.post(admin_client, opening, ("statements-0-source_url", "https://www.example.org/board"))
        assert response.status_code == 302
        opening.refresh_from_db()
        assert opening.current_statement(BASELINE).source_url == "https://www.example.org/board"

    @pytest.mark.parametrize(
        ("date", "status", "saved"), [("March 2027", 302, "March 2027"), ("April 2027", 200, "14 March 2027")]
    )
    def test_administrator_corrects_only_precision_of_baseline(self, admin_client, date, status, saved):
        milestone = MilestoneFactory()
        milestone.record_date(BASELINE, DAY(2027, 3, 14), stated_on=DAY(2026, 1, 1))
        assert self.post(admin_client, milestone, ("statements-0-on", date)).status_code == status
        milestone.refresh_from_db()
        assert milestone.current_label == saved

    def test_administrator_cannot_add_second_baseline(self, admin_client, opening):
        new = {"kind": "baseline", "on": "1 January 2028", "stated_on": "2026-11-01", "id": ""}
        rows = [(f"statements-2-{name}", value) for name, value in new.items()]
        response = self.post(admin_client, opening, ("statements-TOTAL_FORMS", 3), *rows)
        assert "Use a change request" in response.content.decode()
        assert opening.statements.filter(kind=BASELINE).count() == 1


class TestGates:
    def test_missing_gates_are_offered_by_project_type(self, hub, opening):
        offered = dict(services.gates_offered(hub))
        assert Gate.OPENING not in offered
        assert offered[Gate.SOC] is False and offered[Gate.OBC] is True
        assert dict(services.gates_offered(HospitalSchemeFactory()))[Gate.SOC] is True

    def test_contributor_adds_gates_with_planned_dates(self, contributor_client, hub):
        (url,) = pages(hub, "gates_add")
        assert (
            contributor_client.post(url, {"add-fbc": "on", "on-fbc": "March 2027", "add-start": "on"}).status_code
            == 302
        )
        fbc, start = Milestone.objects.get(gate="fbc"), Milestone.objects.get(gate="start")
        assert (fbc.title, fbc.kind, fbc.current_label) == ("Full business case approved", "approval", "March 2027")
        assert fbc.statements.get().kind == "forecast"
        assert (start.kind, start.current_on) == ("works", None)

    def test_office_adds_gates_with_baselines(self, office_client, hub):
        (url,) = pages(hub, "gates_add")
        assert "These dates are baselines" in office_client.get(url).content.decode()
        office_client.post(url, {"add-fbc": "on", "on-fbc": "March 2027"})
        assert Milestone.objects.get(gate="fbc").statements.get().kind == BASELINE

    @pytest.mark.parametrize(
        ("data", "message"),
        [({"add-fbc": ""}, "Select at least one gate"), ({"add-fbc": "on", "on-fbc": "soon"}, "Enter a date")],
    )
    def test_invalid_gates_are_rejected_and_nothing_is_saved(self, contributor_client, hub, data, message):
        (url,) = pages(hub, "gates_add")
        assert message in contributor_client.post(url, data).content.decode()
        assert not hub.milestones.exists()

    def test_gate_cannot_be_added_twice(self, contributor_client, hub, opening):
        with pytest.raises(ValidationError, match="already added"):
            services.add_gates(hub, contributor_client.user, {Gate.FBC: None, Gate.OPENING: None})
        assert hub.milestones.count() == 1
        with pytest.raises(IntegrityError), transaction.atomic():
            MilestoneFactory(project=hub, gate=Gate.OPENING)

    @pytest.mark.parametrize(
        ("title", "gate"),
        [
            ("Full business case approved", "fbc"),
            ("Construction starts", "start"),
            ("Planning permission granted", "planning"),
            ("Building handed over", "handover"),
            ("OPENING", "opening"),
            ("Opening of the car park", ""),
            ("Strategic outline case issued", ""),
        ],
    )
    def test_gate_is_recognised_from_title(self, title, gate):
        assert gate_of(title) == gate


def form_data(client, url, **changes):
    page = client.get(url)
    data = {}
    for form in (page.context["form"], page.context["dates"]):
        for field in form:
            value = field.value()
            if value not in (None, False, []):
                data[field.html_name] = "on" if value is True else value
    data |= opened_by(page.context["form"]) | opened_by(page.context["dates"])
    return {**data, **changes}


class TestMilestoneForm:
    def test_contributor_adds_milestone(self, contributor_client, hub):
        (url,) = pages(hub, "milestone_add")
        sent = form_data(contributor_client, url, title="Topping out", kind="works", **{"dates-forecast": "Q1 2027/28"})
        assert contributor_client.post(url, sent).status_code == 302
        made = hub.milestones.get()
        assert (made.title, made.current_label) == ("Topping out", "April to June 2027")

    def test_milestone_with_title_of_a_gate_gets_the_gate(self, contributor_client, hub):
        (url,) = pages(hub, "milestone_add")
        sent = form_data(contributor_client, url, title="opening", kind="works", **{"dates-forecast": "2030"})
        assert contributor_client.post(url, sent).status_code == 302
        assert [(made.gate, made.kind) for made in hub.milestones.all()] == [("opening", "opening")]
        assert contributor_client.post(url, sent).status_code == 302
        assert sorted(made.gate for made in hub.milestones.all()) == ["", "opening"]

    def test_title_of_a_gate_sets_the_type_that_no_one_selected(self, contributor_client, admin_client, hub):
        (url,) = pages(hub, "milestone_add")
        contributor_client.post(url, form_data(contributor_client, url, title="Start on site", kind="other"))
        contributor_client.post(url, form_data(contributor_client, url, title="Construction starts", kind="other"))
        typed = {"project": hub.pk, "title": "Opening", "kind": "other", "gate": "", "public": "on"}
        typed |= {
            f"{rows}-{count}_FORMS": 0 for rows in ("statements", "dependencies") for count in ("TOTAL", "INITIAL")
        }
        assert admin_client.post(reverse("admin:projects_milestone_add"), typed).status_code == 302
        details = {made.title: (made.gate, made.kind) for made in hub.milestones.all()}
        assert details == {
            "Start on site": ("start", "works"),
            "Construction starts": ("", "works"),  # the project has the gate
            "Opening": ("opening", "opening"),
        }

    def test_invalid_milestone_is_not_saved_and_form_keeps_typed_text(self, contributor_client, hub):
        (url,) = pages(hub, "milestone_add")
        sent = form_data(contributor_client, url, title="Topping out", kind="works", **{"dates-actual": "2030"})
        page = contributor_client.post(url, sent)
        assert "must be today or in the past" in page.content.decode() and "Topping out" in page.content.decode()
        assert "Add a milestone" in page.content.decode()
        page = contributor_client.post(url, {**sent, "title": "", "dates-forecast": "soon"})
        assert list(page.context["form"].errors) == ["title"]
        assert list(page.context["dates"].errors) == ["forecast", "actual"], "all errors at once"
        assert not hub.milestones.exists()

    def test_existing_gate_is_an_error_with_its_field(self, contributor_client, hub, opening):
        (url,) = pages(hub, "milestone_add")
        page = contributor_client.post(url, form_data(contributor_client, url, title="x", kind="other", gate="opening"))
        assert list(page.context["form"].errors) == ["gate"]

    def test_contributor_moves_date(self, contributor_client, hub, opening, reason):
        url = reverse("projects:milestone_edit", args=[hub.slug, opening.pk])
        moved = {"dates-forecast": "June 2027", "dates-reason": str(reason.pk), "dates-explanation": "Steel is late"}
        assert contributor_client.post(url, form_data(contributor_client, url, **moved)).status_code == 302
        opening.refresh_from_db()
        assert opening.current_label == "June 2027"
        line = milestone_schedule(hub, contributor_client.user)[0]
        assert line.why == "Contractor or supply of steel: Steel is late"

    def test_saving_unchanged_milestone_adds_no_history(self, contributor_client, hub, opening):
        url = reverse("projects:milestone_edit", args=[hub.slug, opening.pk])
        before = (opening.history.count(), MilestoneStatement.history.count())
        assert contributor_client.post(url, form_data(contributor_client, url)).status_code == 302
        assert (opening.history.count(), MilestoneStatement.history.count()) == before

    def test_contributor_cannot_move_date_without_reason(self, contributor_client, hub, opening):
        url = reverse("projects:milestone_edit", args=[hub.slug, opening.pk])
        page = contributor_client.post(
            url, form_data(contributor_client, url, title="Doors open", **{"dates-forecast": "2028"})
        )
        assert list(page.context["dates"].errors) == ["reason"]
        opening.refresh_from_db()
        assert opening.title == "Opening"

    def test_date_that_someone_else_changed_too_is_asked(self, contributor_client, office_client, hub, opening, reason):
        url = reverse("projects:milestone_edit", args=[hub.slug, opening.pk])
        moved = {"dates-forecast": "June 2027", "dates-reason": str(reason.pk), "dates-explanation": "Steel is late"}
        sent = form_data(contributor_client, url, **moved)
        opening.record_date(FORECAST, DAY(2027, 9, 1), stated_on=TODAY)
        page = contributor_client.post(url, sent)
        assertContains(page, "changed this milestone at", status_code=409)
        opening.refresh_from_db()
        assert opening.current_on == DAY(2027, 9, 1)
        sent = {**posted_by(page)[1], "choose-dates-forecast": "mine"}
        assert contributor_client.post(url, sent).status_code == 302
        opening.refresh_from_db()
        assert opening.current_on == DAY(2027, 6, 1)

    def test_changes_of_different_fields_are_both_saved(self, office_client, hub, opening):
        url = reverse("projects:milestone_edit", args=[hub.slug, opening.pk])
        sent = form_data(office_client, url, title="Doors open")
        opening.record_date(FORECAST, DAY(2027, 9, 1), stated_on=TODAY)
        Milestone.objects.filter(pk=opening.pk).update(public=False)
        page = office_client.post(url, sent, follow=True)
        assertContains(page, "Doors open saved, together with changes by someone else at")
        opening.refresh_from_db()
        assert (opening.title, opening.public, opening.current_on) == ("Doors open", False, DAY(2027, 9, 1))

    def test_message_names_merged_dates(self, office_client, hub, opening):
        url = reverse("projects:milestone_edit", args=[hub.slug, opening.pk])
        sent = form_data(office_client, url, title="Doors open")
        opening.record_date(FORECAST, DAY(2027, 9, 1), stated_on=TODAY)
        page = office_client.post(url, sent, follow=True)
        assertContains(page, "Doors open saved, together with changes by someone else at")

    def test_milestone_of_another_project_is_404(self, contributor_client, hub):
        other = MilestoneFactory()
        url = reverse("projects:milestone_edit", args=[hub.slug, other.pk])
        for answer in (contributor_client.get(url), contributor_client.post(url, {"title": "Taken"})):
            assertContains(answer, "Page not found", status_code=404)
        other.refresh_from_db()
        assert other.title == "Opening"

    def test_viewer_reads_but_cannot_edit_milestones(self, viewer_client, hub, opening):
        page = viewer_client.get(reverse("projects:milestone_list", args=[hub.slug])).content.decode()
        assert "Opening" in page and "Add a milestone" not in page
        edit = reverse("projects:milestone_edit", args=[hub.slug, opening.pk])
        assert viewer_client.post(edit, {"title": "x"}).status_code == 403
        hidden = HubFactory(published=False, restricted=True)
        for url in pages(hidden, "milestone_list", "milestone_add", "gates_add"):
            assert viewer_client.get(url).status_code == 404


def test_milestone_page_marks_dates_not_yet_reviewed(viewer_client, hub, opening):
    (page,) = pages(hub, "milestone_list")
    assertNotContains(viewer_client.get(page), "Not yet reviewed")
    opening.record_date(FORECAST, DAY(2027, 9, 1), stated_on=DAY(2026, 11, 1), accepted_at=None)
    assertContains(viewer_client.get(page), "Not yet reviewed", count=1)


class TestDependencies:
    def test_milestone_planned_before_its_dependency_shows_warning(self, viewer_client, hub, opening):
        handover = MilestoneFactory(project=hub, title="Handover", forecast=DAY(2027, 4, 1))
        MilestoneDependency.objects.create(milestone=opening, depends_on=handover)
        page = reverse("projects:milestone_list", args=[hub.slug])
        assert "Planned before its dependency" not in viewer_client.get(page).content.decode()
        handover.record_date(FORECAST, DAY(2027, 6, 1), stated_on=DAY(2026, 11, 1))
        assert "Planned before its dependency" in viewer_client.get(page).content.decode()

    @pytest.mark.parametrize(
        ("early", "late", "broken"),
        [
            (("2027-05-01", "month"), ("2027-05-20", "day"), False),  # within the month: not certainly later
            (("2027-05-01", "month"), ("2027-06-01", "day"), True),
            (("2027-01-01", "year"), ("2027-12-01", "month"), False),
            ((None, "day"), ("2027-06-01", "day"), False),
        ],
    )
    def test_vague_dates_show_no_dependency_warning(self, early, late, broken):
        hub = HubFactory()
        ends = []
        for on, precision in (early, late):
            milestone = MilestoneFactory(project=hub)
            if on:
                milestone.record_date(FORECAST, DAY.fromisoformat(on), precision)
            ends.append(milestone)
        assert (
            MilestoneDependency.objects.create(milestone=ends[0], depends_on=ends[1]).conflicts_with_dependency
            is broken
        )

    def test_contributor_selects_dependency_in_same_programme(self, contributor_client, hub, opening):
        hub.programme = ProgrammeFactory()
        hub.save()
        road = MilestoneFactory(
            project=HubFactory(programme=hub.programme, title="Road"), title="Junction", forecast=DAY(2027, 8, 1)
        )
        stranger = MilestoneFactory(title="Elsewhere")
        url = reverse("projects:milestone_edit", args=[hub.slug, opening.pk])
        choices = dict(contributor_client.get(url).context["form"].fields["depends_on"].choices)
        assert choices == {str(road.pk): "Road: Junction, 1 Aug 2027"}
        assert (
            contributor_client.post(url, form_data(contributor_client, url, depends_on=[str(road.pk)])).status_code
            == 302
        )
        assert opening.dependencies.get().depends_on == road
        page = contributor_client.post(url, form_data(contributor_client, url, depends_on=[str(stranger.pk)]))
        assert list(page.context["form"].errors) == ["depends_on"]

    def test_circular_dependency_is_rejected(self, contributor_client, hub, opening):
        handover = MilestoneFactory(project=hub, title="Handover")
        fit_out = MilestoneFactory(project=hub, title="Fit out")
        MilestoneDependency.objects.create(milestone=opening, depends_on=fit_out)
        MilestoneDependency.objects.create(milestone=fit_out, depends_on=handover)
        url = reverse("projects:milestone_edit", args=[hub.slug, handover.pk])
        page = contributor_client.post(url, form_data(contributor_client, url, depends_on=[str(opening.pk)]))
        assert "already depends on Handover" in page.content.decode()
        assert MilestoneDependency.objects.count() == 2

    def test_circular_dependency_is_rejected_in_the_admin(self, office_client, hub, opening):
        handover = MilestoneFactory(project=hub, title="Handover")
        MilestoneDependency.objects.create(milestone=opening, depends_on=handover)
        url = reverse("admin:projects_milestone_change", args=[handover.pk])
        total = {"dependencies-TOTAL_FORMS": "1", "dependencies-0-milestone": str(handover.pk)}
        for other in (opening, handover):
            data = filled_in(office_client.get(url), **total, **{"dependencies-0-depends_on": str(other.pk)})
            page = office_client.post(url, data)
            message = f"{other} already depends on Handover"
            errors = {inline.formset.prefix: inline.formset.errors for inline in page.context["inline_admin_formsets"]}
            assert errors["dependencies"] == [{"depends_on": [message]}]
        assert MilestoneDependency.objects.count() == 1

    def test_hidden_dependency_is_not_named_and_stays(self, contributor_client, viewer_client, hub, opening):
        hidden = HubFactory(title="Hidden hub", published=False, restricted=True)
        secret = MilestoneFactory(project=hidden, title="Secret", forecast=DAY(2028, 1, 1))
        MilestoneDependency.objects.create(milestone=opening, depends_on=secret)
        page = viewer_client.get(reverse("projects:milestone_list", args=[hub.slug])).content.decode()
        assert (
            HIDDEN_MILESTONE in page
            and "Secret" not in page
            and "Hidden" not in page
            and "Planned before its dependency" in page
        )
        url = reverse("projects:milestone_edit", args=[hub.slug, opening.pk])
        contributor_client.post(url, form_data(contributor_client, url, title="Doors open"))
        assert opening.dependencies.get().depends_on == secret

    def test_database_refuses_dependency_on_itself_and_duplicate(self, hub, opening):
        with pytest.raises(IntegrityError), transaction.atomic():
            MilestoneDependency.objects.create(milestone=opening, depends_on=opening)
        other = MilestoneFactory(project=hub)
        MilestoneDependency.objects.create(milestone=opening, depends_on=other)
        with pytest.raises(IntegrityError), transaction.atomic():
            MilestoneDependency.objects.create(milestone=opening, depends_on=other)


def test_milestone_list_names_first_period_with_slippage(office_client, hub, opening):
    for number in (9, 10):
        reported(workflow.start_report(hub, month(number), office_client.user), office_client.user)
    line = milestone_schedule(hub, office_client.user)[0]
    assert (line.slippage, line.first_late_period) == ("4 months late", "September 2026")
    assert "late since September 2026" in office_client.get(*pages(hub, "milestone_list")).content.decode()


@pytest.mark.parametrize("rows", [2, 20])
def test_milestone_list_query_count_is_constant(viewer_client, hub, rows, django_assert_num_queries):
    before = None
    for number in range(rows):
        milestone = MilestoneFactory(project=hub, title=f"M{number}", forecast=DAY(2027, 1, 1))
        if before:
            MilestoneDependency.objects.create(milestone=milestone, depends_on=before)
        before = milestone
    with django_assert_num_queries(12):
        viewer_client.get(*pages(hub, "milestone_list"))


def test_history_shows_date_changes(office_client, hub, opening, reason):
    moved = PartialDate(DAY(2027, 6, 1))
    services.record_dates(opening, office_client.user, forecast=moved, reason=reason, explanation="Steel is late")
    page = office_client.get(reverse("projects:project_history", args=[hub.slug])).content.decode()
    assert "Steel is late" in page and "Contractor or supply of steel" in page
    assert ChangeState.PROPOSED not in MilestoneStatement.objects.values_list("wording", flat=True)


@pytest.mark.parametrize("others", [3, 120])
def test_milestone_form_query_count_is_constant(office_client, hub, opening, others, django_assert_num_queries):
    for number in range(others):
        MilestoneFactory(project=hub, title=f"M{number}")
    url = reverse("projects:milestone_edit", args=[hub.slug, opening.pk])
    with django_assert_num_queries(19):  # eight for what waits
        page = office_client.get(url).content.decode()
    assert page.count('name="depends_on"') == others
