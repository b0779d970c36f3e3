"""Queries whose SQL is written once and run many times (ADR 0009)."""

from django.db import connection

STAND_IN = -2_147_000_000  # from here upwards: numbers that no row has, in the place of those to come


class Prepared:
    """The rows of a `values_list` queryset, whose SQL Django writes at the first run only.

    `build` takes integers by the given names and returns the queryset. It must hand each to the query as a value and
    decide nothing by it; whatever else the query depends on calls for a `Prepared` of its own.
    """

    def __init__(self, build, *names):
        self.build = build
        self.stand_ins = {STAND_IN + place: name for place, name in enumerate(names)}
        self.written = None

    def rows(self, **numbers):
        """The rows as a list of tuples, typed as the queryset would give them. One query. None is no row's number."""
        if self.written is None:
            self.written = self._write()
        sql, params, converters = self.written
        with connection.cursor() as cursor:
            cursor.execute(sql, [numbers[self.stand_ins[one]] if one in self.stand_ins else one for one in params])
            rows = cursor.fetchall()
        if not converters:
            return rows
        return [self._typed(row, converters) for row in rows]

    def _write(self):
        compiler = self.build(**{name: number for number, name in self.stand_ins.items()}).query.get_compiler("default")
        sql, params = compiler.as_sql()
        return sql, params, compiler.get_converters([selected[0] for selected in compiler.select])

    @staticmethod
    def _typed(row, converters):
        row = list(row)
        for place, (functions, expression) in converters.items():
            for function in functions:
                row[place] = function(row[place], expression, connection)
        return tuple(row)
