"""Where a typed postcode, outward code or town is: one rule for every box that is searched."""

import math
import re
from dataclasses import dataclass

from django.db.models import Count
from django.utils.text import slugify

from estates_portal.sorting import sort_key

from .models import OutwardCode, Place, Postcode, Site, Town

EARTH_RADIUS_KM = 6371.0088  # mean
KM_PER_MILE = 1.609344
OUTWARD = r"([A-Z]{1,2}[0-9][A-Z0-9]?)"
FULL = re.compile(rf"{OUTWARD}([0-9][A-Z]{{2}})")
OUTWARD_ONLY = re.compile(OUTWARD)
UNFINISHED = re.compile(rf"{OUTWARD} [0-9][A-Z]?")  # "LU7 1": the outward code is whole
SMALL_SHARE = 0.05  # of an outward code in a place: the outlines are generalised, so a few postcodes say nothing


@dataclass(frozen=True)
class Location:
    """The answer to a typed postcode, outward code or town.

    `latitude` and `longitude` are None if it is outside the area of the portal. `places` are those that it is in, the
    one with most of it first. `postcode` is the full postcode that was typed, else "". `outward` is the `OutwardCode`
    that the answer is for, else None.
    """

    name: str
    latitude: float | None = None
    longitude: float | None = None
    places: tuple[Place, ...] = ()
    postcode: str = ""
    outward: OutwardCode | None = None
    is_town: bool = False

    @property
    def is_outside(self):
        return self.latitude is None

    @property
    def is_not_held(self):
        """Whether a full postcode was typed that the portal does not have, so that the answer is for its first half."""
        return bool(self.postcode and self.outward)

    @property
    def is_about(self):
        """Whether the point is the middle of something larger than a postcode."""
        return self.is_town or self.outward is not None

    def kilometres_to(self, latitude, longitude):
        return kilometres_between(self.latitude, self.longitude, float(latitude), float(longitude))


def kilometres_between(latitude, longitude, other_latitude, other_longitude):
    """The great-circle distance between two points in degrees."""
    here, there = math.radians(latitude), math.radians(other_latitude)
    east = math.radians(other_longitude - longitude)
    half = math.sin((there - here) / 2) ** 2 + math.cos(here) * math.cos(there) * math.sin(east / 2) ** 2
    return 2 * EARTH_RADIUS_KM * math.asin(math.sqrt(half))


def read_postcode(text):
    """("LU7", "1BE") of what looks like a postcode, ("LU7", "") of an outward code; None for another text.

    In any case and spacing: "lu71be", "LU7-1BE", "LU7 1".
    """
    typed = re.sub(r"[\s.–-]+", " ", text).strip().upper()
    squeezed = typed.replace(" ", "")
    if match := FULL.fullmatch(squeezed):
        return match[1], match[2]
    if match := UNFINISHED.fullmatch(typed) or OUTWARD_ONLY.fullmatch(squeezed):
        return match[1], ""
    return None


def postcode_in(text):
    """The postcode that a text is, tidied ("LU7 1BE", "LU7"), if it is to be looked up; else "".

    An outward code is looked up if it is in the area, because "M1" or "B2" can be part of a name. At most one query.
    """
    outward, inward = read_postcode(text) or ("", "")
    if inward:
        return f"{outward} {inward}"
    return outward if outward and OutwardCode.objects.filter(pk=outward).exists() else ""


def town_named(text):
    """The town or village of this name, else None. One query."""
    return Town.objects.select_related("place").filter(slug=slugify(text)).first()


def locate(text):
    """The `Location` of a typed postcode, outward code or town; None for another text. At most four queries."""
    if code := read_postcode(text):
        return _locate_postcode(*code)
    if town := town_named(text):
        places = (town.place,) if town.place else ()
        return Location(town.name, town.latitude, town.longitude, places, is_town=True)
    return None


def _locate_postcode(outward, inward):
    postcode = f"{outward} {inward}" if inward else ""
    if postcode and (held := _held(postcode)):
        places = (held.place,) if held.place else ()
        return Location(postcode, float(held.latitude), float(held.longitude), places, postcode)
    known = OutwardCode.objects.filter(pk=outward).first()
    if known is None:
        return Location(postcode or outward, postcode=postcode)
    return Location(outward, known.latitude, known.longitude, _places_of(outward), postcode, known)


def _held(postcode):
    """The `Postcode`, or a located site that has it, with its place; None if the portal has neither."""
    held = Postcode.objects.select_related("place").filter(pk=postcode).first()
    return held or Site.objects.located().select_related("place").filter(postcode=postcode).first()


def _places_of(outward):
    """The places that have more than a small share of the postcodes of an outward code, the largest share first."""
    counts = Postcode.objects.filter(code__startswith=f"{outward} ", place__isnull=False).order_by()
    shares = {row["place"]: row["number"] for row in counts.values("place").annotate(number=Count("pk"))}
    large = [pk for pk, number in shares.items() if number > SMALL_SHARE * sum(shares.values())]
    places = Place.objects.in_bulk(large)
    return tuple(places[pk] for pk in sorted(large, key=lambda pk: (-shares[pk], sort_key(places[pk].name))))
