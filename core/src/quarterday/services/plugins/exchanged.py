"""What passes between host and portal: terms, receipts and rehearsed documents, checked, as JSON has them, and back."""

from __future__ import annotations

import json
import re
from base64 import b64decode, b64encode
from collections.abc import Collection, Mapping
from dataclasses import asdict
from typing import Any

from quarterday.domain.portal_records import FIELDS, MEDIA_TYPE
from quarterday.ports import (
    Agreement,
    Answered,
    Direction,
    Document,
    DocumentKind,
    EntriesSent,
    EvidenceSent,
    Owner,
    PortalTerms,
    Receipt,
    RecordKind,
    VerdictsTaken,
)
from quarterday.services.plugins.plain import kept, type_of
from quarterday.services.plugins.telling import Unagreed, plainly

MOST_NAME = 500
"""How long a receiver's name or version of a record may be, in characters."""

MOST_BATCH = 5000
"""How many records may go out together at most."""

_CHOSEN = {"entries": EntriesSent, "verdicts": VerdictsTaken, "evidence": EvidenceSent}


def agreed_terms(given: object) -> PortalTerms:
    """What a portal says was agreed; raises :class:`Unagreed` for anything else."""
    if type(given) is not PortalTerms:
        raise Unagreed(f"terms() gave {type_of(given)}, not PortalTerms")
    if not isinstance(given.agreements, Mapping):
        raise Unagreed("terms() gave agreements that are no mapping by kind of record")
    for kind, one in given.agreements.items():
        if type(kind) is not RecordKind or type(one) is not Agreement:
            raise Unagreed("terms() gave agreements that aren't an Agreement by RecordKind")
        if type(one.direction) is not Direction or type(one.owner) is not Owner:
            raise Unagreed("terms() gave an agreement without a Direction and an Owner")
    if not isinstance(given.untold, Mapping) or not all(
        type(kind) is RecordKind and isinstance(names, frozenset) and names <= set(FIELDS[kind])
        for kind, names in given.untold.items()
    ):
        raise Unagreed("terms() gave as untold what isn't a frozenset of fields by RecordKind")
    for name, wanted in _CHOSEN.items():
        if type(getattr(given, name)) is not wanted:
            raise Unagreed(f"terms() gave {type_of(getattr(given, name))} as {name}, not {wanted.__name__}")
    if type(given.mapping) is not str or type(given.batch) is not int or not 1 <= given.batch <= MOST_BATCH:
        raise Unagreed(f"terms() gave a mapping that is no text, or a batch that isn't 1 to {MOST_BATCH} records")
    return given


def terms_as_data(terms: PortalTerms) -> dict[str, Any]:
    """Terms as JSON has them."""
    return {
        **{name: str(getattr(terms, name)) for name in _CHOSEN},
        "agreements": {str(kind): [one.direction, one.owner] for kind, one in terms.agreements.items()},
        "mapping": kept(terms.mapping),
        "batch": terms.batch,
        "untold": {str(kind): sorted(names) for kind, names in terms.untold.items()},
    }


def terms_of(data: Mapping[str, Any]) -> PortalTerms:
    """Terms, by what :func:`terms_as_data` made of them."""
    return PortalTerms(
        agreements={
            RecordKind(kind): Agreement(Direction(direction), Owner(owner))
            for kind, (direction, owner) in data["agreements"].items()
        },
        mapping=data["mapping"],
        entries=EntriesSent(data["entries"]),
        verdicts=VerdictsTaken(data["verdicts"]),
        evidence=EvidenceSent(data["evidence"]),
        batch=data["batch"],
        untold={RecordKind(kind): frozenset(names) for kind, names in data.get("untold", {}).items()},
    )


def receipt_as_data(receipt: Receipt, document: Document, secrets: Collection[str]) -> dict[str, Any]:
    """A receipt as JSON has it; raises :class:`Unagreed` unless it has one answer for each record for a portal."""
    if not isinstance(receipt.answers, tuple) or not all(type(one) is Answered for one in receipt.answers):
        raise Unagreed("deliver() gave a Receipt whose answers are no tuple of Answered")
    answers = [_answer(one, secrets) for one in receipt.answers]
    kept("".join([text for key, name, _, version, _ in answers for text in (key, name, version)]))
    asked = _keys(document) if document.media_type == MEDIA_TYPE else []
    if sorted([one[0] for one in answers]) != sorted(asked):
        raise Unagreed(
            "deliver() gave a Receipt that hasn't exactly one answer for each record: "
            f"{len(answers)} for {len(asked)} records"
        )
    return {"reference": kept(receipt.reference), "answers": answers}


def receipt_of(data: Mapping[str, Any]) -> Receipt:
    """A receipt, by what :func:`receipt_as_data` made of it."""
    return Receipt(data["reference"], tuple([Answered(*one) for one in data["answers"]]))


def document_as_data(document: object) -> dict[str, Any]:
    """A document as JSON has it; raises :class:`Unagreed` for anything else."""
    if type(document) is not Document:
        raise Unagreed(f"rehearse() gave {type_of(document)}, not a Document")
    texts = (document.name, document.media_type, *document.meta, *document.meta.values())
    if (
        type(document.kind) is not DocumentKind
        or type(document.content) is not bytes
        or not all(isinstance(one, str) for one in texts)
    ):
        raise Unagreed("rehearse() gave a Document whose kind, name, media type, content or meta isn't of its type")
    return {**asdict(document), "meta": dict(document.meta), "content": b64encode(document.content).decode()}


def document_of(data: Mapping[str, Any]) -> Document:
    """A document, by what :func:`document_as_data` made of it."""
    kind, content = DocumentKind(data["kind"]), b64decode(data["content"])
    return Document(kind, data["name"], data["media_type"], content, data["meta"])


def _answer(given: Answered, secrets: Collection[str]) -> tuple[str, str, str, str, bool]:
    """The fields of an answer in their order; of the words those that may be told."""
    key, name, why, version = given.key, given.external_id, given.why, given.version
    if not all(map(_is_text, (key, name, why, version))) or type(given.is_overtaken) is not bool:
        raise Unagreed("deliver() gave an answer in which something isn't text")
    if len(name) > MOST_NAME or len(version) > MOST_NAME:
        raise Unagreed(f"deliver() gave an answer with a name or a version of more than {MOST_NAME} characters")
    return key, name, plainly(kept(why), secrets) if why else "", version, given.is_overtaken


def _is_text(value: object) -> bool:
    return isinstance(value, str)


_KEY = re.compile(rb'\{"record": "[a-z]+", "key": "([a-z]+/\d+)", "fields": ')


def _keys(document: Document) -> list[str]:
    """The keys of the records in a document of records; a line as the host writes it isn't read whole."""
    found = []
    for line in document.content.splitlines():
        begins = _KEY.match(line)
        found.append(begins[1].decode() if begins else json.loads(line)["key"])
    return found
