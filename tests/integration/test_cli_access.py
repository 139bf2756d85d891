"""``quarterday user link|sessions|reset-second-factor``: letting somebody in, and keeping them out, as the operator."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from quarterday.cli.main import main
from quarterday.cli.opened import OPERATOR
from quarterday.domain import totp
from quarterday.services.access import links, second_factor, sessions
from quarterday.services.organisations.people import person_with
from quarterday.services.record import open_record, upgrade_record

JO = "jo@example.org"


def quarterday(*arguments: str) -> Result:
    return CliRunner().invoke(main, list(arguments))


def done(*arguments: str) -> str:
    """What a command prints that has to end with 0."""
    result = quarterday(*arguments)
    assert result.exit_code == 0, result.output
    return result.stdout


def as_json(*arguments: str) -> Any:
    return json.loads(done(*arguments, "--json"))


@pytest.fixture(autouse=True)
def administrator(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A new record with a council and its administrator, in an installation with a key and an address."""
    monkeypatch.setenv("QUARTERDAY_SECRET_KEY", "a key for tests, of which nobody is to think much")
    monkeypatch.setenv("QUARTERDAY_PUBLIC_URL", "https://returns.example.gov.uk/social-value")
    upgrade_record()
    done("authority", "add", "exampleshire", "--name", "Exampleshire Council")
    done("user", "add", JO, "--name", "Jo", "--role", "administrator", "--authority", "exampleshire")


def signed_in(link: str) -> links.Opened:
    return links.use(open_record(), link.rpartition("/")[2], browser=None, client_label="Firefox on Linux")


def test_a_printed_link_signs_in_once_and_stands_in_the_audit_trail(data: Path) -> None:
    link = done("user", "link", "Jo@Example.org").strip()
    assert link.startswith("https://returns.example.gov.uk/social-value/sign-in/l/")
    assert signed_in(link).visit.name == "Jo"
    with pytest.raises(links.NotGood, match="used already"):
        signed_in(link)
    assert as_json("user", "link", JO)["minutes"] == 60
    with open_record().read(OPERATOR) as work:
        made = work.connection.exec_driver_sql("SELECT actor, payload FROM audit_row WHERE action = 'link.made'").all()
    assert [(row.actor, json.loads(row.payload)["purpose"]) for row in made] == [("cli", "operator")] * 2


def test_without_a_key_no_link_is_made(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("QUARTERDAY_SECRET_KEY")
    result = quarterday("user", "link", JO)
    assert (result.exit_code, "secret_key_file" in result.stderr) == (4, True)


def test_nobody_gets_a_link(monkeypatch: pytest.MonkeyPatch) -> None:
    for command in ("link", "sessions", "reset-second-factor"):
        result = quarterday("user", command, "nobody@example.org")
        assert (result.exit_code, "Nobody with this address has a role" in result.stderr) == (5, True)


def test_sessions_are_listed_and_ended() -> None:
    opened = [signed_in(done("user", "link", JO).strip()) for _ in range(2)]
    listed = as_json("user", "sessions", JO)["sessions"]
    assert [one["id"] for one in listed] == [one.visit.session_id for one in reversed(opened)]
    assert "Firefox on Linux  everything" in done("user", "sessions", JO)
    assert done("user", "sessions", JO, "--end") == "Ended 2 sessions of user 1.\n"
    assert [sessions.visit(open_record(), one.cookie) for one in opened] == [None, None]
    assert as_json("user", "sessions", JO, "--end") == {"ended": 0}


def test_a_second_factor_is_reset() -> None:
    uow = open_record()
    visit = signed_in(done("user", "link", JO).strip()).visit
    secret = base64.b32decode(second_factor.begin(uow, visit).secret)
    second_factor.confirm(uow, visit, totp.code(secret, totp.step_at(uow.clock())))
    assert sessions.sessions_of(uow, OPERATOR, user_id=person_with(uow, OPERATOR, JO))
    assert done("user", "reset-second-factor", JO).startswith("Took the authenticator app away; user 1 is signed out")
    assert as_json("user", "sessions", JO)["sessions"] == []
    assert as_json("user", "reset-second-factor", JO) == {"id": 1, "reset": False}
