"""Which rows of the record are an authority's: its contracts and all that hangs on them, whole, and nobody else's."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from sqlalchemy import ColumnElement, Select, Table, and_, false, or_, select, union

from quarterday.db.models import (
    METADATA,
    Activity,
    ActivityFact,
    ActivityShare,
    AuditRow,
    AuditSeal,
    Authority,
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
    LedgerAsking,
    LedgerFigure,
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
    PluginFolder,
    PluginSetting,
    PortalBatch,
    PortalConflict,
    PortalFiling,
    PortalInbox,
    PortalRecord,
    PortalRun,
    PortalSettlement,
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
    SpendTrigger,
    Suggestion,
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

LEFT_OUT: Mapping[Table, str] = {
    OutboxRow: "what is to be delivered belongs to the installation that delivers it",
    MailOutcome: "which mails came back is known of those that were sent from here",
    Occurrence: "the clock's strikes belong to the installation",
    JobPause: "which jobs wait is decided by each installation",
    JobRun: "what came of a job came of it here",
    PluginEvent: "how a plugin fared, it fared here",
    PluginFolder: "where plugins keep files is known where they are installed",
    **dict.fromkeys(
        (
            PortalRun,
            PortalRecord,
            PortalBatch,
            PortalConflict,
            PortalSettlement,
            PortalInbox,
            PortalFiling,
            Suggestion,
        ),
        "how the record stands with a portal is known where the two exchange",
    ),
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
        self._made: dict[Table, _Condition] = {}

    def condition(self, table: Table) -> _Condition:
        """The condition that a row goes along; raises :class:`KeyError` for a table nobody has thought of."""
        if table not in self._made:
            self._made[table] = _RULES[table](self)
        return self._made[table]

    def ids(self, table: Table) -> Select[int]:
        """The ids of a table's rows that go along."""
        return select(table.c.id).where(self.condition(table))

    def referred(self, to: Table, by: Iterable[Table]) -> _Condition:
        """The condition that a row is one that the rows of other tables refer to."""
        asked = []
        for table in by:
            for column in table.columns:
                if any(key.column.table is to for key in column.foreign_keys):
                    asked.append(select(column).where(self.condition(table), column.is_not(None)))
        return to.c.id.in_(union(*asked)) if asked else false()

    @property
    def authority_id(self) -> int:
        """Whose rows they are."""
        return self._of

    @property
    def todays_authority(self) -> _Condition:
        """The condition that a row says whose a contract is today."""
        return newest(ContractAuthority, ContractAuthority.c.contract_id, day=self._work.today)


def _of_contracts(table: Table) -> Callable[[Selection], _Condition]:
    return lambda chosen: table.c.contract_id.in_(chosen.ids(Contract))


def _of_returns(table: Table) -> Callable[[Selection], _Condition]:
    return lambda chosen: table.c.return_id.in_(chosen.ids(Return))


def _of_entries(table: Table) -> Callable[[Selection], _Condition]:
    return lambda chosen: table.c.entry_id.in_(chosen.ids(Entry))


def _of_suppliers(table: Table) -> Callable[[Selection], _Condition]:
    return lambda chosen: table.c.supplier_id.in_(chosen.ids(Supplier))


def _of_authority(table: Table) -> Callable[[Selection], _Condition]:
    return lambda chosen: table.c.authority_id == chosen.authority_id


def _contracts(chosen: Selection) -> _Condition:
    todays = select(ContractAuthority.c.contract_id).where(
        ContractAuthority.c.authority_id == chosen.authority_id, chosen.todays_authority
    )
    return Contract.c.id.in_(todays)


def _valuations(chosen: Selection) -> _Condition:
    """What an entry is worth, divided by its quantity, is the unit value: it goes along only where that may."""
    may_not = select(Review.c.id).join(ContractPin, ContractPin.c.id == Review.c.pin_id)
    may_not = may_not.join(ValueSetSnapshot, ValueSetSnapshot.c.id == ContractPin.c.value_set_id)
    may_not = may_not.where(~ValueSetSnapshot.c.is_redistributable)
    return and_(Valuation.c.entry_id.in_(chosen.ids(Entry)), Valuation.c.review_id.not_in(may_not))


_RULES: Mapping[Table, Callable[[Selection], _Condition]] = {
    Contract: _contracts,
    ContractAuthority: _of_contracts(ContractAuthority),
    ContractEnd: _of_contracts(ContractEnd),
    ContractOwner: _of_contracts(ContractOwner),
    ContractParty: _of_contracts(ContractParty),
    ContractPin: _of_contracts(ContractPin),
    Pinning: lambda chosen: Pinning.c.pin_id.in_(chosen.ids(ContractPin)),
    Commitment: _of_contracts(Commitment),
    Variation: _of_contracts(Variation),
    OpeningBalance: _of_contracts(OpeningBalance),
    SpendTrigger: _of_contracts(SpendTrigger),
    LedgerAsking: _of_authority(LedgerAsking),
    LedgerFigure: lambda chosen: and_(
        LedgerFigure.c.contract_id.in_(chosen.ids(Contract)), LedgerFigure.c.authority_id == chosen.authority_id
    ),
    Return: _of_contracts(Return),
    ActivityShare: _of_contracts(ActivityShare),
    Target: lambda chosen: Target.c.commitment_id.in_(chosen.ids(Commitment)),
    Entry: _of_returns(Entry),
    DraftEntry: _of_returns(DraftEntry),
    Revision: _of_returns(Revision),
    Evidence: _of_returns(Evidence),
    Reminder: _of_returns(Reminder),
    ReturnExtension: _of_returns(ReturnExtension),
    NothingDone: _of_returns(NothingDone),
    RevisionEntry: lambda chosen: RevisionEntry.c.revision_id.in_(chosen.ids(Revision)),
    EntryEvidence: lambda chosen: EntryEvidence.c.evidence_id.in_(chosen.ids(Evidence)),
    Review: _of_entries(Review),
    Valuation: _valuations,
    Activity: lambda chosen: chosen.referred(Activity, (Entry, DraftEntry, ActivityShare)),
    ActivityFact: lambda chosen: ActivityFact.c.activity_id.in_(chosen.ids(Activity)),
    Period: lambda chosen: or_(
        Period.c.authority_id == chosen.authority_id, chosen.referred(Period, (Return, DraftEntry))
    ),
    LocalAreaDefinition: lambda chosen: or_(
        LocalAreaDefinition.c.authority_id == chosen.authority_id,
        chosen.referred(LocalAreaDefinition, (ContractPin, LedgerFigure)),
    ),
    EditionSnapshot: lambda chosen: chosen.referred(EditionSnapshot, [ContractPin]),
    ValueSetSnapshot: lambda chosen: or_(
        ValueSetSnapshot.c.authority_id == chosen.authority_id, chosen.referred(ValueSetSnapshot, [ContractPin])
    ),
    Supplier: lambda chosen: chosen.referred(Supplier, (ContractParty, Activity)),
    SupplierAlias: _of_suppliers(SupplierAlias),
    SupplierIdentifier: _of_suppliers(SupplierIdentifier),
    Membership: lambda chosen: or_(
        Membership.c.authority_id == chosen.authority_id, Membership.c.supplier_id.in_(chosen.ids(Supplier))
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
        Authority.c.id == chosen.authority_id,
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

TABLES: tuple[Table, ...] = tuple(sorted(_RULES, key=lambda table: METADATA.sorted_tables.index(table)))
"""The tables that go along, those first to which others refer."""
