"""Contracts: what they are, and the dated facts of who owns, holds and measures them."""

from __future__ import annotations

from datetime import date

from sqlalchemy import UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from quarterday.db.columns import Base, Id, Moment, to


class Contract(Base):
    """A contract, call-off, grant, planning or local labour agreement."""

    __tablename__ = "contract"
    id: Mapped[Id]
    title: Mapped[str]
    kind: Mapped[str]
    rhythm: Mapped[str]
    """month, quarter, half-year, year, end."""
    starts: Mapped[date]
    ends: Mapped[date]
    """The last day as first agreed; a later agreement is a :class:`ContractEnd`."""
    recorded_at: Mapped[Moment]


class ContractEnd(Base):
    """Another last day that was agreed, with the reason; the newest counts."""

    __tablename__ = "contract_end"
    id: Mapped[Id]
    contract_id: Mapped[int] = to("contract")
    ends: Mapped[date]
    words_id: Mapped[int] = to("words")
    """The reason, as somebody wrote it."""
    by_user_id: Mapped[int | None] = to("person")
    recorded_at: Mapped[Moment]


class ContractAuthority(Base):
    """Which authority a contract belongs to, from a day on, and by which reference this one knows it."""

    __tablename__ = "contract_authority"
    id: Mapped[Id]
    contract_id: Mapped[int] = to("contract")
    authority_id: Mapped[int] = to("authority")
    reference: Mapped[str] = mapped_column(index=True)
    valid_from: Mapped[date]
    recorded_at: Mapped[Moment]


class ContractOwner(Base):
    """Who manages a contract, from a day on; nobody, where a move to another authority left it so."""

    __tablename__ = "contract_owner"
    id: Mapped[Id]
    contract_id: Mapped[int] = to("contract")
    user_id: Mapped[int | None] = to("person")
    valid_from: Mapped[date]
    recorded_at: Mapped[Moment]


class ContractParty(Base):
    """A supplier's part in a contract, from a day on; ``is_in`` False ends it (a novation is one of each)."""

    __tablename__ = "contract_party"
    id: Mapped[Id]
    contract_id: Mapped[int] = to("contract")
    supplier_id: Mapped[int] = to("supplier")
    role: Mapped[str]
    """lead, partner, subcontractor."""
    is_in: Mapped[bool]
    valid_from: Mapped[date]
    recorded_at: Mapped[Moment]


class ContractPin(Base):
    """The edition, value set and local area a contract is measured by, fixed when its commitments are made.

    A contract that was awarded before there were values gets one more row when it is pinned to some; the newest counts.
    """

    __tablename__ = "contract_pin"
    id: Mapped[Id]
    contract_id: Mapped[int] = to("contract")
    edition_id: Mapped[int] = to("edition_snapshot")
    value_set_id: Mapped[int | None] = to("value_set_snapshot")
    local_area_id: Mapped[int | None] = to("local_area")
    recorded_at: Mapped[Moment]


class Pinning(Base):
    """Why a contract was pinned to values after its award, and who did it."""

    __tablename__ = "pinning"
    id: Mapped[Id]
    pin_id: Mapped[int] = to("contract_pin")
    words_id: Mapped[int] = to("words")
    """The reason, as somebody wrote it."""
    by_user_id: Mapped[int | None] = to("person")
    recorded_at: Mapped[Moment]


class Period(Base):
    """One reporting period of an authority's calendar, both days included."""

    __tablename__ = "period"
    id: Mapped[Id]
    authority_id: Mapped[int] = to("authority")
    rhythm: Mapped[str]
    name: Mapped[str]
    first: Mapped[date]
    last: Mapped[date]
    due: Mapped[date]
    """The last day on which a return is in time."""
    closes: Mapped[date]
    """The last day on which it can be reported at all; after it a claim goes in late, with a later return."""
    recorded_at: Mapped[Moment]
    __table_args__ = (UniqueConstraint("authority_id", "rhythm", "first", "last"),)
