"""Pages of a long list that cost the same at its start and at its end."""

from django.core.paginator import Paginator

PER_PAGE = 25


class IdPaginator(Paginator):
    """Pages of primary keys; the rows are fetched for them alone.

    `count` is passed in, so that a remembered one serves. The later half is read from the end backwards, which keeps
    OFFSET short. With `is_all` false only the first `count` rows are shown, of more that nobody counted.
    """

    def __init__(self, queryset, *, count, per_page=PER_PAGE, is_all=True):
        super().__init__(queryset, per_page)
        self.count = count
        self.is_all = is_all

    def page(self, number):
        number = self.validate_number(number)
        start = (number - 1) * self.per_page
        stop = min(start + self.per_page, self.count)
        ids = self.object_list.values_list("pk", flat=True)
        if self.is_all and start > self.count // 2:
            found = list(ids.reverse()[self.count - stop : self.count - start])[::-1]
        else:
            found = list(ids[start:stop])
        return self._get_page(found, number, self)


class FirstOfMany(Paginator):
    """Pages of a list of ids that is the first part of a longer one."""

    is_all = False
