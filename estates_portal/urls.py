from django.contrib import admin
from django.urls import include, path

from projects.portfolio.views import home

from . import health, pages

urlpatterns = [
    path("", home, name="home"),
    path("", include("projects.urls")),
    path("", include("projects.browse.place_urls")),
    path("about-the-data/", pages.about_the_data, name="about_the_data"),
    path("accessibility/", pages.accessibility, name="accessibility"),
    path("glossary/", pages.glossary, name="glossary"),
    path("account/", include("estates_portal.accounts.urls")),
    path("people/", include("estates_portal.accounts.people_urls")),
    path("admin/", admin.site.urls),
    path(".well-known/security.txt", pages.security_txt, name="security_txt"),
    path("healthz", health.healthz, name="healthz"),
]
