"""The shape of a ledger, with what it is asked and answers; a part of :mod:`quarterday.ports`, which names it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from quarterday.domain.catalogue import LocalArea

if TYPE_CHECKING:
    from quarterday.plugin_settings import PluginSettings


@dataclass(frozen=True, slots=True)
class Payee:
    """A supplier of a contract, by which payments to it are found."""

    names: tuple[str, ...]
    """Its name, then others by which it is known."""
    identifiers: tuple[tuple[str, str], ...]
    """Scheme (``GB-COH``) and number."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerQuestion:
    """What a ledger is asked of one contract."""

    contract_id: int
    numbers: tuple[str, ...]
    """The references by which the authority knows it or has known it; payments may carry one."""
    payees: tuple[Payee, ...]
    """Its lead and partners, now or earlier. What subcontractors are paid no ledger of the council shows."""
    starts: date
    ends: date
    local: LocalArea | None
    """The definition of “local” that it was awarded with; None where it has none."""
    trigger: int | None
    """The paid spend in micropounds from which delivery is recorded; None where it is from the beginning."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerAnswer:
    """What a ledger says of one contract. Money is whole micropounds, net where that is known; credits are in it."""

    contract_id: int
    until: date | None
    """The day of the newest payment to anybody that the ledger holds, so that later ones are missing; None where it
    holds none."""
    lines: int
    paid: int
    """What was paid on the contract until then."""
    placed: int
    """The part of it that was paid to payees whose postcode is known."""
    local: int | None
    """The part of that which is local by the definition asked for; None where none was."""
    unattributed: int
    """What the same payees were paid besides while the contract runs, and that is on no contract for certain."""
    reached_on: date | None = None
    """The day on which what was paid reached the trigger; None where it hasn't, or there is none."""
    batches: tuple[str, ...] = ()
    """What it rests on: what the ledger calls the files that were counted."""


@runtime_checkable
class Ledger(Protocol):
    """The council's payments, as far as a plugin knows them. The host makes an instance for one authority.

    Making one opens nothing. It lives in a child process of its plugin's, which is killed where an answer takes longer
    than the setting ``job_seconds`` or more memory than ``process_megabytes``.
    """

    id: str
    """Small letters, digits and hyphens: ``spend-files``."""
    title: str

    def __init__(self, settings: PluginSettings) -> None: ...

    @classmethod
    def settings_class(cls) -> type[PluginSettings]:
        """What it must be told, as a subclass of ``PluginSettings``; import it here, so that listing stays quick."""
        ...

    def answers(self, authority_id: int, questions: Sequence[LedgerQuestion], until: date) -> Iterable[LedgerAnswer]:
        """What was paid on each of an authority's contracts up to and including a day: one answer for each question.

        All contracts are asked together, since which of them a payment is on depends on the others. A payment is on a
        contract by its number, or because its payee holds only that one; what isn't certain is said as
        ``unattributed``. Raises :class:`~quarterday.errors.Retryable`, :class:`~quarterday.errors.NotConfigured` or
        :class:`~quarterday.errors.Refused`; whatever else is raised is a fault of the plugin.
        """
        ...
