"""The grid of milestone dates."""

import datetime

import pytest
from pytest_django.asserts import assertContains, assertNotContains

from estates_portal.paging import PER_PAGE
from estates_portal.unsaved.posted import writer_of
from projects.milestones.grid import DELETED, NOT_OWN, REACHED
from projects.models import Project, StatementKind
from tests.conftest import count_a_change
from tests.deletions import delete_whole
from tests.factories import HospitalSchemeFactory, HubFactory, MilestoneFactory
from tests.form_inputs import opened_by, posted_by

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]
DAY = datetime.date
TODAY = DAY(2026, 11, 23)
BASELINE, FORECAST, ACTUAL = StatementKind.BASELINE, StatementKind.FORECAST, StatementKind.ACTUAL


class TestGrid:
    URL = "/milestones/"

    def form_data(self, client, url=URL, **changes):
        data = {}
        for row in client.get(url).context["rows"]:
            for field in row:
                data[field.html_name] = field.value() or ""
            data |= opened_by(row)
        return {**data, **changes}

    def test_office_moves_many_dates_at_once(self, office_client, opening, reason):
        other = MilestoneFactory(project=HubFactory(title="A hub"), forecast=DAY(2027, 2, 1))
        still = MilestoneFactory(project=HubFactory(title="B hub"), forecast=DAY(2027, 3, 1))
        key = f"m{opening.pk}"
        moved = {f"{key}-forecast": "June 2027", f"{key}-reason": str(reason.pk), f"{key}-explanation": "Steel is late"}
        response = office_client.post(
            self.URL, self.form_data(office_client, **moved, **{f"m{other.pk}-actual": "1/11/2026"})
        )
        assert response.status_code == 302
        opening.refresh_from_db()
        assert opening.current_label == "June 2027"
        other.refresh_from_db()
        assert other.reached
        assert still.statements.count() == 1

    def test_date_not_yet_reviewed_is_marked(self, office_client, opening):
        assertNotContains(office_client.get(self.URL), "Not yet reviewed")
        opening.record_date(FORECAST, DAY(2027, 9, 1), stated_on=DAY(2026, 11, 1), accepted_at=None)
        assertContains(office_client.get(self.URL), "Not yet reviewed", count=1)

    def test_number_of_projects_is_that_of_the_projects_shown(self, office_client, opening):
        MilestoneFactory(title="Reached").record_date(ACTUAL, DAY(2026, 1, 1), stated_on=DAY(2026, 1, 2))
        HubFactory(title="Without milestones")
        page = office_client.get(self.URL)
        assert {row.milestone.project.title for row in page.context["rows"]} == {opening.project.title}
        assert page.context["page_obj"].paginator.count == 1

    def test_dates_that_have_passed_come_first(self, office_client, opening):
        for title, forecast in (("Oldest", DAY(2018, 1, 1)), ("Older", DAY(2024, 1, 1)), ("Last", DAY(2030, 1, 1))):
            MilestoneFactory(project=opening.project, title=title, forecast=forecast)
        page = office_client.get(self.URL)
        assert [row.milestone.title for row in page.context["rows"]] == ["Oldest", "Older", "Opening", "Last"]
        assert [row.baseline for row in page.context["rows"]] == ["", "", "1 Jan 2027", ""]
        text = page.content.decode()
        assert text.index("Date passed: did it happen?") < text.index("Oldest") < text.index("Ahead")

    def test_grid_without_past_dates_has_no_parts(self, office_client, opening):
        assert "Date passed" not in office_client.get(self.URL).content.decode()

    def test_grid_with_one_error_saves_nothing(self, office_client, opening):
        other = MilestoneFactory(forecast=DAY(2027, 2, 1))
        form_data = self.form_data(
            office_client, **{f"m{opening.pk}-forecast": "2029", f"m{other.pk}-actual": "1/11/2026"}
        )
        page = office_client.post(self.URL, form_data)
        assert "Select a reason for the new forecast" in page.content.decode()
        other.refresh_from_db()
        assert not other.reached

    def test_user_gets_dates_back_in_the_grid_after_signing_in(self, office_client, opening):
        form_data = self.form_data(office_client, **{f"m{opening.pk}-forecast": "31/2/2029"})
        form_data["writer"] = writer_of(office_client.user)
        office_client.logout()
        assert office_client.post(self.URL, form_data).status_code == 302
        office_client.force_login(office_client.user)
        page = office_client.get(self.URL)
        (row,) = page.context["rows"]
        assert row["forecast"].value() == "31/2/2029"
        assert "There is no such day" in page.content.decode()
        address, _data = posted_by(page, f"m{opening.pk}-forecast")
        assert address == ""  # the form of the grid

    def test_grid_does_not_save_unchanged_rows(self, office_client, opening):
        other = MilestoneFactory(forecast=DAY(2027, 2, 1))
        form_data = self.form_data(office_client, **{f"m{other.pk}-actual": "1/11/2026"})
        opening.record_date(FORECAST, DAY(2027, 9, 1), stated_on=TODAY)
        assert office_client.post(self.URL, form_data).status_code == 302
        opening.refresh_from_db()
        assert opening.current_on == DAY(2027, 9, 1)

    def test_date_that_someone_else_changed_too_is_asked(self, office_client, opening, reason):
        key = f"m{opening.pk}"
        moved = {f"{key}-forecast": "June 2027", f"{key}-reason": str(reason.pk), f"{key}-explanation": "Steel is late"}
        other = MilestoneFactory(project=HubFactory(title="A hub"), forecast=DAY(2027, 2, 1))
        form_data = self.form_data(office_client, **moved, **{f"m{other.pk}-actual": "1/11/2026"})
        opening.record_date(FORECAST, DAY(2027, 9, 1), stated_on=TODAY)
        page = office_client.post(self.URL, form_data)
        assertContains(page, "changed this milestone at", status_code=409)
        assertContains(page, "Forecast: Opening, Riverside hub", status_code=409)
        assertNotContains(page, "Opening: Forecast", status_code=409)
        other.refresh_from_db()
        assert not other.reached, "nothing is saved before the choice"
        choice = {f"choose-{key}-forecast": "mine"}
        assert office_client.post(self.URL, {**posted_by(page)[1], **choice}).status_code == 302
        opening.refresh_from_db()
        other.refresh_from_db()
        assert (opening.current_on, other.reached) == (DAY(2027, 6, 1), True)

    def test_two_milestones_that_others_changed_are_asked_without_a_name(self, office_client, opening):
        other = MilestoneFactory(project=opening.project, title="Handover", forecast=DAY(2027, 2, 1))
        moved = {f"m{milestone.pk}-forecast": "June 2027" for milestone in (opening, other)}
        form_data = self.form_data(office_client, **moved)
        for milestone in (opening, other):
            milestone.record_date(FORECAST, DAY(2027, 9, 1), stated_on=TODAY)
        page = office_client.post(self.URL, form_data)
        assertContains(page, "2 milestones changed since you opened this page", status_code=409)
        assertContains(page, "Saved version", count=2, status_code=409)

    def test_dates_of_page_opened_before_upgrade_are_shown(self, office_client, opening, reason):
        key = f"m{opening.pk}"
        moved = {f"{key}-forecast": "June 2027", f"{key}-reason": str(reason.pk), f"{key}-opened_version": "1"}
        form_data = self.form_data(office_client, **moved)
        del form_data[f"{key}-opened"]
        page = office_client.post(self.URL, form_data)
        assert page.context["answers"] == [
            ("Forecast: Opening, Riverside hub", "June 2027"),
            ("Reason the forecast changed: Opening, Riverside hub", reason.name),
        ]
        assertContains(page, "The portal has been upgraded since you opened this page", status_code=409)
        assert opening.statements.count() == 2

    def test_different_dates_of_one_milestone_are_merged(self, office_client, opening):
        form_data = self.form_data(office_client, **{f"m{opening.pk}-actual": "1/11/2026"})
        opening.record_date(FORECAST, DAY(2027, 9, 1), stated_on=TODAY)
        assert office_client.post(self.URL, form_data).status_code == 302
        opening.refresh_from_db()
        assert (opening.reached, opening.statements.filter(on=DAY(2027, 9, 1)).exists()) == (True, True)

    @pytest.fixture
    def moved_form_data(self, office_client, opening, reason):
        """The grid's data as a browser posts it, with a new forecast of the opening."""
        key = f"m{opening.pk}"
        moved = {f"{key}-forecast": "June 2027", f"{key}-reason": str(reason.pk), f"{key}-explanation": "Steel is late"}
        return self.form_data(office_client, **moved)

    def test_office_saves_dates_of_a_project_renamed_since(self, office_client, opening, hub, moved_form_data):
        url = f"{self.URL}?q=Riverside"
        Project.objects.filter(pk=hub.pk).update(title="Lakeside hub")
        response = office_client.post(url, moved_form_data, follow=True)
        assert "1 milestone saved" in response.content.decode()
        opening.refresh_from_db()
        assert opening.current_label == "June 2027"

    def test_office_saves_dates_of_project_moved_to_next_page(self, office_client, opening, moved_form_data):
        for hub in HubFactory.create_batch(PER_PAGE):
            MilestoneFactory(project=hub, forecast=DAY(2027, 2, 1))
        count_a_change()
        assert opening not in [row.milestone for row in office_client.get(self.URL).context["rows"]]
        response = office_client.post(self.URL, moved_form_data, follow=True)
        assert "1 milestone saved" in response.content.decode()
        opening.refresh_from_db()
        assert opening.current_label == "June 2027"

    def test_office_sees_what_was_typed_for_a_milestone_reached_since(self, office_client, opening, moved_form_data):
        other = MilestoneFactory(project=HubFactory(title="A hub"), forecast=DAY(2027, 2, 1))
        opening.record_date(ACTUAL, DAY(2026, 11, 20), stated_on=TODAY)
        page = office_client.post(self.URL, moved_form_data)
        (row,) = page.context["rows"]
        assert row["forecast"].value() == "June 2027" and row["explanation"].value() == "Steel is late"
        assert row.errors["forecast"] == [REACHED.format(date="20 November 2026")]
        assert opening.statements.count() == 3 and other.statements.count() == 1
        cleared = {**moved_form_data, f"m{opening.pk}-forecast": "", f"m{opening.pk}-actual": ""}
        assert office_client.post(self.URL, cleared).status_code == 302

    def test_office_sees_what_was_typed_for_a_milestone_deleted_since(
        self, office_client, opening, hub, moved_form_data
    ):
        key = f"m{opening.pk}"
        delete_whole(opening)
        page = office_client.post(self.URL, moved_form_data)
        (row,) = page.context["rows"]
        assert row["forecast"].value() == "June 2027"
        assert row.errors["forecast"] == [DELETED]
        assert (row.milestone.title, row.milestone.project.title) == ("Opening", "Riverside hub")
        cleared = {**moved_form_data, f"{key}-forecast": ""}
        assert "No changes to save" in office_client.post(self.URL, cleared, follow=True).content.decode()

    def test_grid_saves_after_row_of_closed_milestone_is_cleared(self, office_client, opening, reason):
        other = MilestoneFactory(project=HubFactory(title="A hub"), forecast=DAY(2027, 2, 1))
        key = f"m{opening.pk}"
        form_data = self.form_data(office_client, **{f"{key}-actual": "2/11/2026", f"m{other.pk}-actual": "1/11/2026"})
        delete_whole(opening)
        page = office_client.post(self.URL, form_data)
        assert [row["actual"].value() for row in page.context["rows"]] == ["1/11/2026", "2/11/2026"]
        other.refresh_from_db()
        assert not other.reached
        assert office_client.post(self.URL, {**form_data, f"{key}-actual": ""}).status_code == 302
        other.refresh_from_db()
        assert other.reached

    def test_rows_of_deleted_project_and_unknown_id_have_no_name(self, office_client, opening, hub, moved_form_data):
        delete_whole(hub)
        page = office_client.post(self.URL, {**moved_form_data, "m999-opened": "{}", "m999-forecast": "2030"})
        assert [row.milestone.project.title for row in page.context["rows"]] == ["No longer available"] * 2
        assert "June 2027" in page.content.decode() and "Riverside" not in page.content.decode()

    def test_office_sees_nothing_of_a_project_hidden_from_it(
        self, office_client, opening, moved_form_data, monkeypatch
    ):
        monkeypatch.setattr(type(Project.objects.all()), "visible_to", lambda projects, reader: projects.none())
        page = office_client.post(self.URL, moved_form_data).content.decode()
        assert "Riverside" not in page and "June 2027" in page
        assert opening.statements.count() == 2

    def test_repeated_submission_saves_dates_once(self, office_client, opening, moved_form_data):
        office_client.post(self.URL, moved_form_data)
        assert "No changes to save" in office_client.post(self.URL, moved_form_data, follow=True).content.decode()
        assert opening.statements.count() == 3

    def test_grid_shows_many_milestones_in_pages(self, office_client, hub, monkeypatch):
        monkeypatch.setattr("projects.milestones.grid.MAX_ROWS", 2)
        first, second, third = (
            MilestoneFactory(project=hub, title=f"Step {n}", forecast=DAY(2027, n, 1)) for n in (1, 2, 3)
        )
        page = office_client.get(self.URL)
        assert [row.milestone for row in page.context["rows"]] == [first, second]
        assert "Milestones 1 to 2 of 3 on this page" in " ".join(page.content.decode().split())
        rest = office_client.get(self.URL, {"from": page.context["part"].next})
        assert [row.milestone for row in rest.context["rows"]] == [third]
        assert rest.context["part"].previous == first.pk
        form_data = self.form_data(office_client, f"{self.URL}?from={third.pk}", **{f"m{third.pk}-actual": "1/11/2026"})
        assert office_client.post(f"{self.URL}?from={third.pk}", form_data).status_code == 302
        third.refresh_from_db()
        assert third.reached

    @pytest.mark.parametrize("start", ["", "0", "x", "9" * 30])
    def test_unknown_page_of_grid_is_the_first(self, office_client, opening, start):
        page = office_client.get(self.URL, {"from": start})
        assert [row.milestone for row in page.context["rows"]] == [opening] and page.context["part"] is None

    def test_grid_uses_filters_of_project_list(self, office_client, opening):
        MilestoneFactory(project=HospitalSchemeFactory(), title="Theatre opens", forecast=DAY(2027, 2, 1))
        page = office_client.get(self.URL, {"kind": "hospital_scheme"}).content.decode()
        assert "Theatre opens" in page and "Riverside hub" not in page

    def test_contributor_edits_own_rows_and_reads_others(
        self, office_client, contributor_client, viewer_client, opening, reason
    ):
        other = MilestoneFactory(project=HubFactory(title="A hub"), title="Theirs", forecast=DAY(2026, 3, 1))
        page = contributor_client.get(self.URL)
        rows = {row.milestone: bool(row.closed) for row in page.context["rows"]}
        assert rows == {opening: False, other: True}
        assertContains(page, f'name="m{opening.pk}-forecast"')
        assertNotContains(page, f'name="m{other.pk}-')
        assertContains(page, "4 months late")

        moved = {"forecast": "June 2027", "reason": str(reason.pk), "explanation": "Steel is late"}
        form_data = self.form_data(office_client)
        theirs = form_data | {f"m{other.pk}-{name}": value for name, value in moved.items()}
        assertContains(contributor_client.post(self.URL, theirs), NOT_OWN)
        assert other.statements.count() == 1
        own = form_data | {f"m{opening.pk}-{name}": value for name, value in moved.items()}
        assert viewer_client.post(self.URL, own).status_code == 403
        assert contributor_client.post(self.URL, own).status_code == 302
        assert str(opening.statements.latest("pk")) == "Forecast: June 2027"

    def test_own_projects_come_first_and_page_without_them_has_no_button(self, contributor_client, opening, trust):
        MilestoneFactory(project=HubFactory(title="A hub"), forecast=DAY(2027, 2, 1))
        page = contributor_client.get(self.URL)
        assert [row.milestone.project.title for row in page.context["rows"]] == ["Riverside hub", "A hub"]
        page = contributor_client.get(self.URL, {"q": "A hub"})
        assertContains(page, "These are projects of others")
        assertNotContains(page, "Save all changes")

    @pytest.mark.parametrize("rows", [2, 20])
    def test_date_grid_query_count_is_constant(self, office_client, rows, django_assert_num_queries):
        for _ in range(rows):
            MilestoneFactory(forecast=DAY(2027, 2, 1))
        office_client.get(self.URL)
        with django_assert_num_queries(7):  # filter choices are cached
            office_client.get(self.URL)
