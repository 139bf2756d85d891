"""`quarterday messages`: what each prints, keeps and refuses."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import select

from quarterday.cli.main import main
from quarterday.db.models import OutboxRow
from quarterday.db.work import UnitOfWork
from quarterday.services.organisations import people
from quarterday.services.organisations.authorities import authorities
from quarterday.testing import builders
from quarterday.testing.builders import OPERATOR

OWN = "Subject: Asked by ((council))\n\n((questions))\n\n> Answer: ((link))"

Messages = Callable[..., Result]


@pytest.fixture
def messages(uow: UnitOfWork, tmp_path: Path, record_url: str, monkeypatch: pytest.MonkeyPatch) -> Messages:
    """Run one of the commands for the one authority of ``uow``."""
    monkeypatch.setenv("QUARTERDAY_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("QUARTERDAY_DATABASE_URL", record_url)
    builders.an_authority(uow)
    (authority,) = authorities(uow, OPERATOR)
    return lambda *words: CliRunner().invoke(main, ["messages", *words, "--authority", authority.key])


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "query.txt"
    path.write_text(OWN)
    return path


def test_words_are_set_shown_listed_and_taken_back(messages: Messages, file: Path) -> None:
    standard = messages("show", "query").stdout
    assert messages("set", "query", str(file)).stdout == "Questions about a return: own words from now on.\n"
    assert messages("show", "query").stdout == OWN + "\n"
    listed = {one["kind"]: one for one in json.loads(messages("list", "--json").stdout)["messages"]}
    assert (listed["query"]["source"], listed["receipt"]["version"]) == (OWN, 0)
    assert "((link)), ((questions))" in messages("list").stdout
    assert messages("set", "query", "--standard").stdout == "Questions about a return: standard words from now on.\n"
    assert messages("show", "query").stdout == standard


def test_a_preview_has_invented_facts_and_keeps_nothing(messages: Messages, file: Path) -> None:
    text = messages("preview", "query", str(file)).stdout
    assert text.startswith("Subject: Asked by Northmoor Council\n\nGifts to charities: £1,250.50: “Which food bank")
    assert messages("preview", "query", str(file), "--html").stdout.startswith("<!DOCTYPE html>")
    assert json.loads(messages("preview", "receipt", "--json").stdout)["subject"] == "We have your return QD-000001-1"
    assert messages("show", "query").stdout != OWN + "\n"


def test_a_test_is_due_at_once(messages: Messages, uow: UnitOfWork) -> None:
    user_id = builders.a_user(uow, authority_id=1, role="lead")
    email = next(one.email for one in people.members(uow, OPERATOR) if one.user_id == user_id)
    assert "“quarterday worker” sends it" in messages("test", "query", "--to", email).stdout
    with uow.read(OPERATOR) as work:
        assert work.connection.execute(select(OutboxRow.c.kind)).scalars().all() == ["mail.test"]


def test_what_cannot_be_used_is_refused(messages: Messages, file: Path, tmp_path: Path) -> None:
    file.write_text(OWN.replace("((link))", "((lnik))"))
    binary = tmp_path / "words.doc"
    binary.write_bytes(b"\xd0\xcf\x11\xe0")
    for words, code, said in (
        (("set", "query", str(file)), 5, "is no placeholder here"),
        (("preview", "query", str(file)), 5, "is no placeholder here"),
        (("set", "query", str(binary)), 5, "can't be read as text in UTF-8"),
        (("set", "query"), 2, "Name a file"),
        (("set", "query", str(file), "--standard"), 2, "Name a file"),
        (("show", "sign_in"), 5, "There is no message “sign_in” to word"),
        (("show", "quary"), 5, "did you mean “query”?"),
        (("test", "query", "--to", "nobody@example.org"), 5, "Nobody with this address has a role"),
    ):
        result = messages(*words)
        assert (result.exit_code, said in result.output) == (code, True), (words, result.output)
