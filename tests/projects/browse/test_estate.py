"""Estate returns and condition on the pages of sites and organisations, in the list of sites and in its downloads."""

import csv
import datetime
import io
from decimal import Decimal

import openpyxl
import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from projects.browse.estate import SiteReturns, chart, headline
from projects.importing.matching import organisations_with
from projects.labels import NOT_ACCEPTED, percent
from sites.models import EstateReturn
from sites.models.estate import BACKLOG
from tests import eric
from tests.conftest import clean_caches
from tests.factories import EstateReturnFactory, OrganisationFactory, PlaceFactory, SiteFactory
from tests.release import load_release

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]

SITES = reverse("sites:site_list")
CSV, RETURNS, XLSX = (reverse(f"projects:export_{name}") for name in ("sites_csv", "returns_csv", "sites_xlsx"))
# ERIC 2014-15, site data: the row of RC971
RC971 = {
    "gross_internal_area_m2": 59_132,
    "occupied_area_m2": 59_074,
    "unsuitable_percent": 10,
    "void_percent": 0,
    "backlog_high_pounds": 8_877_570,
    "backlog_significant_pounds": 11_487_280,
    "backlog_moderate_pounds": 10_568_470,
    "backlog_low_pounds": 3_427_240,
    "risk_adjusted_backlog_pounds": 20_831_373,
    "hard_fm_pounds": 8_981_223,
    "soft_fm_pounds": 13_983_827,
    "finance_cost_pounds": 10_822_079,
}
TOTALLED = [
    "Gross internal area, m²",
    "High risk, £",
    "Significant risk, £",
    "Moderate risk, £",
    "Low risk, £",
    "Critical infrastructure risk (high and significant), £",
    "Total of the four, £",
]
SECRET = 7_654_321  # in a return that is not accepted


def text_of(client, page):
    url = page if isinstance(page, str) else page.get_absolute_url()
    return " ".join(client.get(url).content.decode().split())


def lines_of(response):
    return list(csv.DictReader(io.StringIO(b"".join(response.streaming_content).decode("utf-8-sig"))))


def backlog(high, significant=0, moderate=0, low=0):
    return dict(zip(BACKLOG, (high, significant, moderate, low), strict=True))


@pytest.fixture
def hospital(db):
    """A site whose return of 2014/15 was reported by a trust that has ended."""
    new = OrganisationFactory(name="New Hospitals", valid_from=datetime.date(2020, 4, 1))
    old = OrganisationFactory(name="Old Hospital Trust", valid_to=datetime.date(2020, 4, 1), successor=new)
    site = SiteFactory(name="General Hospital", owner=new)
    EstateReturnFactory(
        site=site,
        year=2014,
        reported_by=old,
        reported_as="OLD HOSPITAL NHS TRUST",
        source_url="https://www.example.org/eric",
        source_words="Site data, row 140",
        published_on=datetime.date(2015, 10, 14),
        age_bands=[["pre 1948", 18.1], ["2005 to 2014", 0]],
        **RC971,
    )
    return site


class TestSitePage:
    def test_page_says_first_what_matters(self, client, hospital):
        sentence = "£20.4m of critical infrastructure risk in 2014/15, 59 per cent of its backlog; £344 per m²."
        page = text_of(client, hospital)
        assert sentence in page
        assert page.index(sentence) < page.index("Estate returns")

    def test_table_has_every_figure_with_its_reporter_and_source(self, client, hospital):
        page = text_of(client, hospital)
        shown = [f"{value:,}" for value in RC971.values()]
        for part in (*shown, "20,364,850", "34,360,560", "344.40", "22,965,050", "388.37"):
            assert f" {part} " in page, part
        for part in ("Old Hospital Trust", "New Hospitals", "as published: OLD HOSPITAL NHS TRUST"):
            assert part in page
        for part in ("Site data, row 140", "Published 14 Oct 2015", "https://www.example.org/eric", "pre 1948", "18.1"):
            assert part in page
        assert "app-stacks" not in page  # no chart of one year

    def test_chart_has_gap_for_year_without_return(self, client, hospital):
        EstateReturnFactory(site=hospital, year=2016, **backlog(1_000_000))
        assert "app-stacks" in text_of(client, hospital)
        stacks = chart(list(hospital.estate_returns.all())).stacks
        assert [(stack.label, stack.is_gap, stack.total) for stack in stacks] == [
            ("2014/15", False, 34_360_560),
            ("2015/16", True, None),
            ("2016/17", False, 1_000_000),
        ]
        assert [part.key for part in stacks[0].parts] == ["high", "significant", "moderate", "low"]

    def test_chart_has_star_for_return_that_is_not_accepted(self, client, viewer_client, hospital):
        EstateReturnFactory(site=hospital, year=2015, accepted=False, **backlog(1_000_000))
        star = "A star is a return that is not accepted yet."
        page = text_of(viewer_client, hospital)
        assert "2015/16 *" in page and "2014/15 *" not in page and star in page
        assert star not in text_of(client, hospital)

    def test_zero_and_unknown_look_different(self, client):
        site = EstateReturnFactory(year=2024, **backlog(0)).site
        EstateReturnFactory(
            site=site, year=2025, **(backlog(5) | {"backlog_low_pounds": None}), why_unknown={BACKLOG[3]: "Commercial"}
        )
        none, partial = chart(list(site.estate_returns.all())).stacks
        assert (none.total, none.is_partial, none.parts) == (0, False, [])
        assert (partial.total, partial.is_partial) == (5, True)
        returns = SiteReturns.of(list(site.estate_returns.all()), {})
        cells = {label: [(cell.text, cell.why) for cell in row] for label, row in returns.groups[1][1]}
        assert cells["Low risk, £"] == [("", "Commercial"), ("0", "")]
        assert cells["Total of the four, £"] == [("", ""), ("0", "")]
        assert cells["Critical infrastructure risk (high and significant), £"] == [("5", ""), ("0", "")]
        assert "Commercial" in text_of(client, site)

    @pytest.mark.parametrize(
        ("figures", "sentence"),
        [
            (backlog(0), "No critical infrastructure risk in 2025/26."),
            (backlog(0, 0, 3_142_000), "No critical infrastructure risk in 2025/26, and £3.1m of other backlog."),
            (backlog(None, 5), "The critical infrastructure risk in 2025/26 is not known."),
            (backlog(5, None, 5, 5), "The critical infrastructure risk in 2025/26 is not known."),
            (backlog(500, 0, 0, None), "£500 of critical infrastructure risk in 2025/26."),
            (backlog(500), "£500 of critical infrastructure risk in 2025/26, 100 per cent of its backlog."),
        ],
    )
    def test_sentence_of_unusual_returns(self, figures, sentence):
        assert headline([EstateReturnFactory(**figures)]) == [(sentence, True)]

    def test_share_is_whole_only_if_nothing_is_missing(self):
        assert [percent(*pair) for pair in ((999, 1000), (1, 1000), (1, 1), (0, 5))] == [99, "under 1", 100, 0]

    def test_site_that_two_trusts_report_has_both_returns(self, client):
        first = EstateReturnFactory(reported_by=OrganisationFactory(name="Ash Trust"), **backlog(1_000_000))
        other = OrganisationFactory(name="Oak Trust")
        EstateReturnFactory(site=first.site, reported_by=other, **backlog(2_000_000))
        page = text_of(client, first.site)
        assert "Ash Trust: £1m of critical" in page and "Oak Trust: £2m of critical" in page
        assert "3,000,000" not in page

    def test_page_shows_newest_survey_of_each_facet(self, client, office_client):
        site = SiteFactory(condition="B")
        site.surveys.create(
            grade="CX", surveyed_on=datetime.date(2023, 1, 1), surveyed_on_precision="year", accepted=True
        )
        site.surveys.create(grade="D", facet="quality")
        page = text_of(client, site)
        assert "CX: major repair needed soon" in page and "Surveyed in 2023" in page
        assert "sound, with minor wear" not in page and "about to fail" not in page
        assert "D: about to fail" in text_of(office_client, site)
        assert "Date not known" in text_of(client, SiteFactory(condition="B"))

    def test_page_shows_current_and_earlier_codes(self, client):
        site = SiteFactory(ods_code="RC979", lease_ends_on=datetime.date(2030, 3, 31), tenure="leasehold")
        site.identifiers.create(value="RC110", superseded=True, note="In ERIC 2014-15")
        page = text_of(client, site)
        for part in ("RC979", "Earlier codes", "RC110", "In ERIC 2014-15", "31 March 2030"):
            assert part in page

    def test_site_without_place_has_page(self, client):
        assert "Outside the area" in text_of(client, SiteFactory(place=None, outside_area=True))
        assert "Not known" in text_of(client, SiteFactory(place=None))


class TestOrganisationPage:
    def test_page_adds_up_sites_and_aggregate_of_year(self, client):
        trust = OrganisationFactory()
        EstateReturnFactory(site=SiteFactory(name="Alpha"), reported_by=trust, year=2014, **backlog(1, 2, 3, 4))
        EstateReturnFactory(site=SiteFactory(name="Beta"), reported_by=trust, year=2014, **backlog(10, 20, 30, 40))
        EstateReturnFactory(aggregate_of=trust, year=2014, **backlog(100, 200, 300, 400))
        EstateReturnFactory(reported_by=trust, year=2012, **backlog(7))
        EstateReturnFactory(year=2014, **backlog(5_555))  # of another trust
        estate = client.get(trust.get_absolute_url()).context["estate"]
        assert [line.label for line in estate.lines] == ["Alpha", "Beta", "Other sites together (aggregate)"]
        assert [cell.text for cell in estate.total.cells] == ["", "111", "222", "333", "444", "333", "1,110", ""]
        assert estate.total.cells[0].why == "Not known for 3 rows"
        assert (estate.year, estate.other_years) == (2014, [(2012, "2012/13")])
        assert client.get(f"{trust.get_absolute_url()}?year=2012").context["estate"].lines[0].cells[1].text == "7"
        for year in ("1066", "x", "٢٠١٢"):
            assert client.get(trust.get_absolute_url(), {"year": year}).context["estate"].year == 2014

    def test_sum_of_a_return_that_is_not_accepted_is_marked(self, viewer_client):
        trust = OrganisationFactory()
        EstateReturnFactory(reported_by=trust, year=2014)
        EstateReturnFactory(reported_by=trust, year=2014, accepted=False)
        assert text_of(viewer_client, trust).count(NOT_ACCEPTED) == 2
        assert not viewer_client.get(trust.get_absolute_url()).context["estate"].total.is_accepted

    def test_returns_of_former_trust_are_on_its_own_page(self, client, hospital):
        old, new = hospital.estate_returns.get().reported_by, hospital.owner
        assert "8,877,570" in text_of(client, old)
        page = text_of(client, new)
        assert "8,877,570" not in page
        assert "Estate returns of Old Hospital Trust" in page and "2014/15" in page


class TestList:
    @pytest.fixture
    def sites(self, db):
        """Sites with much, some, no and unknown risk, one without a return, and one outside the area."""
        place = PlaceFactory()
        sites = {name: SiteFactory(name=name, place=place) for name in ("Much", "Some", "Nil", "Part", "Bare")}
        sites["Away"] = SiteFactory(name="Away", place=None, outside_area=True)
        for name, figures in {
            "Much": backlog(6_000_000, 1, 1, 1) | {"gross_internal_area_m2": 500},
            "Some": backlog(1_000_000),
            "Nil": backlog(0) | {"gross_internal_area_m2": 20},
            "Part": backlog(3, None),
            "Away": backlog(2_000_000),
        }.items():
            EstateReturnFactory(site=sites[name], year=2024, **figures)
        sites["Some"].surveys.create(grade="C", surveyed_on=datetime.date(2021, 5, 1), accepted=True)
        sites["Nil"].surveys.create(grade="A", accepted=True)
        sites["Much"].tenure, sites["Much"].lease_ends_on = "leasehold", datetime.date(2031, 1, 1)
        sites["Nil"].tenure, sites["Nil"].lease_ends_on = "leasehold", datetime.date(2033, 1, 1)
        for site in sites.values():
            site.save()
        return sites

    @pytest.mark.parametrize(
        ("query", "names"),
        [
            ("", ["Bare", "Much", "Nil", "Part", "Some"]),
            ("area=outside", ["Away"]),
            ("area=all&sort=-cir", ["Much", "Away", "Some", "Nil", "Bare", "Part"]),
            ("sort=cir", ["Nil", "Some", "Much", "Bare", "Part"]),
            ("sort=-backlog", ["Much", "Some", "Nil", "Bare", "Part"]),
            ("sort=-area", ["Much", "Nil", "Bare", "Part", "Some"]),
            ("sort=condition", ["Nil", "Some", "Bare", "Much", "Part"]),
            ("sort=-return_year", ["Much", "Nil", "Part", "Some", "Bare"]),
            ("sort=-name", ["Some", "Part", "Nil", "Much", "Bare"]),
            ("cir=none", ["Nil"]),
            ("cir=under_1m", []),
            ("cir=1m_to_5m", ["Some"]),
            ("cir=over_5m", ["Much"]),
            ("cir=unknown", ["Bare", "Part"]),
            ("condition=C", ["Some"]),
            ("condition=unknown", ["Bare", "Much", "Part"]),
            ("tenure=leasehold", ["Much", "Nil"]),
            ("tenure=unknown", ["Bare", "Part", "Some"]),
            ("lease=ending", ["Much"]),
            ("sort=x", ["Bare", "Much", "Nil", "Part", "Some"]),
            ("cir=x", []),
        ],
    )
    def test_list_is_filtered_and_sorted_with_unknown_last(self, client, sites, query, names):
        page = client.get(f"{SITES}?{query}")
        assert [row.site.name for row in page.context["rows"]] == names
        if query != "cir=x":
            assert [line["Site"] for line in lines_of(client.get(f"{CSV}?{query}"))] == names

    def test_list_finds_site_by_each_of_its_codes(self, client, sites):
        sites["Some"].identifiers.create(value="RC979")
        sites["Some"].identifiers.create(value="RC110", superseded=True)
        for code in ("rc979", "RC110 "):
            assert [row.site.name for row in client.get(SITES, {"q": code}).context["rows"]] == ["Some"]

    def test_row_shows_zero_and_unknown_differently(self, client, sites):
        rows = {row.site.name: row for row in client.get(SITES).context["rows"]}
        assert (rows["Nil"].cir, rows["Part"].cir, rows["Bare"].cir) == ("£0", "", "")
        assert (rows["Some"].condition, rows["Some"].surveyed) == ("C", "2021")
        assert (rows["Nil"].surveyed, rows["Bare"].surveyed) == ("date not known", "")
        assert (rows["Much"].year, rows["Much"].area, rows["Much"].backlog) == ("2024/25", "500", "£6m")

    def test_invalid_filter_gives_no_download(self, client, sites):
        for address in (CSV, RETURNS, XLSX):
            response = client.get(f"{address}?cir=x")
            assert response.status_code == 302 and response.url == f"{SITES}?cir=x"


class TestDownloads:
    def test_returns_have_every_figure(self, client, hospital):
        trust = hospital.estate_returns.get().reported_by
        EstateReturnFactory(aggregate_of=trust, year=2014, **backlog(0), why_unknown={"void_percent": "Not Applicable"})
        line, aggregate = lines_of(client.get(RETURNS))
        assert line["Site"] == "General Hospital" and line["Year"] == "2014/15" and line["As at"] == "2015-03-31"
        assert line["Critical infrastructure risk (high and significant), £"] == "20364850"
        assert line["Total of the four, £"] == "34360560"
        assert line["Critical infrastructure risk per m², £"] == "344.40"
        assert line["Age of the buildings, %"] == "pre 1948: 18.1; 2005 to 2014: 0"
        assert aggregate["Site"] == "Aggregate of Old Hospital Trust" and aggregate["Aggregate"] == "Yes"
        assert aggregate["High risk, £"] == "0" and aggregate["Void, %"] == ""
        assert aggregate["Why figures are unknown"] == "Void, %: Not Applicable"
        assert len(lines_of(client.get(f"{RETURNS}?kind=health_centre"))) == 1

    def test_workbook_has_sites_and_returns(self, client, hospital):
        book = openpyxl.load_workbook(io.BytesIO(b"".join(client.get(XLSX).streaming_content)))
        assert book.sheetnames == ["About", "Sites", "Estate returns"]
        rows = {sheet: list(book[sheet].values) for sheet in book.sheetnames[1:]}
        assert dict(zip(*rows["Sites"], strict=True))["Critical infrastructure risk, £"] == 20_364_850
        assert dict(zip(*rows["Estate returns"], strict=True))["Void, %"] == 0


def test_returns_that_ship_have_published_totals(client):
    """Section 4 of the estate register's specification: ERIC 2014/15, seven trusts, to the pound."""
    load_release()
    trusts = organisations_with(eric.TOTALS, datetime.date(2015, 3, 31))
    lines = lines_of(client.get(f"{RETURNS}?area=all"))
    assert len(lines) == eric.ALL_SEVEN[0]
    for code, (rows, aggregates, area, *bands) in eric.TOTALS.items():
        expected = [area, *bands, bands[0] + bands[1], sum(bands)]
        total = client.get(trusts[code].get_absolute_url(), {"year": 2014}).context["estate"].total
        if rows > 1:
            assert [cell.text for cell in total.cells[:7]] == [f"{figure:,}" for figure in expected], code
        of_trust = [line for line in lines if line["Reporting organisation"] == trusts[code].name]
        assert len(of_trust) == rows and sum(line["Aggregate"] == "Yes" for line in of_trust) == aggregates
        assert [sum(float(line[name]) for line in of_trust) for name in TOTALLED] == expected, code


def test_public_sees_nothing_of_what_is_not_accepted(client, viewer_client):
    trust = OrganisationFactory()
    site = SiteFactory(name="General Hospital")
    waiting = {"accepted": False, "year": 2025, **backlog(SECRET), "gross_internal_area_m2": SECRET}
    EstateReturnFactory(site=site, reported_by=trust, site_name_as_published="SECRET WING", **waiting)
    EstateReturnFactory(aggregate_of=trust, **waiting)
    site.surveys.create(grade="DX")
    pages = [SITES, site.get_absolute_url(), trust.get_absolute_url(), f"{SITES}?sort=-cir"]
    for page in pages:
        public, signed_in = text_of(client, page), text_of(viewer_client, page)
        for hidden in ("7,654,321", "£7.7m", "SECRET WING", NOT_ACCEPTED):
            assert hidden not in public, (page, hidden)
        assert ("7,654,321" in signed_in or "£7.7m" in signed_in) and NOT_ACCEPTED in signed_in, page
    assert "DX: about to fail" not in text_of(client, site)
    for query in ("cir=over_5m", "condition=DX"):
        assert not client.get(f"{SITES}?{query}").context["rows"]
        assert len(viewer_client.get(f"{SITES}?{query}").context["rows"]) == 1
    for address in (CSV, RETURNS):
        assert "7654321" not in str(lines_of(client.get(address)))
        assert "7654321" in str(lines_of(viewer_client.get(address)))
    book = openpyxl.load_workbook(io.BytesIO(b"".join(client.get(XLSX).streaming_content)))
    assert len(list(book["Estate returns"].values)) == 1
    assert not EstateReturn.objects.visible_to(AnonymousUser()).exists()


def queries_of(client, page):
    clean_caches()
    with CaptureQueriesContext(connection) as queries:
        b"".join(client.get(page))
    return len(queries)


def test_number_of_queries_is_constant(client):
    place, trust = PlaceFactory(), OrganisationFactory(ods_code="RX1")
    counts = []
    for number in range(20):
        site = SiteFactory(place=place, owner=trust, reported_by=trust, ods_code=f"RX1{number}", condition="B")
        for year in range(2014, 2016 + number):
            EstateReturnFactory(site=site, year=year, reported_by=trust, **backlog(Decimal(number)))
        if number in {3, 19}:
            pages = (SITES, f"{SITES}?sort=-cir", site.get_absolute_url(), trust.get_absolute_url(), CSV, RETURNS, XLSX)
            counts.append([queries_of(client, page) for page in pages])
    assert counts[0] == counts[1]
