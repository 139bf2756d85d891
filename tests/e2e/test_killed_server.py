"""``kill -9`` between the steps of reporting and deciding, and in the middle of one: what was acknowledged stays."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from random import Random

import pytest
from running import Answer, Server
from town import Town, at_home

from quarterday.services.record import open_record
from quarterday.services.returns.evidencing import evidence_of
from quarterday.services.returns.standing import WholeReturn, whole_return
from quarterday.testing.builders import OPERATOR

SEED = 2026
GIFT = {"ref": "NT28", "activity": "Food bank, spring", "quantity": "250.10", "words": "Given to a food bank."}
CLUB = {"ref": "NT7", "activity": "Job club, spring", "hours": "2", "attendees": "8"}
WEEKS = {"ref": "NT10", "activity": "Apprentice, spring", "people": "1", "weeks": "13", "is_completed": "yes"}

Step = Callable[[], Answer]


def now(server: Server, number: int) -> tuple[WholeReturn, int]:
    """A return as the record has it, and how many pieces of evidence it has."""
    with at_home(server.folder):
        uow = open_record()
    try:
        whole = whole_return(uow, OPERATOR, return_id=number)
        return whole, len(evidence_of(uow, OPERATOR, return_id=number))
    finally:
        uow.engine.dispose()


def acknowledged(server: Server, step: Step) -> Answer:
    """Take a step, and cut the power the moment it is acknowledged."""
    answer = step()
    assert answer.status == 303, re.sub(r"<[^>]+>|\s+", " ", answer.html)
    server.kill()
    server.start()
    return answer


def cut_short(server: Server, step: Step, after: float) -> Answer:
    """Cut the power so many seconds into a step, and take it again as somebody does whose browser said nothing."""

    def try_it() -> None:
        with suppress(OSError, EOFError):
            step()

    trying = threading.Thread(target=try_it)
    trying.start()
    time.sleep(after)
    server.kill()
    trying.join()
    server.start()
    return step()


@pytest.mark.timeout(300)
def test_nothing_acknowledged_is_lost(server: Server, town: Town) -> None:
    chance, number = Random(SEED), town.blank[0]
    grace = server.visitor("supplier")

    def add(row: dict[str, str], version: int) -> Step:
        return lambda: grace.post(f"/returns/{number}/measures/{row['ref']}/add", {**row, "seen_version": str(version)})

    acknowledged(server, add(GIFT, now(server, number)[0].version))
    assert [draft.typed["ref"] for draft in now(server, number)[0].drafts] == ["NT28"]
    version = now(server, number)[0].version
    assert cut_short(server, add(CLUB, version), chance.uniform(0, 0.05)).status == 303
    assert cut_short(server, add(WEEKS, version + 1), chance.uniform(0, 0.05)).status == 303
    drafts = now(server, number)[0].drafts
    assert [draft.typed["ref"] for draft in drafts] == ["NT28", "NT7", "NT10"]

    attach = f"/returns/{number}/entries/{drafts[0].id}/evidence"
    acknowledged(server, lambda: grace.upload(attach, "receipt.csv", b"gift,250.10\n", {"link": "", "statement": ""}))
    assert now(server, number)[1] == 1

    declared = {"seen_version": str(now(server, number)[0].version), "declared_as": "manager", "declare": "y"}
    sent = cut_short(server, lambda: grace.post(f"/returns/{number}/check", declared), chance.uniform(0, 0.05))
    assert sent.headers["location"].endswith(f"/returns/{number}/submitted")
    (submission,) = now(server, number)[0].submissions
    assert submission.receipt.reference in grace.get(f"/returns/{number}/submitted").html

    decide(server, chance, number)


def decide(server: Server, chance: Random, number: int) -> None:
    """Decide on the three entries with the power cut at each."""
    tom = server.visitor("contract manager")
    gift, club, weeks = [entry.id for entry in now(server, number)[0].entries]

    def say(entry: int, **decision: str) -> Step:
        page = f"/council/returns/{number}/entries/{entry}"
        seen = tom.get(page).value("seen_version")
        return lambda: tom.post(page, {"seen_version": seen, **decision})

    acknowledged(server, say(gift, decision="accept"))
    cut_short(server, say(club, decision="query", question="Which school was it?"), chance.uniform(0, 0.05))
    reject = say(weeks, decision="reject", reject_reason="It belongs to another contract.")
    assert cut_short(server, reject, chance.uniform(0, 0.05)).status == 303
    decided = {entry.id: entry.decision for entry in now(server, number)[0].entries}
    assert decided == {gift: "accepted", club: "queried", weeks: "rejected"}
    talked = tom.get(f"/council/returns/{number}").html
    assert talked.count("It belongs to another contract.") == 1
