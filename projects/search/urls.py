from django.urls import path

from . import people, views

urlpatterns = [
    path("search/", views.search, name="search"),
    path("search/person/", people.person, name="person"),
]
