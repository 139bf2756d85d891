"""What doctor says of an authority's portal: its mapping, its certificates, its last run."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import trustme

from quarterday import Health, Verdict
from quarterday.registry import installed
from quarterday.services.organisations.authorities import authorities
from quarterday.services.plugins.configuring import configure
from quarterday.services.portals import runs
from quarterday.services.record import UnitOfWork, open_record, upgrade_record
from quarterday.testing import builders
from quarterday.testing.builders import OPERATOR
from quarterday.testing.clock import Clock
from quarterday_portal_sync.plugin import checks
from quarterday_portal_sync.portal_check import verdicts


@pytest.fixture(scope="module")
def record(tmp_path_factory: pytest.TempPathFactory) -> Iterator[UnitOfWork]:
    with pytest.MonkeyPatch.context() as settings:
        settings.setenv("QUARTERDAY_DATA_DIR", str(tmp_path_factory.mktemp("data")))
        settings.setenv("QUARTERDAY_SECRET_KEY", "k" * 32)
        upgrade_record()
        uow = open_record()
        yield uow
        uow.engine.dispose()


class Council:
    """A council with a portal."""

    def __init__(self, uow: UnitOfWork) -> None:
        self.uow = UnitOfWork(uow.engine, Clock(uow.clock()))
        self.id = builders.an_authority(uow)
        self.key = next(one.key for one in authorities(uow, OPERATOR) if one.id == self.id)

    def set(self, **more: object) -> None:
        answers: dict[str, Any] = {
            "transport": "web",
            "mapping": "simulator",
            "web_address": "https://portal.example.org",
        }
        answers |= more
        configure(self.uow, OPERATOR, installed(), authority_id=self.id, plugin="portal_sync", answers=answers)

    def ran(self, *, days_ago: int = 0, error: str = "") -> None:
        before = UnitOfWork(self.uow.engine, Clock(self.uow.clock() - timedelta(days=days_ago)))
        with before.begin(OPERATOR) as work:
            runs.end(work, runs.begin(work, self.id, "portal", "sync", "worker"), {}, error)

    def found(self) -> list[Verdict]:
        return [one for one in verdicts(self.uow) if one.what.startswith(f"{self.key}:")]


@pytest.fixture
def council(record: UnitOfWork) -> Council:
    return Council(record)


def test_of_no_portal_nothing_is_said(council: Council) -> None:
    assert council.found() == []


def test_a_portal_that_is_in_order(council: Council) -> None:
    council.set()
    council.ran(days_ago=1)
    assert [one.health for one in council.found()] == [Health.GOOD]
    assert council.key in " ".join(one.what for kind in checks() for one in kind().run())


def test_a_mapping_that_is_gone(council: Council) -> None:
    council.set(mapping="/nowhere/portal.toml")
    (found,) = council.found()
    assert found.health is Health.WRONG
    assert "/nowhere/portal.toml" in found.what


@pytest.mark.parametrize(("days", "health"), [(20, Health.WARNING), (-1, Health.WRONG), (60, Health.GOOD)])
def test_a_certificate_that_ends(council: Council, days: int, health: Health) -> None:
    mine = trustme.CA().issue_cert("a.example.org", not_after=council.uow.clock() + timedelta(days=days))
    chain, key = mine.cert_chain_pems[0].bytes().decode(), mine.private_key_pem.bytes().decode()
    council.set(web_certificate=chain, web_certificate_key=key)
    (found,) = council.found()
    assert found.health is health
    assert ("web_certificate" in found.what) is (health is not Health.GOOD)


def test_a_certificate_that_cannot_be_read(council: Council) -> None:
    council.set(web_authority="/nowhere/authority.pem")
    (found,) = council.found()
    assert (found.health, "web_authority" in found.what) == (Health.WRONG, True)


@pytest.mark.parametrize(
    ("run", "says"), [({"error": "It broke off."}, "It broke off."), ({"days_ago": 3}, "nothing was exchanged since")]
)
def test_the_last_run(council: Council, run: dict[str, Any], says: str) -> None:
    council.set()
    council.ran(**run)
    (found,) = council.found()
    assert found.health is Health.WARNING
    assert says in found.what


def test_settings_that_are_no_good_any_more(council: Council, monkeypatch: pytest.MonkeyPatch) -> None:
    council.set(web_key="a key of the portal", webhook_secret="long enough for a secret")
    with monkeypatch.context() as changed:
        changed.setenv("QUARTERDAY_SECRET_KEY", "another key that opens nothing of it")
        (found,) = council.found()
    assert found.health is Health.WRONG
    assert "a key of the portal" not in found.what
