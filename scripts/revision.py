"""Write the next revision of the tables: what the models have and the revisions so far don't.

``python scripts/revision.py "Say why"``. Read what it wrote before you commit it: a rename comes out as a removal
and an addition, and data that has to move is for a person to write.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from collections.abc import Collection
from pathlib import Path
from typing import Literal

from alembic.autogenerate import produce_migrations, render_python_code
from alembic.migration import MigrationContext
from sqlalchemy.schema import SchemaItem, Table

from quarterday.db.columns import METADATA, Instant
from quarterday.db.engine import open_engine
from quarterday.db.schema import MIGRATIONS, REVISION, VERSION_TABLE, upgrade

HEAD = '''"""{why}"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "{revision}"
down_revision = {before}


def upgrade() -> None:
    """{why}"""
'''


def written(why: str, before: str, tables: Collection[str]) -> Path:
    """Write the revision after ``before`` for those tables; returns its file."""
    with tempfile.TemporaryDirectory() as folder:
        engine = open_engine(f"sqlite:///{folder}/record.db")
        if before:
            upgrade(engine)

        def is_wanted(item: SchemaItem, name: str | None, kind: str, reflected: bool, other: object) -> bool:
            return not isinstance(item, Table) or item.name in tables

        options = {"target_metadata": METADATA, "version_table": VERSION_TABLE, "include_object": is_wanted}
        with engine.connect() as connection:
            context = MigrationContext.configure(connection, opts=options)
            operations = produce_migrations(context, METADATA).upgrade_ops
        engine.dispose()
    if operations is None or operations.is_empty():
        raise SystemExit("The revisions so far make the tables of the models; there is nothing to write.")
    body = render_python_code(operations, render_item=_frozen)
    revision = f"{int(before or 0) + 1:04}"
    words = re.findall("[a-z]+", why.lower())[:5]
    path = MIGRATIONS / "versions" / f"r{revision}_{'_'.join(words)}.py"
    lines = [line for line in body.splitlines() if not line.strip().startswith("#")]
    head = HEAD.format(why=why, revision=revision, before=f'"{before}"' if before else None)
    path.write_text(head + "\n".join(lines) + "\n")
    subprocess.run([sys.executable, "-m", "ruff", "format", "--quiet", path], check=True)
    return path


def _frozen(kind: str, item: object, context: object) -> str | Literal[False]:
    """How a type of ours stands in a revision: as what the database keeps, whatever becomes of the type."""
    return "sa.BigInteger()" if isinstance(item, Instant) else False


if __name__ == "__main__":
    if len(sys.argv) != 2:
        raise SystemExit('Say in a sentence what the revision is for: python scripts/revision.py "Keep …."')
    path = written(sys.argv[1], REVISION, METADATA.tables.keys())
    print(f"{path.name} is written; read it, and set REVISION in db/schema.py to {path.name[1:5]}.")
