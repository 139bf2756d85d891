"""Records on PostgreSQL for one test after another, put back when a test is over: making one takes five times as long.

One whose shape a test has changed is thrown away.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count

import psycopg
from psycopg import sql

from quarterday.db.schema import REVISION, VERSION_TABLE
from quarterday.testing.postgres import Cluster

MOST_USES = 60
"""After so many tests what was deleted would begin to slow the next ones down."""

_EMPTY = f"""
    DO $$
    DECLARE
        one record;
        is_there boolean;
    BEGIN
        PERFORM pg_terminate_backend(pid) FROM pg_stat_activity
            WHERE datname = current_database() AND pid <> pg_backend_pid();
        SET LOCAL session_replication_role = replica;
        FOR one IN SELECT oid::regclass AS name FROM pg_class
                   WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' LOOP
            CONTINUE WHEN one.name::text = '{VERSION_TABLE}';
            EXECUTE format('SELECT EXISTS (SELECT FROM %s)', one.name) INTO is_there;
            IF is_there THEN
                EXECUTE format('DELETE FROM %s', one.name);
            END IF;
        END LOOP;
        PERFORM setval(format('%I.%I', schemaname, sequencename), 1, false) FROM pg_sequences
            WHERE last_value IS NOT NULL;
    END $$
"""  # the name of a table of ours

_SEQUENCES = """
    SELECT format('%I.%I', schemaname, sequencename), last_value FROM pg_sequences WHERE last_value IS NOT NULL
"""

_SHAPE = f"""
    SELECT md5(string_agg(part, ' ' ORDER BY part)), (SELECT string_agg(version_num, ' ') FROM {VERSION_TABLE}) FROM (
        SELECT format('%s %s %s %s', relname, relkind, attname, atttypid) AS part
        FROM pg_class JOIN pg_attribute ON attrelid = pg_class.oid WHERE relnamespace = 'public'::regnamespace
        UNION ALL SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace
        UNION ALL SELECT tgname FROM pg_trigger
        UNION ALL SELECT nspname FROM pg_namespace WHERE nspname !~ '^pg_'
    ) AS parts
"""


class Records:
    """Databases with the record of a template, which may be empty."""

    def __init__(self, cluster: Cluster, template: str) -> None:
        self._cluster, self._template = cluster, template
        self._numbers = count(1)
        self._spare: list[tuple[str, int]] = []
        self._shape: tuple[str, str] | None = None
        self._rows: list[tuple[sql.Composed, bytes]] = []
        self._last: list[tuple[str, int]] = []
        """How far each sequence is."""

    @contextmanager
    def one(self) -> Iterator[str]:
        """The URL of one that nobody else has."""
        name, uses = self._spare.pop() if self._spare else self._made()
        url = self._cluster.url(name)
        yield url
        if uses < MOST_USES and self._is_put_back(url):
            self._spare.append((name, uses + 1))
        else:
            self._cluster.drop(name)

    def _made(self) -> tuple[str, int]:
        name = f"{self._template}_{next(self._numbers)}"
        self._cluster.create(name, template=self._template)
        return name, 1

    def _is_put_back(self, url: str) -> bool:
        """Whether it is as it was made."""
        try:
            with psycopg.connect(url, autocommit=True) as connection:
                shape = connection.execute(_SHAPE.encode()).fetchone()
                self._shape = self._shape or self._of_the_template()
                if shape != self._shape:
                    return False
                connection.execute(_EMPTY.encode())
                self._fill(connection)
        except psycopg.Error:  # whatever a test has done to it, the next one gets another
            return False
        return True

    def _of_the_template(self) -> tuple[str, str]:
        with psycopg.connect(self._cluster.url(self._template)) as connection:
            shape: tuple[str, str] | None = connection.execute(_SHAPE.encode()).fetchone()
            tables = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
            for (name,) in tables:
                copying = sql.SQL("COPY {} TO STDOUT").format(sql.Identifier(name))
                with connection.cursor().copy(copying) as copy:
                    rows = b"".join(map(bytes, copy))
                if rows and name != VERSION_TABLE:
                    self._rows.append((sql.SQL("COPY {} FROM STDIN").format(sql.Identifier(name)), rows))
            self._last = connection.execute(_SEQUENCES.encode()).fetchall()
        assert shape is not None
        assert shape[1] == REVISION
        return shape

    def _fill(self, connection: psycopg.Connection) -> None:
        """Put into an empty record what its template has."""
        with connection.transaction():
            connection.execute("SET LOCAL session_replication_role = replica")
            for copying, rows in self._rows:
                with connection.cursor().copy(copying) as copy:
                    copy.write(rows)
            for sequence, last in self._last:
                connection.execute("SELECT setval(%s, %s)", [sequence, last])
