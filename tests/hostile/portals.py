"""A plugin whose portals each do one thing that a portal may do, or must not; each is a source and a sink in one."""

import json
import os
from collections.abc import Iterator

from pydantic import SecretStr

from quarterday import (
    Agreement,
    Answered,
    BadRecord,
    Direction,
    Document,
    DocumentKind,
    EntriesSent,
    Item,
    Owner,
    PluginSettings,
    PortalTerms,
    Receipt,
    RecordKind,
    Retryable,
    hookimpl,
)

API_VERSION = 0


class Settings(PluginSettings):
    """What it has, and how it errs."""

    many: int = 0
    """How many records it holds."""

    how: str = ""
    """What is wrong."""

    token: SecretStr = SecretStr("a token")
    """What it signs in with."""

    where: str = ""
    """A file into which it writes when it is called."""


AGREED = Agreement(Direction.BOTH, Owner.OURS)


class Sound:
    id = "sound-portal"
    title = "A portal that does as it should"
    accepts = frozenset({DocumentKind.RECORDS})

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    @classmethod
    def settings_class(cls) -> type[Settings]:
        return Settings

    def items(self, since: str) -> Iterator[Item | BadRecord]:
        yield from ()

    def theirs(self) -> Iterator[Item | BadRecord]:
        try:
            for number in range(1, self._settings.many + 1):
                yield Item(f"entry-{number}", "portal-record", {"external_id": f"P-{number}"}, "")
        finally:
            self._say("closed")

    def terms(self) -> PortalTerms:
        return PortalTerms({RecordKind.ENTRY: AGREED}, "0" * 64, batch=7)

    def deliver(self, document: Document, key: str) -> Receipt:
        self._say("delivered")
        return Receipt("D-1", tuple(self.answers([json.loads(line)["key"] for line in document.content.splitlines()])))

    def answers(self, keys: list[str]) -> list[Answered]:
        return [Answered(key, f"P-{key}", version="1") for key in keys]

    def _say(self, what: str) -> None:
        if self._settings.where:
            with open(self._settings.where, "a") as file:
                file.write(f"{what}\n")


class Rehearses(Sound):
    id = "rehearses"

    def rehearse(self, document: Document, key: str) -> Document:
        return Document(
            DocumentKind.RECORDS, "would.json", "application/json", b"\xff\x00" + document.content, {"a": "b"}
        )


class RehearsesBadly(Sound):
    id = "rehearses-badly"

    def rehearse(self, document: Document, key: str) -> object:
        match self._settings.how:
            case "text":
                return "would"
            case "content":
                return Document(DocumentKind.RECORDS, "would.json", "application/json", "text", {})
            case "kind":
                return Document("records", "would.json", "application/json", b"", {})
            case "later":
                raise Retryable(f"Not now, {self._settings.token.get_secret_value()}.")
        return Document(DocumentKind.RECORDS, "would.json", "application/json", b"", {"pages": 7})


class AnswersBadly(Sound):
    id = "answers-badly"

    def answers(self, keys: list[str]) -> list[object]:
        sound = super().answers(keys)
        match self._settings.how:
            case "twice":
                return [*sound, sound[0]]
            case "one short":
                return sound[1:]
            case "instead":
                return [*sound[1:], Answered("entry/99", "P-99")]
            case "words":
                return list(keys)
            case "number":
                return [Answered(key, 7) for key in keys]
            case "nul":
                return [Answered(key, "P\0") for key in keys]
            case "long":
                return [Answered(key, "P" * 501) for key in keys]
            case "whether":
                return [Answered(key, "P", is_overtaken="no") for key in keys]
            case "tells":
                return [
                    Answered(key, why=f"{self._settings.token.get_secret_value()}: ask ada@example.org") for key in keys
                ]
        return sound


class AnswersAReport(Sound):
    """It answers records where there are none."""

    id = "answers-a-report"
    accepts = frozenset({DocumentKind.RECORDS, DocumentKind.REPORT})

    def deliver(self, document: Document, key: str) -> Receipt:
        return Receipt("D-1", (Answered("entry/1", "P-1"),))


class BadTerms(Sound):
    id = "bad-terms"

    def terms(self) -> object:
        match self._settings.how:
            case "mapping":
                return {"entry": "both"}
            case "pairs":
                return PortalTerms([(RecordKind.ENTRY, AGREED)], "")
            case "kind":
                return PortalTerms({"entry": AGREED}, "")
            case "agreement":
                return PortalTerms({RecordKind.ENTRY: ("both", "ours")}, "")
            case "direction":
                return PortalTerms({RecordKind.ENTRY: Agreement("both", Owner.OURS)}, "")
            case "entries":
                return PortalTerms({}, "", entries="claimed")
            case "digest":
                return PortalTerms({}, None)
            case "batch":
                return PortalTerms({}, "", batch=0)
            case "ends":
                os._exit(7)
        return PortalTerms({}, "", entries=EntriesSent.CLAIMED, batch=True)


class BreaksAtThree(Sound):
    id = "breaks-in-the-listing"

    def theirs(self) -> Iterator[Item | BadRecord]:
        yield Item("entry-1", "portal-record", {}, "")
        yield BadRecord("entry-2", "It is torn.")
        raise Retryable("Come back in a minute.", after=60)


class GivesWords(Sound):
    id = "gives-words-in-the-listing"

    def theirs(self) -> Iterator[Item | BadRecord]:
        yield "entry-1"


class HasNoSink(Sound):
    """A source alone: it can be reconciled with, and nothing goes there."""

    id = "has-no-sink"


class HasNoSource(Sound):
    """A sink alone that takes records."""

    id = "has-no-source"


@hookimpl
def evidence_sources() -> list[type[Sound]]:
    return [one for one in (Sound, *Sound.__subclasses__()) if one is not HasNoSource]


@hookimpl
def report_sinks() -> list[type[Sound]]:
    return [one for one in (Sound, *Sound.__subclasses__()) if one is not HasNoSink]
