"""The design system: template tags that render the official NHS.UK frontend macros, and Django forms drawn by them.

Tags hand over `text`, never `html`, so whatever a person typed is escaped by the macros.
"""

import datetime
import functools

from django import forms, template
from django.forms.renderers import TemplatesSetting
from django.forms.widgets import Input
from django.middleware.csrf import get_token
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import mark_safe
from jinja2 import ChainableUndefined, Environment, PackageLoader

register = template.Library()
macros = Environment(loader=PackageLoader("nhsuk_frontend_jinja"), undefined=ChainableUndefined, autoescape=True)

SERVICE_NAME = "BLMK estates portal"
SECTIONS = [
    ("Projects", "projects:project_list"),
    ("Hubs", "projects:hub_list"),
    ("Hospital schemes", "projects:hospital_scheme_list"),
    ("Programmes", "projects:programme_list"),
    ("Sites", "sites:site_list"),
    ("Organisations", "sites:organisation_list"),
]
CSRF_MARK = "csrf-token-goes-here"


@functools.cache
def _macro(component, name):
    return getattr(macros.get_template(f"nhsuk/components/{component}/macro.jinja").module, name)


def render(component, macro, params):
    """The HTML of one component; every tag here ends in it. `params` are those of the macro in its documentation."""
    return mark_safe(_macro(component, macro)(params))  # noqa: S308 -- the macros escape what they are given


# The frame of a page -------------------------------------------------------------------------------------------------


@register.simple_tag(takes_context=True)
def nhsuk_header(context):
    """The header: where one is, and who one is."""
    request = context.get("request")
    user = getattr(request, "user", None)
    section = _section_of(request.path) if request else ""
    if user is None or not user.is_authenticated:
        return _header(section, "", False)
    organisation = f" ({user.organisation.label})" if user.organisation else ""
    html = _header(section, f"{user}{organisation}", user.is_staff)
    return mark_safe(html.replace(CSRF_MARK, get_token(request)))  # noqa: S308 -- a token is letters and figures


def _section_of(path):
    """The address of the section that a page belongs to, or ""."""
    return next((url for url in (reverse(name) for _words, name in SECTIONS) if path.startswith(url)), "")


@functools.lru_cache(maxsize=512)
def _header(section, person, is_staff):
    if person:
        items = [{"text": person, "href": reverse("account"), "icon": True}]
        items.append({"text": "My work", "href": reverse("projects:my_work")})
        if is_staff:
            items.append({"text": "People", "href": reverse("people:person_list")})
            items.append({"text": "Admin", "href": reverse("admin:index")})
        items.append({"html": _sign_out_form()})
    else:
        items = [{"text": "Sign in", "href": reverse("account_login")}]
    navigation = [
        {"text": words, "href": reverse(name), "active": reverse(name) == section} for words, name in SECTIONS
    ]
    return render(
        "header",
        "header",
        {
            "service": {"text": SERVICE_NAME, "href": reverse("home")},
            "containerClasses": "app-width-container--wide",
            "account": {"items": items},
            "navigation": {"items": navigation},
            "search": {
                "action": reverse("projects:search"),
                "label": {"visuallyHiddenText": "Search the portal"},
                "placeholder": "Search",
            },
        },
    )


def _sign_out_form():
    """The official account form, with the CSRF token that its macro has no place for."""
    return format_html(
        '<form class="nhsuk-header__account-form" action="{}" method="post">'
        '<input type="hidden" name="csrfmiddlewaretoken" value="{}">'
        '<button class="nhsuk-header__account-button">Sign out</button></form>',
        reverse("account_logout"),
        CSRF_MARK,
    )


@register.simple_tag
def nhsuk_footer():
    """The footer: where the facts come from, and what the law asks for."""
    return _footer()


@functools.cache
def _footer():
    links = [
        ("About the data", "about_the_data"),
        ("Open data", "projects:open_data"),
        ("Glossary", "glossary"),
        ("Accessibility", "accessibility"),
    ]
    return render(
        "footer",
        "footer",
        {
            "containerClasses": "app-width-container--wide",
            "meta": {"items": [{"text": words, "href": reverse(name)} for words, name in links]},
            "copyright": "Facts are what public sources said on their dates. They are not official status.",
        },
    )


@register.simple_tag
def nhsuk_skip_link():
    return _skip_link()


@functools.cache
def _skip_link():
    return render("skip-link", "skipLink", {"href": "#maincontent", "text": "Skip to main content"})


@register.simple_tag
def nhsuk_breadcrumb(*pairs):
    """Home, then words and address (or URL name) in turn: `{% nhsuk_breadcrumb "Sites" "sites:site_list" %}`."""
    items = [{"text": "Home", "href": reverse("home")}]
    for words, target in zip(pairs[::2], pairs[1::2], strict=True):
        items.append({"text": str(words), "href": target if target.startswith("/") else reverse(target)})
    return render("breadcrumb", "breadcrumb", {"items": items})


@register.simple_tag(takes_context=True)
def nhsuk_pagination(context, page):
    """The pages of a list, keeping the rest of the address; nothing for a single page."""
    if page.paginator.num_pages < 2:
        return ""
    query = context["request"].GET.copy()
    query.pop("page", None)
    numbers = page.paginator.get_elided_page_range(page.number, on_each_side=1, on_ends=1)
    ellipsis = page.paginator.ELLIPSIS
    numbers = tuple(None if number == ellipsis else number for number in numbers)
    query = query.urlencode()
    draw = _pagination if len(query) < LONG else _pagination.__wrapped__  # what a visitor writes must not fill memory
    return draw(query, page.number, numbers)


LONG = 300


@functools.lru_cache(maxsize=512)
def _pagination(query, current, numbers):
    """The links to the pages of these numbers, None for those left out between them."""

    def href(number):
        return f"?{query}{'&' if query else ''}page={number}"

    items = [
        {"ellipsis": True} if number is None else {"number": number, "href": href(number), "current": number == current}
        for number in numbers
    ]
    params = {"items": items}
    if current > 1:
        params["previous"] = {"href": href(current - 1)}
    if current < numbers[-1]:
        params["next"] = {"href": href(current + 1)}
    return render("pagination", "pagination", params)


# Small components ----------------------------------------------------------------------------------------------------


@register.simple_tag
def nhsuk_button(text, href="", classes="", variant=""):
    """A submit button, or a link that looks like one where `href` is given; `variant` is "secondary" and so on."""
    return _button(text, href, classes, variant)


@functools.lru_cache(maxsize=512, typed=True)  # by type too, should text that is marked as safe be written otherwise
def _button(text, href, classes, variant):
    params = {"text": text, "classes": classes, "variant": variant}
    return render("button", "button", {**params, "href": href} if href else params)


@register.simple_tag
def nhsuk_warning_callout(heading, text, level=2):
    """A warning that stands out from the page, under a heading of this level."""
    # Not a bare heading: the macro writes one twice that a template marked as safe, as templates do with their own.
    params = {"heading": {"text": heading, "level": level}, "text": text}
    return render("warning-callout", "warningCallout", params)


BANNERS = {"success": "success"}


@register.simple_tag
def nhsuk_messages(messages):
    """The messages of Django as notification banners; a good one is green."""
    banners = [
        render(
            "notification-banner",
            "notificationBanner",
            {"text": str(message), "variant": BANNERS.get(message.level_tag, ""), "disableAutoFocus": True},
        )
        for message in messages or []
    ]
    return mark_safe("".join(banners))  # noqa: S308 -- each is a component


# Forms ---------------------------------------------------------------------------------------------------------------


class NhsukRenderer(TemplatesSetting):
    """Draws every Django form with the design system (the FORM_RENDERER setting)."""

    form_template_name = "forms/form.html"
    field_template_name = "forms/field.html"


@register.simple_tag
def nhsuk_error_summary(*forms):
    """What is wrong with the forms, or sets of them, each error a link to its field; nothing where nothing is."""
    items = []
    for form in forms:
        for one in getattr(form, "forms", [form]):
            for name, errors in one.errors.items():
                href = f"#{_first_id(one[name])}" if name in one.fields else ""
                items.extend({"text": error, "href": href} for error in errors)
        if hasattr(form, "non_form_errors"):
            items.extend({"text": error} for error in form.non_form_errors())
    if not items:
        return ""
    return render("error-summary", "errorSummary", {"titleText": "There is a problem", "errorList": items})


def _first_id(field):
    """The id of the input that an error links to: of several, the first, which has the id of the field."""
    return field.auto_id


@register.simple_tag
def nhsuk_field(field):
    """One bound field as the component that fits its widget, with label, hint and error.

    Raises TypeError for a widget that no component draws, rather than show an input without its label.
    """
    widget = field.field.widget
    for kind, draw in WIDGETS:
        if isinstance(widget, kind):
            return draw(field, widget)
    raise TypeError(f"No NHS.UK component draws the {type(widget).__name__} of {field.name}")


def _params(field):
    """What every component takes: name, id, hint, error, and whether it may be changed."""
    params = {"name": field.html_name, "id": field.auto_id, "disabled": field.field.disabled}
    if field.help_text:
        params["hint"] = {"text": str(field.help_text), "id": f"{field.auto_id}-hint"}
    if field.errors:
        params["errorMessage"] = {"text": " ".join(field.errors), "id": f"{field.auto_id}-error"}
    return params


def _attributes(widget, left_out=("autocomplete",)):
    """The widget's own attributes that a component has no parameter for; True as an attribute without value."""
    return {
        name: ({"value": True, "optional": True} if value is True else str(value))
        for name, value in widget.attrs.items()
        if name not in left_out and value is not False
    }


def _input(field, widget):
    kind = widget.attrs.get("type", widget.input_type)
    params = {
        **_params(field),
        "label": {"text": str(field.label)},
        "type": kind,
        "autocomplete": widget.attrs.get("autocomplete"),
        "attributes": _attributes(widget, left_out=("autocomplete", "type")),
    }
    value = field.value()
    if kind == "date" and isinstance(value, datetime.date):
        params["value"] = value.isoformat()  # the only form that a browser's date input takes
    elif kind != "password":
        params["value"] = widget.format_value(value) or None
    if kind == "number":
        fractions = isinstance(field.field, forms.DecimalField | forms.FloatField)
        params["inputmode"] = "decimal" if fractions else "numeric"
    maximum = getattr(field.field, "max_length", None)
    if maximum:
        params["attributes"].setdefault("maxlength", str(maximum))
    return render("input", "input", params)


def _textarea(field, widget):
    rows = widget.attrs.get("rows", "5")
    value = widget.format_value(field.value()) or ""
    attributes = _attributes(widget, left_out=("rows", "cols"))
    params = {"label": {"text": str(field.label)}, "value": value, "rows": str(rows), "attributes": attributes}
    return render("textarea", "textarea", {**_params(field), **params})


def _options(field):
    """The choices as items of a component, those chosen marked."""
    widget = field.field.widget
    value = widget.format_value(field.value())
    chosen = {value} if isinstance(value, str) else set(value)
    return [
        {"value": str(value), "text": str(words), "chosen": str(value) in chosen}
        for value, words in _without_groups(widget.choices)
    ]


def _without_groups(choices):
    """The choices as (value, words); one of a group says which group, as the components know no groups."""
    for value, words in choices:
        if isinstance(words, list | tuple):
            yield from ((one, f"{value}: {its_words}") for one, its_words in words)
        else:
            yield value, words


def _select(field, widget):
    items = [{**item, "selected": item["chosen"]} for item in _options(field)]
    attributes = _attributes(widget)
    if widget.allow_multiple_selected:
        attributes["multiple"] = {"value": True, "optional": True}
    params = {"label": {"text": str(field.label)}, "items": items, "attributes": attributes}
    return render("select", "select", {**_params(field), **params})


def _group(field):
    """The parameters of several inputs under one legend; the first of them has the field's id, as errors link to it."""
    params = {**_params(field), "idPrefix": field.auto_id, "fieldset": {"legend": {"text": str(field.label)}}}
    del params["id"]
    return params


def _radios(field, widget):
    items = [{**item, "checked": item["chosen"]} for item in _options(field) if item["value"]]
    classes = widget.attrs.get("classes", "")
    return render("radios", "radios", {**_group(field), "items": items, "classes": classes})


def _checkboxes(field, widget):
    items = [{**item, "checked": item["chosen"]} for item in _options(field)]
    return render("checkboxes", "checkboxes", {**_group(field), "items": items, "small": True})


def _checkbox(field, widget):
    item = {"value": "on", "text": str(field.label), "checked": bool(field.value())}
    params = _group(field)
    del params["fieldset"]
    if "hint" in params:
        item["hint"] = params.pop("hint")
    return render("checkboxes", "checkboxes", {**params, "items": [item]})


def _hidden(field, widget):
    return field.as_widget()


# The first kind that fits draws the field, so the particular come before the general.
WIDGETS = [
    (forms.HiddenInput, _hidden),
    (forms.Textarea, _textarea),
    (forms.CheckboxSelectMultiple, _checkboxes),
    (forms.RadioSelect, _radios),
    (forms.CheckboxInput, _checkbox),
    (forms.Select, _select),
    (Input, _input),
]
