"""The project of the milestone tests, with an opening that is late."""

from tests.projects.milestones.conftest import hub, opening

__all__ = ["hub", "opening"]
