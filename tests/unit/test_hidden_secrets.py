"""Secrets of a plugin's settings, however they are written, and what is told of an error with one in its words."""

from __future__ import annotations

import pytest
from pydantic import SecretStr

from quarterday import PluginSettings, Refused, secrets_in
from quarterday.services.plugins.telling import failed, plainly


class Settings(PluginSettings):
    """Settings with secrets."""

    host: str = "example.org"
    """No secret."""

    key: SecretStr | None = None
    """A secret."""


def hidden(secret: str) -> list[str]:
    return secrets_in(Settings(key=SecretStr(secret)))


@pytest.mark.parametrize(
    ("secret", "written"),
    [
        ("a/b c", "a/b c"),
        ("a/b c", "a%2Fb%20c"),
        ("a/b c", "a%2Fb+c"),
        ("a/b c", "YS9iIGM="),
        ('a"b', 'a\\"b'),
        ("http://me:p%2Fw@proxy.example.org", "p/w"),
        ("http://me:p%2Fw@proxy.example.org", "p%2Fw"),
        ("http://me:p%2Fw@proxy.example.org", "bWU6cC93"),
        ("-----BEGIN PRIVATE KEY-----\nMIGH\nAgEA\n-----END PRIVATE KEY-----", "AgEA"),
    ],
)
def test_a_secret_is_known_however_it_is_written(secret: str, written: str) -> None:
    assert written in hidden(secret)


@pytest.mark.parametrize("secret", ["", "http://[", "http://proxy.example.org"])
def test_nothing_else_is_taken_for_one(secret: str) -> None:
    assert "" not in hidden(secret)
    assert plainly("-----BEGIN and all the rest", hidden("-----BEGIN\nX\n")) == "-----BEGIN and all the rest"


@pytest.mark.parametrize("debug", ["", "1"])
def test_what_is_told_of_an_error_holds_none(
    debug: str, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("QUARTERDAY_DEBUG", debug)
    for error in (Refused("no: planted-7391"), ValueError("no: planted-7391"), KeyError("planted-7391")):
        assert "7391" not in str(failed("deliver()", error, hidden("planted-7391")))
    written = capfd.readouterr().err
    assert "7391" not in written
    assert ("no: ***" in written) is bool(debug)
