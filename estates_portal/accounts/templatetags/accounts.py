from django import template

from .. import browsers

register = template.Library()
register.filter("browser_words", browsers.in_words)
