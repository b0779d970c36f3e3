"""Who changed what on a project, and when."""

from django import forms
from django.shortcuts import render
from django.views.decorators.http import require_safe

from estates_portal.paging import page_of
from projects.access import visible_project

from .history import BY_KEY, KINDS, entries, people_in, saves, touches_of


class HistoryFilter(forms.Form):
    """By kind of record and by person."""

    what = forms.ChoiceField(label="What changed", required=False)
    who = forms.ChoiceField(label="Who changed it", required=False)

    def __init__(self, *args, people, **kwargs):
        super().__init__(*args, **kwargs)
        words = list(dict.fromkeys(kind.words for kind in KINDS))
        self.fields["what"].choices = [("", "Anything"), *((each, each) for each in words)]
        self.fields["who"].choices = [("", "Anybody"), *people]

    def chosen(self, touches):
        """Those that the good choices leave."""
        self.is_valid()
        what, who = self.cleaned_data.get("what"), self.cleaned_data.get("who")
        return [
            touch
            for touch in touches
            if (not what or BY_KEY[touch.key].words == what) and (not who or str(touch.user_id) == who)
        ]


@require_safe
def project_history(request, slug):
    project = visible_project(request, slug)
    touches = touches_of(project)
    form = HistoryFilter(request.GET, people=people_in(touches))
    page = page_of(request, saves(form.chosen(touches)))
    context = {
        "project": project,
        "form": form,
        "page_obj": page,
        "entries": entries(page.object_list, request.user),
        "changed_at_all": bool(touches),
        "example_data": project.is_example,
    }
    return render(request, "projects/detail/project_history.html", context)
