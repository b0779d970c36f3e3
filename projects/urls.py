from django.urls import include, path

app_name = "projects"
urlpatterns = [
    path("", include("projects.records.urls")),  # first: its "add" is no slug
    path("", include("projects.browse.urls")),
    path("", include("projects.search.urls")),
    path("", include("projects.near.urls")),
    path("", include("projects.estate_map.urls")),
    path("", include("projects.detail.urls")),
    path("", include("projects.history.urls")),
    path("", include("projects.milestones.urls")),
    path("", include("projects.change_requests.urls")),
    path("", include("projects.reporting.urls")),
    path("", include("projects.finance.urls")),
    path("", include("projects.risks.urls")),
    path("", include("projects.registers.urls")),
    path("", include("projects.handover.urls")),
    path("", include("projects.importing.urls")),
    path("", include("projects.portfolio.urls")),
    path("", include("projects.exports.urls")),
]
