"""Filters and tags for figures, dates, sources and tables of projects."""

from django import template
from django.core.paginator import Page

from projects.labels import (
    exact_pounds,
    money,
    plural,
    publisher,
    variance_label,
)
from projects.project_table import cached_rows

register = template.Library()

register.filter("money", money)
register.filter("pounds", exact_pounds)
register.filter("variance", variance_label)
register.filter("plural", plural)
register.filter("publisher", publisher)


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


@register.inclusion_tag("components/project_table.html", takes_context=True)
def project_table(context, projects, caption="Projects"):
    """A table of `projects`: a queryset that the reader can see, a page of it, or ids. At most three queries."""
    rows_or_ids = projects.object_list if isinstance(projects, Page) else projects
    ids = [getattr(project, "pk", project) for project in rows_or_ids]
    with_status = context["request"].user.is_authenticated
    rows = cached_rows(context["request"], ids)
    return {"rows": rows, "caption": caption, "with_status": with_status}
