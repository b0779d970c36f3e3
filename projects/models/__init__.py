from estates_portal.statements import StageBasis

from .backlog import BacklogBand, BacklogRemoved
from .change import ChangeRequest, ChangeState
from .choices import (
    DeliveryState,
    HubType,
    MilestoneKind,
    PriorityKind,
    ProjectKind,
    Rating,
    ReportingCadence,
    Stage,
)
from .closure import Outcome, ProjectClosure
from .escalation import EscalationState, RiskEscalation
from .estate_import import EstateImport
from .finance import AnnualCost, CostEstimate, FunderKind, FundingLine, FundingStatus, financial_year_of, year_label
from .handover import HandOver
from .links import LINKS, NotRecorded, linked_at
from .milestone import (
    GATE_KINDS,
    Gate,
    Milestone,
    MilestoneDependency,
    MilestoneStatement,
    StatementKind,
    gate_of,
)
from .note import ProgressNote
from .notice import Notice, NoticeKind
from .project import HospitalScheme, Hub, OtherName, Priority, Programme, Project, ProjectSource, Service
from .proposal import Proposal, ProposalState
from .register import Benefit, Decision, Document, DocumentKind
from .reporting import (
    EDITABLE,
    FACETS,
    REPORTED,
    DateChangeReason,
    Following,
    ProposedNote,
    RatingMeaning,
    ReportAction,
    ReportEvent,
    ReportExpected,
    ReportingPeriod,
    ReportMilestone,
    ReportState,
    StatusReport,
    Submission,
)
from .risk import (
    BANDS,
    Band,
    Consequence,
    Escalation,
    Likelihood,
    Movement,
    Risk,
    RiskAction,
    RiskCategory,
    RiskKind,
    band_of,
)
from .saved_view import CalendarLink, SavedView
from .source import Source
from .stage import StageStatement
from .strategy import StrategySection
from .synonym import SearchSynonym

__all__ = [
    "BANDS",
    "EDITABLE",
    "FACETS",
    "GATE_KINDS",
    "LINKS",
    "REPORTED",
    "AnnualCost",
    "BacklogBand",
    "BacklogRemoved",
    "Band",
    "Benefit",
    "CalendarLink",
    "ChangeRequest",
    "ChangeState",
    "Consequence",
    "CostEstimate",
    "DateChangeReason",
    "Decision",
    "DeliveryState",
    "Document",
    "DocumentKind",
    "Escalation",
    "EscalationState",
    "EstateImport",
    "Following",
    "FunderKind",
    "FundingLine",
    "FundingStatus",
    "Gate",
    "HandOver",
    "HospitalScheme",
    "Hub",
    "HubType",
    "Likelihood",
    "Milestone",
    "MilestoneDependency",
    "MilestoneKind",
    "MilestoneStatement",
    "Movement",
    "NotRecorded",
    "Notice",
    "NoticeKind",
    "OtherName",
    "Outcome",
    "Priority",
    "PriorityKind",
    "Programme",
    "ProgressNote",
    "Project",
    "ProjectClosure",
    "ProjectKind",
    "ProjectSource",
    "Proposal",
    "ProposalState",
    "ProposedNote",
    "Rating",
    "RatingMeaning",
    "ReportAction",
    "ReportEvent",
    "ReportExpected",
    "ReportMilestone",
    "ReportState",
    "ReportingCadence",
    "ReportingPeriod",
    "Risk",
    "RiskAction",
    "RiskCategory",
    "RiskEscalation",
    "RiskKind",
    "SavedView",
    "SearchSynonym",
    "Service",
    "Source",
    "Stage",
    "StageBasis",
    "StageStatement",
    "StatementKind",
    "StatusReport",
    "StrategySection",
    "Submission",
    "band_of",
    "financial_year_of",
    "gate_of",
    "linked_at",
    "year_label",
]
