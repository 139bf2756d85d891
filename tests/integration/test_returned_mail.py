"""The source of returned mail: held to the kit, and tried on reports as mail servers write them."""

from __future__ import annotations

from pathlib import Path

import pytest

from quarterday import BadRecord, Item
from quarterday.testing import SourceConformance, SourceTrial
from quarterday_scheduler import returned_mail
from quarterday_scheduler.returned_mail import ReturnedMailSource
from quarterday_scheduler.returned_settings import ReturnedMailSettings

POSTFIX = b"""\
Date: Mon, 2 Nov 2026 10:15:00 +0000 (GMT)
From: MAILER-DAEMON@mx.example.org (Mail Delivery System)
To: returns@example.gov.uk
Subject: Undelivered Mail Returned to Sender
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b1"

--b1
Content-Type: text/plain; charset=us-ascii

This is the mail system. Your message could not be delivered.

--b1
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.org
Arrival-Date: Mon, 2 Nov 2026 10:14:58 +0000 (GMT)

Final-Recipient: rfc822; gone@supplier.example.org
Original-Recipient: rfc822;gone@supplier.example.org
Action: failed
Status: 5.1.1
Diagnostic-Code: smtp; 550 5.1.1 <gone@supplier.example.org>: Recipient
    address rejected: User unknown

Final-Recipient: rfc822; full@supplier.example.org
Action: delayed
Status: 4.2.2
Diagnostic-Code: smtp; 452 4.2.2 Mailbox full

--b1
Content-Type: message/rfc822

From: returns@example.gov.uk
To: gone@supplier.example.org
Message-ID: <0123456789abcdef@example.gov.uk>
Subject: Your return

Words.

--b1--
"""
HEADERS_ONLY = b"""\
Date: Mon, 2 Nov 2026 11:00:00 -0000
Content-Type: multipart/report; report-type=delivery-status; boundary="b2"
MIME-Version: 1.0

--b2
Content-Type: message/delivery-status

Reporting-MTA: dns; outlook.example.com

Final-Recipient: rfc822;away@supplier.example.org
Action: failed

--b2
Content-Type: text/rfc822-headers

Message-ID: <fedcba@example.gov.uk>
Subject: Your return

--b2--
"""
SENDS_NOTHING_BACK = HEADERS_ONLY.partition(b"--b2\nContent-Type: text/rfc822-headers")[0] + b"--b2--\n"
OUT_OF_OFFICE = b"From: a@example.org\nSubject: Out of office\n\nBack on Monday.\n"


@pytest.fixture
def maildir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(returned_mail, "SETTLED_SECONDS", 0)
    for folder in ("new", "cur", "tmp"):
        (tmp_path / "mail" / folder).mkdir(parents=True)
    return tmp_path / "mail"


def read(maildir: Path, since: str = "") -> list[Item | BadRecord]:
    return list(ReturnedMailSource(ReturnedMailSettings(returned_mail=maildir)).items(since))


class TestReturnedMail(SourceConformance):
    @pytest.fixture
    def trial(self, maildir: Path, tmp_path: Path) -> SourceTrial:
        for number, mail in enumerate([POSTFIX, OUT_OF_OFFICE, HEADERS_ONLY, SENDS_NOTHING_BACK]):
            (maildir / "new" / f"17.{number}.mx").write_bytes(mail)

        def add(number: int) -> None:
            begin = len(list((maildir / "new").iterdir()))
            for one in range(begin, begin + number):
                (maildir / "new" / f"18.{one:05}.mx").write_bytes(HEADERS_ONLY + b"x" * 5_000)

        return SourceTrial(
            ReturnedMailSource,
            {"returned_mail": str(maildir)},
            away={"returned_mail": str(tmp_path / "gone")},
            wrong=({}, {"returned_mail": 7}),
            add=add,
        )


def test_each_recipient_of_a_report_is_a_bounce(maildir: Path) -> None:
    (maildir / "new" / "1.a.mx").write_bytes(POSTFIX)
    first, second = read(maildir)
    assert isinstance(first, Item)
    assert (first.key, first.kind) == ("1.a.mx/1", "bounce")
    assert first.payload == {
        "message_id": "<0123456789abcdef@example.gov.uk>",
        "address": "gone@supplier.example.org",
        "status": "5.1.1",
        "said": "550 5.1.1 <gone@supplier.example.org>: Recipient address rejected: User unknown",
        "at": "2026-11-02T10:15:00+00:00",
    }
    assert isinstance(second, Item)
    assert (second.payload["address"], second.payload["status"]) == ("full@supplier.example.org", "4.2.2")


def test_the_heads_alone_say_which_mail_it_was_and_an_action_stands_for_a_status(maildir: Path) -> None:
    (maildir / "cur" / "1.a.mx:2,S").write_bytes(HEADERS_ONLY)
    (found,) = read(maildir)
    assert isinstance(found, Item)
    assert found.payload == {
        "message_id": "<fedcba@example.gov.uk>",
        "address": "away@supplier.example.org",
        "status": "5.0.0",
        "said": "",
        "at": "2026-11-02T11:00:00+00:00",
    }


def test_what_is_no_report_is_passed_over_and_what_names_no_mail_is_said(maildir: Path) -> None:
    (maildir / "new" / "1.a.mx").write_bytes(OUT_OF_OFFICE)
    (maildir / "new" / "2.a.mx").write_bytes(SENDS_NOTHING_BACK)
    (maildir / "new" / "3.a.mx").write_bytes(POSTFIX.replace(b"message/delivery-status", b"text/plain"))
    (maildir / "new" / "4.a.mx").write_bytes(b"")
    (maildir / "tmp" / "5.a.mx").write_bytes(POSTFIX)
    (found,) = read(maildir)
    assert isinstance(found, BadRecord)
    assert (found.key, found.why) == ("2.a.mx/1", "The report doesn't say which mail it is about.")


def test_a_mail_that_a_program_has_moved_keeps_its_key(maildir: Path) -> None:
    (maildir / "new" / "1.a.mx").write_bytes(HEADERS_ONLY)
    (before,) = read(maildir)
    (maildir / "new" / "1.a.mx").rename(maildir / "cur" / "1.a.mx:2,RS")
    assert [one.key for one in read(maildir)] == [before.key]


def test_a_mail_that_arrives_later_comes_after_the_cursor(maildir: Path) -> None:
    (maildir / "new" / "9.a.mx").write_bytes(HEADERS_ONLY)
    (first,) = read(maildir)
    (maildir / "new" / "1.a.mx").write_bytes(POSTFIX)
    assert [one.key for one in read(maildir, first.cursor)] == ["1.a.mx/1", "1.a.mx/2"]


def test_a_mail_that_arrives_at_this_moment_waits_for_the_next_reading(
    maildir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(returned_mail, "SETTLED_SECONDS", 60)
    (maildir / "new" / "1.a.mx").write_bytes(HEADERS_ONLY)
    assert read(maildir) == []


@pytest.mark.parametrize("at", range(0, len(POSTFIX), 97))
def test_a_mail_that_is_cut_off_anywhere_breaks_nothing(maildir: Path, at: int) -> None:
    (maildir / "new" / "1.a.mx").write_bytes(POSTFIX[:at] + b"\xff\x00" + POSTFIX[at + 60 :])
    (maildir / "new" / "2.a.mx").write_bytes(HEADERS_ONLY)
    assert read(maildir)[-1].key == "2.a.mx/1"
