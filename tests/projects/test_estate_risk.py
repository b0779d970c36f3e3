"""What projects remove of the backlog of their sites: the figures, who sees them, the ranking and the files."""

import csv
import datetime
import html
import io
import re
import zipfile

import openpyxl
import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from pytest_django.asserts import assertContains, assertNotContains

from estates_portal.accounts.models import User
from projects.costs import EXPECTED_HINT
from projects.estate_risk import RiskRemoved, estate_behind, ranked, removed_at, risks_removed, share_or_why
from projects.labels import NOT_ACCEPTED
from projects.models import AnnualCost, BacklogRemoved, Project
from projects.portfolio.board import build_board_report
from projects.portfolio.board.blocks import ReportTable, Text
from sites.models import EstateReturn
from tests.conftest import clean_caches, count_a_change
from tests.factories import (
    BacklogRemovedFactory,
    CostEstimateFactory,
    EstateReturnFactory,
    HospitalSchemeFactory,
    HubFactory,
    OrganisationFactory,
    SiteFactory,
)
from tests.forms import fields_of
from tests.periods import month, submitted_report
from tests.permission_table import TABLE, address, make_records

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]
DAY = datetime.date
READER = User(role="administrator")
# ERIC 2014-15, site data: the backlog of RC971 by risk
RC971 = {
    "backlog_high_pounds": 8_877_570,
    "backlog_significant_pounds": 11_487_280,
    "backlog_moderate_pounds": 10_568_470,
    "backlog_low_pounds": 3_427_240,
}
SHARE = "£8,000,000 of £20,364,850, 39 per cent"
RANKING, RANKING_CSV = reverse("projects:risk_ranking"), reverse("projects:risk_ranking_csv")
SECRET = 7_654_321


@pytest.fixture
def site():
    site = SiteFactory(name="Luton and Dunstable", condition="C")
    EstateReturnFactory(site=site, year=2014, gross_internal_area_m2=59_132, **RC971)
    return site


@pytest.fixture
def scheme(site, trust):
    """A project that removes £5m of high and £3m of significant risk backlog for £20m."""
    scheme = HospitalSchemeFactory(title="Acute block", site=site, lead_organisation=trust)
    for band, pounds in (("high", 5_000_000), ("significant", 3_000_000)):
        BacklogRemovedFactory(project=scheme, band=band, amount_pounds=pounds, price_year=2014)
    CostEstimateFactory(project=scheme, amount_pounds=20_000_000)
    return scheme


def text_of(client, page):
    url = page if isinstance(page, str) else page.get_absolute_url()
    return " ".join(client.get(url).content.decode().split())


def lines_of(response):
    return list(csv.DictReader(io.StringIO(b"".join(response.streaming_content).decode("utf-8-sig"))))


def risk_of(project):
    ((_project, risk),) = risks_removed(Project.objects.filter(pk=project.pk), READER)
    return risk


def board_report(office, *projects):
    period = month(10)
    for project in projects:
        submitted_report(project, period, office)
    return build_board_report(Project.objects.all(), period, reader=office, scope="All", created="Now")


def ranking_rows(report):
    tables = [block for block in report.blocks if isinstance(block, ReportTable)]
    (table,) = [table for table in tables if table.caption == "Cost for each pound of risk removed"]
    return [[cell.text for cell in row] for row in table.rows]


def typed(at, **changes):
    return {
        "site": at.pk,
        "band": "high",
        "amount_pounds": "£6m",
        "price_year": "2014/15",
        "dated": "March 2026",
        "source_words": "Outline business case",
        **changes,
    }


class TestFigures:
    def test_share_and_cost_for_each_pound_add_up_to_the_pound(self, scheme):
        risk = risk_of(scheme)
        assert (risk.cir, risk.cir_removed, risk.share_label) == (20_364_850, 8_000_000, SHARE)
        assert (risk.per_pound, risk.per_pound_label) == (2.5, "£2.50")
        assert estate_behind(scheme, READER).risk.per_pound_label == "£2.50"

    def test_newest_statement_of_a_band_holds(self, scheme):
        for as_of, pounds in ((DAY(2027, 1, 1), 6_000_000), (DAY(2025, 1, 1), 1), (None, 2)):
            BacklogRemovedFactory(project=scheme, amount_pounds=pounds, as_of=as_of)
        assert risk_of(scheme).cir_removed == 9_000_000

    def test_forecast_is_the_cost_before_the_estimate(self, scheme):
        AnnualCost.objects.create(project=scheme, year=2026, forecast=24_000_000)
        assert (risk_of(scheme).cost.label, risk_of(scheme).per_pound_label) == ("Forecast cost", "£3.00")

    @pytest.mark.parametrize(
        ("amounts", "cost", "removed", "why"),
        [
            ({}, 5, None, "Nothing stated"),
            ({}, None, None, "Nothing stated, no cost"),
            ({"low": 4}, 5, None, "Only moderate or low risk stated"),
            ({"high": 0}, 5, 0, "No CIR removed"),
            ({"high": 4}, None, 4, "No cost"),
        ],
    )
    def test_unknown_is_not_zero(self, site, amounts, cost, removed, why):
        hub = HubFactory(site=site)
        for band, pounds in amounts.items():
            BacklogRemovedFactory(project=hub, band=band, amount_pounds=pounds)
        if cost:
            CostEstimateFactory(project=hub, amount_pounds=cost)
        risk = risk_of(hub)
        assert (risk.cir_removed, risk.per_pound, risk.why_no_rate) == (removed, None, why)

    def test_band_that_is_not_stated_is_named(self, site):
        hub = BacklogRemovedFactory(project=HubFactory(site=site), amount_pounds=1_000_000).project
        assert risk_of(hub).not_stated_label == "Significant risk not stated"
        note = estate_behind(hub, READER).risk.sites[0].share_note
        assert note == "Significant risk not stated, prices of different or unknown years"

    def test_cir_of_several_sites_is_unknown_if_one_is(self, scheme, site):
        assert risk_of(HubFactory()).why_no_cir == "No site"
        further = SiteFactory()
        scheme.further_sites.add(further)
        assert (risk_of(scheme).cir, risk_of(scheme).why_no_cir) == (None, "Not known for 1 of 2 sites")
        assert risk_of(HubFactory(site=further)).why_no_cir == "No estate return"
        EstateReturnFactory(site=further, backlog_high_pounds=1)
        assert risk_of(HubFactory(site=further)).why_no_cir == "Not in the return"
        EstateReturnFactory(site=further, year=2026, backlog_high_pounds=1, backlog_significant_pounds=2)
        assert (risk_of(scheme).cir, risk_of(scheme).why_no_cir) == (20_364_853, "")

    def test_removing_more_than_the_return_has_is_an_excess(self, scheme, site):
        second = BacklogRemovedFactory(project=HubFactory(site=site), amount_pounds=6_000_000).project
        label = (
            "High risk backlog at Luton and Dunstable: 2 projects remove £11,000,000, more than the £8,877,570 in the "
            "2014/15 return"
        )
        for project in (scheme, second):
            assert [excess.label for excess in estate_behind(project, READER).excesses] == [label]
        assert [excess.label for excess in removed_at(site, READER).excesses] == [label]
        Project.objects.filter(pk=second.pk).update(delivery_state="cancelled")
        second.refresh_from_db()
        assert not estate_behind(scheme, READER).excesses and not estate_behind(second, READER).excesses
        assert removed_at(site, READER).totals == [(5_000_000, ""), (3_000_000, ""), (None, ""), (None, "")]

    @pytest.mark.parametrize("figures", [{}, {"backlog_high_pounds": None}])
    def test_unknown_return_has_no_excess(self, figures):
        statement = BacklogRemovedFactory()
        if figures:
            EstateReturnFactory(site=statement.site, **figures)
        assert not removed_at(statement.site, READER).excesses

    def test_ranking_has_lowest_cost_first_and_unknown_last(self, scheme):
        cheap = BacklogRemovedFactory(amount_pounds=1_000_000).project
        CostEstimateFactory(project=cheap, amount_pounds=1_000_000)
        unknown = HubFactory(title="A hub")
        for descending, order in ((False, [cheap, scheme, unknown]), (True, [scheme, cheap, unknown])):
            risks = ranked(risks_removed(Project.objects.all(), READER), "rate", descending)
            assert [pair[0].pk for pair in risks] == [project.pk for project in order]

    def test_database_refuses_negative_amounts_and_unknown_bands(self, scheme, site):
        for wrong in ({"amount_pounds": -1}, {"band": "extreme"}, {"price_year": 1066}):
            with pytest.raises(IntegrityError), transaction.atomic():
                BacklogRemovedFactory(project=scheme, **wrong)
        other = BacklogRemoved(project=scheme, site=SiteFactory(), band="high", amount_pounds=1)
        with pytest.raises(ValidationError, match="Select a site of this project"):
            other.full_clean()


class TestPages:
    def test_project_page_has_the_estate_behind_it(self, viewer_client, client, scheme):
        page = text_of(viewer_client, scheme)
        for part in ("The estate behind it", "2014/15", "59,132", "£20.4m", "£34.4m", SHARE, "£2.50", "£5,000,000"):
            assert part in page, part
        assert f"Cost estimate £20m for £8m of CIR. {EXPECTED_HINT}" in page
        assert EXPECTED_HINT in text_of(viewer_client, RANKING)
        public = text_of(client, scheme)
        assert "The estate behind it" in public and "£20.4m" in public
        for part in ("What it removes", "8,000,000", "5,000,000", "£2.50"):
            assert part not in public, part

    def test_page_says_why_a_figure_is_not_known(self, viewer_client, site):
        page = text_of(viewer_client, HubFactory(site=site))
        assert "Not known <span" in page and "Nothing stated" in page and "£0" not in page

    def test_hospital_scheme_keeps_its_words_on_risk(self, client):
        scheme = HospitalSchemeFactory(estate_risk_addressed="Replaces a RAAC roof")
        assert "Replaces a RAAC roof" in text_of(client, scheme)

    def test_site_page_has_what_each_project_removes(self, viewer_client, client, scheme, site):
        hidden = HubFactory(site=site, title="Hidden", published=False, restricted=True)
        BacklogRemovedFactory(project=hidden, amount_pounds=SECRET)
        page = text_of(viewer_client, site)
        for part in ("Backlog that projects remove here", "Acute block", "5,000,000", SHARE, "In the 2014/15 return"):
            assert part in page, part
        assert "7,654,321" not in page and "Check the amounts" not in page
        public = text_of(client, site)
        assert "Backlog that projects remove here" not in public and "5,000,000" not in public

    def test_pages_follow_a_change(self, viewer_client, scheme, site):
        assert SHARE in text_of(viewer_client, scheme) and SHARE in text_of(viewer_client, site)
        BacklogRemovedFactory(project=scheme, amount_pounds=6_000_000, as_of=DAY(2026, 11, 1))
        count_a_change()
        for page in (scheme, site):
            assert "£9,000,000 of £20,364,850, 44 per cent" in text_of(viewer_client, page)

    def test_ranking_has_filters_reasons_and_examples_marked(self, viewer_client, scheme):
        HubFactory(title="A hub without figures", is_example=True)
        page = text_of(viewer_client, RANKING)
        assert page.index("Acute block") < page.index("A hub without figures")
        for part in ("£2.50", "2014/15 return", "Cost estimate", "Nothing stated, no cost", "No site", "Example data"):
            assert part in page, part
        assertNotContains(viewer_client.get(RANKING, {"kind": "hub"}), "Acute block")
        assertContains(viewer_client.get(RANKING, {"place": "atlantis"}), "No projects match these filters")
        assertContains(viewer_client.get(RANKING, {"sort": "wrong"}), "Acute block")
        for page in (reverse("projects:project_list"), reverse("home")):
            assertContains(viewer_client.get(page), RANKING)

    @pytest.mark.parametrize("page", ["project", "site", "ranking"])
    def test_number_of_queries_is_constant(self, office_client, site, page):
        scheme = HospitalSchemeFactory(site=site)
        url = {"project": scheme.get_absolute_url(), "site": site.get_absolute_url(), "ranking": RANKING}[page]
        counts = []
        for number in (1, 6):
            for _row in range(number):
                hub = HubFactory(site=site)
                hub.further_sites.add(SiteFactory())
                scheme.further_sites.add(SiteFactory())
                BacklogRemovedFactory(project=hub)
                BacklogRemovedFactory(project=scheme)
                CostEstimateFactory(project=hub)
            clean_caches()
            office_client.get(reverse("glossary"))
            with CaptureQueriesContext(connection) as queries:
                office_client.get(url)
            counts.append(len(queries))
        assert counts[0] == counts[1]


def ash_and_oak(site, **figures):
    """Two trusts that report the site in the same year."""
    for name in ("Ash", "Oak"):
        trust = OrganisationFactory(name=f"{name} Trust", short_name=name)
        EstateReturnFactory(site=site, year=2015, reported_by=trust, **RC971 | figures)


class TestReturns:
    """Figures of returns that are not accepted yet, and of two trusts in one year."""

    PROJECT_CSV = reverse("projects:export_csv", args=["projects"])

    @pytest.mark.parametrize("accepted", [True, False])
    def test_return_that_waits_is_marked_on_every_page_and_in_files(self, viewer_client, scheme, site, accepted):
        EstateReturn.objects.update(accepted=accepted)
        marks = {"project": 2, "site": 3, "ranking": 1, "list": 1}
        pages = {"project": scheme, "site": site, "ranking": RANKING, "list": reverse("sites:site_list")}
        for name, page in pages.items():
            assert text_of(viewer_client, page).count(NOT_ACCEPTED) == (0 if accepted else marks[name]), name
        shown = "Yes" if accepted else "No"
        assert lines_of(viewer_client.get(RANKING_CSV))[0]["Accepted"] == shown
        assert lines_of(viewer_client.get(self.PROJECT_CSV))[0]["Estate returns accepted"] == shown
        row = lines_of(viewer_client.get(reverse("projects:export_sites_csv")))[0]
        assert (row["Accepted"], row["Return accepted"], row["Survey accepted"]) == ("Yes", shown, "Yes")

    def test_warning_says_that_the_return_waits(self, viewer_client, scheme, site):
        BacklogRemovedFactory(project=HubFactory(site=site), amount_pounds=6_000_000)
        EstateReturn.objects.update(accepted=False)
        assert "in the 2014/15 return, not accepted yet. Check the amounts" in text_of(viewer_client, scheme)

    def test_board_report_has_accepted_returns_alone(self, office, scheme, site):
        EstateReturnFactory(site=site, year=2025, accepted=False, **dict.fromkeys(RC971, SECRET))
        assert ranking_rows(board_report(office, scheme))[0][2] == "£20.4m\n2014/15 return"

    def test_two_trusts_in_one_year_are_named_and_not_added_up(self, viewer_client, scheme, site):
        ash_and_oak(site, backlog_high_pounds=4_000_000)
        whose = "Ash, 1 of 2 returns"
        for page in (scheme, site, RANKING, reverse("sites:site_list")):
            text = text_of(viewer_client, page)
            assert whose in text and "£31m" not in text and "30,974,560" not in text, page
        warning = f"more than the £4,000,000 in the 2015/16 return ({whose})"
        for page in (scheme, site):
            assert warning in text_of(viewer_client, page)
        assert lines_of(viewer_client.get(RANKING_CSV))[0]["Estate return"] == f"2015/16 return ({whose})"
        assert lines_of(viewer_client.get(self.PROJECT_CSV))[0]["Estate returns"] == f"2015/16 return ({whose})"
        row = lines_of(viewer_client.get(reverse("projects:export_sites_csv")))[0]
        assert (row["Figures from the return of"], row["Returns of that year"]) == ("Ash", "2")

    def test_sum_says_at_which_sites_nothing_is_stated(self, viewer_client, scheme):
        scheme.further_sites.add(SiteFactory())
        assert risk_of(scheme).not_stated_label == "High and significant risk not stated at 1 of 2 sites"
        for page in (RANKING, scheme):
            assert "High and significant risk not stated at 1 of 2 sites" in text_of(viewer_client, page)
        assert (
            "High and significant"
            in lines_of(viewer_client.get(RANKING_CSV))[0]["Why the CIR removed is not known, or what is not stated"]
        )
        assert (
            "High and significant"
            in lines_of(viewer_client.get(self.PROJECT_CSV))[0]["What is not known or not stated of the CIR"]
        )

    def test_sum_at_a_site_says_what_it_leaves_out(self, viewer_client, scheme, site):
        BacklogRemovedFactory(project=HubFactory(site=site), amount_pounds=1)
        removed = removed_at(site, READER)
        left_out = [(5_000_001, ""), (3_000_000, "Not stated by 1 of 2 projects"), (None, ""), (None, "")]
        assert removed.totals == left_out and removed.share_note == "Leaves out what is not stated"
        assert "Not stated by 1 of 2 projects" in text_of(viewer_client, site)

    def test_zero_and_unknown_look_different_in_the_ranking_and_its_files(self, viewer_client):
        for name, significant in (("None", 0), ("Unknown", None)):
            site = SiteFactory(name=name)
            EstateReturnFactory(site=site, backlog_high_pounds=0, backlog_significant_pounds=significant)
            HubFactory(title=name, site=site)
        page = text_of(viewer_client, f"{RANKING}?sort=-cir")
        assert page.index(">None<") < page.index(">Unknown<") and page.count("£0") == 1 and "Not in the return" in page
        for url, column in (
            (RANKING_CSV, "CIR of the sites (£)"),
            (self.PROJECT_CSV, "CIR of the sites (£)"),
            (reverse("projects:export_sites_csv"), "Critical infrastructure risk, £"),
        ):
            cells = [row[column] for row in lines_of(viewer_client.get(url))]
            assert [cell and float(cell) for cell in cells] == [0, ""], url
        book = viewer_client.get(reverse("projects:export_sites_xlsx"))
        (heading, *rows) = openpyxl.load_workbook(io.BytesIO(b"".join(book.streaming_content)))["Sites"].values
        assert [row[heading.index("Critical infrastructure risk, £")] for row in rows] == [0, None]


class TestForm:
    def url(self, project, *rest, page="register_add"):
        return reverse(f"projects:{page}", args=[project.slug, "backlog", *rest])

    def test_contributor_adds_a_statement_and_is_warned(self, contributor_client, scheme, site, trust):
        hub = HubFactory(title="Second", site=site, lead_organisation=trust)
        response = contributor_client.post(self.url(hub), typed(site), follow=True)
        saved, warning = [str(message) for message in response.context["messages"]]
        assert saved == "£6,000,000 of high risk backlog at Luton and Dunstable saved"
        assert warning.startswith("High risk backlog at Luton and Dunstable: 2 projects remove £11,000,000")
        assert "more than the £8,877,570 in the 2014/15 return. Check the amounts" in warning
        statement = hub.backlog_removed.get()
        assert (statement.amount_pounds, statement.price_year, statement.dated.label) == (6_000_000, 2014, "March 2026")
        for page in (hub, scheme, site):
            assert "2 projects remove £11,000,000" in text_of(contributor_client, page)
        page = text_of(contributor_client, self.url(hub, page="register"))
        assert "As at March 2026" in page and "Outline business case" in page

    def test_newer_statement_replaces_the_earlier_one_in_the_list(self, viewer_client, scheme):
        BacklogRemovedFactory(project=scheme, as_of=DAY(2026, 11, 1))
        assert text_of(viewer_client, self.url(scheme, page="register")).count("Replaced by a newer amount") == 1

    @pytest.mark.parametrize(
        ("field", "value", "error"),
        [
            ("amount_pounds", "lots", "Enter an amount in pounds, for example 1,500,000 or 1.5m"),
            ("amount_pounds", "-5", "Amount must be 0 or more"),
            ("amount_pounds", "", "Enter an amount"),
            ("band", "extreme", "Select a risk from the list"),
            ("band", "", "Select a risk"),
            ("site", "", "Select a site"),
            ("dated", "soon", None),
            ("dated", "", "Enter the date of this amount"),
            ("dated", "2027", "Date must be today or in the past"),
            ("price_year", "14", "Enter a financial year, for example 2026/27"),
            ("source_url", "javascript:alert(1)", "Enter a web address that starts with https://"),
        ],
    )
    def test_error_is_beside_its_field(self, contributor_client, scheme, site, field, value, error):
        before = BacklogRemoved.objects.count()
        page = contributor_client.post(self.url(scheme), typed(site, **{field: value}))
        errors = page.context["form"].errors
        assert set(errors) == {field} and (error is None or list(errors[field]) == [error])
        assertContains(page, "Outline business case")
        assert BacklogRemoved.objects.count() == before

    def test_form_offers_sites_of_the_project_alone(self, contributor_client, scheme, site, trust):
        page = contributor_client.post(self.url(scheme), typed(SiteFactory()))
        assert set(page.context["form"].errors) == {"site"}
        form = contributor_client.get(self.url(scheme)).context["form"]
        assert list(form.fields["site"].queryset) == [site] and form["site"].value() == site.pk
        homeless = HubFactory(lead_organisation=trust)
        assertContains(contributor_client.get(self.url(homeless)), "This project has no site yet")

    def test_correction_keeps_what_was_not_changed(self, contributor_client, scheme):
        statement = scheme.backlog_removed.get(band="high")
        edit = self.url(scheme, statement.pk, page="register_edit")
        data = fields_of(contributor_client.get(edit))
        assert contributor_client.post(edit, data).status_code == 302
        assert statement.history.count() == 1
        contributor_client.post(edit, {**data, "amount_pounds": "4m"})
        statement.refresh_from_db()
        assert (statement.amount_pounds, statement.price_year, statement.as_of) == (4_000_000, 2014, DAY(2026, 3, 1))
        history = text_of(contributor_client, reverse("projects:project_history", args=[scheme.slug]))
        assert "Backlog removed" in history and "£4,000,000" in history and "2014/15" in history

    def test_newer_date_and_price_year_of_another_user_are_merged(self, contributor_client, scheme):
        statement = scheme.backlog_removed.get(band="high")
        form = contributor_client.get(self.url(scheme, statement.pk, page="register_edit")).context["form"]
        data = {name: form[name].value() or "" for name in form.fields}
        opened = html.unescape(re.search('value="(.*)"', form.opened_input)[1])
        BacklogRemoved.objects.filter(pk=statement.pk).update(as_of=DAY(2026, 4, 2), price_year=2020)
        edit = self.url(scheme, statement.pk, page="register_edit")
        contributor_client.post(edit, {**data, "amount_pounds": "4m", "opened": opened})
        statement.refresh_from_db()
        assert (statement.amount_pounds, statement.price_year, statement.as_of) == (4_000_000, 2020, DAY(2026, 4, 2))

    def test_office_adds_a_statement_in_the_admin(self, office_client, scheme, site):
        data = {"project": scheme.pk, "site": site.pk, "band": "low", "amount_pounds": "5", "as_of_precision": "day"}
        add = reverse("admin:projects_backlogremoved_add")
        assert office_client.post(add, data).status_code == 302
        assert scheme.backlog_removed.filter(band="low").exists()
        assertContains(office_client.post(add, {**data, "site": SiteFactory().pk}), "Select a site of this project")
        assertContains(office_client.post(add, {**data, "project": ""}), "Select the project")
        inline = office_client.get(reverse("admin:projects_hospitalscheme_change", args=[scheme.pk]))
        assertContains(inline, 'id="backlog_removed-group"')

    def test_site_with_statements_stays(self, admin_client, scheme, site):
        page = admin_client.get(reverse("admin:sites_site_delete", args=[site.pk]))
        assertContains(page, "2 statements of backlog removed")


class TestFiles:
    def test_workbook_and_csv_have_figures_and_statements(self, viewer_client, scheme):
        BacklogRemovedFactory(project=scheme, amount_pounds=1, as_of=DAY(2020, 1, 1))
        HubFactory(title="Z hub")
        (project, other) = lines_of(viewer_client.get(reverse("projects:export_csv", args=["projects"])))
        names = (
            "CIR of the sites (£)",
            "CIR removed (£)",
            "£ per £ of CIR removed",
            "What is not known or not stated of the CIR",
        )
        assert [project[name] for name in names] == ["20364850.00", "8000000.00", "2.50", ""]
        assert [other[name] for name in names[:3]] == ["", "", ""]
        assert other[names[3]] == "CIR of the sites: No site; £ per £: Nothing stated, no cost"
        rows = lines_of(viewer_client.get(reverse("projects:export_csv", args=["backlog"])))
        columns = ("Risk of the backlog", "Backlog removed (£)", "Price year", "Newest statement", "As at")
        assert sorted([row[name] for name in columns] for row in rows) == [
            ["High", "1.00", "", "No", "2020-01-01"],
            ["High", "5000000.00", "2014/15", "Yes", "2026-03-01"],
            ["Significant", "3000000.00", "2014/15", "Yes", "2026-03-01"],
        ]
        book = viewer_client.get(reverse("projects:export_workbook"))
        assert "Backlog removed" in openpyxl.load_workbook(io.BytesIO(b"".join(book.streaming_content))).sheetnames

    def test_ranking_csv_has_every_project_in_order(self, viewer_client, scheme):
        hub = HubFactory(title="A hub")
        rows = lines_of(viewer_client.get(RANKING_CSV))
        assert [row["Project"] for row in rows] == [scheme.title, hub.title]
        assert rows[0]["£ per £ of CIR removed"] == "2.50" and rows[0]["Cost figure"] == "Cost estimate"
        assert rows[1]["£ per £ of CIR removed"] == "" and rows[1]["Why it is not known"] == "Nothing stated, no cost"
        assert viewer_client.get(RANKING_CSV, {"place": "atlantis"}).status_code == 400

    def test_board_report_has_the_ranking(self, office, scheme):
        report = board_report(office, scheme, HubFactory(title="Nothing stated here"))
        assert ranking_rows(report) == [
            ["Acute block", "Luton and Dunstable", "£20.4m\n2014/15 return", "£8m", "£20m\nCost estimate", "£2.50"]
        ]
        texts = [block.text for block in report.blocks if isinstance(block, Text)]
        assert "1 project states nothing of the backlog removed." in texts


class TestWhoSees:
    def test_public_sees_no_statement_and_no_waiting_return_anywhere(self, client):
        """Acceptance 7: neither a return that is not accepted nor what a project removes is public."""
        records = make_records()
        site = records["sites_site"]
        statement = records["projects_backlogremoved"]
        words = "Paper of the private board"
        BacklogRemoved.objects.filter(pk=statement.pk).update(amount_pounds=SECRET, source_words=words)
        EstateReturnFactory(site=site, accepted=False, **dict.fromkeys(RC971, SECRET))
        count_a_change()
        public = [name for name, codes in TABLE.items() if codes["anonymous"] == 200 and ":" in name]
        assert len(public) > 20
        secrets = (words, "7,654,321", "7654321", "£7.7m", "15,308,642", "15308642", "£15.3m")
        for name in public:
            response = client.get(address(name, records))
            content = b"".join(response.streaming_content) if response.streaming else response.content
            if content.startswith(b"PK"):
                workbook = zipfile.ZipFile(io.BytesIO(content))
                content = b"".join(workbook.read(part) for part in workbook.namelist())
            text = content.decode("utf-8", "replace")
            assert not [secret for secret in secrets if secret in text], name
        assert not BacklogRemoved.objects.visible_to(AnonymousUser()).exists()
        search = client.get(reverse("projects:search"), {"q": words})
        assertNotContains(search, records["projects_hub"].title)

    def test_finance_of_a_hidden_project_stays_hidden(self, viewer_client, client, scheme):
        Project.objects.filter(pk=scheme.pk).update(published=False, restricted=True, lead_organisation=None)
        count_a_change()
        for url in (RANKING, reverse("projects:export_csv", args=["backlog"]), RANKING_CSV):
            response = viewer_client.get(url)
            content = b"".join(response.streaming_content) if response.streaming else response.content
            assert b"Acute block" not in content
            assert client.get(url).status_code == 302


def test_cancelled_project_is_not_ranked():
    projects = [Project(pk=1, title="Stopped", delivery_state="cancelled"), Project(pk=2, title="Running")]
    assert [project.title for project, _risk in ranked([(one, RiskRemoved([], None)) for one in projects])] == [
        "Running"
    ]


@pytest.mark.parametrize(
    ("removed", "cir", "text"),
    [(None, 0, "No CIR at the site"), (None, 5, "Not known"), (1, 4, "£1 of £4, 25 per cent")],
)
def test_known_zero_is_not_shown_as_unknown(removed, cir, text):
    assert share_or_why(removed, cir) == text
