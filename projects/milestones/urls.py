from django.urls import path

from .views import change_requests, grid, milestones, timeline

urlpatterns = [
    path("projects/<slug:slug>/milestones/", milestones.milestone_list, name="milestone_list"),
    path("projects/<slug:slug>/milestones/add/", milestones.milestone_add, name="milestone_add"),
    path("projects/<slug:slug>/milestones/gates/", milestones.gates_add, name="gates_add"),
    path("projects/<slug:slug>/milestones/<int:pk>/", milestones.milestone_edit, name="milestone_edit"),
    path(
        "projects/<slug:slug>/milestones/<int:pk>/change/",
        change_requests.change_request_add,
        name="change_request_add",
    ),
    path("projects/<slug:slug>/timeline/", timeline.project_timeline, name="project_timeline"),
    path("timeline/", timeline.timeline, name="timeline"),
    path("milestones/", grid.milestone_grid, name="milestone_grid"),
    path("changes/", change_requests.change_request_list, name="change_request_list"),
    path("changes/<int:pk>/", change_requests.change_request_decide, name="change_request_decide"),
]
