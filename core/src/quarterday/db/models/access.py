"""Signing in: links that were asked for, sessions, second factors. Working state, except that nothing spent comes back.

Nothing here lets anybody in who has only the database: links are HMACs of an id, cookies and recovery codes stand as
digests, and the secret of a second factor is sealed under the installation's key.
"""

from __future__ import annotations

from sqlalchemy import Index, UniqueConstraint
from sqlalchemy.orm import Mapped

from quarterday.db.columns import Base, Id, Moment, Whole, to


class SignInToken(Base):
    """A link to sign in with. The link itself is an HMAC of the id, and is not kept."""

    __tablename__ = "sign_in_token"
    id: Mapped[Id]
    user_id: Mapped[int | None] = to("person")
    """None where nobody has the address that was typed: the row counts for the limits, and no mail is sent."""
    purpose: Mapped[str]
    """sign-in, return, operator."""
    return_id: Mapped[int | None] = to("return")
    """Where the link opens one return and nothing else."""
    browser: Mapped[str]
    """SHA-256 of the random value in the asking browser's cookie; "" where any browser may use the link."""
    address: Mapped[str]
    network: Mapped[str]
    """Keyed digests of the address typed and of the network that asked, for the limits; "" where nobody asked."""
    wrong: Mapped[int]
    """How often other digits were typed than those in the asking browser."""
    expires_at: Mapped[Moment]
    used_at: Mapped[Moment | None]
    recorded_at: Mapped[Moment]
    __table_args__ = (Index(None, "address", "recorded_at"), Index(None, "network", "recorded_at"))


class SignInSession(Base):
    """Somebody signed in, in one browser."""

    __tablename__ = "sign_in_session"
    id: Mapped[Id]
    cookie: Mapped[str]
    """SHA-256 of the random value in the browser's cookie."""
    user_id: Mapped[int] = to("person")
    return_id: Mapped[int | None] = to("return")
    """The only thing it opens; None for all that the person may do."""
    label: Mapped[str]
    """The browser in a few words: “Firefox on Windows”."""
    second_factor_at: Mapped[Moment | None]
    """When the second factor was passed."""
    seen_at: Mapped[Moment]
    """Kept to the minute."""
    ended_at: Mapped[Moment | None]
    recorded_at: Mapped[Moment]
    __table_args__ = (UniqueConstraint("cookie"),)


class SecondFactor(Base):
    """An authenticator app that somebody enrolled."""

    __tablename__ = "second_factor"
    id: Mapped[Id]
    user_id: Mapped[int] = to("person")
    sealed: Mapped[str]
    """The secret that app and record share, encrypted with the key that lives outside the database."""
    step: Mapped[Whole]
    """The step of the last code that was used; none up to it counts again."""
    wrong: Mapped[int]
    """How many wrong codes were typed since the last right one."""
    wrong_at: Mapped[Moment | None]
    confirmed_at: Mapped[Moment | None]
    """None until its first code was typed."""
    ended_at: Mapped[Moment | None]
    recorded_at: Mapped[Moment]


class RecoveryCode(Base):
    """A code for who hasn't the app at hand; good once."""

    __tablename__ = "recovery_code"
    id: Mapped[Id]
    second_factor_id: Mapped[int] = to("second_factor")
    digest: Mapped[str]
    """Keyed, so that the database alone doesn't tell it."""
    used_at: Mapped[Moment | None]
    recorded_at: Mapped[Moment]


class ParkedForm(Base):
    """What somebody was sending when their session had ended; it waits a day for its writer."""

    __tablename__ = "parked_form"
    id: Mapped[Id]
    user_id: Mapped[int] = to("person")
    path: Mapped[str]
    """Of the page: ``/returns/7/check``."""
    sealed: Mapped[str]
    """The fields, encrypted with the key that lives outside the database."""
    recorded_at: Mapped[Moment]
