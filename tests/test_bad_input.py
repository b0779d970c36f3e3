"""No input causes a server error: every address, with values that no form sends."""

import random

import pytest

from tests.conftest import rolled_back
from tests.permission_table import TABLE, address, clients_of, make_readers, make_records

pytestmark = pytest.mark.django_db
VALUES = [
    "",
    "\0",
    "x" * 5000,
    "-1",
    "9" * 40,
    "é🦊",
    "<script>",
    "2026-13-99",
    "'; --",
    "on",
    "NaN",
    "1e999",
    "[]",
    "%",
]
NAMES = """q page sort kind place rating what who from to role state organisation email name version writer action
overall stage summary text comment month year months opens due login password code independent_rating
choose-overall seen-overall opened unanswered page p o e _to_field _popup next id_0 m1-forecast
m1-reason m1-opened m1-actual dates-forecast dates-actual dates-opened title depends_on gate
on date pounds why decision approver decided_on decided_by m1-explanation dates-explanation
opened_version unit leave_out latest latest_on url zoom add-soc on-soc watch
file source_url published_on return action known fingerprint accept lead_organisation stage stage_as_of
reference site partner_organisations new-name new-kind new-postcode""".split()  # noqa: SIM905
SIGNS_OUT = {"account_logout", "admin:logout"}
LEAST = 233  # addresses: lower it only if you remove an address


def test_no_address_returns_500_for_bad_input(module_database, subtests, checked):
    readers, records = make_readers(), make_records()
    addresses = [name for name in TABLE if name not in SIGNS_OUT]
    for name in addresses:
        with subtests.test(address=name), rolled_back():
            send_nonsense(name, address(name, records), clients_of(readers))
    checked("addresses sent bad input", len(addresses), at_least=LEAST)


def send_nonsense(name, url, clients):
    dice = random.Random(name)  # the same for each run
    for reader in ("contributor", "administrator"):
        client = clients[reader]
        client.raise_request_exception = False
        sent = {name: dice.choice(VALUES) for name in dice.sample(NAMES, 28)}
        assert client.get(url, sent).status_code < 500, (reader, "get", url, sent)
        assert client.post(url, sent).status_code < 500, (reader, "post", url, sent)
