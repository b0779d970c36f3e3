from urllib.parse import quote

from django import template
from django.urls import reverse
from django.utils.html import format_html

from estates_portal.identity import current_system

from .. import browsers

register = template.Library()
register.filter("browser_label", browsers.browser_label)


@register.filter
def in_groups(key):
    """A key in groups of four characters, to type from a screen: "ABCD EFGH". Authenticator apps ignore the spaces."""
    return " ".join(key[start : start + 4] for start in range(0, len(key), 4))


@register.filter
def codes_file(codes):
    """The `data:` address of a text file of the codes, one a line: the portal sends codes only once."""
    text = "\n".join([f"Recovery codes: {current_system().service_name}", *codes, ""])
    return f"data:text/plain;charset=utf-8,{quote(text)}"


@register.simple_tag
def programme_office(your="your"):
    """The name of the programme office, with a link to its email address, or else to the contact page."""
    email = current_system().contact_email
    url = f"mailto:{email}" if email else reverse("contact")
    return format_html('<a href="{}">{} estates programme office</a>', url, your)
