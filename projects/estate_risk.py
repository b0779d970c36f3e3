"""What projects remove of the backlog of their sites. Pages, files and the board report take it from here.

Critical infrastructure risk (CIR) is the high and significant risk backlog. Money is Decimal pounds, in the prices of
each statement and return. None is not known, which is never 0.
"""

from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Q
from django.utils.text import capfirst

from estates_portal.dates import PartialDate
from estates_portal.sorting import sort_key
from sites.models import Site, with_condition, with_newest_figures

from .costs import EXPECTED_HINT, CostFigure, costs_of
from .labels import exact_pounds, not_accepted, percent, plural, whose_return
from .models import BacklogBand, BacklogRemoved, DeliveryState, Project, year_label
from .models.backlog import CIR_REMOVED, newest_removed
from .models.finance import known_sum

BAND_COLUMNS = [band.column for band in BacklogBand]


def with_estate(sites, reader):
    """The sites with their condition and the backlog of their newest return that `reader` can see."""
    return with_newest_figures(with_condition(sites, reader), reader, *BAND_COLUMNS)


def share_label(removed, cir):
    """The CIR removed as a share: "£8,000,000 of £20,364,850, 39 per cent"; "" without both, or of none."""
    if removed is None or not cir:
        return ""
    return f"{exact_pounds(removed)} of {exact_pounds(cir)}, {percent(removed, cir)} per cent"


def return_label(site):
    """ "2014/15 return", with whose it is if several trusts reported the site that year; "" without a return."""
    if site.return_year is None:
        return ""
    whose = whose_return(site)
    return f"{year_label(site.return_year)} return{f' ({whose})' if whose else ''}"


def share_or_why(removed, cir):
    """The `share_label`, or "No CIR at the site" for a known 0, or "Not known"."""
    return share_label(removed, cir) or ("No CIR at the site" if cir == 0 else "Not known")


@dataclass(frozen=True, slots=True)
class SiteRisk:
    """A site `with_estate`, and {band: the statement that holds} of what a project removes there."""

    site: Site
    removed: dict

    @property
    def statements(self):
        """The statements, the highest risk first."""
        return [self.removed[band] for band in BacklogBand if band in self.removed]

    @property
    def amounts(self):
        """[pounds removed] of each band; None is not stated."""
        return [self.removed[band].amount_pounds if band in self.removed else None for band in BacklogBand]

    @property
    def cir_removed(self):
        """The sum of the stated CIR removed; None if none is stated."""
        return known_sum(self.removed[band].amount_pounds for band in CIR_REMOVED if band in self.removed)

    @property
    def not_stated(self):
        """The labels of bands of CIR that are not stated, if another is."""
        if self.cir_removed is None:
            return []
        return [band.label for band in CIR_REMOVED if band not in self.removed]

    @property
    def share_label(self):
        return share_label(self.cir_removed, self.site.cir)

    @property
    def share_text(self):
        return share_or_why(self.cir_removed, self.site.cir)

    @property
    def share_note(self):
        """Why the share is not known, or what it leaves out or compares."""
        if not self.share_label:
            return capfirst(", ".join(filter(None, [self.why_none_removed, self.why_no_cir.lower()])))
        prices = {self.removed[band].price_year for band in CIR_REMOVED if band in self.removed}
        differ = "" if prices == {self.site.return_year} else "prices of different or unknown years"
        not_stated = " and ".join(f"{band.lower()} risk not stated" for band in self.not_stated)
        return capfirst(", ".join(filter(None, [not_stated, differ, whose_return(self.site)])))

    @property
    def why_no_cir(self):
        """Why the CIR of the site is not known; "" if it is."""
        if self.site.cir is not None:
            return ""
        return "No estate return" if self.site.return_year is None else "Not in the return"

    @property
    def why_none_removed(self):
        """Why the CIR removed is not known; "" if it is."""
        if self.cir_removed is not None:
            return ""
        return "Only moderate or low risk stated" if self.removed else "Nothing stated"

    @property
    def area(self):
        """The area of the return in m²: "59,132"; "" if it is not known."""
        return "" if self.site.area is None else f"{self.site.area:,.0f}"

    @property
    def return_year(self):
        """The year of the return: "2014/15"; "" without one."""
        return "" if self.site.return_year is None else year_label(self.site.return_year)

    @property
    def whose_return(self):
        return whose_return(self.site)

    @property
    def surveyed(self):
        """When its condition was surveyed: "2019", "date not known"; "" if no condition is known."""
        date = PartialDate.of(self.site.surveyed_on, self.site.surveyed_on_precision)
        return "" if not self.site.condition else date.label if date else "date not known"


@dataclass(frozen=True, slots=True)
class RiskRemoved:
    """What a project removes at its sites ([`SiteRisk`]), and its cost as of `Costs.expected`.

    A band that is not stated adds nothing, and `not_stated_label` names it.
    """

    sites: list
    cost: CostFigure | None

    cost_hint = EXPECTED_HINT

    @property
    def cir(self):
        """The CIR of its sites together; None if that of one is not known."""
        parts = [risk.site.cir for risk in self.sites]
        return sum(parts) if parts and None not in parts else None

    @property
    def cir_removed(self):
        """The sum of the stated CIR removed; None if none is stated."""
        return known_sum(risk.cir_removed for risk in self.sites)

    @property
    def share_label(self):
        return share_label(self.cir_removed, self.cir)

    @property
    def per_pound(self):
        """Pounds of cost for each pound of CIR removed; None if either is not known, or no CIR is removed."""
        return self.cost.pounds / self.cir_removed if self.cost and self.cir_removed else None

    @property
    def per_pound_label(self):
        """ "£2.50"; "" if it is not known."""
        return "" if self.per_pound is None else f"£{self.per_pound:,.2f}"

    @property
    def statements(self):
        return [statement for risk in self.sites for statement in risk.statements]

    @property
    def returns_label(self):
        """ "2014/15 return", or those of several sites, each with its site; "" without one."""
        labels = [(risk.site.name, return_label(risk.site)) for risk in self.sites if risk.site.return_year is not None]
        different = list(dict.fromkeys(label for _name, label in labels))
        if len(different) < 2:
            return "".join(different)
        return "; ".join(f"{name}: {label}" for name, label in labels)

    @property
    def accepted_label(self):
        """Whether all its returns are accepted: "Yes", "No"; "" without one. For files."""
        accepted = {risk.site.return_accepted for risk in self.sites} - {None}
        return ("Yes" if all(accepted) else "No") if accepted else ""

    @property
    def not_accepted_label(self):
        """ "Not accepted yet" if a return is not; "Not accepted yet for 1 of 2 sites"; else ""."""
        return not_accepted(*(risk.site.return_accepted for risk in self.sites))

    @property
    def why_no_cir(self):
        """Why the CIR of its sites is not known; "" if it is."""
        reasons = [risk.why_no_cir for risk in self.sites if risk.why_no_cir]
        if len(self.sites) > 1 and reasons:
            return f"Not known for {len(reasons)} of {len(self.sites)} sites"
        return next(iter(reasons), "" if self.sites else "No site")

    @property
    def why_none_removed(self):
        """Why the CIR removed is not known; "" if it is."""
        if self.cir_removed is not None:
            return ""
        return "Only moderate or low risk stated" if self.statements else "Nothing stated"

    @property
    def not_stated_label(self):
        """ "Significant risk not stated at 1 of 2 sites", if the CIR removed is known in part; else ""."""
        if self.cir_removed is None:
            return ""
        bands = {}  # {ids of the sites where it is not stated: [label of the band]}
        for band in CIR_REMOVED:
            without = tuple(risk.site.pk for risk in self.sites if band not in risk.removed)
            bands.setdefault(without, []).append(band.label)
        labels = []
        for without, of_sites in bands.items():
            where = f" at {len(without)} of {len(self.sites)} sites" if len(self.sites) > 1 else ""
            labels += [f"{' and '.join(of_sites).capitalize()} risk not stated{where}"] if without else []
        return "; ".join(labels)

    @property
    def why_no_rate(self):
        """Why the cost for each pound is not known: "Nothing stated, no cost"; "" if it is known."""
        reasons = [self.why_none_removed or ("" if self.cir_removed else "No CIR removed")]
        reasons += [] if self.cost else ["no cost"]
        return capfirst(", ".join(filter(None, reasons)))


@dataclass(frozen=True, slots=True)
class Excess:
    """A band of which the projects at a site together remove more than its newest return has."""

    site: str
    band: BacklogBand
    removed: Decimal
    in_return: Decimal
    return_label: str
    projects: int

    @property
    def label(self):
        verb = "removes" if self.projects == 1 else "remove"
        return (
            f"{self.band.label} risk backlog at {self.site}: {plural(self.projects, 'project')} {verb} "
            f"{exact_pounds(self.removed)}, more than the {exact_pounds(self.in_return)} in the {self.return_label}"
        )


def excesses_of(site, statements):
    """[`Excess`] of a site `with_estate` and the statements there that hold. Unknown figures have none."""
    excesses = []
    for band in BacklogBand:
        amounts = [one.amount_pounds for one in statements if one.site_id == site.pk and one.band == band]
        in_return = getattr(site, band.column)
        if amounts and in_return is not None and sum(amounts) > in_return:
            label = ", ".join(filter(None, [return_label(site), not_accepted(site.return_accepted).lower()]))
            excesses.append(Excess(site.name, band, sum(amounts), in_return, label, len(amounts)))
    return excesses


def _by_site(statements):
    """{site id: {band: statement}} of the statements of one project that hold."""
    removed = {}
    for statement in statements:
        removed.setdefault(statement.site_id, {})[statement.band] = statement
    return removed


# One project ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class EstateBehind:
    """The estate behind a project: its sites with what it removes there, and the `Excess`es at them."""

    risk: RiskRemoved
    excesses: list

    @property
    def is_known(self):
        """Whether there is a return, a condition or a statement to show."""
        sites = [risk.site for risk in self.risk.sites]
        return bool(self.risk.statements) or any(site.return_year is not None or site.condition for site in sites)


def estate_behind(project, reader):
    """The `EstateBehind` of a project that `reader` can see; for the public without what it removes and its cost.

    Two queries, for the public one, without those of the project's sites and costs. A cancelled project removes nothing
    from a site, so it causes no `Excess`.
    """
    ids = dict.fromkeys([project.site_id, *(site.pk for site in project.further_sites.all())])
    others = Q(site__in=[pk for pk in ids if pk]) & ~Q(project__delivery_state=DeliveryState.CANCELLED)
    visible = BacklogRemoved.objects.visible_to(reader).filter(others | Q(project=project.pk))
    holding = newest_removed(visible).values()
    removed = _by_site(statement for statement in holding if statement.project_id == project.pk)
    ids = [pk for pk in dict.fromkeys([*ids, *removed]) if pk]
    sites = with_estate(Site.objects.visible_to(reader).filter(pk__in=ids), reader).in_bulk() if ids else {}
    ids = [pk for pk in ids if pk in sites]
    cost = costs_of(project).expected if reader.is_authenticated else None
    risk = RiskRemoved([SiteRisk(sites[pk], removed.get(pk, {})) for pk in ids], cost)
    if project.delivery_state == DeliveryState.CANCELLED:
        holding = [statement for statement in holding if statement.project_id != project.pk]
    return EstateBehind(risk, [excess for pk in ids for excess in excesses_of(sites[pk], holding)])


# One site ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class RemovedAtSite:
    """What projects remove at a site: [(project, `SiteRisk`)] by title. Sums leave out cancelled projects."""

    site: Site
    rows: list
    holding: list

    @property
    def totals(self):
        """[(sum of the pounds removed, what it leaves out)] of each band; None is not stated."""
        amounts = [
            [statement.amount_pounds for statement in self.holding if statement.band == band] for band in BacklogBand
        ]
        return [(known_sum(of_band), self._left_out(len(of_band))) for of_band in amounts]

    def _left_out(self, stated):
        """ "Not stated by 1 of 2 projects", if a sum of `stated` amounts leaves out a project; else ""."""
        projects = len({statement.project_id for statement in self.holding})
        return f"Not stated by {projects - stated} of {projects} projects" if 0 < stated < projects else ""

    @property
    def share_note(self):
        """That the share leaves out what is not stated, and whose return it is of."""
        if self.cir_removed is None:
            return ""
        stated = dict(zip(BacklogBand, self.totals, strict=True))
        is_partial = any(pounds is None or left_out for pounds, left_out in (stated[band] for band in CIR_REMOVED))
        return ", ".join(filter(None, ["Leaves out what is not stated" if is_partial else "", whose_return(self.site)]))

    @property
    def cir_removed(self):
        return known_sum(statement.amount_pounds for statement in self.holding if statement.band in CIR_REMOVED)

    @property
    def share_text(self):
        return share_or_why(self.cir_removed, self.site.cir)

    @property
    def in_return(self):
        """[pounds of its newest return] of each band; None is not known."""
        return [getattr(self.site, column) for column in BAND_COLUMNS]

    @property
    def return_label(self):
        return return_label(self.site)

    @property
    def excesses(self):
        return excesses_of(self.site, self.holding)


def removed_at(site, reader):
    """The `RemovedAtSite` that `reader` can see. Two queries; one, if nothing is stated, none for the public."""
    visible = BacklogRemoved.objects.visible_to(reader).filter(site=site.pk).select_related("project")
    newest = newest_removed(visible).values()
    if not newest:
        return None
    site = with_estate(Site.objects.filter(pk=site.pk), reader).get()
    by_project = {}
    for statement in sorted(newest, key=lambda statement: (sort_key(statement.project.title), statement.project_id)):
        by_project.setdefault(statement.project, {})[statement.band] = statement
    rows = [(project, SiteRisk(site, removed)) for project, removed in by_project.items()]
    cancelled = DeliveryState.CANCELLED
    return RemovedAtSite(site, rows, [one for one in newest if one.project.delivery_state != cancelled])


# Many projects -------------------------------------------------------------------------------------------------------


def risks_removed(projects, reader):
    """[(project, its `RiskRemoved`)] of projects that a signed-in user can see, by the returns that `reader` can see.

    Six queries.
    """
    chosen = Project.objects.filter(pk__in=projects.order_by().values("pk")).order_by()
    links = Project.further_sites.through.objects.filter(project__in=chosen.values("pk"))
    statements = BacklogRemoved.objects.filter(project__in=chosen.values("pk"))
    on_any = Q(pk__in=chosen.values("site")) | Q(pk__in=links.values("site")) | Q(pk__in=statements.values("site"))
    sites = with_newest_figures(Site.objects.filter(on_any).order_by(), reader).in_bulk()
    removed, further = {}, {}
    for statement in newest_removed(statements).values():
        removed.setdefault(statement.project_id, []).append(statement)
    for project, site in links.order_by("pk").values_list("project_id", "site_id"):
        further.setdefault(project, []).append(site)
    risks = []
    for project in chosen.prefetch_related("annual_costs", "cost_estimates"):
        of_project = _by_site(removed.get(project.pk, []))
        ids = dict.fromkeys([project.site_id, *further.get(project.pk, []), *of_project])
        parts = [SiteRisk(sites[pk], of_project.get(pk, {})) for pk in ids if pk in sites]
        risks.append((project, RiskRemoved(parts, costs_of(project).expected)))
    return risks


# The columns that sort the ranking, with a label for each.
RANKED_BY = {
    "title": "Project",
    "cir": "CIR of the site",
    "removed": "CIR removed",
    "cost": "Cost",
    "rate": "£ per £ of CIR",
}


def ranked(risks, column="rate", descending=False):
    """The pairs of `risks_removed` sorted by a column of RANKED_BY, then by title. Those not known come last.

    Cancelled projects remove nothing, so they are left out.
    """

    def value_of(pair):
        risk = pair[1]
        return {
            "cir": risk.cir,
            "removed": risk.cir_removed,
            "cost": risk.cost and risk.cost.pounds,
            "rate": risk.per_pound,
        }[column]

    risks = [pair for pair in risks if pair[0].delivery_state != DeliveryState.CANCELLED]
    by_title = sorted(risks, key=lambda pair: (sort_key(pair[0].title), pair[0].pk))
    if column == "title":
        return by_title[::-1] if descending else by_title
    known = [pair for pair in by_title if value_of(pair) is not None]
    known.sort(key=value_of, reverse=descending)
    return known + [pair for pair in by_title if value_of(pair) is None]
