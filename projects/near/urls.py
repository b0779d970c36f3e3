from django.urls import path

from . import views

urlpatterns = [
    path("near/", views.near, name="near"),
    path("near/sites.csv", views.near_csv, name="near_csv"),
]
