"""Signing in: links that were asked for, sessions, second factors. Working state, except that nothing spent comes back.

Nothing here lets anybody in who has only the database: links are HMACs of an id, cookies and recovery codes stand as
digests, and the secret of a second factor is sealed under the installation's key.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index, Named, Table, TypedColumns, UniqueConstraint

from quarterday.db.columns import ID, METADATA, MOMENT, TEXT, WHOLE, to


class SignInTokenColumns(TypedColumns):
    """A link to sign in with. The link itself is an HMAC of the id, and is not kept."""

    id: Named[int] = ID
    user_id: Named[int | None] = to("person")
    """None where nobody has the address that was typed: the row counts for the limits, and no mail is sent."""
    purpose: Named[str] = TEXT
    """sign-in, return, operator."""
    return_id: Named[int | None] = to("return")
    """Where the link opens one return and nothing else."""
    browser: Named[str] = TEXT
    """SHA-256 of the random value in the asking browser's cookie; "" where any browser may use the link."""
    address: Named[str] = TEXT
    network: Named[str] = TEXT
    """Keyed digests of the address typed and of the network that asked, for the limits; "" where nobody asked."""
    wrong: Named[int]
    """How often other digits were typed than those in the asking browser."""
    expires_at: Named[datetime] = MOMENT
    used_at: Named[datetime | None] = MOMENT
    recorded_at: Named[datetime] = MOMENT


SignInToken = Table(
    "sign_in_token",
    METADATA,
    SignInTokenColumns,
    Index(None, "address", "recorded_at"),
    Index(None, "network", "recorded_at"),
)


class SignInSessionColumns(TypedColumns):
    """Somebody signed in, in one browser."""

    id: Named[int] = ID
    cookie: Named[str] = TEXT
    """SHA-256 of the random value in the browser's cookie."""
    user_id: Named[int] = to("person")
    return_id: Named[int | None] = to("return")
    """The only thing it opens; None for all that the person may do."""
    label: Named[str] = TEXT
    """The browser in a few words: “Firefox on Windows”."""
    second_factor_at: Named[datetime | None] = MOMENT
    """When the second factor was passed."""
    seen_at: Named[datetime] = MOMENT
    """Kept to the minute."""
    ended_at: Named[datetime | None] = MOMENT
    recorded_at: Named[datetime] = MOMENT


SignInSession = Table("sign_in_session", METADATA, SignInSessionColumns, UniqueConstraint("cookie"))


class SecondFactorColumns(TypedColumns):
    """An authenticator app that somebody enrolled."""

    id: Named[int] = ID
    user_id: Named[int] = to("person")
    sealed: Named[str] = TEXT
    """The secret that app and record share, encrypted with the key that lives outside the database."""
    step: Named[int] = WHOLE
    """The step of the last code that was used; none up to it counts again."""
    wrong: Named[int]
    """How many wrong codes were typed since the last right one."""
    wrong_at: Named[datetime | None] = MOMENT
    confirmed_at: Named[datetime | None] = MOMENT
    """None until its first code was typed."""
    ended_at: Named[datetime | None] = MOMENT
    recorded_at: Named[datetime] = MOMENT


SecondFactor = Table("second_factor", METADATA, SecondFactorColumns)


class RecoveryCodeColumns(TypedColumns):
    """A code for who hasn't the app at hand; good once."""

    id: Named[int] = ID
    second_factor_id: Named[int] = to("second_factor")
    digest: Named[str] = TEXT
    """Keyed, so that the database alone doesn't tell it."""
    used_at: Named[datetime | None] = MOMENT
    recorded_at: Named[datetime] = MOMENT


RecoveryCode = Table("recovery_code", METADATA, RecoveryCodeColumns)


class ParkedFormColumns(TypedColumns):
    """What somebody was sending when their session had ended; it waits a day for its writer."""

    id: Named[int] = ID
    user_id: Named[int] = to("person")
    path: Named[str] = TEXT
    """Of the page: ``/returns/7/check``."""
    sealed: Named[str] = TEXT
    """The fields, encrypted with the key that lives outside the database."""
    recorded_at: Named[datetime] = MOMENT


ParkedForm = Table("parked_form", METADATA, ParkedFormColumns)
