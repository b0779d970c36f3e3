"""All emails about events, sent by a command that runs each hour."""

from collections import defaultdict

from django.utils import timezone

from projects.models import ReportingPeriod
from projects.notices import for_office, office_users, send_items
from projects.reporting.notifications import outstanding_reports, report_items, with_reporters
from projects.risks.notifications import answered

from .events import office_events


def send_notices(today=None, dry_run=False):
    """Send each user one email with new items and unsent ones to retry; return a `SendResult`.

    Safe to repeat, and to run twice at the same time.
    """
    today = today or timezone.localdate()
    outstanding = outstanding_reports(ReportingPeriod.objects.open_on(today), today)
    reported_by = list(with_reporters(outstanding))
    sources = [*report_items(reported_by, today), answered()]
    if people := list(office_users()):
        sources.append(for_office(office_events(outstanding, reported_by, today), people))
    items = defaultdict(list)
    for source in sources:
        for person, new_items in source.items():
            items[person] += new_items
    return send_items(items, dry_run)
