"""What an error of PostgreSQL may say: its messages and details hold values, and those would stand in logs."""

from __future__ import annotations

from typing import Any

from sqlalchemy.engine import ExceptionContext


def without_values(context: ExceptionContext) -> None:
    """Have an error of a statement, and what SQLAlchemy makes of it, say no more than :func:`bare` does."""
    error: Any = context.original_exception
    if bare(error):
        made: Any = context.sqlalchemy_exception
        if made is not None:
            made.args = (f"({type(error).__module__}.{type(error).__name__}) {error}",)


def bare(error: Any) -> bool:
    """Let an error of psycopg say its state, table, column and constraint alone; whether it is one that has a state.

    One without is of the connection, and holds no values.
    """
    if not getattr(error, "sqlstate", None):
        return False
    where = {"table": error.diag.table_name, "column": error.diag.column_name, "constraint": error.diag.constraint_name}
    named = ", ".join(f"{what} “{name}”" for what, name in where.items() if name)
    error.args = (f"{error.sqlstate} {named}".strip(),)
    return True
