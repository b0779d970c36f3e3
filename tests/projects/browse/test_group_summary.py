"""The status summary on programme pages."""

import datetime

import pytest

from projects.browse.group_summary import roll_up
from projects.models import Project
from tests.factories import HubFactory, ProgrammeFactory
from tests.periods import report_ratings

pytestmark = pytest.mark.django_db
R, A, G, N = "red", "amber", "green", "not_rated"


class TestGroupSummary:
    @pytest.fixture
    def programme(self, office):
        programme = ProgrammeFactory()
        for title, ratings in (("Worse", (G, A)), ("Red", (R, R)), ("Steady", (A, A)), ("Fine", (A, G)), ("New", ())):
            hub = HubFactory(title=title, programme=programme)
            report_ratings(hub, office, *ratings)
        hidden = HubFactory(title="Hidden", programme=programme, published=False, restricted=True)
        report_ratings(hidden, office, R, R)
        report_ratings(HubFactory(title="Elsewhere"), office, R)
        return programme

    def test_each_number_equals_rows_of_its_link(self, viewer_client, office_client, programme):
        for client in (viewer_client, office_client):
            status = client.get(programme.get_absolute_url()).context["status"]
            for _rating, _words, number, url in status.counts:
                assert len(client.get(url).context["rows"]) == number, url
            assert sum(number for _rating, _words, number, _url in status.counts) == status.total
        assert status.total == 6

    def test_programme_page_lists_projects_that_need_attention_with_reasons(self, viewer_client, programme):
        status = viewer_client.get(programme.get_absolute_url()).context["status"]
        assert (status.worst, [(item.title, item.reasons) for item in status.attention]) == (
            R,
            [("Red", ["Red"]), ("Worse", ["Rating deteriorated"]), ("New", ["Report overdue"])],
        )

    def test_anonymous_user_does_not_see_group_summary(self, client, programme):
        page = client.get(programme.get_absolute_url())
        assert "status" not in page.context
        assert "Needs attention" not in page.content.decode()

    def test_programme_summary_query_count_is_constant(self, office, django_assert_num_queries):
        programme = ProgrammeFactory()
        for count in (1, 12):
            for _ in range(count):
                report_ratings(HubFactory(programme=programme), office, G, R)
            with django_assert_num_queries(2):
                roll_up(Project.objects.filter(programme=programme), {R: count}, datetime.date(2026, 3, 1), {})

    def test_programme_page_and_dashboard_list_same_projects_and_reasons(self, office_client, programme):
        """One rule on both pages: red, or any warning sign."""
        cancelled = HubFactory(title="Cancelled", programme=programme, delivery_state="cancelled")
        report_ratings(cancelled, office_client.user, R, R)
        report_ratings(HubFactory(title="Asks", programme=programme), office_client.user, G, help_needed="Who pays?")
        on_programme = office_client.get(programme.get_absolute_url()).context["status"].attention
        on_dashboard = office_client.get(f"/?programme={programme.slug}").context["portfolio"].attention
        named = [(item.title, item.reasons) for item in on_programme]
        assert named == [(item.title, item.reasons) for item in on_dashboard]
        assert {title for title, _reasons in named} >= {"Red", "Worse", "Hidden", "Asks"}
        assert "Cancelled" not in dict(named)
