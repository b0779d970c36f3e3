from .detail import project_detail
from .following import follow
from .groups import priority_detail, programme_detail, programme_list
from .history import project_history
from .home import home
from .lists import hospital_scheme_list, hub_list, project_list
from .money import money_edit, project_money
from .my_work import my_work
from .periods import period_chase, period_close, period_detail, period_list
from .report import correct, correction, discard, report, take_back
from .review import note_decide, review_queue, review_update
from .risks import project_risks, risk_add, risk_edit, risk_list
from .search import search
from .updates import update_compare, update_detail, update_list

__all__ = [
    "correct",
    "correction",
    "discard",
    "follow",
    "home",
    "hospital_scheme_list",
    "hub_list",
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
    "project_money",
    "project_risks",
    "report",
    "review_queue",
    "review_update",
    "risk_add",
    "risk_edit",
    "risk_list",
    "search",
    "take_back",
    "update_compare",
    "update_detail",
    "update_list",
]
