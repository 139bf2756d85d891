"""The exchange in the browser: how it stands, what differs and is settled, what waits and finds its place."""

from __future__ import annotations

import re

import portal_door
import pytest
from council_site import visitor_to
from exchange_site import ASKS, OURS_HOLDS, PORTAL, ExchangeSite
from sqlalchemy import select
from visits import Page

from quarterday import RecordKind
from quarterday.db.models import PortalConflict, PortalFiling, PortalSettlement, Words
from quarterday.services.portals import inbox, runs
from quarterday.services.portals.compared import Difference, Reconciliation, Tally, Total, Which
from quarterday.services.portals.deciding import settle
from quarterday.services.returns import reviews
from quarterday.testing.builders import OPERATOR, a_supplier, a_user, an_authority

WHY = "It was <b>agreed</b> by phone."
CODES = re.compile(r"\b(entry|verdict|contract|commitment)/\d+|under way|set aside\b(?!\.)|\bonly here\b")
"""What stands in the record, and means nothing to people: keys and states."""


def settlements(site: ExchangeSite) -> list[tuple[str, str]]:
    """How conflicts were settled, and why."""
    with site.uow.read(OPERATOR) as work:
        rows = work.all(
            select(PortalSettlement.c.decision, Words.c.text)
            .outerjoin(Words, Words.c.id == PortalSettlement.c.words_id)
            .order_by(PortalSettlement.c.id)
        )
    return [(row.decision, row.text or "") for row in rows]


def filings(site: ExchangeSite) -> list[tuple[str, int | None]]:
    """What was done with what waited, and about which claim it is."""
    with site.uow.read(OPERATOR) as work:
        rows = work.all(select(PortalFiling).order_by(PortalFiling.c.id))
    return [(row.outcome, row.entry_id) for row in rows]


def test_without_a_portal_the_page_says_who_sets_one(site: ExchangeSite) -> None:
    page = site.visitor().open("/portal")
    assert "No portal is set for your council" in page.text
    assert "Exchange now" not in page.text
    assert "Nothing was compared yet" in site.visitor("contract manager").open("/portal/comparison").text


def test_the_page_says_what_waits_and_how_all_of_it_stands(site: ExchangeSite) -> None:
    site.configure()
    site.claims_otherwise()
    site.comes_in_vain()
    page = site.visitor().open("/portal")
    assert "1 record that isn’t the same on both sides" in page.text
    assert "1 record from the portal that matches nothing here" in page.text
    assert "Entries 0 0 0 1 1 0" in page.text
    assert "1 July 2026 at 10:30am Exchange 3 read" in page.text
    assert not CODES.search(page.text)


def test_an_exchange_is_asked_for_once_however_often_it_is_pressed(site: ExchangeSite) -> None:
    site.configure()
    lead, manager = site.visitor(), site.visitor("contract manager")
    for browser in (lead, lead, manager):
        said = browser.send(browser.open("/portal"), "/portal/run")
        assert "The exchange begins in a moment" in said.text
    assert site.asked_for() == ["sync"]
    compared = manager.send(manager.open("/portal/comparison"), "/portal/comparison")
    assert "The comparison begins in a moment" in compared.text
    assert site.asked_for() == ["sync", "reconcile"]


def test_both_sides_of_a_claim_are_shown_in_words_and_ours_is_sent_again(site: ExchangeSite) -> None:
    conflict, manager = site.claims_otherwise(), site.visitor("contract manager")
    listed = manager.open("/portal/conflicts")
    assert f"Entry {site.entry} (P-12 in the portal) Apprenticeship weeks 13 weeks, Grounds maintenance" in listed.text
    assert "1 July 2026 to 30 September 2026" in listed.text
    address = f"/portal/conflicts/{conflict}"
    page = manager.open(address)
    assert "Quantity differs 13 weeks 7.5 weeks Contract Grounds maintenance" in page.text
    assert "Measure Apprenticeship weeks (WEEKS) Apprenticeship weeks (WEEKS) Unit weeks weeks" in page.text
    assert "Share of this contract 100% 100%" in page.text
    assert 'value="theirs"' not in page.html
    assert "Where the portal is right, ask them in a query on the entry." in page.text
    assert not CODES.search(page.text)
    done = manager.send(page, address, decision="ours", reason=WHY)
    assert "It is settled. The next exchange does the rest." in done.text
    assert "Nothing waits for anybody" in done.text
    assert settlements(site) == [("ours", WHY)]
    assert "Ours holds" in manager.open("/portal/conflicts?show=all").text
    after = manager.open(address)
    assert f"Ours holds, settled on 1 July 2026 at 10:30am. {WHY}" in after.text
    assert "<b>" not in after.html
    assert "Which one holds?" not in after.text


def test_what_the_portal_says_besides_is_shown_with_both_sides_and_in_the_inbox(site: ExchangeSite) -> None:
    besides = {"assessorGrade": "B2", "Kolonne <7>": "ungefähr"}
    staff = site.visitor()
    conflict_id = site.claims_otherwise(unknown=besides)
    inbox_id = site.comes_in_vain(unknown=besides)
    for page in (f"/portal/conflicts/{conflict_id}", f"/portal/inbox/{inbox_id}"):
        text = staff.open(page).text
        for name, value in besides.items():
            assert f"Said besides: {name}" in text
            assert value in text


def test_what_was_left_is_settled_otherwise_later(site: ExchangeSite) -> None:
    address = f"/portal/conflicts/{site.claims_otherwise()}"
    lead = site.visitor()
    lead.fill_in(address, decision="leave", reason="")
    assert "Both stay as they are" in lead.open(address).text
    lead.fill_in(address, decision="ours", reason=WHY)
    assert settlements(site) == [("leave", ""), ("ours", WHY)]


def test_a_portals_decision_is_taken_with_a_reason_of_ones_own(site: ExchangeSite) -> None:
    address = f"/portal/conflicts/{site.decides_otherwise()}"
    lead = site.visitor()
    page = lead.open(address)
    assert f"Decision on an entry {site.entry}" in page.text
    assert "Decision differs Accepted Rejected Quantity differs 13 weeks nothing" in page.text
    assert "Said in the portal: “No sign-in sheet.”" in page.text
    lead.send(page, address, decision="theirs", reason=WHY)
    *_, (actor, decision, reason) = site.council.reviews(site.entry)
    assert (actor.partition("/")[0], decision, reason) == ("user", "rejected", WHY)


def test_what_the_agreement_settled_is_shown_and_settled_otherwise(site: ExchangeSite) -> None:
    site.agree(site.council, OURS_HOLDS)
    address = f"/portal/conflicts/{site.decides_otherwise()}"
    lead = site.visitor()
    assert "Nothing waits for anybody" in lead.open("/portal/conflicts").text
    assert "Settled by what was agreed: Ours holds" in lead.open("/portal/conflicts?show=all").text
    assert "1 difference was settled by what was agreed" in lead.open("/portal").text
    page = lead.open(address)
    assert "You can settle it otherwise" in page.text
    assert re.findall(r'value="(ours|theirs|leave)"', page.html) == ["theirs"]
    lead.send(page, address, decision="theirs", reason=WHY)
    assert site.council.reviews(site.entry)[-1][1:] == ("rejected", WHY)


def test_of_two_persons_at_once_the_first_holds_and_the_other_sees_it(site: ExchangeSite) -> None:
    conflict = site.claims_otherwise()
    address, lead = f"/portal/conflicts/{conflict}", site.visitor()
    page = lead.open(address)
    settle(site.uow, site.council.staff, conflict_id=conflict, decision="leave", reason="Theirs is a draft.")
    late = lead.send(page, address, decision="ours", reason=WHY)
    assert (late.status, late.title.startswith("Error:")) == (422, True)
    assert "Somebody has settled this since you opened it" in late.errors
    assert "Theirs is a draft." in late.text
    assert late.value("reason") == WHY
    assert 'value="ours" checked' in late.html
    assert settlements(site) == [("leave", "Theirs is a draft.")]
    lead.send(late, address, decision="ours", reason=WHY)  # now they have seen it
    assert settlements(site)[1:] == [("ours", WHY)]


def test_what_is_no_choice_is_refused_with_all_that_was_typed(site: ExchangeSite) -> None:
    address, lead = f"/portal/conflicts/{site.claims_otherwise()}", site.visitor()
    refused = {
        "": "Choose what holds.",
        "mine": "Choose what holds.",
        "theirs": "Nothing here takes what the portal has",
    }
    for decision, wanted in refused.items():
        page = lead.fill_in(address, reason=WHY, decision=decision)
        assert (page.status, page.value("reason")) == (422, WHY)
        assert page.title.startswith("Error: Settle a difference")
        assert wanted in page.errors
    for seen in ("", "x", "-1", "²", "9" * 30):
        assert lead.fill_in(address, decision="ours", seen_version=seen).status == 422, seen
    assert settlements(site) == []


def test_what_waits_is_matched_to_a_claim_that_is_offered(site: ExchangeSite) -> None:
    site.council.comes("verdict", external_id="V-9", entry="P-404", decision="accepted", quantity="8", words=WHY)
    (one,) = site.waiting()
    lead = site.visitor()
    listed = lead.open("/portal/inbox")
    assert "Decision on an entry V-9" in listed.text
    page = lead.open(f"/portal/inbox/{one.id}")
    assert "Decision Accepted Quantity 8" in page.text
    assert "<b>" not in page.html
    entry = site.entry
    done = lead.fill_in(f"/portal/inbox/{one.id}", **{"is": "another", "entry": str(entry)})
    assert "It is matched, and has taken its place." in done.text
    assert "The inbox is empty" in done.text
    assert filings(site) == [("matched", entry)]
    assert site.council.reviews(entry)[-1][:2] == ("portal", "accepted")


def test_claims_of_the_contract_are_offered_by_what_they_are(site: ExchangeSite) -> None:
    entry = site.entry
    said = portal_door.made_there(site.council, quantity="13", external_id="P-5", measure="GIFTS", unit="£")
    site.council.comes("entry", **{**said, "trouble": "Which claim it is, the portal doesn't say."})
    (one,) = site.waiting()
    lead = site.visitor()
    page = lead.open(f"/portal/inbox/{one.id}")
    assert f"Entry {entry}: Apprenticeship weeks 13 weeks, 1 July 2026 to 30 September 2026" in page.text
    assert "Measure Gifts to charities (GIFTS)" in page.text
    lead.send(page, f"/portal/inbox/{one.id}", **{"is": str(entry)})
    assert filings(site) == [("matched", entry)]


def test_nonsense_is_refused_with_all_that_was_typed(site: ExchangeSite) -> None:
    address, lead = f"/portal/inbox/{site.comes_in_vain()}", site.visitor()
    for chosen in ("", "7"):
        assert "Choose what it is about, or set it aside." in lead.fill_in(address, **{"is": chosen}).errors
    for typed in ("", "12x", "²", "9" * 17, "99999"):
        page = lead.fill_in(address, reason=WHY, **{"is": "another", "entry": typed})
        assert (page.status, page.value("reason"), page.value("entry")) == (422, WHY, typed)
        assert page.title.startswith("Error:")
        wanted = "There is no such entry" if typed == "99999" else "Enter the number of the entry, like 128"
        assert wanted in page.errors
    assert filings(site) == []


def test_what_nobody_needs_is_set_aside_once(site: ExchangeSite) -> None:
    address, lead = f"/portal/inbox/{site.comes_in_vain()}", site.visitor()
    page = lead.open(address)
    assert "Why it waits There is no contract “EX-999” here." in page.text
    assert "It is set aside." in lead.send(page, address, **{"is": "aside"}, reason=WHY).text
    again = lead.send(page, address, **{"is": "aside"})
    assert (again.status, filings(site)) == (422, [("set aside", None)])
    assert "Somebody dealt with this since you opened it" in again.errors


def test_the_comparison_shows_totals_and_what_differs_in_words(site: ExchangeSite) -> None:
    site.configure()
    entry = site.entry
    with site.uow.begin(OPERATOR) as work:
        run = runs.begin(work, site.authority, PORTAL, "reconcile", "worker", terms=ASKS)
        found = Reconciliation(run, PORTAL, work.now, listed=3, rejected=1)
        found.tallies.append(Tally(RecordKind.ENTRY, ours=2, theirs=2, alike=1, different=1, unsent=4, unmapped=1))
        found.totals.append(Total(RecordKind.ENTRY, "WEEKS", "weeks", stopped=1))
        found.totals.append(Total(RecordKind.ENTRY, "K-9", "FTE"))
        odd = (Which.DIFFERENT, f"entry/{entry}", "P-12", ("quantity", "unit"))
        found.differences.append(Difference(RecordKind.ENTRY, *odd))
        found.differences.append(Difference(RecordKind.ENTRY, Which.ONLY_THERE, "", "P-13"))
        runs.end(work, run, found.counts())
    page = site.visitor().open("/portal/comparison")
    assert "Both sides don’t have the same" in page.text
    assert "1 record of the portal can’t be read" in page.text
    assert "Entries 2 2 1 1 0 0 4 0 1" in page.text
    assert "Entries Apprenticeship weeks (WEEKS) weeks 1 can’t be sent 0 0" in page.text
    assert "Entries K-9 full-time equivalents 0 0" in page.text
    assert f"Entry {entry} Apprenticeship weeks Grounds maintenance" in page.text
    assert "P-12 Different: Quantity, Unit" in page.text
    assert "Entry not known here P-13 Only in the portal" in page.text
    assert not CODES.search(page.text)


def test_records_are_listed_by_how_they_stand(site: ExchangeSite) -> None:
    site.claims_otherwise()
    site.comes_in_vain()
    lead = site.visitor()
    everything, differing = lead.open("/portal/records"), lead.open("/portal/records?state=conflict")
    assert "P-12" in everything.text
    assert "P-77" in everything.text
    assert "P-12" in differing.text
    assert "P-77" not in differing.text
    assert 'value="conflict" selected' in differing.html
    assert lead.open("/portal/records?state=%00x").text == everything.text
    assert "There are none." in lead.open("/portal/records?state=gone").text
    assert not CODES.search(everything.text)


def test_long_lists_have_pages(site: ExchangeSite) -> None:
    for number in range(51):
        site.comes_in_vain(f"P-{number:03}")
    lead = site.visitor()
    for address in ("/portal/inbox", "/portal/records", "/portal/records?state=waiting"):
        first = lead.open(address)
        further = following(first)
        second = lead.open(further)
        assert "P-049" in first.text
        assert "P-050" not in first.text
        assert "P-050" in second.text
        assert "P-049" not in second.text
        assert not re.search('rel="next"', second.html)
    assert "P-000" in lead.open("/portal/inbox?after=x").text
    assert lead.open(f"/portal/inbox?after={10**30}").status == 200


def test_long_lists_of_what_differs_have_pages(site: ExchangeSite) -> None:
    site.claims_otherwise()
    with site.uow.begin(OPERATOR) as work:
        (one,) = work.all(select(PortalConflict))
        for _ in range(50):
            work.add(PortalConflict, **{name: value for name, value in one._mapping.items() if name != "id"})
    lead = site.visitor()
    first = lead.open("/portal/conflicts?show=all")
    assert first.html.count(f"Entry {site.entry}<") == 50
    second = lead.open(following(first))
    assert second.html.count(f"Entry {site.entry}<") == 1
    assert "Show only those that wait for somebody" in second.text


def following(page: Page) -> str:
    """Where a list goes on."""
    (address,) = re.findall(r'href="([^"]+)" rel="next"', page.html)
    return str(address).replace("&amp;", "&")


def test_what_is_another_councils_is_not_there(site: ExchangeSite) -> None:
    conflict, waiting = site.claims_otherwise(), site.comes_in_vain()
    site.configure()
    stranger = site.visitor("lead", an_authority(site.uow))
    own = site.visitor()
    for address, typed in ((f"/portal/conflicts/{conflict}", {"decision": "ours"}), (f"/portal/inbox/{waiting}", {})):
        assert stranger.open(address).status == 404
        sent = stranger.send(
            own.open(address), address, csrf_token=stranger.open("/account").value("csrf_token"), **typed
        )
        assert sent.status == 404
        assert own.open(f"{address}0").status == 404
        assert own.open(f"{address}{10**18}").status == 404
    assert "P-12" not in stranger.open("/portal/records").text
    assert "No portal is set" in stranger.open("/portal").text
    assert (settlements(site), filings(site)) == ([], [])
    foreign = {"is": "another", "entry": str(site.entry)}
    theirs = portal_door.a_council(site.uow, terms=ASKS)
    theirs.comes("entry", **portal_door.made_there(theirs, contract="EX-999"))
    (one,) = inbox.inbox(site.uow, OPERATOR, authority_id=theirs.authority_id)
    they = site.visitor("lead", theirs.authority_id)
    refused = they.fill_in(f"/portal/inbox/{one.id}", **foreign)
    assert refused.status == 422
    assert filings(site) == []


def test_suppliers_see_nothing_of_it(site: ExchangeSite) -> None:
    conflict, waiting = site.claims_otherwise(), site.comes_in_vain()
    supplier = visitor_to(site.app, site.uow, a_user(site.uow, supplier_id=a_supplier(site.uow)))
    for address in (
        "",
        "/conflicts",
        f"/conflicts/{conflict}",
        "/inbox",
        f"/inbox/{waiting}",
        "/comparison",
        "/records",
    ):
        assert supplier.open(f"/portal{address}").status == 404, address


def test_an_administrator_settles_too(site: ExchangeSite, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QUARTERDAY_SECRET_KEY", "a key for tests, of which nobody is to think much")
    address, administrator = f"/portal/conflicts/{site.claims_otherwise()}", site.visitor("administrator")
    assert administrator.open(address).status != 200
    administrator.pass_second_factor(site.uow.clock.now)
    administrator.fill_in(address, decision="leave", reason="")
    assert settlements(site) == [("leave", "")]


def test_a_claim_that_was_decided_meanwhile_is_not_settled_by_what_stood_there(site: ExchangeSite) -> None:
    address, lead = f"/portal/conflicts/{site.decides_otherwise()}", site.visitor()
    page = lead.open(address)
    reviews.reject(site.uow, site.council.staff, entry_id=site.entry, reason="Another's weeks.")
    late = lead.send(page, address, decision="ours", reason=WHY)
    assert (late.status, late.value("reason")) == (422, WHY)
    assert "One of the two was changed since" in late.errors
