"""Entries that were made in a portal: the draft that each becomes, and the entry that is known by it."""

from __future__ import annotations

from datetime import date

import pytest
from portal_door import FIRST, Council, a_council, made_there
from sqlalchemy import select

from quarterday.db.models import Activity, DraftEntry, PortalConflict, PortalFiling, PortalInbox, PortalRecord, Words
from quarterday.db.work import UnitOfWork
from quarterday.services import words
from quarterday.services.organisations import periods
from quarterday.services.portals import door
from quarterday.services.portals.made_there import recognise_submitted
from quarterday.services.returns import drafts
from quarterday.testing.builders import OPERATOR, a_contract, a_draft, a_submission, an_award
from quarterday.testing.clock import Clock


@pytest.fixture
def council(uow: UnitOfWork) -> Council:
    return a_council(uow)


def drafted(council: Council) -> list[dict[str, str]]:
    """What the supplier sees being written."""
    with council.uow.read(OPERATOR) as work:
        return [dict(one.typed) for one in drafts.drafts_of(work, council.return_id)]


def recognised(council: Council) -> int:
    with council.uow.begin(OPERATOR) as work:
        return recognise_submitted(work, council.authority_id, "portal")


def label(council: Council, name: str = "P-12") -> str:
    return next(row.label for row in council.rows(Activity) if row.label.startswith(name))


def test_it_becomes_a_draft_that_says_what_it_says(council: Council) -> None:
    made = made_there(council, share="1/3", words="Two apprentices.", unknown={"officer": "Ann"})
    for _ in range(2):
        council.comes("entry", **made)
    (draft,) = drafted(council)
    assert draft == {
        "ref": "WEEKS",
        "activity": label(council),
        "quantity": "13",
        "contract_share": "1/3",
        "words": "Two apprentices.",
    }
    assert label(council).startswith("P-12 (portal of exampleshire-")
    record = council.record("P-12")
    assert (record.state, record.our_id, record.agreed == record.theirs_digest) == ("same", None, True)
    assert record.theirs == {name: made[name] for name in record.theirs}
    assert (council.rows(PortalInbox), council.version()) == ([], 1)
    (entry,) = council.submit()
    assert recognised(council) == 1
    assert recognised(council) == 0
    assert (council.record("P-12").our_id, council.record("P-12").version) == (entry, "")


@pytest.mark.parametrize(
    ("said", "cells"),
    [
        ({"measure": "POLICY", "unit": "yes/no", "quantity": "1"}, {"quantity": "yes"}),
        ({"measure": "JOBS", "unit": "FTE", "quantity": "2.50"}, {"quantity": "2.5"}),
        ({"first": "2026-08-01", "last": "2026-08-31"}, {"started": "2026-08-01", "ended": "2026-08-31"}),
    ],
)
def test_it_is_typed_as_its_measure_is_and_nothing_is_made_up(
    council: Council, said: dict[str, str], cells: dict[str, str]
) -> None:
    council.comes("entry", **made_there(council, **said))
    (draft,) = drafted(council)
    assert {name: draft[name] for name in cells} == cells
    assert set(draft) == {"ref", "activity", "quantity", *cells}


NO_PLACE = [
    ({"contract": "EX-0"}, "There is no contract “EX-0” here."),
    ({"measure": "NT1"}, "“NT1” is no measure of this contract's catalogue."),
    ({"unit": "hours"}, "It is in hours, and WEEKS is in weeks."),
    ({"last": "2026-10-01"}, "No return of {reference} covers 01 July 2026 to 01 October 2026."),
    ({"first": "soon"}, "It doesn't say of which days it is."),
    ({"trouble": "“Apprentice hours” has no counterpart."}, "“Apprentice hours” has no counterpart."),
]
"""What an entry made there says, and why no return takes it."""


def test_what_no_return_takes_is_in_the_inbox_with_the_reason(council: Council) -> None:
    for number, (said, _) in enumerate(NO_PLACE):
        council.comes("entry", **made_there(council, external_id=f"P-{number}", **said))
    whys = [why.format(reference=council.reference) for _, why in NO_PLACE]
    assert [row.why for row in council.rows(PortalInbox)] == whys
    assert (drafted(council), council.rows(DraftEntry)) == ([], [])


def test_a_return_that_was_submitted_or_closed_takes_none(council: Council, clock: Clock) -> None:
    council.submit({"ref": "GIFTS", "quantity": "250"})
    council.comes("entry", **made_there(council))
    assert "was submitted already" in council.rows(PortalInbox)[0].why
    clock.forward(days=300)
    council.comes("entry", **made_there(council, external_id="P-13"))
    assert [row.kind for row in council.rows(PortalRecord) if row.state == "waiting"] == ["entry", "entry"]


def test_a_change_there_changes_the_draft_as_long_as_it_is_as_it_was_put(council: Council) -> None:
    council.comes("entry", **made_there(council, version="1"))
    council.comes("entry", **made_there(council, quantity="14", words="Three.", version="2"))
    council.comes("entry", **made_there(council, quantity="14", words="Four.", version="3"))
    (draft,) = drafted(council)
    assert (draft["quantity"], draft["words"]) == ("14", "Four.")

    (row,) = council.rows(DraftEntry)
    typed = {**draft, "quantity": "10"}
    how = {"return_id": council.return_id, "seen_version": council.version(), "draft_id": row.id}
    drafts.save_entry(council.uow, council.supplier, **how, typed=typed)
    council.comes("entry", **made_there(council, quantity="14", words="Four.", version="4"))
    assert council.rows(PortalInbox) == []
    for version in ("5", "6"):
        council.comes("entry", **made_there(council, quantity="15", version=version))
    assert drafted(council) == [typed]
    (waiting,) = council.rows(PortalInbox)
    assert waiting.why == "Its supplier changed the draft that was made of it, so it stays as they typed it."
    council.comes("entry", **made_there(council, quantity="10", words="Four.", version="7"))
    assert council.record("P-12").state == "same"


def test_a_draft_that_its_supplier_took_out_stays_out(council: Council) -> None:
    council.comes("entry", **made_there(council))
    (row,) = council.rows(DraftEntry)
    how = {"return_id": council.return_id, "seen_version": council.version(), "draft_id": row.id}
    drafts.remove_entry(council.uow, council.supplier, **how)
    council.comes("entry", **made_there(council))
    assert (drafted(council), council.rows(PortalInbox)) == ([], [])
    council.comes("entry", **made_there(council, quantity="14"))
    assert drafted(council) == []
    assert "its supplier took it out" in council.rows(PortalInbox)[0].why


def test_one_that_goes_to_another_contract_waits(council: Council, uow: UnitOfWork) -> None:
    an_award(uow, contract_id=a_contract(uow, authority_id=council.authority_id, reference="EX-OTHER"))
    council.comes("entry", **made_there(council))
    council.comes("entry", **made_there(council, contract="EX-OTHER"))
    assert [draft["quantity"] for draft in drafted(council)] == ["13"]
    assert council.record("P-12").state == "waiting"


def test_what_changes_there_after_it_was_submitted_is_a_conflict(council: Council) -> None:
    council.comes("entry", **made_there(council))
    (entry,) = council.submit()
    council.comes("entry", **made_there(council, quantity="14"))  # before the next run has recognised it
    record = council.record("P-12")
    assert (record.our_id, record.state) == (entry, "conflict")
    (conflict,) = council.rows(PortalConflict)
    assert (conflict.ours["quantity"], conflict.theirs["quantity"], conflict.is_ruled) == ("13", "14", False)


def test_of_several_entries_of_one_activity_the_first_is_its(council: Council, clock: Clock) -> None:
    council.comes("entry", **made_there(council))
    a_draft(council.uow, {"ref": "GIFTS", "quantity": "5", "activity": label(council)}, return_id=council.return_id)
    council.submit()
    entries = {row.ref: row.id for row in council.entries()}
    assert recognised(council) == 1
    assert council.record("P-12").our_id == entries["WEEKS"]


def test_two_authorities_can_have_a_record_of_the_same_name(council: Council, uow: UnitOfWork) -> None:
    other = a_council(uow)
    for one in (council, other):
        one.comes("entry", **made_there(one))
    assert len({row.label for row in council.rows(Activity)}) == 2
    assert len(drafted(council)) == len(drafted(other)) == 1


def test_what_waits_finds_its_place_once_there_is_one(council: Council, uow: UnitOfWork) -> None:
    council.comes("entry", **made_there(council, contract="EX-LATER"))
    council.comes("verdict", external_id="V-9", entry="P-12", decision="accepted", quantity="13")
    an_award(uow, contract_id=a_contract(uow, authority_id=council.authority_id, reference="EX-LATER"))
    assert due(council) == 0
    periods.open_returns(uow, OPERATOR, authority_id=council.authority_id, on=date.fromisoformat(FIRST))
    assert due(council) == 1
    assert [row.outcome for row in council.rows(PortalFiling)] == ["taken"]
    assert council.record("V-9").state == "waiting"
    (draft,) = council.rows(DraftEntry)
    (entry,) = a_submission(uow, return_id=draft.return_id)
    assert recognised(council) == 1
    assert due(council) == 1
    assert council.reviews(entry) == [("portal", "accepted", "")]
    assert due(council) == 0


def due(council: Council) -> int:
    return door.take_due(council.uow, OPERATOR, council.authority_id, "portal", council.terms)


def test_erased_words_are_not_put_back_by_a_listing(council: Council, uow: UnitOfWork) -> None:
    council.comes("entry", **made_there(council, words="Ann and Bob."))
    with uow.begin(OPERATOR) as work:
        for row in work.all(select(Words.c.id)):
            words.erase(work, row.id)
    council.comes("entry", listing=True, **made_there(council, words="Ann and Bob."))
    assert [row.text for row in council.rows(Words) if row.text] == []
