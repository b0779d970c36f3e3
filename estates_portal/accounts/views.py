"""Signing in and out."""

from django import forms
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.views import LoginView, LogoutView
from django.utils.decorators import method_decorator


class SignInForm(AuthenticationForm):
    """E-mail address and password; the same message whatever was wrong, so that nobody learns who has an account."""

    error_messages = {
        "invalid_login": "The e-mail address or the password is not right. Check both and try again",
        "inactive": "The e-mail address or the password is not right. Check both and try again",
    }

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        username = self.fields["username"]
        username.label = "E-mail address"
        username.widget = forms.EmailInput(attrs={"autocomplete": "username", "spellcheck": "false"})
        username.error_messages["required"] = "Enter your e-mail address"
        self.fields["password"].error_messages["required"] = "Enter your password"

    def clean_username(self):
        return self.cleaned_data["username"].strip().lower()


class SignIn(LoginView):
    """The one way in, to the portal and to the admin; returns to where the person was going, on this host only."""

    template_name = "accounts/sign_in.html"
    authentication_form = SignInForm
    redirect_authenticated_user = True


@method_decorator(login_not_required, name="dispatch")
class SignOut(LogoutView):
    """Signs out on POST."""
