"""Runs Typst, which lays out PDF files and pictures, in a process of its own.

Typst keeps the layout of the last ten documents in memory. The process gives that memory back at its end.
"""

import json
import subprocess
import sys
from pathlib import Path

from django.conf import settings

FONTS = settings.BASE_DIR / "node_modules" / "dejavu-fonts-ttf" / "ttf"
LAYOUT = Path(__file__).parent / "layout"
TIMEOUT = 120  # seconds

# PDF/UA-1 has a glyph for every letter: without one, as for emoji, the file is tagged but claims no standard.
PROGRAM = """
import sys
import typst

template, fonts, format = sys.argv[1:]
options = {
    "format": format,
    "font_paths": typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[fonts]),
    "sys_inputs": {"data": sys.stdin.read()},
}
try:
    file = typst.compile(template, pdf_standards="ua-1" if format == "pdf" else [], **options)
except typst.TypstError:
    file = typst.compile(template, **options)
sys.stdout.buffer.write(file)
"""


def typeset(template, data, format="pdf"):
    """The file (bytes) of a template of the folder `layout`, with the data as JSON; as "pdf", or a picture as "png"."""
    command = [sys.executable, "-I", "-X", "utf8", "-c", PROGRAM, str(LAYOUT / template), str(FONTS), format]
    done = subprocess.run(  # noqa: S603 -- the command has no input from users
        command, input=json.dumps(data).encode(), capture_output=True, timeout=TIMEOUT, check=False
    )
    if done.returncode:
        raise RuntimeError(f"Typst could not make the {format} file: {done.stderr.decode(errors='replace')[-2000:]}")
    return done.stdout
