"""Text pages: about the data, glossary, accessibility statement, security.txt."""

import functools
import re
from datetime import date, timedelta

import markdown
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.templatetags.static import static
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import mark_safe
from django.utils.text import slugify
from django.views.decorators.http import require_safe
from markdown.treeprocessors import Treeprocessor

from .addresses import absolute
from .caching import conditional_get
from .dates import PartialDate, read_label
from .identity import current_system
from .text import clean_line
from .written_dates import read_day

MAX_DATE_TEXT = 60
ACCESSIBILITY_CHECKED_ON = date(2026, 11, 27)  # when someone last ran all checks and read the statement


@functools.cache
def glossary_html():
    """docs/glossary.md as HTML, read once. Each term has an id: "soc-strategic-outline-case"."""
    text = (settings.BASE_DIR / "docs" / "glossary.md").read_text(encoding="utf-8")
    body = text.split("\n", 1)[1]  # without its heading, which the page has too
    html = markdown.markdown(body, extensions=["def_list", "tables"])
    html = re.sub(r"<dt>(.*?)</dt>", lambda term: f'<dt id="{slugify(term[1])}">{term[1]}</dt>', html)
    return mark_safe(html)  # noqa: S308 -- a file of ours


class DesignedAndSafe(Treeprocessor):
    """Adds the classes of the design system to headings and removes unsafe links."""

    headings = {"h2": "nhsuk-heading-m", "h3": "nhsuk-heading-s"}

    def run(self, root):
        for element in root.iter():
            if element.tag in self.headings:
                element.set("class", self.headings[element.tag])
            if element.tag == "a":
                element.set("rel", "noreferrer")
                if not element.get("href", "").startswith(("https://", "http://", "mailto:", "/", "#")):
                    del element.attrib["href"]


@functools.lru_cache(maxsize=4)
def safe_html(text):
    """Markdown from a user as HTML. HTML in it is escaped."""
    writer = markdown.Markdown(extensions=["tables"])
    writer.preprocessors.deregister("html_block")
    writer.inlinePatterns.deregister("html")
    writer.treeprocessors.register(DesignedAndSafe(writer), "designed_and_safe", 0)
    return mark_safe(writer.convert(text))  # noqa: S308 -- HTML is escaped and links are checked


@login_not_required
@require_safe
@conditional_get
def glossary(request):
    return render(request, "pages/glossary.html", {"glossary": glossary_html()})


@login_not_required
@require_safe
@conditional_get
def accessibility(request):
    return render(request, "pages/accessibility.html", {"checked_on": ACCESSIBILITY_CHECKED_ON})


@login_not_required
@require_safe
@conditional_get
def about_the_data(request):
    return render(request, "pages/about_the_data.html", {"about": safe_html(current_system().about_the_data)})


@login_not_required
@require_safe
def security_txt(request):
    """The contact for security reports (RFC 9116); 404 without SECURITY_CONTACT."""
    if not settings.SECURITY_CONTACT:
        raise Http404("SECURITY_CONTACT is not set")
    expires = timezone.now() + timedelta(days=180)  # made new for each request
    lines = [
        f"Contact: {settings.SECURITY_CONTACT}",
        f"Expires: {expires:%Y-%m-%dT%H:%M:%SZ}",
        "Preferred-Languages: en",
        f"Canonical: {absolute(reverse('security_txt'))}",
    ]
    return HttpResponse("\n".join(lines) + "\n", content_type="text/plain; charset=utf-8")


# Search engines find every public page in the sitemap, so they need no address with a query: filters, orders, pages.
ROBOTS = """User-agent: *
Disallow: /*?
Disallow: /account/
Disallow: /admin/
Disallow: /calendar/
Disallow: /export/
Disallow: /people/
Disallow: /search/
"""


@login_not_required
@require_safe
def robots_txt(request):
    text = f"{ROBOTS}\nSitemap: {absolute(reverse('projects:sitemap'))}\n"
    return HttpResponse(text, content_type="text/plain; charset=utf-8")


@login_not_required
@require_safe
def favicon(request):
    """The icon for programs that do not read pages, which name it themselves."""
    return redirect(static("images/favicon.ico"))


@require_safe
def date_read(request):
    """What is read from the text of a date field, as {"read": "Friday 14 March 2027"}; "" for no date."""
    text = clean_line(request.GET.get("text", ""))[:MAX_DATE_TEXT]
    try:
        date = read_day(text) if "day" in request.GET else PartialDate.parse(text)
    except ValueError:
        date = None
    return JsonResponse({"read": read_label(date) if date else ""})
