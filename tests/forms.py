"""What a browser sends of a page."""

import lxml.html
from django.urls import reverse

from estates_portal.accounts.models import Role


def fields_of(page, number=-1):
    """{name: value, or list of values} that a form of the page sends: by default the last that is sent by POST."""
    root = lxml.html.fromstring(page.content.decode())
    form = [form for form in root.forms if form.method == "POST"][number]
    values = {}
    for name, value in form.form_values():
        values.setdefault(name, []).append(value)
    values.pop("csrfmiddlewaretoken", None)
    return {name: several if len(several) > 1 else several[0] for name, several in values.items()}


def invites(client, people, organisation=None, others=(), role=Role.CONTRIBUTOR, **changed):
    """The answer after someone pastes people to invite and, if the list can be read, sends all rows.

    `changed` are fields of the page that checks the list.
    """
    typed = {"people": people, "organisation": getattr(organisation, "pk", ""), "role": role}
    typed["other_organisations"] = [other.pk for other in others]
    page = client.post(reverse("people:invite"), typed)
    if "rows" not in page.context:
        return page
    return client.post(reverse("people:invite"), {**fields_of(page), **changed})
