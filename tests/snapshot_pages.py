"""Writes every page for every user as text, to compare two commits.

    python -m tests.snapshot_pages OUT [--reader R] [--only TEXT]     write the pages, from a new database
    python -m tests.snapshot_pages --compare OLD NEW [--queries]      print differences; exits 1 if there are any

OUT/html/<reader>/ has one file for each page: its status code, then its normalised content (see `normalised`).
OUT/queries.tsv has its number of queries on a first visit (with an empty cache) and on a second one.
Two runs of one commit write the same files. On SQLite in memory, or on the PostgreSQL of DATABASE_URL, in a database
named after it (`snapshot_...`) that is created and deleted at the end.
"""

import argparse
import datetime
import difflib
import io
import json
import logging
import os
import re
import shutil
import sys
import zipfile
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote_plus

NOON = datetime.datetime(2026, 10, 28, 12, tzinfo=datetime.UTC)  # October's reports are due, September's are overdue
READERS = ["anonymous", "viewer", "contributor", "programme_office", "administrator"]
EXAMPLE_PROJECTS = 40
KEPT_HEADERS = ["Location", "Content-Disposition"]
DIFF_LINES, DIFF_PAGES = 24, 40

# Normalise -----------------------------------------------------------------------------------------------------------
VOID = set("area base br col embed hr img input link meta source track wbr".split())  # noqa: SIM905
INLINE = set(
    "a abbr b bdi bdo cite code del dfn em i ins kbd mark q s samp small span strong sub sup time u var".split()  # noqa: SIM905
)
RANDOM = re.compile(
    r"(?=.*[A-Z])[A-Za-z0-9]{16,64}|[0-9a-f]{32}|[\w-]+:[\w-]+:[\w-]{20,}"
)  # of hidden fields: tokens, signed values
HASHED = re.compile(r"\.[0-9a-f]{8,32}(?=\.(?:css|js|svg|png|ico|json|woff2?)\b)")
# The secret of a link, and the key of an authenticator app
SECRETS = [
    (re.compile(r"(/calendar/)[\w-]{30,}(/)"), r"\1SECRET\2"),
    (re.compile(r"\b[A-Z2-7]{32}\b"), "SECRET"),
    (re.compile(r"data:image/svg\+xml;base64,[\w+/=]{2000,}"), "PICTURE"),
]


class _Lines(HTMLParser):
    """One line for each tag and text. White space counts only where a browser shows it."""

    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.lines, self.depth, self.exact = [], 0, 0
        self.broken = True  # after nothing or the end of a block a space does not show

    def _add(self, line):
        self.lines.append("  " * self.depth + line)

    def _break(self):
        """At the start or end of a block, white space before it does not show."""
        for at in range(len(self.lines) - 1, -1, -1):
            line = self.lines[at].lstrip()
            if line.startswith('"'):
                text = json.loads(line).rstrip(" ")
                if text:
                    self.lines[at] = self.lines[at][: -len(line)] + _quoted(text)
                else:
                    del self.lines[at]
                break
            if re.match(r"</?(\w+)", line).group(1) not in INLINE:
                break
        self.broken = True

    def handle_starttag(self, tag, attrs):
        if tag not in INLINE:
            self._break()
        self._add(f"<{tag}{''.join(_attribute(name, value, dict(attrs)) for name, value in sorted(attrs))}>")
        if tag not in VOID:
            self.depth += 1
            self.exact += tag in {"pre", "textarea", "script", "style"}

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.handle_endtag(tag)

    def handle_endtag(self, tag):
        if tag in VOID:
            return
        if tag not in INLINE:
            self._break()
        self.depth = max(0, self.depth - 1)
        self.exact -= tag in {"pre", "textarea", "script", "style"}
        self._add(f"</{tag}>")

    def handle_data(self, data):
        if self.exact:
            self._add(_quoted(data))
            return
        text = re.sub(r"[ \t\r\n\f]+", " ", data)
        if self.broken:
            text = text.lstrip(" ")
        if text:
            self._add(_quoted(text))
            self.broken = text.endswith(" ")


def _quoted(text):
    return json.dumps(text, ensure_ascii=False)


def _attribute(name, value, attrs):
    value = " ".join((value or "").split()) if name in {"class", "style", "d", "points", "content"} else value or ""
    if name == "nonce" or (name == "value" and attrs.get("type") == "hidden" and RANDOM.fullmatch(value)):
        value = "RANDOM"
    return f" {name}={_quoted(value)}"


def normalised_html(text):
    """The page as lines of tags and texts, without random values."""
    lines = _Lines()
    lines.feed(text)
    lines.close()
    lines._break()
    return without_secrets("\n".join(lines.lines))


def without_secrets(text):
    text = HASHED.sub("", text)
    for pattern, name in SECRETS:
        text = pattern.sub(name, text)
    return text


def normalised(content_type, content):
    """The content of a response as text."""
    kind = content_type.split(";")[0].strip()
    if kind == "text/html":
        return normalised_html(content.decode())
    if kind == "application/json":
        return json.dumps(json.loads(content), indent=1, ensure_ascii=False)
    if kind == "application/pdf":
        return _pdf(content)
    if kind.endswith("wordprocessingml.document"):
        return re.sub(
            r"(?=<w:(?:p|tbl|tr)\b)", "\n", zipfile.ZipFile(io.BytesIO(content)).read("word/document.xml").decode()
        )
    if kind.endswith("spreadsheetml.sheet"):
        return _workbook(content)
    text = content.decode().replace("\r\n", "\n")
    return without_secrets(re.sub(r">\s*<", ">\n<", text) if "xml" in kind else text)


def _pdf(content):
    from pypdf import PdfReader

    return "\n\n".join(page.extract_text() for page in PdfReader(io.BytesIO(content)).pages)


def _word(content):
    text = zipfile.ZipFile(io.BytesIO(content)).read("word/document.xml").decode()
    return re.sub(r"(?=<w:(?:p|tbl|tr)\b)", "\n", text)


def _workbook(content):
    from openpyxl import load_workbook

    book = load_workbook(io.BytesIO(content))
    sheets = ([sheet.title, *("\t".join(_cell(cell) for cell in row) for row in sheet.iter_rows())] for sheet in book)
    return "\n\n".join("\n".join(lines) for lines in sheets)


def _cell(cell):
    value = "" if cell.value is None else str(cell.value)
    return value + (f" -> {cell.hyperlink.target}" if cell.hyperlink else "")


def file_name(path):
    """The file name for the page of this address, without ids."""
    name = re.sub(r"/\d+(?=/)", "/pk", without_secrets(unquote_plus(path)))
    name = name.strip("/").replace("/?", "@").replace("/", "~").replace("?", "@").replace(" ", "+").replace("\0", "")
    return (name or "home")[:180]


# Write ---------------------------------------------------------------------------------------------------------------
def write(out, only_reader="", only=""):
    """Fill a database and write every page of it."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "estates_portal.settings.test"
    import django
    import time_machine

    django.setup()
    from django.conf import settings
    from django.db import connection

    logging.disable(logging.CRITICAL)  # 403 and 404 pages are intended
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    if connection.vendor == "postgresql":
        connection.settings_dict["TEST"]["NAME"] = f"snapshot_{connection.settings_dict['NAME']}"
    before = connection.settings_dict["NAME"]
    shutil.rmtree(out / "html", ignore_errors=True)
    connection.creation.create_test_db(verbosity=0, autoclobber=True)
    try:
        with time_machine.travel(NOON, tick=False):
            clients, pages = fill()
            rows = []
            for reader, client in clients.items():
                if not only_reader or reader == only_reader:
                    chosen = [path for path in pages[reader] if only in path]
                    rows += write_reader(out / "html" / reader, reader, client, chosen)
    finally:
        connection.creation.destroy_test_db(before, verbosity=0)
    lines = ["reader\tpage\tfirst visit\tsecond visit", *("\t".join(map(str, row)) for row in rows)]
    (out / "queries.tsv").write_text("\n".join(lines) + "\n")
    say(f"{len(rows)} pages written to {out}")


def fill():
    """Load the data and add the users. Return ({reader: client}, {reader: addresses})."""
    from django.core.management import call_command
    from django.test import Client

    from projects.models import Project
    from tests.factories import PASSWORD, UserFactory
    from tests.pages import DOWNLOADS, FILTERED_PAGES, PAGES, admin_pages, office_pages, project_pages

    call_command("load_blmk", verbosity=0, stdout=io.StringIO())
    call_command("make_example_projects", count=EXAMPLE_PROJECTS, verbosity=0, stdout=io.StringIO())
    reports = Project.objects.filter(is_example=True, current_report__isnull=False, delivery_state="active")
    own = reports.exclude(programme=None).order_by("slug").last()  # of the contributor's organisation
    clients = {reader: Client() for reader in READERS}
    for reader in READERS[1:]:
        UserFactory(
            email=f"{reader}@example.org",
            name=f"Sam {reader.replace('_', ' ').title()}",
            role=reader,
            organisation=own.lead_organisation,
        )
        answer = clients[reader].post("/account/sign-in/", {"login": f"{reader}@example.org", "password": PASSWORD})
        assert answer.status_code == 302, answer.content.decode()
    links = clients["programme_office"].post("/calendar/")
    calendar = re.search(r"/calendar/[\w-]{30,}/", links.content.decode()).group()
    restricted = Project.objects.filter(restricted=True).order_by("slug").first()
    draft = Project.objects.filter(is_example=True, published=False, restricted=False).order_by("slug").first()
    blmk = Project.objects.filter(is_example=False, published=True).order_by("slug").first()
    pages = [*PAGES, *office_pages(), *FILTERED_PAGES, *DOWNLOADS, f"{calendar}all.ics", f"{calendar}mine.ics"]
    for project in (own, restricted, draft, blmk):
        pages += project_pages(project) if project else []
    admin_addresses = admin_pages()
    return clients, {
        reader: list(dict.fromkeys([*pages, *(admin_addresses if reader == "administrator" else admin_addresses[:1])]))
        for reader in READERS
    }


class Count:
    """Counts queries."""

    queries = 0

    def __call__(self, execute, *query):
        self.queries += 1
        return execute(*query)


def write_reader(folder, reader, client, paths):
    """Write the reader's pages. Return [(reader, page, queries of the first visit, of the second)]."""
    from django.contrib.contenttypes.models import ContentType
    from django.core.cache import caches
    from django.db import connection

    folder.mkdir(parents=True, exist_ok=True)
    client.raise_request_exception = False
    rows, taken = [], {}
    for path in paths:
        name = file_name(path)
        taken[name] = taken.get(name, 0) + 1
        name += f"~{taken[name]}" if taken[name] > 1 else ""
        for cache in caches.all():
            cache.clear()
        ContentType.objects.clear_cache()
        queries = []
        for _visit in range(2):
            count = Count()
            with connection.execute_wrapper(count):
                answer = client.get(path)
                content = b"".join(answer.streaming_content) if answer.streaming else answer.content
            queries.append(count.queries)
        kind = answer.headers.get("Content-Type", "")
        head = [f"{answer.status_code} {kind}"]
        head += [
            f"{name}: {answer.headers[name]}" for name in ("Location", "Content-Disposition") if name in answer.headers
        ]
        (folder / f"{name}.txt").write_text("\n".join([*head, "", normalised(kind, content)]) + "\n")
        rows.append((reader, name, *queries))
    return rows


# Compare -------------------------------------------------------------------------------------------------------------
def compare_html(old, new):
    """Print the differences of the pages. Return the number of pages that differ."""
    files = {file.relative_to(root / "html") for root in (old, new) for file in (root / "html").rglob("*.txt")}
    differing = 0
    for file in sorted(files):
        texts = [root / "html" / file for root in (old, new)]
        missing = [root for root, path in zip((old, new), texts, strict=True) if not path.exists()]
        if missing:
            differing += 1
            say(f"=== {file}: not in {missing[0]}")
            continue
        before, after = (path.read_text().splitlines() for path in texts)
        if before == after:
            continue
        differing += 1
        if differing <= DIFF_PAGES:
            say(f"=== {file}")
            diff = list(difflib.unified_diff(before, after, lineterm="", n=2))[2:]
            for line in diff[:DIFF_LINES]:
                say(line[:240])
            if len(diff) > DIFF_LINES:
                say(f"... {len(diff) - DIFF_LINES} more lines")
        else:
            say(f"=== {file} differs too")
    say(f"{differing} of {len(files)} pages differ")
    return differing


def compare_queries(old, new):
    """Print the pages with a different number of queries. Return how many there are."""
    before, after = (_queries(root) for root in (old, new))
    differing = 0
    for page in sorted(before.keys() & after.keys()):
        if before[page] != after[page]:
            differing += 1
            (first, second), (first_now, second_now) = before[page], after[page]
            say(f"{page}: first visit {first} -> {first_now}, second visit {second} -> {second_now}")
    for page in sorted(before.keys() ^ after.keys()):
        differing += 1
        say(f"{page}: only in {old if page in before else new}")
    both = before.keys() & after.keys()
    for name, at in (("first", 0), ("second", 1)):
        sums = [sum(numbers[page][at] for page in both) for numbers in (before, after)]
        say(f"{name} visits: {sums[0]} -> {sums[1]} queries")
    say(f"{differing} pages differ")
    return differing


def _queries(root):
    rows = [line.split("\t") for line in (root / "queries.tsv").read_text().splitlines()[1:]]
    return {f"{reader}/{page}": (int(first), int(second)) for reader, page, first, second in rows}


def say(line):
    sys.stdout.write(line + "\n")


def main(arguments=None):
    parser = argparse.ArgumentParser(prog="python -m tests.snapshot_pages", description=__doc__.splitlines()[0])
    parser.add_argument("folders", nargs="+", type=Path, metavar="OUT", help="where to write, or OLD NEW to compare")
    parser.add_argument("--compare", action="store_true", help="compare two folders")
    parser.add_argument("--queries", action="store_true", help="compare numbers of queries instead of pages")
    parser.add_argument("--reader", default="", choices=["", *READERS], help="write this reader's pages only")
    parser.add_argument("--only", default="", metavar="TEXT", help="write pages with this in their address only")
    options = parser.parse_args(arguments)
    if len(options.folders) != (2 if options.compare else 1):
        parser.error("name one folder to write, or two to compare")
    if options.compare:
        return 1 if (compare_queries if options.queries else compare_html)(*options.folders) else 0
    write(options.folders[0], options.reader, options.only)
    return 0


if __name__ == "__main__":
    sys.exit(main())
