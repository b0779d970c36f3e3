"""What a project that is not published still needs, computed from its records."""

from dataclasses import dataclass

from django.urls import reverse

from projects.models import DeliveryState


@dataclass(frozen=True)
class Task:
    """Something to do, with the address where it is done."""

    label: str
    url: str


def tasks_of(project):
    """[`Task`] of an active project that is not published. Reads its prefetched records: no query."""
    if project.published or project.delivery_state != DeliveryState.ACTIVE:
        return []
    has_gates = any(milestone.gate for milestone in project.milestones.all())
    publish = Task("Publish", reverse("projects:project_facts", args=[project.slug, "visibility"]))
    tasks = [
        (has_gates, Task("Add gates", reverse("projects:gates_add", args=[project.slug]))),
        (
            project.approved_budget is not None,
            Task("Enter the approved budget", reverse("projects:finance_edit", args=[project.slug])),
        ),
        (
            bool(project.funding_lines.all()),
            Task("Add funding", reverse("projects:funding_add", args=[project.slug])),
        ),
    ]
    return [*(task for is_done, task in tasks if not is_done), publish]
