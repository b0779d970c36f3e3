from .milestone import Milestone, MilestoneKind, MilestoneStatement, StatementKind
from .money import CostEstimate, FundingLine, FundingStatus
from .note import ProgressNote
from .project import (
    DeliveryState,
    HospitalScheme,
    Hub,
    HubType,
    OtherName,
    Priority,
    PriorityKind,
    Programme,
    Project,
    ProjectKind,
    ProjectSource,
    Service,
    Stage,
    StageBasis,
)

__all__ = [
    "CostEstimate",
    "DeliveryState",
    "FundingLine",
    "FundingStatus",
    "HospitalScheme",
    "Hub",
    "HubType",
    "Milestone",
    "MilestoneKind",
    "MilestoneStatement",
    "OtherName",
    "Priority",
    "PriorityKind",
    "Programme",
    "ProgressNote",
    "Project",
    "ProjectKind",
    "ProjectSource",
    "Service",
    "Stage",
    "StageBasis",
    "StatementKind",
]
