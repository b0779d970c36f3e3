from django import template

register = template.Library()


@register.simple_tag
def borough_map(sites, highlight=None):
    return ""


@register.simple_tag
def site_map(site):
    return ""
