from .dashboard import as_at, what_changed
from .detail import project_detail
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
from .search import search
from .timeline import project_timeline, timeline
from .updates import update_compare, update_detail, update_list

__all__ = [
    "as_at",
    "change_ask",
    "change_decide",
    "change_list",
    "correct",
    "correction",
    "discard",
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
    "period_chase",
    "period_close",
    "period_detail",
    "period_list",
    "priority_detail",
    "programme_detail",
    "programme_list",
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
    "take_back",
    "timeline",
    "update_compare",
    "update_detail",
    "update_list",
    "what_changed",
]
