"""Who there is: authorities, suppliers with their names and identifiers, people and what they may do."""

from __future__ import annotations

from datetime import date

from sqlalchemy import UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from quarterday.db.columns import Base, Id, Moment, to


class Authority(Base):
    """A council, or another buyer."""

    __tablename__ = "authority"
    id: Mapped[Id]
    key: Mapped[str]
    """Its short name in commands: ``exampleshire``."""
    name: Mapped[str]
    first_month: Mapped[int]
    """The month in which its financial year starts."""
    nation: Mapped[str]
    """For bank holidays: england-and-wales, scotland, northern-ireland."""
    due_days: Mapped[int]
    closes_days: Mapped[int]
    """How many days after a period's last day its returns are due, and how many until it closes."""
    last_closes_days: Mapped[int] = mapped_column(server_default="365")
    """How many days after it a contract's last return stays open for what may count later (DOMAIN 4.18)."""
    recorded_at: Mapped[Moment]
    __table_args__ = (UniqueConstraint("key"),)


class Supplier(Base):
    """The organisation that holds a contract."""

    __tablename__ = "supplier"
    id: Mapped[Id]
    name: Mapped[str]
    recorded_at: Mapped[Moment]


class SupplierAlias(Base):
    """Another name of a supplier, and where it was seen."""

    __tablename__ = "supplier_alias"
    id: Mapped[Id]
    supplier_id: Mapped[int] = to("supplier")
    name: Mapped[str]
    source: Mapped[str]
    recorded_at: Mapped[Moment]


class SupplierIdentifier(Base):
    """A company number (GB-COH), charity number (GB-CHC), GB-PPON or VAT number of a supplier."""

    __tablename__ = "supplier_identifier"
    id: Mapped[Id]
    supplier_id: Mapped[int] = to("supplier")
    scheme: Mapped[str]
    value: Mapped[str]
    recorded_at: Mapped[Moment]
    __table_args__ = (UniqueConstraint("scheme", "value"),)


class User(Base):
    """Somebody who can sign in. The address is personal data and stands nowhere else."""

    __tablename__ = "person"  # “user” is a reserved word
    id: Mapped[Id]
    email: Mapped[str]
    name: Mapped[str]
    recorded_at: Mapped[Moment]
    __table_args__ = (UniqueConstraint("email"),)


class Membership(Base):
    """What somebody may do, for one authority or for one supplier, from a day on; the newest row counts."""

    __tablename__ = "membership"
    id: Mapped[Id]
    user_id: Mapped[int] = to("person")
    authority_id: Mapped[int | None] = to("authority")
    supplier_id: Mapped[int | None] = to("supplier")
    role: Mapped[str]
    """supplier, contract manager, lead, administrator; "" ends a membership."""
    valid_from: Mapped[date]
    recorded_at: Mapped[Moment]
