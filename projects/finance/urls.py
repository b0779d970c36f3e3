from django.urls import path

from . import views

urlpatterns = [
    path("projects/<slug:slug>/money/", views.finance, name="finance"),
    path("projects/<slug:slug>/money/edit/", views.finance_edit, name="finance_edit"),
    path("projects/<slug:slug>/money/funding/add/", views.funding_add, name="funding_add"),
    path("projects/<slug:slug>/money/funding/<int:pk>/", views.funding_edit, name="funding_edit"),
    path("projects/<slug:slug>/money/funding/<int:pk>/remove/", views.funding_remove, name="funding_remove"),
]
