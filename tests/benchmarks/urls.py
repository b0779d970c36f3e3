"""The portal's addresses and an empty view to compare with."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpResponse
from django.urls import path

from estates_portal.urls import urlpatterns as portal


@login_not_required
def hello(request):
    return HttpResponse("hello")


urlpatterns = [path("hello", hello), *portal]
