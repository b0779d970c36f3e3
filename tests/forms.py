"""What a browser sends of a page."""

import lxml.html


def fields_of(page, number=-1):
    """{name: value, or list of values} that a form of the page sends: by default the last that is sent by POST."""
    root = lxml.html.fromstring(page.content.decode())
    form = [form for form in root.forms if form.method == "POST"][number]
    values = {}
    for name, value in form.form_values():
        values.setdefault(name, []).append(value)
    values.pop("csrfmiddlewaretoken", None)
    return {name: several if len(several) > 1 else several[0] for name, several in values.items()}
