"""The template tags of the admin: `{% load portal_admin %}`."""

from django import template

register = template.Library()


@register.simple_tag
def cell(bound, prefix):
    """The input of a field in a table of inline rows, named after its column and described by the hint there."""
    describing = [f"{prefix}-{bound.name}-hint"] if bound.help_text else []
    if bound.errors:
        describing.append(f"{bound.auto_id}_error")
    attrs = {"aria-describedby": " ".join(describing)} if describing else {}
    return bound.as_widget(attrs=attrs if bound.is_hidden else {"aria-label": bound.label, **attrs})
