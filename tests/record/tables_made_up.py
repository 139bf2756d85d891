"""Plugins with tables of their own, written for a test: a sound one, and as many that do one thing wrong."""

from __future__ import annotations

from dataclasses import dataclass, replace
from importlib.metadata import EntryPoint
from itertools import count
from pathlib import Path

import pytest

from quarterday import Tables
from quarterday.finding import GROUP
from quarterday.registry import Registry
from quarterday.roster import Roster

_NUMBERS = count(1)

TABLES = """
from sqlalchemy import JSON, BigInteger, Boolean, Column, Date, ForeignKey, Index, Integer, MetaData, Table, Text

ID = BigInteger().with_variant(Integer, "sqlite")
METADATA = MetaData(naming_convention={"pk": "pk_%(table_name)s", "fk": "fk_%(table_name)s_%(column_0_N_name)s"})
Book = Table(
    "NAME_book",
    METADATA,
    Column("id", ID, primary_key=True),
    Column("authority_id", BigInteger, nullable=False),
    Column("title", Text, nullable=False),
    Column("read_on", Date),
    Column("is_lent", Boolean, nullable=False),
    Column("more", JSON(none_as_null=True)),
)
Page = Table(
    "NAME_page",
    METADATA,
    Column("id", ID, primary_key=True),
    Column("book_id", ID, ForeignKey("NAME_book.id"), nullable=False),
    Column("number", BigInteger, nullable=False),
)
"""

FIRST = """
import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = ("NAME",)

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade():
    op.create_table(
        "NAME_book",
        sa.Column("id", ID, nullable=False),
        sa.Column("authority_id", sa.BigInteger(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("read_on", sa.Date()),
        sa.Column("is_lent", sa.Boolean(), nullable=False),
        sa.Column("more", sa.JSON()),
        sa.PrimaryKeyConstraint("id", name="pk_NAME_book"),
    )
"""

SECOND = """
import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade():
    op.create_table(
        "NAME_page",
        sa.Column("id", ID, nullable=False),
        sa.Column("book_id", ID, nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["book_id"], ["NAME_book.id"], name="fk_NAME_page_book_id"),
        sa.PrimaryKeyConstraint("id", name="pk_NAME_page"),
    )
"""


@dataclass(frozen=True)
class MadeUp:
    """A plugin's text: its module of tables, its revisions, and what it answers."""

    plugin: str
    tables: str = TABLES
    first: str = FIRST
    second: str = SECOND
    revision: str = "0002"
    metadata: str = ":METADATA"
    files: str = "books"

    def changed(self, part: str, old: str, new: str) -> MadeUp:
        """The same, but for one thing."""
        text = getattr(self, part)
        assert old in text, f"“{old}” isn't in its {part}"
        return replace(self, **{part: text.replace(old, new, 1)})

    def install(self, folder: Path, patch: pytest.MonkeyPatch) -> tuple[EntryPoint, Tables]:
        """Write it as a package that can be imported; returns its entry point and what it says of its tables."""
        package = f"made_up_{next(_NUMBERS)}"
        root = folder / "packages" / package
        (root / "migrations").mkdir(parents=True)
        (root / "migrations" / "__init__.py").touch()
        said = f'Tables("{package}.tables{self.metadata}", "{package}.migrations", "{self.revision}", "{self.files}")'
        plugin = "from quarterday import Tables, hookimpl\n\nAPI_VERSION = 0\n\n\n@hookimpl\ndef tables():\n"
        (root / "__init__.py").write_text(f"{plugin}    return [{said}]\n")
        for name, text in (
            ("tables.py", self.tables),
            ("migrations/r0001.py", self.first),
            ("migrations/r0002.py", self.second),
        ):
            if text:
                (root / name).write_text(text.replace("NAME", self.plugin))
        patch.syspath_prepend(root.parent)
        answer = Tables(f"{package}.tables{self.metadata}", f"{package}.migrations", self.revision, self.files)
        return EntryPoint(self.plugin, package, GROUP), answer


SOUND = MadeUp("library")


def registry(folder: Path, patch: pytest.MonkeyPatch, *plugins: MadeUp) -> Registry:
    """A registry of those plugins alone."""
    found = Registry.discover(Roster(), [one.install(folder, patch)[0] for one in plugins])
    assert found.failures == []
    return found
