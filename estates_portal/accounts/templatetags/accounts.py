from django import template
from django.utils.html import format_html

from estates_portal.identity import current_system

from .. import browsers

register = template.Library()
register.filter("browser_label", browsers.browser_label)


@register.simple_tag
def programme_office(your="your"):
    """The name of the programme office, with a link to its email address if the system has one."""
    email = current_system().office_email
    if not email:
        return f"{your} estates programme office"
    return format_html('<a href="mailto:{}">{} estates programme office</a>', email, your)
