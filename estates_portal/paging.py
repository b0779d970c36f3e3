"""Pages of a long list."""

from django.core.paginator import Paginator

PER_PAGE = 25


def page_of(request, rows, *, per_page=PER_PAGE, count=None):
    """The page of `rows` that the address asks for: the first or the last if there is no such page.

    `rows` is a list or an ordered queryset; of a long list pass primary keys, and read the rows of the page by them.
    `count` is the number of rows, if it is known.
    """
    paginator = Paginator(rows, per_page)
    if count is not None:
        paginator.count = count
    return paginator.get_page(request.GET.get("page"))
