"""The integrated care system, its places and organisations, and the sites they own."""

from .estate import EstateReturn
from .gazetteer import DiagnosticCentre, GazetteerSource, OutwardCode, Postcode, Town
from .organisation import Organisation, OrganisationKind
from .place import Place
from .postcodes import PostcodeField, normalise_postcode
from .search import contains
from .site import UK_LATITUDES, UK_LONGITUDES, Condition, LocationPrecision, Site, SiteKind, Tenure
from .system import System
from .trigger_tables import FormerAddress, Revision

__all__ = [
    "UK_LATITUDES",
    "UK_LONGITUDES",
    "Condition",
    "DiagnosticCentre",
    "EstateReturn",
    "FormerAddress",
    "GazetteerSource",
    "LocationPrecision",
    "Organisation",
    "OrganisationKind",
    "OutwardCode",
    "Place",
    "Postcode",
    "PostcodeField",
    "Revision",
    "Site",
    "SiteKind",
    "System",
    "Tenure",
    "Town",
    "contains",
    "normalise_postcode",
]
