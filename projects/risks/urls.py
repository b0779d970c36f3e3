from django.urls import path

from . import views

urlpatterns = [
    path("projects/<slug:slug>/risks/", views.project_risks, name="project_risks"),
    path("projects/<slug:slug>/risks/add/", views.risk_add, name="risk_add"),
    path("projects/<slug:slug>/risks/<int:pk>/", views.risk_edit, name="risk_edit"),
    path("risks/", views.risk_list, name="risk_list"),
]
