"""Delivery receipts: with the right token they say which mails came back, and with another one nothing."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from io import BytesIO
from itertools import count
from typing import Any

import pytest

from quarterday.registry import installed
from quarterday.services.messages.bounces import unreached
from quarterday.services.messages.invitations import invite
from quarterday.services.organisations.authorities import authorities
from quarterday.services.plugins.configuring import configure
from quarterday.services.record import UnitOfWork, open_record, upgrade_record
from quarterday.testing import builders
from quarterday.testing.builders import OPERATOR
from quarterday_govuk_notify.receipts import receipts

TOKEN, OTHER = "a token that only they know", "a token of the installation's"
KEY = "live-26785a09-ab16-4eb0-8407-a37497a57506-3d844edf-8d35-48ac-975b-e847b4f122b0"
AT = datetime(2026, 7, 1, 10, tzinfo=UTC)
TEMPLATE = "f33517ff-2a88-4f6e-b855-c550268ce08a"


class Scene:
    """A council that sends through its own service, and a mail of its to somebody of a supplier."""

    def __init__(self, uow: UnitOfWork) -> None:
        self.uow = uow
        self.hours = count()
        authority_id = builders.an_authority(uow)
        supplier = builders.a_supplier(uow)
        user_id = builders.a_user(uow, supplier_id=supplier)
        self.contract = builders.a_contract(uow, authority_id=authority_id, supplier_id=supplier)
        builders.an_award(uow, contract_id=self.contract)
        return_id = builders.a_return(uow, contract_id=self.contract)
        invite(uow, OPERATOR, return_id=return_id, user_id=user_id)
        self.mail = f"invitation/{return_id}/{user_id}"
        self.authority = next(one.key for one in authorities(uow, OPERATOR) if one.id == authority_id)
        answers = {"api_key": KEY, "template": TEMPLATE, "receipt_token": TOKEN}
        configure(uow, OPERATOR, installed(), authority_id=authority_id, plugin="govuk_notify", answers=answers)

    def call(self, token: str | None = TOKEN, *, to: str | None = None, body: bytes = b"", **said: Any) -> str:
        """The status with which a receipt is answered."""
        receipt = {
            "id": "740e5834-3a29-46b4-9a6f-16142fde533a",
            "reference": self.mail,
            "to": "somebody@example.net",
            "status": "permanent-failure",
            "created_at": "2026-07-01T09:59:00.000000Z",
            "completed_at": f"{AT + timedelta(hours=next(self.hours)):%Y-%m-%dT%H:%M:%S.%fZ}",
            "notification_type": "email",
        }
        content = body or json.dumps({**receipt, **said}).encode()
        answers: list[str] = []
        environ = {
            "REQUEST_METHOD": "POST",
            "PATH_INFO": f"/{self.authority if to is None else to}",
            "CONTENT_LENGTH": str(len(content)),
            "wsgi.input": BytesIO(content),
            "quarterday.record": self.uow,
        }
        if token is not None:
            environ["HTTP_AUTHORIZATION"] = f"Bearer {token}"
        assert list(receipts(environ, lambda status, headers: answers.append(status))) == []
        return answers[0]

    @property
    def comes_back(self) -> list[bool]:
        """Of whom mails come back, whether they do for good."""
        return [one.is_for_good for one in unreached(self.uow, OPERATOR, contract_id=self.contract)]


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Made once: what one test was told, the next one's first receipt ends."""
    with pytest.MonkeyPatch.context() as settings:
        settings.setenv("QUARTERDAY_DATA_DIR", str(tmp_path_factory.mktemp("data")))
        settings.setenv("QUARTERDAY_SECRET_KEY", "k" * 32)
        settings.setenv("QUARTERDAY_GOVUK_NOTIFY__RECEIPT_TOKEN", OTHER)
        upgrade_record()
        uow = open_record()
        yield Scene(uow)
        uow.engine.dispose()


@pytest.fixture(autouse=True)
def folder(scene: Scene) -> None:
    """The scene's own, in which everything arrived last."""
    scene.call(status="delivered")
    assert scene.comes_back == []


@pytest.mark.parametrize(
    ("status", "for_good"),
    [("permanent-failure", [True]), ("temporary-failure", [False]), ("technical-failure", [False]), ("sending", [])],
)
def test_a_failure_shows_on_the_contract(scene: Scene, status: str, for_good: list[bool]) -> None:
    assert scene.call(status=status) == "204 No Content"
    assert scene.comes_back == for_good


@pytest.mark.parametrize("token", [None, "", "another token, just as long", OTHER, f"{TOKEN} "])
def test_another_token_says_nothing(scene: Scene, token: str | None) -> None:
    assert scene.call(token) == "401 Unauthorized"
    assert scene.comes_back == []


@pytest.mark.parametrize("to", ["nowhere", "../..", "æ"])
def test_where_no_token_is_set_nobody_is_let_in(scene: Scene, to: str) -> None:
    assert scene.call("", to=to) == "401 Unauthorized"
    assert scene.call("None", to=to) == "401 Unauthorized"


def test_the_installations_service_speaks_of_everybodys_mails(scene: Scene) -> None:
    assert scene.call(TOKEN, to="") == "401 Unauthorized"
    assert scene.call(OTHER, to="") == "204 No Content"
    assert scene.comes_back == [True]


def test_what_is_not_of_ours_is_taken_and_passed_over(scene: Scene) -> None:
    for reference in (None, "", "somebody else's", "invitation/9/9"):
        assert scene.call(reference=reference) == "204 No Content"
    assert scene.comes_back == []


@pytest.mark.parametrize(
    "body", [b"{", b"[]", b"7", b"{}", b'{"status": "permanent-failure"}', b"\xff", b'{"status": "x", "to": 1}']
)
def test_what_cannot_be_read_is_said(scene: Scene, body: bytes) -> None:
    assert scene.call(body=body) == "400 Bad Request"


def test_a_moment_without_its_zone_is_no_moment(scene: Scene) -> None:
    assert scene.call(completed_at="2026-07-07T10:00:00") == "400 Bad Request"


def test_only_a_post_says_something(scene: Scene) -> None:
    answers: list[str] = []
    receipts({"REQUEST_METHOD": "GET"}, lambda status, headers: answers.append(status))
    assert answers == ["405 Method Not Allowed"]
