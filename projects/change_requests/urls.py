from django.urls import path

from . import views

urlpatterns = [
    path(
        "projects/<slug:slug>/milestones/<int:pk>/change/",
        views.change_request_add,
        name="change_request_add",
    ),
    path("changes/", views.change_request_list, name="change_request_list"),
    path("changes/<int:pk>/", views.change_request_decide, name="change_request_decide"),
]
