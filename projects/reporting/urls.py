from django.urls import path

from .views import my_work, notes, periods, report, reports, review

urlpatterns = [
    path("projects/<slug:slug>/report/<slug:period>/", report.report, name="report"),
    path("projects/<slug:slug>/updates/", reports.report_list, name="report_list"),
    path("projects/<slug:slug>/updates/compare/", reports.report_compare, name="report_compare"),
    path("projects/<slug:slug>/updates/<int:pk>/", reports.report_detail, name="report_detail"),
    path("projects/<slug:slug>/updates/<int:pk>/correction/", report.correction, name="correction"),
    path("projects/<slug:slug>/updates/<int:pk>/correct/", report.report_correct, name="report_correct"),
    path("projects/<slug:slug>/updates/<int:pk>/take-back/", report.report_withdraw, name="report_withdraw"),
    path("projects/<slug:slug>/updates/<int:pk>/discard/", report.report_delete, name="report_delete"),
    path("projects/<slug:slug>/notes/<int:pk>/", notes.note_correct, name="note_correct"),
    path("projects/<slug:slug>/notes/<int:pk>/withdraw/", notes.note_withdraw, name="note_withdraw"),
    path("my-work/", my_work.my_work, name="my_work"),
    path("reporting/", periods.reporting, name="reporting"),
    path("review/", review.review_queue, name="review_queue"),
    path("review/accept/", review.review_accept, name="review_accept"),
    path("review/public/", review.public_updates, name="public_updates"),
    path("review/<int:pk>/", review.review_report, name="review_report"),
    path("review/notes/<int:pk>/", review.note_decide, name="note_decide"),
    path("review/dates/<int:pk>/", review.date_decide, name="date_decide"),
    path("review/<str:kind>/<int:pk>/", review.public_decide, name="public_decide"),
    path("periods/", periods.period_list, name="period_list"),
    path("periods/<slug:slug>/", periods.period_detail, name="period_detail"),
    path("periods/<slug:slug>/progress.csv", periods.period_csv, name="period_csv"),
    path("periods/<slug:slug>/close/", periods.period_close, name="period_close"),
    path("periods/<slug:slug>/chase/", periods.period_remind, name="period_remind"),
]
