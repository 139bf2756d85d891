"""Who there is: authorities, suppliers with their names and identifiers, people and what they may do."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import Column, Named, Table, TypedColumns, UniqueConstraint

from quarterday.db.columns import ID, METADATA, MOMENT, TEXT, to


class AuthorityColumns(TypedColumns):
    """A council, or another buyer."""

    id: Named[int] = ID
    key: Named[str] = TEXT
    """Its short name in commands: ``exampleshire``."""
    name: Named[str] = TEXT
    first_month: Named[int]
    """The month in which its financial year starts."""
    nation: Named[str] = TEXT
    """For bank holidays: england-and-wales, scotland, northern-ireland."""
    due_days: Named[int]
    closes_days: Named[int]
    """How many days after a period's last day its returns are due, and how many until it closes."""
    last_closes_days: Named[int] = Column(server_default="365")
    """How many days after it a contract's last return stays open for what may count later (DOMAIN 4.18)."""
    recorded_at: Named[datetime] = MOMENT


Authority = Table("authority", METADATA, AuthorityColumns, UniqueConstraint("key"))


class SupplierColumns(TypedColumns):
    """The organisation that holds a contract."""

    id: Named[int] = ID
    name: Named[str] = TEXT
    recorded_at: Named[datetime] = MOMENT


Supplier = Table("supplier", METADATA, SupplierColumns)


class SupplierAliasColumns(TypedColumns):
    """Another name of a supplier, and where it was seen."""

    id: Named[int] = ID
    supplier_id: Named[int] = to("supplier")
    name: Named[str] = TEXT
    source: Named[str] = TEXT
    recorded_at: Named[datetime] = MOMENT


SupplierAlias = Table("supplier_alias", METADATA, SupplierAliasColumns)


class SupplierIdentifierColumns(TypedColumns):
    """A company number (GB-COH), charity number (GB-CHC), GB-PPON or VAT number of a supplier."""

    id: Named[int] = ID
    supplier_id: Named[int] = to("supplier")
    scheme: Named[str] = TEXT
    value: Named[str] = TEXT
    recorded_at: Named[datetime] = MOMENT


SupplierIdentifier = Table(
    "supplier_identifier", METADATA, SupplierIdentifierColumns, UniqueConstraint("scheme", "value")
)


class UserColumns(TypedColumns):
    """Somebody who can sign in. The address is personal data and stands nowhere else."""

    id: Named[int] = ID
    email: Named[str] = TEXT
    name: Named[str] = TEXT
    recorded_at: Named[datetime] = MOMENT


User = Table("person", METADATA, UserColumns, UniqueConstraint("email"))  # “user” is a reserved word


class MembershipColumns(TypedColumns):
    """What somebody may do, for one authority or for one supplier, from a day on; the newest row counts."""

    id: Named[int] = ID
    user_id: Named[int] = to("person")
    authority_id: Named[int | None] = to("authority")
    supplier_id: Named[int | None] = to("supplier")
    role: Named[str] = TEXT
    """supplier, contract manager, lead, administrator; "" ends a membership."""
    name: Named[str | None] = TEXT
    """What they were called by who gave them the role: they don't learn what others call them. None for their own."""
    valid_from: Named[date]
    recorded_at: Named[datetime] = MOMENT


Membership = Table("membership", METADATA, MembershipColumns)
