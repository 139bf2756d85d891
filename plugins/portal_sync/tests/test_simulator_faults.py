"""Each fault of the simulated portal takes effect when it is to, and is counted just then."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from threading import Thread

import pytest
import requests
from simulator_trial import KEY, Told, Trial, claim

from quarterday_portal_sync.simulator.faults import KINDS, Fault, Faults
from quarterday_portal_sync.simulator.server import serving


@pytest.fixture
def trial(tmp_path: Path) -> Iterator[Trial]:
    trial = Trial(tmp_path)
    yield trial
    trial.portal.store.close()


def test_the_same_seed_draws_the_same_faults() -> None:
    def drawn(seed: int) -> list[bool]:
        faults = Faults(seed, {"slow": Fault(share=0.5)})
        return [faults.draw("slow") is not None for _ in range(64)]

    assert drawn(1) == drawn(1)
    assert drawn(1) != drawn(2)


@pytest.mark.parametrize(
    "wrong",
    [{"moon": {"every": 1}}, {"busy": {}}, {"busy": {"every": 1, "share": 0.5}}, {"busy": {"every": "1"}}, {"busy": 1}],
)
def test_a_fault_that_there_is_not_is_refused(trial: Trial, wrong: Told) -> None:
    assert trial.web.post("/_control/faults", json={"faults": wrong}).status_code == 400


@pytest.mark.parametrize(("kind", "status"), [("failed", 500), ("unavailable", 503), ("busy", 429)])
def test_every_third_call_is_not_carried_out(trial: Trial, kind: str, status: int) -> None:
    trial.faults(**{kind: {"every": 3, "seconds": 7.0}})
    answers = [
        trial.web.post("/v1/entries/batch", json={"records": [claim(number)]}, headers=KEY) for number in range(6)
    ]
    assert [answer.status_code for answer in answers] == [200, 200, status, 200, 200, status]
    assert trial.counts() == {kind: 2}
    assert len(trial.portal.store.everything()) == 4
    assert (answers[2].headers.get("Retry-After") == "7") == (kind == "busy")


def test_a_slow_answer_comes_later(trial: Trial) -> None:
    trial.faults(slow={"every": 1, "seconds": 0.001})
    trial.get("/v1/kpis")
    assert trial.counts() == {"slow": 1}


def test_a_truncated_answer_was_carried_out(trial: Trial) -> None:
    trial.faults(truncated={"every": 1})
    answer = trial.web.post("/v1/entries/batch", json={"records": [claim()]}, headers=KEY)
    with pytest.raises(ValueError, match=r"Expecting|Unterminated"):
        json.loads(answer.data)
    assert (trial.counts(), len(trial.portal.store.everything())) == ({"truncated": 1}, 1)


def test_an_answer_is_a_page(trial: Trial) -> None:
    trial.faults(html={"every": 1})
    answer = trial.web.get("/v1/entries", headers=KEY)
    assert (answer.status_code, answer.mimetype) == (200, "text/html")
    assert trial.counts() == {"html": 1}


def test_changes_come_in_another_order_and_twice(trial: Trial) -> None:
    trial.send("entries", claim(1), claim(2), claim(3))
    right = trial.get("/v1/changes")["changes"]
    trial.faults(reordered={"every": 1})
    reordered = trial.get("/v1/changes")["changes"]
    assert reordered != right
    assert sorted(reordered, key=str) == sorted(right, key=str)
    trial.get("/v1/changes?limit=1")
    assert trial.counts() == {"reordered": 1}
    trial.faults(duplicated={"every": 1})
    twice = trial.get("/v1/changes")["changes"]
    assert (len(twice), [one for one in right if one not in twice]) == (4, [])
    trial.get("/v1/changes?after=3")
    assert trial.counts() == {"reordered": 1, "duplicated": 1}


def test_a_field_changes_for_a_while(trial: Trial) -> None:
    trial.send("entries", claim())
    trial.faults(renamed={"every": 2, "answers": 2})
    names = ["amount" in trial.get("/v1/entries")["records"][0] for _ in range(6)]
    assert names == [True, False, False, True, False, False]
    trial.get("/v1/contracts")
    assert trial.counts() == {"renamed": 4}
    trial.faults(retyped={"every": 1, "field": "amount"})
    assert not isinstance(trial.get("/v1/changes")["changes"][0]["record"]["amount"], str)
    assert trial.counts() == {"renamed": 4, "retyped": 1}


def test_a_clock_is_a_day_off(trial: Trial) -> None:
    trial.send("entries", claim())
    [right] = trial.get("/v1/changes")["changes"]
    trial.faults(skewed={"every": 1, "hours": -24})
    [change] = trial.get("/v1/changes")["changes"]
    assert change["at"][:10] < right["at"][:10]
    assert change["record"]["modifiedAt"] == change["at"]
    trial.get("/v1/contracts")
    assert trial.counts() == {"skewed": 1}


def test_a_token_expires_before_its_time(trial: Trial) -> None:
    token = trial.portal.access.token("client", "secret")
    trial.faults(expired={"every": 2})
    bearer = {"Authorization": f"Bearer {token}"}
    assert [trial.web.get("/v1/kpis", headers=bearer).status_code for _ in range(3)] == [200, 401, 401]
    trial.get("/v1/kpis")
    assert trial.counts() == {"expired": 1}


def test_an_answer_is_lost_after_it_was_carried_out(trial: Trial) -> None:
    server = serving(trial.app, 0)
    thread = Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    url = f"http://127.0.0.1:{server.port}/v1/entries"
    try:
        with requests.Session() as session:
            trial.faults(lost={"every": 1})
            with pytest.raises(requests.ConnectionError):
                session.post(f"{url}/batch", json={"records": [claim()]}, headers=KEY, timeout=10)
            assert session.get(url, headers=KEY, timeout=10).json()["total"] == 1
            trial.faults()
            again = session.post(f"{url}/batch", json={"records": [claim()]}, headers=KEY, timeout=10)
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
    assert again.json()["results"][0]["status"] == "created"
    assert trial.counts() == {"lost": 1}


def test_every_kind_of_fault_has_a_test_here() -> None:
    text = Path(__file__).read_text()
    assert [kind for kind in KINDS if f"{kind}=" not in text and f'"{kind}", ' not in text] == []
