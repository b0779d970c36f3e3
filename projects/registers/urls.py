from django.urls import path, register_converter
from django.urls.converters import StringConverter

from . import views
from .services import REGISTERS


class RegisterConverter(StringConverter):
    """The key of a register in an address."""

    regex = "|".join(REGISTERS)


register_converter(RegisterConverter, "register")

urlpatterns = [
    path("projects/<slug:slug>/<register:key>/", views.register, name="register"),
    path("projects/<slug:slug>/<register:key>/add/", views.register_add, name="register_add"),
    path("projects/<slug:slug>/<register:key>/<int:pk>/", views.register_edit, name="register_edit"),
    path("projects/<slug:slug>/<register:key>/<int:pk>/remove/", views.register_remove, name="register_remove"),
]
