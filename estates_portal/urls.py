from django.contrib import admin
from django.urls import include, path, re_path
from django.views.generic import RedirectView

from projects.portfolio.views import home

from . import health, pages

# Admin addresses contain the name of the model. Former names redirect to the current one.
FORMER_ADMIN = {"statusupdate": "statusreport", "movereason": "datechangereason"}

handler400 = "estates_portal.unsaved.views.bad_request"
handler500 = "estates_portal.unsaved.views.server_error"

urlpatterns = [
    path("", home, name="home"),
    path("", include("projects.urls")),
    path("", include("projects.browse.place_urls")),
    path("about-the-data/", pages.about_the_data, name="about_the_data"),
    path("accessibility/", pages.accessibility, name="accessibility"),
    path("glossary/", pages.glossary, name="glossary"),
    path("", include("estates_portal.contact.urls")),
    path("account/", include("estates_portal.accounts.urls")),
    path("people/", include("estates_portal.accounts.people_urls")),
    *(
        re_path(
            rf"^admin/projects/{former}/(?P<rest>.*)$",
            RedirectView.as_view(url=f"/admin/projects/{current}/%(rest)s", permanent=True, query_string=True),
            name=f"former_admin_{former}",
        )
        for former, current in FORMER_ADMIN.items()
    ),
    path("admin/", admin.site.urls),
    path("robots.txt", pages.robots_txt, name="robots_txt"),
    path("favicon.ico", pages.favicon, name="favicon"),
    path(".well-known/security.txt", pages.security_txt, name="security_txt"),
    path("date/", pages.date_read, name="date_read"),
    path("healthz", health.healthz, name="healthz"),
]
