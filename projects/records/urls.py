from django.urls import path

from . import closing_views, pages, proposal_views, publish_views, record_views, views

PAGES = {"sites": pages.SITE, "organisations": pages.ORGANISATION, "programmes": pages.PROGRAMME}

urlpatterns = [
    path("publish/", publish_views.publish, name="publish"),
    path("projects/add/", views.project_add, name="project_add"),
    path("projects/add/details/", views.project_add_details, name="project_add_details"),
    path("projects/<slug:slug>/facts/", views.project_facts, name="project_facts_start"),
    path("projects/<slug:slug>/close/", closing_views.project_close, name="project_close"),
    path("projects/<slug:slug>/facts/<slug:key>/", views.project_facts, name="project_facts"),
    path(
        "projects/<slug:slug>/proposals/<int:pk>/withdraw/", proposal_views.proposal_withdraw, name="proposal_withdraw"
    ),
    path("review/facts/<int:pk>/", proposal_views.proposal_decide, name="proposal_decide"),
    *(
        path(f"{folder}/add/", record_views.record_add, {"page": page}, name=f"{page.noun}_add")
        for folder, page in PAGES.items()
    ),
    *(
        path(f"{folder}/<slug:slug>/edit/", record_views.record_edit, {"page": page}, name=f"{page.noun}_edit")
        for folder, page in PAGES.items()
    ),
]
