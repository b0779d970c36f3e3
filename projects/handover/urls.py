from django.urls import path

from . import views

urlpatterns = [
    path("organisations/<slug:slug>/hand-over/", views.hand_over, name="hand_over"),
    path("organisations/<slug:slug>/merge/", views.organisation_merge, name="organisation_merge"),
    path("hand-overs/<int:pk>/", views.hand_over_detail, name="hand_over_detail"),
    path("hand-overs/<int:pk>/undo/", views.hand_over_undo, name="hand_over_undo"),
]
