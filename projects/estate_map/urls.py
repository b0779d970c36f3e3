from django.urls import path

from . import views

urlpatterns = [
    path("map/", views.estate_map, name="estate_map"),
]
