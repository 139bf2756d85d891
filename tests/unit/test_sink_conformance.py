"""For every check of the kit a sink that fails exactly that one, so that no check is only decoration."""

from __future__ import annotations

import itertools
import shutil
import socket
import time
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from threading import Lock, get_ident
from typing import ClassVar

import pytest
from failing import checks_of, failed_by
from pydantic import ConfigDict, model_validator

from quarterday import Document, DocumentKind, NotConfigured, PluginSettings, Receipt, Refused, Retryable
from quarterday.reports.folder_settings import FolderSettings
from quarterday.reports.folder_sink import FolderSink
from quarterday.testing import SinkConformance, SinkTrial


def _call() -> None:
    """Call somebody, wherever that leads."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as line:
        line.connect(("127.0.0.1", 9))


class TalksOfItselfInCapitals(FolderSink):
    id = "The Folder"


class HasNoTitle(FolderSink):
    title = " "


class AcceptsWords(FolderSink):
    accepts = frozenset({"report", "message", "records"})  # type: ignore[assignment]


class TakesAnySetting(FolderSink):
    class Anything(FolderSettings):
        model_config = ConfigDict(extra="ignore")

    @classmethod
    def settings_class(cls) -> type[PluginSettings]:
        return cls.Anything


class TakesAnyFolder(FolderSink):
    class Anywhere(PluginSettings):
        folder: Path = Path("reports")

    @classmethod
    def settings_class(cls) -> type[PluginSettings]:
        return cls.Anywhere


class TriesSettingsOut(FolderSink):
    class Tried(FolderSettings):
        @model_validator(mode="before")
        @classmethod
        def _try(cls, values: dict[str, object]) -> dict[str, object]:
            if set(values) != {"folder"}:
                _call()
            return values

    @classmethod
    def settings_class(cls) -> type[PluginSettings]:
        return cls.Tried


class OpensWhenMade(FolderSink):
    def __init__(self, settings: PluginSettings) -> None:
        super().__init__(settings)
        if self._folder.exists():
            (self._folder / ".log").write_text("made")


class ChangesLineEnds(FolderSink):
    def deliver(self, document: Document, key: str) -> Receipt:
        return super().deliver(replace(document, content=document.content.replace(b"\r\n\0", b"\n\0")), key)


class RefusesReports(FolderSink):
    def deliver(self, document: Document, key: str) -> Receipt:
        if document.kind is DocumentKind.REPORT:
            raise Refused("No reports here.")
        return super().deliver(document, key)


class WritesOnTheDocument(FolderSink):
    def deliver(self, document: Document, key: str) -> Receipt:
        document.meta["delivered"] = "yes"  # type: ignore[index]
        return super().deliver(document, key)


class GivesAPath(FolderSink):
    def deliver(self, document: Document, key: str) -> Receipt:
        return Path(super().deliver(document, key).reference)  # type: ignore[return-value]


class GivesABlankReceipt(FolderSink):
    def deliver(self, document: Document, key: str) -> Receipt:
        super().deliver(document, key)
        return Receipt(" " * (1 + sum(key.encode())))


class GivesANumber(FolderSink):
    def deliver(self, document: Document, key: str) -> Receipt:
        return Receipt(int(sha256(super().deliver(document, key).reference.encode()).hexdigest(), 16))  # type: ignore[arg-type]


class DoublesAKeyOfItsOwn(FolderSink):
    """Forgets a key at the second delivery of one instance; a new instance knows it again."""

    def deliver(self, document: Document, key: str) -> Receipt:
        receipt = super().deliver(document, key)
        if key in vars(self):
            shutil.copy(self._folder / receipt.reference, self._folder / f"again-{receipt.reference}")
        setattr(self, key, True)
        return receipt


class ForgetsWithItsProcess(FolderSink):
    """Whoever is made after a delivery knows nothing of it."""

    known: ClassVar[dict[Path, set[str]]] = {}
    turn = Lock()

    def __init__(self, settings: PluginSettings) -> None:
        super().__init__(settings)
        self.mine = self.known.setdefault(self._folder, set())

    def deliver(self, document: Document, key: str) -> Receipt:
        with self.turn:
            receipt = super().deliver(document, key)
            mark = self._folder / f".{receipt.reference}"
            if key not in self.mine and mark.exists():
                shutil.copy(self._folder / receipt.reference, self._folder / f"again-{receipt.reference}")
            mark.touch()
            self.mine.add(key)
            self.known[self._folder] = set()
            return receipt


class NumbersItsReceipts(FolderSink):
    number = itertools.count()

    def deliver(self, document: Document, key: str) -> Receipt:
        return Receipt(f"{super().deliver(document, key).reference}#{next(self.number)}")


class LooksBeforeItWrites(FolderSink):
    """Several that look at once all see nothing."""

    def deliver(self, document: Document, key: str) -> Receipt:
        if not self._folder.exists():
            raise NotConfigured("folder")
        mark = self._folder / f".{sha256(key.encode()).hexdigest()}"
        if mark.exists():
            if mark.read_bytes() != document.content:
                raise Refused("Another content came under this key.")
        else:
            time.sleep(0.05)
            mark.write_bytes(document.content)
            (self._folder / f"{id(self)}{mark.name}").write_bytes(document.content)
        return Receipt(mark.name)


class KeepsContentsApartNotKeys(FolderSink):
    def deliver(self, document: Document, key: str) -> Receipt:
        given = self._folder / f".{sha256(document.content).hexdigest()}"
        if not given.exists() and self._folder.exists():
            written = given.with_suffix(f".{get_ident()}")
            written.write_text(key)
            written.replace(given)  # in one step, so that it fails no check about several at once
        return super().deliver(document, given.read_text() if given.exists() else key)


class GivesOneReceiptToAll(FolderSink):
    def deliver(self, document: Document, key: str) -> Receipt:
        super().deliver(document, key)
        return Receipt("delivered")


class TakesTheFirstContent(FolderSink):
    def deliver(self, document: Document, key: str) -> Receipt:
        try:
            return super().deliver(document, key)
        except Refused:
            return Receipt("as before")


class TakesTheLastContent(FolderSink):
    def deliver(self, document: Document, key: str) -> Receipt:
        try:
            return super().deliver(document, key)
        except Refused:
            (old,) = self._folder.glob("*.csv")
            old.write_bytes(document.content)
            raise


class AcceptsReportsOnly(FolderSink):
    accepts = frozenset({DocumentKind.REPORT})


class SaysNoAndTakesIt(AcceptsReportsOnly):
    def deliver(self, document: Document, key: str) -> Receipt:
        receipt = super().deliver(document, key)
        if document.kind not in self.accepts:
            raise Refused("Only reports are taken here.")
        return receipt


class BreaksWithAnother(AcceptsReportsOnly):
    def deliver(self, document: Document, key: str) -> Receipt:
        if document.kind not in self.accepts:
            raise ValueError(document.kind)
        return super().deliver(document, key)


class TrustsNames(FolderSink):
    def deliver(self, document: Document, key: str) -> Receipt:
        if "/" in document.name and not document.name.startswith("/"):
            (self._folder / document.name).write_bytes(document.content)
            return Receipt(document.name)
        return super().deliver(document, key)


class KeepsALogElsewhere(FolderSink):
    def deliver(self, document: Document, key: str) -> Receipt:
        if document.name == "con":
            (self._folder.parent / "sink.log").write_text(key)
        return super().deliver(document, key)


class StumblesOverNames(FolderSink):
    def deliver(self, document: Document, key: str) -> Receipt:
        document.name.encode("latin-1")
        return super().deliver(document, key)


class MakesTheFolder(FolderSink):
    def deliver(self, document: Document, key: str) -> Receipt:
        self._folder.mkdir(exist_ok=True)
        return super().deliver(document, key)


class StumblesOverTheFolder(FolderSink):
    def deliver(self, document: Document, key: str) -> Receipt:
        self._folder.stat()
        return super().deliver(document, key)


class CallsSomebody(FolderSink):
    def deliver(self, document: Document, key: str) -> Receipt:
        _call()
        return super().deliver(document, key)


class StumblesOverARefusal(FolderSink):
    refusal: ClassVar[type[Exception]] = ConnectionRefusedError

    def deliver(self, document: Document, key: str) -> Receipt:
        if self._folder.name == "refusing":
            raise self.refusal("Connection refused")
        return super().deliver(document, key)


class BlamesTheSettings(StumblesOverARefusal):
    refusal = NotConfigured


class TriesAgainWhereNobodyListens(StumblesOverARefusal):
    """It calls somebody, and says who should act: a sound one."""

    refusal = Retryable

    def deliver(self, document: Document, key: str) -> Receipt:
        _call()
        return super().deliver(document, key)


class Rehearses(FolderSink):
    """A sound one."""

    def rehearse(self, document: Document, key: str) -> Document:
        return document


class RehearsesAloud(Rehearses):
    def rehearse(self, document: Document, key: str) -> Document:
        self.deliver(document, key)
        return document


class KeepsItsRehearsals(Rehearses):
    def rehearse(self, document: Document, key: str) -> Document:
        (self._folder / ".rehearsed").write_bytes(document.content)
        return document


class RehearsesAnother(Rehearses):
    def rehearse(self, document: Document, key: str) -> Document:
        return replace(document, content=document.content.upper())


class RehearsesBytes(Rehearses):
    def rehearse(self, document: Document, key: str) -> Document:
        return document.content  # type: ignore[return-value]


HOSTILE: dict[str, list[type[FolderSink]]] = {
    "test_it_says_what_it_is": [TalksOfItselfInCapitals, HasNoTitle],
    "test_it_says_what_it_accepts": [AcceptsWords],
    "test_wrong_settings_are_refused_before_anything_is_opened": [TakesAnySetting, TakesAnyFolder, TriesSettingsOut],
    "test_making_one_opens_nothing": [OpensWhenMade],
    "test_a_document_arrives_as_it_is": [ChangesLineEnds, RefusesReports],
    "test_the_document_is_left_alone": [WritesOnTheDocument],
    "test_the_receipt_says_what_arrived": [GivesAPath, GivesABlankReceipt, GivesANumber],
    "test_the_same_key_acts_once": [DoublesAKeyOfItsOwn],
    "test_a_key_is_kept_beyond_the_instance": [ForgetsWithItsProcess],
    "test_the_same_key_gives_the_same_receipt": [NumbersItsReceipts],
    "test_several_at_once_with_one_key_act_once": [LooksBeforeItWrites],
    "test_another_key_acts_again": [KeepsContentsApartNotKeys, GivesOneReceiptToAll],
    "test_another_content_under_the_same_key_is_refused": [TakesTheFirstContent, TakesTheLastContent],
    "test_what_it_does_not_accept_is_refused": [AcceptsReportsOnly, SaysNoAndTakesIt, BreaksWithAnother],
    "test_no_name_leads_elsewhere": [TrustsNames, KeepsALogElsewhere, StumblesOverNames],
    "test_a_rehearsal_changes_nothing": [RehearsesAloud, KeepsItsRehearsals],
    "test_a_rehearsal_says_what_is_sent": [RehearsesAnother, RehearsesBytes],
    "test_a_place_that_is_away": [MakesTheFolder, StumblesOverTheFolder],
    "test_a_refused_connection_is_tried_again": [CallsSomebody, StumblesOverARefusal, BlamesTheSettings],
}


def trial_of(sink: type[FolderSink], room: Path) -> SinkTrial:
    folder = room / "reports"
    folder.mkdir(parents=True)
    return SinkTrial(
        sink,
        {"folder": str(folder)},
        received=lambda: [path.read_bytes() for path in folder.iterdir() if path.is_file() and path.name[0] != "."],
        away={"folder": str(room / "gone")},
        refusing={"folder": str(room / "refusing")} if issubclass(sink, StumblesOverARefusal) else None,
        wrong=({},),
        folders=(folder,),
    )


def failures(sink: type[FolderSink], room: Path) -> set[str]:
    return failed_by(SinkConformance(), lambda place: trial_of(sink, place), room)


@pytest.mark.parametrize(("check", "sink"), [(check, sink) for check, sinks in HOSTILE.items() for sink in sinks])
def test_it_fails_exactly_this_check(check: str, sink: type[FolderSink], tmp_path: Path) -> None:
    assert failures(sink, tmp_path) == {check}


def test_every_check_has_somebody_who_fails_it() -> None:
    assert sorted(HOSTILE) == checks_of(SinkConformance)


@pytest.mark.parametrize("sink", [FolderSink, TriesAgainWhereNobodyListens, Rehearses])
def test_a_sound_sink_fails_nothing(sink: type[FolderSink], tmp_path: Path) -> None:
    assert failures(sink, tmp_path) == set()
