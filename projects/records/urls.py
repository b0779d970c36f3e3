from django.urls import path

from . import views

urlpatterns = [
    path("projects/add/", views.project_add, name="project_add"),
    path("projects/add/details/", views.project_add_details, name="project_add_details"),
    path("projects/<slug:slug>/facts/", views.project_facts, name="project_facts_start"),
    path("projects/<slug:slug>/facts/<slug:key>/", views.project_facts, name="project_facts"),
]
