"""What people do in the simulated portal: they assess claims, make new ones, change and delete them, add evidence.

Whatever isn't said of an act is drawn, so that the same acts follow from the same seed and the same records.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from random import Random

from quarterday_portal_sync.simulator.batches import Refusal, completed
from quarterday_portal_sync.simulator.shapes import RESOURCES, RESULTS, Resource, trouble_with
from quarterday_portal_sync.simulator.store import Clash, Kept, Store

ACTS = ("verdict", "claim", "change", "delete", "evidence")
"""What a person does: records an outcome, makes a claim, changes a claim's amount, deletes it, adds evidence to it."""

CLAIMS = RESOURCES["entries"]


class NotDone(Exception):
    """What can't be done, with the sentence that says why."""


def make(store: Store, resource: Resource, given: Mapping[str, str]) -> Kept:
    """Make a record, as a person in the portal. Raises ``NotDone``."""
    return _kept(store, resource, given, None)


def change(store: Store, here: Kept, given: Mapping[str, str]) -> Kept:
    """Change some fields of a record, as a person in the portal. Raises ``NotDone``."""
    return _kept(store, here.resource, given, here)


def _kept(store: Store, resource: Resource, given: Mapping[str, str], here: Kept | None) -> Kept:
    if unknown := sorted(set(given) - set(resource.names)):
        raise NotDone(f"{resource.name} have no {', '.join(unknown)}.")
    with store.at_once():
        try:
            fields, claim = completed(store, resource, given, here)
            if trouble := trouble_with(resource, fields):
                raise NotDone(trouble)
            if here is not None:
                return store.keep(replace(here, fields=fields, claim=claim), is_ours=False)
            new = Kept(0, resource, "", 0, "", is_deleted=False, claim=claim, fields=fields)
            return store.keep(new, is_ours=False)
        except (Refusal, Clash) as error:
            raise NotDone(str(error)) from error


def assess(store: Store, claim: Kept, given: Mapping[str, str]) -> Kept:
    """Record the outcome of a claim, or another one than it had. Raises ``NotDone``."""
    with store.at_once():
        verdicts = RESOURCES["verdicts"]
        earlier = next((one for one in store.about(claim) if one.resource is verdicts), None)
        return _kept(store, verdicts, {**given, "claim": claim.id}, earlier)


def act(store: Store, what: str, seed: int, said: Mapping[str, str]) -> Kept:
    """Do what a person does: to the claim whose id or our_ref is ``claim``, or to one drawn. Raises ``NotDone``."""
    chance = Random(f"{what}/{seed}")  # noqa: S311 (no secret depends on it)
    given = dict(said)
    named = given.pop("claim", "")
    with store.at_once():
        claim = _claim(store, named, chance)
        match what:
            case "verdict":
                result = given.get("result") or chance.choice(RESULTS)
                approved = {"approvedAmount": claim.fields["amount"]} if result == "approved" else {}
                drawn = {"result": result, "comment": f"Assessed {seed}.", "by": "An assessor", **approved}
                return assess(store, claim, {**drawn, **given})
            case "claim":
                alike = {**claim.fields, "amount": _amount(chance), "note": f"Claimed in the portal {seed}."}
                return make(store, CLAIMS, {**alike, **given})
            case "change":
                return change(store, claim, {"amount": _amount(chance), **given})
            case "delete":
                return store.delete(claim, is_ours=False)
            case "evidence":
                drawn = {"claim": claim.id, "type": "link", "url": f"https://example.org/evidence/{seed}"}
                return make(store, RESOURCES["evidence"], {**drawn, **given})
    raise NotDone(f"Nobody does “{what}” here; people do {', '.join(ACTS)}.")


def _claim(store: Store, named: str, chance: Random) -> Kept:
    if named:
        found = store.find(CLAIMS, named) or store.find(CLAIMS, our_ref=named)
        if found is None or found.is_deleted:
            raise NotDone(f"There is no claim {named} here.")
        return found
    claims = store.listed(CLAIMS)
    if not claims:
        raise NotDone("There are no claims here yet.")
    return chance.choice(claims)


def _amount(chance: Random) -> str:
    return f"{chance.randint(1, 400) / 4:g}"
