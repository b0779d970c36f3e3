from django.urls import path

from . import place_views as views

app_name = "sites"
urlpatterns = [
    path("sites/", views.site_list, name="site_list"),
    path("sites/<slug:slug>/", views.site_detail, name="site_detail"),
    path("organisations/", views.organisation_list, name="organisation_list"),
    path("organisations/<slug:slug>/", views.organisation_detail, name="organisation_detail"),
    path("places/", views.place_list, name="place_list"),
    path("places/<slug:slug>/", views.place_detail, name="place_detail"),
]
