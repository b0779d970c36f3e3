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


class PreparedForIds:
    """The same of a list of ids, whatever its length: `build` takes as many as are asked for `at_once`."""

    def __init__(self, build, at_once):
        self.names = [f"id_{place}" for place in range(at_once)]
        self.query = Prepared(lambda **numbers: build(list(numbers.values())), *self.names)

    def rows(self, ids):
        """The rows of all the ids, as a list of tuples. One query for each `at_once` of them."""
        found = []
        for start in range(0, len(ids), len(self.names)):
            some = ids[start : start + len(self.names)]
            some += [None] * (len(self.names) - len(some))
            found += self.query.rows(**dict(zip(self.names, some, strict=True)))
        return found
