"""The data that a browser posts from the form of a page."""

import html
import re
from html.parser import HTMLParser

NOT_POSTED = {"submit", "file", "button"}  # types of inputs


def opened_by(form):
    """{name: value} of the hidden input of a `MergedForm`."""
    name, text = re.findall(r'(?:name|value)="([^"]*)"', str(form.opened_input))
    return {name: html.unescape(text)}


class _Forms(HTMLParser):
    """Reads the controls of every form, each form as (method, address, {name: [texts]})."""

    def __init__(self):
        super().__init__()
        self.forms = []
        self.text_area, self.select = None, None

    def handle_starttag(self, tag, attrs):
        attrs = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.forms.append((attrs.get("method", "get"), attrs.get("action", ""), {}))
        if not self.forms:
            return
        if tag == "option" and self.select is not None:
            self.options.append((attrs.get("value", ""), "selected" in attrs))
        name = attrs.get("name")
        if not name or "disabled" in attrs:
            return
        if tag == "textarea":
            self.text_area, self.text = name, ""
        elif tag == "select":
            self.select, self.options, self.multiple = name, [], "multiple" in attrs
        elif tag == "input" and attrs.get("type") not in NOT_POSTED:
            is_box = attrs.get("type") in {"radio", "checkbox"}
            if "checked" in attrs or not is_box:
                self._add(name, attrs.get("value", "on" if is_box else ""))

    def handle_endtag(self, tag):
        if tag == "textarea" and self.text_area:
            self._add(self.text_area, self.text.removeprefix("\n"))
            self.text_area = None
        elif tag == "select" and self.select is not None:
            chosen = [value for value, is_chosen in self.options if is_chosen]
            if not chosen and not self.multiple:
                chosen = [value for value, _is_chosen in self.options[:1]]
            for value in chosen:
                self._add(self.select, value)
            self.select = None

    def handle_data(self, data):
        if self.text_area:
            self.text += data

    def _add(self, name, text):
        self.forms[-1][2].setdefault(name, []).append(text)


def posted_by(response, containing=""):
    """(address or "", data) of the first form of the page that posts an input of this name.

    Without a name it is the first form in the page's content, but not the button that follows a project.
    """
    page = response.content.decode()
    if not containing and "<main" in page:
        page = page.partition("<main")[2]
    parser = _Forms()
    parser.feed(page)
    for method, address, data in parser.forms:
        is_wanted = containing in data if containing else not address.endswith("/follow/")
        if method == "post" and is_wanted:
            return address, data
    raise AssertionError(f"No form posts {containing or 'anything'}")
