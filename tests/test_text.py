"""Text is clean when it is stored, whatever is pasted, and every download copes with rows that are not."""

import datetime
import io
import json
from xml.etree import ElementTree

import django.forms
import docx
import openpyxl
import pytest
from django.contrib import admin
from django.test import RequestFactory
from django.urls import reverse
from icalendar import Calendar

from estates_portal.accounts import forms as sign_in_forms
from estates_portal.nhsuk.forms import NhsukField
from estates_portal.text import clean_line, clean_text
from projects.exports.calendars import make_link
from projects.exports.sheets import SHEETS
from projects.models import Hub, Milestone, ProgressNote, Risk, StatusReport
from projects.reporting import workflow
from tests.factories import HubFactory, MilestoneFactory, ProgressNoteFactory, RiskFactory, reported
from tests.periods import month

DIRTY = "".join(map(chr, range(0x20))) + "\u200b\u202a\ufeff\ufffe"
DAY = "2026-11-01"
OURS = ("estates_portal.", "sites.", "projects.")


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("Piling began\vthis\fweek", "Piling began\nthis\nweek"),
        ("one\r\ntwo\rthree\r\r\nfour\u2028five", "one\ntwo\nthree\nfour\nfive"),
        ("a\x00b\x1fc\x7fd\ufffee\uffff", "abcde"),
        ("\u200bcarys\u200f@\u202aexample\u202e.org\ufeff\u2060", "carys@example.org"),
        ("£1.5\xa0million", "£1.5 million"),
        ("Cafe\u0301", "Café"),
        ("Tabs\tand 中文 🏥 stay", "Tabs\tand 中文 🏥 stay"),
        ("می\u200cخواهم 👩\u200d⚕", "می\u200cخواهم 👩\u200d⚕"),
        ("car\u200dys\u200c", "carys"),
        ("\u200d\u200c\u200d", ""),
        ("a\u200d\u200d\u200db", "ab"),
    ],
)
def test_text_is_cleaned(text, clean):
    assert clean_text(text) == clean
    assert clean_text(clean) == clean
    assert "\n" not in clean_line(text)


@pytest.mark.parametrize("part", ["\u200d", "\r", " ", "\n", " \n"])
def test_long_text_is_read_once(part):
    """A pattern that starts again at each character would take hours for a million."""
    assert len(clean_line(f"é{part * 1_000_000}é")) in {2, 3, 1_000_002}


def all_subclasses(parent):
    for child in parent.__subclasses__():
        yield child
        yield from all_subclasses(child)


def every_form(administrator):
    """The form classes of the portal, the admin and the sign-in library."""
    yield from (form for form in all_subclasses(django.forms.BaseForm) if form.__module__.startswith(OURS))
    yield from admin_forms(administrator)


def admin_forms(administrator):
    request = RequestFactory().get("/")
    request.user = administrator
    for model_admin in admin.site._registry.values():
        if not model_admin.has_change_permission(request):
            continue
        yield model_admin.get_form(request)
        yield from (formset.form for formset, _inline in model_admin.get_formsets_with_inlines(request))


@pytest.mark.django_db
def test_every_text_field_of_every_form_gets_clean_text(admin_client, checked):
    """Forms of the portal, the admin and the sign-in library. Passwords alone stay as they are typed."""
    fields, every = 0, list(every_form(admin_client.user))
    assert sign_in_forms.SignInForm in every
    for form_class in every:
        form = type("AnyForm", (django.forms.Form,), {})({"text": DIRTY})
        for name, field in getattr(form_class, "base_fields", {}).items():
            if not isinstance(field, django.forms.CharField):
                continue
            form.fields["text"] = field
            bound = field.get_bound_field(form, "text")
            assert isinstance(bound, NhsukField), (form_class, name)
            is_password = isinstance(field.widget, django.forms.PasswordInput)
            assert (bound.data == DIRTY) == is_password, (form_class, name)
            assert is_password or not set(bound.data) - {"\n", "\t", " "}, (form_class, name)
            fields += 1
    checked("text fields", fields, at_least=100)


@pytest.mark.django_db
@pytest.mark.usefixtures("clock")
class TestStored:
    def test_pasted_decision_is_stored_clean(self, office_client):
        hub = HubFactory()
        typed = {
            "title": f"Roof{DIRTY}first",
            "reason": f"Cost\vand{DIRTY}time\r\nboth",
            "decided_by": "Board",
            "decided_on": DAY,
        }
        office_client.post(reverse("projects:register_add", args=[hub.slug, "decisions"]), typed)
        decision = hub.decisions.get()
        assert not set(decision.title) & set(DIRTY) - set("\t ")
        assert decision.reason.startswith("Cost\nand")
        assert not set(decision.reason) & set(DIRTY) - set("\n\t ")

    def test_invisible_mark_before_an_address_does_not_stop_sign_in(self, client, office):
        office.set_password("correct horse battery")
        office.save()
        typed = {"login": f"\u200b{office.email}\u2060", "password": "correct horse battery"}
        assert client.post(reverse("account_login"), typed).status_code == 302
        assert client.session["_auth_user_id"] == str(office.pk)


@pytest.fixture
def dirty(office_client, trust):
    """A public project whose texts someone put into the database with a control character."""
    hub = HubFactory(title="Riverside hub", lead_organisation=trust, published=True)
    MilestoneFactory(project=hub, title="Opening", forecast=datetime.date(2027, 5, 1))
    ProgressNoteFactory(project=hub)
    RiskFactory(project=hub)
    report = reported(workflow.start_report(hub, month(10), office_client.user), office_client.user)
    bad = "Roof\x0b\x01\u200b\ufffe done"
    Hub.objects.filter(pk=hub.pk).update(title=f"Riverside {bad}", summary=bad)
    Milestone.objects.update(title=bad)
    ProgressNote.objects.update(text=bad)
    Risk.objects.update(title=bad, cause=bad)
    StatusReport.objects.filter(pk=report.pk).update(summary=bad, progress=bad)
    return hub


def content_of(response):
    assert response.status_code == 200
    return b"".join(response.streaming_content) if response.streaming else response.content


@pytest.mark.django_db
@pytest.mark.usefixtures("clock")
def test_downloads_of_dirty_rows_can_be_read(client, office_client, dirty):
    feed = content_of(client.get(reverse("projects:progress_feed")))
    assert "Roof" in "".join(ElementTree.fromstring(feed).itertext())  # noqa: S314 -- a file of ours

    book = openpyxl.load_workbook(io.BytesIO(content_of(office_client.get(reverse("projects:export_workbook")))))
    texts = [str(cell.value) for sheet in book for row in sheet.iter_rows() for cell in row if cell.value]
    assert [text for text in texts if "Roof" in text]
    assert not [text for text in texts if "_x0" in text or set(text) & {"\x0b", "\x01", "\ufffe"}]

    for key in SHEETS:
        text = content_of(office_client.get(reverse("projects:export_csv", args=[key]))).decode("utf-8-sig")
        assert not set(text) & {"\x0b", "\x01", "\ufffe"}

    link = reverse("projects:calendar_feed", args=[make_link(office_client.user), "all"])
    calendar = content_of(client.get(link))
    assert [event for event in Calendar.from_ical(calendar).walk("VEVENT") if "Roof" in event["summary"]]
    assert not set(calendar.decode()) & {"\x0b", "\x01", "\ufffe"}

    assert "Roof" in json.dumps(json.loads(content_of(client.get(reverse("projects:open_data_json")))))
    assert "Roof" in content_of(client.get(reverse("projects:open_data_csv"))).decode("utf-8-sig")

    period = {"period": "2026-10"}
    word = content_of(office_client.get(reverse("projects:board_report_word"), period))
    assert "Roof" in "".join(docx.Document(io.BytesIO(word)).element.itertext())
    assert content_of(office_client.get(reverse("projects:board_report_pdf"), period)).startswith(b"%PDF")
    assert "Roof" in content_of(client.get(dirty.get_absolute_url())).decode()
