"""Suppliers, with their names and identifiers.

They are one register for all authorities of an installation, because names and numbers of firms are public; what a
supplier holds with another authority is in nobody else's scope.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from sqlalchemy import select

from quarterday.db.models import Supplier, SupplierAlias, SupplierIdentifier
from quarterday.db.work import Actor, UnitOfWork, Work
from quarterday.domain.identifiers import SCHEMES, identifier
from quarterday.domain.names import name as tidy_name
from quarterday.domain.permissions import Permission
from quarterday.errors import NotThere, Refused
from quarterday.services import scope


@dataclass(frozen=True, slots=True)
class SupplierRow:
    """A supplier as it stands."""

    id: int
    name: str
    identifiers: Mapping[str, str]
    """Scheme → value; of several under one scheme the latest added."""
    aliases: tuple[str, ...]


def add_supplier(
    uow: UnitOfWork,
    actor: Actor,
    *,
    name: str,
    identifiers: Mapping[str, str] | None = None,
    aliases: Mapping[str, str] | None = None,
) -> int:
    """Add a supplier; returns its id. ``identifiers`` is scheme → value, ``aliases`` is other name → where it was seen.

    Raises :class:`Refused` for an identifier that can't be right or that another supplier has.
    """
    with uow.begin(actor) as work:
        scope.needs(work, Permission.KEEP_CONTRACTS)
        return put_supplier(work, name=name, identifiers=identifiers or {}, aliases=aliases or {})


def put_supplier(work: Work, *, name: str, identifiers: Mapping[str, str], aliases: Mapping[str, str]) -> int:
    """The step that adds a supplier with all its names and identifiers; raises as :func:`add_supplier`."""
    known_as = _names({name: "", **aliases})
    numbers = _identifiers(work, identifiers)
    (own_name, _), *others = known_as
    supplier_id = work.add(Supplier, name=own_name)
    _put_identifiers(work, supplier_id, numbers)
    work.add_all(SupplierAlias, [{"supplier_id": supplier_id, "name": alias, "source": seen} for alias, seen in others])
    work.audit(
        work.actor.authority_id,
        "supplier.added",
        f"supplier/{supplier_id}",
        identifiers=sorted(numbers),
        aliases=len(others),
    )
    return supplier_id


def add_identifier(uow: UnitOfWork, actor: Actor, *, supplier_id: int, scheme: str, value: str) -> None:
    """Add an identifier to a supplier; raises :class:`Refused` when it can't be right or a supplier has it."""
    with uow.begin(actor) as work:
        scope.needs(work, Permission.KEEP_CONTRACTS)
        supplier(work, supplier_id)
        put_identifier(work, supplier_id=supplier_id, scheme=scheme, value=value)


def put_identifier(work: Work, *, supplier_id: int, scheme: str, value: str) -> None:
    """The step that adds an identifier to a supplier in scope; raises as :func:`add_identifier`."""
    _put_identifiers(work, supplier_id, _identifiers(work, {scheme: value}))
    work.audit(work.actor.authority_id, "supplier.identified", f"supplier/{supplier_id}", identifiers=[scheme])


def add_alias(uow: UnitOfWork, actor: Actor, *, supplier_id: int, name: str, source: str) -> None:
    """Add another name of a supplier, and where it was seen; raises :class:`Refused`."""
    with uow.begin(actor) as work:
        scope.needs(work, Permission.KEEP_CONTRACTS)
        supplier(work, supplier_id)
        put_alias(work, supplier_id=supplier_id, name=name, source=source)


def put_alias(work: Work, *, supplier_id: int, name: str, source: str) -> None:
    """The step that adds another name to a supplier in scope; raises as :func:`add_alias`."""
    ((alias, seen),) = _names({name: source})
    alias_id = work.add(SupplierAlias, supplier_id=supplier_id, name=alias, source=seen)
    work.audit(work.actor.authority_id, "supplier.also_known", f"supplier/{supplier_id}", alias=alias_id)


def supplier(work: Work, supplier_id: int) -> SupplierRow:
    """The supplier of that id; raises :class:`Refused` when there is none in the actor's scope."""
    found = _suppliers(work, [supplier_id])
    if not found:
        raise NotThere("There is no such supplier.")
    return found[0]


def suppliers(uow: UnitOfWork, actor: Actor) -> list[SupplierRow]:
    """The suppliers, by name; an actor of a supplier sees that one."""
    with uow.read(actor) as work:
        return _suppliers(work, None)


def supplier_with(work: Work, scheme: str, value: str) -> int | None:
    """The id of the supplier that has this identifier, None where none has; raises :class:`Refused` for no such one."""
    row = work.one(
        select(SupplierIdentifier.c.supplier_id).where(
            SupplierIdentifier.c.scheme == scheme, SupplierIdentifier.c.value == _identifier(scheme, value)
        )
    )
    return row.supplier_id if row else None


def supplier_called(uow: UnitOfWork, actor: Actor, text: str) -> SupplierRow:
    """The supplier a person means by its id, by an identifier like ``GB-COH 01234567``, or by its name.

    Raises :class:`Refused` where there is none in the actor's scope, or several of that name.
    """
    wanted = text.strip()
    scheme, _, value = wanted.partition(" ")
    with uow.read(actor) as work:
        if wanted.isascii() and wanted.isdigit():
            return supplier(work, int(wanted))
        if scheme.upper() in SCHEMES and value:
            holder = supplier_with(work, scheme.upper(), value)
            meant = [] if holder is None else [holder]
        else:
            meant = [row.id for row in work.all(select(Supplier.c.id).where(Supplier.c.name == wanted))]
        found = _suppliers(work, meant)
    if len(found) == 1:
        return found[0]
    if found:
        ids = ", ".join(str(one.id) for one in found)
        raise Refused(
            "Several suppliers are called “{name}” (their ids are {ids}); give the id.", name=wanted[:60], ids=ids
        )
    raise Refused(
        "There is no supplier “{name}”; give its id, its full name, or GB-COH and its number.", name=wanted[:60]
    )


def _suppliers(work: Work, ids: Collection[int] | None) -> list[SupplierRow]:
    """The suppliers of those ids, or all, as far as they are in the actor's scope."""
    query = select(Supplier.c.id, Supplier.c.name).order_by(Supplier.c.name, Supplier.c.id)
    numbers = select(SupplierIdentifier.c.supplier_id, SupplierIdentifier.c.scheme, SupplierIdentifier.c.value)
    others = select(SupplierAlias.c.supplier_id, SupplierAlias.c.name)
    if (mine := work.actor.supplier_id) is not None:
        ids = [mine] if ids is None or mine in ids else []
    elif not work.actor.has_scope:
        ids = []
    if ids is not None:
        query = query.where(Supplier.c.id.in_(ids))
        numbers = numbers.where(SupplierIdentifier.c.supplier_id.in_(ids))
        others = others.where(SupplierAlias.c.supplier_id.in_(ids))
    identifiers: defaultdict[int, dict[str, str]] = defaultdict(dict)
    for number in work.all(numbers.order_by(SupplierIdentifier.c.id)):
        identifiers[number.supplier_id][number.scheme] = number.value
    aliases: defaultdict[int, list[str]] = defaultdict(list)
    for alias in work.all(others.order_by(SupplierAlias.c.id)):
        aliases[alias.supplier_id].append(alias.name)
    return [SupplierRow(row.id, row.name, identifiers[row.id], tuple(aliases[row.id])) for row in work.all(query)]


def _names(typed: Mapping[str, str]) -> list[tuple[str, str]]:
    """Names and where they were seen ("" for the supplier's own), tidied."""
    try:
        return [
            (tidy_name(name, "the supplier's name"), seen and tidy_name(seen, "where the name was seen"))
            for name, seen in typed.items()
        ]
    except ValueError as problem:
        raise Refused(str(problem)) from problem


def _identifiers(work: Work, typed: Mapping[str, str]) -> dict[str, str]:
    """Identifiers as they are kept; raises :class:`Refused` for one that a supplier has already."""
    read = {scheme: _identifier(scheme, value) for scheme, value in typed.items()}
    if read:
        work.take_turns("supplier identifiers")
    for scheme, value in read.items():
        if holder := supplier_with(work, scheme, value):
            raise Refused(
                "{scheme} {number} is supplier {holder}'s; use that one, and add an alias if it has two names.",
                scheme=scheme,
                number=value,
                holder=holder,
            )
    return read


def _identifier(scheme: str, value: str) -> str:
    try:
        return identifier(scheme, value)
    except ValueError as problem:
        raise Refused(str(problem)) from problem


def _put_identifiers(work: Work, supplier_id: int, checked: Mapping[str, str]) -> None:
    work.add_all(
        SupplierIdentifier,
        [{"supplier_id": supplier_id, "scheme": scheme, "value": value} for scheme, value in checked.items()],
    )
