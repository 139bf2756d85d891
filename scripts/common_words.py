"""Count which words many payees' names share, from spend files that matching is not measured on.

    QUARTERDAY_FIELD_DATA=... python scripts/common_words.py        write payees/common_words.toml anew

Single words and how many names hold them; a word of few names, which might be a person's, is left out.
"""

from __future__ import annotations

import os
import sys
from collections import Counter, defaultdict
from importlib.resources import files
from pathlib import Path

from quarterday import Refused
from quarterday_erp_import.payees.names import read
from quarterday_erp_import.reading import profile
from quarterday_erp_import.reading import read as lines_of

LEDGERS = ("bradford", "darlington", "leeds", "manchester", "newcastle", "wakefield")
"""Councils whose suppliers no label names; central departments come besides."""

LEAST = 10


def names_of(data: Path) -> dict[str, tuple[str, ...]]:
    """The words of each payee, a name that differs only in its writing once."""
    spend = data / "spend"
    paths = [path for path in sorted(spend.glob("*.csv")) if path.name.split("_")[0] in LEDGERS]
    found: dict[str, tuple[str, ...]] = {}
    for path in [*paths, *sorted((spend / "centgov").rglob("*.csv"))]:
        try:
            for chunk in lines_of(path, profile(path)):
                for text in set(chunk.lines.column("payee").to_pylist()):
                    words = read(text).words
                    found[" ".join(sorted(words))] = words
        except Refused as why:
            print(f"{path.name}: {why}")
    return found


def main() -> int:
    """Write the file."""
    names = names_of(Path(os.environ["QUARTERDAY_FIELD_DATA"]))
    held = Counter(word for words in names.values() for word in set(words))
    by_count: dict[int, list[str]] = defaultdict(list)
    for word, count in held.items():
        if count >= LEAST and word.isalpha():
            by_count[count].append(word)
    lines = [
        "# How many of so many payees' names hold a word: what a word is worth where few suppliers are known.",
        "# Written by scripts/common_words.py from published spend files of councils and departments.",
        f"names = {len(names)}",
        "",
        "[words]",
        *(f'{count} = "{" ".join(sorted(by_count[count]))}"' for count in sorted(by_count, reverse=True)),
    ]
    target = Path(str(files("quarterday_erp_import.payees"))) / "common_words.toml"
    target.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
