"""Check the demo's figures: work every printed total out again from the rows that ``--explain`` unfolds.

Nothing of Quarterday is imported: rows × unit values must come to the measures' £, these to the totals, and the totals
must be what a person sees.
"""

from __future__ import annotations

import json
import subprocess
import sys
from decimal import ROUND_HALF_EVEN, Context, Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

RETURNS = sorted(Path(__file__).parent.glob("returns/*.csv"))
TERMS = ["--catalogue", "toms-rotherham", "--values", "illustrative", "--period", "2026-Q2"]
TOTALS = {"local_economic": "Local economic value", "social": "Social and environmental value", "total": "Together"}


def quarterday(program: Path, *words: str | Path) -> str:
    """What the command prints; raises where it fails."""
    return subprocess.run([program, "value", *words, *TERMS], check=True, capture_output=True, text=True).stdout


def rounded(amount: Fraction, places: int) -> Decimal:
    """£ to so many places, half to even."""
    wide = Context(prec=60)
    exact = wide.divide(Decimal(amount.numerator), Decimal(amount.denominator))
    return exact.quantize(Decimal(1).scaleb(-places), ROUND_HALF_EVEN)


def wrong_measure(measure: dict[str, Any], rows: list[dict[str, Any]]) -> list[str]:
    """Where a measure's £ are not its rows' quantities × unit values."""
    found = []
    worth = Fraction(0)
    for row in rows:
        expected = rounded(Fraction(row["quantity"]) * Fraction(row["unit_value"] or 0), 6)
        worth += Fraction(expected)
        if Fraction(row["pounds"] or 0) != expected:
            found.append(f"{measure['ref']}, line {row['line']}: £{row['pounds']} shown, £{expected} worked out")
    if Fraction(measure["pounds"] or 0) != worth:
        found.append(f"{measure['ref']}: £{measure['pounds']} shown, £{rounded(worth, 6)} worked out")
    return found


def wrong_totals(told: dict[str, Any], printed: str) -> list[str]:
    """Where a total is not the sum of its measures, hides that it is incomplete, or is not what a person sees."""
    adding = [measure for measure in told["measures"] if measure["pounds"] is not None]
    parts = {
        "local_economic": [measure for measure in adding if measure["local_economic"]],
        "social": [measure for measure in adding if not measure["local_economic"]],
        "total": adding,
    }
    found = []
    for name, measures in parts.items():
        total = told["totals"][name]
        worth = sum((Fraction(measure["pounds"]) for measure in measures), Fraction(0))
        is_complete = all(measure["complete"] for measure in measures)
        if Fraction(total["pounds"]) != worth or total["complete"] != is_complete:
            found.append(f"{name}: {total} shown, £{rounded(worth, 6)} worked out, complete: {is_complete}")
        wanted = f"£{rounded(worth, 2):,}{'' if is_complete else ' (incomplete)'}"
        if not any(line.startswith(TOTALS[name]) and line.endswith(f" {wanted}") for line in printed.splitlines()):
            found.append(f"{name}: {wanted} worked out, and not printed")
    return found


def main(program: Path) -> int:
    """Check every return of the demo; 1 when a figure is wrong, with each wrong one named."""
    wrong = []
    for path in RETURNS:
        told = json.loads(quarterday(program, path, "--json"))
        for measure in told["measures"]:
            rows = json.loads(quarterday(program, path, "--explain", measure["ref"], "--json"))["rows"]
            wrong += [f"{path.name}: {what}" for what in wrong_measure(measure, rows)]
        wrong += [f"{path.name}: {what}" for what in wrong_totals(told, quarterday(program, path))]
    print("\n".join(wrong) or f"Checked: {len(RETURNS)} returns, every £ worked out again from its rows.")
    return int(bool(wrong))


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]) / "quarterday"))
