from projects.browse.group_views import priority_detail, programme_detail, programme_list
from projects.browse.views import hospital_scheme_list, hub_list, project_list
from projects.detail.following import follow
from projects.detail.history_views import project_history
from projects.detail.views import project_detail
from projects.exports.feeds import calendar, calendar_links, open_data, open_data_csv, open_data_json, progress_feed
from projects.exports.views import export_csv, export_workbook
from projects.finance.views import money_edit, project_money
from projects.milestones.views.change_requests import change_ask, change_decide, change_list
from projects.milestones.views.grid import milestone_grid
from projects.milestones.views.milestones import gates_add, milestone_add, milestone_edit, project_milestones
from projects.milestones.views.timeline import project_timeline, timeline
from projects.portfolio.board.views import board_report_page, board_report_pdf, board_report_word
from projects.portfolio.saved_views import start, view_add, view_change, view_list
from projects.portfolio.views import as_at, home, what_changed
from projects.registers.views import register, register_add, register_edit, register_remove
from projects.reporting.views.my_work import my_work
from projects.reporting.views.periods import period_chase, period_close, period_detail, period_list
from projects.reporting.views.report import correct, correction, discard, report, take_back
from projects.reporting.views.review import note_decide, review_queue, review_update
from projects.reporting.views.updates import update_compare, update_detail, update_list
from projects.risks.views import project_risks, risk_add, risk_edit, risk_list
from projects.search.views import search

__all__ = [
    "as_at",
    "board_report_page",
    "board_report_pdf",
    "board_report_word",
    "calendar",
    "calendar_links",
    "change_ask",
    "change_decide",
    "change_list",
    "correct",
    "correction",
    "discard",
    "export_csv",
    "export_workbook",
    "follow",
    "gates_add",
    "home",
    "hospital_scheme_list",
    "hub_list",
    "milestone_add",
    "milestone_edit",
    "milestone_grid",
    "money_edit",
    "my_work",
    "note_decide",
    "open_data",
    "open_data_csv",
    "open_data_json",
    "period_chase",
    "period_close",
    "period_detail",
    "period_list",
    "priority_detail",
    "programme_detail",
    "programme_list",
    "progress_feed",
    "project_detail",
    "project_history",
    "project_list",
    "project_milestones",
    "project_money",
    "project_risks",
    "project_timeline",
    "register",
    "register_add",
    "register_edit",
    "register_remove",
    "report",
    "review_queue",
    "review_update",
    "risk_add",
    "risk_edit",
    "risk_list",
    "search",
    "start",
    "take_back",
    "timeline",
    "update_compare",
    "update_detail",
    "update_list",
    "view_add",
    "view_change",
    "view_list",
    "what_changed",
]
