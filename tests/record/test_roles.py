"""Who may do what: every use case × every role, in their own scope, in another's and in none."""

from __future__ import annotations

import pkgutil
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, fields, is_dataclass, replace
from datetime import date
from importlib import import_module
from inspect import Parameter, isfunction, signature
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from council import ENDS, LICENCE, OWN_VALUES, Kept

from quarterday import services
from quarterday.db.engine import open_engine
from quarterday.db.work import Actor, UnitOfWork, Work
from quarterday.domain.contracts import MemberRole
from quarterday.domain.permissions import Permission
from quarterday.errors import NotAllowed, Refused, Trouble
from quarterday.evidence import Keeper, Store
from quarterday.ports import Document, DocumentKind, PortalTerms, RecordKind
from quarterday.registry import installed
from quarterday.services.figures.as_at import Wanted
from quarterday.services.figures.bridge import View
from quarterday.services.figures.desk import Asked, Queue
from quarterday.services.figures.reporting import Format, Ordered
from quarterday.services.imports.commitments import MeasuredBy
from quarterday.services.messages.bounces import Outcome
from quarterday.services.messages.templates import standard_source
from quarterday.services.portals import naming
from quarterday.services.promises.contracts import NewContract
from quarterday.services.returns import standing
from quarterday.testing.builders import OPERATOR, PROMISES, a_catalogue, a_value_set
from quarterday.testing.clock import Clock

PAPER = Document(DocumentKind.REPORT, "x.csv", "text/csv", b"x")
IN_SCOPE, THE_OPERATOR = "whoever has it in their scope", "the operator"
REPORT, REVIEW, SEE, KEEP = Permission.REPORT, Permission.REVIEW, Permission.SEE_FIGURES, Permission.KEEP_CONTRACTS
SET, WORD, WATCH = Permission.SET_VALUES, Permission.WORD_MESSAGES, Permission.SEE_STATUS
ADMINISTER = Permission.ADMINISTER

RULES: Mapping[str, Permission | str] = {
    "access.colleagues.add_colleague": REPORT,
    "access.colleagues.end_colleague": REPORT,
    "access.links.for_operator": THE_OPERATOR,
    "access.roster.colleague": ADMINISTER,
    "access.roster.reporters_of": IN_SCOPE,
    "access.roster.staff_of": ADMINISTER,
    "access.second_factor.reset": ADMINISTER,
    "access.sessions.end_all": ADMINISTER,
    "access.sessions.sessions_of": ADMINISTER,
    "access.welcoming.join": ADMINISTER,
    "access.welcoming.welcome_again": ADMINISTER,
    "background.deliveries.deliveries": ADMINISTER,
    "background.deliveries.number_of": ADMINISTER,
    "background.deliveries.retry": ADMINISTER,
    "background.exchanges.ask_for": REVIEW,
    "background.scheduled.pause": THE_OPERATOR,
    "background.scheduled.resume": THE_OPERATOR,
    "background.scheduled.run": THE_OPERATOR,
    "background.scheduled.scheduled": THE_OPERATOR,
    "background.status.status": WATCH,
    "exchange.exporting.export_authority": ADMINISTER,
    "exchange.importing.import_authority": THE_OPERATOR,
    "figures.bridge.bridge": IN_SCOPE,
    "figures.desk.desk": SEE,
    "figures.desk.queues": SEE,
    "figures.desk.shelf": SEE,
    "figures.explaining.explain": IN_SCOPE,
    "figures.explaining.explain_entry": IN_SCOPE,
    "figures.for_review.for_review": SEE,
    "figures.in_hand.in_hand": REPORT,
    "figures.my_returns.my_returns": IN_SCOPE,
    "figures.one_contract.one_contract": SEE,
    "figures.recomputing.recompute": IN_SCOPE,
    "figures.publishing.publish": SET,
    "figures.reporting.build": IN_SCOPE,
    "figures.reporting.build_into": IN_SCOPE,
    "figures.reporting.built": IN_SCOPE,
    "figures.reporting.send": IN_SCOPE,
    "imports.commitments.import_commitments": KEEP,
    "imports.contracts.import_contracts": KEEP,
    "imports.suppliers.import_suppliers": KEEP,
    "installation.evidence_upkeep.sweep": THE_OPERATOR,
    "installation.evidence_upkeep.take_stock": THE_OPERATOR,
    "ledger.asking.ask": SET,
    "ledger.beside.ledger_of_contract": SEE,
    "ledger.triggers.set_trigger": KEEP,
    "measures.loading_values.kept_value_set": IN_SCOPE,
    "measures.loading_values.kept_values": IN_SCOPE,
    "measures.loading_values.load_values": SET,
    "measures.loading_values.values_named": IN_SCOPE,
    "messages.bounces.note": THE_OPERATOR,
    "messages.bounces.unreached": SEE,
    "messages.invitations.invite": KEEP,
    "messages.invitations.who_reports": IN_SCOPE,
    "messages.wording.send_test": WORD,
    "messages.wording.word": WORD,
    "messages.wording.wording": IN_SCOPE,
    "messages.wording.wordings": IN_SCOPE,
    "organisations.authorities.add_authority": THE_OPERATOR,
    "organisations.authorities.authorities": IN_SCOPE,
    "organisations.authorities.authority_by_key": IN_SCOPE,
    "organisations.local_areas.define": SET,
    "organisations.local_areas.definition_of_name": IN_SCOPE,
    "organisations.local_areas.definitions": IN_SCOPE,
    "organisations.people.add_user": ADMINISTER,
    "organisations.people.end_role": ADMINISTER,
    "organisations.people.members": IN_SCOPE,
    "organisations.people.person_with": IN_SCOPE,
    "organisations.periods.open_returns": KEEP,
    "organisations.periods.return_of": IN_SCOPE,
    "organisations.suppliers.add_alias": KEEP,
    "organisations.suppliers.add_identifier": KEEP,
    "organisations.suppliers.add_supplier": KEEP,
    "organisations.suppliers.supplier_called": IN_SCOPE,
    "organisations.suppliers.suppliers": IN_SCOPE,
    "plugins.configuring.configure": ADMINISTER,
    "plugins.configuring.shown": ADMINISTER,
    "plugins.pauses.pauses": SEE,
    "plugins.pauses.resume": ADMINISTER,
    "portals.candidates.candidates": REVIEW,
    "portals.conflicts.conflict": SEE,
    "portals.conflicts.conflicts": SEE,
    "portals.deciding.settle": REVIEW,
    "portals.door.take_due": THE_OPERATOR,
    "portals.inbox.file": REVIEW,
    "portals.inbox.inbox": SEE,
    "portals.inbox.waiting_one": SEE,
    "portals.naming.measures": SEE,
    "portals.naming.subjects": SEE,
    "portals.overview.overview": SEE,
    "portals.overview.records": SEE,
    "portals.reconciling.reconciliation": SEE,
    "portals.runs.one": SEE,
    "portals.runs.runs": SEE,
    "portals.suggestions.suggestions_of": SEE,
    "promises.awards.award": KEEP,
    "promises.awards.commitments": IN_SCOPE,
    "promises.awards.vary": KEEP,
    "promises.contracts.add_contract": KEEP,
    "promises.contracts.contract_by_reference": IN_SCOPE,
    "promises.contracts.contracts": IN_SCOPE,
    "promises.dossier.dossier": IN_SCOPE,
    "promises.ends.change_end": KEEP,
    "promises.handovers.change_owner": KEEP,
    "promises.handovers.hand_over_all": KEEP,
    "promises.handovers.move": THE_OPERATOR,
    "promises.handovers.novate": KEEP,
    "promises.opening.add_opening_balance": KEEP,
    "promises.opening.opening_balances": IN_SCOPE,
    "promises.pinning.pin_values": SET,
    "promises.unmanaged.unmanaged": IN_SCOPE,
    "reminders.failures.tell_of_failures": THE_OPERATOR,
    "reminders.ladders.ladder": SEE,
    "reminders.ladders.set_ladder": WORD,
    "reminders.ladders.standing": SEE,
    "reminders.simulating.simulate": SEE,
    "reminders.ticking.tick": THE_OPERATOR,
    "returns.acting.acting_for": THE_OPERATOR,
    "returns.activities.add_activity": REPORT,
    "returns.activities.carry_over": REPORT,
    "returns.activities.share_activity": REPORT,
    "returns.drafts.remove_entry": REPORT,
    "returns.drafts.save_entry": REPORT,
    "returns.evidencing.attach_file": REPORT,
    "returns.evidencing.attach_link": REPORT,
    "returns.evidencing.attach_statement": REPORT,
    "returns.evidencing.detach": REPORT,
    "returns.evidencing.erase_evidence": ADMINISTER,
    "returns.evidencing.evidence_of": IN_SCOPE,
    "returns.evidencing.open_evidence": IN_SCOPE,
    "returns.extensions.extend": KEEP,
    "returns.filling.fill": REPORT,
    "returns.filling.promised_measures": IN_SCOPE,
    "returns.nothing_done.say_nothing": REPORT,
    "returns.reviews.accept": REVIEW,
    "returns.reviews.accept_plain": REVIEW,
    "returns.reviews.answer": REPORT,
    "returns.reviews.query": REVIEW,
    "returns.reviews.reject": REVIEW,
    "returns.standing.returns": IN_SCOPE,
    "returns.standing.whole_return": IN_SCOPE,
    "returns.submissions.submit": REPORT,
}
"""The one table: what each use case asks of who calls it. Whoever has a permission has it within their scope only."""

FOR_ALL = {
    "organisations.authorities.authorities": "an authority that has nothing still sees itself",
    "organisations.suppliers.suppliers": "suppliers are one register for all authorities",
    "organisations.suppliers.supplier_called": "suppliers are one register for all authorities",
    "organisations.suppliers.add_alias": "suppliers are one register for all authorities",
    "organisations.suppliers.add_identifier": "suppliers are one register for all authorities",
    "organisations.suppliers.add_supplier": "suppliers are one register for all authorities",
    "imports.suppliers.import_suppliers": "suppliers are one register for all authorities",
}
"""What an actor of another authority gets something from, and why."""


def use_cases() -> Iterator[tuple[str, Callable[..., Any]]]:
    """Every public function of the services that somebody calls with a record and as somebody."""
    for module in pkgutil.walk_packages(services.__path__, "quarterday.services."):
        for name, function in vars(import_module(module.name)).items():
            is_its_own = isfunction(function) and function.__module__ == module.name and not name.startswith("_")
            if is_its_own and list(signature(function).parameters)[:2] == ["uow", "actor"]:
                yield f"{module.name.removeprefix('quarterday.services.')}.{name}", function


USE_CASES = dict(use_cases())


def test_every_use_case_has_its_rule() -> None:
    steps = {"imports.intake.take_in"}  # what the three imports share
    assert set(USE_CASES) - steps == set(RULES)


class Rehearsing(UnitOfWork):
    """A record in which everything happens, and nothing of it stays."""

    @contextmanager
    def begin(self, actor: Actor) -> Iterator[Work]:
        with self.engine.connect() as connection, connection.begin() as transaction:
            yield Work(connection, self.clock(), actor)
            transaction.rollback()


@dataclass(frozen=True)
class Stage:
    """A council, what its use cases are called with, and who calls them."""

    uow: Rehearsing
    given: Mapping[str, Any]
    actors: Mapping[str, Actor]
    strangers: Sequence[Actor]
    """An administrator of an authority, and somebody of a supplier, that have to do with nothing of it."""

    def call(self, name: str, actor: Actor) -> Any:
        """What comes of a use case; what it needs is named by its parameters."""
        function = USE_CASES[name]
        named, own = signature(function).parameters, self.given.get(name, {})
        wanted = [one for one in list(named.values())[2:] if one.default is Parameter.empty or one.name in own]
        given = {one.name: own[one.name] if one.name in own else self.given[one.name] for one in wanted}
        return function(self.uow, actor, **given)


@pytest.fixture
def stage(council_file: Kept, tmp_path: Path, secret_key: str) -> Iterator[Stage]:
    """On SQLite alone: who may do what doesn't turn on the database."""
    shutil.copy(council_file.record, tmp_path / "record.db")
    engine, council = open_engine(f"sqlite:///{tmp_path / 'record.db'}"), council_file.council
    uow, staff = Rehearsing(engine, Clock(ENDS)), council.staff.user_id
    yield Stage(
        uow=uow,
        given=arguments(uow, council_file, tmp_path),
        actors={
            "nobody": Actor("somebody", user_id=staff),
            "a supplier": council.supplier,
            **{role.value: replace(council.staff, role=role) for role in MemberRole if role is not MemberRole.SUPPLIER},
            "the operator": OPERATOR,
        },
        strangers=(
            Actor("user/900", user_id=900, authority_id=council.neighbour_id + 1, role=MemberRole.ADMINISTRATOR),
            Actor("user/901", user_id=901, supplier_id=3),
        ),
    )
    engine.dispose()


def arguments(uow: UnitOfWork, kept: Kept, folder: Path) -> dict[str, Any]:
    """What there is of each sort, by the name of the parameter that asks for it; by use case where one differs."""
    council, edition = kept.council, a_catalogue()
    done = next(one for one in standing.returns(uow, OPERATOR, contract_id=council.own_values) if one.entries)
    entry = standing.whole_return(uow, OPERATOR, return_id=done.id).entries[0]
    today, words = date(2026, 11, 2), "Because."
    sheets = {
        "contracts": "reference,title,starts,ends,supplier\nN-1,N,1/4/26,31/3/27,Alder Advice\n",
        "commitments": "reference,measure,quantity\nNM-1,WEEKS,1\n",
        "suppliers": "supplier name,company number\nNew Ltd,07654321\n",
        "values": OWN_VALUES,
    }
    for sheet, content in sheets.items():
        (folder / sheet).with_suffix(".csv").write_text(content)
    deal = {"promises": PROMISES, "edition": edition, "value_set": a_value_set()}
    keeper = Keeper(Store(str(kept.evidence)))
    staff = council.staff.user_id
    new = NewContract(reference="X", title="X", starts=today, ends=today, parties={1: "lead"})
    return {
        "contract_id": council.own_values, "return_id": done.id, "entry_id": entry.id, "draft_id": 1, "activity_id": 1,
        "authority_id": council.authority_id, "supplier_id": council.supplier.supplier_id, "user_id": staff,
        "evidence_id": 1, "leaving_id": staff, "entering_id": staff, "ids": [1], "seen_version": 0,
        "day": today, "on": today, "since": today, "ends": today, "as_of": today, "first": today, "last": today,
        "due": today, "at": ENDS, "reason": words, "text": words, "name": words, "label": words, "source": words,
        "declared_as": words, "ref": "WEEKS", "quantity": "1", "part": "1/3", "typed": {"ref": "WEEKS", "weeks": "1"},
        "email": "r@example.org", "role": "lead", "key": "new", "scheme": "GB-COH", "value": "07654321",
        "reference": "NM-1", "address": "https://example.org/", "stream": BytesIO(b"x"), "folder": folder / "new",
        "path": folder / "commitments.csv",
        "stated": LICENCE, "measured_by": MeasuredBy(edition=edition), "queue": Queue.READY, "asked": Asked(),
        "wanted": Wanted(),
        "ordered": Ordered(authority_id=council.authority_id, form=Format.JSON, at=ENDS), "sink": "folder",
        "keeper": keeper, "store": keeper.store, "told": lambda *_: None, "registry": installed(), "plugin": "folder",
        "inbox_id": 1, "conflict_id": 1, "run_id": 1, "portal": "portal", "entry_ids": [entry.id],
        "answers": {}, "data": {}, "job": "seal", "kind": "receipt", "outcome": Outcome.NEVER, "as_supplier": True,
        **deal,
        "promises.contracts.add_contract": {"contract": new},
        "organisations.authorities.authority_by_key": {"key": "northmoor"},
        "figures.publishing.publish": {"document": PAPER, "folder": folder / "new"},
        "figures.bridge.bridge": {"first": View(), "second": View()},
        "measures.loading_values.load_values": {"path": folder / "values.csv"},
        "imports.contracts.import_contracts": {"path": folder / "contracts.csv"},
        "imports.suppliers.import_suppliers": {"path": folder / "suppliers.csv"},
        "organisations.local_areas.define": {"codes": ["E08000018"]},
        "messages.wording.word": {"source": standard_source("receipt")},
        "measures.loading_values.kept_value_set": {"name": "our-values"},
        "ledger.triggers.set_trigger": {"pounds": "50000"},
        "portals.deciding.settle": {"decision": "leave"},
        "portals.naming.subjects": {"records": [naming.Asked(RecordKind.ENTRY, f"entry/{entry.id}", {})]},
        "portals.door.take_due": {"terms": PortalTerms({}, "made up")},
        "portals.inbox.file": {"outcome": "set aside"},
    }  # fmt: skip


def may(rule: Permission | str, who: str, actor: Actor) -> bool:
    """Whether the table lets them."""
    if isinstance(rule, Permission):
        return actor.may(rule)
    return actor.is_operator if rule == THE_OPERATOR else who != "nobody"


def came_of(stage: Stage, name: str, actor: Actor) -> Any:
    """What somebody gets from a use case: an answer, or the error that a person is told."""
    try:
        return stage.call(name, actor)
    except Trouble as why:
        return why


def test_each_role_may_do_what_is_its_own_and_nothing_else(stage: Stage) -> None:
    wrong = []
    for name, rule in RULES.items():
        for who, actor in stage.actors.items():
            got = came_of(stage, name, actor)
            if may(rule, who, actor) == isinstance(got, NotAllowed) and not (rule == IN_SCOPE and nothing(got)):
                wrong.append(f"{name}: {who} got {got!r}")
    assert wrong == []


def test_nobody_gets_anything_of_what_is_anothers(stage: Stage) -> None:
    strangers = [*stage.strangers, stage.actors["nobody"]]
    wrong = [
        f"{name}: {actor.name} got {got!r}"
        for name in RULES
        if name not in FOR_ALL
        for actor in strangers
        if not nothing(got := came_of(stage, name, actor))
    ]
    assert wrong == []


def nothing(got: Any) -> bool:
    """Whether an answer tells of nothing that there is: refused, none, no rows, all counts 0."""
    if isinstance(got, Mapping):
        return all(map(nothing, got.values()))
    if isinstance(got, tuple):
        return all(map(nothing, got))
    if is_dataclass(got):
        return all(nothing(getattr(got, one.name)) for one in fields(got))
    return isinstance(got, Refused) or not got
