"""The frame of a page: header, footer, skip link, breadcrumb and pagination."""

import functools

from django.middleware.csrf import get_token
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import mark_safe

from ..identity import current_system
from .macros import render

CSRF_MARK = "csrf-token-goes-here"


def nhsuk_header(context):
    """The header with search, the account and the sections of `navigation` (see projects/navigation.py)."""
    request = context.get("request")
    user = getattr(request, "user", None)
    navigation = context.get("navigation")
    items = navigation.items if navigation else ()
    service = current_system().service_name
    if user is None or not user.is_authenticated:
        return _header(service, items, "")
    organisation = f" ({user.organisation.label})" if user.organisation else ""
    html = _header(service, items, f"{user}{organisation}")
    return mark_safe(html.replace(CSRF_MARK, get_token(request)))  # noqa: S308 -- a token is letters and figures


@functools.lru_cache(maxsize=512)
def _header(service, sections, person):
    if person:
        items = [{"text": person, "href": reverse("account"), "icon": True}, {"html": _sign_out_form()}]
    else:
        items = [{"text": "Sign in", "href": reverse("account_login")}]
    navigation = [
        {"html": _section_html(label, waiting), "href": href, "active": is_current}
        for label, href, is_current, waiting in sections
    ]
    return render(
        "header",
        "header",
        {
            "service": {"text": service, "href": reverse("home")},
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


def _section_html(label, waiting):
    """The label, with the number that waits for the reader."""
    if not waiting:
        return format_html("{}", label)
    return format_html(
        '{} <span class="app-waiting">{}<span class="nhsuk-u-visually-hidden"> waiting</span></span>', label, waiting
    )


def _sign_out_form():
    """The official sign-out form, with the CSRF token that its macro cannot contain."""
    return format_html(
        '<form class="nhsuk-header__account-form" action="{}" method="post">'
        '<input type="hidden" name="csrfmiddlewaretoken" value="{}">'
        '<button class="nhsuk-header__account-button">Sign out</button></form>',
        reverse("account_logout"),
        CSRF_MARK,
    )


def nhsuk_footer():
    """The footer: the pages about the data, and those that the law requires."""
    return _footer()


@functools.cache
def _footer():
    links = [
        ("About the data", "about_the_data"),
        ("Open data", "projects:open_data"),
        ("Glossary", "glossary"),
        ("Contact", "contact"),
        ("Accessibility", "accessibility"),
        ("Privacy", "privacy"),
        ("Cookies", "cookies"),
    ]
    return render(
        "footer",
        "footer",
        {
            "containerClasses": "app-width-container--wide",
            "meta": {"items": [{"text": label, "href": reverse(name)} for label, name in links]},
            "copyright": "Estates portal",
        },
    )


def nhsuk_skip_link():
    return _skip_link()


@functools.cache
def _skip_link():
    return render("skip-link", "skipLink", {"href": "#maincontent", "text": "Skip to main content"})


def nhsuk_breadcrumb(context, *pairs):
    """Home, the section of the page, then pairs of label and address (or URL name) of the pages between.

    `{% nhsuk_breadcrumb "Risks and issues" "projects:risk_list" %}`
    """
    navigation = context.get("navigation")
    links = [("Home", reverse("home"))]
    if navigation and navigation.crumb:
        links.append(navigation.crumb)
    for label, target in zip(pairs[::2], pairs[1::2], strict=True):
        links.append((str(label), target if target.startswith("/") else reverse(target)))
    return _breadcrumb(tuple(links))


@functools.lru_cache(maxsize=512)
def _breadcrumb(links):
    return render("breadcrumb", "breadcrumb", {"items": [{"text": label, "href": href} for label, href in links]})


def nhsuk_pagination(context, page):
    """Which rows a page shows, and links to the pages of the list; nothing for a single page."""
    if page.paginator.num_pages < 2:
        return ""
    query = context["request"].GET.copy()
    query.pop("page", None)
    numbers = page.paginator.get_elided_page_range(page.number, on_each_side=1, on_ends=1)
    ellipsis = page.paginator.ELLIPSIS
    numbers = tuple(None if number == ellipsis else number for number in numbers)
    rows = f"Showing {page.start_index():,} to {page.end_index():,} of {page.paginator.count:,}"
    links = _pagination(query.urlencode(), page.number, numbers)
    return format_html('<p class="app-meta app-showing">{}</p>{}', rows, links)


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
