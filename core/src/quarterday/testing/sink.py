"""The conformance kit for report sinks: subclass it in your plugin's tests, say what to try it on, run pytest."""
# ruff: noqa: S101 - a test kit asserts

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from copy import deepcopy
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TypeVar

import pytest

from quarterday.errors import NotConfigured, Refused, Retryable
from quarterday.plugin_settings import taken
from quarterday.ports import Document, DocumentKind, Message, Receipt, ReportSink
from quarterday.testing.watch import watched

T = TypeVar("T")
Values = Mapping[str, object]

NAMES = (
    "../../escaped.csv",
    "/escaped/absolutely.csv",
    "..",
    "",
    ".hidden",
    "-rf.csv",
    "two\nlines.csv",
    "nul\0byte.csv",
    "emoji 🎉 £.csv",
    "back\\slash.csv",
    "no ending",
    f"{'long' * 100}.csv",
    f"ending.{'long' * 100}",
    "C:\\escaped.csv",
    "con",
)
"""Names of documents that have done harm elsewhere."""


@dataclass(frozen=True, slots=True)
class SinkTrial:
    """What a sink is tried on: a receiver of its own for each test."""

    sink: type[ReportSink]
    settings: Values
    """Settings with which it works."""
    received: Callable[[], Collection[bytes]]
    """Everything the receiver holds by now, each document's content once for each time it arrived. Of a mail that is
    its plain text, the lines ended by a line feed."""
    away: Values
    """Settings that look right, and name a receiver that isn't there."""
    wrong: tuple[Values, ...] = ()
    """Settings that can be seen to be wrong without trying them."""
    folders: tuple[Path, ...] = ()
    """Where it may write files; by default nowhere."""

    def make(self, settings: Values | None = None) -> ReportSink:
        """A new instance, made as the host makes it."""
        return self.sink(taken(self.sink.settings_class(), self.settings if settings is None else settings))

    def document(self, content: bytes | None = None, kind: DocumentKind | None = None) -> Document:
        """A document of that kind, or of one that the sink accepts. A message's content is text with whole lines."""
        kind = min(self.sink.accepts) if kind is None else kind
        meta = {"authority": "exampleshire"}
        if kind is DocumentKind.MESSAGE:
            text = "Dear Ms Ærø,\n\n.£12.50\n".encode() if content is None else content
            to, subject, html = "a.person@example.org", "Your receipt – Q1", "<p>£12.50</p>"
            return Message(kind, "receipt.txt", "text/plain", text, meta, to=to, subject=subject, html=html)
        return Document(kind, "delivery.csv", "text/csv", content or b"ref,accepted\r\nX1,12.5\n\0\xff", meta)


class SinkConformance:
    """What every report sink keeps to.

    ::

        class TestFolderSink(SinkConformance):
            @pytest.fixture
            def trial(self, tmp_path):
                return SinkTrial(FolderSink, {"folder": tmp_path}, received=…, away={"folder": tmp_path / "gone"})

    Each check is a test of its own, so that a failure names the one sentence that is broken.
    """

    @pytest.fixture
    def trial(self) -> SinkTrial:
        """The sink, and what it is tried on."""
        raise NotImplementedError("Override the fixture “trial”: return a SinkTrial with your sink.")

    def test_it_says_what_it_is(self, trial: SinkTrial) -> None:
        """Its id is a short plain name, it has a title, and it names the kinds of document it accepts."""
        sink = trial.sink
        assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", sink.id), f"“{sink.id}”: write small letters, digits, hyphens"
        assert sink.title.strip(), "it has no title"
        assert sink.accepts, "it accepts nothing"
        kinds = isinstance(sink.accepts, frozenset) and all(type(kind) is DocumentKind for kind in sink.accepts)
        assert kinds, "“accepts” must be a frozenset of DocumentKind"

    def test_wrong_settings_are_refused_before_anything_is_opened(self, trial: SinkTrial) -> None:
        """A wrong setting, and one that nobody knows, raise NotConfigured when it is made, and nothing was opened."""
        for wrong in (*trial.wrong, {**trial.settings, "no-such-setting": "1"}):
            error, done = watched(partial(_error, partial(trial.make, wrong)))
            assert isinstance(error, NotConfigured), f"{wrong} {_ends(error)}"
            assert not done, f"{wrong} is refused only after: {', '.join(done)}"

    def test_making_one_opens_nothing(self, trial: SinkTrial) -> None:
        """Making an instance writes nothing, calls nobody and starts nothing."""
        _, done = watched(trial.make)
        assert not done, f"making one did: {', '.join(done)}"

    def test_a_document_arrives_as_it_is(self, trial: SinkTrial) -> None:
        """Of each kind it accepts a document arrives, byte for byte."""
        for kind in sorted(trial.sink.accepts):
            odd = "" if kind is DocumentKind.MESSAGE else "\r\n\0"
            document = trial.document(f"of kind {kind}\n{odd}".encode(), kind)
            new, error = _arrived(trial, partial(_error, partial(trial.make().deliver, document, f"key/{kind}")))
            assert error is None, f"a {kind} {_ends(error)}"
            assert new == [document.content], f"a {kind} arrived as {new}"

    def test_the_document_is_left_alone(self, trial: SinkTrial) -> None:
        """Delivering changes nothing in the document."""
        document = trial.document()
        before = deepcopy(document)
        trial.make().deliver(document, "key/1")
        assert document == before, f"it was {before} and is {document}"

    def test_the_receipt_says_what_arrived(self, trial: SinkTrial) -> None:
        """The receipt is a Receipt whose reference is some text."""
        receipt = trial.make().deliver(trial.document(), "key/1")
        assert type(receipt) is Receipt, f"it gives {receipt!r}"
        assert isinstance(receipt.reference, str), f"the reference is {receipt.reference!r}"
        assert receipt.reference.strip(), "the reference is blank"

    def test_the_same_key_acts_once(self, trial: SinkTrial) -> None:
        """Delivered again under the same key, the document arrives no second time."""
        sink = trial.make()
        new, _ = _arrived(trial, lambda: [sink.deliver(trial.document(), "key/1") for _ in range(2)])
        assert len(new) == 1, f"it arrived {len(new)} times"

    def test_a_key_is_kept_beyond_the_instance(self, trial: SinkTrial) -> None:
        """The same key acts once for a new instance too: the process of the one before may have been killed."""
        new, _ = _arrived(trial, lambda: [trial.make().deliver(trial.document(), "key/1") for _ in range(2)])
        assert len(new) == 1, f"it arrived {len(new)} times"

    def test_the_same_key_gives_the_same_receipt(self, trial: SinkTrial) -> None:
        """Delivered again under the same key, the document gets the receipt it got before."""
        first, second = (trial.make().deliver(trial.document(), "key/1") for _ in range(2))
        assert first == second, f"first it gave {first}, then {second}"

    def test_several_at_once_with_one_key_act_once(self, trial: SinkTrial) -> None:
        """Several that deliver at once under one key act once between them."""
        sinks = [trial.make() for _ in range(3)]
        with ThreadPoolExecutor(len(sinks)) as people:
            deliver = partial(people.map, lambda sink: sink.deliver(trial.document(), "key/1"))
            new, _ = _arrived(trial, lambda: list(deliver(sinks)))
        assert len(new) == 1, f"it arrived {len(new)} times"

    def test_another_key_acts_again(self, trial: SinkTrial) -> None:
        """The same document under another key is another delivery, with a receipt of its own."""
        sink = trial.make()
        new, receipts = _arrived(trial, lambda: [sink.deliver(trial.document(), key) for key in ("key/1", "key/2")])
        assert len(new) == 2, f"it arrived {len(new)} times"
        assert receipts[0] != receipts[1], f"both have the receipt {receipts[0]}"

    def test_another_content_under_the_same_key_is_refused(self, trial: SinkTrial) -> None:
        """Another content under a key that was delivered raises Refused, and what arrived stays as it is."""
        trial.make().deliver(trial.document(b"first\n"), "key/1")
        before = sorted(trial.received())
        error = _error(partial(trial.make().deliver, trial.document(b"second\n"), "key/1"))
        assert isinstance(error, Refused), f"it {_ends(error)}"
        assert sorted(trial.received()) == before, "it is refused, and what had arrived has changed"

    def test_what_it_does_not_accept_is_refused(self, trial: SinkTrial) -> None:
        """A document of a kind it doesn't accept raises Refused, and doesn't arrive."""
        for kind in sorted(set(DocumentKind) - trial.sink.accepts):
            document = trial.document(kind=kind)
            new, error = _arrived(trial, partial(_error, partial(trial.make().deliver, document, "key/1")))
            assert isinstance(error, Refused), f"a {kind} {_ends(error)}"
            assert not new, f"a {kind} is refused, and arrives all the same"

    @pytest.mark.parametrize("name", NAMES)
    def test_no_name_leads_elsewhere(self, trial: SinkTrial, name: str) -> None:
        """Whatever the document and the key are called, it arrives or is refused, and nothing is written elsewhere."""
        document = replace(trial.document(), name=name)
        deliver = partial(_error, partial(trial.make().deliver, document, name or "key"))
        new, (error, done) = _arrived(trial, partial(watched, deliver))
        assert error is None or isinstance(error, Refused), f"it {_ends(error)}"
        assert new == ([document.content] if error is None else []), f"it {_ends(error)}, and there arrived {new}"
        strayed = [path for path in _written(done) if not any(map(path.is_relative_to, trial.folders))]
        assert not strayed, f"it writes to {', '.join(map(str, strayed))}"

    def test_a_receiver_that_is_away(self, trial: SinkTrial) -> None:
        """Where the receiver isn't there it raises Retryable or NotConfigured, by who should act."""
        error = _error(lambda: trial.make(trial.away).deliver(trial.document(), "key/1"))
        assert isinstance(error, (Retryable, NotConfigured)), f"it {_ends(error)}"


def _error(work: Callable[[], object]) -> Exception | None:
    """What the work raises."""
    try:
        work()
    except Exception as error:
        return error
    return None


def _ends(error: Exception | None) -> str:
    """How an attempt ended, in words."""
    return "is taken" if error is None else f"ends in {error!r}"


def _arrived(trial: SinkTrial, work: Callable[[], T]) -> tuple[list[bytes], T]:
    """What arrived while the work was done, and what the work returns."""
    before = Counter(trial.received())
    result = work()
    return list((Counter(trial.received()) - before).elements()), result


def _written(done: Iterable[str]) -> Iterator[Path]:
    """The paths that were written to, of what :func:`watched` saw; a file that is open already has a number."""
    for event, _, what in (one.partition(" ") for one in done):
        if event in ("open", "os.mkdir", "os.remove", "os.rename", "os.rmdir", "os.truncate") and not what.isdigit():
            yield Path(what).resolve()
