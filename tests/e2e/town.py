"""A town to visit: a council with everything that a page can show, and a neighbour whose things are nobody's here."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from io import BytesIO
from pathlib import Path

import pytest
from paid import a_ledger
from with_a_portal import an_exchange

from quarterday.services.access import keys, links, second_factor
from quarterday.services.access.permissions import MemberRole
from quarterday.services.installation import beginnings
from quarterday.services.measures.catalogues import catalogue
from quarterday.services.measures.values import value_set
from quarterday.services.messages.invitations import invite
from quarterday.services.organisations import authorities, local_areas, people, periods, suppliers
from quarterday.services.plugins import pauses
from quarterday.services.plugins.children import PluginFault
from quarterday.services.promises import Promise, awards
from quarterday.services.promises.contracts import NewContract, add_contract
from quarterday.services.record import Actor, UnitOfWork, open_record
from quarterday.services.returns import drafts, evidencing, reviews, standing, submissions
from quarterday.testing.authenticator import code_at
from quarterday.testing.builders import OPERATOR, PROMISES, a_catalogue, a_value_set
from quarterday.testing.clock import Clock

QUARTERDAY = [sys.executable, "-c", "from quarterday.cli.main import main; main()"]
AREA = "E08000018"
SETTINGS = """mail_sink = "mailbox"

[plugins.webforms]
council = "Northmoor Borough Council"
email = "social.value@northmoor.example"
"""
CARE = {ref: Promise(text) for ref, text in {"NT1": "12", "NT10": "104", "NT7": "320", "NT31": "60"}.items()} | {
    "NT28": Promise("3000")
}
EVERYTHING = {**PROMISES, "HOURS": Promise("60"), "SPEND": Promise("9000"), "INVESTED": Promise("800")}
HOMES = ("Extra care, Mill Lane", "Respite care", "Telecare", "Home support, east", "Welfare helpline")
LOCAL = {"part_postcode": "S60 1"}
JOBS = {"ref": "NT1", "activity": "Team", "people": "2", "full_time_share": "1", "months": "3", **LOCAL}
WEEKS = {"ref": "NT10", "activity": "Apprentices", "people": "1", "weeks": "13", "is_completed": "yes"}
CLUB = {"ref": "NT7", "activity": "Job club", "hours": "2", "attendees": "8"}
GIFT = {"ref": "NT28", "activity": "Food bank", "quantity": "250.10", "words": "Given to a food bank."}
CARBON = {
    "ref": "NT31",
    "baseline": "14.2",
    "baseline_year": "2024",
    "after": "11",
    "has_net_zero_policy": "yes",
    "checked_by": "an energy assessor",
}
REPORTED = (JOBS, WEEKS, CLUB, GIFT, CARBON)
OF_EACH_KIND = (
    {"ref": "JOBS", "people": "2", "full_time_share": "0.5", "months": "3", "is_local": "yes"},
    {"ref": "SPEND", "quantity": "1000.50", "part_postcode": "S60 1"},
    {"ref": "WEEKS", "people": "2", "weeks": "6", "words": "Two apprentices, six weeks each."},
    {"ref": "HOURS", "hours": "2", "attendees": "8", "activity": "Careers fair", "contract_share": "1/4"},
    {"ref": "GIFTS", "quantity": "soon"},
    {"ref": "INVESTED", "quantity": "1000", "staff_hours": "3"},
    {"ref": "ACCESS", "quantity": "40"},
    {"ref": "POLICY", "quantity": "yes"},
    {"ref": "WASTE", "quantity": "62.5"},
)
"""Rows of :func:`a_catalogue`, one of each sort; one of them says what is no number."""

Scene = Mapping[str, int | str]
"""Parts of addresses that belong together: which return, which entry of it, and so on, by their names in the routes."""


@dataclass(frozen=True, slots=True)
class Town:
    """Who there is, and where there is something to see."""

    folder: Path
    secret: str
    """Of the administrator's authenticator app."""
    people: Mapping[str, int]
    """Role → user id."""
    own: Sequence[Scene]
    foreign: Sequence[Scene]
    """The same at the neighbour's: its authority's and its supplier's."""
    blank: Sequence[int]
    """Returns of the supplier's in which nothing is written yet, one for each way through the pages."""
    one_return: int
    """The return for which somebody has a link that opens nothing else."""
    submitted_return: int


@contextmanager
def at_home(folder: Path, address: str = "http://127.0.0.1:1") -> Iterator[None]:
    """Let this process be the installation in a folder, whose pages are at an address."""
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith("QUARTERDAY_")]:
            patch.delenv(name)
        patch.setenv("QUARTERDAY_DATA_DIR", str(folder))
        patch.setenv("QUARTERDAY_PUBLIC_URL", address)
        yield


def quarter_of(day: date, back: int) -> date:
    """The first day of the quarter so many before the one that a day lies in."""
    month = day.year * 12 + (day.month - 1) // 3 * 3 - 3 * back
    return date(month // 12, month % 12 + 1, 1)


def build(folder: Path) -> Town:
    """Lay the town down in an empty folder, through the use cases, with a clock that is moved up to now."""
    (folder / "quarterday.toml").write_text(SETTINGS)
    with at_home(folder):
        builder = _Builder(folder)
        town = builder.town()
        builder.close()
        subprocess.run([*QUARTERDAY, "worker", "--once"], check=True, capture_output=True)
    return town


class _Builder:
    """What laying down needs at every step."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._now = datetime.now(UTC)
        self._begins = quarter_of(self._now.date(), 2)
        self._clock = Clock(datetime.combine(self._begins, time(6), UTC))

    def town(self) -> Town:
        beginnings.begin(
            beginnings.Answers(
                council="Northmoor Borough Council",
                key="northmoor",
                first_month=4,
                local_area=(AREA,),
                administrator="Ines Okafor",
                email="ines.okafor@northmoor.example",
            ),
            clock=self._clock,
        )
        self._uow = uow = open_record(self._clock)
        self._keeper = evidencing.open_keeper()
        home = authorities.authority_by_key(uow, OPERATOR, "northmoor").id
        away = authorities.add_authority(uow, OPERATOR, key="westvale", name="Westvale Council")
        local_areas.define(
            uow, OPERATOR, authority_id=away, codes=[AREA], name="The borough", valid_from=self._clock.now.date()
        )
        harbour = suppliers.add_supplier(uow, OPERATOR, name="Harbour Lights Care", identifiers={"GB-CHC": "1098761"})
        tidewell = suppliers.add_supplier(uow, OPERATOR, name="Tidewell Facilities Ltd")
        users = {
            "contract manager": self._user("Tom Ackroyd", "contract manager", authority_id=home),
            "lead": self._user("Priya Marlow", "lead", authority_id=home),
            "supplier": self._user("Grace Adeyemi", "supplier", supplier_id=harbour),
            "administrator": people.person_with(uow, OPERATOR, "ines.okafor@northmoor.example"),
            "neighbour": self._user("Mandy Frost", "supplier", supplier_id=tidewell),
        }
        helper = self._user("Sam Hollis", "supplier", supplier_id=harbour)
        mate = self._user("Kit Lomax", "supplier", supplier_id=harbour)
        abroad = self._user("Owen Prosser", "contract manager", authority_id=away)
        manager = Actor(
            f"user/{users['contract manager']}",
            user_id=users["contract manager"],
            authority_id=home,
            role=MemberRole.MANAGER,
        )
        stranger = Actor(f"user/{abroad}", user_id=abroad, authority_id=away, role=MemberRole.MANAGER)
        grace = Actor(f"user/{users['supplier']}", user_id=users["supplier"], supplier_id=harbour)
        mandy = Actor(f"user/{users['neighbour']}", user_id=users["neighbour"], supplier_id=tidewell)

        care = self._contract("NM-101", "Day centres for older people", home, harbour, manager, CARE)
        mixed = self._contract("NM-102", "Holiday activities for children", home, harbour, manager, EVERYTHING)
        blank = [
            self._contract(f"NM-{103 + number}", title, home, harbour, manager, CARE)
            for number, title in enumerate(HOMES)
        ]
        waste = self._contract("WV-1", "Waste collection", away, tidewell, stranger, CARE)

        own, foreign = [], []
        first, second, third = (quarter_of(self._now.date(), back) for back in (2, 1, 0))
        self._open(second, (home, away))
        for scene in (self._submitted(care, first, grace), self._submitted(mixed, first, grace, OF_EACH_KIND[:4])):
            reviews.accept_plain(uow, manager, return_id=int(scene["return_id"]))
        self._open(third, (home, away))
        sent = self._submitted(care, second, grace, (*REPORTED, {**GIFT, "activity": "A raffle"}))
        self._decide(manager, int(sent["return_id"]))
        own += [self._queried(sent), sent]
        foreign_sent = self._submitted(waste, second, mandy)
        self._decide(stranger, int(foreign_sent["return_id"]))
        foreign += [self._queried(foreign_sent), foreign_sent]
        self._clock.now = self._now
        self._open(self._now.date(), (home, away))
        own += [self._written(care, third, grace, (JOBS, GIFT)), *self._each(mixed, third, grace)]
        foreign.append(self._written(waste, third, mandy, (JOBS, GIFT)))
        one_return = int(own[2]["return_id"])
        _break(uow, manager.authority_id)
        invite(uow, manager, return_id=one_return, user_id=users["supplier"])
        ours = {"supplier_id": harbour, "user_id": users["lead"], "reporter_id": helper, "colleague_id": mate}
        stranger_id = users["neighbour"]
        ours |= a_ledger(self._uow, self._folder, home)
        ours |= an_exchange(self._uow, self._folder, home, int(sent["entry_id"]))
        theirs = a_ledger(self._uow, self._folder, away) | {
            **an_exchange(self._uow, self._folder, away, int(foreign_sent["entry_id"])),
            "supplier_id": tidewell,
            "user_id": abroad,
            "reporter_id": stranger_id,
            "colleague_id": stranger_id,
        }
        return Town(
            folder=self._folder,
            secret=self._enrolled(users["administrator"]),
            people=users,
            own=[{**one, **ours} for one in own],
            foreign=[{**one, **theirs} for one in foreign],
            blank=[periods.return_of(uow, OPERATOR, contract_id=contract, day=third) for contract in blank],
            one_return=one_return,
            submitted_return=int(sent["return_id"]),
        )

    def close(self) -> None:
        """Let go of the record, so that its folder can be copied."""
        self._uow.engine.dispose()

    def _user(self, name: str, role: str, **with_: int) -> int:
        email = f"{name.lower().replace(' ', '.')}@{role.replace(' ', '-')}.example"
        return people.add_user(self._uow, OPERATOR, email=email, name=name, role=role, **with_)

    def _contract(
        self, reference: str, title: str, authority: int, supplier: int, owner: Actor, promises: Mapping[str, Promise]
    ) -> int:
        area = local_areas.definitions(self._uow, OPERATOR, authority_id=authority)[0].id
        contract = add_contract(
            self._uow,
            OPERATOR,
            authority_id=authority,
            contract=NewContract(
                reference=reference,
                title=title,
                starts=self._begins,
                ends=quarter_of(self._begins, -8) - timedelta(days=1),
                parties={supplier: "lead"},
                owner_id=owner.user_id,
            ),
        )
        is_made_up = promises is EVERYTHING
        edition = a_catalogue() if is_made_up else catalogue("toms-rotherham")
        awards.award(
            self._uow,
            OPERATOR,
            contract_id=contract,
            edition=edition,
            value_set=a_value_set() if is_made_up else value_set("illustrative", edition),
            local_area_id=area,
            promises=promises,
        )
        return contract

    def _open(self, day: date, of: Sequence[int]) -> None:
        self._clock.now = max(self._clock.now, min(datetime.combine(day, time(9), UTC), self._now))
        for authority in of:
            periods.open_returns(self._uow, OPERATOR, authority_id=authority, on=day - timedelta(days=1))
            periods.open_returns(self._uow, OPERATOR, authority_id=authority, on=day)

    def _written(
        self, contract: int, day: date, actor: Actor, rows: Sequence[Mapping[str, str]]
    ) -> dict[str, int | str]:
        """The scene of a return with these rows written; evidence of each kind stands behind the first of them."""
        return_id = periods.return_of(self._uow, OPERATOR, contract_id=contract, day=day)
        written = []
        for row in rows:
            typed = {**row, "activity": f"{row.get('activity', row['ref'])}, {contract}, {day:%B}"}
            version = standing.whole_return(self._uow, actor, return_id=return_id).version
            saved = drafts.save_entry(self._uow, actor, return_id=return_id, seen_version=version, typed=typed)
            written.append(saved.draft_id)
        at = {"return_id": return_id, "draft_id": written[0]}
        counts = BytesIO(f"label,months\nTeam {return_id},3\n".encode())
        evidencing.attach_link(
            self._uow, actor, self._keeper, **at, address=f"https://harbour.example/photos/{return_id}"
        )
        evidencing.attach_statement(self._uow, actor, self._keeper, **at, text="Our payroll shows it.")
        piece = evidencing.attach_file(self._uow, actor, self._keeper, **at, name="payroll-counts.csv", stream=counts)
        return {**at, "contract_id": contract, "ref": rows[0]["ref"], "evidence_id": piece.evidence_id}

    def _each(self, contract: int, day: date, actor: Actor) -> list[Scene]:
        """A scene for each sort of measure."""
        scene = self._written(contract, day, actor, OF_EACH_KIND)
        first = int(scene["draft_id"])
        of_return = standing.whole_return(self._uow, actor, return_id=int(scene["return_id"])).drafts
        return [
            scene,
            *({**scene, "draft_id": draft.id, "ref": draft.typed["ref"]} for draft in of_return if draft.id != first),
        ]

    def _submitted(
        self, contract: int, day: date, actor: Actor, rows: Sequence[Mapping[str, str]] = REPORTED
    ) -> dict[str, int | str]:
        """The scene of a return with these rows submitted."""
        scene = self._written(contract, day, actor, rows)
        return_id = int(scene["return_id"])
        version = standing.whole_return(self._uow, actor, return_id=return_id).version
        submissions.submit(self._uow, actor, return_id=return_id, seen_version=version, declared_as="finance manager")
        entries = standing.whole_return(self._uow, actor, return_id=return_id).entries
        return {
            **{name: part for name, part in scene.items() if name != "draft_id"},
            "entry_id": entries[-1].id,
        }

    def _decide(self, manager: Actor, return_id: int) -> None:
        """Accept one entry, part of another, query a third, reject a fourth; the rest stay undecided."""
        jobs, weeks, club, gift, *_ = standing.whole_return(self._uow, manager, return_id=return_id).entries
        reviews.accept(self._uow, manager, entry_id=jobs.id)
        reviews.accept(self._uow, manager, entry_id=weeks.id, quantity="6", reason="The evidence shows six weeks.")
        reviews.query(self._uow, manager, entry_id=club.id, reason="Which school was it?")
        reviews.reject(self._uow, manager, entry_id=gift.id, reason="This was general giving.")

    def _queried(self, sent: Scene) -> Scene:
        """The scene of the entry that is queried."""
        entries = standing.whole_return(self._uow, OPERATOR, return_id=int(sent["return_id"])).entries
        (entry,) = (entry for entry in entries if entry.decision == "queried")
        return {**sent, "entry_id": entry.id, "ref": entry.measure.ref}

    def _enrolled(self, user_id: int) -> str:
        token = links.for_operator(self._uow, OPERATOR, user_id=user_id)
        link = links.link_for(keys.installed(), token)
        opened = links.use(self._uow, link, browser=None, client_label="Firefox on Linux")
        secret = second_factor.begin(self._uow, opened.visit).secret
        second_factor.confirm(self._uow, opened.visit, code_at(secret, self._clock.now, steps=-1))
        return secret


def _break(uow: UnitOfWork, authority_id: int | None) -> None:
    """Have a source break so often that it rests for the authority."""
    for _ in range(pauses.MOST_FAULTS):
        with suppress(PluginFault), pauses.faults_counted(uow, authority_id, "scheduler", "returned-mail"):
            raise PluginFault("The source “returned-mail” ended its process.")


def a_link(town: Town, role: str) -> str:
    """The path of a link that signs somebody of the town in; for “one return” the one that opens that alone.

    Where it is used is a copy of the town: its record is the one in the data folder of this process.
    """
    uow = open_record()
    if role == "one return":
        return links.link_for(keys.installed(), _for_return(uow, town))
    return links.link_for(keys.installed(), links.for_operator(uow, OPERATOR, user_id=town.people[role]))


def _for_return(uow: UnitOfWork, town: Town) -> int:
    with uow.begin(OPERATOR) as work:
        return links.for_return(work, town.people["supplier"], town.one_return)
