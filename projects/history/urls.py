from django.urls import path

from . import views

urlpatterns = [
    path("history/", views.history_list, name="history_list"),
    path("history/csv/", views.history_csv, name="history_csv"),
    path("projects/<slug:slug>/history/", views.project_history, name="project_history"),
]
