"""The history page of a project."""

from django import forms
from django.shortcuts import render
from django.views.decorators.http import require_safe

from estates_portal.paging import page_of
from projects.access import visible_project

from .history import KINDS, KINDS_BY_KEY, entries, group_into_saves, history_rows_of, people_in


class HistoryFilter(forms.Form):
    """Filters of the history, by type of record and by user."""

    what = forms.ChoiceField(label="Record", required=False)
    who = forms.ChoiceField(label="Changed by", required=False)

    def __init__(self, *args, people, **kwargs):
        super().__init__(*args, **kwargs)
        labels = list(dict.fromkeys(kind.label for kind in KINDS))
        self.fields["what"].choices = [("", "All records"), *((label, label) for label in labels)]
        self.fields["who"].choices = [("", "All users"), *people]

    def filter_rows(self, history_rows):
        """[`HistoryRow`] that match the valid filters."""
        self.is_valid()
        what, who = self.cleaned_data.get("what"), self.cleaned_data.get("who")
        return [
            row
            for row in history_rows
            if (not what or KINDS_BY_KEY[row.key].label == what) and (not who or str(row.user_id) == who)
        ]


@require_safe
def project_history(request, slug):
    project = visible_project(request, slug)
    history_rows = history_rows_of(project)
    form = HistoryFilter(request.GET, people=people_in(history_rows))
    page = page_of(request, group_into_saves(form.filter_rows(history_rows)))
    context = {
        "project": project,
        "form": form,
        "page_obj": page,
        "entries": entries(page.object_list, request.user),
        "has_changes": bool(history_rows),
        "example_data": project.is_example,
    }
    return render(request, "projects/detail/project_history.html", context)
