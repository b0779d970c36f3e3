from django.urls import path

from . import views

app_name = "people"
urlpatterns = [
    path("", views.person_list, name="person_list"),
    path("invite/", views.invite, name="invite"),
    path("invitations/", views.invitation_list, name="invitation_list"),
    path("invitations/<int:pk>/resend/", views.invitation_resend, name="invitation_resend"),
    path("invitations/<int:pk>/withdraw/", views.invitation_withdraw, name="invitation_withdraw"),
    path("<int:pk>/", views.person_detail, name="person_detail"),
    path("<int:pk>/change/", views.person_change, name="person_change"),
    path("<int:pk>/<slug:action>/", views.person_action, name="person_action"),
]
