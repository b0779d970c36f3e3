from django.urls import path

from . import group_views, views

urlpatterns = [
    path("projects/", views.project_list, name="project_list"),
    path("hubs/", views.hub_list, name="hub_list"),
    path("hospital-schemes/", views.hospital_scheme_list, name="hospital_scheme_list"),
    path("programmes/", group_views.programme_list, name="programme_list"),
    path("programmes/<slug:slug>/", group_views.programme_detail, name="programme_detail"),
    path("strategy/", group_views.strategy, name="strategy"),
    path("priorities/<slug:slug>/", group_views.priority_detail, name="priority_detail"),
]
