from .board import board_report_page, board_report_pdf, board_report_word
from .dashboard import as_at, what_changed
from .detail import project_detail
from .exports import export_csv, export_workbook
from .feeds import calendar, calendar_links, open_data, open_data_csv, open_data_json, progress_feed
from .following import follow
from .groups import priority_detail, programme_detail, programme_list
from .history import project_history
from .home import home
from .lists import hospital_scheme_list, hub_list, project_list
from .milestones import (
    change_ask,
    change_decide,
    change_list,
    gates_add,
    milestone_add,
    milestone_edit,
    milestone_grid,
    project_milestones,
)
from .money import money_edit, project_money
from .my_work import my_work
from .periods import period_chase, period_close, period_detail, period_list
from .registers import register, register_add, register_edit, register_remove
from .report import correct, correction, discard, report, take_back
from .review import note_decide, review_queue, review_update
from .risks import project_risks, risk_add, risk_edit, risk_list
from .saved_views import start, view_add, view_change, view_list
from .search import search
from .timeline import project_timeline, timeline
from .updates import update_compare, update_detail, update_list

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
