"""All that the portal holds, in the words of whoever sends it: to be held against what they hold."""

from __future__ import annotations

from typing import Any

from quarterday_portal_sync.simulator.store import Kept, Store

_NAMES = {
    "contracts": ("contract", {"agreementNo": "contract", "provider": "supplier", "providerNo": "supplier_number"}),
    "commitments": ("commitment", {"agreementNo": "contract", "kpi": "measure", "uom": "unit", "goal": "target"}),
    "entries": ("entry", {"agreementNo": "contract", "kpi": "measure", "uom": "unit", "amount": "quantity"}),
    "evidence": ("evidence", {"type": "kind", "url": "link", "mime": "media_type", "checksum": "digest"}),
    "verdicts": ("verdict", {"result": "decision", "approvedAmount": "quantity", "comment": "words"}),
}
_MORE = {"startDate": "starts", "endDate": "ends", "periodStart": "first", "periodEnd": "last", "portion": "share"}
_MORE |= {"note": "words", "title": "title", "by": "by"}
_DECISIONS = {"approved": "accepted", "queried": "queried", "declined": "rejected"}

Row = dict[str, Any]


def dump(store: Store) -> dict[str, list[Row]]:
    """What there is, by kind of record, those with a reference first and by it, the others by their id.

    A row has ``key`` (the reference, "" for what was made here), ``id``, ``revision``, ``is_deleted`` and ``fields``,
    whose names are Quarterday's; measures and units stay in the portal's codes.
    """
    found: dict[str, list[Row]] = {kind: [] for kind, _ in _NAMES.values()}
    with store.at_once():
        records = store.everything()
    claims = {one.number: one for one in records if one.resource.name == "entries"}
    for one in records:
        kind, names = _NAMES[one.resource.name]
        fields = {{**_MORE, **names}[name]: value for name, value in one.fields.items()}
        if one.claim is not None:
            fields["entry"] = _reference(claims[one.claim])
        if "decision" in fields:
            fields["decision"] = _DECISIONS[fields["decision"]]
        marks = {"key": one.our_ref, "id": one.id, "revision": one.revision, "is_deleted": one.is_deleted}
        found[kind].append({**marks, "fields": dict(sorted(fields.items()))})
    for rows in found.values():
        rows.sort(key=lambda row: (not row["key"], _by_number(row["key"] or row["id"])))
    return found


def _reference(claim: Kept) -> str:
    """The number that an entry has with whoever sent it, or the claim's id where nobody did."""
    return claim.our_ref.removeprefix("entry/") or claim.id


def _by_number(called: str) -> tuple[str, int, str]:
    """``entry/9`` before ``entry/10``."""
    letters = called.rstrip("0123456789")
    return letters, int(called[len(letters) :] or 0), called
