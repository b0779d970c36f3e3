"""Who changed what on a project, and when."""

from django import forms
from django.shortcuts import render
from django.views.decorators.http import require_safe

from estates_portal.paging import page_of
from projects.access import visible_project

from .history import BY_KEY, KINDS, entries, group_into_saves, people_in, touches_of


class HistoryFilter(forms.Form):
    """By kind of record and by person."""

    what = forms.ChoiceField(label="Record", required=False)
    who = forms.ChoiceField(label="Changed by", required=False)

    def __init__(self, *args, people, **kwargs):
        super().__init__(*args, **kwargs)
        labels = list(dict.fromkeys(kind.label for kind in KINDS))
        self.fields["what"].choices = [("", "All records"), *((label, label) for label in labels)]
        self.fields["who"].choices = [("", "All users"), *people]

    def chosen(self, touches):
        """The rows that match the valid filters."""
        self.is_valid()
        what, who = self.cleaned_data.get("what"), self.cleaned_data.get("who")
        return [
            touch
            for touch in touches
            if (not what or BY_KEY[touch.key].label == what) and (not who or str(touch.user_id) == who)
        ]


@require_safe
def project_history(request, slug):
    project = visible_project(request, slug)
    touches = touches_of(project)
    form = HistoryFilter(request.GET, people=people_in(touches))
    page = page_of(request, group_into_saves(form.chosen(touches)))
    context = {
        "project": project,
        "form": form,
        "page_obj": page,
        "entries": entries(page.object_list, request.user),
        "has_changes": bool(touches),
        "example_data": project.is_example,
    }
    return render(request, "projects/detail/project_history.html", context)
