"""Records of places, organisations and sites in the admin."""

import datetime

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError
from django.urls import reverse
from pytest_django.asserts import assertContains

from sites.models import EstateReturn, Organisation, Site
from tests.admin_forms import filled_in
from tests.factories import EstateReturnFactory, OrganisationFactory, PlaceFactory, SiteFactory

ORGANISATIONS = reverse("admin:sites_organisation_changelist")


@pytest.mark.parametrize(
    ("changelist", "make"),
    [
        ("sites_place", lambda: PlaceFactory(council=OrganisationFactory())),
        (
            "sites_organisation",
            lambda: OrganisationFactory(place=PlaceFactory(), successor=Organisation.objects.first()),
        ),
        ("sites_site", lambda: SiteFactory(owner=OrganisationFactory())),
    ],
)
def test_admin_list_query_count_is_constant(
    admin_client, django_assert_num_queries, django_assert_max_num_queries, changelist, make
):
    url = reverse(f"admin:{changelist}_changelist")
    make()
    admin_client.get(url)
    with django_assert_max_num_queries(12) as one_row:
        admin_client.get(url)
    for _ in range(24):
        make()
    with django_assert_num_queries(len(one_row)):
        page = admin_client.get(url)
    assert len(page.context["cl"].result_list) == 25


def test_site_form_query_count_is_constant(admin_client, django_assert_num_queries, django_assert_max_num_queries):
    site = SiteFactory(owner=OrganisationFactory())
    EstateReturnFactory(site=site, year=2000)
    url = reverse("admin:sites_site_change", args=[site.pk])
    admin_client.get(url)
    with django_assert_max_num_queries(20) as one_row:
        admin_client.get(url)
    for year in range(2001, 2025):
        EstateReturnFactory(site=site, year=year)
    with django_assert_num_queries(len(one_row)):
        assert len(admin_client.get(url).context["inline_admin_formsets"][2].formset.forms) == 25


def test_administrator_adds_site_with_estate_return(office_client):
    place, url = PlaceFactory(), reverse("admin:sites_site_add")
    data = filled_in(
        office_client.get(url),
        name="Wing",
        slug="wing",
        kind="hub",
        place=place.pk,
        postcode=" mk6  5ld ",
        source_url="example.org/wing",
        **{
            "estate_returns-TOTAL_FORMS": 1,
            "estate_returns-0-year": 2024,
            "estate_returns-0-backlog_high_pounds": "12.50",
            "estate_returns-0-basis": "office",
            "identifiers-TOTAL_FORMS": 1,
            "identifiers-0-scheme": "ods_site",
            "identifiers-0-value": "rc971",
        },
    )

    assert office_client.post(url, data).status_code == 302
    site = Site.objects.get()
    assert (site.postcode, site.source_url, site.ods_code) == ("MK6 5LD", "https://example.org/wing", "RC971")
    assert site.history.get().history_user == office_client.user
    row = EstateReturn.objects.get()
    assert (row.financial_year, row.accepted) == ("2024/25", False)


def inline(prefix, *rows):
    """The data of new rows of an inline."""
    fields = {f"{prefix}-{number}-{name}": value for number, row in enumerate(rows) for name, value in row.items()}
    return {f"{prefix}-TOTAL_FORMS": len(rows), **fields}


@pytest.mark.parametrize(
    ("rows", "error"),
    [
        (inline("identifiers", *[{"scheme": "ods_site", "value": v} for v in ("RC971", "rc971")]), "duplicate"),
        (inline("identifiers", {"scheme": "ods_site", "value": "Aggre"}), "means several sites together"),
        (inline("identifiers", {"scheme": "ods_site", "value": "TAKEN"}), "This code already belongs to a site"),
        (inline("identifiers", {"scheme": "letters", "value": "RC971"}), "Select a valid choice"),
        (inline("estate_returns", *[{"year": 2024, "basis": "stated"}] * 2), "two returns of the same organisation"),
        (inline("estate_returns", {"year": 2024, "basis": "stated", "hard_fm_pounds": "-1"}), "must be 0 or more"),
        (inline("estate_returns", {"year": 2024, "basis": "stated", "void_percent": "101"}), "must be 100 or less"),
        (inline("estate_returns", {"year": 2024, "basis": "stated", "reported_by": "9" * 30}), "valid choice"),
        (inline("surveys", {"facet": "physical", "grade": "E"}), "valid choice"),
        (inline("surveys", {"facet": "physical", "grade": "B", "surveyed_on": "soon"}), "Enter a date, for example"),
    ],
)
def test_invalid_rows_of_site_are_errors_and_change_nothing(office_client, rows, error):
    SiteFactory(ods_code="TAKEN")
    site = SiteFactory()
    url = reverse("admin:sites_site_change", args=[site.pk])
    page = office_client.post(url, filled_in(office_client.get(url), **rows))
    assertContains(page, error)
    assert not site.identifiers.exists() and not site.estate_returns.exists() and not site.surveys.exists()


def test_date_of_survey_is_written_with_its_precision(office_client):
    site = SiteFactory()
    url = reverse("admin:sites_site_change", args=[site.pk])
    rows = inline("surveys", {"facet": "physical", "grade": "B", "surveyed_on": "May 2024"})
    assert office_client.post(url, filled_in(office_client.get(url), **rows)).status_code == 302
    survey = site.surveys.get()
    assert (survey.surveyed_on, survey.surveyed_on_precision) == (datetime.date(2024, 5, 1), "month")
    page = office_client.get(url)
    assert filled_in(page)["surveys-0-surveyed_on"] == "May 2024"
    assert office_client.post(url, filled_in(page) | {"surveys-0-surveyed_on": "2023"}).status_code == 302
    survey.refresh_from_db()
    assert (survey.surveyed_on, survey.surveyed_on_precision) == (datetime.date(2023, 1, 1), "year")


REASONS, BANDS = "estate_returns-0-why_unknown", "estate_returns-0-age_bands"


def test_office_edits_why_figures_are_unknown_and_the_age_bands(office_client):
    site = SiteFactory()
    row = EstateReturnFactory(
        site=site,
        void_percent=None,
        hard_fm_pounds=None,
        why_unknown={"void_percent": "Not Applicable", "hard_fm_pounds": "None"},
        age_bands=[["pre 1948", 18.1], ["2005 to 2014", None]],
    )
    url = reverse("admin:sites_site_change", args=[site.pk])
    data = filled_in(office_client.get(url))
    assert data[REASONS] == "void (%): Not Applicable\nhard facilities management (£): None"
    assert data[BANDS] == "pre 1948: 18.1\n2005 to 2014: not known"
    office_client.post(url, data)
    assert row.history.count() == 1  # nothing has changed

    data |= {
        REASONS: "Void (%):  Exempt: section 43 \r\n\r\nHARD facilities management (£): None\r\n",
        BANDS: "pre 1948: 18.10%\n1948 to 1954: 0",
        "estate_returns-0-hard_fm_pounds": "5",
    }
    assert office_client.post(url, data).status_code == 302
    row.refresh_from_db()
    assert row.why_unknown == {"void_percent": "Exempt: section 43"}  # hard facilities management is known now
    assert row.age_bands == [["pre 1948", 18.1], ["1948 to 1954", 0]]


@pytest.mark.parametrize(
    ("field", "text", "error"),
    [
        (REASONS, "Not Applicable", "Line 1: “Not Applicable” is not a figure of a return"),
        (REASONS, "void (%): None\nvoids: None", "Line 2: “voids” is not a figure"),
        (REASONS, "void (%):", "Line 1: enter a reason of 1 to 200 characters"),
        (REASONS, f"void (%): {'x' * 201}", "Line 1: enter a reason of 1 to 200 characters"),
        (REASONS, "void (%): None\nVOID (%): No", "Line 2: “VOID (%)” already has a reason"),
        (REASONS, "void (%): \0", "Null characters are not allowed"),
        (REASONS, "x" * 5_001, "The text must be 5,000 characters or less"),
        (BANDS, "pre 1948", "Line 1: enter a band of 1 to 60 characters"),
        (BANDS, "pre 1948: old", "Line 1: enter a share from 0 to 100"),
        (BANDS, "pre 1948: NaN", "Line 1: enter a share from 0 to 100"),
        (BANDS, "pre 1948: 101", "Line 1: enter a share from 0 to 100"),
        (BANDS, f"{'x' * 61}: 1", "Line 1: enter a band of 1 to 60 characters"),
        (BANDS, "pre 1948: 60\n1948 to 1954: 60", "The shares must add up to 100 or less"),
    ],
)
def test_bad_reasons_and_age_bands_are_errors_and_change_nothing(office_client, field, text, error):
    site = SiteFactory()
    row = EstateReturnFactory(site=site, why_unknown={"void_percent": "None"}, age_bands=[["pre 1948", 1]])
    url = reverse("admin:sites_site_change", args=[site.pk])
    page = office_client.post(url, filled_in(office_client.get(url), **{field: text}))
    assertContains(page, error)
    form = page.context["inline_admin_formsets"][2].formset.forms[0]
    assert form[field.rpartition("-")[2]].value() == text
    row.refresh_from_db()
    assert (row.why_unknown, row.age_bands) == ({"void_percent": "None"}, [["pre 1948", 1]])


@pytest.mark.parametrize("shares", [[99.9, 0], [99.9, 11], [12.5, None]])
def test_age_bands_of_an_import_are_saved_unchanged(office_client, shares):
    site, bands = SiteFactory(), [["pre 1948", shares[0]], ["1948 to 1954", shares[1]]]
    why = {} if shares[1] is not None else {"age_bands": "Not known to the trust"}
    row = EstateReturnFactory(site=site, age_bands=bands, why_unknown=why)
    url = reverse("admin:sites_site_change", args=[site.pk])
    data = filled_in(office_client.get(url), **{"estate_returns-0-hard_fm_pounds": "5"})
    assert office_client.post(url, data).status_code == 302
    row.refresh_from_db()
    assert (row.hard_fm_pounds, row.age_bands, row.why_unknown) == (5, bands, why)


@pytest.mark.parametrize(
    ("rows", "error"),
    [
        (inline("identifiers", *[{"scheme": "ods", "value": "RC1"}] * 2), "The code RC1 is entered twice"),
        (inline("identifiers", {"scheme": "ods", "value": "RC9"}), "Trust B has the code RC9 in this period"),
        (inline("aggregate_returns", *[{"year": 2024, "basis": "stated"}] * 2), "duplicate"),
    ],
)
def test_invalid_rows_of_organisation_are_errors_and_change_nothing(office_client, rows, error):
    OrganisationFactory(name="Trust B", ods_code="RC9")
    trust = OrganisationFactory()
    url = reverse("admin:sites_organisation_change", args=[trust.pk])
    page = office_client.post(url, filled_in(office_client.get(url), **rows))
    assertContains(page, error)
    assert not trust.identifiers.exists() and not trust.aggregate_returns.exists()


@pytest.mark.both_databases
@pytest.mark.parametrize(
    ("error", "message"),
    [
        (ValidationError("Trust B has the code RC9 in this period"), "Trust B has the code RC9 in this period"),
        (IntegrityError(), "Someone saved a conflicting record at the same time"),
        (None, "Leave the place blank if the site is outside the area"),
    ],
)
def test_conflict_saved_between_check_and_save_is_a_message(office_client, monkeypatch, error, message):
    def accept_too_late(organisation, reason):
        if error:
            raise error
        Site.objects.update(outside_area=True)  # breaks a check constraint

    monkeypatch.setattr("sites.admin.accept_organisation", accept_too_late)
    SiteFactory(place=PlaceFactory())
    trust = OrganisationFactory(accepted=False)
    url = reverse("admin:sites_organisation_change", args=[trust.pk])
    page = office_client.post(url, filled_in(office_client.get(url), accepted="on", note="Merged in April"))
    for text in (message, "Merged in April"):
        assertContains(page, text, status_code=409)
    trust.refresh_from_db()
    assert (trust.accepted, trust.note) == (False, "")


def test_office_adds_aggregate_and_code_of_ended_organisation(office_client):
    OrganisationFactory(name="Trust B", valid_from=datetime.date(2020, 4, 1), ods_code="RC9")
    trust = OrganisationFactory()
    url = reverse("admin:sites_organisation_change", args=[trust.pk])
    rows = inline("identifiers", {"scheme": "ods", "value": "RC9", "valid_to": "2020-04-01"})
    rows |= inline("aggregate_returns", {"year": 2014, "basis": "stated", "backlog_high_pounds": 0})
    assert office_client.post(url, filled_in(office_client.get(url), **rows)).status_code == 302
    assert trust.ods_code == "RC9"
    assert trust.aggregate_returns.get().backlog_high_pounds == 0


def test_site_and_organisation_with_returns_cannot_be_deleted(admin_client):
    trust = OrganisationFactory()
    site = EstateReturnFactory(reported_by=trust).site
    EstateReturnFactory(aggregate_of=trust)
    for record, sentence in (
        (site, "It has 1 estate return."),
        (trust, "It is the organisation of the aggregate of 1 estate return"),
    ):
        page = admin_client.get(reverse(f"admin:sites_{record._meta.model_name}_delete", args=[record.pk]))
        assertContains(page, f"You cannot delete {record}")
        assertContains(page, sentence)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("postcode", "nowhere"),
        ("place", "abc"),
        ("latitude", "9" * 30),
        ("owner", "\0"),
        ("source_date", "yesterday"),
        ("name", "x" * 5_000),
    ],
)
def test_invalid_input_is_an_error_with_its_field(admin_client, field, value):
    site = SiteFactory()
    url = reverse("admin:sites_site_change", args=[site.pk])

    page = admin_client.post(url, filled_in(admin_client.get(url), **{field: value}))

    assert list(page.context["adminform"].form.errors) == [field]


def test_location_outside_uk_is_rejected(admin_client):
    url = reverse("admin:sites_site_change", args=[SiteFactory().pk])

    page = admin_client.post(url, filled_in(admin_client.get(url), latitude="10", longitude="100"))

    assert page.context["adminform"].form.non_field_errors() == [
        "Enter a latitude and longitude in the United Kingdom, or leave both blank"
    ]


def test_administrator_filters_organisations_by_status(admin_client):
    OrganisationFactory(name="Now")
    OrganisationFactory(name="Before", valid_to=datetime.date(2020, 1, 1))

    def names(**query):
        return [body.name for body in admin_client.get(ORGANISATIONS, query).context["cl"].result_list]

    assert (names(exists="yes"), names(exists="no")) == (["Now"], ["Before"])
    assert names(exists="perhaps") == names() == ["Before", "Now"]


def test_site_filter_offers_owners_without_practices(admin_client):
    trust = OrganisationFactory(name="The Trust")
    OrganisationFactory(name="The Practice", kind="gp_practice")
    owned = SiteFactory(owner=trust)
    SiteFactory()

    page = admin_client.get(reverse("admin:sites_site_changelist"), {"owner__id__exact": trust.pk})

    assert [site.pk for site in page.context["cl"].result_list] == [owned.pk]
    assert "The Practice" not in page.content.decode()


def test_administrator_finds_organisation_by_ods_code(admin_client):
    trust = OrganisationFactory(ods_code="RC9")
    OrganisationFactory()

    page = admin_client.get(ORGANISATIONS, {"q": "rc9"})

    assert [row.pk for row in page.context["cl"].result_list] == [trust.pk]


def test_history_of_organisation_names_changed_fields(admin_client):
    body = OrganisationFactory(name="Old name")
    url = reverse("admin:sites_organisation_change", args=[body.pk])
    admin_client.post(url, filled_in(admin_client.get(url), name="New name", valid_to="01/04/2026"))

    page = admin_client.get(reverse("admin:sites_organisation_history", args=[body.pk])).content.decode()

    for cell in ["Name", "Old name", "New name", "Valid to", "(empty)", "1 Apr 2026"]:
        assert f"<td>{cell}</td>" in page


@pytest.mark.parametrize("model", ["place", "organisation", "site"])
def test_contributor_gets_403_in_admin(contributor_client, model):
    response = contributor_client.get(reverse(f"admin:sites_{model}_changelist"), follow=True)

    assertContains(response, "You cannot open this page", status_code=403)
