"""The grid of milestone dates."""

import datetime

import pytest

from projects.models import Gate, Milestone, MoveReason, StatementKind
from tests.factories import HospitalSchemeFactory, HubFactory, MilestoneFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]
DAY = datetime.date
TODAY = DAY(2026, 11, 23)
BASELINE, FORECAST, ACTUAL = StatementKind.BASELINE, StatementKind.FORECAST, StatementKind.ACTUAL


@pytest.fixture
def hub(trust):
    return HubFactory(title="Riverside hub", lead_organisation=trust)


@pytest.fixture
def opening(hub):
    """Approved for 1 January 2027, forecast for 1 May 2027: four months late."""
    milestone = MilestoneFactory(project=hub, title="Opening", gate=Gate.OPENING)
    milestone.state_date(BASELINE, DAY(2027, 1, 1), said_on=DAY(2025, 6, 1))
    milestone.state_date(FORECAST, DAY(2027, 5, 1), said_on=DAY(2026, 9, 1))
    return milestone


@pytest.fixture
def reason(db):
    return MoveReason.objects.create(name="Contractor or supply of steel")


def again(milestone):
    return Milestone.objects.select_related("project").get(pk=milestone.pk)


class TestGrid:
    URL = "/milestones/"

    def sent(self, client, url=URL, **words):
        data = {}
        for row in client.get(url).context["rows"]:
            for each in row:
                data[each.html_name] = each.value() or ""
            data |= dict(row.hidden_initials())
        return {**data, **words}

    def test_many_dates_are_moved_in_one_go(self, office_client, opening, reason):
        other = MilestoneFactory(project=HubFactory(title="A hub"), forecast=DAY(2027, 2, 1))
        still = MilestoneFactory(project=HubFactory(title="B hub"), forecast=DAY(2027, 3, 1))
        key = f"m{opening.pk}"
        moved = {f"{key}-forecast": "June 2027", f"{key}-reason": str(reason.pk), f"{key}-words": "Steel is late"}
        response = office_client.post(
            self.URL, self.sent(office_client, **moved, **{f"m{other.pk}-actual": "1/11/2026"})
        )
        assert response.status_code == 302
        assert again(opening).current_words == "June 2027"
        assert again(other).reached
        assert still.statements.count() == 1

    def test_one_mistake_and_none_is_saved(self, office_client, opening):
        other = MilestoneFactory(forecast=DAY(2027, 2, 1))
        sent = self.sent(office_client, **{f"m{opening.pk}-forecast": "2029", f"m{other.pk}-actual": "1/11/2026"})
        page = office_client.post(self.URL, sent)
        assert "Select a reason for the new forecast" in page.content.decode()
        assert not again(other).reached

    def test_rows_that_nobody_touched_here_are_not_written_back(self, office_client, opening):
        other = MilestoneFactory(forecast=DAY(2027, 2, 1))
        sent = self.sent(office_client, **{f"m{other.pk}-actual": "1/11/2026"})
        opening.state_date(FORECAST, DAY(2027, 9, 1), said_on=TODAY)
        assert office_client.post(self.URL, sent).status_code == 302
        assert again(opening).current_on == DAY(2027, 9, 1)

    def test_a_row_that_somebody_moved_meanwhile_is_said(self, office_client, opening, reason):
        key = f"m{opening.pk}"
        moved = {f"{key}-forecast": "June 2027", f"{key}-reason": str(reason.pk), f"{key}-words": "Steel is late"}
        sent = self.sent(office_client, **moved)
        opening.state_date(FORECAST, DAY(2027, 9, 1), said_on=TODAY)
        assert "Someone changed this date" in office_client.post(self.URL, sent).content.decode()
        assert again(opening).current_on == DAY(2027, 9, 1)

    def test_the_filters_of_the_list_choose(self, office_client, opening):
        MilestoneFactory(project=HospitalSchemeFactory(), title="Theatre opens", forecast=DAY(2027, 2, 1))
        page = office_client.get(self.URL, {"kind": "hospital_scheme"}).content.decode()
        assert "Theatre opens" in page and "Riverside hub" not in page

    def test_it_is_the_programme_offices(self, contributor_client, viewer_client):
        for client in (contributor_client, viewer_client):
            assert client.post(self.URL, {}).status_code == 403

    @pytest.mark.parametrize("rows", [2, 20])
    def test_office_opens_the_grid_in_as_many_queries_for_any_number_of_rows(
        self, office_client, rows, django_assert_num_queries
    ):
        for _ in range(rows):
            MilestoneFactory(forecast=DAY(2027, 2, 1))
        office_client.get(self.URL)
        with django_assert_num_queries(8):  # none for the choices of the filters, which are known from the first visit
            office_client.get(self.URL)
