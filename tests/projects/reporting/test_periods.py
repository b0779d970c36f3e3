"""Reporting periods."""

import datetime

import pytest
from django.core import mail
from django.urls import reverse
from pytest_django.asserts import assertContains

from estates_portal.accounts.models import Role
from projects.models import DeliveryState, Notice, ReportingPeriod
from projects.reporting import workflow
from tests.admin_forms import filled_in
from tests.conftest import signed_in
from tests.factories import HubFactory, OrganisationFactory, ReportingPeriodFactory, UserFactory
from tests.form_inputs import posted_by
from tests.periods import month, submitted_report

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]
NOW = datetime.datetime(2026, 12, 2, 9, 0, tzinfo=datetime.UTC)
PERIODS = reverse("projects:period_list")


def create(client, typed):
    """Preview the periods, then create them with the suggested due days."""
    page = client.post(PERIODS, {**typed, "action": "preview"})
    return client.post(PERIODS, {**typed, **dict.fromkeys(page.context["days"].fields, "")}, follow=True)


class TestPeriods:
    YEAR = {"month": "4", "year": "2027", "months": "12", "opens": "20", "due": "5"}

    def test_office_creates_year_of_periods(self, office_client):
        create(office_client, self.YEAR)
        made = list(ReportingPeriod.objects.order_by("starts_on"))
        assert len(made) == 12
        assert (made[0].name, made[-1].name) == ("April 2027", "March 2028")
        assert (made[10].ends_on, made[10].due_on) == (
            datetime.date(2028, 2, 29),
            datetime.date(2028, 3, 7),
        )  # the fifth working day: the 4th and 5th are a weekend
        create(office_client, {**self.YEAR, "month": "1", "year": "2028"})
        assert ReportingPeriod.objects.count() == 12 + 9

    def test_reports_are_due_on_the_fifth_working_day(self, office_client):
        """Christmas, New Year's Day, Easter and the bank holidays of May are not working days."""
        create(office_client, {**self.YEAR, "month": "11", "year": "2026", "months": "14"})
        due = list(ReportingPeriod.objects.order_by("starts_on").values_list("due_on", flat=True))
        assert ", ".join(f"{day:%-d %b}" for day in due) == (
            "7 Dec, 8 Jan, 5 Feb, 5 Mar, 7 Apr, 10 May, 7 Jun, 7 Jul, 6 Aug, 7 Sep, 7 Oct, 5 Nov, 7 Dec, 10 Jan"
        )

    def test_office_changes_due_days_before_periods_are_created(self, office_client):
        typed = {**self.YEAR, "month": "11", "year": "2026", "months": "2"}
        page = office_client.post(PERIODS, {**typed, "action": "preview"}).content.decode()
        assert "Mon 7 Dec 2026" in page and "Create periods" in page
        assert not ReportingPeriod.objects.exists()
        for day, error in {
            "5/12/2026": "Saturday 5 December 2026 is not a working day",
            "28/12/2026": "Monday 28 December 2026 is not a working day",
            "19/11/2026": "Due day of November 2026 must be on or after 20 November 2026",
            "1/3/2027": "Due day of November 2026 must be on or before 28 February 2027",
            "soon": "Enter a date",
        }.items():
            data = {**typed, "action": "create", "due-2026-11": day, "due-2026-12": ""}
            page = office_client.post(PERIODS, data).content.decode()
            assert error in page and f'value="{day}"' in page
        assert not ReportingPeriod.objects.exists()
        office_client.post(PERIODS, {**data, "due-2026-11": "9/12/2026"})
        due = ReportingPeriod.objects.order_by("starts_on").values_list("due_on", flat=True)
        assert list(due) == [datetime.date(2026, 12, 9), datetime.date(2027, 1, 8)]

    def test_periods_are_previewed_again_if_one_was_not(self, office_client):
        """The number of months changes after the preview of November."""
        typed = {**self.YEAR, "month": "11", "year": "2026", "months": "2"}
        page = office_client.post(PERIODS, {**typed, "action": "create", "due-2026-11": "9/12/2026"})
        assert not ReportingPeriod.objects.exists()
        assert [field.value() for _row, field in page.context["days"].rows] == ["9/12/2026", "8/1/2027"]

    def test_error_of_new_period_says_why(self, office_client):
        """A period of other days has the address of the new one."""
        ReportingPeriod.objects.filter(pk=month(6).pk).update(slug="2027-04")
        page = create(office_client, {**self.YEAR, "months": "1"})
        assert page.context["form"].non_field_errors() == ["Reporting period with this Slug already exists."]

    def test_creating_periods_leaves_out_and_names_months_that_exist_or_overlap(self, office_client):
        """June exists under another slug; a period of ten days in February was added in the admin."""
        june = month(6)
        ReportingPeriod.objects.filter(pk=june.pk).update(slug="midsummer")
        ReportingPeriodFactory(
            name="Winter special",
            slug="winter",
            starts_on=datetime.date(2027, 2, 1),
            ends_on=datetime.date(2027, 2, 10),
            opens_on=datetime.date(2027, 2, 1),
            due_on=datetime.date(2027, 3, 5),
        )
        typed = {**self.YEAR, "month": "4", "year": "2026"}
        page = office_client.post(PERIODS, {**typed, "action": "preview"}).content.decode()
        assert "Not created: overlaps Winter special (1 Feb to 10 Feb)" in page
        page = create(office_client, typed).content.decode()
        assert "10 periods created. June 2026 already exists. February 2027 overlaps Winter special" in page
        assert ReportingPeriod.objects.count() == 12

    def test_closed_period_counts_projects_under_the_organisation_that_led_them_then(
        self, office_client, period, trust
    ):
        """The lead organisation changes after the period was closed."""
        hub = HubFactory(title="Riverside hub", lead_organisation=trust)
        workflow.close_period(period, office_client.user)
        hub.lead_organisation = OrganisationFactory(name="Council")
        hub.save()
        rows = office_client.get(period.get_absolute_url()).context["rows"]
        assert [(row.progress.organisation, [report.project for report in row.reports]) for row in rows] == [
            (trust, [hub.project_ptr])
        ]

    def test_admin_form_names_period_that_new_dates_overlap(self, admin_client):
        month(10)
        november = month(11)
        url = reverse("admin:projects_reportingperiod_change", args=[november.pk])
        refused = admin_client.post(url, filled_in(admin_client.get(url), starts_on="2026-10-31"))
        assert "November 2026 overlaps an existing period, October 2026" in refused.content.decode()
        saved = admin_client.post(url, filled_in(admin_client.get(url), starts_on="2026-11-02"))
        assert saved.status_code == 302
        november.refresh_from_db()
        assert november.starts_on == datetime.date(2026, 11, 2)

    @pytest.mark.parametrize(
        ("field", "value"),
        [("month", "13"), ("year", ""), ("year", "99999999999"), ("months", "0"), ("opens", "31"), ("due", "x")],
    )
    def test_error_is_shown_with_its_field(self, office_client, field, value):
        page = office_client.post(PERIODS, {**self.YEAR, field: value})
        assert list(page.context["form"].errors) == [field]
        assert not ReportingPeriod.objects.exists()

    def test_closed_period_keeps_expected_reports(self, office_client, trust, period):
        hub = HubFactory(lead_organisation=trust)
        url = reverse("projects:period_close", args=[period.slug])
        office_client.post(url, {"action": "close"})
        hub.delivery_state = DeliveryState.COMPLETE
        hub.save()
        page = office_client.get(period.get_absolute_url())
        assert ("missing", "Not reported", 1) in page.context["board"].totals
        assert "Closed on 2 December 2026" in page.content.decode()
        again = office_client.post(url, {"action": "close"}, follow=True)
        assert "already closed" in again.content.decode()
        office_client.post(url, {"action": "reopen"})
        period.refresh_from_db()
        assert not period.is_closed

    def test_text_typed_for_period_that_was_just_closed_is_shown(self, office_client, trust, period):
        hub = HubFactory(title="Late hub", lead_organisation=trust)
        workflow.close_period(period, office_client.user)
        close, remind = (reverse(f"projects:period_{name}", args=[period.slug]) for name in ("close", "remind"))
        page = office_client.post(close, {"action": "close", f"reason-{hub.pk}": "Not funded"})
        assertContains(page, "This period is already closed", status_code=409)
        assert page.context["answers"] == [("Reason not needed: Late hub", "Not funded")]
        page = office_client.post(remind, {"text": "Boards meet on the 9th."})
        assertContains(page, "November 2026 is not open for reporting", status_code=409)
        assert page.context["answers"] == [("Your message", "Boards meet on the 9th.")]

    def test_message_is_suggested_until_the_first_reminder(self, office_client, contributor_client, trust, period):
        ReportingPeriod.objects.filter(pk=month(10).pk).update(reminder_text="Boards meet on the 9th.")
        HubFactory(lead_organisation=trust)
        url = reverse("projects:period_remind", args=[period.slug])
        assert office_client.get(url).context["form"].initial == {"text": "Boards meet on the 9th."}
        office_client.post(url, {"text": ""})
        assert office_client.get(url).context["form"].initial == {"text": ""}

    def test_office_sends_reminders_once_a_day(self, office_client, contributor_client, trust, period):
        HubFactory(title="Late hub", lead_organisation=trust)
        other = signed_in(role=Role.CONTRIBUTOR, organisation=OrganisationFactory(slug="other"))
        HubFactory(lead_organisation=other.user.organisation)
        url = reverse("projects:period_remind", args=[period.slug])
        page = office_client.post(url, {"organisation": "luton-trust"}, follow=True)
        assert "Reminders sent to 1 person" in page.content.decode()
        (message,) = mail.outbox
        assert message.to == [contributor_client.user.email]
        assert "Late hub" in message.body and str(office_client.user) in message.body
        assert "/report/2026-11/" in message.body
        page = office_client.post(url, follow=True)
        assert "Reminders sent to 1 person" in page.content.decode()
        assert mail.outbox[1].to == [other.user.email]
        page = office_client.post(url, follow=True)
        assert "No reminders sent: already reminded today at 09:00" in page.content.decode()
        assert Notice.objects.count() == 2

    def test_reminder_page_names_people_and_organisations_before_and_after(
        self, office_client, contributor_client, trust, period
    ):
        """One organisation has a contributor, one has none, one was reminded an hour ago."""
        reminded = UserFactory(name="Rae", role=Role.CONTRIBUTOR, organisation=OrganisationFactory(slug="reminded"))
        leads = [trust, OrganisationFactory(name="Empty Trust"), reminded.organisation]
        for lead in leads:
            HubFactory.create_batch(2, lead_organisation=lead)
        HubFactory(lead_organisation=None)
        url = reverse("projects:period_remind", args=[period.slug])
        office_client.post(url, {"organisation": "reminded"})
        page = office_client.get(url)
        assert self.recipients(page) == ([contributor_client.user], ["None", "Empty Trust"], [reminded])
        assert "Projects without a lead" in page.content.decode()
        assert "We will email 1 person" in " ".join(page.content.decode().split())
        _address, data = posted_by(page)
        for _ in range(2):  # pressed twice
            page = office_client.post(url, {**data, "text": "Boards meet on the 9th."}, follow=True)
        assert [message.to for message in mail.outbox] == [[reminded.email], [contributor_client.user.email]]
        assert self.recipients(page) == ([], ["None", "Empty Trust"], [contributor_client.user, reminded])
        assert "There is no one to remind now." in page.content.decode()
        page = office_client.get(url, {"organisation": trust.slug}).content.decode()
        assert "Empty Trust" not in page and contributor_client.user.name in page

    def recipients(self, page):
        lists = page.context["recipients"]
        new, reminded = ([recipient.person for recipient in group] for group in (lists.new, lists.reminded))
        return new, [str(unreachable.organisation) for unreachable in lists.unreachable], reminded

    def test_reminder_page_says_that_message_is_too_long(self, office_client, contributor_client, trust, period):
        HubFactory(lead_organisation=trust)
        url = reverse("projects:period_remind", args=[period.slug])
        page = office_client.post(url, {"text": "x" * 1001}).content.decode()
        assert "Your message must be 1,000 characters or less" in page and "x" * 1001 in page
        assert not mail.outbox

    def test_reminder_page_query_count_is_constant(self, office_client, period, django_assert_num_queries):
        url = reverse("projects:period_remind", args=[period.slug])
        for count in (1, 20):
            for _ in range(count):
                person = UserFactory(role=Role.CONTRIBUTOR, organisation=OrganisationFactory())
                HubFactory(lead_organisation=person.organisation)
            office_client.get(url)
            with django_assert_num_queries(11):
                office_client.get(url)

    def test_close_page_says_what_is_outstanding(self, office_client, contributor_client, trust, period):
        HubFactory(lead_organisation=trust)
        submitted_report(HubFactory(lead_organisation=trust), period, contributor_client.user)
        url = reverse("projects:period_close", args=[period.slug])
        page = office_client.get(url)
        text = " ".join(page.content.decode().split())
        assert "Close November 2026?" in text
        assert "1 of 2 reports has not been submitted." in text
        period.refresh_from_db()
        assert not period.is_closed
        _address, data = posted_by(page)
        office_client.post(url, data)
        period.refresh_from_db()
        assert period.is_closed

    def test_office_says_which_reports_are_not_needed(self, office_client, contributor_client, trust, period):
        """The second hub has a draft; the third is submitted while the page is open."""
        hubs = [HubFactory(title=title, lead_organisation=trust) for title in ("One", "Two", "Three", "Four")]
        workflow.start_report(hubs[1], period, contributor_client.user)
        url = reverse("projects:period_close", args=[period.slug])
        page = office_client.get(url)
        assert [(report.project.title, report.label) for report, _field in page.context["form"].rows] == [
            ("Four", "Not started"),
            ("One", "Not started"),
            ("Three", "Not started"),
            ("Two", "Draft"),
        ]
        reasons = {f"reason-{hub.pk}": "Reported by the main project" for hub in hubs[:3]}
        too_long = office_client.post(url, reasons | {f"reason-{hubs[3].pk}": "x" * 201})
        assert "Reason must be 200 characters or less" in too_long.content.decode()
        assert "Reported by the main project" in too_long.content.decode()
        submitted_report(hubs[2], period, contributor_client.user)
        page = office_client.post(url, reasons, follow=True)
        board = page.context["board"]
        assert [(label, number) for _show, label, number in board.totals if number] == [
            ("Submitted", 1),
            ("Not reported", 1),
            ("Expected", 2),
        ]
        assert [(row.project.title, row.not_needed) for row in page.context["not_needed"]] == [
            ("One", "Reported by the main project"),
            ("Two", "Reported by the main project"),
        ]
        assert office_client.get(hubs[1].status_reports.get().get_absolute_url()).status_code == 200  # the draft
        page = office_client.get(url)
        assert "This deletes 2 reasons why a report was not needed." in " ".join(page.content.decode().split())
        office_client.post(url, {"action": "reopen"})
        period.refresh_from_db()
        assert not period.is_closed and not period.expected.exists()

    def test_office_sees_organisations_without_contributors(self, office_client, trust, period):
        HubFactory(lead_organisation=trust)
        url = reverse("projects:period_remind", args=[period.slug])
        page = office_client.post(url, {"organisation": trust.slug}, follow=True)
        assert f"No reminders sent: {trust} has no contributors" in page.content.decode()
        page = office_client.post(url, {"organisation": "unknown"}, follow=True)
        assert "No reminders sent: no reports are outstanding" in page.content.decode()
        assert not mail.outbox

    @pytest.mark.parametrize(
        ("field", "value", "error"),
        [
            ("months", "25", "Number of months must be between 1 and 24"),
            ("months", "", "Enter a number of months"),
            ("year", "1066", "Year must be between 2020 and 2100"),
            ("opens", "soon", "Day of the month must be between 1 and 28"),
            ("due", "0", "Number of working days must be between 1 and 20"),
        ],
    )
    def test_form_error_names_range_of_each_number(self, office_client, field, value, error):
        typed = {"month": "1", "year": "2027", "months": "12", "opens": "20", "due": "5", field: value}
        assert error in office_client.post(PERIODS, typed).content.decode()
        assert not ReportingPeriod.objects.exists()

    def test_office_sees_number_of_waiting_reminders(self, office_client, trust, period, settings):
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
        UserFactory(role=Role.CONTRIBUTOR, organisation=trust)
        UserFactory(role=Role.CONTRIBUTOR, organisation=trust)
        HubFactory(lead_organisation=trust)
        page = office_client.post(reverse("projects:period_remind", args=[period.slug]), follow=True)
        assert "We could not send the emails to" in page.content.decode()
        assert len(page.context["recipients"].unsent) == 2
        assert "Reminders sent" not in page.content.decode()

    def test_period_pages_have_empty_states(self, office_client, period):
        assert "No reports expected" in office_client.get(period.get_absolute_url()).content.decode()
        ReportingPeriod.objects.all().delete()
        assert "No periods yet" in office_client.get(PERIODS).content.decode()
