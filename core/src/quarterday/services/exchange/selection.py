"""Which rows of the record are an authority's: its contracts and all that hangs on them, whole, and nobody else's."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from sqlalchemy import ColumnElement, Select, Table, and_, false, or_, select, union

from quarterday.db.models import (
    Activity,
    ActivityFact,
    ActivityShare,
    AuditRow,
    AuditSeal,
    Authority,
    Base,
    Commitment,
    Contract,
    ContractAuthority,
    ContractEnd,
    ContractOwner,
    ContractParty,
    ContractPin,
    DraftEntry,
    EditionSnapshot,
    Entry,
    EntryEvidence,
    Evidence,
    JobPause,
    JobRun,
    Ladder,
    LocalAreaDefinition,
    MailOutcome,
    Membership,
    MessageTemplate,
    NothingDone,
    Occurrence,
    OpeningBalance,
    OutboxRow,
    ParkedForm,
    Period,
    Pinning,
    PluginEvent,
    PluginSetting,
    RecoveryCode,
    Reminder,
    Return,
    ReturnExtension,
    Review,
    Revision,
    RevisionEntry,
    SecondFactor,
    SignInSession,
    SignInToken,
    SourceCursor,
    SourceItem,
    SourceReject,
    Supplier,
    SupplierAlias,
    SupplierIdentifier,
    Target,
    User,
    Valuation,
    ValueSetSnapshot,
    Variation,
    Words,
)
from quarterday.db.newest import newest
from quarterday.db.work import Work

LEFT_OUT: Mapping[type[Base], str] = {
    OutboxRow: "what is to be delivered belongs to the installation that delivers it",
    MailOutcome: "which mails came back is known of those that were sent from here",
    Occurrence: "the clock's strikes belong to the installation",
    JobPause: "which jobs wait is decided by each installation",
    JobRun: "what came of a job came of it here",
    PluginEvent: "how a plugin fared, it fared here",
    SignInToken: "a link to sign in is good here alone",
    SignInSession: "who is signed in is signed in here",
    SecondFactor: "its secret is sealed under this installation's key; elsewhere people enrol anew",
    RecoveryCode: "it goes with the second factor",
    ParkedForm: "it is sealed under this installation's key, and waits a day for its writer",
}
"""The tables of which nothing goes along, and why."""

_Condition = ColumnElement[bool]


class Selection:
    """The conditions under which rows belong to an authority, by table, as at the day of the transaction.

    Contracts are those that are the authority's today, with their whole history. Suppliers and people go along as far
    as these contracts name them; what a supplier does for another authority doesn't.
    """

    def __init__(self, work: Work, authority_id: int) -> None:
        self._work = work
        self._of = authority_id
        self._made: dict[type[Base], _Condition] = {}

    def condition(self, table: type[Base]) -> _Condition:
        """The condition that a row goes along; raises :class:`KeyError` for a table nobody has thought of."""
        if table not in self._made:
            self._made[table] = _RULES[table](self)
        return self._made[table]

    def ids(self, table: type[Base]) -> Select[int]:
        """The ids of a table's rows that go along."""
        rows: Any = table.__table__
        return select(rows.c.id).where(self.condition(table))

    def referred(self, to: type[Base], by: Iterable[type[Base]]) -> _Condition:
        """The condition that a row is one that the rows of other tables refer to."""
        asked = []
        for table in by:
            rows: Table = table.__table__  # type: ignore[assignment]
            for column in rows.columns:
                if any(key.column.table is to.__table__ for key in column.foreign_keys):
                    asked.append(select(column).where(self.condition(table), column.is_not(None)))
        mine: Any = to.__table__
        return mine.c.id.in_(union(*asked)) if asked else false()

    @property
    def authority_id(self) -> int:
        """Whose rows they are."""
        return self._of

    @property
    def todays_authority(self) -> _Condition:
        """The condition that a row says whose a contract is today."""
        return newest(ContractAuthority, ContractAuthority.contract_id, day=self._work.today)


def _of_contracts(table: Any) -> Callable[[Selection], _Condition]:
    return lambda chosen: table.contract_id.in_(chosen.ids(Contract))


def _of_returns(table: Any) -> Callable[[Selection], _Condition]:
    return lambda chosen: table.return_id.in_(chosen.ids(Return))


def _of_entries(table: Any) -> Callable[[Selection], _Condition]:
    return lambda chosen: table.entry_id.in_(chosen.ids(Entry))


def _of_suppliers(table: Any) -> Callable[[Selection], _Condition]:
    return lambda chosen: table.supplier_id.in_(chosen.ids(Supplier))


def _of_authority(table: Any) -> Callable[[Selection], _Condition]:
    return lambda chosen: table.authority_id == chosen.authority_id


def _contracts(chosen: Selection) -> _Condition:
    todays = select(ContractAuthority.contract_id).where(
        ContractAuthority.authority_id == chosen.authority_id, chosen.todays_authority
    )
    return Contract.id.in_(todays)


def _valuations(chosen: Selection) -> _Condition:
    """What an entry is worth, divided by its quantity, is the unit value: it goes along only where that may."""
    may_not = select(Review.id).join(ContractPin, ContractPin.id == Review.pin_id)
    may_not = may_not.join(ValueSetSnapshot, ValueSetSnapshot.id == ContractPin.value_set_id)
    may_not = may_not.where(~ValueSetSnapshot.is_redistributable)
    return and_(Valuation.entry_id.in_(chosen.ids(Entry)), Valuation.review_id.not_in(may_not))


_RULES: Mapping[type[Base], Callable[[Selection], _Condition]] = {
    Contract: _contracts,
    ContractAuthority: _of_contracts(ContractAuthority),
    ContractEnd: _of_contracts(ContractEnd),
    ContractOwner: _of_contracts(ContractOwner),
    ContractParty: _of_contracts(ContractParty),
    ContractPin: _of_contracts(ContractPin),
    Pinning: lambda chosen: Pinning.pin_id.in_(chosen.ids(ContractPin)),
    Commitment: _of_contracts(Commitment),
    Variation: _of_contracts(Variation),
    OpeningBalance: _of_contracts(OpeningBalance),
    Return: _of_contracts(Return),
    ActivityShare: _of_contracts(ActivityShare),
    Target: lambda chosen: Target.commitment_id.in_(chosen.ids(Commitment)),
    Entry: _of_returns(Entry),
    DraftEntry: _of_returns(DraftEntry),
    Revision: _of_returns(Revision),
    Evidence: _of_returns(Evidence),
    Reminder: _of_returns(Reminder),
    ReturnExtension: _of_returns(ReturnExtension),
    NothingDone: _of_returns(NothingDone),
    RevisionEntry: lambda chosen: RevisionEntry.revision_id.in_(chosen.ids(Revision)),
    EntryEvidence: lambda chosen: EntryEvidence.evidence_id.in_(chosen.ids(Evidence)),
    Review: _of_entries(Review),
    Valuation: _valuations,
    Activity: lambda chosen: chosen.referred(Activity, (Entry, DraftEntry, ActivityShare)),
    ActivityFact: lambda chosen: ActivityFact.activity_id.in_(chosen.ids(Activity)),
    Period: lambda chosen: or_(
        Period.authority_id == chosen.authority_id, chosen.referred(Period, (Return, DraftEntry))
    ),
    LocalAreaDefinition: lambda chosen: or_(
        LocalAreaDefinition.authority_id == chosen.authority_id, chosen.referred(LocalAreaDefinition, [ContractPin])
    ),
    EditionSnapshot: lambda chosen: chosen.referred(EditionSnapshot, [ContractPin]),
    ValueSetSnapshot: lambda chosen: or_(
        ValueSetSnapshot.authority_id == chosen.authority_id, chosen.referred(ValueSetSnapshot, [ContractPin])
    ),
    Supplier: lambda chosen: chosen.referred(Supplier, (ContractParty, Activity)),
    SupplierAlias: _of_suppliers(SupplierAlias),
    SupplierIdentifier: _of_suppliers(SupplierIdentifier),
    Membership: lambda chosen: or_(
        Membership.authority_id == chosen.authority_id, Membership.supplier_id.in_(chosen.ids(Supplier))
    ),
    User: lambda chosen: chosen.referred(
        User,
        (
            Membership,
            ContractOwner,
            ContractEnd,
            Pinning,
            Variation,
            Revision,
            Review,
            Ladder,
            Reminder,
            ReturnExtension,
        ),
    ),
    Words: lambda chosen: chosen.referred(
        Words,
        (
            *(ContractEnd, Pinning, Variation, OpeningBalance, ReturnExtension),
            *(Entry, DraftEntry, Evidence, Review, MessageTemplate),
        ),
    ),
    Authority: lambda chosen: or_(
        Authority.id == chosen.authority_id,
        chosen.referred(Authority, (ContractAuthority, Period, LocalAreaDefinition, ValueSetSnapshot)),
    ),
    PluginSetting: _of_authority(PluginSetting),
    MessageTemplate: _of_authority(MessageTemplate),
    Ladder: _of_authority(Ladder),
    SourceCursor: _of_authority(SourceCursor),
    SourceItem: _of_authority(SourceItem),
    SourceReject: _of_authority(SourceReject),
    AuditRow: _of_authority(AuditRow),
    AuditSeal: _of_authority(AuditSeal),
}
"""When a row goes along, by table."""

TABLES: tuple[type[Base], ...] = tuple(
    sorted(_RULES, key=lambda table: Base.metadata.sorted_tables.index(table.__table__))  # type: ignore[arg-type]
)
"""The tables that go along, those first to which others refer."""
