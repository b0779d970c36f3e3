from django.urls import path

from . import views

urlpatterns = [
    path("estate-returns/", views.estate_return_list, name="estate_return_list"),
    path("estate-returns/import/", views.estate_import_add, name="estate_import_add"),
    path("estate-returns/import/<int:pk>/", views.estate_import_trusts, name="estate_import_trusts"),
    path("estate-returns/import/<int:pk>/questions/", views.estate_import_questions, name="estate_import_questions"),
    path("estate-returns/import/<int:pk>/preview/", views.estate_import_preview, name="estate_import_preview"),
    path("estate-returns/import/<int:pk>/delete/", views.estate_import_delete, name="estate_import_delete"),
]
