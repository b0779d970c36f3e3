"""Downloads of organisations, programmes, priorities, reporting periods and users."""

import csv
import io

import openpyxl
import pytest
from django.urls import reverse

from estates_portal.accounts.models import AuditEvent
from tests.factories import (
    HubFactory,
    OrganisationFactory,
    PriorityFactory,
    ProgrammeFactory,
    ReportingPeriodFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db
LISTS = {
    "organisations": ("sites:organisation_list", "Organisation"),
    "programmes": ("projects:programme_list", "Programme"),
    "priorities": ("projects:strategy", "Priority"),
    "periods": ("projects:period_list", "Period"),
    "users": ("people:person_list", "Name"),
}


def content_of(client, key, file="csv", **query):
    response = client.get(reverse(f"projects:export_{key}", args=[file]), query)
    return b"".join(response.streaming_content)


def rows_of(client, key, **query):
    return list(csv.DictReader(io.StringIO(content_of(client, key, **query).decode("utf-8-sig"))))


@pytest.fixture
def records(trust):
    """Records of each list, of which the public sees some."""
    place = HubFactory(programme=ProgrammeFactory(name="New wards", lead_organisation=trust), lead_organisation=trust)
    place.priorities.add(PriorityFactory(title="Care near home"))
    HubFactory(programme=ProgrammeFactory(name="Hidden works"), published=False)
    OrganisationFactory(name="Council", kind="council")
    OrganisationFactory(name="Waiting trust", accepted=False)
    ReportingPeriodFactory.create_batch(2)
    UserFactory(name="Bea Brown", organisation=trust)


@pytest.mark.parametrize("key", LISTS)
def test_rows_are_those_of_the_page(office_client, client, records, key):
    page, column = LISTS[key]
    office = [row[column] for row in rows_of(office_client, key)]
    shown = office_client.get(reverse(page)).content.decode()
    assert office and all(name in shown for name in office)
    for file in ("csv", "xlsx"):
        assert reverse(f"projects:export_{key}", args=[file]) in shown
    if key in {"periods", "users"}:
        return
    public = [row[column] for row in rows_of(client, key)]
    seen = client.get(reverse(page)).content.decode()
    assert public and all(name in seen for name in public)
    assert not {"Hidden works", "Waiting trust"} & set(public)


@pytest.mark.parametrize("key", LISTS)
def test_workbook_has_the_rows_of_the_csv(office_client, records, key):
    sheet = openpyxl.load_workbook(io.BytesIO(content_of(office_client, key, "xlsx"))).worksheets[1]
    names = [str(row[0].value) for row in sheet.iter_rows(min_row=2)]
    assert names == [row[LISTS[key][1]] for row in rows_of(office_client, key)]


def test_figures_are_those_of_projects_that_the_reader_sees(client, office_client, records):
    assert {row["Priority"]: row["Projects"] for row in rows_of(client, "priorities")} == {"Care near home": "1"}
    (programme,) = rows_of(client, "programmes")
    assert (programme["Programme"], programme["Lead organisation"]) == ("New wards", "Luton Trust")
    leads = {row["Organisation"]: row["Projects that it leads"] for row in rows_of(office_client, "organisations")}
    assert leads["Luton Trust"] == "1" and leads["Council"] == "0"


def test_filters_apply_and_wrong_ones_lead_to_the_list(office_client, records):
    assert [row["Organisation"] for row in rows_of(office_client, "organisations", q="Counc")] == ["Council"]
    assert [row["Name"] for row in rows_of(office_client, "users", q="Bea")] == ["Bea Brown"]
    for key, field in (("organisations", "kind"), ("users", "role")):
        answer = office_client.get(reverse(f"projects:export_{key}", args=["csv"]), {field: "wrong"})
        assert answer["Location"] == f"{reverse(LISTS[key][0])}?{field}=wrong"


def test_download_of_signed_in_user_is_recorded(client, office_client, records):
    content_of(client, "organisations")
    assert not AuditEvent.objects.filter(kind="exported").exists()
    content_of(office_client, "users", "xlsx", q="Bea")
    event = AuditEvent.objects.get(kind="exported")
    assert event.actor == office_client.user
    assert event.detail == "Users as Excel: 1 row. Name or email address: Bea"


@pytest.mark.parametrize("key", LISTS)
def test_query_count_is_constant(office_client, django_assert_num_queries, records, key):
    content_of(office_client, key)
    with django_assert_num_queries(QUERIES[key]):
        content_of(office_client, key)
    lead = OrganisationFactory()
    for _ in range(5):
        PriorityFactory()
        HubFactory(programme=ProgrammeFactory(lead_organisation=lead))
        UserFactory(organisation=lead)
        ReportingPeriodFactory()
    content_of(office_client, key)
    with django_assert_num_queries(QUERIES[key]):
        content_of(office_client, key)


QUERIES = {"organisations": 8, "programmes": 5, "priorities": 5, "periods": 4, "users": 6}
