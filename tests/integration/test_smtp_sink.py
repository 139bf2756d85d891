"""The mail sink on a real mail server: it keeps to the kit, and each trouble says who should act."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest
from mail_server import PASSWORD, Desk, a_certificate, free_port, part, running, settings

from quarterday import Document, DocumentKind, Message, NotConfigured, Refused, Retryable
from quarterday.plugin_settings import taken
from quarterday.testing import SinkConformance, SinkTrial
from quarterday_scheduler import connections
from quarterday_scheduler.mail_settings import SmtpSettings
from quarterday_scheduler.smtp_sink import PerhapsSent, SmtpSink

RECEIPT = Message(
    DocumentKind.MESSAGE,
    "receipt.txt",
    "text/plain",
    "Dear Ms Ærø,\n\n.a dot, and a long line: {}\n".format("seventy " * 200).encode(),
    to="r.porter@example.org",
    subject="We have your return QD-000001-1 – £12.50",
    html="<p>Dear Ms Ærø</p>",
    reply_to="m.anager@northmoor.example",
)


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A data folder, and no connection left over."""
    (tmp_path / "data").mkdir()
    monkeypatch.setenv("QUARTERDAY_DATA_DIR", str(tmp_path / "data"))
    yield tmp_path / "data"
    while connections._open:
        connections._open.popitem()[1].close()


@pytest.fixture
def desk() -> Iterator[Desk]:
    with running() as desk:
        yield desk


def sink(desk: Desk, **more: object) -> SmtpSink:
    return SmtpSink(taken(SmtpSettings, settings(desk, **more)))


class TestSmtpSink(SinkConformance):
    @pytest.fixture
    def trial(self, desk: Desk, folder: Path) -> SinkTrial:
        wrong: list[dict[str, object]] = [
            {"host": "smtp.example.org", "tls": "none"},
            {"host": "a host"},
            {"sender": "nobody"},
            {"sender": "a@example.org\r\nBcc: b@example.org"},
            {"sender_name": "A\nB"},
            {"port": 0},
            {"user": "quarterday"},
            {"password": PASSWORD},
        ]
        return SinkTrial(
            SmtpSink,
            settings(desk),
            received=lambda: desk.texts,
            away=(away := settings(desk, port=free_port())),
            refusing=away,
            wrong=({}, *(settings(desk, **one) for one in wrong)),
            folders=(folder,),
        )


def test_a_mail_is_one_to_one_person_in_text_and_html_and_says_what_it_is(desk: Desk) -> None:
    receipt = sink(desk).deliver(RECEIPT, "receipt/1")
    (mail,) = desk.mails
    assert desk.envelopes == [("returns@northmoor.example", "r.porter@example.org")]
    assert mail["From"] == "Northmoor Council <returns@northmoor.example>"
    assert (mail["To"], mail["Reply-To"]) == (RECEIPT.to, RECEIPT.reply_to)
    assert mail["Subject"] == RECEIPT.subject
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["Message-ID"] == receipt.reference
    assert receipt.reference.endswith("@northmoor.example>")
    assert part(mail, "plain").replace("\r\n", "\n") == RECEIPT.text
    assert part(mail, "html").strip() == RECEIPT.html
    assert {one["Content-Transfer-Encoding"] for one in mail.iter_parts()} == {"quoted-printable"}
    assert max(map(len, desk.raw[0].split(b"\r\n"))) <= 78
    assert desk.raw[0].isascii()


def test_several_mails_go_over_one_connection_and_a_lost_one_is_made_again(desk: Desk) -> None:
    for number in range(3):
        sink(desk).deliver(RECEIPT, f"receipt/{number}")
    assert (len(desk.mails), len(desk.callers)) == (3, 1)
    (kept,) = connections._open.values()
    assert kept.sock is not None
    kept.sock.shutdown(socket.SHUT_RDWR)
    sink(desk).deliver(RECEIPT, "receipt/3")
    assert (len(desk.mails), len(desk.callers)) == (4, 2)


def test_no_more_than_a_few_connections_stay_open(desk: Desk) -> None:
    for number in range(connections.MOST + 3):
        sink(desk, sender=f"returns{number}@northmoor.example").deliver(RECEIPT, f"receipt/{number}")
    assert len(connections._open) == connections.MOST


@pytest.mark.parametrize(
    "change",
    [
        {"to": "a@example.org\r\nBcc: b@example.org"},
        {"to": "a@example.org, b@example.org"},
        {"to": "a@example.org> RCPT TO:<b@example.org"},
        {"to": ""},
        {"subject": "A receipt\r\nBcc: b@example.org"},
        {"subject": "A receipt\nX-Other: 1"},
        {"reply_to": "m@example.org\r\n\r\nother words"},
    ],
)
def test_nothing_in_a_message_becomes_a_header_or_another_recipient(desk: Desk, change: dict[str, str]) -> None:
    with pytest.raises(Refused):
        sink(desk).deliver(replace(RECEIPT, **change), "receipt/1")
    assert desk.envelopes == []


def test_an_address_with_other_letters_goes_as_it_is(desk: Desk) -> None:
    sink(desk).deliver(replace(RECEIPT, to="zoë@example.org"), "receipt/1")
    assert desk.envelopes == [("returns@northmoor.example", "zoë@example.org")]
    assert "To: zoë@example.org".encode() in desk.raw[0]


def test_a_server_that_takes_no_such_address_is_not_given_one() -> None:
    with running(enable_SMTPUTF8=False) as desk, pytest.raises(Refused, match="letters like “é”"):
        sink(desk).deliver(replace(RECEIPT, to="zoë@example.org"), "receipt/1")
    assert desk.mails == []


def test_what_is_no_message_is_refused(desk: Desk) -> None:
    with pytest.raises(Refused, match="Only messages"):
        sink(desk).deliver(Document(DocumentKind.MESSAGE, "a", "text/plain", b""), "a")


@pytest.mark.parametrize(
    ("command", "answer", "error", "field"),
    [
        ("MAIL", "451 Come back later", Retryable, ""),
        ("MAIL", "553 Not from here", NotConfigured, "sender"),
        ("MAIL", "530 Sign in first", NotConfigured, "password"),
        ("RCPT", "450 The box is full", Retryable, ""),
        ("RCPT", "550 No such person", Refused, ""),
        ("DATA", "452 The disk is full", Retryable, ""),
        ("DATA", "554 We don't like it", Refused, ""),
    ],
)
def test_an_answer_says_who_should_act(
    desk: Desk, command: str, answer: str, error: type[Exception], field: str
) -> None:
    desk.answers[command] = answer
    with pytest.raises(error, match=answer) as raised:
        sink(desk).deliver(RECEIPT, "receipt/1")
    assert type(raised.value) is error
    assert getattr(raised.value, "field", "") == field
    desk.answers.clear()
    sink(desk).deliver(RECEIPT, "receipt/1")
    assert len(desk.mails) == 1


def test_what_a_server_says_of_an_address_is_kept_without_it(desk: Desk) -> None:
    desk.answers["RCPT"] = "550 5.1.1 <nia@example.org>: Recipient address rejected"
    with pytest.raises(Refused, match=r"550 5\.1\.1 … Recipient address rejected$"):
        sink(desk).deliver(RECEIPT, "receipt/1")


def test_a_server_that_goes_away_with_the_whole_mail_may_have_sent_it(desk: Desk) -> None:
    desk.closes = True
    with pytest.raises(PerhapsSent):
        sink(desk).deliver(RECEIPT, "receipt/1")
    desk.closes = False
    sink(desk).deliver(RECEIPT, "receipt/1")
    assert len({mail["Message-ID"] for mail in desk.mails}) == 1, "who gets it twice can see that"


def test_a_server_that_never_answers_is_tried_again_later() -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        with pytest.raises(Retryable, match="can't be reached, or went away"):
            sink(Desk(port=silent.getsockname()[1]), seconds=0.2).deliver(RECEIPT, "receipt/1")


@pytest.fixture
def secure(tmp_path: Path) -> Iterator[Callable[..., Desk]]:
    """Servers with a throw-away certificate, which is at ``tmp_path/127.0.0.1.pem``."""
    certificate = a_certificate(tmp_path)
    with ExitStack() as stack:
        yield lambda **how: stack.enter_context(running(certificate=certificate, asks=True, **how))


# The server doesn't know that it speaks TLS from the start.
@pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS")
@pytest.mark.parametrize("tls", ["starttls", "implicit"])
def test_mail_goes_over_tls_with_a_password(secure: Callable[..., Desk], tls: str, tmp_path: Path) -> None:
    desk = secure(implicit=tls == "implicit")
    signed_in = {"user": "quarterday", "password": PASSWORD, "certificates": str(tmp_path / "127.0.0.1.pem")}
    sink(desk, tls=tls, **signed_in).deliver(RECEIPT, "receipt/1")
    assert len(desk.mails) == 1


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"password": "another"}, "password"),
        ({"certificates": None}, "certificates"),
        ({"certificates": "/dev/null"}, "certificates"),
        ({"certificates": "/nowhere/at-all.pem"}, "certificates"),
        ({"tls": "implicit"}, "tls"),
    ],
)
def test_wrong_settings_name_the_setting_and_no_secret(
    secure: Callable[..., Desk], change: dict[str, object], field: str, tmp_path: Path
) -> None:
    right = {"tls": "starttls", "user": "quarterday", "password": PASSWORD}
    desk = secure()
    with pytest.raises(NotConfigured) as raised:
        sink(desk, **{**right, "certificates": str(tmp_path / "127.0.0.1.pem"), **change}).deliver(RECEIPT, "receipt/1")
    assert raised.value.field == field
    assert PASSWORD not in str(raised.value)
    assert "another" not in str(raised.value)
    assert desk.mails == []


def test_a_password_never_goes_without_tls(desk: Desk) -> None:
    with pytest.raises(NotConfigured) as raised:
        sink(desk, tls="starttls", user="quarterday", password=PASSWORD).deliver(RECEIPT, "receipt/1")
    assert raised.value.field == "tls"


def test_a_server_nobody_knows_is_a_setting() -> None:
    with pytest.raises((NotConfigured, Retryable)) as raised:
        sink(Desk(port=25), host="mail.invalid", tls="starttls").deliver(RECEIPT, "receipt/1")
    assert "mail.invalid" in str(raised.value)
