"""Records that come in: each kept once, whatever is sent again, and none over what its sender hasn't seen."""

from __future__ import annotations

import json
from base64 import b64decode
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import sha256

from quarterday_portal_sync.simulator.shapes import MOST_BYTES, RESOURCES, Resource, trouble_with
from quarterday_portal_sync.simulator.store import Clash, Kept, Store, likeness

Sent = Mapping[str, str]
"""A record as it is sent: marks and fields, all text."""
Result = dict[str, str]

_MARKS = ("idempotency_key", "our_ref", "id", "if_version")


class Refusal(Exception):
    """A record that can't be kept: the sentence says why."""


def post(store: Store, resource: Resource, records: Sequence[Sent]) -> tuple[str, list[Result]]:
    """Keep records, all in one transaction; returns what the delivery is called and what became of each.

    A batch whose every key was seen before is the delivery that it was.
    """
    with store.at_once():
        now = datetime.now(UTC).isoformat()
        [[delivery]] = store.all("INSERT INTO deliveries (at) VALUES (?) RETURNING number", now)
        results, earlier = [], set()
        for record in records:
            result, was = _once(store, resource, record, delivery)
            results.append(result)
            earlier.add(was)
        if len(earlier) == 1 and delivery not in earlier:
            store.all("DELETE FROM deliveries WHERE number = ?", delivery)
            delivery = earlier.pop()
    return f"D-{delivery}", results


def _once(store: Store, resource: Resource, sent: Sent, delivery: int) -> tuple[Result, int]:
    key = sent["idempotency_key"]
    content = {name: value for name, value in sent.items() if name not in ("idempotency_key", "id", "if_version")}
    digest = sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
    known = store.all("SELECT content, delivery, result FROM keys WHERE resource = ? AND key = ?", resource.name, key)
    if known:
        was, earlier, answer = known[0]
        if was != digest:
            return _result(sent, "refused", reason="That idempotency_key was used for another content."), delivery
        return json.loads(answer), earlier
    try:
        result = _taken(store, resource, sent)
    except (Refusal, Clash) as refusal:
        result = _result(sent, "refused", reason=str(refusal))
    store.all("INSERT INTO keys VALUES (?, ?, ?, ?, ?)", resource.name, key, digest, delivery, json.dumps(result))
    return result, delivery


def _taken(store: Store, resource: Resource, sent: Sent) -> Result:
    here = _here(store, resource, sent)
    given = {name: value for name, value in sent.items() if name not in _MARKS}
    fields, claim = completed(store, resource, given, here)
    if here is None:
        alike = store.find(resource, alike=likeness(resource, fields, claim) or "")
        if alike is not None and alike.our_ref:
            raise Refusal(f"{alike.our_ref} is the same one: see {alike.id}.")
        here = alike
    if here is None:
        if trouble := trouble_with(resource, fields):
            raise Refusal(trouble)
        new = Kept(0, resource, sent["our_ref"], 0, "", is_deleted=False, claim=claim, fields=fields)
        return _result(sent, "created", store.keep(new, is_ours=True))
    if not here.is_deleted and (here.fields, here.claim) == (fields, claim):
        if here.our_ref:
            return _result(sent, "unchanged", here)
        return _result(sent, "updated", store.keep(replace(here, our_ref=sent["our_ref"]), is_ours=True))
    is_new_to_them = here.is_deleted and not sent.get("if_version")
    if not is_new_to_them and sent.get("if_version") != str(here.revision):
        state = "deleted" if here.is_deleted else "changed"
        return _result(sent, "overtaken", here, reason=f"It was {state} here: this is revision {here.revision}.")
    if trouble := trouble_with(resource, fields):
        raise Refusal(trouble)
    changed = replace(here, our_ref=sent["our_ref"], is_deleted=False, claim=claim, fields=fields)
    return _result(sent, "created" if is_new_to_them else "updated", store.keep(changed, is_ours=True))


def _here(store: Store, resource: Resource, sent: Sent) -> Kept | None:
    """The record that is meant, where it is here already."""
    by_ref = store.find(resource, our_ref=sent["our_ref"])
    if not (called := sent.get("id", "")):
        return by_ref
    here = store.find(resource, called)
    if here is None:
        raise Refusal(f"There is no {called} here.")
    if by_ref is not None and by_ref.number != here.number:
        raise Refusal(f"{sent['our_ref']} is {by_ref.id} here, and not {called}.")
    if here.our_ref not in ("", sent["our_ref"]):
        raise Refusal(f"{called} is {here.our_ref}, and not {sent['our_ref']}.")
    return here


def completed(
    store: Store, resource: Resource, given: Mapping[str, str], here: Kept | None
) -> tuple[dict[str, str], int | None]:
    """All fields of a record once some are given, and the number of the claim that it is about; keeps its file.

    Raises ``Refusal`` where its claim isn't known or its file isn't what is said of it.
    """
    fields = {**({} if here is None else here.fields), **given}
    claim = None if here is None else here.claim
    if resource.is_about_a_claim:
        called, reference = fields.pop("claim", ""), fields.pop("claimRef", "")
        if called or reference:
            found = store.find(RESOURCES["entries"], called, our_ref="" if called else reference)
            if found is None:
                raise Refusal(f"There is no claim {called or reference} here.")
            claim = found.number
        if claim is None:
            raise Refusal("claim or claimRef is missing.")
    if content := fields.pop("contentBase64", ""):
        fields["checksum"] = _kept_file(store, content, fields.get("checksum", ""))
    return {name: value for name in resource.names if (value := fields.get(name, ""))}, claim


def _kept_file(store: Store, content: str, checksum: str) -> str:
    try:
        file = b64decode(content, validate=True)
    except ValueError as error:
        raise Refusal("contentBase64 is no base64.") from error
    if len(file) > MOST_BYTES:
        raise Refusal(f"The file is larger than {MOST_BYTES:,} bytes.")
    if checksum and sha256(file).hexdigest() != checksum:
        raise Refusal("The file isn't the one that the checksum says.")
    return store.keep_file(file)


def _result(sent: Sent, status: str, kept: Kept | None = None, *, reason: str = "") -> Result:
    result = {"our_ref": sent["our_ref"], "status": status, "id": "", "version": "", "reason": reason}
    return result if kept is None else {**result, "id": kept.id, "version": str(kept.revision)}
