from django.urls import path

from . import views

app_name = "projects"
urlpatterns = [
    path("projects/", views.project_list, name="project_list"),
    path("projects/<slug:slug>/", views.project_detail, name="project_detail"),
    path("projects/<slug:slug>/history/", views.project_history, name="project_history"),
    path("hubs/", views.hub_list, name="hub_list"),
    path("hospital-schemes/", views.hospital_scheme_list, name="hospital_scheme_list"),
    path("programmes/", views.programme_list, name="programme_list"),
    path("programmes/<slug:slug>/", views.programme_detail, name="programme_detail"),
    path("priorities/<slug:slug>/", views.priority_detail, name="priority_detail"),
    path("search/", views.search, name="search"),
]
