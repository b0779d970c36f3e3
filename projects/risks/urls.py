from django.urls import path

from . import escalation_views, views

urlpatterns = [
    path("projects/<slug:slug>/risks/", views.project_risks, name="project_risks"),
    path("projects/<slug:slug>/risks/add/", views.risk_add, name="risk_add"),
    path("projects/<slug:slug>/risks/<int:pk>/", views.risk_edit, name="risk_edit"),
    path("projects/<slug:slug>/risks/<int:pk>/escalate/", escalation_views.risk_escalate, name="risk_escalate"),
    path("projects/<slug:slug>/risks/<int:pk>/return/", escalation_views.risk_return, name="risk_return"),
    path("risks/", views.risk_list, name="risk_list"),
    path("risks/risks.csv", views.risk_list_csv, name="risk_list_csv"),
    path("escalations/", escalation_views.escalation_list, name="escalation_list"),
    path("escalations/<int:pk>/", escalation_views.escalation_answer, name="escalation_answer"),
]
