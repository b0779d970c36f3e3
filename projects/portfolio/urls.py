from django.urls import path, register_converter
from django.urls.converters import StringConverter

from projects.registers.tables import TABLES

from . import first_steps, ranking_views, register_views, saved_views, views
from .board import views as board_views


class TableConverter(StringConverter):
    """The key of a register of all projects in an address."""

    regex = "|".join(TABLES)


register_converter(TableConverter, "table")

urlpatterns = [
    path("views/", saved_views.saved_view_list, name="saved_view_list"),
    path("views/add/", saved_views.saved_view_add, name="saved_view_add"),
    path("views/<int:pk>/", saved_views.saved_view_change, name="saved_view_change"),
    path("first-steps/", first_steps.first_steps_page, name="first_steps"),
    path("start/", saved_views.start, name="start"),
    path("board-report/", board_views.board_report, name="board_report"),
    path("board-report/report.pdf", board_views.board_report_pdf, name="board_report_pdf"),
    path("board-report/report.docx", board_views.board_report_word, name="board_report_word"),
    path("what-changed/", views.what_changed, name="what_changed"),
    path("risk-removed/", ranking_views.risk_ranking, name="risk_ranking"),
    path("risk-removed/ranking.csv", ranking_views.risk_ranking_csv, name="risk_ranking_csv"),
    path("registers/", register_views.registers, name="registers"),
    path("registers/<table:key>/", register_views.register_table, name="register_table"),
    path("registers/<table:key>.csv", register_views.register_table_csv, name="register_table_csv"),
    path("as-at/", views.as_at, name="as_at"),
]
