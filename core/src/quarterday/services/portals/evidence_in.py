"""Evidence that came from a portal: a link, a file or a statement beside its entry.

It is added, and nothing that was submitted changes by it: what a revision's digest covers is what its supplier declared
(:func:`~quarterday.services.returns.submissions.digest_of_revision`).
"""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Mapping
from dataclasses import replace
from io import BytesIO

from quarterday.domain.portal_records import RecordKind
from quarterday.domain.sentences import Sentence, said
from quarterday.errors import Refused
from quarterday.evidence import Kept, Outcome, plain_name
from quarterday.ports import Item
from quarterday.services.portals import made_there, standing
from quarterday.services.portals.coming import Coming
from quarterday.services.portals.theirs import KEPT, SCAN, SIZE, Theirs
from quarterday.services.returns.attaching import FILE, Backed, attach, draft_to_back, entry_to_back
from quarterday.services.returns.evidencing import Keeper, evidence_limits


def has_file(item: Item) -> bool:
    """Whether a file came with a record of a portal."""
    fields = item.payload.get("fields")
    return isinstance(fields, Mapping) and isinstance(fields.get("file"), str) and bool(fields["file"])


def put_away(item: Item, keeper: Keeper) -> Item:
    """The same record, its file in the evidence store; what can't be kept there is said as its ``trouble``.

    Looked at as uploads are: its size, its type by content, the scanner. Raises
    :class:`~quarterday.errors.Trouble` where the store can't be written.
    """
    fields, words = item.payload["fields"], str(item.payload.get("words", ""))
    without = {**item.payload, "fields": {**fields, "file": ""}}
    try:
        content = b64decode(fields["file"], validate=True)
    except ValueError:
        trouble = said("Its file is no base64.")
    else:
        try:
            return replace(item, payload={**without, KEPT: keeper.keep(BytesIO(content), plain_name(words))})
        except Refused as why:
            trouble = Sentence(str(why))
    return replace(item, payload={**without, "trouble": item.payload.get("trouble") or trouble})


def take(coming: Coming, entry_id: int | None) -> str:
    """Put evidence of theirs beside its entry, or the draft made of an entry of theirs; returns its record's state.

    Of an entry that another took the place of, it backs the newest. Raises :class:`Refused` for what backs nothing that
    is known here, and for what can't be evidence.
    """
    fields = coming.theirs.fields
    kept = None
    if fields.get("kind") == FILE:
        if SIZE not in fields:
            raise Refused("Its file didn't come with it; it is in the portal.")
        kept = Kept(fields["digest"], int(fields[SIZE]), fields["media_type"], Outcome(fields[SCAN]))
    evidence_id, _ = attach(
        coming.work,
        _backed(coming, entry_id),
        fields.get("kind", ""),
        _said(coming.theirs),
        most_pieces=evidence_limits().most_pieces,
        kept=kept,
        portal=coming.portal,
    )
    if standing.find(coming.work, coming.authority_id, coming.portal, RecordKind.EVIDENCE, our_id=evidence_id) is None:
        standing.set_state(coming.work, coming.record_id, standing.SAME, our_id=evidence_id, version="")
    return standing.SAME


def _backed(coming: Coming, entry_id: int | None) -> Backed:
    if entry_id is not None:
        return entry_to_back(coming.work, entry_id)
    named = coming.theirs.fields.get("entry", "")
    whose = (coming.work, coming.authority_id, coming.portal, RecordKind.ENTRY)
    there = standing.find(*whose, external_id=named) if named else None
    draft = made_there.draft_of(coming.work, there) if there is not None else None
    if draft is None:
        raise Refused("It backs an entry that nothing here matches.")
    return draft_to_back(coming.work, draft.return_id, draft.id)


def _said(theirs: Theirs) -> str:
    """Of a link its address, of a file its name, of a statement what it says."""
    if theirs.fields.get("kind") == FILE:
        return plain_name(theirs.words or theirs.external_id)
    return theirs.fields.get("link", "") or theirs.words
