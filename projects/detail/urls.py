from django.urls import path

from . import following, history_views, views

urlpatterns = [
    path("projects/<slug:slug>/", views.project_detail, name="project_detail"),
    path("projects/<slug:slug>/history/", history_views.project_history, name="project_history"),
    path("projects/<slug:slug>/follow/", following.follow, name="follow"),
]
