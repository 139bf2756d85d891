"""Contracts: what they are, and the dated facts of who owns, holds and measures them."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import Column, Index, Named, Table, Text, TypedColumns, UniqueConstraint

from quarterday.db.columns import ID, METADATA, MOMENT, TEXT, to


class ContractColumns(TypedColumns):
    """A contract, call-off, grant, planning or local labour agreement."""

    id: Named[int] = ID
    title: Named[str] = TEXT
    kind: Named[str] = TEXT
    rhythm: Named[str] = TEXT
    """month, quarter, half-year, year, end."""
    starts: Named[date]
    ends: Named[date]
    """The last day as first agreed; a later agreement is a :class:`ContractEnd`."""
    recorded_at: Named[datetime] = MOMENT


Contract = Table("contract", METADATA, ContractColumns)


class ContractEndColumns(TypedColumns):
    """Another last day that was agreed, with the reason; the newest counts."""

    id: Named[int] = ID
    contract_id: Named[int] = to("contract")
    ends: Named[date]
    words_id: Named[int] = to("words")
    """The reason, as somebody wrote it."""
    by_user_id: Named[int | None] = to("person")
    recorded_at: Named[datetime] = MOMENT


ContractEnd = Table("contract_end", METADATA, ContractEndColumns)


class ContractAuthorityColumns(TypedColumns):
    """Which authority a contract belongs to, from a day on, and by which reference this one knows it."""

    id: Named[int] = ID
    contract_id: Named[int] = to("contract")
    authority_id: Named[int] = to("authority", index=False)
    reference: Named[str] = Column(Text, index=True)
    valid_from: Named[date]
    recorded_at: Named[datetime] = MOMENT


# A council's list of contracts goes by reference and has pages: it is read from here until a page is full.
ContractAuthority = Table(
    "contract_authority", METADATA, ContractAuthorityColumns, Index(None, "authority_id", "reference")
)


class ContractOwnerColumns(TypedColumns):
    """Who manages a contract, from a day on; nobody, where a move to another authority left it so."""

    id: Named[int] = ID
    contract_id: Named[int] = to("contract")
    user_id: Named[int | None] = to("person")
    valid_from: Named[date]
    recorded_at: Named[datetime] = MOMENT


ContractOwner = Table("contract_owner", METADATA, ContractOwnerColumns)


class ContractPartyColumns(TypedColumns):
    """A supplier's part in a contract, from a day on; ``is_in`` False ends it (a novation is one of each)."""

    id: Named[int] = ID
    contract_id: Named[int] = to("contract", index=False)
    supplier_id: Named[int] = to("supplier")
    role: Named[str] = TEXT
    """lead, partner, subcontractor."""
    is_in: Named[bool]
    valid_from: Named[date]
    recorded_at: Named[datetime] = MOMENT


ContractParty = Table("contract_party", METADATA, ContractPartyColumns, Index(None, "contract_id", "supplier_id"))


class ContractPinColumns(TypedColumns):
    """The edition, value set and local area a contract is measured by, fixed when its commitments are made.

    A contract that was awarded before there were values gets one more row when it is pinned to some; the newest counts.
    """

    id: Named[int] = ID
    contract_id: Named[int] = to("contract")
    edition_id: Named[int] = to("edition_snapshot")
    value_set_id: Named[int | None] = to("value_set_snapshot")
    local_area_id: Named[int | None] = to("local_area")
    recorded_at: Named[datetime] = MOMENT


ContractPin = Table("contract_pin", METADATA, ContractPinColumns)


class PinningColumns(TypedColumns):
    """Why a contract was pinned to values after its award, and who did it."""

    id: Named[int] = ID
    pin_id: Named[int] = to("contract_pin")
    words_id: Named[int] = to("words")
    """The reason, as somebody wrote it."""
    by_user_id: Named[int | None] = to("person")
    recorded_at: Named[datetime] = MOMENT


Pinning = Table("pinning", METADATA, PinningColumns)


class PeriodColumns(TypedColumns):
    """One reporting period of an authority's calendar, both days included."""

    id: Named[int] = ID
    authority_id: Named[int] = to("authority")
    rhythm: Named[str] = TEXT
    name: Named[str] = TEXT
    first: Named[date]
    last: Named[date]
    due: Named[date]
    """The last day on which a return is in time."""
    closes: Named[date]
    """The last day on which it can be reported at all; after it a claim goes in late, with a later return."""
    recorded_at: Named[datetime] = MOMENT


Period = Table("period", METADATA, PeriodColumns, UniqueConstraint("authority_id", "rhythm", "first", "last"))
