"""The example portfolio: labelled, consistent, repeatable and deleted completely."""

import datetime

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.management import CommandError, call_command

from projects.demo.portfolio import EVENTS_REACHED, NotReady, delete_example_projects, make_example_projects
from projects.models import (
    DeliveryState,
    HospitalScheme,
    Hub,
    Milestone,
    MilestoneKind,
    MilestoneStatement,
    Programme,
    Project,
    ProjectKind,
    Stage,
    StatementKind,
)
from projects.models.milestone import newest_statement
from sites.models import Organisation, Site
from tests.factories import HubFactory, MilestoneFactory, PlaceFactory, PriorityFactory, SiteFactory, UserFactory

ON = datetime.date(2026, 11, 23)


@pytest.fixture
def ground(db):
    """The real places and priorities that the example portfolio needs."""
    for name in ("Luton", "Milton Keynes"):
        PlaceFactory(name=name, slug=name.lower().replace(" ", "-"))
    PriorityFactory.create_batch(3)


@pytest.fixture
def portfolio(ground):
    return make_example_projects(60, on=ON)


def picture():
    """The rows of the portfolio without ids."""
    return [
        list(
            Project.objects.order_by("reference").values_list(
                "reference", "title", "stage", "site__name", "parent__title"
            )
        ),
        list(Hub.objects.order_by("reference").values_list("reference", "hub_type", "population_served")),
        list(HospitalScheme.objects.order_by("reference").values_list("reference", "beds_added", "floor_area_m2")),
        list(
            MilestoneStatement.objects.order_by("pk").values_list(
                "milestone__project__reference", "milestone__title", "kind", "on", "precision", "stated_on"
            )
        ),
        list(
            Project.objects.order_by("reference", "funding_lines__pk").values_list(
                "reference", "funding_lines__amount_pounds"
            )
        ),
    ]


def test_command_adds_requested_number_of_labelled_projects(portfolio):
    assert portfolio["projects"] == Project.objects.count() == 60
    assert Hub.objects.count() + HospitalScheme.objects.count() == 60
    assert Organisation.objects.count() == 8
    assert Site.objects.count() == 20
    for model in (Project, Organisation, Site, Programme):
        assert not model.objects.filter(is_example=False).exists()
    assert all(title.startswith("Example: ") for title in Project.objects.values_list("title", flat=True))
    assert all(name.startswith("Example: ") for name in Organisation.objects.values_list("name", flat=True))


def test_references_are_consecutive_and_titles_unique(portfolio):
    make_example_projects(15, on=ON)
    references = Project.objects.order_by("reference").values_list("reference", flat=True)
    assert list(references) == [f"EX-{number:06d}" for number in range(1, 76)]
    assert len(set(Project.objects.values_list("title", flat=True))) == 75


def test_project_types_match_their_rows(portfolio):
    assert set(Hub.objects.values_list("kind", flat=True)) == {ProjectKind.HUB}
    assert set(HospitalScheme.objects.values_list("kind", flat=True)) == {ProjectKind.HOSPITAL_SCHEME}


def test_milestones_match_the_stage(portfolio):
    for project in Project.objects.prefetch_related("milestones"):
        milestones = list(project.milestones.all())
        assert 3 <= len(milestones) <= 6
        still_ahead = 6 - EVENTS_REACHED[project.stage]
        assert sum(not milestone.reached for milestone in milestones) == min(still_ahead, len(milestones))
        opening = next(milestone for milestone in milestones if milestone.kind == MilestoneKind.OPENING)
        assert opening.reached == (project.stage in {Stage.OPERATIONAL, Stage.CLOSED})
        assert project.stage_as_of <= ON


def test_delivery_state_matches_the_stage(portfolio):
    finished = {Stage.OPERATIONAL, Stage.CLOSED}
    for project in Project.objects.all():
        assert (project.delivery_state == DeliveryState.COMPLETE) == (project.stage in finished)


def test_actual_and_stated_dates_are_in_the_past(portfolio):
    assert not Milestone.objects.filter(reached=True, current_until__gt=ON).exists()
    assert not MilestoneStatement.objects.filter(stated_on__gt=ON).exists()
    for statement in MilestoneStatement.objects.all():
        if statement.kind == StatementKind.ACTUAL:
            assert statement.on <= statement.stated_on
        else:
            assert statement.date.last >= statement.stated_on


def test_current_dates_match_newest_statements(portfolio):
    for milestone in Milestone.objects.prefetch_related("statements"):
        newest = newest_statement(milestone.statements.all())
        assert (milestone.current_on, milestone.current_precision) == (newest.on, newest.precision)
        assert milestone.current_until == newest.date.last
        assert milestone.reached == (newest.kind == StatementKind.ACTUAL)


def test_some_milestones_are_late_and_some_on_time(portfolio):
    slips = set()
    for milestone in Milestone.objects.filter(kind=MilestoneKind.OPENING).prefetch_related("statements"):
        baseline = milestone.statements.get(kind=StatementKind.BASELINE)
        slips.add((milestone.current_on - baseline.on).days > 60)
    assert slips == {True, False}


def test_projects_have_costs_and_notes(portfolio):
    for project in Project.objects.all():
        assert 1 <= project.funding_lines.count() <= 3
        assert 1 <= project.progress_notes.count() <= 4
        cost = project.cost_estimates.first()
        amounts = [line.amount_pounds for line in project.funding_lines.all()]
        if cost and None not in amounts:
            assert sum(amounts) == cost.amount_pounds
    assert not Project.objects.filter(progress_notes__date__gt=ON).exists()


def test_parts_belong_to_projects_that_are_not_parts(portfolio):
    parts = Project.objects.filter(parent__isnull=False)
    assert parts.count() == 6
    assert not parts.filter(parent__parent__isnull=False).exists()
    assert not any(part.programme_id != part.parent.programme_id for part in parts)


def test_some_projects_are_unpublished_and_only_these_are_restricted(ground):
    make_example_projects(300, on=ON)
    public = Project.objects.visible_to(AnonymousUser()).count()
    assert 230 <= public < 300
    restricted = Project.objects.filter(restricted=True)
    assert 0 < restricted.count() < 40
    assert not restricted.filter(published=True).exists()


def test_same_seed_gives_same_portfolio(ground):
    make_example_projects(30, seed=7, on=ON)
    first = picture()
    delete_example_projects()
    make_example_projects(30, seed=7, on=ON)
    assert picture() == first
    delete_example_projects()
    make_example_projects(30, seed=8, on=ON)
    assert picture() != first


def test_command_adds_one_project(ground):
    assert make_example_projects(1, on=ON)["projects"] == 1


def test_delete_removes_only_example_data(portfolio):
    real = HubFactory(site=SiteFactory(), place=PlaceFactory())
    edited = Project.objects.filter(is_example=True).first()
    edited.milestones.first().record_date(StatementKind.FORECAST, datetime.date(2030, 1, 1))
    counts = delete_example_projects()
    assert counts["projects"] == 60
    assert list(Project.objects.values_list("pk", flat=True)) == [real.pk]
    assert list(Site.objects.values_list("pk", flat=True)) == [real.site_id]
    assert list(Organisation.objects.values_list("pk", flat=True)) == [real.lead_organisation_id]
    assert not Programme.objects.exists()
    assert not Milestone.objects.exists()
    assert not Hub.primary_care_networks.through.objects.exists()
    assert delete_example_projects() == {}


@pytest.mark.parametrize("tie", ["site", "milestone", "person"])
def test_delete_fails_if_real_record_refers_to_example(portfolio, tie):
    if tie == "site":
        HubFactory(title="Real hub", site=Site.objects.filter(is_example=True).first())
    elif tie == "milestone":
        milestone = MilestoneFactory(project=HubFactory(title="Real hub"))
        milestone.dependencies.create(depends_on=Milestone.objects.filter(project__is_example=True).first())
    else:
        UserFactory(name="Real hub", organisation=Organisation.objects.filter(is_example=True).first())
    with pytest.raises(NotReady, match="“Real hub” is not example data and still refers to “Example: "):
        delete_example_projects()
    assert Project.objects.filter(is_example=True).count() == 60


def test_command_fails_without_places(db):
    with pytest.raises(CommandError, match="run load_blmk first"):
        call_command("make_example_projects", count=5)
    assert not Organisation.objects.exists()


def test_command_prints_counts(ground, capsys):
    call_command("make_example_projects", "--count", "5", "--on", "2026-11-23")
    out = capsys.readouterr().out
    assert "5 of 5 projects" in out
    assert "Added example data: 8 organisations, 5 sites, 4 condition surveys, 17 estate returns, 2 programmes" in out
    call_command("make_example_projects", "--delete")
    assert "Deleted example data: " in capsys.readouterr().out
    assert not Project.objects.exists()


def test_command_with_once_adds_nothing_again(ground, capsys):
    call_command("make_example_projects", "--count", "5", "--once")
    call_command("make_example_projects", "--count", "5", "--once")
    assert "There are example projects already." in capsys.readouterr().out
    assert Project.objects.count() == 5


def test_interrupted_command_adds_nothing(ground, monkeypatch):
    def interrupt(on, *, seed):
        raise KeyboardInterrupt

    monkeypatch.setattr("projects.management.commands.make_example_projects.add_reports", interrupt)
    with pytest.raises(KeyboardInterrupt):
        call_command("make_example_projects", "--count", "5")
    assert not Project.objects.exists()


@pytest.mark.parametrize("arguments", [["--count", "0"], ["--count", "many"], ["--on", "23/11/2026"]])
def test_command_rejects_invalid_options(ground, arguments):
    with pytest.raises(CommandError):
        call_command("make_example_projects", *arguments)
