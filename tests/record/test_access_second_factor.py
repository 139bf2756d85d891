"""The second factor: enrolled by its first code, each code once, recovery codes once, wrong ones slowed down."""

from __future__ import annotations

import base64
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from urllib.parse import parse_qs, urlsplit

import pytest
from refusals import not_refused

from quarterday.db.work import Actor, UnitOfWork
from quarterday.domain import totp
from quarterday.domain.contracts import MemberRole
from quarterday.errors import NotConfigured, Refused
from quarterday.services.access import second_factor, sessions
from quarterday.services.access.links import Opened
from quarterday.services.access.second_factor import WrongCode
from quarterday.services.access.visits import Standing, Visit
from quarterday.testing import builders
from quarterday.testing.builders import OPERATOR
from quarterday.testing.clock import Clock

pytestmark = pytest.mark.usefixtures("secret_key")


@pytest.fixture
def council(uow: UnitOfWork) -> int:
    return builders.an_authority(uow)


@pytest.fixture
def administrator(uow: UnitOfWork, council: int) -> int:
    return builders.a_user(uow, authority_id=council, role="administrator")


def again(uow: UnitOfWork, opened: Opened) -> Visit:
    """The same session, at its next request."""
    visit = sessions.visit(uow, opened.cookie)
    assert visit
    return visit


def enrolled(uow: UnitOfWork, clock: Clock, user_id: int) -> tuple[bytes, tuple[str, ...]]:
    """Somebody has an app; its secret, and the recovery codes. The code shown now is used up."""
    visit = builders.a_session(uow, user_id).visit
    secret = base64.b32decode(second_factor.begin(uow, visit).secret)
    return secret, second_factor.confirm(uow, visit, code(secret, clock))


def code(secret: bytes, clock: Clock, later: int = 0) -> str:
    return totp.code(secret, totp.step_at(clock.now) + later)


def test_an_administrator_can_do_nothing_but_enrol_until_then(
    uow: UnitOfWork, clock: Clock, administrator: int
) -> None:
    opened = builders.a_session(uow, administrator)
    visit = opened.visit
    assert visit.standing is Standing.MUST_ENROL
    with pytest.raises(Refused, match="authenticator app first"):
        visit.actor(visit.places[0])
    enrolment = second_factor.begin(uow, visit)
    assert second_factor.begin(uow, visit) == enrolment  # the page loaded anew
    uri = urlsplit(enrolment.uri)
    assert (uri.scheme, uri.netloc) == ("otpauth", "totp")
    assert uri.path.startswith("/Quarterday:person")
    assert parse_qs(uri.query)["secret"] == [enrolment.secret]
    with pytest.raises(WrongCode):
        second_factor.confirm(uow, visit, "000000")
    assert again(uow, opened).standing is Standing.MUST_ENROL
    codes = second_factor.confirm(uow, visit, code(base64.b32decode(enrolment.secret), clock))
    assert len(set(codes)) == 10
    ready = again(uow, opened)
    assert ready.standing is Standing.READY
    assert ready.actor(ready.places[0]).user_id == administrator
    assert builders.a_session(uow, administrator).visit.standing is Standing.MUST_CHECK


def test_a_secret_that_was_not_confirmed_in_time_is_replaced(uow: UnitOfWork, clock: Clock, administrator: int) -> None:
    visit = builders.a_session(uow, administrator).visit
    first = second_factor.begin(uow, visit)
    clock.forward(minutes=15)
    second = second_factor.begin(uow, visit)
    assert first != second
    with pytest.raises(WrongCode):
        second_factor.confirm(uow, visit, code(base64.b32decode(first.secret), clock))
    second_factor.confirm(uow, visit, code(base64.b32decode(second.secret), clock))


def test_each_code_is_used_once_also_in_another_session(uow: UnitOfWork, clock: Clock, administrator: int) -> None:
    secret, _ = enrolled(uow, clock, administrator)
    one, other = builders.a_session(uow, administrator), builders.a_session(uow, administrator)
    with pytest.raises(WrongCode):
        second_factor.check(uow, one.visit, code(secret, clock))  # it enrolled the app
    clock.forward(seconds=30)
    used = code(secret, clock)
    second_factor.check(uow, one.visit, f" {used[:3]} {used[3:]}")
    assert [again(uow, each).standing for each in (one, other)] == [Standing.READY, Standing.MUST_CHECK]
    for steps in (0, -1):
        with pytest.raises(WrongCode):
            second_factor.check(uow, other.visit, code(secret, clock, steps))
    second_factor.check(uow, other.visit, code(secret, clock, 1))  # a phone whose clock is ahead
    with pytest.raises(Refused, match="no code to give"):
        second_factor.check(uow, again(uow, other), code(secret, clock, 1))


def test_one_code_in_many_sessions_at_once_opens_one(uow: UnitOfWork, clock: Clock, administrator: int) -> None:
    secret, _ = enrolled(uow, clock, administrator)
    visits = [builders.a_session(uow, administrator).visit for _ in range(4)]
    clock.forward(seconds=30)

    def give(visit: Visit) -> bool:
        try:
            second_factor.check(uow, visit, code(secret, clock))
        except WrongCode:
            return False
        return True

    with ThreadPoolExecutor(4) as threads:
        assert sorted(threads.map(give, visits)) == [False, False, False, True]


def test_wrong_codes_make_one_wait(uow: UnitOfWork, clock: Clock, administrator: int) -> None:
    secret, codes = enrolled(uow, clock, administrator)
    clock.forward(minutes=1)
    visit = builders.a_session(uow, administrator).visit
    for wrong in ("", "12345", "abcdef", "１２３４５６", "é" * 6):
        with pytest.raises(WrongCode):
            second_factor.check(uow, visit, wrong)
    clock.forward(minutes=5)
    for give, right in ((second_factor.check, code(secret, clock)), (second_factor.recovery, codes[0])):
        with pytest.raises(Refused, match=r"Too many wrong codes were given\. Try again in 10 minutes\."):
            give(uow, visit, right)
    clock.forward(minutes=10)
    with pytest.raises(WrongCode):
        second_factor.recovery(uow, visit, codes[0][:-1])
    with pytest.raises(Refused, match="15 minutes"):
        second_factor.check(uow, visit, code(secret, clock))
    clock.forward(minutes=15)
    second_factor.check(uow, visit, code(secret, clock))


def test_a_recovery_code_is_good_once_however_it_is_typed(uow: UnitOfWork, clock: Clock, administrator: int) -> None:
    _, codes = enrolled(uow, clock, administrator)
    opened = builders.a_session(uow, administrator)
    assert second_factor.codes_left(uow, opened.visit) == 10
    assert second_factor.recovery(uow, opened.visit, codes[3].upper().replace("-", " ")) == 9
    assert again(uow, opened).standing is Standing.READY
    other = builders.a_session(uow, administrator).visit
    with pytest.raises(WrongCode, match="has been used"):
        second_factor.recovery(uow, other, codes[3])
    assert second_factor.recovery(uow, other, codes[4]) == 8
    assert second_factor.codes_left(uow, other) == 8


def test_a_code_of_somebody_else_opens_nothing(uow: UnitOfWork, clock: Clock, council: int, administrator: int) -> None:
    secret, codes = enrolled(uow, clock, administrator)
    other = builders.a_user(uow, authority_id=council, role="administrator")
    enrolled(uow, clock, other)
    clock.forward(seconds=30)
    visit = builders.a_session(uow, other).visit
    for give, theirs in ((second_factor.check, code(secret, clock)), (second_factor.recovery, codes[0])):
        with pytest.raises(WrongCode):
            give(uow, visit, theirs)


def test_other_staff_may_enrol_and_suppliers_do_not(uow: UnitOfWork, clock: Clock, council: int) -> None:
    manager = builders.a_user(uow, authority_id=council)
    assert builders.a_session(uow, manager).visit.standing is Standing.READY
    enrolled(uow, clock, manager)
    visit = builders.a_session(uow, manager).visit
    assert visit.standing is Standing.MUST_CHECK
    firm = builders.a_supplier(uow)
    supplier = builders.a_session(uow, builders.a_user(uow, supplier_id=firm)).visit
    assert supplier.standing is Standing.READY
    cases = [
        (partial(second_factor.begin, uow, visit), "You have an authenticator app already"),
        (partial(second_factor.confirm, uow, visit, "000000"), "Begin with the authenticator app again"),
        (partial(second_factor.begin, uow, supplier), "for the council's staff"),
        (partial(second_factor.confirm, uow, supplier, "000000"), "for the council's staff"),
        (partial(second_factor.check, uow, supplier, "000000"), "no code to give"),
        (partial(second_factor.recovery, uow, supplier, "x"), "no code to give"),
    ]
    assert not_refused(uow, cases) == []


def staff(authority_id: int, user_id: int, role: MemberRole) -> Actor:
    return Actor(f"user/{user_id}", user_id=user_id, authority_id=authority_id, role=role)


def test_a_reset_takes_app_codes_and_sessions_away(
    uow: UnitOfWork, clock: Clock, council: int, administrator: int
) -> None:
    manager = builders.a_user(uow, authority_id=council)
    secret, _ = enrolled(uow, clock, manager)
    opened = builders.a_session(uow, manager)
    with pytest.raises(Refused, match="Only an administrator"):
        second_factor.reset(uow, staff(council, manager, MemberRole.MANAGER), user_id=manager)
    actor = staff(council, administrator, MemberRole.ADMINISTRATOR)
    assert second_factor.reset(uow, actor, user_id=manager) is True
    assert sessions.visit(uow, opened.cookie) is None
    assert second_factor.reset(uow, OPERATOR, user_id=manager) is False
    clock.forward(seconds=30)
    anew = builders.a_session(uow, manager)
    assert anew.visit.standing is Standing.READY
    with pytest.raises(Refused, match="no code to give"):
        second_factor.check(uow, anew.visit, code(secret, clock))
    enrolled(uow, clock, manager)


def test_a_secret_sealed_under_another_key_is_said_to_be(
    uow: UnitOfWork, clock: Clock, administrator: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret, _ = enrolled(uow, clock, administrator)
    visit = builders.a_session(uow, administrator).visit
    clock.forward(seconds=30)
    monkeypatch.setenv("QUARTERDAY_SECRET_KEY", "the installation's next key, as long as it needs to be")
    with pytest.raises(NotConfigured, match="reset-second-factor"):
        second_factor.check(uow, visit, code(secret, clock))
