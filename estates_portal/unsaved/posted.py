"""What a form posts beside its answers: who opened it, and its one-time key. And what a user typed, to show it again.

`{% csrf_token %}` writes both hidden inputs into every form.
"""

import re
import secrets
from urllib.parse import urlsplit

from django.core import signing
from django.middleware.csrf import get_token
from django.utils.html import escape
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.text import capfirst

from estates_portal.merging import row_name_of

TOKEN = "csrfmiddlewaretoken"  # noqa: S105 -- the name of an input
WRITER = "writer"
FORM_KEY = "form_key"
AUTOSAVE = "autosave"  # the action of a form that a script sends while its user types
SALT = "projects.report"  # of the signature; forms that are open during an upgrade have it
SECRETS = re.compile(r"password|^(code|credential)$")
NOT_TYPED = re.compile(
    r"^(csrfmiddlewaretoken|writer|form_key|action|version|opened|opened_version|unanswered|page|next|fingerprint)$"
    r"|^(_|initial-|seen-)|-(TOTAL|INITIAL|MIN_NUM|MAX_NUM)_FORMS$|-(opened|seen|version)$"
)


def writer_of(user):
    """The signed id of a signed-in user, for the forms on their pages; "" for a signed-out one."""
    return signing.dumps(user.pk, salt=SALT) if user.is_authenticated else ""


def person_of(data):
    """The id of the user who opened the form that posted this, or None."""
    try:
        return signing.loads(data.get(WRITER, ""), salt=SALT)
    except signing.BadSignature:
        return None


def is_by(user, data):
    """Whether the signed-in user opened the form that posted this. Another site cannot make such a form."""
    return user.is_authenticated and person_of(data) == user.pk


def new_form_key():
    return secrets.token_hex(16)


def is_autosave(request):
    return request.POST.get("action") == AUTOSAVE


def answers_of(data):
    """The posted data as a QueryDict without the token and without passwords and codes."""
    answers = data.copy()
    for name in list(answers):
        if name == TOKEN or SECRETS.search(name):
            del answers[name]
    return answers


def typed(data):
    """[(label, text)] of the answers that are not blank."""
    lists = [(name, [text for text in texts if text.strip()]) for name, texts in data.lists()]
    return [
        (label_of(name, row_name_of(data, name.rpartition("-")[0])), "Yes" if texts == ["on"] else ", ".join(texts))
        for name, texts in lists
        if texts and not NOT_TYPED.search(name)
    ]


def label_of(name, row_name=""):
    """The name of a field as text: "Next steps" for next_steps, "Actions 2: due on" for actions-1-due_on.

    `row_name` replaces the first part: "Hub, Opening: forecast" for m279-forecast.
    """
    *row, field = [_part(part) for part in name.split("-")]
    row_name = row_name or " ".join(row)
    return capfirst(f"{row_name}: {field}" if row_name else field)


def _part(part):
    is_index = part.isascii() and part.isdecimal() and len(part) < 5
    return str(int(part) + 1) if is_index else part.replace("_", " ")


def shows(response, data):
    """Whether the response is a page with every line that was typed."""
    if getattr(response, "shows_unsaved", False):
        return True
    if response.streaming or response.status_code not in {200, 409}:
        return False
    html = response.content.decode(response.charset, "replace")
    texts = [text for name, texts in data.lists() if not NOT_TYPED.search(name) for text in texts]
    lines = {line.strip() for text in texts for line in text.splitlines()}
    return all(escape(line) in html for line in lines)


def hidden_inputs(request, data):
    """[(name, value)] that send the same form again, with a new token."""
    fields = [(name, text) for name, texts in data.lists() for text in texts if name != TOKEN]
    return [(TOKEN, get_token(request)), *fields]


def page_before(request):
    """The path and query of the page with the form that was posted, or the home page."""
    parts = urlsplit(request.META.get("HTTP_REFERER", ""))
    path = f"{parts.path}?{parts.query}" if parts.query else parts.path
    is_ours = parts.netloc == request.get_host() and url_has_allowed_host_and_scheme(path, None)
    return path if is_ours else "/"
