"""`make bench`: prints tables of the main pages at three sizes on each database, compared with an empty view.

BENCH_POSTGRES_URL adds PostgreSQL: its database is emptied, so use a separate one. BENCH_SIZES sets other sizes.
"""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

SIZES = [int(size) for size in os.environ.get("BENCH_SIZES", "500,5000,50000").split(",")]
RESULTS = Path("bench-results")


def measure(url, size):
    done = subprocess.run(
        [sys.executable, "-m", "tests.benchmarks.measure", str(size)],
        env={**os.environ, "DATABASE_URL": url},
        stdout=subprocess.PIPE,
        check=True,
        text=True,
    )
    return json.loads(done.stdout.splitlines()[-1])


def empty(url):
    """Empty the PostgreSQL database."""
    import psycopg2

    with psycopg2.connect(url) as connection, connection.cursor() as cursor:
        cursor.execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public")


def databases():
    with tempfile.TemporaryDirectory() as folder:
        yield "SQLite", lambda size: f"sqlite:///{folder}/bench-{size}.sqlite3"
    url = os.environ.get("BENCH_POSTGRES_URL")
    if not url:
        say("PostgreSQL: not measured. Set BENCH_POSTGRES_URL=postgres://... to do so.")
        return

    def emptied(size):
        empty(url)
        return url

    yield "PostgreSQL", emptied


def say(line=""):
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def table(name, results):
    """For each page and size: p50 and p95 in process, requests a second and CPU under gunicorn, CPU in empty views."""
    sizes = list(results)
    head = " | ".join(f"{size:,}: p50 ms | p95 ms | req/s | CPU ms | x hello" for size in sizes)
    say(f"\n### {name}\n\n| page | {head} | p50 growth |")
    say("| --- |" + " --: |" * (5 * len(sizes) + 1))
    for page in results[sizes[0]]["pages"]:
        cells = []
        for size in sizes:
            figures, floor = results[size]["pages"][page], results[size]["pages"]["hello"]
            cells.append(f"{figures['p50']:.1f} | {figures['p95']:.1f}")
            if "rps" in figures:
                cells.append(
                    f"{figures['rps']:.0f} | {figures['cpu_ms']:.1f} | {figures['cpu_ms'] / floor['cpu_ms']:.1f}"
                )
            else:  # measured in process only
                cells.append(f"- | - | {figures['p50'] / floor['p50']:.1f}")
        growth = results[sizes[-1]]["pages"][page]["p50"] / results[sizes[0]]["pages"][page]["p50"]
        say(f"| {page} | {' | '.join(cells)} | {growth:.2f} |")


def main():
    RESULTS.mkdir(exist_ok=True)
    for name, url in databases():
        results = {}
        for size in SIZES:
            say(f"{name}, {size:,} projects ...")
            results[size] = measure(url(size), size)
            say(f"  filled in {results[size]['fill_seconds']:.0f} s")
        (RESULTS / f"{name.lower()}.json").write_text(json.dumps(results, indent=1))
        table(name, results)


if __name__ == "__main__":
    main()
