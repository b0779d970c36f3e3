"""Migration operations."""

from django.db.migrations import RemoveField, RenameModel
from django.db.migrations.operations.base import Operation

MOST_NAMED = 20  # of the rows that a message names
STOPPED = "Stopped at this migration. Later ones can be undone already: restore your backup to have their data again."


def refuse_to_go_back(why, rows):
    """Raise ValueError that names the rows that the earlier release cannot have, if there are any.

    `migrate` then stops at the migration that calls this, and changes nothing for it. Migrations after it are already
    undone, with their columns and tables.
    """
    rows = sorted(rows)
    if rows:
        more = [f"{len(rows) - MOST_NAMED} more"] if len(rows) > MOST_NAMED else []
        raise ValueError(f"{STOPPED} {why}: {'; '.join([*rows[:MOST_NAMED], *more])}")


class VendorSQL(Operation):
    """Runs SQL of one kind of database: `VendorSQL(postgresql=(forward, backward), sqlite=(forward, backward))`.

    Each is a list of statements. On a database that is not named it does nothing.
    """

    reduces_to_sql = True

    def __init__(self, **statements):
        self.statements = statements

    def state_forwards(self, app_label, state):
        pass

    def database_forwards(self, app_label, schema_editor, from_state, to_state):
        self._run(schema_editor, 0)

    def database_backwards(self, app_label, schema_editor, from_state, to_state):
        self._run(schema_editor, 1)

    def describe(self):
        return f"SQL for {', '.join(self.statements)}"

    def _run(self, schema_editor, direction):
        for statement in self.statements.get(schema_editor.connection.vendor, ([], []))[direction]:
            schema_editor.execute(statement, params=None)


class RenameModelInState(RenameModel):
    """Renames a model and its content type. Its table keeps its name, so set `db_table` first."""

    def database_forwards(self, app_label, schema_editor, from_state, to_state):
        pass

    def database_backwards(self, app_label, schema_editor, from_state, to_state):
        pass


class AlterTogether(Operation):
    """Runs operations that do not depend on each other, with models rendered once for all.

    Django renders models after every operation, which takes 10 seconds for 100 labels.
    """

    def __init__(self, operations):
        self.operations = operations

    def state_forwards(self, app_label, state):
        rendered = state.__dict__.pop("apps", None)
        for operation in self.operations:
            operation.state_forwards(app_label, state)
        if rendered:
            state.apps  # noqa: B018 -- renders; the copies of a state share it
            state.is_delayed = False  # RunPython would render all again

    def database_forwards(self, app_label, schema_editor, from_state, to_state):
        for operation in self.operations:
            operation.database_forwards(app_label, schema_editor, from_state, to_state)

    def database_backwards(self, app_label, schema_editor, from_state, to_state):
        for operation in reversed(self.operations):
            operation.database_backwards(app_label, schema_editor, from_state, to_state)

    def describe(self):
        return f"{len(self.operations)} alterations"


class AlterInTurn(AlterTogether):
    """Runs operations one after the other, and renders anew only the model that each one changes.

    Django also renders all models that are related to it, which are most models of the portal. For new models, and for
    the fields, options, indexes and constraints of models.
    """

    def database_forwards(self, app_label, schema_editor, from_state, to_state):
        for operation, before, after in self._steps(app_label, from_state):
            operation.database_forwards(app_label, schema_editor, before, after)

    def database_backwards(self, app_label, schema_editor, from_state, to_state):
        for operation, before, after in reversed(self._steps(app_label, to_state)):
            operation.database_backwards(app_label, schema_editor, after, before)

    def _steps(self, app_label, state):
        """[(operation, state before it, state after it)] from the state before all."""
        steps = []
        state.apps  # noqa: B018 -- renders
        for operation in self.operations:
            before, state = state, state.clone()
            rendered = state.__dict__.pop("apps")
            operation.state_forwards(app_label, state)
            name = getattr(operation, "model_name_lower", None) or operation.name_lower
            rendered.unregister_model(app_label, name)
            rendered.render_multiple([state.models[app_label, name]])
            state.apps = rendered
            steps.append((operation, before, state))
        return steps


class RetireField(RemoveField):
    """Removes a field. On PostgreSQL its column stays, without NOT NULL, because the release before still reads it.

    A later release drops the column. Going backward, rows that were added since have the value of `default`.
    """

    def __init__(self, model_name, name, default=None):
        self.default = default
        super().__init__(model_name, name)

    def deconstruct(self):
        return self.__class__.__name__, [], {"model_name": self.model_name, "name": self.name, "default": self.default}

    def database_forwards(self, app_label, schema_editor, from_state, to_state):
        if schema_editor.connection.vendor != "postgresql":
            super().database_forwards(app_label, schema_editor, from_state, to_state)
        elif self.default is not None:
            self._alter(app_label, schema_editor, from_state, "DROP NOT NULL")

    def database_backwards(self, app_label, schema_editor, from_state, to_state):
        if schema_editor.connection.vendor != "postgresql":
            super().database_backwards(app_label, schema_editor, from_state, to_state)
        elif self.default is not None:
            table, column = self._named(app_label, to_state)
            update = f"UPDATE {table} SET {column} = %s WHERE {column} IS NULL"  # noqa: S608 - names of our models
            schema_editor.execute(update, [self.default])
            schema_editor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # triggers of the update would refuse the change
            self._alter(app_label, schema_editor, to_state, "SET NOT NULL")

    def _alter(self, app_label, schema_editor, state, change):
        table, column = self._named(app_label, state)
        schema_editor.execute(f"ALTER TABLE {table} ALTER COLUMN {column} {change}")

    def _named(self, app_label, state):
        """The names of the table and the column, from a state that has the field."""
        model = state.apps.get_model(app_label, self.model_name)
        return model._meta.db_table, model._meta.get_field(self.name).column
