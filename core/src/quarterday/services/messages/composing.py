"""Composing a mail when it is delivered, from the ids in its outbox row: addresses, words and links as they are then.

A mail goes to one person. What is in it is fetched in one transaction that only reads, so that a mail which is
composed again is the same, link and all, unless what it tells has changed. It tells then what stands now; where it had
gone out already, by its key it is still the same mail.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from sqlalchemy import select

from quarterday.db.models import Revision, SignInToken
from quarterday.db.outbox import Due
from quarterday.db.work import Actor, UnitOfWork, Work, day_of
from quarterday.domain.contracts import MemberRole
from quarterday.domain.messages import write
from quarterday.domain.return_states import State, state
from quarterday.errors import NotConfigured, NotThere, Overtaken, Refused
from quarterday.ports import DocumentKind, Message
from quarterday.services import scope
from quarterday.services.access import keys, links, welcoming
from quarterday.services.messages import facts
from quarterday.services.messages.templates import EXAMPLES, OFFERED, template_for
from quarterday.services.record import installation_settings
from quarterday.services.returns import addressees, telling
from quarterday.services.returns.addressees import Person
from quarterday.services.returns.reported import Reported, reported
from quarterday.services.returns.reviews import decisions
from quarterday.services.returns.submissions import Submitted, entries_now
from quarterday.settings import Settings

RETURN_PAGE = "/returns/{id}"
"""Where the pages show a return to its supplier, behind the public address."""
SIGN_IN_PAGE = "/sign-in"


@dataclass(frozen=True, slots=True)
class Filled:
    """What a mail is made of."""

    template: str
    to: str
    facts: Mapping[str, str]
    reply_to: str = ""
    mark: str = ""
    """What stands before the subject."""


Filling = Callable[[Work, Due, str], Filled]
"""What fills one kind of mail, from its outbox row and the pages' public address."""


def compose(uow: UnitOfWork, row: Due, kinds: Mapping[str, Filling] | None = None) -> tuple[str, Message]:
    """The sink that mails go through, and the mail for an outbox row whose kind is in ``kinds`` (:data:`KINDS`).

    Raises :class:`NotConfigured` where the settings don't say the pages' public address, and :class:`Refused` where
    there is nobody to write to, or nothing to tell any more.
    """
    settings = installation_settings()
    with uow.read(Actor.operator("worker")) as work:
        filled = (kinds or KINDS)[row.kind](work, row, _site(settings))
        written = write(template_for(work, row.authority_id, filled.template), filled.facts)
    return settings.mail_sink, Message(
        DocumentKind.MESSAGE,
        f"{filled.template}.txt",
        "text/plain",
        written.text.encode(),
        to=filled.to,
        subject=filled.mark + written.subject,
        html=written.html,
        reply_to=filled.reply_to,
        template=filled.template,
        facts=dict(filled.facts),
        tells=row.key,
    )


def _sign_in(work: Work, row: Due, site: str) -> Filled:
    """A link that somebody asked for: to everything they may do, or a fresh one to a return."""
    token_id, user_id = row.payload["token"], row.payload["user"]
    token = work.one(
        select(SignInToken.c.expires_at, SignInToken.c.used_at, SignInToken.c.return_id).where(
            SignInToken.c.id == token_id
        )
    )
    if token is None or token.used_at is not None or token.expires_at <= work.now:
        raise Refused("The link was too old, or used, before it could be sent; ask for a fresh one.")
    said = {"link": _link(site, token_id), "until": facts.moment(token.expires_at)}
    to = addressees.person(work, user_id).email
    if token.return_id is None:
        return Filled("sign_in", to, {**said, "site": _name(site)})
    found = reported(work, token.return_id)
    about = facts.of_return(work, found)
    return Filled("fresh_link", to, {**said, **about}, addressees.contact(work, found.contract_id))


def _receipt(work: Work, row: Due, site: str) -> Filled:
    """What was reported, to who submitted it. Its link has to be signed in for: a receipt is kept, and passed on."""
    revision = work.one(select(Revision).where(Revision.c.id == row.payload["revision_id"]))
    if revision is None:
        raise NotThere("There is no such submission.")
    found = reported(work, revision.return_id)
    said = {
        **facts.of_return(work, found),
        "reference": Submitted(revision.id, revision.number, revision.digest).reference,
        "submitted": facts.day(day_of(revision.recorded_at)),
        "entries": facts.entries(work, found, revision.id),
        "link": _page(site, found),
    }
    to = addressees.person(work, revision.by_user_id).email
    return Filled("receipt", to, said, addressees.contact(work, found.contract_id))


def _query(work: Work, row: Due, site: str) -> Filled:
    """What the council asks about a return, to one who reports it: what is still open of it."""
    found = reported(work, row.payload["return_id"])
    questions = facts.questions(work, found, telling.asked(work, found.id, row.payload["review_id"]))
    if not questions:
        raise Overtaken("Nothing was left to ask: it was answered, decided or erased before this could be sent.")
    to, link = _reporter(work, row, site, found)
    told = {
        **facts.of_return(work, found),
        "summary": "1 question" if len(questions) == 1 else f"{len(questions)} questions",
        "questions": "\n".join(questions),
        "link": link,
    }
    return Filled("query", to.email, told, addressees.contact(work, found.contract_id))


def _welcome(work: Work, row: Due, site: str) -> Filled:
    """That somebody has a role, and where to sign in, to them. Who gave it to them is said by what they are alone."""
    newcomer = welcoming.newcomer(work, row.payload["membership"])
    if newcomer is None:
        raise Overtaken("They have another role there, or none, by now.")
    by = f"Somebody who reports for {newcomer.place}"
    if row.authority_id is not None:
        by = f"An administrator of {scope.authority(work, row.authority_id).name}"
    told = {
        "site": _name(site),
        "place": newcomer.place,
        "by": by if "by" in row.payload else "Whoever runs this service",
        "what": _WHAT[newcomer.role].format(place=newcomer.place),
        "link": site + SIGN_IN_PAGE,
    }
    return Filled("welcome", newcomer.email, told)


_STAFF = "There {place} collects what its suppliers report of the social value they promised, and checks it. "
_WHAT: Mapping[MemberRole, str] = {
    MemberRole.SUPPLIER: "There {place} reports, period by period, what it did of the social value that it promised in "
    "its contracts with councils. You can write and submit its returns.",
    MemberRole.MANAGER: _STAFF + "You are a contract manager there.",
    MemberRole.LEAD: _STAFF + "You are a social value lead there.",
    MemberRole.ADMINISTRATOR: _STAFF + "You are an administrator there, and need an authenticator app on your phone, "
    "which you set up when you first sign in.",
}
"""What the pages are for, and what somebody can do there, by their role."""


def _invitation(work: Work, row: Due, site: str) -> Filled:
    """That a return is open, to one who reports it."""
    found = reported(work, row.payload["return_id"])
    to, link = _reporter(work, row, site, found)
    said = {
        **facts.of_return(work, found),
        "first": facts.day(found.period.first),
        "last": facts.day(found.period.last),
        "due": facts.day(addressees.due(work, found.id)),
        "link": link,
    }
    return Filled("invitation", to.email, said, addressees.contact(work, found.contract_id))


def _accepted(work: Work, row: Due, site: str) -> Filled:
    """What was accepted of a return, and why the rest wasn't, to who submitted it last."""
    found = reported(work, row.payload["return_id"])
    entries = entries_now(work, found.id)
    standing = decisions(work, entries)
    decided = [standing[entry_id] for entry_id in entries if entry_id in standing]
    if state(drafts=0, revisions=1, entries=len(entries), decided=decided) is not State.SETTLED:
        raise Refused("Something in this return is open again; a statement follows when all of it is decided.")
    people = _people(work, found)
    said = {
        **facts.of_return(work, found),
        "decisions": facts.decisions(work, found, entries),
        "link": _page(site, found),
    }
    return Filled("accepted", people[0].email, said, addressees.contact(work, found.contract_id))


def _test(work: Work, row: Due, site: str) -> Filled:
    """A message as the authority words it, filled with invented facts, to who asked for it."""
    kind = row.payload["template"]
    said = {name: EXAMPLES[name] for name in OFFERED[kind].all} | {"link": site}
    return Filled(kind, addressees.person(work, row.payload["user"]).email, said, mark="Test: ")


KINDS: Mapping[str, Filling] = {
    "mail.sign_in": _sign_in,
    "mail.receipt": _receipt,
    "mail.query": _query,
    "mail.invitation": _invitation,
    "mail.accepted": _accepted,
    "mail.welcome": _welcome,
    "mail.test": _test,
}
"""The kinds of outbox row that stand for a mail."""


def _reporter(work: Work, row: Due, site: str, found: Reported) -> tuple[Person, str]:
    """Who gets a mail that asks for something, and the link in it.

    That is the person the row names, with the link that was made for them; where they report no more, the next who
    does, with a link that has to be signed in for, because the other one is theirs.
    """
    people = _people(work, found)
    for person in people:
        if person.id == row.payload.get("user"):
            return person, _link(site, row.payload["token"])
    return people[0], _page(site, found)


def _people(work: Work, found: Reported) -> list[Person]:
    if people := addressees.reporters(work, found.id):
        return people
    raise Refused(
        "Nobody reports for this contract's suppliers today; give somebody the role “supplier” "
        "(“quarterday user add”), then try this delivery again."
    )


def _site(settings: Settings) -> str:
    if settings.public_url is None:
        why = "Mails need the address of the pages: set “public_url”, like https://returns.example.gov.uk."
        raise NotConfigured("public_url", why)
    return settings.public_url


def _name(site: str) -> str:
    """The pages' address as people say it."""
    return site.partition("://")[2]


def _link(site: str, token_id: int) -> str:
    return site + links.link_for(keys.installed(), token_id)


def _page(site: str, found: Reported) -> str:
    return site + RETURN_PAGE.format(id=found.id)
