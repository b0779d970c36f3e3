from django.urls import path

from .views import grid, milestones, timeline

urlpatterns = [
    path("projects/<slug:slug>/milestones/", milestones.milestone_list, name="milestone_list"),
    path("projects/<slug:slug>/milestones/add/", milestones.milestone_add, name="milestone_add"),
    path("projects/<slug:slug>/milestones/gates/", milestones.gates_add, name="gates_add"),
    path("projects/<slug:slug>/milestones/<int:pk>/", milestones.milestone_edit, name="milestone_edit"),
    path("projects/<slug:slug>/timeline/", timeline.project_timeline, name="project_timeline"),
    path("timeline/", timeline.timeline, name="timeline"),
    path("milestones/", grid.milestone_grid, name="milestone_grid"),
]
