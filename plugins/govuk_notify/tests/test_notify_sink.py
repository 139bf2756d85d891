"""The sink on a stand-in for GOV.UK Notify: it keeps to the kit, nothing goes twice, and each trouble says who acts."""

from __future__ import annotations

import socket
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from quarterday import Document, DocumentKind, Message, NotConfigured, Refused, Retryable
from quarterday.testing import SinkConformance, SinkTrial
from quarterday_govuk_notify.notify_settings import NotifySettings
from quarterday_govuk_notify.sink import NotifySink

OWN = "aaaaaaaa-2a88-4f6e-b855-c550268ce08a"
RECEIPT = Message(
    DocumentKind.MESSAGE,
    "receipt.txt",
    "text/plain",
    "Dear Ms Ærø,\n\nthank you: £12.50.\n".encode(),
    to="r.porter@example.org",
    subject="We have your return QD-000001-1",
    html="<p>Dear Ms Ærø</p>",
    template="receipt",
    facts={"reference": "QD-000001-1", "entries": "Gifts: £12.50"},
)


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def sink(notify: Any, **more: object) -> NotifySink:
    return NotifySink(NotifySettings.model_validate(notify.settings(**more)))


def fails(notify: Any, **more: object) -> Any:
    """The error in which a delivery ends."""
    with pytest.raises(Exception) as raised:  # noqa: PT011 (the test says which)
        sink(notify, **more).deliver(RECEIPT, "receipt/1")
    return raised.value


def forget(folder: Path) -> None:
    """Lose what this machine has sent, as a worker does that is killed, or that is another machine's."""
    (folder / "sent.db").unlink(missing_ok=True)


class TestNotifySink(SinkConformance):
    @pytest.fixture
    def trial(self, notify: Any, folder: Path) -> SinkTrial:
        wrong = (
            {"api_key": "not-a-key"},
            {"template": "receipt"},
            {"templates": "receipt"},
            {"reply_to": "returns@example.gov.uk"},
            {"receipt_token": "short"},
            {"address": "http://notify.example"},
            {"seconds": 0},
        )
        return SinkTrial(
            NotifySink,
            notify.settings(),
            received=lambda: [one["personalisation"]["body"].encode() for one in notify.sent],
            away=(away := notify.settings(address=f"http://127.0.0.1:{free_port()}", seconds=1)),
            refusing=away,
            wrong=({}, *(notify.settings(**one) for one in wrong)),
            folders=(folder,),
        )


def test_a_message_goes_to_one_person_under_its_key_in_the_general_template(notify: Any) -> None:
    receipt = sink(notify, reply_to=OWN).deliver(RECEIPT, "receipt/1")
    (sent,) = notify.sent
    assert receipt.reference == sent.pop("id")
    assert sent == {
        "email_address": "r.porter@example.org",
        "template_id": notify.settings()["template"],
        "personalisation": {"subject": RECEIPT.subject, "body": RECEIPT.text},
        "reference": "receipt/1",
        "email_reply_to_id": OWN,
    }


def test_a_kind_with_a_template_of_its_own_is_filled_with_its_facts(notify: Any) -> None:
    own = sink(notify, templates=f"query={notify.settings()['template']}, receipt={OWN}")
    own.deliver(RECEIPT, "receipt/1")
    own.deliver(replace(RECEIPT, template="invitation"), "invitation/1")
    assert [(one["template_id"], sorted(one["personalisation"])) for one in notify.sent] == [
        (OWN, ["entries", "reference"]),
        (notify.settings()["template"], ["body", "subject"]),
    ]


def test_an_answer_that_was_lost_is_asked_for_by_reference(notify: Any, folder: Path) -> None:
    notify.forgets_to_answer = True
    assert isinstance(fails(notify), Retryable)
    forget(folder)
    receipt = sink(notify).deliver(RECEIPT, "receipt/1")
    assert [one["id"] for one in notify.sent] == [receipt.reference]
    assert notify.requests == [f"{method} /v2/notifications{'/email' * (method == 'POST')}" for method in
                               ("GET", "POST", "GET")]  # fmt: skip


def test_an_answer_that_comes_too_late_is_asked_for_by_reference(notify: Any) -> None:
    notify.late = 0.4
    late = fails(notify, seconds=0.2)
    assert isinstance(late, Retryable)
    assert str(late) == "GOV.UK Notify can't be reached at the moment."
    notify.late = 0.0
    sink(notify).deliver(RECEIPT, "receipt/1")
    assert len(notify.sent) == 1


def test_another_machine_sends_nothing_again(notify: Any, folder: Path) -> None:
    first = sink(notify).deliver(RECEIPT, "receipt/1")
    forget(folder)
    assert sink(notify).deliver(RECEIPT, "receipt/1") == first
    assert len(notify.sent) == 1


@pytest.mark.parametrize(
    ("key", "said"),
    [
        ("live-26785a09-ab16-4eb0-8407-a37497a57506-00000000-8d35-48ac-975b-e847b4f122b0", "Invalid token: signature"),
        ("live-00000000-ab16-4eb0-8407-a37497a57506-3d844edf-8d35-48ac-975b-e847b4f122b0", "service not found"),
    ],
)
def test_a_wrong_key_is_the_operators_to_mend(notify: Any, key: str, said: str) -> None:
    error = fails(notify, api_key=key)
    assert isinstance(error, NotConfigured)
    assert error.field == "api_key"
    assert said in str(error)
    assert key[-36:] not in str(error)
    assert notify.sent == []


def errors(message: str) -> dict[str, object]:
    return {"errors": [{"error": "BadRequestError", "message": message}], "status_code": 400}


@pytest.mark.parametrize(
    ("answer", "kind", "field"),
    [
        ((400, errors("email_address Not a valid email address")), Refused, ""),
        ((400, errors("Can’t send to this recipient using a team-only API key")), NotConfigured, "api_key"),
        ((400, errors("Can’t send to this recipient when service is in trial mode")), NotConfigured, "api_key"),
        ((400, errors("Template not found")), NotConfigured, "template"),
        ((400, errors("Missing personalisation: body")), NotConfigured, "template"),
        ((400, errors("email_reply_to_id does not exist in database")), NotConfigured, "reply_to"),
        ((404, errors("not here")), NotConfigured, "address"),
        ((408, errors("too slow")), Retryable, ""),
        ((500, errors("Internal server error")), Retryable, ""),
        ((503, b"<html>away</html>"), Retryable, ""),
        ((201, b"<html>a proxy's page</html>"), Retryable, ""),
    ],
)
def test_each_answer_says_who_should_act(notify: Any, answer: Any, kind: type[Exception], field: str) -> None:
    notify.answers = [(200, {"notifications": []}), answer]
    error = fails(notify)
    assert type(error) is kind
    assert getattr(error, "field", "") == field
    assert "r.porter" not in str(error)
    assert sink(notify).deliver(RECEIPT, "receipt/1").reference == notify.sent[0]["id"], "nothing stands in the way"


@pytest.mark.parametrize(("message", "after"), [("Exceeded rate limit for key", 60), ("send limits for today", 3600)])
def test_a_limit_that_is_reached_is_waited_for(notify: Any, message: str, after: float) -> None:
    notify.answers = [(429, {"errors": [{"error": "RateLimitError", "message": message}]})]
    error = fails(notify)
    assert isinstance(error, Retryable)
    assert error.after == after


def test_where_it_cannot_be_asked_nothing_is_sent(notify: Any) -> None:
    notify.answers = [(500, errors("Internal server error"))]
    assert isinstance(fails(notify), Retryable)
    assert notify.sent == []


def test_only_messages_go(notify: Any) -> None:
    with pytest.raises(Refused, match="takes messages only"):
        sink(notify).deliver(Document(DocumentKind.REPORT, "a.csv", "text/csv", b""), "report/1")


@pytest.mark.parametrize("to", ["nobody", "a@example.org, b@example.org", ""])
def test_what_is_no_address_is_not_asked_about(notify: Any, to: str) -> None:
    with pytest.raises(Refused):
        sink(notify).deliver(replace(RECEIPT, to=to), "receipt/1")
    assert notify.requests == []
