"""Bench: a spend file of a million lines taken in, and a year's local spend reckoned over ten million.

1. Importing (recognise, read, have the lines on the disk, match payees whose names are known, decide durably) against
   a bare DuckDB script that transcodes the same file, parses it, types three columns' worth of text and writes Parquet.
   Each runs in a process of its own, in turn; the medians of time and of peak memory are compared. Goals: 2.0 × its
   time, 1.5 × its memory. Modules are compiled beforehand, as an installation leaves them.
2. The same file once more, against 3 × the time its SHA-256 takes, plus starting up.
3. The yearly table of local spend over ten batches of a million lines, against bare DuckDB over the same files (goal:
   1.5 ×), and against the same over five batches (goal: no more than twice that).
"""

from __future__ import annotations

import hashlib
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

LINES, SUPPLIERS, PAIRS, BATCHES = 1_000_000, 20_000, 3, 10
TIME_GOAL, MEMORY_GOAL, AGAIN_GOAL, TABLE_GOAL, GROWTH_GOAL = 2.0, 1.5, 3.0, 1.5, 2.0
sys.path.insert(0, str(Path(__file__).parents[2] / "plugins" / "erp_import" / "tests"))

TYPED = """
COPY (
    SELECT "Service" AS service, "Supplier No" AS payee_id, trim("Supplier Name") AS payee,
           strptime("Payment Date", '%d/%m/%Y')::DATE AS paid_on, "Transaction No" AS document,
           "Order No" AS order_number, "Expense Type" AS category,
           (CASE WHEN "Net Amount" LIKE '(%' THEN -1 ELSE 1 END
            * regexp_replace("Net Amount", '[^0-9.-]', '', 'g')::DECIMAL(18, 2) * 1000000)::BIGINT AS amount
    FROM read_csv('{text}', all_varchar = true, header = true, skip = 3, delim = ',', quote = '"',
                  ignore_errors = true)
    WHERE "Supplier Name" IS NOT NULL AND "Payment Date" IS NOT NULL
) TO '{parquet}' (FORMAT parquet)
"""


def bare(folder: Path, file: Path) -> None:
    """The yardstick: what is needed at the least."""
    import duckdb

    text, parquet = folder / "utf-8.csv", folder / "bare.parquet"
    text.write_bytes(file.read_bytes().decode("cp1252").encode())
    duckdb.sql(TYPED.format(text=text, parquet=parquet))
    with parquet.open("rb") as written:
        os.fsync(written.fileno())


def ours(folder: Path, file: Path) -> None:
    """All of an import: the file recognised and read, its lines and its row durable, its payees decided."""
    from quarterday.services.record import Actor
    from quarterday_erp_import.ledger.deciding import match_payees
    from quarterday_erp_import.ledger.files import LineFiles
    from quarterday_erp_import.ledger.importing import import_file
    from quarterday_erp_import.payees.known import Known
    from quarterday_erp_import.payees.payee import Supplier

    uow, files, actor = record(folder), LineFiles(folder / "ledger"), Actor.operator("bench")
    names = (folder.parent / "names").read_text().splitlines()
    done = import_file(uow, actor, files=files, path=file, authority_id=1, feed="spend")
    if done.is_new:
        known = Known(Supplier(f"S{n}", (name,), (f"{700_000 + n}",)) for n, name in enumerate(names))
        match_payees(uow, actor, files=files, authority_id=1, known=known)


def starting(folder: Path, file: Path) -> None:
    """What comes before an import can begin: the same modules, and the record opened."""
    from quarterday.services.record import Actor
    from quarterday_erp_import.ledger import deciding, importing  # noqa: F401
    from quarterday_erp_import.payees.known import Known  # noqa: F401

    with record(folder).read(Actor.operator("bench")):
        pass


def digest(folder: Path, file: Path) -> None:
    """The file's SHA-256 alone."""
    with file.open("rb") as opened:
        hashlib.file_digest(opened, "sha256")


def generating(folder: Path, file: Path) -> None:
    """The files, their suppliers' names, and an empty record; apart, since a process begins with its parent's peak."""
    from spend_generator import spend, supplier_names, write

    from quarterday.db.schema import upgrade
    from quarterday.testing.builders import an_authority
    from quarterday_erp_import.ledger.tables import METADATA

    write(spend(LINES, suppliers=SUPPLIERS), file)
    write(spend(1_000, suppliers=SUPPLIERS), file.with_name("thousand.csv"))
    (folder.parent / "names").write_text("\n".join(supplier_names(SUPPLIERS)))
    uow = record(folder)
    upgrade(uow.engine)
    METADATA.create_all(uow.engine)
    an_authority(uow)
    uow.engine.dispose()


def record(folder: Path):  # type: ignore[no-untyped-def]
    from quarterday.db.engine import open_engine
    from quarterday.services.record import UnitOfWork

    return UnitOfWork(open_engine(f"sqlite:///{folder / 'record.db'}"))


RUNS: dict[str, Callable[[Path, Path], None]] = {
    "bare": bare,
    "ours": ours,
    "starting": starting,
    "digest": digest,
    "generating": generating,
}


def measured(run: str, folder: Path, file: Path) -> tuple[float, float]:
    """Seconds that a run takes in a process of its own, from the start of its work, and its peak memory in MB."""
    said = subprocess.run(
        [sys.executable, __file__, run, folder, file],
        stdout=subprocess.PIPE,
        text=True,
        check=True,
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "", "PYTHONPYCACHEPREFIX": str(file.parent / "compiled")},
    ).stdout.split()
    return float(said[0]), float(said[1])


def importing(folder: Path) -> bool:
    """Print how importing compares; whether the goals are met."""
    file, empty = folder / "million.csv", folder / "empty"
    empty.mkdir()
    measured("generating", empty, file)
    shutil.copytree(empty, folder / "first")
    for run in ("bare", "ours"):  # so that all is compiled
        measured(run, folder / "first", file.with_name("thousand.csv"))
    pairs = []
    for number in range(PAIRS):
        place = folder / str(number)
        shutil.copytree(empty, place)
        yardstick = measured("bare", place, file)
        pairs.append((measured("ours", place, file), yardstick))
    seconds, memory = (statistics.median(a[of] / b[of] for a, b in pairs) for of in (0, 1))
    for (ours_took, ours_peak), (bare_took, bare_peak) in pairs:
        print(f"  ours {ours_took:.1f} s, {ours_peak:.0f} MB; bare {bare_took:.1f} s, {bare_peak:.0f} MB")
    print(f"a million lines taken in: {seconds:.2f} × a bare script's time (goal {TIME_GOAL})")
    print(f"  and {memory:.2f} × its peak memory (goal {MEMORY_GOAL})")
    again, start, sha = (
        statistics.median(measured(run, place, file)[0] for _ in range(PAIRS)) for run in ("ours", "starting", "digest")
    )
    print(f"the same file again: {again:.2f} s; SHA-256 {sha:.2f} s, starting {start:.2f} s", end="")
    print(f" (goal {AGAIN_GOAL * sha + start:.2f} s)")
    return seconds <= TIME_GOAL and memory <= MEMORY_GOAL and again <= AGAIN_GOAL * sha + start


YEARLY = """
SELECT year(paid_on) - (month(paid_on) < 4)::INT AS year, count(*), sum(amount),
       sum(amount) FILTER (is_local IS NOT NULL), sum(amount) FILTER (is_local)
FROM read_parquet($paths) AS lines
LEFT JOIN payees ON payees.payee = lines.payee AND payees.payee_id = coalesce(lines.payee_id, '')
GROUP BY ALL ORDER BY ALL
"""


def reckoning(folder: Path) -> bool:
    """Print how the yearly table compares; whether the goals are met."""
    import duckdb
    import ibis
    import pyarrow as pa
    import pyarrow.parquet as pq
    from ledger_tables import payees
    from spend_generator import spend

    from quarterday_erp_import.analysis.payments import payments, totals_by

    paths = [folder / f"batch-{number}.parquet" for number in range(BATCHES)]
    for number, path in enumerate(paths):
        lines = spend(LINES, suppliers=SUPPLIERS, seed=number)
        pq.write_table(lines.add_column(0, "source", pa.repeat(str(number), len(lines))), path, row_group_size=122_880)
        if not number:
            who = payees(lines)
    pq.write_table(who, folder / "payees.parquet")

    def by_ibis(some: list[Path]) -> list[tuple[int, ...]]:
        connection = ibis.duckdb.connect()
        lines = connection.read_parquet([str(path) for path in some])
        table = totals_by(payments(lines, connection.read_parquet(folder / "payees.parquet")), "year")
        return sorted(tuple(row.values()) for row in connection.to_pyarrow(table).to_pylist())

    def by_duckdb(some: list[Path]) -> list[tuple[int, ...]]:
        with duckdb.connect() as connection:
            connection.execute(f"CREATE VIEW payees AS FROM '{folder / 'payees.parquet'}'")
            return connection.execute(YEARLY, {"paths": [str(path) for path in some]}).fetchall()

    by_ibis(paths[:1])
    assert by_ibis(paths) == by_duckdb(paths)
    half = paths[: BATCHES // 2]
    rounds = [(took(by_ibis, paths), took(by_duckdb, paths), took(by_ibis, half)) for _ in range(PAIRS)]
    ratio = statistics.median(ten / yardstick for ten, yardstick, _ in rounds)
    growth = statistics.median(ten / five for ten, _, five in rounds)
    ten, yardstick, five = (statistics.median(side) for side in zip(*rounds, strict=True))
    print(f"a year's local spend over ten million lines: {ten:.2f} s, bare {yardstick:.2f} s, over five {five:.2f} s")
    print(f"  {ratio:.2f} × bare DuckDB (goal {TABLE_GOAL}); {growth:.2f} × that over five (goal {GROWTH_GOAL})")
    return ratio <= TABLE_GOAL and growth <= GROWTH_GOAL


def took(work: Callable[[list[Path]], object], paths: list[Path]) -> float:
    """How long one run takes, in seconds."""
    before = time.perf_counter()
    work(paths)
    return time.perf_counter() - before


def main() -> int:
    """Print the ratios; 1 when one falls short of its goal."""
    with tempfile.TemporaryDirectory() as name:
        met = [importing(Path(name)), reckoning(Path(name))]
    return 0 if all(met) else 1


if __name__ == "__main__":
    if len(sys.argv) == 4:
        began = time.perf_counter()
        RUNS[sys.argv[1]](Path(sys.argv[2]), Path(sys.argv[3]))
        print(time.perf_counter() - began, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
        sys.exit()
    sys.exit(main())
