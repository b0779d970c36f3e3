from .detail import project_detail
from .groups import priority_detail, programme_detail, programme_list
from .history import project_history
from .home import home
from .lists import hospital_scheme_list, hub_list, project_list
from .search import search

__all__ = [
    "home",
    "hospital_scheme_list",
    "hub_list",
    "priority_detail",
    "programme_detail",
    "programme_list",
    "project_detail",
    "project_history",
    "project_list",
    "search",
]
