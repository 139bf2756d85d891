"""An external social value portal: a source of what was changed there, and a sink for our records.

It composes a mapping, which turns our records into theirs and back, and a transport, which is the way there.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import asdict, replace
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from quarterday import (
    Answered,
    BadRecord,
    Document,
    DocumentKind,
    Item,
    NotConfigured,
    Receipt,
    RecordKind,
    Refused,
    said,
)

if TYPE_CHECKING:
    from quarterday import PluginSettings, PortalTerms
    from quarterday_portal_sync.mapping.file import PortalMapping
    from quarterday_portal_sync.portal_settings import PortalSettings
    from quarterday_portal_sync.transports.port import Going, Told, Transport

KIND = "portal-record"
"""The kind of its items."""

LEAST_SECRET = 10
"""How long a secret is, in characters, that is looked for in what a portal tells: a shorter one may be a word."""

_NOT_KEPT = re.compile("[\\0\ud800-\udfff]")


class Portal:
    """Exchanges records with a portal, by files in a folder or by its interface on the web."""

    id = "portal"
    title: str = said("Social value portal")
    accepts = frozenset({DocumentKind.RECORDS})

    def __init__(self, settings: PluginSettings) -> None:
        self._settings = cast("PortalSettings", settings)

    @classmethod
    def settings_class(cls) -> type[PluginSettings]:
        """:class:`PortalSettings`."""
        from quarterday_portal_sync.portal_settings import PortalSettings

        return PortalSettings

    def items(self, since: str) -> Iterator[Item | BadRecord]:
        """What was changed there, the oldest change first; raises as a source does."""
        mapping = self._mapping()
        yield from given(self._settings, mapping, self._transport(mapping).changed(since))

    def theirs(self) -> Iterator[Item | BadRecord]:
        """All that they hold now, each record once; raises as a source does."""
        mapping = self._mapping()
        yield from given(self._settings, mapping, self._transport(mapping).listed())

    def terms(self) -> PortalTerms:
        """The mapping's terms, with what the authority chose otherwise; raises :class:`NotConfigured`."""
        return terms(self._settings, self._mapping())

    def deliver(self, document: Document, key: str) -> Receipt:
        """Send our records, and return once they have arrived for good, with an answer for each of them.

        One that has no counterpart there is answered with the reason, and the others go. Under the keys of the records
        nothing happens twice. Raises :class:`Refused` for what is no document of records, and as ``Transport.send``.
        """
        mapping = self._mapping()
        going, stopped = _shaped(mapping, document)
        if not going:
            return Receipt(key, tuple(stopped))
        sent = self._transport(mapping).send(going, key)
        return Receipt(sent.reference or key, (*sent.answers, *stopped))

    def rehearse(self, document: Document, key: str) -> Document:
        """What :meth:`deliver` would send, byte for byte where that can be said; nothing is opened or sent."""
        mapping = self._mapping()
        going, stopped = _shaped(mapping, document)
        content = self._transport(mapping).rehearse(going, key) if going else b""
        why_not = {one.key: one.why for one in stopped}
        return replace(document, content=content, meta={**document.meta, "records": str(len(going)), **why_not})

    def _mapping(self) -> PortalMapping:
        return mapping_of(self._settings)

    def _transport(self, mapping: PortalMapping) -> Transport:
        if self._settings.transport == "web":
            from quarterday_portal_sync.transports.web import Web

            return Web(self._settings, mapping)
        from quarterday_portal_sync.transports.folder import Folder

        return Folder(self._settings, mapping)


def mapping_of(settings: PortalSettings) -> PortalMapping:
    """The mapping that the settings name, read anew where the file was changed; raises :class:`NotConfigured`."""
    try:
        found = settings.mapping_file.stat()
        state = (found.st_mtime_ns, found.st_size, found.st_ino)
    except OSError:  # one that comes along, or none: reading it says so
        state = (0, 0, 0)
    return _read(settings.mapping, state)


@lru_cache(maxsize=8)
def _read(mapping: str, state: tuple[int, int, int]) -> PortalMapping:
    """The mapping in a file as it was then: reading it takes as long as sending a hundred records."""
    from quarterday_portal_sync.mapping.file import read_mapping

    return read_mapping(Path(mapping))


def terms(settings: PortalSettings, mapping: PortalMapping) -> PortalTerms:
    """What was agreed, by the mapping, with what the authority chose otherwise."""
    chosen = {name: getattr(settings, name) for name in ("entries", "verdicts", "evidence", "batch")}
    return replace(mapping.terms, **{name: value for name, value in chosen.items() if value is not None})


def given(
    settings: PortalSettings, mapping: PortalMapping, all_told: Iterable[Told | BadRecord]
) -> Iterator[Item | BadRecord]:
    """What was told, as a source gives it, without a secret of ours, should the portal repeat one."""
    from quarterday_portal_sync.transports.auth import secrets_set, tokens_of

    fixed, tokens = secrets_set(settings), tokens_of(settings)
    for told in all_told:
        secrets = [one for one in (*fixed, *tokens.had) if len(one) >= LEAST_SECRET]
        if any(one in told.cursor for one in secrets):
            why = "The portal puts what we sign in with into where its list goes on, so nothing is read there."
            raise NotConfigured("web_address", why)
        yield _bad(told, secrets) if isinstance(told, BadRecord) else item_of(mapping, told, secrets)


def item_of(mapping: PortalMapping, told: Told, secrets: Collection[str]) -> Item | BadRecord:
    """What was told of a record of theirs, as an item of a source has it, without ``secrets``; one that no database
    keeps is a bad one."""
    inward = asdict(mapping.inward(told.kind, told.raw))
    inward["record"] = str(told.kind)
    texts = "".join(_texts([told.key, inward]))
    if any(one in texts for one in secrets):
        told, inward = replace(told, key=_without(told.key, secrets)), _without(inward, secrets)
    if _NOT_KEPT.search(texts):
        why = said("It holds characters that can't be kept: NUL, or half of a pair.")
        return BadRecord(_NOT_KEPT.sub("?", told.key), why, told.cursor)
    return Item(told.key, KIND, inward, told.cursor)


def _bad(told: BadRecord, secrets: Collection[str]) -> BadRecord:
    """What can't be used of what was told, without ``secrets``."""
    if not any(one in told.key or one in told.why for one in secrets):
        return told
    return replace(told, key=_without(told.key, secrets), why=_without(told.why, secrets))


def _without(value: Any, secrets: Collection[str]) -> Any:
    """A payload without ``secrets`` in any of its texts and names."""
    if isinstance(value, str):
        for one in sorted(secrets, key=len, reverse=True):
            value = value.replace(one, "***")
        return value
    if isinstance(value, Mapping):
        return {_without(name, secrets): _without(one, secrets) for name, one in value.items()}
    return [_without(one, secrets) for one in value] if isinstance(value, list) else value


def _texts(value: object) -> Iterator[str]:
    """Every text in a payload, and each name."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        yield from _texts([*value, *value.values()])
    elif isinstance(value, list):
        for one in value:
            yield from _texts(one)


def _shaped(mapping: PortalMapping, document: Document) -> tuple[list[Going], list[Answered]]:
    """The records of a document in the other side's shape, and the answers of those that have none."""
    from quarterday_portal_sync.mapping.mapped import Unmapped
    from quarterday_portal_sync.transports.port import Going

    going: list[Going] = []
    stopped: list[Answered] = []
    for kind, record in _records(document):
        key = record["key"]
        external_id = record["external_id"] if record["external_id"] != key else ""  # a file's way: ours, not theirs
        try:
            row = mapping.outward(kind, key, external_id, record["fields"], record["words"])
        except Unmapped as why:
            stopped.append(Answered(key, why=str(why)))
        else:
            going.append(Going(kind, key, record["send"], external_id, record["version"], row))
    return going, stopped


def _records(document: Document) -> list[tuple[RecordKind, dict[str, Any]]]:
    if document.kind is not DocumentKind.RECORDS:
        raise Refused("A portal takes records only; send this to another sink.")
    try:
        lines = [line for line in document.content.splitlines() if line.strip()]
        together = json.loads(b"[" + b",".join(lines) + b"]")  # one by one takes twice as long
        if len(together) != len(lines):
            raise ValueError(lines)
        return [_record(one) for one in together]
    except (ValueError, KeyError, TypeError, AttributeError):
        raise Refused("The document isn't a record a line, with all that belongs to one.") from None


def _record(said: Any) -> tuple[RecordKind, dict[str, Any]]:
    wanted = {name: str(said[name]) for name in ("key", "send", "external_id", "version", "words")}
    fields = {name: str(value) for name, value in said["fields"].items()}
    return RecordKind(said["record"]), {**wanted, "fields": fields}
