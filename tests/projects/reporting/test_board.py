"""The board of reporting progress."""

import csv
import datetime
import io

import pytest
from django.urls import reverse
from django.utils import timezone

from estates_portal.accounts.models import AuditEvent, Role
from projects.models import Notice
from projects.reporting import workflow
from projects.reporting.reminders import send_reminders
from projects.working_days import expected_share
from tests.factories import HospitalSchemeFactory, HubFactory, OrganisationFactory, UserFactory
from tests.periods import month, submitted_report

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]
NOW = datetime.datetime(2026, 12, 2, 9, 0, tzinfo=datetime.UTC)
DAY = datetime.date


@pytest.fixture
def contributor(contributor_client):
    return contributor_client.user


@pytest.fixture
def portfolio(office, contributor, trust, period):
    """A report in each status for the trust, with a late one, and one that another organisation has not started."""
    hubs = {title: HubFactory(title=title, lead_organisation=trust) for title in ("A", "B", "C", "D", "E")}
    submitted_report(hubs["A"], period, contributor)
    workflow.accept(submitted_report(hubs["B"], period, contributor), office)
    workflow.return_report(submitted_report(hubs["C"], period, contributor), office, "More")
    workflow.start_report(hubs["D"], period, contributor)
    late = submitted_report(HospitalSchemeFactory(title="F", lead_organisation=trust), period, contributor)
    late.submitted_at = timezone.now() + datetime.timedelta(days=9)
    late.save()
    HubFactory(title="G", lead_organisation=OrganisationFactory(name="Behind Trust", slug="behind"))
    return hubs


def shown(client, period, **filters):
    rows = client.get(period.get_absolute_url(), filters).context["rows"]
    return [(row.progress.name, [report.project.title for report in row.reports]) for row in rows]


FILTERS = [
    ({}, [("Luton Trust", ["A", "B", "C", "D", "E", "F"]), ("Behind Trust", ["G"])]),
    ({"sort": "name"}, [("Behind Trust", ["G"]), ("Luton Trust", ["A", "B", "C", "D", "E", "F"])]),
    ({"show": "outstanding"}, [("Luton Trust", ["C", "D", "E"]), ("Behind Trust", ["G"])]),
    ({"show": "in"}, [("Luton Trust", ["A", "B", "F"])]),
    ({"show": "submitted"}, [("Luton Trust", ["A", "F"])]),
    ({"show": "accepted"}, [("Luton Trust", ["B"])]),
    ({"show": "returned"}, [("Luton Trust", ["C"])]),
    ({"show": "draft"}, [("Luton Trust", ["D"])]),
    ({"show": "missing"}, [("Luton Trust", ["E"]), ("Behind Trust", ["G"])]),
    ({"show": "late"}, [("Luton Trust", ["F"])]),
    ({"show": "missing", "organisation": "behind"}, [("Behind Trust", ["G"])]),
    ({"kind": "hospital_scheme"}, [("Luton Trust", ["F"])]),
    ({"kind": "hospital_scheme", "show": "draft"}, []),
]


def test_filters_show_matching_reports(office_client, period, portfolio):
    for filters, expected in FILTERS:
        assert shown(office_client, period, **filters) == expected, filters


def test_each_number_links_to_its_reports(office_client, period, portfolio):
    board = office_client.get(period.get_absolute_url()).context["board"]
    numbers = {show: number for show, _label, number in board.totals}
    assert numbers == {"accepted": 1, "submitted": 2, "returned": 1, "draft": 1, "missing": 2, "late": 1, "": 7}
    for show, number in numbers.items():
        assert sum(len(titles) for _name, titles in shown(office_client, period, show=show)) == number
    page = office_client.get(period.get_absolute_url(), {"kind": "hub"}).content.decode()
    assert 'href="?kind=hub&amp;show=missing"' in page
    assert 'href="?kind=hub&amp;organisation=behind&amp;show=outstanding"' in page


def test_unknown_filter_shows_error_and_no_reports(office_client, period, portfolio):
    for name in ("show", "organisation", "kind", "sort"):
        page = office_client.get(period.get_absolute_url(), {name: "wrong\x00"})
        assert list(page.context["form"].errors) == [name]
        assert page.context["rows"] == []
        assert "No reports match these filters" in page.content.decode()
    url = reverse("projects:period_csv", args=[period.slug])
    assert office_client.get(url, {"sort": "wrong"})["Location"] == f"{period.get_absolute_url()}?sort=wrong"


def test_csv_has_the_filtered_reports(office_client, contributor, period, portfolio):
    url = reverse("projects:period_csv", args=[period.slug])
    text = b"".join(office_client.get(url, {"show": "draft"}).streaming_content).decode("utf-8-sig")
    (row,) = csv.DictReader(io.StringIO(text))
    assert (row["Organisation"], row["Project"], row["Report"]) == ("Luton Trust", "D", "Draft")
    assert row["Saved by"] == str(contributor) and contributor.email in row["Reporters"]
    assert (
        AuditEvent.objects.get(kind="exported").detail == "Reporting progress of November 2026: 1 report. Show: Draft"
    )


def test_board_compares_reports_with_a_steady_pace(office_client, period, portfolio, clock):
    clock.move_to(datetime.datetime(2026, 11, 26, 9, tzinfo=datetime.UTC))  # 4 of 11 working days
    office_client.force_login(office_client.user)
    page = office_client.get(period.get_absolute_url()).content.decode()
    assert "3 of 7 reports are in (43%)." in page
    assert "At a steady pace it would be 3 (43%) today." in page
    clock.move_to(NOW + datetime.timedelta(days=9))
    office_client.force_login(office_client.user)
    assert "steady pace" not in office_client.get(period.get_absolute_url()).content.decode()


@pytest.mark.parametrize(
    ("on", "share"),
    [(DAY(2026, 12, 18), 0), (DAY(2026, 12, 21), 1 / 5), (DAY(2026, 12, 28), 4 / 5), (DAY(2026, 12, 30), 1)],
)
def test_steady_pace_counts_working_days(on, share):
    """Opens on Friday 18 December; 25 December and, for Boxing Day, 28 December are bank holidays."""
    assert expected_share(DAY(2026, 12, 18), DAY(2026, 12, 29), on) == share


def test_board_names_reporters_and_last_reminder(office_client, contributor, trust, period, portfolio):
    ended = OrganisationFactory(name="Old Board", valid_to=DAY(2026, 4, 1), successor=trust)
    HubFactory(lead_organisation=ended)
    for name in ("Ann", "Bea", "Cem"):
        UserFactory(name=name, role=Role.CONTRIBUTOR, organisation=trust)
    send_reminders(period, "luton-trust", by=office_client.user, today=DAY(2026, 12, 2))
    page = office_client.get(period.get_absolute_url())
    first, second = page.context["rows"]
    assert [lead.name for lead in first.progress.acts_for] == ["Old Board"]
    assert first.named_reporters == "Ann, Bea, Cem and 1 more"
    assert first.reminder == (NOW, str(office_client.user))
    assert (second.named_reporters, second.reminder) == ("", ())
    html = page.content.decode()
    assert f"{reverse('people:invite')}?organisation={second.progress.pk}" in html
    assert f"{reverse('projects:period_remind', args=[period.slug])}?organisation=luton-trust" in html
    Notice.objects.all().delete()


def test_board_shows_reports_on_time_of_six_earlier_periods(office_client, contributor, trust, clock):
    """In closed periods of the expected reports recorded then, in open ones of those expected now."""
    hub = HubFactory(lead_organisation=trust)
    periods = [month(number) for number in range(4, 12)]
    for number, period in enumerate(periods[:-1], 4):
        clock.move_to(datetime.datetime(2026, number + 1, 4 if number % 2 else 20, 9, tzinfo=datetime.UTC))
        submitted_report(hub, period, contributor)
        if number < 9:
            workflow.close_period(period, office_client.user)
    HubFactory(lead_organisation=trust)  # expected now, so for September and October too
    clock.move_to(NOW)
    office_client.force_login(office_client.user)
    context = office_client.get(periods[-1].get_absolute_url()).context
    (row,) = context["rows"]
    labels = ["May 2026: 1 of 1", "Jun 2026: 0 of 1", "Jul 2026: 1 of 1", "Aug 2026: 0 of 1"]
    labels += ["Sep 2026: 1 of 2", "Oct 2026: 0 of 2"]
    assert [on_time.label for on_time in row.earlier] == labels
    assert [on_time.level for on_time in row.earlier] == ["all", "none", "all", "none", "some", "none"]
    assert [on_time.percent for on_time in context["board"].earlier.of_all()][-2:] == ["50%", "0%"]


def test_ended_organisation_of_closed_period_shows_earlier_reports(office_client, contributor, trust):
    """They count under the organisation that acts for it."""
    hub = HubFactory(lead_organisation=trust)
    earlier, period = month(10), month(11)
    submitted_report(hub, earlier, contributor)
    for closed in (earlier, period):
        workflow.close_period(closed, office_client.user)
    trust.valid_to, trust.successor = DAY(2026, 12, 1), OrganisationFactory(name="New Trust")
    trust.save()
    (row,) = office_client.get(period.get_absolute_url()).context["rows"]
    assert (row.progress.organisation, [on_time.expected for on_time in row.earlier]) == (trust, [1])


def test_board_is_one_table_with_a_constant_number_of_queries(office_client, period, django_assert_num_queries):
    month(10)
    for organisations, hubs in ((1, 3), (20, 2)):
        for _ in range(organisations):
            organisation = OrganisationFactory()
            UserFactory(role=Role.CONTRIBUTOR, organisation=organisation)
            for _ in range(hubs):
                submitted_report(HubFactory(lead_organisation=organisation), period, office_client.user)
        office_client.get(period.get_absolute_url())
        with django_assert_num_queries(13):
            page = office_client.get(period.get_absolute_url()).content.decode()
        assert page.count('<table class="nhsuk-table app-table app-board">') == 1


def test_name_links_to_reports_if_there_are_too_many_for_the_page(office_client, period, portfolio, monkeypatch):
    monkeypatch.setattr("projects.reporting.views.periods.MAX_REPORTS", 6)
    page = office_client.get(period.get_absolute_url()).content.decode()
    assert '<a href="?organisation=behind">Behind Trust</a>' in page and "<details" not in page
    page = office_client.get(period.get_absolute_url(), {"organisation": "behind"}).content.decode()
    assert "<summary>Behind Trust</summary>" in page
