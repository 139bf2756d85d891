"""Which tables a statement changes is read off its words, wherever in the statement they stand."""

from __future__ import annotations

import pytest

from quarterday.db.changes import changed

TABLES = [
    ("INSERT INTO book (id) VALUES (1)", "book"),
    ("insert or replace  into main.book VALUES (1)", "book"),
    ("REPLACE INTO 'book' VALUES (1)", "book"),
    ('WITH a AS (SELECT 1)\nINSERT INTO "public"."book" SELECT * FROM a', "book"),
    ("WITH gone AS (DELETE FROM ONLY book RETURNING *) SELECT * FROM gone", "book"),
    ("MERGE INTO book USING page ON true", "book"),
    ("UPDATE OR IGNORE book SET x = 1", "book"),
    ("UPDATE ONLY book SET x = 1", "book"),
    ("/* a */ UPDATE -- b\n book SET x = 1", "book"),
    ("TRUNCATE book, page", "book page"),
    ("DROP TABLE IF EXISTS book, page CASCADE", "book page"),
    ("ALTER TABLE IF EXISTS ONLY book ADD COLUMN x TEXT", "book"),
    ("CREATE TABLE IF NOT EXISTS [book] (id INTEGER)", "book"),
    ("CREATE OR REPLACE VIEW book AS SELECT 1", "book"),
    ("CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS ix ON ONLY book (x)", "book"),
    ("CREATE INDEX ON book (x)", "book"),
    ("CREATE TRIGGER t AFTER UPDATE OF a ON book BEGIN DELETE FROM page; END", "book page"),
    ("CREATE TRIGGER t AFTER INSERT OR UPDATE OR DELETE ON book EXECUTE FUNCTION f()", "book"),
    ("INSERT INTO book VALUES ('now', 'please update contract') ON CONFLICT (id) DO UPDATE SET x = 1", "book"),
    ("SELECT 1; DELETE FROM book", "book"),
    ("SELECT * FROM page FOR UPDATE OF page", ""),
    ("SELECT * FROM page FOR NO KEY UPDATE", ""),
    ("ALTER TABLE book ADD FOREIGN KEY (a) REFERENCES page ON UPDATE CASCADE ON DELETE CASCADE", "book"),
    ("SELECT 'delete from page' -- drop table page", ""),
]
PARTS = [
    ("DROP INDEX ix_book", "ix_book"),
    ("DROP INDEX CONCURRENTLY IF EXISTS public.ix_book, ix_page", "ix_book ix_page"),
    ("ALTER INDEX ix_book RENAME TO other", "ix_book"),
    ("DROP TRIGGER t", "t"),
]


@pytest.mark.parametrize(("statement", "names"), TABLES)
def test_the_tables_that_a_statement_changes(statement: str, names: str) -> None:
    found = list(changed(statement))
    assert [one.name for one in found] == names.split()
    assert all(one.is_table for one in found)


@pytest.mark.parametrize(("statement", "names"), PARTS)
def test_indexes_and_triggers_are_told_from_tables(statement: str, names: str) -> None:
    found = list(changed(statement))
    assert [one.name for one in found] == names.split()
    assert not any(one.is_table for one in found)
