"""Codes of areas that changed: a list, a directory and a definition of “local” may name one council differently.

Facts from the Office for National Statistics' lists of local authorities (Open Government Licence v3.0) and from
mySociety's list of UK local authorities (CC0), as they stood in November 2025.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

RECODED: Mapping[str, str] = {
    "E06000048": "E06000057",  # Northumberland
    "E07000097": "E07000242",  # East Hertfordshire
    "E07000100": "E07000240",  # St Albans
    "E07000101": "E07000243",  # Stevenage
    "E07000104": "E07000241",  # Welwyn Hatfield
    "E08000016": "E08000038",  # Barnsley
    "E08000019": "E08000039",  # Sheffield
    "E08000020": "E08000037",  # Gateshead
    "S12000009": "S12000045",  # East Dunbartonshire
    "S12000015": "S12000047",  # Fife
    "S12000024": "S12000048",  # Perth and Kinross
    "S12000043": "S12000049",  # Glasgow City
    "S12000044": "S12000050",  # North Lanarkshire
    "S12000046": "S12000049",  # Glasgow City
}
"""Old code → new code of an authority that stayed the same."""

MADE_FROM: Mapping[str, frozenset[str]] = {
    new: frozenset(old.split())
    for new, old in {
        "E06000058": "E06000028 E06000029 E07000048",  # Bournemouth, Christchurch and Poole
        "E06000059": "E07000049 E07000050 E07000051 E07000052 E07000053",  # Dorset
        "E06000060": "E07000004 E07000005 E07000006 E07000007",  # Buckinghamshire
        "E06000061": "E07000150 E07000152 E07000153 E07000156",  # North Northamptonshire
        "E06000062": "E07000151 E07000154 E07000155",  # West Northamptonshire
        "E06000063": "E07000026 E07000028 E07000029",  # Cumberland
        "E06000064": "E07000027 E07000030 E07000031",  # Westmorland and Furness
        "E06000065": "E07000163 E07000164 E07000165 E07000166 E07000167 E07000168 E07000169",  # North Yorkshire
        "E06000066": "E07000187 E07000188 E07000189 E07000246",  # Somerset
        "E07000244": "E07000205 E07000206",  # East Suffolk
        "E07000245": "E07000201 E07000204",  # West Suffolk
        "E07000246": "E07000190 E07000191",  # Somerset West and Taunton, itself in Somerset since
    }.items()
}
"""Code of an authority → the codes of those it was made from, all of them and nothing else."""


def current(code: str) -> str:
    """The newest code of the same authority."""
    return RECODED.get(code, code)


def lies_in(code: str, codes: Iterable[str]) -> bool | None:
    """Whether an authority lies in the area that is made of ``codes``, old or new; None when only a part of it does."""
    its, theirs = oldest((code,)), oldest(codes)
    if its <= theirs:
        return True
    return None if its & theirs else False


def oldest(codes: Iterable[str]) -> frozenset[str]:
    """The same area by the authorities that these were made from, as far back as is known."""
    found: set[str] = set()
    for code in codes:
        parts = MADE_FROM.get(code)
        found |= oldest(parts) if parts else {current(code)}
    return frozenset(found)
