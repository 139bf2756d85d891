"""Shares and amounts as people read them, worked out in whole numbers."""

from __future__ import annotations

from quarterday import said

_PENNY = 10_000


def percent(part: int, whole: int) -> str:
    """A share with one decimal, halves to even, like “43.2%”; “not available” of nothing or of less."""
    if whole <= 0:
        return said("not available")
    tenths, rest = divmod(part * 1_000, whole)
    tenths += 2 * rest > whole or (2 * rest == whole and tenths % 2 == 1)
    return f"{'-' if tenths < 0 else ''}{abs(tenths) // 10}.{abs(tenths) % 10}%"


def pounds(micropounds: int) -> str:
    """An amount in £ and pence, halves to even, like “£1,234.50”."""
    pence, rest = divmod(abs(micropounds), _PENNY)
    pence += 2 * rest > _PENNY or (2 * rest == _PENNY and pence % 2 == 1)
    return f"{'-' if micropounds < 0 and pence else ''}£{pence // 100:,}.{pence % 100:02}"
