"""The jobs that keep an installation in order; each opens the record itself and says what it did."""

from __future__ import annotations

from datetime import datetime

from quarterday.services.record import Actor, open_record

CLOCK = Actor.operator("clock")


def seal(at: datetime) -> str:
    """Seal what the audit trail has and no seal covers yet."""
    from quarterday.services import audit_trail

    return f"Rows sealed: {audit_trail.seal(open_record())}."


def keep_up(at: datetime) -> str:
    """See to it that everything that is to be delivered has a living job in PostgreSQL's queue."""
    from quarterday.services.background import upkeep

    return upkeep.keep_up(open_record())


def open_new(at: datetime) -> str:
    """Open the returns of every authority whose period has begun; the day is that of the strike.

    What goes wrong for one authority is raised once the others' returns are open.
    """
    from quarterday.services.organisations.authorities import authorities
    from quarterday.services.organisations.periods import open_returns
    from quarterday.services.record import day_of

    uow, day, opened, failed = open_record(), day_of(at), 0, list[Exception]()
    for one in authorities(uow, CLOCK):
        try:
            opened += len(open_returns(uow, CLOCK, authority_id=one.id, on=day))
        except Exception as error:
            failed.append(error)
    if failed:
        raise failed[0]
    return f"Returns opened: {opened}."


def read_sources(at: datetime) -> str:
    """Ask for a reading of every source that an authority or the installation has set."""
    from quarterday.services.background.reading import ask_for_readings

    return f"Readings asked for: {ask_for_readings(open_record(), at)}."


def ask_ledger(at: datetime) -> str:
    """Have the ledger asked anew of every authority's contracts: what it is asked turns on the day."""
    from quarterday.services.ledger.asking import ask_each

    return f"Councils whose ledger is asked: {ask_each(open_record(), at)}."


def sweep(at: datetime) -> str:
    """Remove the files of the evidence store that nothing has referred to for a day."""
    from quarterday.services.installation import evidence_upkeep
    from quarterday.services.returns.evidencing import open_keeper

    return f"Files removed: {evidence_upkeep.sweep(open_record(), CLOCK, open_keeper().store)}."


def forget(at: datetime) -> str:
    """Remove what old jobs left in the record."""
    from quarterday.services.background import clock

    return f"Strikes removed: {clock.forget(open_record())}."
