"""The simulated portal keeps each record once, tells each change, and writes over nothing its sender hasn't seen."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from pathlib import Path

import pytest
from simulator_trial import KEY, Told, Trial, claim

from quarterday_portal_sync.simulator.auth import Access


@pytest.fixture
def trial(tmp_path: Path) -> Iterator[Trial]:
    trial = Trial(tmp_path)
    yield trial
    trial.portal.store.close()


def test_the_same_key_has_the_same_answer_and_acts_once(trial: Trial) -> None:
    first = trial.web.post("/v1/entries/batch", json={"records": [claim()]}, headers=KEY).get_json()
    trial.act("change", claim="entry/1", amount="99")
    again = trial.web.post("/v1/entries/batch", json={"records": [claim()]}, headers=KEY).get_json()
    assert again == first
    assert first["results"][0] | {"id": ""} == {
        "our_ref": "entry/1",
        "status": "created",
        "id": "",
        "version": "1",
        "reason": "",
    }
    assert [one["record"]["amount"] for one in trial.changes()] == ["12.5", "99"]


def test_the_same_key_with_another_content_is_refused(trial: Trial) -> None:
    trial.send("entries", claim())
    [result] = trial.send("entries", claim(amount="13"))
    assert (result["status"], result["reason"]) == ("refused", "That idempotency_key was used for another content.")
    assert len(trial.changes()) == 1


def test_one_key_from_many_at_once_makes_one_record(trial: Trial) -> None:
    def sent(_: int) -> Told:
        answer = trial.app.test_client().post("/v1/entries/batch", json={"records": [claim()]}, headers=KEY)
        told: Told = answer.get_json()
        return told

    with ThreadPoolExecutor(8) as many:
        answers = list(many.map(sent, range(40)))
    assert all(answer == answers[0] for answer in answers)
    assert len(trial.changes()) == 1


def test_what_changed_meanwhile_is_not_written_over(trial: Trial) -> None:
    trial.send("entries", claim())
    trial.act("change", claim="entry/1", amount="99")
    blind, late, right = trial.send(
        "entries",
        claim(idempotency_key="a", amount="13"),
        claim(idempotency_key="b", amount="13", if_version="1"),
        claim(idempotency_key="c", amount="13", if_version="2"),
    )
    assert [blind["status"], late["status"], right["status"]] == ["overtaken", "overtaken", "updated"]
    assert (late["version"], right["version"]) == ("2", "3")
    assert [one["record"]["amount"] for one in trial.changes()] == ["12.5", "99", "13"]


def test_the_same_content_changes_nothing(trial: Trial) -> None:
    trial.send("entries", claim())
    [result] = trial.send("entries", claim(idempotency_key="another"))
    assert (result["status"], result["version"]) == ("unchanged", "1")


@pytest.mark.parametrize(
    ("resource", "fields", "reason"),
    [
        ("entries", {"kpi": "JOB-MOON"}, "There is no KPI JOB-MOON here."),
        ("entries", {"amount": "a dozen"}, "amount “a dozen” is no number like 12.5 or 1/3."),
        ("entries", {"periodStart": "01/04/2026"}, "periodStart “01/04/2026” is no day like 2026-04-01."),
        ("entries", {"agreementNo": ""}, "agreementNo is missing."),
        ("entries", {"id": "C-77"}, "There is no C-77 here."),
        ("verdicts", {"claimRef": "entry/8", "result": "approved"}, "There is no claim entry/8 here."),
        ("verdicts", {"result": "approved"}, "claim or claimRef is missing."),
        (
            "verdicts",
            {"claimRef": "entry/1", "result": "lost"},
            "result “lost” is none of approved, queried and declined.",
        ),
        ("evidence", {"claimRef": "entry/1", "contentBase64": "=="}, "contentBase64 is no base64."),
        (
            "evidence",
            {"claimRef": "entry/1", "contentBase64": "YQ==", "checksum": "ab"},
            "The file isn't the one that the checksum says.",
        ),
    ],
)
def test_what_cannot_be_kept_is_refused_and_stops_no_other(
    trial: Trial, resource: str, fields: Told, reason: str
) -> None:
    trial.send("entries", claim())
    marks = {"our_ref": "x/2", "idempotency_key": "x"}
    wrong = {**claim(2), **fields} if resource == "entries" else {**marks, **fields}
    other = claim(3) if resource == "entries" else {"our_ref": "x/3", "idempotency_key": "y", "claimRef": "entry/1"}
    if resource == "verdicts":
        other["result"] = "queried"
    refused, kept = trial.send(resource, wrong, other)
    assert (refused["status"], refused["reason"], kept["status"]) == ("refused", reason, "created")


def test_a_record_made_here_gets_its_reference_when_it_is_sent_back(trial: Trial) -> None:
    trial.send("entries", claim())
    made = trial.act("claim", seed=3)
    outcome = trial.act("verdict", claim=made["id"], result="approved")
    assert (made["our_ref"], outcome["claimRef"]) == ("", "")
    back = {name: made[name] for name in claim() if name in made}
    [result] = trial.send("entries", {**back, "id": made["id"], "our_ref": "entry/2", "idempotency_key": "n"})
    assert (result["status"], result["id"]) == ("updated", made["id"])
    told = [one["record"] for one in trial.changes()[-2:]]
    assert [(one["id"], one.get("claimRef", one["our_ref"])) for one in told] == [
        (made["id"], "entry/2"),
        (outcome["id"], "entry/2"),
    ]


def test_two_agreements_with_one_number_are_one(trial: Trial) -> None:
    sent = {"our_ref": "contract/1", "idempotency_key": "1", "agreementNo": "AG-1", "title": "Upkeep of parks"}
    created, same = trial.send("contracts", sent, {**sent, "our_ref": "contract/2", "idempotency_key": "2"})
    assert (created["status"], same["status"]) == ("created", "refused")
    assert same["reason"] == f"contract/1 is the same one: see {created['id']}."


def test_a_deleted_record_is_told_and_comes_back_as_a_new_one(trial: Trial) -> None:
    [made] = trial.send("entries", claim())
    assert trial.act("delete", claim="entry/1")["deleted"] is True
    assert trial.changes()[-1]["record"] | {"modifiedAt": ""} == {
        "id": made["id"],
        "our_ref": "entry/1",
        "revision": 2,
        "modifiedAt": "",
        "deleted": True,
    }
    assert trial.get("/v1/entries")["records"] == []
    late, new = trial.send(
        "entries", claim(idempotency_key="a", if_version="1"), claim(idempotency_key="b", amount="5")
    )
    assert (late["status"], new["status"], new["version"]) == ("overtaken", "created", "3")
    trial.act("delete", claim="entry/1")
    [back] = trial.send("entries", claim(idempotency_key="c", if_version="4"))
    assert back["status"] == "updated"
    assert [one["amount"] for one in trial.get("/v1/entries")["records"]] == ["12.5"]


def test_it_deletes_at_the_revision_that_is_known(trial: Trial) -> None:
    [made] = trial.send("entries", claim())
    path = f"/v1/entries/{made['id']}"
    assert trial.web.delete(path, headers=KEY).status_code == 400
    assert trial.web.delete(f"{path}?if_version=7", headers=KEY).status_code == 409
    gone = trial.web.delete(f"{path}?if_version=1", headers=KEY).get_json()
    assert gone["deleted"] is True
    assert trial.web.delete(f"{path}?if_version=1", headers=KEY).get_json() == gone


def test_lists_go_on_by_page_cursor_and_link(trial: Trial) -> None:
    trial.send("entries", *(claim(number) for number in range(5)))
    by_page = [one for page in (1, 2, 3) for one in trial.get(f"/v1/entries?page={page}&per_page=2")["records"]]
    by_cursor, cursor = [], "0"
    while cursor:
        page = trial.get(f"/v1/entries?cursor={cursor}&per_page=2")
        by_cursor, cursor = [*by_cursor, *page["records"]], page["next"]
    by_link, address = [], "/v1/entries?per_page=2&page=1"
    while address:
        answer = trial.web.get(address, headers=KEY)
        by_link += answer.get_json()["records"]
        address = answer.headers.get("Link", "").removesuffix('>; rel="next"').removeprefix("<")
    assert [one["our_ref"] for one in by_page] == [f"entry/{number}" for number in range(5)]
    assert by_page == by_cursor == by_link


def test_a_file_comes_in_a_record_or_before_it(trial: Trial) -> None:
    trial.send("entries", claim())
    content = b"a payroll"
    uploaded = trial.web.post("/v1/files", data=content, headers=KEY, content_type="application/octet-stream")
    checksum = uploaded.get_json()["checksum"]
    assert checksum == sha256(content).hexdigest()
    file = {"claimRef": "entry/1", "type": "payroll", "mime": "text/plain"}
    inside = {**file, "our_ref": "evidence/1", "idempotency_key": "1", "contentBase64": b64encode(content).decode()}
    trial.send("evidence", inside, {**file, "our_ref": "evidence/2", "idempotency_key": "2", "checksum": checksum})
    one, other = trial.get("/v1/evidence")["records"]
    assert one["checksum"] == other["checksum"] == checksum
    assert one["contentBase64"] == other["contentBase64"] == b64encode(content).decode()
    assert trial.web.get(f"/v1/files/{checksum}", headers=KEY).data == content


def test_nobody_comes_in_without_a_key_or_a_good_token(trial: Trial) -> None:
    form = {"grant_type": "client_credentials", "client_id": "client", "client_secret": "secret"}
    token = trial.web.post("/oauth/token", data=form).get_json()["access_token"]
    bearer = {"Authorization": f"Bearer {token}"}
    assert trial.web.get("/v1/kpis", headers=bearer).status_code == 200
    basic = trial.web.post("/oauth/token", data={"grant_type": "client_credentials"}, auth=("cl%69ent", "secret"))
    assert basic.status_code == 200  # RFC 6749, section 2.3.1: encoded as in a form
    trial.portal.access.forget(token)
    for headers in ({}, bearer, {"X-Api-Key": "another"}, {"Authorization": "Bearer "}):
        assert trial.web.get("/v1/kpis", headers=headers).status_code == 401
    assert trial.web.post("/oauth/token", data={**form, "client_secret": "other"}).status_code == 401


def test_a_token_is_good_for_its_time_only() -> None:
    access = Access(client="client", secret="secret", lasts=0)
    token = access.token("client", "secret")
    assert token is not None
    assert not access.is_good_token(token)


def test_acts_follow_from_their_seed(tmp_path: Path) -> None:
    dumps = []
    for name in ("one", "other"):
        trial = Trial(tmp_path / name)
        trial.send("entries", *(claim(number) for number in range(5)))
        for seed, what in enumerate(("verdict", "claim", "change", "delete", "evidence", "verdict")):
            trial.act(what, seed=seed)
        dumps.append(trial.web.get("/_control/dump").get_json())
        trial.portal.store.close()
    assert dumps[0] == dumps[1]
    assert [len(rows) for rows in dumps[0].values()] == [0, 0, 6, 1, 2]


def test_a_dump_is_in_the_senders_words(trial: Trial) -> None:
    trial.send("entries", claim(10), claim(9, amount="1/3"))
    trial.act("verdict", claim="entry/9", result="declined", comment="Not here.", by="An assessor")
    dump = trial.web.get("/_control/dump").get_json()
    assert [(row["key"], row["fields"]["quantity"]) for row in dump["entry"]] == [
        ("entry/9", "1/3"),
        ("entry/10", "12.5"),
    ]
    [verdict] = dump["verdict"]
    assert verdict["fields"] == {"entry": "9", "decision": "rejected", "words": "Not here.", "by": "An assessor"}


def test_its_pages_do_what_people_do(trial: Trial) -> None:
    trial.send("entries", claim())
    assert trial.web.post("/", data={"agreementNo": "AG-1"}).status_code == 400
    fields = {name: value for name, value in claim(amount="7").items() if name not in ("our_ref", "idempotency_key")}
    address = trial.web.post("/", data=fields).headers["Location"]
    trial.web.post(f"{address}/assess", data={"result": "approved", "approvedAmount": "6"})
    trial.web.post(f"{address}/assess", data={"result": "approved", "approvedAmount": "5"})
    assert "approved: 5" in trial.web.get("/").text
    trial.web.post(f"{address}/change", data={"amount": "8"})
    assert "8 FTE" in trial.web.get(address).text
    wrong = trial.web.post(f"{address}/change", data={"amount": "eight"})
    assert (wrong.status_code, "no number like" in wrong.text) == (400, True)
    other_site = trial.web.post(f"{address}/delete", headers={"Origin": "https://example.org"})
    assert other_site.status_code == 403
    trial.web.post(f"{address}/delete")
    assert trial.web.get(address).status_code == 404
