"""What the public addresses of the portal give a reader who is not signed in."""

import datetime
from io import BytesIO
from zipfile import ZipFile

import time_machine
from django.test import Client

from tests.conftest import clean_caches
from tests.permission_table import TABLE, address

PUBLIC = [
    "home",
    *(name for name, codes in TABLE.items() if name.startswith(("projects:", "sites:")) and codes["anonymous"] == 200),
]


def text_of(content):
    """The text of a page or file; of a workbook, that of its sheets."""
    if not content.startswith(b"PK"):
        return content.decode()
    with ZipFile(BytesIO(content)) as workbook:
        return "".join(workbook.read(part).decode() for part in workbook.namelist() if part.startswith("xl/"))


def public_texts(records):
    """{name of a public address: its text on 30 November for a reader who is not signed in}."""
    texts = {}
    clean_caches()
    with time_machine.travel(datetime.datetime(2026, 11, 30, 9, tzinfo=datetime.UTC), tick=False):
        client = Client()
        for name in PUBLIC:
            response = client.get(address(name, records))
            content = b"".join(response.streaming_content) if response.streaming else response.content
            texts[name] = text_of(content)
    return texts
