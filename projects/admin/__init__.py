"""Records of projects, what they are grouped by, and their milestones."""

from . import groups, milestones, projects, reporting

__all__ = ["groups", "milestones", "projects", "reporting"]
