"""The official NHS.UK frontend macros, rendered.

Callers pass `text`, which the macros escape; `html` only of our own templates and of `format_html`.
"""

import functools

from django.utils.safestring import mark_safe
from jinja2 import ChainableUndefined, Environment, PackageLoader

macros = Environment(loader=PackageLoader("nhsuk_frontend_jinja"), undefined=ChainableUndefined, autoescape=True)


@functools.cache
def _macro(component, name):
    return getattr(macros.get_template(f"nhsuk/components/{component}/macro.jinja").module, name)


def render(component, macro, params):
    """The HTML of one component. `params` are those of the official macro."""
    return mark_safe(_macro(component, macro)(params))  # noqa: S308 -- the macros escape what they are given
