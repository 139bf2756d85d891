"""What a mapping loses: where a record that goes there and comes back isn't what it was, or wouldn't be known again.

What stops a record instead is no loss: it is said when it happens, and nothing is sent.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from quarterday import Sentence, said
from quarterday_portal_sync.mapping.agreed import OUT_ONLY
from quarterday_portal_sync.mapping.codes import Crosswalk
from quarterday_portal_sync.mapping.file import PortalMapping
from quarterday_portal_sync.mapping.forms import Words
from quarterday_portal_sync.mapping.kinds import FIELDS, KindMapping


@dataclass(frozen=True, slots=True)
class Loss:
    """Something that is lost on the way."""

    kind: str
    """The kind's table in the mapping; "" for all kinds."""
    field: str
    """Our field, or "key" and "words"."""
    what: Sentence


def losses(mapping: PortalMapping) -> Iterator[Loss]:
    """All that a mapping loses, kind by kind."""
    for one in mapping.of.values():
        yield from _of_fields(one)
        yield from _of_the_record(one)
        if "measure" in one.fields:
            yield from _of_measures(one.name, one.codes)


def _of_fields(one: KindMapping) -> Iterator[Loss]:
    for name in FIELDS[one.kind]:
        if name in one.untold:
            yield Loss(one.name, name, said("“{name}” isn't exchanged: they are never told it.", name=name))
    for name, field in one.fields.items():
        if not isinstance(field.form, Words):
            continue
        for ours, theirs in field.form.theirs.items():
            for word in theirs[1:]:
                yield Loss(
                    one.name,
                    name,
                    said(
                        "“{word}” comes in as {ours}, which goes out as “{first}”.",
                        word=word,
                        ours=ours,
                        first=theirs[0],
                    ),
                )
        words = [(word, ours) for ours, theirs in field.form.theirs.items() for word in theirs]
        for word, ours in words:
            others = [other for said_there, other in words if said_there.casefold() == word.casefold()]
            if len(others) > 1 and others[0] == ours:
                several = " and ".join(others)
                yield Loss(
                    one.name,
                    name,
                    said("“{word}” stands for {several}: it is stopped when it comes in.", word=word, several=several),
                )


def _of_the_record(one: KindMapping) -> Iterator[Loss]:
    if one.key is None and one.agreement.goes_out:
        yield Loss(
            one.name,
            "key",
            said(
                "our key has no place there: a record is known again by their id alone, and one "
                "whose answer got lost may be there twice."
            ),
        )
    if one.words is None and one.kind not in OUT_ONLY:
        yield Loss(one.name, "words", said("what somebody wrote isn't exchanged."))
    if one.blank == "omit" and one.agreement.goes_out:
        yield Loss(
            one.name,
            "blank",
            said(
                "a field that became blank here isn't sent; set “blank” in [web] where they take null or an empty text."
            ),
        )


def _of_measures(name: str, codes: Crosswalk) -> Iterator[Loss]:
    for row in codes.rows:
        if row.also:
            others = ", ".join(row.also)
            yield Loss(
                name,
                "measure",
                said("{others} come in as {ref}, which goes out as {code}.", others=others, ref=row.ref, code=row.code),
            )
    for code, rows in codes.shared:
        refs = list(dict.fromkeys(row.ref for row in rows))
        chosen = next((row.ref for row in rows if row.comes_in), "")
        several = " and ".join(refs)
        if chosen:
            yield Loss(
                name,
                "measure",
                said(
                    "{several} go out as {code}, which comes in as {chosen}.", several=several, code=code, chosen=chosen
                ),
            )
        else:
            yield Loss(
                name,
                "measure",
                said(
                    "{several} go out as {code}, which is stopped when it comes in: it could be any of them.",
                    several=several,
                    code=code,
                ),
            )
