"""Links to sign in with: asked for in a browser, sent with a mail about one return, or printed for the operator.

What a link carries is an HMAC of its token's id, under a key outside the database, and the id. Tables, outbox and dumps
hold ids alone, and a mail that is composed again carries the same link. Looking at a link spends nothing, because mail
scanners look at every link; using it is a press of a button, and works once.
"""

from __future__ import annotations

import base64
import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum

from sqlalchemy import select, update
from sqlalchemy.engine import Row

from quarterday.db.models import Period, Return, SignInToken, User
from quarterday.db.work import LONDON, Actor, Priority, UnitOfWork, Work
from quarterday.domain import names
from quarterday.domain.sentences import Sentence, numbered, said
from quarterday.errors import Refused
from quarterday.services import scope
from quarterday.services.access import keys as access_keys
from quarterday.services.access import limits, sessions, visits
from quarterday.services.access.keys import Keys
from quarterday.services.access.limits import Asker
from quarterday.services.access.visits import Visit

SIGN_IN_LIVES = timedelta(minutes=15)
"""A link that was asked for: somebody waits for it."""
RETURN_LIVES = timedelta(days=30)
"""A link in a mail about one return lives until the return closes, and at least so long: a query and a receipt come
when it may be closed already. It opens little, works once, and a link that expires is what hurts most (DOMAIN 8)."""
OPERATOR_LIVES = timedelta(hours=1)
"""A link that an operator prints and hands over in person."""
WRONG_DIGITS = 5
"""How often digits may be typed wrong before the link is spent: one chance in 200,000 for who guesses."""
PATH = "/sign-in/l/"
_ANYBODY = Actor("sign-in")
_NOBODY_ASKED = Asker()


class Purpose(StrEnum):
    """What a link is for."""

    SIGN_IN = "sign-in"
    RETURN = "return"
    OPERATOR = "operator"


class State(StrEnum):
    """What has become of a link."""

    GOOD = "good"
    USED = "used"
    OLD = "old"
    """Its time is over, or the person has no role any more."""
    WRONG = "wrong"
    """No link of ours, cut off or mistyped."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What the asking browser is told, whoever the address belongs to."""

    token_id: int
    digits: str
    """Six digits for the browser to show, as :func:`digits` gives them."""


@dataclass(frozen=True, slots=True)
class Looked:
    """A link, looked at."""

    state: State
    needs_digits: bool = False
    """Whether it was asked for in another browser, whose digits must be typed."""
    purpose: Purpose | None = None
    """None for a wrong link."""
    return_id: int | None = None


@dataclass(frozen=True, slots=True)
class Opened:
    """A session that a link has opened."""

    cookie: str
    """The random value for the browser's cookie; only its digest is kept."""
    visit: Visit


class NotGood(Refused):
    """The link can't be used; ``state`` says whether it is used, old or wrong."""

    def __init__(self, state: State) -> None:
        super().__init__(_WHY[state])
        self.state = state


class WrongDigits(Refused):
    """The digits aren't those that the asking browser shows; the message says how many tries are left."""


_WHY = {
    State.USED: said("This link has been used already; ask for a fresh one."),
    State.OLD: said("This link is too old; ask for a fresh one."),
    State.WRONG: said("This is not a whole link; open it from the mail again, or ask for a fresh one."),
}


def ask(uow: UnitOfWork, *, email: str, browser: str, client: str) -> Asked:
    """Send a link to the address, for use in the browser whose cookie holds the random value ``browser``.

    ``client`` is the network address of who asks. An address nobody has is answered alike, and no mail is sent. Links
    asked for before stay good until their time: mails overtake one another, and the digits are the browser's, the same
    for all of them. Raises :class:`Refused` for what is no address, and, with how long to wait, after too many.
    """
    keys = access_keys.installed()
    try:
        address = names.email(email)
    except ValueError as problem:
        raise Refused(str(problem)) from problem
    asking = visits.digest_of(browser)
    with uow.begin(_ANYBODY) as work:
        asker = limits.asker(keys, address, client)
        limits.must_keep(work, asker)
        known = work.connection.execute(select(User.c.id).where(User.c.email == address)).scalar()
        user_id = known if visits.may_open(work, known or 0, None) else None  # as much work for a stranger
        token_id = _put(
            work,
            Purpose.SIGN_IN,
            work.now + SIGN_IN_LIVES,
            user_id=user_id,
            browser=asking,
            asker=asker,
        )
        if user_id is not None:
            _send(work, token_id, user_id)
    return Asked(token_id, _digits(keys, asking))


def digits(browser: str) -> str:
    """The six digits that the browser with that random value shows while it waits for a link."""
    return _digits(access_keys.installed(), visits.digest_of(browser))


def look(uow: UnitOfWork, link: str, browser: str | None) -> Looked:
    """What has become of a link; changes nothing. ``link`` is what follows :data:`PATH`."""
    with uow.read(_ANYBODY) as work:
        row = _row(work, access_keys.installed(), link)
        if row is None:
            return Looked(State.WRONG)
        state = _state(work, row)
        elsewhere = bool(row.browser) and not _is_asking(row, browser)
        return Looked(state, elsewhere and state is State.GOOD, Purpose(row.purpose), row.return_id)


def use(uow: UnitOfWork, link: str, *, browser: str | None, digits: str | None = None, client_label: str) -> Opened:
    """Spend a link and open a session in the browser that ``client_label`` describes.

    ``browser`` is the random value in the cookie, None where there is none; ``digits`` are those typed, which a link
    asked for in another browser needs. Raises :class:`NotGood` for a link that can't be used, and :class:`WrongDigits`
    where they aren't those; the fifth time, the link is spent.
    """
    keys = access_keys.installed()
    with uow.begin(_ANYBODY) as work:
        row = _row(work, keys, link, lock=True)
        state = State.WRONG if row is None else _state(work, row)
        if row is None or state is not State.GOOD:
            raise NotGood(state)
        left = _tries_left(work, keys, row, browser, digits)
        if left is None:
            _set(work, row.id, used_at=work.now)
            work.audit(None, "link.used", f"link/{row.id}", user=row.user_id)
            cookie = sessions.open_session(work, user_id=row.user_id, return_id=row.return_id, label=client_label)
            visit = visits.read(work, cookie)
    if left is not None:
        raise WrongDigits(_try_again(left))
    if visit is None:  # the role ended between two statements on PostgreSQL
        raise NotGood(State.OLD)
    return Opened(cookie, visit)


def fresh(uow: UnitOfWork, link: str, *, client: str) -> None:
    """Send a fresh link for the same return to the same address, whatever has become of this one.

    Who that is isn't said, and nothing is sent to who has no role any more. Raises :class:`Refused` for a link that
    opens no return, and, with how long to wait, after too many.
    """
    keys = access_keys.installed()
    with uow.begin(_ANYBODY) as work:
        row = _row(work, keys, link)
        if row is None or row.return_id is None:
            raise Refused("This link can't be renewed; ask for a link on the sign-in page.")
        address = work.connection.execute(select(User.c.email).where(User.c.id == row.user_id)).scalar_one()
        asker = limits.asker(keys, address, client)
        limits.must_keep(work, asker)
        expires = _closes(work, row.return_id)
        token_id = _put(work, Purpose.RETURN, expires, user_id=row.user_id, return_id=row.return_id, asker=asker)
        if visits.may_open(work, row.user_id, row.return_id):
            _send(work, token_id, row.user_id)


def for_return(work: Work, user_id: int, return_id: int) -> int:
    """The step that makes a link for a mail about one return; returns the token's id, for the mail's payload.

    The link needs no asking browser, and what it opens is that return and nothing else.
    """
    return _put(work, Purpose.RETURN, _closes(work, return_id), user_id=user_id, return_id=return_id)


def for_returns(work: Work, wanted: Sequence[tuple[int, int]]) -> list[int]:
    """The same for many people and returns (their ids), in few statements; returns the tokens' ids, in that order."""
    ids = {return_id for _, return_id in wanted}
    days = (
        select(Return.c.id, Period.c.closes).join(Period, Return.c.period_id == Period.c.id).where(Return.c.id.in_(ids))
    )
    closes = {row.id: row.closes for row in work.all(days)}
    same = {"purpose": Purpose.RETURN, "browser": "", "address": "", "network": "", "wrong": 0}
    rows = [
        {**same, "user_id": user_id, "return_id": return_id, "expires_at": _good_until(work, closes[return_id])}
        for user_id, return_id in wanted
    ]
    made = work.add_each(SignInToken, rows)
    if made:
        work.audit(None, "links.made", f"link/{made[0]}", links=made)
    return made


def for_operator(uow: UnitOfWork, actor: Actor, *, user_id: int) -> int:
    """A link for somebody that works in any browser, to be handed over by the operator; returns the token's id.

    Raises :class:`Refused` for anybody but the operator, and for who has no role today.
    """
    with uow.begin(actor) as work:
        scope.only_the_operator(work)
        if not visits.may_open(work, user_id, None):
            raise Refused("This person has no role; give them one first (“quarterday user add”).")
        return _put(work, Purpose.OPERATOR, work.now + OPERATOR_LIVES, user_id=user_id)


def link_for(keys: Keys, token_id: int) -> str:
    """The path of a token's link, to be put behind the address of the pages; the same every time."""
    return f"{PATH}{_mac(keys, token_id)}.{token_id}"


def _mac(keys: Keys, token_id: int) -> str:
    return base64.urlsafe_b64encode(keys.mac("links", str(token_id))).decode().rstrip("=")


def _digits(keys: Keys, browser: str) -> str:
    return f"{int.from_bytes(keys.mac('digits', browser)) % 10**6:06}"


_COLUMNS = (
    SignInToken.c.id,
    SignInToken.c.user_id,
    SignInToken.c.purpose,
    SignInToken.c.return_id,
    SignInToken.c.browser,
    SignInToken.c.wrong,
    SignInToken.c.expires_at,
    SignInToken.c.used_at,
)
_Row = Row[int, int | None, str, int | None, str, int, datetime, datetime | None]


def _row(work: Work, keys: Keys, link: str, *, lock: bool = False) -> _Row | None:
    """The token of a link; None for no link of ours. Nobody has the link of a token without a person."""
    mac, _, number = link.removeprefix(PATH).rpartition(".")
    if not (number.isascii() and number.isdigit() and len(number) < 19):
        return None
    if not hmac.compare_digest(_mac(keys, int(number)).encode(), mac.encode()):
        return None
    query = select(*_COLUMNS).where(SignInToken.c.id == int(number), SignInToken.c.user_id.is_not(None))
    return work.one(query.with_for_update() if lock else query)


def _state(work: Work, row: _Row) -> State:
    if row.used_at is not None:
        return State.USED
    if work.now >= row.expires_at or not visits.may_open(work, row.user_id or 0, row.return_id):
        return State.OLD
    return State.GOOD


def _is_asking(row: _Row, browser: str | None) -> bool:
    return browser is not None and hmac.compare_digest(visits.digest_of(browser), row.browser)


def _tries_left(work: Work, keys: Keys, row: _Row, browser: str | None, typed: str | None) -> int | None:
    """None where the browser or the digits are the right ones, else how many tries are left."""
    if not row.browser or _is_asking(row, browser):
        return None
    digits = "".join((typed or "").split())
    if hmac.compare_digest(digits.encode(), _digits(keys, row.browser).encode()):
        return None
    left: int = WRONG_DIGITS - row.wrong - 1
    _set(work, row.id, wrong=row.wrong + 1, **({} if left else {"used_at": work.now}))
    work.audit(None, "link.wrong_digits", f"link/{row.id}", left=left)
    return left


def _try_again(left: int) -> Sentence:
    if not left:
        return said("The six digits were wrong five times, and the link is spent; ask for a fresh one.")
    return numbered(
        left,
        "Those aren't the six digits: type what the browser shows in which you asked for the link; one try is left.",
        "Those aren't the six digits: type what the browser shows in which you asked for the link; {n} tries are left.",
    )


def _put(
    work: Work,
    purpose: Purpose,
    expires_at: datetime,
    *,
    user_id: int | None,
    return_id: int | None = None,
    browser: str = "",
    asker: Asker = _NOBODY_ASKED,
) -> int:
    token_id = work.add(
        SignInToken,
        user_id=user_id,
        purpose=purpose,
        return_id=return_id,
        browser=browser,
        address=asker.address,
        network=asker.network,
        wrong=0,
        expires_at=expires_at,
    )
    work.audit(None, "link.made", f"link/{token_id}", user=user_id, purpose=purpose, **{"return": return_id})
    return token_id


def _send(work: Work, token_id: int, user_id: int) -> None:
    payload = {"token": token_id, "user": user_id}
    work.send("mail.sign_in", f"mail.sign_in/{token_id}", payload, priority=Priority.PERSON_WAITS)


def _closes(work: Work, return_id: int) -> datetime:
    """Until when a link to a return is good: the end of the day on which it closes, and at least thirty days."""
    query = select(Period.c.closes).join(Return, Return.c.period_id == Period.c.id).where(Return.c.id == return_id)
    return _good_until(work, work.connection.execute(query).scalar_one())


def _good_until(work: Work, closes: date) -> datetime:
    return max(datetime.combine(closes, time.max, LONDON), work.now + RETURN_LIVES)


def _set(work: Work, token_id: int, **values: int | datetime) -> None:
    work.connection.execute(update(SignInToken).where(SignInToken.c.id == token_id).values(**values))
