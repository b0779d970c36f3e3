"""A small gazetteer (tests/data/gazetteer): a few postcodes, outward codes and towns of the shipped files."""

from pathlib import Path

from sites.gazetteer import load_gazetteer

SAMPLE = Path(__file__).parent / "data" / "gazetteer"


def load_sample():
    load_gazetteer(SAMPLE)
