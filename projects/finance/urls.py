from django.urls import path

from . import views

urlpatterns = [
    path("projects/<slug:slug>/money/", views.project_money, name="project_money"),
    path("projects/<slug:slug>/money/edit/", views.money_edit, name="money_edit"),
]
