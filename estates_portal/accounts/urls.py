"""The addresses of signing in and of one's account: django-allauth's views under the portal's own words.

The names are django-allauth's, which finds its pages by them.
"""

from allauth.account import views as account
from allauth.socialaccount import views as social
from django.contrib.auth.decorators import login_not_required
from django.urls import include, path, re_path

from . import single_sign_on, views

urlpatterns = [
    path("", views.account, name="account"),
    path("here/", views.here, name="account_here"),
    path("sign-in/", views.SignIn.as_view(), name="account_login"),
    path("sign-in/link/<str:token>/", views.sign_in_link, name="account_sign_in_link"),
    path("sign-out/", account.logout, name="account_logout"),
    path("sign-up/", account.signup, name="account_signup"),
    path("invitation/<str:token>/", views.invitation_accept, name="account_invitation"),
    path("inactive/", account.account_inactive, name="account_inactive"),
    path("confirm-it-is-you/", account.reauthenticate, name="account_reauthenticate"),
    path("email/", account.email, name="account_email"),
    path("email/sent/", account.email_verification_sent, name="account_email_verification_sent"),
    path("email/confirm/<str:key>/", account.confirm_email, name="account_confirm_email"),
    path("password/", account.password_change, name="account_change_password"),
    path("password/first/", account.password_set, name="account_set_password"),
    path("password/reset/", account.password_reset, name="account_reset_password"),
    path("password/reset/sent/", account.password_reset_done, name="account_reset_password_done"),
    re_path(  # a path converter would take the first hyphen of the key for a part of the number
        r"^password/reset/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$",
        account.password_reset_from_key,
        name="account_reset_password_from_key",
    ),
    path("password/reset/done/", account.password_reset_from_key_done, name="account_reset_password_from_key_done"),
    path("second-step/", include("allauth.mfa.urls")),
    path("sessions/", views.SessionList.as_view(), name="usersessions_list"),
    path("sessions/<int:pk>/end/", views.session_end, name="account_session_end"),
    path("single-sign-on/<str:provider_id>/login/", single_sign_on.login, name="openid_connect_login"),
    path("single-sign-on/<str:provider_id>/login/callback/", single_sign_on.callback, name="openid_connect_callback"),
    path("single-sign-on/", social.connections, name="socialaccount_connections"),
    path("single-sign-on/cancelled/", social.login_cancelled, name="socialaccount_login_cancelled"),
    path("single-sign-on/error/", login_not_required(social.login_error), name="socialaccount_login_error"),
    path("single-sign-on/sign-up/", social.signup, name="socialaccount_signup"),
]
