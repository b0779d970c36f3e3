"""How projects are shown, wherever they are."""

from urllib.parse import urlsplit

from django import template
from django.core.paginator import Page

from estates_portal.conditional import remembered

from ..rows import money as money_words
from ..rows import project_rows

register = template.Library()

register.filter("money", money_words)


@register.filter
def hostname(url):
    """Whose page it is: "www.bbc.com" of a longer address, without "www."; what is no address stays as it is."""
    return (urlsplit(url).hostname or url).removeprefix("www.")


@register.inclusion_tag("components/project_table.html")
def project_table(projects, caption="Projects"):
    """A table of `projects`: a queryset that the reader may see, a page of one, or ids. At most three queries."""
    found = projects.object_list if isinstance(projects, Page) else projects
    ids = [getattr(project, "pk", project) for project in found]
    return {"rows": project_rows(ids), "caption": caption}


@register.simple_tag(takes_context=True)
def filter_field(context, field):
    """A field of a filter form, drawn once for each choice of it and kept until the choices change."""
    if field.errors or field.name == "q":
        return field.as_field_group()
    name = ("filter", context["request"].path, field.name, str(field.value() or ""))
    return remembered(context["request"], name, field.as_field_group)
