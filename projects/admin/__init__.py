"""Records of projects, what they are grouped by, and their milestones."""

from . import groups, milestones, projects

__all__ = ["groups", "milestones", "projects"]
