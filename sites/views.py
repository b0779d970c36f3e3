from django.contrib.auth.decorators import login_not_required
from django.http import HttpResponse


@login_not_required
def site_list(request, slug=None):
    return HttpResponse("to come")


site_detail = organisation_list = organisation_detail = place_detail = site_list
