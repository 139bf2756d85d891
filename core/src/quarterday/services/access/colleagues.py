"""A supplier's own people: each of them may let a colleague report too, and end that again."""

from __future__ import annotations

from quarterday.db.work import Actor, UnitOfWork, Work
from quarterday.domain.contracts import MemberRole
from quarterday.domain.permissions import Permission
from quarterday.errors import NotThere, Refused
from quarterday.services import scope
from quarterday.services.access import welcoming
from quarterday.services.organisations import people, suppliers


def add_colleague(uow: UnitOfWork, actor: Actor, *, supplier_id: int, email: str, name: str) -> int:
    """Let somebody report for the actor's supplier from today on, and have it written to them; returns their id.

    Raises :class:`Refused` for another supplier, for no address, for who reports already, and for who came by a link
    to one return: that link may have been passed on.
    """
    with uow.begin(actor) as work:
        _must_be_theirs(work, supplier_id)
        user_id = people.put_user(work, email=email, name=name, role=MemberRole.SUPPLIER, supplier_id=supplier_id)
        welcoming.welcome(work, user_id, authority_id=None, supplier_id=supplier_id)
        return user_id


def end_colleague(uow: UnitOfWork, actor: Actor, *, supplier_id: int, user_id: int) -> None:
    """Let somebody report for the actor's supplier no more; what they submitted stays.

    It may be themselves, as long as somebody else reports. Raises as :func:`add_colleague`, and for who has no role
    there.
    """
    with uow.begin(actor) as work:
        _must_be_theirs(work, supplier_id)
        people.take_role(work, user_id=user_id, supplier_id=supplier_id)
        if not people.somebody_reports(work, supplier_id):
            raise Refused(
                "Nobody else reports for {supplier}: add somebody first, or its returns wait.",
                supplier=suppliers.supplier(work, supplier_id).name,
            )


def _must_be_theirs(work: Work, supplier_id: int) -> None:
    scope.needs(work, Permission.REPORT)
    if work.actor.supplier_id not in (None, supplier_id) or work.actor.return_id is not None:
        raise NotThere("There is no such supplier.")
