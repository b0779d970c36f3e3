from django.urls import path

from . import following, views

urlpatterns = [
    path("projects/<slug:slug>/", views.project_detail, name="project_detail"),
    path("projects/<slug:slug>/follow/", following.follow, name="follow"),
]
