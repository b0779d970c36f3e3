from django.urls import path

from . import views

urlpatterns = [
    path(
        "projects/<slug:slug>/milestones/<int:pk>/change/",
        views.change_request_add,
        name="change_request_add",
    ),
    path("projects/<slug:slug>/money/change/", views.budget_request_add, name="budget_request_add"),
    path("changes/", views.change_request_list, name="change_request_list"),
    path("changes/<int:pk>/", views.change_request_decide, name="change_request_decide"),
    path("changes/<int:pk>/withdraw/", views.change_request_withdraw, name="change_request_withdraw"),
]
