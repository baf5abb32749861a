"""Many new rows in one statement whose text is made once: SQLAlchemy's executemany costs thrice the work.

On SQLite the driver executes it for each row; on PostgreSQL the columns travel as arrays, in one round trip.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from operator import itemgetter
from typing import Any

from sqlalchemy import Connection, Table
from sqlalchemy.engine import Dialect

Statement = tuple[str, list[tuple[int, Any]]]


class NewRows:
    """INSERT of these columns of a table. `or_else`, after ON CONFLICT: what to do where a row is there."""

    def __init__(self, table: Table, *columns: str, or_else: str = "") -> None:
        self._table, self._columns, self._or_else = table, columns, or_else
        self._pick = itemgetter(*columns)
        self._made: dict[str, Statement] = {}

    def write(self, db: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
        """Write rows, inside the caller's transaction; each names every column, and what else it names is left out."""
        if not rows:
            return
        text, converted = self._statement(db.dialect)
        values: list[Sequence[Any]] = list(zip(*map(self._pick, rows), strict=True))
        for place, convert in converted:
            values[place] = list(map(convert, values[place]))
        if db.dialect.name == "sqlite":
            db.exec_driver_sql(text, list(zip(*values, strict=True)))
        else:
            db.exec_driver_sql(text, tuple(map(list, values)))

    def _statement(self, dialect: Dialect) -> Statement:
        if dialect.name not in self._made:
            types = [self._table.c[name].type.dialect_impl(dialect) for name in self._columns]
            processors = [each.bind_processor(dialect) for each in types]
            if dialect.name == "sqlite":
                source = f"VALUES ({', '.join('?' * len(types))})"
            else:
                arrays = ", ".join(f"%s::{each.compile(dialect).partition('(')[0]}[]" for each in types)
                source = f"SELECT * FROM unnest({arrays})"
            end = f" ON CONFLICT {self._or_else}" if self._or_else else ""
            text = f"INSERT INTO {self._table.name} ({', '.join(self._columns)}) {source}{end}"
            self._made[dialect.name] = text, [(at, each) for at, each in enumerate(processors) if each]
        return self._made[dialect.name]
