"""Filters and tags for figures, dates, sources and tables of projects."""

from django import template
from django.core.paginator import Page
from django.utils.html import format_html

from estates_portal.differences import diff_html
from projects.approvals import approved_label
from projects.facts import fact_of, known_sources, sources_of
from projects.labels import (
    ALL_RATING_LABELS,
    exact_pounds,
    money,
    not_accepted,
    plural,
    stated_money,
    variance_label,
)
from projects.project_table import cached_rows
from sites.locating import postcode_in

register = template.Library()

register.filter("approved_label", approved_label)
register.filter("money", money)
register.filter("stated_money", stated_money)
register.filter("pounds", exact_pounds)
register.filter("variance", variance_label)
register.filter("plural", plural)
register.filter("marked_changes", diff_html)


@register.filter
def rating_label(rating):
    return ALL_RATING_LABELS[rating]


@register.filter
def cut_at_word(text, length):
    """The text on one line, with at most `length` characters, cut after a word: "Rooms in a library…"."""
    line = " ".join(str(text).split())
    if len(line) <= length:
        return line
    cut = line[:length].rpartition(" ")[0] or line[: length - 1]
    return f"{cut.rstrip(' ,;:.')}…"


@register.filter
def exact_variance(amount):
    """The variance in whole pounds: "£2,000 under"; an en dash for None."""
    return variance_label(amount, exact_pounds) or "–"


@register.filter
def figure(number):
    """A number without trailing zeros: "1,500", "2.5"; an en dash for None."""
    return "–" if number is None else f"{number:,.2f}".rstrip("0").rstrip(".")


def _sources(context):
    request = getattr(context, "request", None)
    return sources_of(request) if request else known_sources()


def _link(source, name, about=""):
    """A link to a source. Screen readers also read its title, if it is not in the name, and what it is about.

    Without a title they read the last part of its address, so that two pages of a publisher have different names.
    """
    title = source.title or source.page_name
    title = "" if title in name else title
    hidden = "".join(f", {text}" for text in (title, about) if text)
    hidden = format_html('<span class="nhsuk-u-visually-hidden">{}</span>', hidden) if hidden else ""
    return format_html('<a href="{}" rel="noreferrer">{}{}</a>', source.url, name, hidden)


@register.simple_tag(takes_context=True)
def source_link(context, url, about="", is_listed=False):
    """A link to the source at this address, by its name. `about` says to screen readers what it is the source of.

    In a list of sources, one without a title and date shows the last part of its address.
    """
    source = _sources(context)[url]
    if is_listed and source.name == source.publisher and source.page_name:
        return _link(source, f"{source.name} ({source.page_name})", about)
    return _link(source, source.name, about)


@register.simple_tag(takes_context=True)
def publisher(context, url):
    """The publisher of the page at this address."""
    return _sources(context)[url].publisher


@register.inclusion_tag("components/provenance.html", takes_context=True)
def provenance(context, record):
    """The date, basis and source of a record, as of `fact_of`."""
    fact = fact_of(record, _sources(context))
    return {"fact": fact, "link": _link(fact.source, fact.source_name) if fact.source else ""}


@register.simple_tag(takes_context=True)
def brief_provenance(context, record):
    """The date and source of a record for a narrow column, as of `fact_of`."""
    return fact_of(record, _sources(context)).brief


@register.inclusion_tag("components/project_table.html", takes_context=True)
def project_table(context, projects, caption="Projects"):
    """A table of `projects`: a queryset that the reader can see, a page of it, or ids. At most three queries."""
    rows_or_ids = projects.object_list if isinstance(projects, Page) else projects
    ids = [getattr(project, "pk", project) for project in rows_or_ids]
    with_status = context["request"].user.is_authenticated
    rows = cached_rows(context["request"], ids)
    return {"rows": rows, "caption": caption, "with_status": with_status}


@register.simple_tag
def acceptance(*accepted):
    """The mark of a record that is not `accepted` yet, or of a figure from several; "" if it is or does not exist."""
    label = not_accepted(*accepted)
    return format_html('<span class="app-not-reviewed">{}</span>', label) if label else ""


@register.inclusion_tag("components/near_link.html")
def near_link(form):
    """A link to what is near, if the search box `q` of a list has a postcode. At most one query."""
    return {"name": postcode_in(form.data.get("q") or "")}
