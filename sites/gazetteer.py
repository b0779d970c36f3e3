"""Loads the gazetteer from published files: postcodes, outward codes, towns and diagnostic centres."""

import csv
import hashlib
import json
from pathlib import Path

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.text import slugify

from .models import DiagnosticCentre, GazetteerSource, OutwardCode, Place, Postcode, Town, normalise_postcode

DATA = Path(__file__).resolve().parent / "data"
SOURCES, POSTCODES, OUTCODES, TOWNS = "sources.csv", "postcodes.csv", "outcodes.csv", "towns.csv"
CENTRES = "diagnostic-centres.geojson"
FILES = (SOURCES, POSTCODES, OUTCODES, TOWNS, CENTRES)
BATCH = 2000


class BadGazetteer(ValueError):
    """A file is missing or is not in its format; the message says which, and where."""


def load_gazetteer(folder=DATA):
    """Replace the gazetteer with the files in `folder`; return {kind of record: number}, empty if nothing has changed.

    Each record is in the place of the portal with the same GSS code, so the system is loaded first. Raises BadGazetteer
    before anything is saved.
    """
    folder = Path(folder)
    places = dict(Place.objects.exclude(gss_code="").order_by("pk").values_list("gss_code", "pk"))
    fingerprint = _fingerprint(folder, places)
    known = set(GazetteerSource.objects.values_list("fingerprint", flat=True))
    if known == {fingerprint} and Postcode.objects.exists():
        return {}
    sources = [
        GazetteerSource(fingerprint=fingerprint, **{name: row[name] for name in SOURCE_COLUMNS})
        for row in _rows(folder / SOURCES, SOURCE_COLUMNS)
    ]
    postcodes = _postcodes(folder / POSTCODES, places)
    parts = {
        Postcode: postcodes,
        OutwardCode: _outcodes(folder / OUTCODES),
        Town: _towns(folder / TOWNS, places),
        DiagnosticCentre: _centres(folder / CENTRES, postcodes),
        GazetteerSource: sources,
    }
    with transaction.atomic():
        for model, records in parts.items():
            model.objects.all().delete()
            model.objects.bulk_create(records, batch_size=BATCH)
    return {str(model._meta.verbose_name_plural): len(records) for model, records in parts.items()}


def _fingerprint(folder, places):
    """A hash of the files and of the places that their records are put in."""
    digest = hashlib.sha256(repr(sorted(places.items())).encode())
    for name in FILES:
        try:
            digest.update((folder / name).read_bytes())
        except OSError as error:
            raise BadGazetteer(f"Cannot read {name}: {error.strerror}") from error
    return digest.hexdigest()


SOURCE_COLUMNS = ("key", "title", "publisher", "edition", "source_url", "attribution")


def _rows(path, columns):
    """The rows of a CSV file as dictionaries. Raises BadGazetteer if it lacks a column."""
    with open(path, encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file)
        missing = [column for column in columns if column not in (reader.fieldnames or ())]
        if missing:
            raise BadGazetteer(f"{path.name} has no column {missing[0]}")
        return list(reader)


def _records(path, columns, make):
    """[record that `make` returns for each row]. Raises BadGazetteer with the line of a value that it refuses."""
    records = []
    for line, row in enumerate(_rows(path, columns), start=2):
        try:
            records.append(make(row))
        except (ValueError, TypeError, ValidationError) as error:
            raise BadGazetteer(f"{path.name}, line {line}: {error}") from error
    return records


def _point(latitude, longitude):
    """The fields of a point. Raises ValueError for one that is not on Earth."""
    point = {"latitude": float(latitude), "longitude": float(longitude)}
    if not (-90 <= point["latitude"] <= 90 and -180 <= point["longitude"] <= 180):
        raise ValueError(f"{latitude}, {longitude} is not a latitude and longitude")
    return point


def _postcodes(path, places):
    return _records(
        path,
        ("postcode", "latitude", "longitude", "lad_code"),
        lambda row: Postcode(
            code=normalise_postcode(row["postcode"]),
            place_id=places.get(row["lad_code"]),
            **_point(row["latitude"], row["longitude"]),
        ),
    )


def _outcodes(path):
    return _records(
        path,
        ("outcode", "mean_latitude", "mean_longitude", "postcodes", "all_postcodes"),
        lambda row: OutwardCode(
            code=row["outcode"],
            postcodes_inside=int(row["postcodes"]),
            postcodes=int(row["all_postcodes"]),
            **_point(row["mean_latitude"], row["mean_longitude"]),
        ),
    )


def _towns(path, places):
    return _records(
        path,
        ("name", "latitude", "longitude", "lad_code", "main"),
        lambda row: Town(
            name=row["name"],
            slug=slugify(row["name"]),
            is_main=row["main"] == "yes",
            place_id=places.get(row["lad_code"]),
            **_point(row["latitude"], row["longitude"]),
        ),
    )


def _centres(path, postcodes):
    """The centres whose postcode is one of `postcodes`, with its place. Their addresses are "Town, POSTCODE"."""
    place_of = {postcode.code: postcode.place_id for postcode in postcodes}
    try:
        features = json.loads(path.read_text(encoding="utf-8"))["features"]
        centres = [(feature["properties"], feature["geometry"]["coordinates"]) for feature in features]
        return [
            DiagnosticCentre(
                name=properties["name"],
                address=properties["address"],
                postcode=code,
                services=properties["services"],
                is_open_long=properties["isOpen12_7"],
                place_id=place_of[code],
                **_point(latitude, longitude),
            )
            for properties, (longitude, latitude) in centres
            if (code := properties["address"].rpartition(", ")[2]) in place_of
        ]
    except (ValueError, LookupError, TypeError, AttributeError) as error:
        raise BadGazetteer(f"{path.name} is not GeoJSON of diagnostic centres: {error}") from error
