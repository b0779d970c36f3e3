"""The template tags of the design system: `{% load nhsuk %}`."""

from django import template

from .components import nhsuk_button, nhsuk_details, nhsuk_messages, nhsuk_warning_callout
from .forms import nhsuk_error_prefix, nhsuk_error_summary
from .frame import nhsuk_breadcrumb, nhsuk_footer, nhsuk_header, nhsuk_pagination, nhsuk_skip_link

register = template.Library()

register.simple_tag(nhsuk_header, takes_context=True)
register.simple_tag(nhsuk_footer)
register.simple_tag(nhsuk_skip_link)
register.simple_tag(nhsuk_breadcrumb, takes_context=True)
register.simple_tag(nhsuk_pagination, takes_context=True)
register.simple_tag(nhsuk_button)
register.simple_tag(nhsuk_warning_callout)
register.simple_tag(nhsuk_messages)
register.simple_tag(nhsuk_error_summary)
register.simple_tag(nhsuk_error_prefix)
register.simple_block_tag(nhsuk_details)
