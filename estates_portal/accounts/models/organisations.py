"""The organisations of users and invitations: a main one, and others that the person also works for."""

from django.db.models import prefetch_related_objects
from django.utils.text import get_text_list


class WorksForOrganisations:
    """For models with `organisation` and `other_organisations`."""

    @property
    def organisations(self):
        """[Organisation] that the person works for: the main one, then the others by name.

        At most one query, the first time; none for a user whom `User.objects` loaded and who has no others.
        """
        main = [self.organisation] if self.organisation else []
        return main + [other for other in self._others() if other.pk != self.organisation_id]

    @property
    def organisation_ids(self):
        """(ids of `organisations`), sorted. The user's rights are those of all of them."""
        return tuple(sorted({self.organisation_id, *(other.pk for other in self._others())} - {None}))

    @property
    def organisation_names(self):
        """The names of `organisations`, for sentences: "Trust A and Trust B"; "" without any."""
        return get_text_list([str(organisation) for organisation in self.organisations], "and")

    @property
    def organisation_labels(self):
        """As `organisation_names`, with short names, for tables."""
        return get_text_list([organisation.label for organisation in self.organisations], "and")

    def _others(self):
        if not getattr(self, "has_other_organisations", True):
            return []
        prefetch_related_objects([self], "other_organisations")
        return self.other_organisations.all()
