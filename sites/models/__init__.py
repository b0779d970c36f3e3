"""The integrated care system, its places and organisations, and the sites they own."""

from .accepted import ACCEPTED, hide_waiting
from .estate import CIR_BANDS, ConditionSurvey, EstateReturn, Facet, Grade, with_condition, with_newest_figures
from .gazetteer import DiagnosticCentre, GazetteerSource, OutwardCode, Postcode, Town
from .organisation import Organisation, OrganisationIdentifier, OrganisationKind, OrganisationScheme
from .place import Place
from .postcodes import PostcodeField, normalise_postcode
from .search import contains
from .site import (
    UK_LATITUDES,
    UK_LONGITUDES,
    LocationPrecision,
    Site,
    SiteIdentifier,
    SiteKind,
    SiteScheme,
    Tenure,
    distinct_names,
    with_full_names,
)
from .system import System
from .trigger_tables import FormerAddress, Revision

__all__ = [
    "ACCEPTED",
    "CIR_BANDS",
    "UK_LATITUDES",
    "UK_LONGITUDES",
    "ConditionSurvey",
    "DiagnosticCentre",
    "EstateReturn",
    "Facet",
    "FormerAddress",
    "GazetteerSource",
    "Grade",
    "LocationPrecision",
    "Organisation",
    "OrganisationIdentifier",
    "OrganisationKind",
    "OrganisationScheme",
    "OutwardCode",
    "Place",
    "Postcode",
    "PostcodeField",
    "Revision",
    "Site",
    "SiteIdentifier",
    "SiteKind",
    "SiteScheme",
    "System",
    "Tenure",
    "Town",
    "contains",
    "distinct_names",
    "hide_waiting",
    "normalise_postcode",
    "with_condition",
    "with_full_names",
    "with_newest_figures",
]
