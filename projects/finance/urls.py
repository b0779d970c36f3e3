from django.urls import path

from . import views

urlpatterns = [
    path("projects/<slug:slug>/money/", views.finance, name="finance"),
    path("projects/<slug:slug>/money/edit/", views.finance_edit, name="finance_edit"),
]
