"""The second factor: an authenticator app's codes (RFC 6238), and recovery codes for who hasn't the app at hand.

Administrators need one, other staff may have one. Its secret is sealed under the installation's key.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from hmac import compare_digest
from secrets import choice, token_bytes
from typing import Any
from urllib.parse import quote, urlencode

from sqlalchemy import func, select, update
from sqlalchemy.engine import Row

from quarterday.db.models import RecoveryCode, SecondFactor, SignInSession, User
from quarterday.db.work import Actor, UnitOfWork, Work
from quarterday.domain import totp
from quarterday.domain.sentences import said
from quarterday.errors import NotConfigured, Refused
from quarterday.services.access import keys as access_keys
from quarterday.services.access import limits, sessions
from quarterday.services.access.keys import Keys
from quarterday.services.access.visits import Standing, Visit

ISSUER = "Quarterday"
"""What the app calls the installation."""
SECRET_BYTES = 20
"""As long as the digest it keys (RFC 4226, 4)."""
PENDING = timedelta(minutes=15)
"""How long a secret that wasn't confirmed is shown again, so that a page loaded anew still fits the app."""
MOST_WRONG, PAUSE = 5, timedelta(minutes=15)
"""After so many wrong codes in a row each further one is a pause away: a guess then succeeds once in some ten years."""
RECOVERY_CODES = 10
_PURPOSE = "second factor"
_SIGNS = "23456789abcdefghjkmnpqrstuvwxyz"
_LENGTH = 12
"""Signs that can't be mistaken for one another, 59 bits of them."""


@dataclass(frozen=True, slots=True)
class Enrolment:
    """What an authenticator app is given, to be shown to its owner and nobody else."""

    secret: str
    """For typing, in Base32."""
    uri: str
    """For scanning: ``otpauth://totp/…``."""


class WrongCode(Refused):
    """The code isn't right, or it has been used; it was counted."""


def begin(uow: UnitOfWork, visit: Visit) -> Enrolment:
    """Begin to enrol an app; it counts once its first code is given to :func:`confirm`.

    Raises :class:`Refused` for who isn't the council's staff, and where there is a second factor already.
    """
    _must_be_staff(visit)
    keys = access_keys.installed()
    with uow.begin(_actor(visit)) as work:
        _lock(work, visit.user_id)
        if _factor(work, visit.user_id, confirmed=True):
            raise Refused("You have an authenticator app already; ask an administrator to reset it first.")
        pending = _factor(work, visit.user_id, confirmed=False)
        if pending and work.now - pending.recorded_at < PENDING:
            secret = _opened(keys, pending)
        else:
            secret = token_bytes(SECRET_BYTES)
            sealed = keys.seal(_PURPOSE, visit.user_id, secret.hex())
            factor_id = work.add(SecondFactor, user_id=visit.user_id, sealed=sealed, step=0, wrong=0)
            work.audit(None, "second_factor.begun", f"second_factor/{factor_id}", user=visit.user_id)
        email = work.connection.execute(select(User.c.email).where(User.c.id == visit.user_id)).scalar_one()
    return _enrolment(secret, email)


def confirm(uow: UnitOfWork, visit: Visit, code: str) -> tuple[str, ...]:
    """Enrol the app by its first code; returns the recovery codes, which are never shown again.

    The session has passed the second factor then. Raises :class:`WrongCode`, and :class:`Refused` where nothing was
    begun.
    """
    _must_be_staff(visit)
    keys = access_keys.installed()
    recovery = tuple("".join(choice(_SIGNS) for _ in range(_LENGTH)) for _ in range(RECOVERY_CODES))
    with uow.begin(_actor(visit)) as work:
        _lock(work, visit.user_id)
        factor = _factor(work, visit.user_id, confirmed=False)
        if factor is None or _factor(work, visit.user_id, confirmed=True):
            raise Refused("Begin with the authenticator app again.")
        is_right = _accept(work, keys, factor, code, confirmed_at=work.now)
        if is_right:
            digests = [{"digest": _digest(keys, one)} for one in recovery]
            work.add_all(RecoveryCode, [{"second_factor_id": factor.id, **one} for one in digests])
            _pass(work, visit)
            work.audit(None, "second_factor.on", f"second_factor/{factor.id}", user=visit.user_id)
    if not is_right:
        raise _wrong()
    return tuple("-".join(one[at : at + 4] for at in range(0, _LENGTH, 4)) for one in recovery)


def check(uow: UnitOfWork, visit: Visit, code: str) -> None:
    """Pass the second factor in this session, by the code that the app shows now; each code counts once.

    Raises :class:`WrongCode`, and after too many :class:`Refused` with how long to wait.
    """
    keys = access_keys.installed()
    with uow.begin(_actor(visit)) as work:
        factor = _confirmed(work, visit)
        is_right = _accept(work, keys, factor, code)
        if is_right:
            _pass(work, visit)
            work.audit(None, "second_factor.passed", f"session/{visit.session_id}", user=visit.user_id)
    if not is_right:
        raise _wrong()


def recovery(uow: UnitOfWork, visit: Visit, code: str) -> int:
    """Pass the second factor by a recovery code, which is used up; returns how many are left.

    Raises :class:`WrongCode`, and after too many :class:`Refused` with how long to wait.
    """
    digest = _digest(access_keys.installed(), _tidy(code))
    with uow.begin(_actor(visit)) as work:
        factor = _confirmed(work, visit)
        codes = work.all(
            select(RecoveryCode.c.id, RecoveryCode.c.digest).where(
                RecoveryCode.c.second_factor_id == factor.id, RecoveryCode.c.used_at.is_(None)
            )
        )
        used = next((one.id for one in codes if compare_digest(one.digest, digest)), None)
        if used is None:
            _count_wrong(work, factor)
        else:
            work.connection.execute(update(RecoveryCode).where(RecoveryCode.c.id == used).values(used_at=work.now))
            _set(work, factor.id, wrong=0)
            _pass(work, visit)
            work.audit(
                None, "second_factor.recovered", f"session/{visit.session_id}", user=visit.user_id, left=len(codes) - 1
            )
    if used is None:
        raise WrongCode("That is none of your recovery codes, or it has been used.")
    return len(codes) - 1


def codes_left(uow: UnitOfWork, visit: Visit) -> int:
    """How many recovery codes the visitor hasn't used yet."""
    with uow.read(_actor(visit)) as work:
        query = (
            select(func.count(RecoveryCode.c.id))
            .join(SecondFactor, SecondFactor.c.id == RecoveryCode.c.second_factor_id)
            .where(RecoveryCode.c.used_at.is_(None), SecondFactor.c.user_id == visit.user_id, *_ON)
        )
        return work.connection.execute(query).scalar_one()


def reset(uow: UnitOfWork, actor: Actor, *, user_id: int) -> bool:
    """Take somebody's second factor away, and end all their sessions; returns whether there was one.

    They sign in anew, and an administrator enrols anew. Raises :class:`Refused` for anybody but the operator and an
    administrator of an authority whose staff they are.
    """
    with uow.begin(actor) as work:
        sessions.must_administer(work, user_id)
        _lock(work, user_id)
        there = (SecondFactor.c.user_id == user_id, SecondFactor.c.ended_at.is_(None))
        found = work.all(select(SecondFactor.c.id, SecondFactor.c.confirmed_at).where(*there))
        work.connection.execute(update(SecondFactor).where(*there).values(ended_at=work.now))
        for row in found:
            work.audit(None, "second_factor.off", f"second_factor/{row.id}", user=user_id)
        sessions.put_end(work, user_id)
    return any(row.confirmed_at for row in found)


_ON = (SecondFactor.c.confirmed_at.is_not(None), SecondFactor.c.ended_at.is_(None))
_COLUMNS = (
    SecondFactor.c.id,
    SecondFactor.c.user_id,
    SecondFactor.c.sealed,
    SecondFactor.c.step,
    SecondFactor.c.wrong,
    SecondFactor.c.wrong_at,
    SecondFactor.c.recorded_at,
)
_Row = Row[int, int, str, int, int, datetime | None, datetime]


def _factor(work: Work, user_id: int, *, confirmed: bool) -> _Row | None:
    """Somebody's second factor, or the newest they have begun to enrol."""
    is_on = SecondFactor.c.confirmed_at.is_not(None) if confirmed else SecondFactor.c.confirmed_at.is_(None)
    mine = (SecondFactor.c.user_id == user_id, SecondFactor.c.ended_at.is_(None), is_on)
    return work.one(select(*_COLUMNS).where(*mine).order_by(SecondFactor.c.id.desc()).limit(1))


def _confirmed(work: Work, visit: Visit) -> _Row:
    if visit.standing is not Standing.MUST_CHECK:
        raise Refused("There is no code to give in this session.")
    _lock(work, visit.user_id)
    factor = _factor(work, visit.user_id, confirmed=True)
    if factor is None:
        raise Refused("You have no authenticator app; sign in again.")
    return _must_not_wait(work, factor)


def _must_not_wait(work: Work, factor: _Row) -> _Row:
    left = factor.wrong_at + PAUSE - work.now if factor.wrong_at else timedelta()
    if factor.wrong >= MOST_WRONG and left > timedelta():
        raise Refused("Too many wrong codes were given. {wait}", wait=limits.wait(left))
    return factor


def _accept(work: Work, keys: Keys, factor: _Row, code: str, **also: Any) -> bool:
    """Whether a code is right; then it is used up, else it is counted."""
    secret = _opened(keys, _must_not_wait(work, factor))
    step = totp.matching_step(secret, _tidy(code), work.now, after=factor.step)
    if step is None:
        _count_wrong(work, factor)
        return False
    _set(work, factor.id, step=step, wrong=0, **also)
    return True


def _count_wrong(work: Work, factor: _Row) -> None:
    _set(work, factor.id, wrong=factor.wrong + 1, wrong_at=work.now)
    work.audit(None, "second_factor.wrong", f"second_factor/{factor.id}", user=factor.user_id)


def _opened(keys: Keys, factor: _Row) -> bytes:
    """The secret that app and record share; raises :class:`NotConfigured` where it is under another key."""
    try:
        return bytes.fromhex(keys.open(_PURPOSE, factor.user_id, factor.sealed))
    except access_keys.CannotOpen as problem:
        why = said(
            "The second factor is sealed under another key than “secret_key”; set that key again, or let "
            "the person enrol anew: quarterday user reset-second-factor EMAIL."
        )
        raise NotConfigured("secret_key", why) from problem


def _wrong() -> WrongCode:
    return WrongCode("That is not the code your app shows now, or it was used already; wait for the next and type it.")


def _tidy(code: str) -> str:
    return "".join(code.replace("-", "").split()).casefold()


def _digest(keys: Keys, code: str) -> str:
    return keys.digest("recovery codes", code)


def _enrolment(secret: bytes, email: str) -> Enrolment:
    text = base64.b32encode(secret).decode()
    said: Mapping[str, object] = {
        "secret": text,
        "issuer": ISSUER,
        "algorithm": "SHA1",
        "digits": totp.DIGITS,
        "period": totp.SECONDS,
    }
    return Enrolment(text, f"otpauth://totp/{quote(f'{ISSUER}:{email}', safe=':@')}?{urlencode(said)}")


def _must_be_staff(visit: Visit) -> None:
    if visit.return_id is not None or not visit.is_staff:
        raise Refused("An authenticator app is for the council's staff.")


def _lock(work: Work, user_id: int) -> None:
    """Of two who use somebody's second factor at once the second waits, and reads what the first one did."""
    work.take_turns(f"second factor {user_id}")


def _pass(work: Work, visit: Visit) -> None:
    mine = SignInSession.c.id == visit.session_id
    work.connection.execute(update(SignInSession).where(mine).values(second_factor_at=work.now))


def _set(work: Work, factor_id: int, **values: Any) -> None:
    work.connection.execute(update(SecondFactor).where(SecondFactor.c.id == factor_id).values(**values))


def _actor(visit: Visit) -> Actor:
    return Actor(f"user/{visit.user_id}", user_id=visit.user_id)
