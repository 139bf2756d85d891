"""A simulated portal in the test's own process, and a claim to send it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from flask.testing import FlaskClient

from quarterday_portal_sync.simulator.app import make_app
from quarterday_portal_sync.simulator.auth import Access
from quarterday_portal_sync.simulator.faults import Faults
from quarterday_portal_sync.simulator.running import Running
from quarterday_portal_sync.simulator.store import Store

KEY = {"X-Api-Key": "key"}
Told = dict[str, Any]


class Trial:
    """A portal in this process."""

    def __init__(self, folder: Path) -> None:
        self.portal = Running(Store(folder), Access("key", "client", "secret"), Faults())
        self.app = make_app(self.portal)
        self.web: FlaskClient = self.app.test_client()

    def send(self, resource: str, *records: Told) -> list[Told]:
        answer = self.web.post(f"/v1/{resource}/batch", json={"records": records}, headers=KEY)
        assert answer.status_code == 200, answer.text
        results: list[Told] = answer.get_json()["results"]
        return results

    def get(self, path: str) -> Told:
        answer = self.web.get(path, headers=KEY)
        assert answer.status_code == 200, answer.text
        told: Told = answer.get_json()
        return told

    def changes(self, after: str = "") -> list[Told]:
        found: list[Told] = []
        while True:
            page = self.get(f"/v1/changes?after={after}&limit=2")
            found, after = [*found, *page["changes"]], page["next"]
            if not page["more"]:
                return found

    def act(self, what: str, **said: Any) -> Told:
        answer = self.web.post("/_control/act", json={"act": what, **said})
        assert answer.status_code == 200, answer.text
        record: Told = answer.get_json()["record"]
        return record

    def faults(self, **on: Told) -> None:
        assert self.web.post("/_control/faults", json={"seed": 1, "faults": on}).status_code == 200

    def counts(self) -> dict[str, int]:
        counts = self.web.get("/_control/counts").get_json()
        return {kind: count for kind, count in counts.items() if count}


def claim(number: int = 1, **other: str) -> Told:
    fields = {"agreementNo": "AG-1", "kpi": "JOB-LOC", "uom": "FTE", "amount": "12.5", "portion": "1"}
    period = {"periodStart": "2026-04-01", "periodEnd": "2026-06-30"}
    marks = {"idempotency_key": f"entry-{number}-1", "our_ref": f"entry/{number}"}
    return {**marks, **fields, **period, **other}
