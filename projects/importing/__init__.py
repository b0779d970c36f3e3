"""Loading the data of a system: those of the portal's first home ship with it, any other's come from a folder."""

from .system_data import REASON, load_system
from .tables import CellError, ImportErrors

__all__ = ["REASON", "CellError", "ImportErrors", "load_system"]
