"""Loading the BLMK data that ship with the portal."""

from .blmk import DATA, REASON, load_blmk
from .tables import BrokenData, Fault

__all__ = ["DATA", "REASON", "BrokenData", "Fault", "load_blmk"]
