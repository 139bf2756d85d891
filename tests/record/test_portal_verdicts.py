"""Decisions that were made in a portal: as reviews, as suggestions, and what the rules of reviewing refuse."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from portal_door import SUGGESTED, TERMS, Council, a_council
from sqlalchemy import select, update

from quarterday.db.models import (
    Commitment,
    EntryEvidence,
    OutboxRow,
    PortalConflict,
    PortalInbox,
    PortalRecord,
    Review,
    Suggestion,
    Valuation,
)
from quarterday.db.work import UnitOfWork
from quarterday.domain.portal_records import Agreement, Direction, EntriesSent, Owner, RecordKind
from quarterday.errors import NotAllowed, Refused
from quarterday.services import words
from quarterday.services.portals import door
from quarterday.services.portals.suggestions import suggestions_of
from quarterday.services.returns import drafts, reviews
from quarterday.testing.builders import OPERATOR

WEEKS = {"ref": "WEEKS", "quantity": "13", "words": "Two apprentices."}


@pytest.fixture
def council(uow: UnitOfWork) -> Council:
    return a_council(uow)


def accepted(entry_id: int, quantity: str = "8", **said: Any) -> dict[str, Any]:
    fields = {"entry": str(entry_id), "decision": "accepted", "quantity": quantity}
    return {"external_id": "V-1", "words": "Five weeks were in the last quarter.", **fields, **said}


def test_a_verdict_is_a_review_by_the_portal_with_value_mail_and_reason(council: Council) -> None:
    (entry,) = council.submit(WEEKS)
    council.comes("verdict", **accepted(entry, changed_at="2026-07-02T09:00:00+01:00"))
    assert council.reviews(entry) == [("portal", "accepted", "Five weeks were in the last quarter.")]
    (valued,) = council.rows(Valuation)
    assert valued.micropounds == 8 * 150 * 1_000_000
    assert [row.kind for row in council.rows(OutboxRow) if row.kind == "mail.accepted"] == ["mail.accepted"]
    record = council.record("V-1")
    assert (record.our_id, record.state, record.agreed == record.theirs_digest) == (entry, "same", True)
    assert record.theirs == {"entry": str(entry), "decision": "accepted", "quantity": "8"}


def test_the_same_verdict_again_and_one_equal_to_ours_change_nothing(council: Council) -> None:
    entry, other = council.submit(WEEKS, {"ref": "GIFTS", "quantity": "250"})
    reviews.accept(council.uow, council.staff, entry_id=other)
    for _ in range(2):
        council.comes("verdict", **accepted(entry))
        council.comes("verdict", external_id="V-2", entry=f"entry/{other}", decision="accepted", quantity="250.00")
    assert len(council.rows(Review)) == 2
    assert council.reviews(other)[0][0] == council.staff.name
    assert {row.state for row in council.rows(PortalRecord)} == {"same"}
    assert council.rows(PortalConflict) == []


def test_an_acceptance_without_a_quantity_is_of_all_that_counts(council: Council) -> None:
    (entry,) = council.submit(WEEKS)
    council.comes("verdict", **accepted(entry, "", words=""))
    (review,) = council.rows(Review)
    assert (review.numerator, review.denominator) == (13, 1)
    assert council.record("V-1").theirs["quantity"] == "13"


REFUSED: Sequence[tuple[dict[str, str], str]] = [
    ({"quantity": "14"}, "14 is more than was claimed (13): accept that much at most."),
    ({"words": ""}, "Say why only a part counts: the supplier reads the reason."),
    ({"quantity": "eight"}, "“eight” is not a number; enter one like 12 or 12.5."),
    ({"decision": "rejected", "words": " "}, "Say why it doesn't count: the supplier reads it."),
    ({"decision": "paid"}, "“paid” is no decision: it is accepted, queried or rejected."),
    ({"trouble": "There is no counterpart for it."}, "There is no counterpart for it."),
    ({"entry": "999999"}, "It is on entry 999999, which is nothing of ours."),
    ({"entry": "P-77"}, "It is on an entry that nothing here matches."),
    ({"key": "verdict/999999"}, "It bears “verdict/999999”, which is nothing of ours."),
    ({"key": "verdict/abc"}, "It bears “verdict/abc”, which is nothing of ours."),
]
"""What a verdict on 13 weeks says, and why nothing takes it."""


def test_what_the_rules_refuse_is_in_the_inbox_with_the_sentence(council: Council) -> None:
    (entry,) = council.submit(WEEKS)
    for number, (said, _) in enumerate(REFUSED):
        for _ in range(2):
            council.comes("verdict", **accepted(entry, **{"external_id": f"V-{number}", **said}))
            assert council.rows(Review) == []
        with council.uow.begin(OPERATOR) as work:  # so that the next verdict is not about the same record
            work.connection.execute(update(PortalRecord).values(our_id=None))
    waiting = council.rows(PortalInbox)
    assert [one.why for one in waiting] == [why for _, why in REFUSED]
    assert all("words" not in one.fields for one in waiting)
    assert [(row.state, row.why) for row in council.rows(PortalRecord)] == [("waiting", why) for _, why in REFUSED]


def test_nothing_of_another_authority_is_ever_touched(council: Council, uow: UnitOfWork) -> None:
    neighbour = a_council(uow)
    (theirs,) = neighbour.submit(WEEKS)
    council.comes("verdict", **accepted(theirs))
    council.comes("verdict", **accepted(theirs, external_id="V-2", key=f"verdict/{theirs}"))
    council.comes("entry", external_id="P-3", key=f"entry/{theirs}", measure="WEEKS", quantity="1")
    council.comes("evidence", external_id="E-4", entry=str(theirs), kind="link", link="https://example.org/a")
    promise = next(row.id for row in council.rows(Commitment) if row.contract_id == neighbour.contract_id)
    council.comes("commitment", external_id="C-5", key=f"commitment/{promise}", target="1")
    council.comes("contract", external_id="K-6", key=f"contract/{neighbour.contract_id}", title="Mine")
    assert neighbour.reviews(theirs) == []
    assert [(row.our_id, row.state) for row in council.rows(PortalRecord)] == [(None, "waiting")] * 6
    assert all("nothing of ours" in row.why for row in council.rows(PortalInbox))
    assert (council.rows(PortalConflict), council.rows(EntryEvidence)) == ([], [])


def test_a_verdict_on_an_entry_that_was_replaced_waits(council: Council) -> None:
    (first,) = council.submit(WEEKS)
    reviews.query(council.uow, council.staff, entry_id=first, reason="Which weeks?")
    again = {**WEEKS, "quantity": "12"}
    how = {"return_id": council.return_id, "seen_version": council.version(), "typed": again}
    drafts.save_entry(council.uow, council.supplier, **how, replaces_entry_id=first)
    second = council.submit()[-1]
    council.comes("verdict", **accepted(first))
    council.comes("verdict", external_id="V-2", entry=str(first), decision="queried", words="Which weeks?")
    (waiting,) = council.rows(PortalInbox)
    assert waiting.why == "It is on an entry that a newer one took the place of: decide on the newer one."
    assert council.reviews(second) == []


def test_where_both_decided_the_owner_counts_and_the_other_is_shown(council: Council) -> None:
    (entry,) = council.submit(WEEKS)
    reviews.reject(council.uow, council.staff, entry_id=entry, reason="No evidence.")
    council.comes("verdict", **accepted(entry))
    (conflict,) = council.rows(PortalConflict)
    assert (conflict.is_ruled, conflict.proposed, conflict.ours["decision"]) == (True, "theirs", "rejected")
    assert [decision for _, decision, _ in council.reviews(entry)] == ["rejected", "accepted"]

    council.terms = _owned(Owner.NEWEST)
    reviews.reject(council.uow, council.staff, entry_id=entry, reason="Still none.")
    council.comes("verdict", **accepted(entry, "9", changed_at="2026-07-04T09:00:00+01:00"))
    conflict = council.rows(PortalConflict)[-1]
    assert (conflict.is_ruled, conflict.proposed) == (False, "theirs")
    assert council.record("V-1").state == "conflict"
    assert council.reviews(entry)[-1][1] == "rejected"

    council.terms = _owned(Owner.OURS)
    council.comes("verdict", **accepted(entry, "10", changed_at="2026-07-05T09:00:00+01:00"))
    record = council.record("V-1")
    assert (record.state, record.version) == ("same", "")  # it is looked at again, and ours goes out
    assert council.rows(PortalConflict)[-1].is_ruled


def _owned(owner: Owner) -> Any:
    return replace(TERMS, agreements={**TERMS.agreements, RecordKind.VERDICT: Agreement(Direction.BOTH, owner)})


def test_a_suggestion_stands_beside_the_entry_and_decides_nothing(council: Council, uow: UnitOfWork) -> None:
    council.terms = SUGGESTED
    (entry,) = council.submit(WEEKS)
    for _ in range(2):
        council.comes("verdict", **accepted(entry, changed_at="2026-05-03T09:00:00+01:00"))
    found = suggestions_of(uow, council.staff, entry_ids=[entry])[entry]
    assert (found.decision, found.typed, found.words) == ("accepted", "8", "Five weeks were in the last quarter.")
    assert (found.portal, found.at.isoformat()) == ("portal", "2026-05-03T08:00:00+00:00")
    assert (council.reviews(entry), len(council.rows(Suggestion))) == ([], 1)
    assert council.record("V-1").state == "waiting"
    council.comes("verdict", **accepted(entry, "9"))
    assert suggestions_of(uow, council.staff, entry_ids=[entry])[entry].typed == "9"
    assert suggestions_of(uow, a_council(uow).staff, entry_ids=[entry]) == {}
    with pytest.raises(NotAllowed):
        suggestions_of(uow, council.supplier, entry_ids=[entry])


def test_erasing_the_words_of_a_verdict_reaches_the_suggestion(council: Council, uow: UnitOfWork) -> None:
    council.terms = SUGGESTED
    (entry,) = council.submit(WEEKS)
    council.comes("verdict", **accepted(entry, unknown={"officer": "Ann"}))
    with uow.begin(OPERATOR) as work:
        words.erase(work, council.record("V-1").theirs_words_id)
    council.comes("verdict", listing=True, **accepted(entry, unknown={"officer": "Ann"}))
    found = suggestions_of(uow, council.staff, entry_ids=[entry])[entry]
    assert (found.typed, found.words) == ("8", "")
    with uow.read(OPERATOR) as work:
        assert words.read(work, [council.record("V-1").theirs_words_id]) == {council.record("V-1").theirs_words_id: ""}


def test_who_decided_with_the_suggestion_in_sight_is_not_asked_again(council: Council, uow: UnitOfWork) -> None:
    council.terms = SUGGESTED
    (entry,) = council.submit(WEEKS)
    council.comes("verdict", **accepted(entry))
    reviews.accept(uow, council.staff, entry_id=entry)
    council.comes("verdict", **accepted(entry, version="2"))
    assert council.rows(PortalConflict) == []
    council.comes("verdict", external_id="V-1", entry=str(entry), decision="rejected", words="No proof.", version="3")
    assert [row.is_ruled for row in council.rows(PortalConflict)] == [False]
    assert len(council.reviews(entry)) == 1


def test_what_was_settled_as_theirs_is_a_review_even_where_verdicts_are_suggested(
    council: Council, uow: UnitOfWork
) -> None:
    council.terms = SUGGESTED
    (entry,) = council.submit(WEEKS)
    reviews.accept(uow, council.staff, entry_id=entry)
    council.comes("verdict", **accepted(entry))
    assert council.record("V-1").state == "conflict"
    with uow.begin(OPERATOR) as work:
        door.take_stored(work, council.record("V-1").id, terms=SUGGESTED)
    assert council.reviews(entry)[-1] == ("portal", "accepted", "Five weeks were in the last quarter.")
    council.comes("contract", key=f"contract/{council.contract_id}", external_id="K-1", title="Other")
    with uow.begin(OPERATOR) as work, pytest.raises(Refused, match="Nothing here takes"):
        door.take_stored(work, council.record("K-1").id, terms=SUGGESTED)


def test_what_left_for_them_and_comes_back_is_known(council: Council, uow: UnitOfWork) -> None:
    (entry,) = council.submit(WEEKS)
    reviews.accept(uow, council.staff, entry_id=entry)
    council.comes("verdict", key=f"verdict/{entry}", entry=str(entry), decision="accepted", quantity="13", version="1")
    with uow.begin(OPERATOR) as work:
        work.connection.execute(update(PortalRecord).values(state="under way"))
    council.comes("verdict", key=f"verdict/{entry}", entry=str(entry), decision="accepted", quantity="13", version="2")
    record = council.record(kind="verdict")
    assert (record.state, record.their_version, record.external_id) == ("under way", "2", "")
    with uow.read(OPERATOR) as work:
        assert work.all(select(Review.c.actor)) == [(council.staff.name,)]


def test_a_decision_of_ours_counts_though_its_entry_does_not_go_out(council: Council) -> None:
    council.terms = replace(TERMS, entries=EntriesSent.ACCEPTED)
    (entry,) = council.submit(WEEKS)
    reviews.reject(council.uow, council.staff, entry_id=entry, reason="No evidence.")
    council.comes("verdict", **accepted(entry))
    assert [row.ours["decision"] for row in council.rows(PortalConflict)] == ["rejected"]


def test_other_words_of_the_same_suggestion_are_shown(council: Council, uow: UnitOfWork) -> None:
    council.terms = SUGGESTED
    (entry,) = council.submit(WEEKS)
    council.comes("verdict", **accepted(entry))
    council.comes("verdict", **accepted(entry, words="Five were holidays."))
    assert suggestions_of(uow, council.staff, entry_ids=[entry])[entry].words == "Five were holidays."
