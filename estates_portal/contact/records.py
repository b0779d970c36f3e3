"""The records that readers can write about, found by the address of their page."""

from django.apps import apps
from django.urls import Resolver404, resolve

# URL name: model, by name, because some belong to apps that import this package
RECORDS = {
    "projects:project_detail": "projects.Project",
    "sites:site_detail": "sites.Site",
    "sites:organisation_detail": "sites.Organisation",
    "sites:place_detail": "sites.Place",
}


def record_at(path, user):
    """The record whose page is at this path; None if there is none that `user` can see. One query."""
    try:
        match = resolve(path)
    except Resolver404:
        return None
    if match.view_name not in RECORDS:
        return None
    records = apps.get_model(RECORDS[match.view_name]).objects
    visible = records.visible_to(user) if hasattr(records, "visible_to") else records.all()
    return visible.filter(**match.kwargs).first()
