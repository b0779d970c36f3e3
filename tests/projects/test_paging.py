import pytest
from django.core.paginator import EmptyPage

from projects.models import Project
from projects.paging import IdPaginator
from tests.factories import HubFactory


@pytest.mark.django_db
@pytest.mark.parametrize("count", [0, 1, 4, 5, 12, 13])
def test_pages_hold_every_row_once_and_in_order(count):
    place = HubFactory.place.get_factory()() if count else None
    HubFactory.create_batch(count, place=place, lead_organisation=None)
    queryset = Project.objects.order_by("title", "pk")
    paginator = IdPaginator(queryset, count=count, per_page=5)
    found = [pk for number in paginator.page_range for pk in paginator.page(number).object_list]
    assert found == list(queryset.values_list("pk", flat=True))


@pytest.mark.django_db
def test_a_page_that_is_not_there_is_the_last_one_or_refused():
    HubFactory()
    paginator = IdPaginator(Project.objects.order_by("pk"), count=1)
    assert paginator.get_page("99").number == 1
    assert paginator.get_page("abc").number == 1
    with pytest.raises(EmptyPage):
        paginator.page(2)


@pytest.mark.django_db
def test_of_more_rows_than_were_counted_the_first_are_shown_to_the_last_page():
    place = HubFactory.place.get_factory()()
    HubFactory.create_batch(13, place=place, lead_organisation=None)
    queryset = Project.objects.order_by("title", "pk")
    paginator = IdPaginator(queryset, count=10, per_page=4, is_all=False)
    found = [pk for number in paginator.page_range for pk in paginator.page(number).object_list]
    assert found == list(queryset.values_list("pk", flat=True)[:10])
