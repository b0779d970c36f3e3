"""Adds facts that contributors propose to example projects."""

import datetime
import random
from collections import Counter

from projects.models import Project, Proposal, ProposalState

from .reports import example_people, noon

MAX_PROPOSALS = 8
ADDITIONS = [
    "The entrance is on the side of the bus station.",
    "It has 40 parking spaces, six of them for blue badge holders.",
    "The pharmacy is open on Saturdays.",
]
REPLY = "Leave this for the page of the building when it opens."


def add_proposed_facts(on, *, seed=1):
    """Propose a longer summary of the newest example projects; return the counts. Every third one is declined."""
    dice = random.Random(f"{seed} facts")  # noqa: S311 -- example data
    writer, reviewer = example_people()
    proposals = []
    projects = Project.objects.filter(is_example=True, published=True, proposals=None).order_by("-pk")
    for number, project in enumerate(projects[:MAX_PROPOSALS]):
        day = on - datetime.timedelta(days=dice.randint(10, 20))
        new = f"{project.summary} {dice.choice(ADDITIONS)}"
        proposal = Proposal(project=project, field="summary", old=project.summary, new=new, proposed_by=writer)
        proposal.old_text, proposal.new_text, proposal.proposed_at = project.summary, new, noon(day)
        if number % 3 == 2:
            proposal.state, proposal.decided_by, proposal.reply = ProposalState.DECLINED, reviewer, REPLY
            proposal.decided_at = noon(day + datetime.timedelta(days=3))
        proposals.append(proposal)
    return +Counter({"proposed facts": len(Proposal.objects.bulk_create(proposals))})
