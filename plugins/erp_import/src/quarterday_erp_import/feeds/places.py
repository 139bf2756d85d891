"""The places outside that an authority has set: which these are, what is there, and fetching it now."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from quarterday import BadRecord, EvidenceSource, Trouble
from quarterday.services import scope
from quarterday.services.access.permissions import Permission
from quarterday.services.background.reading import read
from quarterday.services.plugins.children import Children, PluginFault, Reading
from quarterday.services.plugins.configured import is_set, values_of
from quarterday.services.record import Actor, UnitOfWork
from quarterday_erp_import.feeds.bucket import SpendBucket
from quarterday_erp_import.feeds.folder import SpendFolder
from quarterday_erp_import.feeds.sftp import SpendSftp
from quarterday_erp_import.feeds.web import SpendWeb

if TYPE_CHECKING:
    from quarterday import Item

PLUGIN = "erp_import"
SOURCES: tuple[type[EvidenceSource], ...] = (SpendFolder, SpendSftp, SpendBucket, SpendWeb)
"""The kinds of places there are."""


@dataclass(frozen=True, slots=True)
class Place:
    """A place that was set, and what was found there or done with it."""

    source: str
    """The source's id."""
    title: str
    files: tuple[Item | BadRecord, ...] = ()
    """What is there, or where it was fetched from, what couldn't be used of it."""
    said: str = ""
    """What was done, in a sentence."""
    trouble: str = ""
    """What went wrong, in a sentence; "" where nothing did."""


def places(uow: UnitOfWork, actor: Actor, *, authority_id: int) -> list[type[EvidenceSource]]:
    """The sources of spend files that an authority has set."""
    with uow.read(actor) as work:
        scope.needs(work, Permission.SEE_FIGURES)
        scope.authority(work, authority_id)
        return [one for one in SOURCES if is_set(work, authority_id, PLUGIN, one.settings_class().model_fields)]


def look(uow: UnitOfWork, actor: Actor, children: Children, *, authority_id: int) -> list[Place]:
    """What is in each place of an authority now, known or not; nothing is fetched."""
    found = []
    for kind in places(uow, actor, authority_id=authority_id):
        files: list[Item | BadRecord] = []
        trouble = ""
        with uow.read(actor) as work:
            scope.needs(work, Permission.ADMINISTER)
            values = values_of(work, authority_id, PLUGIN)
        try:
            with children.opened(Reading(kind.id, values, "", authority_id)) as source:
                for batch in source.batches():
                    files += batch
        except (Trouble, PluginFault) as error:
            trouble = str(error)
        found.append(Place(kind.id, kind.title, tuple(files), trouble=trouble))
    return found


def fetch(uow: UnitOfWork, actor: Actor, children: Children, *, authority_id: int) -> list[Place]:
    """Fetch now what is new in each place of an authority, as the clock has it done."""
    done = []
    with uow.read(actor) as work:
        scope.needs(work, Permission.ADMINISTER)
    for kind in places(uow, actor, authority_id=authority_id):
        try:
            came = read(uow, children, source=kind.id, authority_id=authority_id)
        except (Trouble, PluginFault) as error:
            done.append(Place(kind.id, kind.title, trouble=str(error)))
        else:
            done.append(Place(kind.id, kind.title, tuple(came.rejects), said=str(came)))
    return done
