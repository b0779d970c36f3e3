import pytest
from django import forms
from django.core.paginator import Paginator
from django.template import Context, Template
from django.urls import reverse
from django.utils.safestring import mark_safe
from pytest_django.asserts import assertHTMLEqual

from estates_portal.fields import DayField
from estates_portal.nhsuk import frame
from estates_portal.nhsuk.components import nhsuk_messages
from estates_portal.nhsuk.forms import nhsuk_error_summary
from estates_portal.nhsuk.macros import render
from tests.factories import HubFactory

HOSTILE = "<script>alert('x')</script>"


def drawn(source, request=None, **context):
    if request is not None:
        context["request"] = request
    return Template("{% load nhsuk %}" + source).render(Context(context))


class EveryWidget(forms.Form):
    title = forms.CharField(help_text="As on the board paper", max_length=50)
    notes = forms.CharField(widget=forms.Textarea)
    email = forms.EmailField()
    number = forms.IntegerField()
    password = forms.CharField(widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}))
    day = DayField()
    place = forms.ChoiceField(choices=[("", "Any"), ("luton", "Luton"), ("mk", "Milton Keynes")])
    rating = forms.ChoiceField(choices=[("red", "Red"), ("green", "Green")], widget=forms.RadioSelect)
    stages = forms.MultipleChoiceField(
        choices=[("soc", "SOC"), ("obc", "OBC")], widget=forms.CheckboxSelectMultiple, help_text="Any of them"
    )
    partners = forms.MultipleChoiceField(choices=[("icb", "ICB"), ("council", "Council")])
    agree = forms.BooleanField(help_text="Tick to go on")
    hidden = forms.CharField(widget=forms.HiddenInput, required=False)


@pytest.mark.parametrize("name", [name for name in EveryWidget.base_fields if name != "hidden"])
def test_each_widget_has_label_error_and_linked_ids(name):
    form = EveryWidget({})
    html = form[name].as_field_group()
    field = form[name]
    assert str(field.label) in html
    assert html.count(f'id="{field.auto_id}"') == 1
    assert f'id="id_{name}-error"' in html
    assert "This field is required" in html
    described = html.split('aria-describedby="')[1].split('"')[0].split()
    assert f"id_{name}-error" in described
    if field.help_text and name != "agree":
        assert f"id_{name}-hint" in described
    if field.help_text:
        assert str(field.help_text) in html


def test_form_keeps_typed_text_but_not_password():
    form = EveryWidget(
        {"title": "x" * 51, "password": "secret", "place": "mk", "rating": "red", "stages": ["obc"], "number": "ten"}
    )
    html = " ".join(str(form).split())
    assert "x" * 51 in html
    assert 'value="ten"' in html
    assert "secret" not in html
    assert 'value="mk" selected' in html
    assert 'value="red" checked' in html.replace('type="radio" ', "")
    assert html.count("checked") == 2


def test_form_keeps_several_choices():
    html = EveryWidget({"partners": ["icb", "council"]})["partners"].as_field_group()
    assert " multiple>" in html
    assert html.count(" selected") == 2


def test_choice_in_group_starts_with_group_name():
    class Grouped(forms.Form):
        site = forms.ChoiceField(choices=[("", "Any"), ("Luton", [("ld", "Luton and Dunstable Hospital")])])
        on_hold = forms.NullBooleanField()

    html = str(Grouped({"site": "ld", "on_hold": "true"}))
    assert 'value="ld" selected' in html
    assert "Luton: Luton and Dunstable Hospital" in html
    assert 'value="true" selected' in html
    assert html.count(" selected") == 2


@pytest.mark.parametrize(("field", "mode"), [(forms.IntegerField, "numeric"), (forms.DecimalField, "decimal")])
def test_number_input_has_input_mode(field, mode):
    form = type("Numbered", (forms.Form,), {"number": field(min_value=0)})()
    html = form["number"].as_field_group()
    assert f'inputmode="{mode}"' in html
    assert 'min="0"' in html


@pytest.mark.parametrize("name", ["title", "notes", "place", "rating", "stages", "partners"])
def test_disabled_field_is_disabled_in_html(name):
    form = EveryWidget()
    assert " disabled" not in form[name].as_field_group()
    form.fields[name].disabled = True
    assert " disabled" in form[name].as_field_group()


def test_widget_without_component_raises_type_error():
    class Odd(forms.Form):
        when = forms.SplitDateTimeField()

    with pytest.raises(TypeError, match="SplitDateTimeWidget of when"):
        str(Odd())


@pytest.mark.parametrize("name", ["title", "notes", "place", "stages"])
def test_form_escapes_html_everywhere(name):
    form = EveryWidget({name: HOSTILE})
    form.fields[name].label = HOSTILE
    form.fields[name].help_text = HOSTILE
    form.add_error(name, HOSTILE)
    assert "<script>" not in form[name].as_field_group()
    assert "<script>" not in nhsuk_error_summary(form)


def test_error_summary_links_to_each_field():
    html = nhsuk_error_summary(EveryWidget({}))
    for name in ("title", "place", "agree", "stages", "rating"):
        assert f'href="#id_{name}"' in html
    assert nhsuk_error_summary(EveryWidget()) == ""


def test_error_summary_lists_errors_in_order_of_fields_with_prefix():
    form = EveryWidget({})
    form.error_prefix = "Row 2"
    form.errors["title"] = form.errors.pop("title")  # found last
    html = nhsuk_error_summary([form], description="The rest is saved.")
    assert "Row 2: This field is required." in html
    assert "The rest is saved." in html
    assert html.index("#id_title") < html.index("#id_notes") < html.index("#id_agree")


def test_error_of_hidden_field_has_no_link():
    form = EveryWidget({})
    form.add_error("hidden", "Reload the page")
    html = nhsuk_error_summary(form)
    assert "Reload the page" in html
    assert "#id_hidden" not in html


def test_error_summary_includes_errors_of_whole_form():
    form = EveryWidget({})
    form.add_error(None, "Choose one or the other")
    assert "Choose one or the other" in nhsuk_error_summary(form)


@pytest.mark.parametrize(("number", "previous", "following"), [(1, False, True), (6, True, True), (12, True, False)])
def test_pagination_links_keep_query(rf, number, previous, following):
    page = Paginator(range(300), 25).page(number)
    html = drawn("{% nhsuk_pagination page %}", rf.get("/projects/?q=a+b&place=luton&page=6"), page=page)
    assert ('rel="prev"' in html) is previous
    assert ('rel="next"' in html) is following
    assert "q=a+b&amp;place=luton&amp;page=" in html
    assert html.count('aria-current="page"') == 1


@pytest.mark.parametrize("is_safe", [True, False])
def test_button_escapes_its_text(is_safe):
    text = "<b>Save</b>"
    html = drawn("{% nhsuk_button text %}", text=mark_safe(text) if is_safe else text)  # noqa: S308
    assert "&lt;b&gt;Save&lt;/b&gt;" in html


def test_button_has_name_and_value():
    html = drawn("{% nhsuk_button 'Save draft' name='action' value='save' type='button' small=True %}")
    params = {"text": "Save draft", "name": "action", "value": "save", "type": "button", "small": True}
    assertHTMLEqual(html, render("button", "button", params))


def test_details_summary_shows_count():
    html = drawn(
        "{% nhsuk_details 'Filter' count=2 is_open=True %}<p>{{ hostile }}</p>{% endnhsuk_details %}", hostile=HOSTILE
    )
    inside = "<p>&lt;script&gt;alert(&#x27;x&#x27;)&lt;/script&gt;</p>"
    params = {"summaryText": "Filter (2)", "html": inside, "open": True}
    assertHTMLEqual(html, render("details", "details", params))
    assert "(" not in drawn("{% nhsuk_details 'Filter' count=0 %}x{% endnhsuk_details %}")


def test_single_page_has_no_pagination(rf):
    assert drawn("{% nhsuk_pagination page %}", rf.get("/"), page=Paginator(range(3), 25).page(1)) == ""


@pytest.mark.django_db
class TestHeader:
    def test_header_marks_current_section(self, client):
        html = client.get(reverse("projects:hub_list")).content.decode()
        current = html.split('aria-current="true"')[1].split("</a>")[0]
        assert "Projects" in current
        assert html.count('aria-current="true"') == 1

    def test_header_of_anonymous_user_links_to_sign_in(self, client):
        html = client.get("/").content.decode()
        assert reverse("account_login") in html
        assert "Sign out" not in html

    def test_header_of_signed_in_user_shows_name_and_sign_out_form(self, viewer_client, admin_client):
        html = viewer_client.get("/").content.decode()
        assert "(Luton Trust)" in html
        assert 'action="/account/sign-out/" method="post"' in html
        assert frame.CSRF_MARK not in html
        assert reverse("admin:index") not in html
        assert reverse("admin:index") in admin_client.get("/").content.decode()

    def test_header_escapes_name(self, viewer_client):
        viewer_client.user.name = HOSTILE
        viewer_client.user.save()
        assert HOSTILE not in viewer_client.get("/").content.decode()


@pytest.mark.django_db
def test_tag_in_table_matches_official_macro(client):
    from django.test.html import parse_html

    HubFactory(stage="construction")
    html = client.get(reverse("projects:project_list")).content.decode()
    official = render("tag", "tag", {"text": "Construction", "colour": "purple"})
    ours = html[html.index('<strong class="nhsuk-tag') :].split("</strong>")[0] + "</strong>"
    ours = ours.replace(" app-tag", "").replace(' title="Construction"', "")
    assert parse_html(ours) == parse_html(str(official).strip())


def test_message_is_shown_as_banner():
    from django.contrib.messages import constants
    from django.contrib.messages.storage.base import Message

    html = nhsuk_messages([Message(constants.SUCCESS, "Saved"), Message(constants.ERROR, HOSTILE)])
    assert "nhsuk-notification-banner--success" in html
    assert "Saved" in html
    assert HOSTILE not in html


@pytest.mark.parametrize(
    ("source", "component", "macro", "params"),
    [
        ("nhsuk_button 'Save'", "button", "button", {"text": "Save", "preventDoubleClick": True}),
        (
            "nhsuk_button 'Back' href='/hubs/' variant='secondary'",
            "button",
            "button",
            {"text": "Back", "href": "/hubs/", "variant": "secondary"},
        ),
        (
            "nhsuk_warning_callout 'Mind' 'the gap'",
            "warning-callout",
            "warningCallout",
            {"heading": "Mind", "headingLevel": 2, "text": "the gap"},
        ),
        (
            "nhsuk_breadcrumb 'Hubs' 'projects:hub_list' 'Here' '/hubs/here/'",
            "breadcrumb",
            "breadcrumb",
            {
                "items": [
                    {"text": "Home", "href": "/"},
                    {"text": "Hubs", "href": "/hubs/"},
                    {"text": "Here", "href": "/hubs/here/"},
                ]
            },
        ),
    ],
)
def test_tag_matches_official_macro(source, component, macro, params):
    html = drawn(f"{{% {source} %}}")
    assertHTMLEqual(html, render(component, macro, params))


@pytest.mark.parametrize(
    "source",
    [
        "nhsuk_button hostile",
        "nhsuk_warning_callout hostile hostile",
        "nhsuk_breadcrumb hostile '/'",
    ],
)
def test_tag_escapes_html(source):
    html = drawn(f"{{% {source} %}}", hostile=HOSTILE)
    assert "<script>" not in html
    assert "&lt;script&gt;" in html
