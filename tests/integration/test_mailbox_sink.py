"""The mailbox sink: it keeps to the kit, and what lies in the mailbox can be listed and read."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from quarterday import Document, DocumentKind, Message, NotConfigured, Refused, Retryable
from quarterday.services.messages import mailbox
from quarterday.testing import SinkConformance, SinkTrial
from quarterday_scheduler.mail_settings import MailSettings
from quarterday_scheduler.mailbox_sink import MailboxSink

RECEIPT = Message(
    DocumentKind.MESSAGE,
    "receipt.txt",
    "text/plain",
    "Dear Ms Ærø,\n\nthank you.\n".encode(),
    to="zoë@example.org",
    subject="We have your return – £12.50",
    html="<p>Dear Ms Ærø</p>\n",
)


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "data").mkdir()
    monkeypatch.setenv("QUARTERDAY_DATA_DIR", str(tmp_path / "data"))
    return tmp_path / "data"


class TestMailboxSink(SinkConformance):
    @pytest.fixture
    def trial(self, folder: Path) -> SinkTrial:
        return SinkTrial(
            MailboxSink,
            {"sender_name": "Northmoor Council"},
            received=lambda: [letter.text.encode() for letter in mailbox.letters()],
            away={},
            wrong=({"sender": "nobody"}, {"sender_name": "A\nB"}),
            folders=(folder,),
        )

    @pytest.fixture(autouse=True)
    def away(self, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
        """The mailbox has no setting for its place: its receiver is away where the data folder is."""
        if request.function.__name__ == "test_a_place_that_is_away":
            monkeypatch.setenv("QUARTERDAY_DATA_DIR", "/nowhere/at-all")


@pytest.fixture
def sink() -> MailboxSink:
    return MailboxSink(MailSettings())


def test_a_mail_is_read_as_it_was_written(sink: MailboxSink, folder: Path) -> None:
    receipt = sink.deliver(RECEIPT, "receipt/1")
    letter = mailbox.letter(receipt.reference)
    assert (letter.to, letter.subject, letter.html) == (RECEIPT.to, RECEIPT.subject, RECEIPT.html)
    assert letter.text == RECEIPT.text
    assert abs((letter.at - datetime.now(UTC)).total_seconds()) < 60
    assert [path.name for path in (folder / "mailbox").iterdir()] == [f"{receipt.reference}.eml"]


def test_a_long_subject_is_read_as_it_was(sink: MailboxSink) -> None:
    subject = "A question about your return for NM-1 Grounds maintenance of the parks, 2026/27 Q3"
    receipt = sink.deliver(replace(RECEIPT, to="r@example.org", subject=subject), "query/1")
    assert mailbox.letter(receipt.reference).subject == subject


def test_letters_are_listed_the_newest_first(sink: MailboxSink) -> None:
    assert mailbox.letters() == []
    for number in range(3):
        sink.deliver(replace(RECEIPT, subject=f"Number {number}"), f"receipt/{number}")
    found = mailbox.letters()
    assert {letter.subject for letter in found} == {"Number 0", "Number 1", "Number 2"}
    assert [letter.at for letter in found] == sorted((letter.at for letter in found), reverse=True)


@pytest.mark.parametrize("name", ["", "../sent", "0" * 40, "a" * 39, f"../mailbox/{'0' * 40}"])
def test_no_other_file_is_a_letter(sink: MailboxSink, folder: Path, name: str) -> None:
    sink.deliver(RECEIPT, "receipt/1")
    (folder / "mailbox" / "notes.eml").write_text("no mail of ours")
    with pytest.raises(Refused, match="no such mail"):
        mailbox.letter(name)
    assert len(mailbox.letters()) == 1


def test_a_mailbox_that_cannot_be_written_to_is_a_setting(sink: MailboxSink, folder: Path) -> None:
    (folder / "mailbox").write_text("in the way")
    with pytest.raises(NotConfigured, match="can't be written to"):
        sink.deliver(RECEIPT, "receipt/1")


def test_a_journal_that_cannot_be_written_sends_nothing(sink: MailboxSink, folder: Path) -> None:
    (folder / "sent.db").mkdir()
    with pytest.raises(Retryable, match="can't be written"):
        sink.deliver(RECEIPT, "receipt/1")
    assert mailbox.letters() == []


def test_what_is_no_message_is_refused(sink: MailboxSink) -> None:
    with pytest.raises(Refused, match="Only messages"):
        sink.deliver(Document(DocumentKind.MESSAGE, "a", "text/plain", b""), "a")
