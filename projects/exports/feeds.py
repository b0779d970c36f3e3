"""Calendar links, the public progress feed, open data and the sitemap."""

import datetime

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.contrib.syndication.views import Feed
from django.db.models import OuterRef, Subquery
from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.feedgenerator import Atom1Feed
from django.utils.html import format_html
from django.utils.text import slugify
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from estates_portal.addresses import Moved, absolute, get_by_slug, tag_uri
from estates_portal.caching import cached_until_change, conditional_get, public_file
from estates_portal.csv_export import stream
from estates_portal.identity import current_system
from estates_portal.printable import printable
from projects.facts import fact_of, known_sources
from projects.models import CalendarLink, Programme, ProgressNote, Project

from .calendars import calendar_of, make_link, milestones_for, person_of
from .forms import CalendarLinkForm, CalendarLinksForm
from .open_data import LICENCE, package, published, publisher_name
from .open_data_table import HEADINGS, table
from .sitemap import public_pages

NOTES = 50


# Calendars -----------------------------------------------------------------------------------------------------------


NEW_LINK = "new_calendar_link"  # in the session: (name, secret) until a page has shown it


@require_http_methods(["GET", "HEAD", "POST"])
def calendar_links(request):
    """Lists the user's calendar links, creates one, and then shows it once."""
    form = CalendarLinkForm(request.POST or None, instance=CalendarLink(person=request.user))
    if request.method == "POST" and form.is_valid():
        name = form.cleaned_data["name"]
        request.session[NEW_LINK] = (name, make_link(request.user, name))
        return redirect("projects:calendar_links")
    name, token = request.session.pop(NEW_LINK, ("", ""))
    programmes = Programme.objects.visible_to(request.user)
    scopes = [
        ("My projects", "mine"),
        ("All projects", "all"),
        *((programme.name, programme.slug) for programme in programmes),
    ]
    urls = []
    if token:
        urls = [(label, absolute(reverse("projects:calendar_feed", args=[token, scope]))) for label, scope in scopes]
    context = {
        "form": form,
        "links": request.user.calendar_links.all(),
        "new_name": name,
        "urls": urls,
        "links_form": CalendarLinksForm(urls),
        "scopes": scopes,
    }
    return render(request, "projects/exports/calendar_links.html", context)


@require_POST
def calendar_link_delete(request, pk):
    link = get_object_or_404(request.user.calendar_links, pk=pk)
    link.delete()
    messages.success(request, f"Link “{link.name}” deleted. Calendars that use it no longer update")
    return redirect("projects:calendar_links")


@login_not_required  # the secret in the address identifies the user
@require_safe
def calendar_feed(request, token, scope):
    """The calendar. 404 for an unknown secret; 410 for a programme that the user no longer sees."""
    person = person_of(token)
    if person is None:
        raise Http404("No such calendar")
    name = {"mine": "Estates: my projects", "all": "Estates: all projects"}.get(scope)
    if name is None:
        try:
            name = f"Estates: {get_by_slug(Programme.objects.visible_to(person), scope, 'scope')}"
        except Moved:
            raise
        except Http404:
            return render(request, "404.html", status=410)
    milestones = milestones_for(person, scope, with_years=request.GET.get("years") == "yes")
    data = calendar_of(milestones, name, today=timezone.localdate())
    response = HttpResponse(data, content_type="text/calendar; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="estates.ics"'
    response["Cache-Control"] = "private, max-age=900"
    return response


# Progress ------------------------------------------------------------------------------------------------------------


class FeedWithSources(Atom1Feed):
    """An Atom feed (RFC 4287) whose entries link to their sources."""

    def add_item_elements(self, handler, item):
        super().add_item_elements(handler, item)
        if item["source"]:
            source = item["source"]
            handler.addQuickElement(
                "link", "", {"rel": "via", "href": source.url, "title": printable(source.full_name)}
            )


class ProgressFeed(Feed):
    """The newest public progress notes of published projects, as Atom."""

    feed_type = FeedWithSources
    feed_copyright = (
        "Open Government Licence v3.0. Published information, which may be out of date. It is not official status."
    )

    def title(self):
        return printable(f"{current_system().service_name}: progress")

    def subtitle(self):
        return printable(f"Planned, under construction and opened health and care buildings in {current_system().name}")

    def author_name(self):
        return printable(publisher_name())

    def feed_guid(self):
        return tag_uri("progress")

    def link(self):
        return absolute(reverse("home"))

    def feed_url(self):
        return absolute(reverse("projects:progress_feed"))

    def items(self):
        projects = Project.objects.filter(published=True, is_example=False).values("pk")
        notes = ProgressNote.objects.published().filter(project__in=projects, date__lte=timezone.localdate())
        changes = ProgressNote.history.filter(id=OuterRef("pk")).order_by("-history_date")
        notes = notes.annotate(changed_at=Subquery(changes.values("history_date")[:1]))
        notes, sources = notes.select_related("project")[:NOTES], known_sources()
        for note in notes:
            note.fact = fact_of(note, sources)
        return notes

    def item_title(self, note):
        return printable(note.project.title)

    def item_description(self, note):
        return format_html("<p>{}</p><p>{}</p>", printable(note.text), printable(note.fact.provenance))

    def item_link(self, note):
        return absolute(note.project.get_absolute_url())

    def item_guid(self, note):
        return tag_uri(f"note-{note.pk}")

    item_guid_is_permalink = False

    def item_pubdate(self, note):
        return timezone.make_aware(datetime.datetime.combine(note.date, datetime.time()))

    def item_updateddate(self, note):
        return max(note.changed_at or self.item_pubdate(note), self.item_pubdate(note))

    def item_extra_kwargs(self, note):
        return {"source": note.fact.source}


progress_feed = login_not_required(require_safe(public_file(ProgressFeed())))


# Search engines ------------------------------------------------------------------------------------------------------


@login_not_required
@require_safe
@public_file
def sitemap(request):
    pages = cached_until_change(request, "sitemap", public_pages)
    return render(request, "projects/exports/sitemap.xml", {"pages": pages}, content_type="application/xml")


# Open data -----------------------------------------------------------------------------------------------------------


def file_prefix():
    """The start of the file names of downloads: "far-estates"."""
    return slugify(f"{current_system().short_name} estates")


@login_not_required
@require_safe
@conditional_get
def open_data(request):
    context = {"number": published().count(), "licence": LICENCE, "attribution": current_system().attribution}
    return render(request, "projects/exports/open_data.html", context)


@login_not_required
@require_safe
@public_file
def open_data_json(request):
    data = cached_until_change(request, ("open data", current_system().service_name), package)
    response = JsonResponse(data, json_dumps_params={"ensure_ascii": False})
    response["Content-Disposition"] = f'inline; filename="{file_prefix()}-oc4ids.json"'
    response["Access-Control-Allow-Origin"] = "*"
    return response


@login_not_required
@require_safe
@public_file
def open_data_csv(request):
    response = stream(HEADINGS, table(), f"{file_prefix()}-projects.csv")
    response["Access-Control-Allow-Origin"] = "*"
    return response
