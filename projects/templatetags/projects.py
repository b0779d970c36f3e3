"""How projects are shown, wherever they are."""

from urllib.parse import urlsplit

from django import template
from django.core.paginator import Page

from projects.labels import money as money_words
from projects.labels import slippage_words
from projects.project_table import project_rows

from ..models import Rating, Stage

register = template.Library()

register.filter("money", money_words)
register.filter("slippage", slippage_words)


@register.filter
def pounds(amount):
    """Pounds to the pound, with commas: "£1,500,000", "-£2,000"; an en dash for None."""
    if amount is None:
        return "–"
    return f"{'-' if amount < 0 else ''}£{abs(amount):,.0f}"


@register.filter
def figure(number):
    """A figure without needless noughts: "1,500", "2.5"; an en dash for None."""
    return "–" if number is None else f"{number:,.2f}".rstrip("0").rstrip(".")


@register.filter
def signed_money(amount):
    """As `money`, of either sign: "-£2.5m"; "no change" for zero."""
    if not amount:
        return "no change"
    return f"-{money_words(-amount)}" if amount < 0 else money_words(amount)


@register.filter
def days_moved(days):
    """ "4 months later", "12 days earlier"."""
    size = abs(days)
    words = f"{size // 30} months" if size >= 60 else f"{size} day{'' if size == 1 else 's'}"
    return f"{words} {'later' if days > 0 else 'earlier'}"


@register.filter
def absolute(amount):
    return None if amount is None else abs(amount)


@register.filter
def unlocalised(number):
    """A number as SVG takes it."""
    return f"{number:g}"


@register.filter
def choice_words(value, reasons):
    """What a value of the report's form stands for: a rating's or stage's label, a reason's name; itself otherwise."""
    return {**dict(Rating.choices), **dict(Stage.choices), **reasons}.get(value, value)


@register.filter
def hostname(url):
    """Whose page it is: "www.bbc.com" of a longer address, without "www."; what is no address stays as it is."""
    return (urlsplit(url).hostname or url).removeprefix("www.")


@register.inclusion_tag("components/project_table.html", takes_context=True)
def project_table(context, projects, caption="Projects"):
    """A table of `projects`: a queryset that the reader may see, a page of one, or ids.

    At most three queries for a page.
    """
    found = projects.object_list if isinstance(projects, Page) else projects
    ids = [getattr(project, "pk", project) for project in found]
    with_status = context["request"].user.is_authenticated
    return {"rows": project_rows(ids, with_status=with_status), "caption": caption, "with_status": with_status}
