from django.urls import path

from . import views

urlpatterns = [
    path("projects/<slug:slug>/history/", views.project_history, name="project_history"),
]
