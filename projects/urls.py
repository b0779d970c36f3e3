from django.urls import path, register_converter
from django.urls.converters import StringConverter

from . import views
from .exports import SHEETS
from .registers import REGISTERS


class RegisterConverter(StringConverter):
    """The word for a kind of register in an address."""

    regex = "|".join(REGISTERS)


class SheetConverter(StringConverter):
    """The word for a kind of exported row in an address."""

    regex = "|".join(SHEETS)


register_converter(RegisterConverter, "register")
register_converter(SheetConverter, "sheet")

app_name = "projects"
urlpatterns = [
    path("projects/", views.project_list, name="project_list"),
    path("projects/<slug:slug>/", views.project_detail, name="project_detail"),
    path("projects/<slug:slug>/history/", views.project_history, name="project_history"),
    path("projects/<slug:slug>/follow/", views.follow, name="follow"),
    path("projects/<slug:slug>/report/<slug:period>/", views.report, name="report"),
    path("projects/<slug:slug>/updates/", views.update_list, name="update_list"),
    path("projects/<slug:slug>/updates/compare/", views.update_compare, name="update_compare"),
    path("projects/<slug:slug>/updates/<int:pk>/", views.update_detail, name="update_detail"),
    path("projects/<slug:slug>/updates/<int:pk>/correction/", views.correction, name="correction"),
    path("projects/<slug:slug>/updates/<int:pk>/correct/", views.correct, name="report_correct"),
    path("projects/<slug:slug>/updates/<int:pk>/take-back/", views.take_back, name="report_take_back"),
    path("projects/<slug:slug>/updates/<int:pk>/discard/", views.discard, name="report_discard"),
    path("projects/<slug:slug>/risks/", views.project_risks, name="project_risks"),
    path("projects/<slug:slug>/risks/add/", views.risk_add, name="risk_add"),
    path("projects/<slug:slug>/risks/<int:pk>/", views.risk_edit, name="risk_edit"),
    path("projects/<slug:slug>/money/", views.project_money, name="project_money"),
    path("projects/<slug:slug>/money/edit/", views.money_edit, name="money_edit"),
    path("projects/<slug:slug>/milestones/", views.project_milestones, name="project_milestones"),
    path("projects/<slug:slug>/milestones/add/", views.milestone_add, name="milestone_add"),
    path("projects/<slug:slug>/milestones/gates/", views.gates_add, name="gates_add"),
    path("projects/<slug:slug>/milestones/<int:pk>/", views.milestone_edit, name="milestone_edit"),
    path("projects/<slug:slug>/milestones/<int:pk>/change/", views.change_ask, name="change_ask"),
    path("projects/<slug:slug>/timeline/", views.project_timeline, name="project_timeline"),
    path("projects/<slug:slug>/<register:key>/", views.register, name="register"),
    path("projects/<slug:slug>/<register:key>/add/", views.register_add, name="register_add"),
    path("projects/<slug:slug>/<register:key>/<int:pk>/", views.register_edit, name="register_edit"),
    path("projects/<slug:slug>/<register:key>/<int:pk>/remove/", views.register_remove, name="register_remove"),
    path("export/portfolio.xlsx", views.export_workbook, name="export_workbook"),
    path("export/<sheet:sheet>.csv", views.export_csv, name="export_csv"),
    path("calendar/", views.calendar_links, name="calendar_links"),
    path("calendar/<str:token>/<slug:scope>.ics", views.calendar, name="calendar"),
    path("progress.atom", views.progress_feed, name="progress_feed"),
    path("open-data/", views.open_data, name="open_data"),
    path("open-data/projects.json", views.open_data_json, name="open_data_json"),
    path("open-data/projects.csv", views.open_data_csv, name="open_data_csv"),
    path("views/", views.view_list, name="view_list"),
    path("views/add/", views.view_add, name="view_add"),
    path("views/<int:pk>/", views.view_change, name="view_change"),
    path("start/", views.start, name="start"),
    path("board-report/", views.board_report_page, name="board_report"),
    path("board-report/report.pdf", views.board_report_pdf, name="board_report_pdf"),
    path("board-report/report.docx", views.board_report_word, name="board_report_word"),
    path("what-changed/", views.what_changed, name="what_changed"),
    path("as-at/", views.as_at, name="as_at"),
    path("timeline/", views.timeline, name="timeline"),
    path("milestones/", views.milestone_grid, name="milestone_grid"),
    path("changes/", views.change_list, name="change_list"),
    path("changes/<int:pk>/", views.change_decide, name="change_decide"),
    path("risks/", views.risk_list, name="risk_list"),
    path("my-work/", views.my_work, name="my_work"),
    path("review/", views.review_queue, name="review_queue"),
    path("review/<int:pk>/", views.review_update, name="review_update"),
    path("review/notes/<int:pk>/", views.note_decide, name="note_decide"),
    path("periods/", views.period_list, name="period_list"),
    path("periods/<slug:slug>/", views.period_detail, name="period_detail"),
    path("periods/<slug:slug>/close/", views.period_close, name="period_close"),
    path("periods/<slug:slug>/chase/", views.period_chase, name="period_chase"),
    path("hubs/", views.hub_list, name="hub_list"),
    path("hospital-schemes/", views.hospital_scheme_list, name="hospital_scheme_list"),
    path("programmes/", views.programme_list, name="programme_list"),
    path("programmes/<slug:slug>/", views.programme_detail, name="programme_detail"),
    path("priorities/<slug:slug>/", views.priority_detail, name="priority_detail"),
    path("search/", views.search, name="search"),
]
