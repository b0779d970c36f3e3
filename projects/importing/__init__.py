"""Loads a system's data: the data that ships with the portal, or another folder."""

from .system_data import REASON, load_system
from .tables import CellError, ImportErrors

__all__ = ["REASON", "CellError", "ImportErrors", "load_system"]
