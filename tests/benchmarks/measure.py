"""Measures one database: fills it to a number of projects, then times each page in this process and under gunicorn.

`run.py` runs it in a separate process with DATABASE_URL. Prints one JSON object.
"""

import http.client
import io
import json
import os
import socket
import statistics
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from itertools import cycle, islice
from pathlib import Path
from urllib.parse import quote_plus

import django

os.environ["DJANGO_SETTINGS_MODULE"] = "tests.benchmarks.settings"
django.setup()

from django.conf import settings  # noqa: E402
from django.core.cache import caches  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.db import connection  # noqa: E402
from django.db.models import Count, F  # noqa: E402
from django.test import Client  # noqa: E402

from estates_portal.accounts.models import Role, User  # noqa: E402
from estates_portal.paging import PER_PAGE  # noqa: E402
from estates_portal.wsgi import with_deep_stack  # noqa: E402
from projects.models import Hub, Programme, Project, ReportingPeriod  # noqa: E402
from projects.portfolio.board.views import MAX_PROJECTS  # noqa: E402
from sites.models import EstateReturn, Organisation, Postcode, Revision, Site  # noqa: E402

ROUNDS = 40
MANY = 500  # projects: a word with more matches is a common word
LOAD_SECONDS = 3
LOAD_CLIENTS = 4
COMMON_WORDS = [
    "health",
    "centre",
    "hub",
    "river",
    "north",
    "ward",
    "luton",
    "bedford",
    "park",
    "mill",
    "grove",
    "oak",
    "house",
    "primary",
    "unit",
    "road",
    "care",
    "family",
]


def fill(count):
    """Migrate, load the data and add example projects and sites up to `count` each. Return the seconds this took."""
    start = time.perf_counter()
    call_command("migrate", verbosity=0)
    call_command("load_blmk", stdout=io.StringIO())
    call_command("load_postcodes", stdout=io.StringIO())
    missing = count - Project.objects.count()
    if missing > 0:
        call_command("make_example_projects", count=missing, stdout=io.StringIO())
    add_sites(count)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE" if connection.vendor == "postgresql" else "ANALYZE")
    return time.perf_counter() - start


def add_sites(count):
    """Copy example sites with their returns, without projects, until there are `count` sites."""
    examples = list(Site.objects.filter(is_example=True).prefetch_related("estate_returns"))
    copies, returns = [], []
    for number, site in enumerate(islice(cycle(examples), max(0, count - Site.objects.count()))):
        values = {field.attname: getattr(site, field.attname) for field in Site._meta.concrete_fields}
        copies.append(Site(**values | {"id": None, "slug": f"{site.slug}-copy-{number}"}))
        for row in site.estate_returns.all():
            values = {field.attname: getattr(row, field.attname) for field in EstateReturn._meta.concrete_fields}
            returns.append((number, values | {"id": None}))
    Site.objects.bulk_create(copies, batch_size=500)
    rows = [EstateReturn(**values | {"site_id": copies[number].pk}) for number, values in returns]
    EstateReturn.objects.bulk_create(rows, batch_size=500)


def signed_in(role=Role.VIEWER):
    """A client signed in as a user of a partner: by default a viewer, whose visibility rule is the longest."""
    organisation = Organisation.objects.get(slug="milton-keynes-university-hospital-nhs-foundation-trust")
    user, _new = User.objects.get_or_create(
        email=f"bench-{role}@example.org", defaults={"name": "Bench", "role": role, "organisation": organisation}
    )
    client = Client(headers={"host": "127.0.0.1"})
    client.force_login(user)
    return client


def pages():
    """{measure: addresses}. The last page of the list is the last full page.

    The programme, site and organisation are those with the most projects.
    """
    last = Project.objects.count() // 25
    published = Project.objects.filter(published=True).order_by("pk")
    slugs = list(published.values_list("slug", flat=True)[:: max(1, published.count() // ROUNDS)][:ROUNDS])
    # words by number of matches, so that pages have the same length at each size: one row, or a full page
    sample = published.values_list("title", flat=True)[:: max(1, published.count() // 400)]
    titles = [title.removeprefix("Example: ") for title in sample]
    names = texts_with_matches(titles, 1, 1)
    words = texts_with_matches(sorted({word for title in titles for word in title.split()}), PER_PAGE, MANY)
    common = texts_with_matches(COMMON_WORDS, PER_PAGE)
    references = list(published.values_list("reference", flat=True)[:: max(1, published.count() // 20)][:20])
    stages = ["identified", "soc", "obc", "fbc", "construction", "operational"]
    kinds = ["hub", "hospital_scheme"]
    programme, site, organisation = (
        model.objects.alias(n=Count(projects)).order_by("-n", "pk").first()
        for model, projects in ((Programme, "projects"), (Site, "projects"), (Organisation, "led_projects"))
    )
    places = ["bedford-borough", "central-bedfordshire", "luton", "milton-keynes"]
    postcodes = [quote_plus(code) for code in Postcode.objects.order_by("pk").values_list("code", flat=True)[::1000]]
    return {
        "hello": ["/hello"],
        "home": ["/?front"],
        "dashboard": ["/"],
        "dashboard of a place and kind": [f"/?place={place}&kind={kind}" for place in places for kind in kinds],
        "what changed": ["/what-changed/"],
        "timeline of a stage": [f"/timeline/?stage={stage}&place={place}" for place in places for stage in stages],
        "list, first page": ["/projects/"],
        "list, last page": [f"/projects/?page={last}"],
        "list, filtered": [f"/projects/?place={place}&stage={stage}" for place in places for stage in stages],
        "list, searched for a name": [f"/projects/?q={name}" for name in names],
        "list, searched for a word": [f"/projects/?q={word}" for word in words],
        "list, searched for a common word": [f"/projects/?q={word}" for word in common],
        "search for a reference": [f"/search/?q={reference}" for reference in references],
        "search for a name": [f"/search/?q={name}" for name in names],
        "search for a word": [f"/search/?q={word}" for word in words],
        "search for a common word": [f"/search/?q={word}" for word in common],
        "risk removed, ranked": ["/risk-removed/"],
        "project": [f"/projects/{slug}/" for slug in slugs],
        "programmes": ["/programmes/"],
        "programme": [programme.get_absolute_url()],
        "priority": ["/priorities/maternity-hubs/"],
        "sites": ["/sites/"],
        "sites, most backlog first": ["/sites/?sort=-backlog"],
        "sites, filtered": [f"/sites/?place={place}&kind=health_centre" for place in places],
        "map of projects": ["/map/"],
        "map of backlog": ["/map/?layer=backlog"],
        "near a postcode": [f"/near/?q={code}" for code in postcodes],
        "site": [site.get_absolute_url()],
        "organisations": ["/organisations/"],
        "organisation": [organisation.get_absolute_url()],
        "place": ["/places/luton/"],
    }


def texts_with_matches(texts, least, most=float("inf")):
    """The first 20 texts, URL-encoded, that match this number of projects visible to the viewer."""
    projects = Project.objects.visible_to(User.objects.get(email=f"bench-{Role.VIEWER}@example.org"))
    matching = []
    for text in texts:
        if least <= projects.matching(text).count() <= most:
            matching.append(quote_plus(text))
    return matching[:20]


def admin_pages():
    """The same for Django admin and long forms, for an administrator.

    The milestone form is that of the project with the most milestones.
    """
    last = Hub.objects.count() // 50
    project = Project.objects.alias(n=Count("milestones")).order_by("-n", "pk").first()
    return {
        "milestone form": [f"{project.get_absolute_url()}milestones/add/"],
        "grid of dates": ["/milestones/"],
        "admin: hubs, first page": ["/admin/projects/hub/"],
        "admin: hubs, last page": [f"/admin/projects/hub/?p={last}"],
        "admin: hubs, filtered": ["/admin/projects/hub/?stage__exact=construction"],
        "admin: sites": ["/admin/sites/site/"],
        "admin: organisations": ["/admin/sites/organisation/"],
    }


def timed(client, url, **headers):
    get = with_deep_stack(client.get)  # as the server calls Django
    start = time.perf_counter()
    response = get(url, headers=headers)
    taken = (time.perf_counter() - start) * 1000
    if response.status_code not in (200, 304):
        raise SystemExit(f"{url} answered {response.status_code}")
    return taken, response


def in_process(client, urls):
    """Median and 95th percentile in milliseconds: of first visits if there are many addresses, else of repeats.

    Users open such pages one after another, so later visits, which use the cache, would look too fast.
    """
    caches["memory"].clear()
    timed(client, "/projects/")  # the filter choices, which all lists share
    timed(client, "/hello")
    first = [timed(client, url)[0] for url in urls]
    again = [timed(client, urls[number % len(urls)])[0] for number in range(ROUNDS)]
    times = first if len(urls) > 1 else again
    return {"p50": statistics.median(times), "p95": sorted(times)[int(len(times) * 0.95) - 1]}


def not_modified(client, url):
    """Median milliseconds of a visit by a browser that has the unchanged page."""
    tag = timed(client, url)[1]["ETag"]
    times = [timed(client, url, **{"if-none-match": tag})[0] for _ in range(ROUNDS)]
    return {"p50": statistics.median(times), "p95": sorted(times)[int(ROUNDS * 0.95) - 1]}


def after_a_change(client, url):
    """Median milliseconds of the first visit after a change, with an empty cache."""
    timed(client, url)
    times = []
    for _ in range(10):
        Revision.objects.update(number=F("number") + 1)
        times.append(timed(client, url)[0])
    return {"p50": statistics.median(times), "p95": max(times)}


def download_times(client):
    """The time of one slow download each, as p50 and p95 in milliseconds."""
    period = ReportingPeriod.objects.filter(closed_at__isnull=False).order_by("-starts_on").first()
    programmes = Programme.objects.annotate(number=Count("projects")).filter(number__lte=MAX_PROJECTS)
    scope = f"&programme={programmes.order_by('-number').first().slug}"
    urls = {
        "export: projects as CSV": "/export/projects.csv",
        "export: workbook of four sheets": "/export/portfolio.xlsx",
        "board report as PDF": f"/board-report/report.pdf?period={period.slug}{scope}",
        "board report as Word": f"/board-report/report.docx?period={period.slug}{scope}",
    }
    times = {}
    for name, url in urls.items():
        start = time.perf_counter()
        response = client.get(url)
        if response.status_code != 200:
            raise SystemExit(f"{url} answered {response.status_code}")
        for _part in response.streaming_content:
            pass
        taken = (time.perf_counter() - start) * 1000
        times[name] = {"p50": taken, "p95": taken}
    return times


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def under_gunicorn(client, measured):
    """For each page: requests a second with a few clients, and the server's CPU milliseconds a request."""
    port = free_port()
    command = [sys.executable, "-m", "gunicorn", "--config", "estates_portal/gunicorn.py", "--keep-alive", "30"]
    command += ["--max-requests", "0"]  # the figures of a worker are lost if it ends
    command += ["--bind", f"127.0.0.1:{port}", "estates_portal.wsgi"]
    server = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    cookie = f"{settings.SESSION_COOKIE_NAME}={client.cookies[settings.SESSION_COOKIE_NAME].value}"
    try:
        wait_for(port)
        return {name: load(server.pid, port, urls, cookie) for name, urls in measured.items()}
    finally:
        server.terminate()
        server.wait()


def wait_for(port):
    for _ in range(200):
        try:
            http.client.HTTPConnection("127.0.0.1", port, timeout=1).connect()
            return
        except OSError:
            time.sleep(0.1)
    raise SystemExit("gunicorn did not start")


def workers_of(pid):
    """The ids of the child processes of `pid`."""
    ids = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and (entry / "stat").exists():
            parent = (entry / "stat").read_text().rpartition(")")[2].split()[1]
            if int(parent) == pid:
                ids.append(int(entry.name))
    return ids


def cpu_seconds(pids):
    """User and system time of these processes so far."""
    ticks = 0
    for pid in pids:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def load(pid, port, urls, cookie):
    request_rounds(2, port, urls, cookie)  # to warm up: on a slow machine too, repeated visits are measured
    workers = workers_of(pid)
    before = cpu_seconds(workers)
    done = request_for(LOAD_SECONDS, port, urls, cookie)
    return {"rps": done / LOAD_SECONDS, "cpu_ms": (cpu_seconds(workers) - before) * 1000 / done}


def request_rounds(rounds, port, urls, cookie):
    """Let each client request every address this often."""
    in_threads(lambda: request_urls(port, urls * rounds, cookie))


def request_for(seconds, port, urls, cookie):
    """Request the addresses in turn for this long. Return the number of responses."""
    until = time.perf_counter() + seconds
    return sum(in_threads(lambda: request_urls(port, cycle(urls), cookie, until)))


def in_threads(work):
    """[what `work` returns] of each client, all at once."""
    with ThreadPoolExecutor(LOAD_CLIENTS) as pool:
        return [client.result() for client in [pool.submit(work) for _ in range(LOAD_CLIENTS)]]


def request_urls(port, urls, cookie, until=float("inf")):
    """Request the addresses one after the other until this time. Return the number of responses."""
    server = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    done = 0
    for url in urls:
        if time.perf_counter() >= until:
            break
        server.request("GET", url, headers={"Cookie": cookie})
        response = server.getresponse()
        response.read()
        if response.status != 200:
            raise SystemExit(f"{url} answered {response.status}")
        done += 1
    return done


def main(count):
    seconds = fill(count)
    client, administrator = signed_in(), signed_in(Role.ADMINISTRATOR)
    measured = [(client, pages()), (administrator, admin_pages())]
    times = {name: in_process(who, urls) for who, named in measured for name, urls in named.items()}
    public = Client()  # signed-in users always get the page
    times["list, not modified"] = not_modified(public, "/projects/")
    times["project, not modified"] = not_modified(public, measured[0][1]["project"][0])
    for name in ("home", "list, first page", "programme", "place", "dashboard"):
        times[f"{name}, after a change"] = after_a_change(client, measured[0][1][name][0])
    times |= download_times(client)
    for who, named in measured:
        for name, served in under_gunicorn(who, named).items():
            times[name].update(served)
    print(json.dumps({"projects": Project.objects.count(), "fill_seconds": seconds, "pages": times}))  # noqa: T201


if __name__ == "__main__":
    main(int(sys.argv[1]))
