"""Estate returns, condition surveys and leases of example sites."""

import datetime
import random
from decimal import Decimal

from django.db.models import Q

from sites.models import ConditionSurvey, EstateReturn, Organisation, Site, SiteKind, Tenure

YEARS = 6  # of returns, up to the last whole financial year
SOURCE = "Example data, not a published return"
AGES = ["2015 to present", "2005 to 2014", "1995 to 2004", "1985 to 1994", "Before 1985"]
# The range of the gross internal area by type of site, in m².
AREAS = {
    SiteKind.ACUTE_HOSPITAL: (30_000, 90_000),
    SiteKind.COMMUNITY_HOSPITAL: (3_000, 15_000),
    SiteKind.HEALTH_CENTRE: (600, 4_000),
    SiteKind.HUB: (800, 5_000),
}


class Estate:
    """Makes what is known of the estate of example sites; the same seed gives the same figures."""

    def __init__(self, seed, on):
        self.random, self.on = random.Random(f"{seed} estate"), on
        self.last_year = on.year - (1 if on.month >= 4 else 2)

    def add_lease(self, site):
        """Set the end of the lease of a site that has one."""
        if site.tenure in {Tenure.LEASEHOLD, Tenure.LICENCE} and self.random.random() < 0.8:
            site.lease_ends_on = self.on + datetime.timedelta(days=self.random.randint(100, 5_000))

    def survey(self, site, grade):
        """The survey with this grade; two in three have a date."""
        day = self.on - datetime.timedelta(days=self.random.randint(100, 2_500))
        return ConditionSurvey(
            site=site,
            grade=grade,
            surveyed_on=day.replace(month=1, day=1) if self.random.random() < 0.66 else None,
            surveyed_on_precision="year",
            source_words=SOURCE,
            accepted=self.random.random() < 0.9,
        )

    def returns(self, site, trust):
        """The returns of a site, with gaps between the years; none for land."""
        if site.kind not in AREAS or self.random.random() < 0.2:
            return
        area = self.random.randint(*AREAS[site.kind])
        per_m2 = [self.random.choice([0, 5, 20, 60, 150]) * self.random.random() for _band in range(4)]
        ages = self.random.choices(range(1, 10), k=len(AGES))
        for year in range(self.last_year - YEARS + 1, self.last_year + 1):
            if self.random.random() < 0.2:
                continue
            growth = Decimal(f"{1 + 0.08 * (year - self.last_year + YEARS) + self.random.uniform(-0.1, 0.1):.3f}")
            high, significant, moderate, low = (Decimal(round(area * share)) * growth for share in per_m2)
            row = EstateReturn(
                site=site,
                year=year,
                reported_by=trust,
                reported_as=trust.name,
                site_name_as_published=site.name.upper(),
                site_type_as_published=site.get_kind_display().upper(),
                gross_internal_area_m2=area,
                occupied_area_m2=round(area * 0.93),
                unsuitable_percent=self.random.choice([0, 5, 12, 30]),
                void_percent=self.random.choice([0, 0, 2, 8]),
                backlog_high_pounds=round(high),
                backlog_significant_pounds=round(significant),
                backlog_moderate_pounds=round(moderate),
                backlog_low_pounds=round(low),
                risk_adjusted_backlog_pounds=round((high + significant) / 2),
                hard_fm_pounds=area * self.random.randint(60, 110),
                soft_fm_pounds=area * self.random.randint(80, 160),
                finance_cost_pounds=area * self.random.randint(50, 150),
                energy_cost_pounds=area * self.random.randint(20, 45),
                age_bands=[[band, round(100 * part / sum(ages), 1)] for band, part in zip(AGES, ages, strict=True)],
                source_words=SOURCE,
                published_on=datetime.date(year + 1, 10, 15),
                accepted=year < self.last_year or self.random.random() < 0.7,
            )
            if self.random.random() < 0.15:
                row.backlog_low_pounds, row.why_unknown = None, {"backlog_low_pounds": "No Data Provided"}
            yield row


def delete_estate():
    """Delete the returns and surveys of example sites and organisations, without history."""
    sites, organisations = Site.objects.filter(is_example=True), Organisation.objects.filter(is_example=True)
    returns = EstateReturn.objects.filter(Q(site__in=sites) | Q(aggregate_of__in=organisations))
    returns.order_by()._raw_delete("default")
    ConditionSurvey.objects.filter(site__in=sites).order_by()._raw_delete("default")
