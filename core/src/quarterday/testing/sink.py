"""The conformance kit for report sinks: subclass it in your plugin's tests, say what to try it on, run pytest."""
# ruff: noqa: S101 - a test kit asserts

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from copy import deepcopy
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TypeVar

import pytest

from quarterday.errors import Refused
from quarterday.ports import Document, DocumentKind, DryRun, Message, Receipt, ReportSink
from quarterday.testing.trial import OfferConformance, Trial, ends, error_of
from quarterday.testing.watch import watched

T = TypeVar("T")

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


@dataclass(frozen=True, slots=True, kw_only=True)
class SinkTrial(Trial[ReportSink]):
    """What a sink is tried on: a receiver of its own for each test."""

    received: Callable[[], Collection[bytes]]
    """Everything the receiver holds by now, each document's content once for each time it arrived. Of a mail that is
    its plain text, the lines ended by a line feed."""
    folders: tuple[Path, ...] = ()
    """Where it may write files; by default nowhere."""

    def use(self, made: ReportSink) -> object:
        """Deliver a document."""
        return made.deliver(self.document(), "key/1")

    def document(self, content: bytes | None = None, kind: DocumentKind | None = None) -> Document:
        """A document of that kind, or of one that the sink accepts. A message's content is text with whole lines."""
        kind = min(self.offer.accepts) if kind is None else kind
        meta = {"authority": "exampleshire"}
        if kind is DocumentKind.MESSAGE:
            text = "Dear Ms Ærø,\n\n.£12.50\n".encode() if content is None else content
            to, subject, html = "a.person@example.org", "Your receipt – Q1", "<p>£12.50</p>"
            return Message(kind, "receipt.txt", "text/plain", text, meta, to=to, subject=subject, html=html)
        return Document(kind, "delivery.csv", "text/csv", content or b"ref,accepted\r\nX1,12.5\n\0\xff", meta)


class SinkConformance(OfferConformance):
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

    def test_it_says_what_it_accepts(self, trial: SinkTrial) -> None:
        """It names the kinds of document it accepts."""
        accepts = trial.offer.accepts
        assert accepts, "it accepts nothing"
        kinds = isinstance(accepts, frozenset) and all(type(kind) is DocumentKind for kind in accepts)
        assert kinds, "“accepts” must be a frozenset of DocumentKind"

    def test_a_document_arrives_as_it_is(self, trial: SinkTrial) -> None:
        """Of each kind it accepts a document arrives, byte for byte."""
        for kind in sorted(trial.offer.accepts):
            odd = "" if kind is DocumentKind.MESSAGE else "\r\n\0"
            document = trial.document(f"of kind {kind}\n{odd}".encode(), kind)
            new, error = _arrived(trial, partial(error_of, partial(trial.make().deliver, document, f"key/{kind}")))
            assert error is None, f"a {kind} {ends(error)}"
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
        error = error_of(partial(trial.make().deliver, trial.document(b"second\n"), "key/1"))
        assert isinstance(error, Refused), f"it {ends(error)}"
        assert sorted(trial.received()) == before, "it is refused, and what had arrived has changed"

    def test_what_it_does_not_accept_is_refused(self, trial: SinkTrial) -> None:
        """A document of a kind it doesn't accept raises Refused, and doesn't arrive."""
        for kind in sorted(set(DocumentKind) - trial.offer.accepts):
            document = trial.document(kind=kind)
            new, error = _arrived(trial, partial(error_of, partial(trial.make().deliver, document, "key/1")))
            assert isinstance(error, Refused), f"a {kind} {ends(error)}"
            assert not new, f"a {kind} is refused, and arrives all the same"

    @pytest.mark.parametrize("name", NAMES)
    def test_no_name_leads_elsewhere(self, trial: SinkTrial, name: str) -> None:
        """Whatever the document and the key are called, it arrives or is refused, and nothing is written elsewhere."""
        document = replace(trial.document(), name=name)
        deliver = partial(error_of, partial(trial.make().deliver, document, name or "key"))
        new, (error, done) = _arrived(trial, partial(watched, deliver))
        assert error is None or isinstance(error, Refused), f"it {ends(error)}"
        assert new == ([document.content] if error is None else []), f"it {ends(error)}, and there arrived {new}"
        strayed = [path for path in _written(done) if not any(map(path.is_relative_to, trial.folders))]
        assert not strayed, f"it writes to {', '.join(map(str, strayed))}"

    def test_a_rehearsal_changes_nothing(self, trial: SinkTrial) -> None:
        """A sink that can rehearse (``DryRun``) sends and writes nothing then, and the delivery after it acts."""
        sink, document = trial.make(), trial.document()
        if isinstance(sink, DryRun):
            new, (_, done) = _arrived(trial, lambda: watched(lambda: sink.rehearse(document, "key/1")))
            assert not new, f"it only rehearses, and there arrived {new}"
            assert not any(_written(done)), f"it only rehearses, and writes to {', '.join(map(str, _written(done)))}"
            new, _ = _arrived(trial, lambda: sink.deliver(document, "key/1"))
            assert new, "after a rehearsal nothing arrives any more"

    def test_a_rehearsal_says_what_is_sent(self, trial: SinkTrial) -> None:
        """What it rehearses is a Document, whose content is what arrives when it is delivered."""
        sink, document = trial.make(), trial.document()
        if isinstance(sink, DryRun):
            new, (shown, _) = _arrived(
                trial, lambda: (sink.rehearse(document, "key/1"), sink.deliver(document, "key/1"))
            )
            assert isinstance(shown, Document), f"it gives {shown!r}"
            assert new == [shown.content], f"it says that {shown.content!r} will arrive, and it was {new}"


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
