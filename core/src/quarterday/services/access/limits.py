"""How often a link may be asked for: counted in the database, so that any number of web processes count together."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from ipaddress import IPv6Address, ip_address, ip_network
from math import ceil

from sqlalchemy import Column, delete, select

from quarterday.db.models import SignInToken
from quarterday.db.work import Work
from quarterday.domain.sentences import Sentence, numbered
from quarterday.errors import Refused
from quarterday.services.access.keys import Keys

WINDOW = timedelta(minutes=15)
PER_ADDRESS = 5
"""Links to one address within the window: enough for a mail that is slow, too few to fill anybody's mailbox."""
PER_NETWORK = 50
"""Links asked for from one network within the window: a whole council may sit behind one address."""


def network_of(client: str) -> str:
    """The network that a client's address belongs to: /24 of IPv4, /56 of IPv6, which is what one customer gets."""
    try:
        found = ip_address(client.split("%")[0])
    except ValueError:
        return "unknown"
    if isinstance(found, IPv6Address) and found.ipv4_mapped:
        found = found.ipv4_mapped
    return str(ip_network((found, 24 if found.version == 4 else 56), strict=False))


@dataclass(frozen=True, slots=True)
class Asker:
    """Who asks for a link, as digests under the installation's key, so that the database alone doesn't tell."""

    address: str = ""
    """Of the e-mail address typed."""
    network: str = ""
    """Of the network that asked; "" for both where nobody asked."""


def asker(keys: Keys, address: str, client: str) -> Asker:
    """Who asks for a link to an e-mail address from a network address."""
    return Asker(keys.digest("address", address), keys.digest("network", network_of(client)))


def must_keep(work: Work, asker: Asker) -> None:
    """Raise :class:`Refused`, saying how long to wait, where too many links were asked for.

    Whoever asks at the same moment has their turn after ours. What strangers asked for and counts no more is cleared
    away.
    """
    work.take_turns(f"sign-in {asker.address}")
    _must_have_fewer(work, SignInToken.c.address, asker.address, PER_ADDRESS)
    work.take_turns(f"sign-in {asker.network}")
    _must_have_fewer(work, SignInToken.c.network, asker.network, PER_NETWORK)
    past = (SignInToken.c.user_id.is_(None), SignInToken.c.expires_at < work.now - WINDOW)
    work.connection.execute(delete(SignInToken).where(*past))


def _must_have_fewer(work: Work, column: Column[str], digest: str, most: int) -> None:
    recent = (
        select(SignInToken.c.recorded_at)
        .where(column == digest, SignInToken.c.recorded_at > work.now - WINDOW)
        .order_by(SignInToken.c.recorded_at.desc())
        .limit(most)
    )
    rows = work.all(recent)
    if len(rows) == most:
        raise Refused("Too many links were asked for. {wait}", wait=wait(rows[-1].recorded_at + WINDOW - work.now))


def wait(left: timedelta) -> Sentence:
    """The sentence that says how long to wait, in whole minutes, at least one."""
    minutes = max(1, ceil(left / timedelta(minutes=1)))
    return numbered(minutes, "Try again in {n} minute.", "Try again in {n} minutes.")
