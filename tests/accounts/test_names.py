"""Names that were copied from NHSmail, and greetings."""

import pytest
from django.urls import reverse

from estates_portal.accounts.models import Invitation
from estates_portal.accounts.names import tidy_name
from tests.factories import UserFactory
from tests.forms import invites


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("JONES, Siân (BEDSHIRE HOSPITALS NHS FOUNDATION TRUST)", "Siân Jones"),
        ("O’NEILL-SMITH,  Ann Marie (FARSHIRE COUNCIL) (GUEST)", "Ann Marie O’Neill-Smith"),
        ("MCARTHUR, Ed", "Ed McArthur"),
        ("Dr Siân  Jones ", "Dr Siân Jones"),
        ("Jones, Siân", "Jones, Siân"),
        ("Nguyễn Thị Hoa", "Nguyễn Thị Hoa"),
    ],
)
def test_name_is_put_in_its_usual_order(typed, name):
    assert tidy_name(typed) == name


@pytest.mark.parametrize("name", ["Jones, Siân", "Dr Siân Jones"])
def test_user_is_greeted_by_whole_name(name):
    assert UserFactory.build(name=name).get_short_name() == name


@pytest.mark.django_db
def test_office_invites_name_from_nhsmail(office_client, trust):
    invites(office_client, "JONES, Siân (FARSHIRE ICB) <sian@example.org>", trust)
    assert Invitation.objects.get().name == "Siân Jones"


@pytest.mark.django_db
def test_user_pastes_name_from_nhsmail(viewer_client):
    viewer_client.post(reverse("account"), {"name": "JONES, Siân (FARSHIRE ICB)"})
    viewer_client.user.refresh_from_db()
    assert viewer_client.user.name == "Siân Jones"
