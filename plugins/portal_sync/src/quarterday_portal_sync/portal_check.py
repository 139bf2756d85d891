"""What ``quarterday doctor`` says of exchange with portals: the mapping, the certificate that we show, the last run.

Nobody is asked for it: what a portal answers shows in the runs.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from quarterday import Health, NotConfigured, Verdict, said

if TYPE_CHECKING:
    from quarterday.services.record import UnitOfWork
    from quarterday_portal_sync.portal_settings import PortalSettings

PLUGIN, PORTAL = "portal_sync", "portal"
PATIENCE = timedelta(days=2)
"""How long there may be no run before somebody is told."""

NOTICE = timedelta(days=30)
"""How long before its end a certificate is spoken of."""


class PortalStanding:
    """Whether the portal that an authority has set can be exchanged with, as far as is known without asking it."""

    title: str = said("Social value portals")

    def run(self) -> Iterator[Verdict]:
        """What is wrong with each authority's portal; nothing where none is set."""
        from quarterday.services.record import open_record

        try:
            uow = open_record(plugin=PLUGIN)
        except NotConfigured:
            return  # the record's own check says so
        yield from verdicts(uow)


def verdicts(uow: UnitOfWork) -> Iterator[Verdict]:
    """The findings on a record."""
    from quarterday.services.organisations.authorities import authorities
    from quarterday.services.portals.runs import runs
    from quarterday.services.record import Actor

    actor = Actor.operator("doctor")
    for council in authorities(uow, actor):
        try:
            settings = settings_of(uow, council.id)
        except NotConfigured as why:
            yield Verdict(Health.WRONG, said("{key}: {why}", key=council.key, why=why), _set(council.key))
            continue
        if settings is None:
            continue
        found = [*_mapping(settings, council.key), *_certificate(settings, council.key, uow.clock())]
        last = runs(uow, actor, authority_id=council.id, portal=PORTAL, purpose="sync", most=1)
        to_do = said("See “quarterday sync status --authority {key}”.", key=council.key)
        if last and last[0].error:
            what = said("{key}: the last exchange broke off: {why}", key=council.key, why=last[0].error)
            found.append(Verdict(Health.WARNING, what, to_do))
        elif last and last[0].began_at < uow.clock() - PATIENCE:
            what = said("{key}: nothing was exchanged since {day}.", key=council.key, day=last[0].began_at.date())
            found.append(Verdict(Health.WARNING, what, to_do))
        yield from found or [Verdict(Health.GOOD, said("{key}: the exchange is in order", key=council.key))]


def settings_of(uow: UnitOfWork, authority_id: int | None) -> PortalSettings | None:
    """What an authority has set for its portal, or (None) the installation; None where it has set none.

    Raises :class:`NotConfigured` for what can't be used, in words without what was set.
    """
    from pydantic import ValidationError

    from quarterday.services.plugins.configured import is_set, values_of
    from quarterday.services.record import Actor
    from quarterday_portal_sync.portal_settings import PortalSettings

    with uow.read(Actor.operator(PORTAL)) as work:
        if not is_set(work, authority_id, PLUGIN, PortalSettings.model_fields):
            return None
        values = values_of(work, authority_id, PLUGIN)
    known = {name: value for name, value in values.items() if name in PortalSettings.model_fields}
    try:
        return PortalSettings.model_validate(known)
    except ValidationError as error:
        names = sorted({str(one["loc"][0]) for one in error.errors(include_input=False) if one["loc"]})
        why = "What is set for the portal can't be used: {names}."
    raise NotConfigured(names[0], why, names=", ".join(names))


def _set(key: str) -> str:
    return said("Set it with “quarterday plugins configure portal_sync --authority {key}”.", key=key)


def _mapping(settings: PortalSettings, key: str) -> Iterator[Verdict]:
    from quarterday_portal_sync.mapping.file import read_mapping

    try:
        read_mapping(settings.mapping_file)
    except NotConfigured as why:
        to_do = said("“quarterday sync check” says more of it.")
        yield Verdict(Health.WRONG, said("{key}: {why}", key=key, why=why), to_do)


def _certificate(settings: PortalSettings, key: str, now: datetime) -> Iterator[Verdict]:
    """What is to be said of the certificate that we show, and of the authority that vouches for the portal."""
    if settings.transport != "web":
        return
    from cryptography.x509 import load_pem_x509_certificates

    for setting, text in (("web_certificate", settings.web_certificate), ("web_authority", settings.web_authority)):
        if not text:
            continue
        try:
            pem = Path(text).read_bytes() if text.startswith("/") else text.encode()
            ends = min(one.not_valid_after_utc for one in load_pem_x509_certificates(pem))
        except (OSError, ValueError):
            what = said("{key}: the certificate in “{setting}” can't be read.", key=key, setting=setting)
            yield Verdict(Health.WRONG, what, _set(key))
            continue
        if ends <= now + NOTICE:
            health = Health.WRONG if ends <= now else Health.WARNING
            what = said(
                "{key}: the certificate in “{setting}” ends on {day}.", key=key, setting=setting, day=ends.date()
            )
            yield Verdict(health, what, _set(key))
