"""``quarterday demo``: lays the invented council down where it isn't yet, says how to get in, and serves it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tomllib
from datetime import UTC, datetime, time
from pathlib import Path

import click

from quarterday import Refused
from quarterday_demo import portal

READY, UNFINISHED = "demo.toml", "demo.unfinished"
"""The file that says a demo is whole, with what only it knows; and the mark of one that is being laid down."""
FOLDER = "quarterday-demo"
SETTINGS = """# The demo's settings; “quarterday settings” lists every setting there is.
mail_sink = "mailbox"

[plugins.webforms]
council = "Northmoor Borough Council"
colour = "#1f4d5c"
email = "social.value@northmoor.example"
"""
EXPLAINED = ("NM-101", "NT1")
"""The contract and the measure whose accepted figure is unfolded."""
_QUARTERDAY = [sys.executable, "-c", "from quarterday.cli.main import main; main()"]


@click.command()
@click.option("--prepare", is_flag=True, help="Lay it down and say how to get in, but serve nothing.")
@click.option("--port", default=8000, show_default=True, type=click.IntRange(1, 65535))
@click.option(
    "--portal-port", default=0, type=click.IntRange(0, 65535), help="Where the portal listens; by default the next one."
)
def demo(prepare: bool, port: int, portal_port: int) -> None:
    """A whole invented council with suppliers, contracts, four past quarters and mail, on this machine, and a portal
    with which it exchanges records.

    It lies in the folder quarterday-demo, or where --data says. The first start takes some seconds; later ones keep
    what you did. Remove the folder to begin anew.
    """
    folder = Path(os.environ.get("QUARTERDAY_DATA_DIR") or FOLDER).absolute()
    os.environ["QUARTERDAY_DATA_DIR"] = str(folder)
    os.environ["QUARTERDAY_PUBLIC_URL"] = f"http://127.0.0.1:{port}"  # where the links in mails lead
    if (folder / READY).exists():
        _bring_up_to_date()
    else:
        lay_down(folder)
    contract, ref = EXPLAINED
    terms = [ref, "--authority", "northmoor", "--contract", contract]
    subprocess.run([*_QUARTERDAY, "return", "explain", *terms], check=True)
    _say_how_to_get_in(folder, port)
    if not prepare:
        at = portal_port or port + 1
        portal.tell_address(f"http://127.0.0.1:{at}")
        click.echo(f"\nServing http://127.0.0.1:{port} until you press Ctrl-C. Mails: http://127.0.0.1:{port}/mailbox")
        click.echo(f"The portal that it exchanges records with: http://127.0.0.1:{at}")
        os.execv(sys.executable, [*_QUARTERDAY, "up", "--port", str(port), "--beside", portal.beside(folder, at)])


def _bring_up_to_date() -> None:
    """What an earlier Quarterday laid down stays, in the shape that this one works with."""
    from quarterday.services.record import upgrade_record

    upgrade_record()


def lay_down(folder: Path) -> None:
    """Make the demo in a folder of its own; one that was interrupted is begun anew.

    Raises :class:`~quarterday.Refused` for a folder that holds anything else.
    """
    if folder.exists() and any(folder.iterdir()):
        if not (folder / UNFINISHED).exists():
            raise Refused(f"{folder} holds something else already; name another folder with “quarterday --data”.")
        shutil.rmtree(folder)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / UNFINISHED).touch()
    (folder / "quarterday.toml").write_text(SETTINGS)
    now = datetime.now(UTC)
    secret = _tell_story(now)
    click.echo("  what was exchanged with the portal")
    portal.exchange(folder)
    click.echo("  the mail that went out")
    subprocess.run([*_QUARTERDAY, "worker", "--once"], check=True, stdout=subprocess.DEVNULL)
    # The mark of a whole demo is the last thing written.
    new = folder / f".{READY}"
    new.write_text(f'secret = "{secret}"\n')
    new.replace(folder / READY)
    (folder / UNFINISHED).unlink()


def _tell_story(now: datetime) -> str:
    """Everything up to now; returns the secret of the administrator's authenticator app."""
    from quarterday.services import audit_trail
    from quarterday.services.installation import beginnings
    from quarterday.services.organisations.authorities import authority_by_key
    from quarterday.services.record import open_record
    from quarterday.services.returns.evidencing import open_keeper
    from quarterday.services.returns.telling import QUIET
    from quarterday.testing.clock import Clock
    from quarterday_demo import cast, council
    from quarterday_demo.story import Story

    until = now - QUIET  # what is asked last waits so long, and is in the mail that went out
    since = council.add_months(council.this_quarter(until.date()), -12)
    clock = Clock(datetime.combine(since, time(6), UTC))
    name, email = cast.STAFF["administrator"]
    answers = beginnings.Answers(
        council=cast.COUNCIL,
        key=cast.KEY,
        first_month=4,
        local_area=(cast.AREA,),
        administrator=name,
        email=email,
    )
    click.echo(f"Laying down {cast.COUNCIL}, which doesn't exist: 12 suppliers, 30 contracts.")
    beginnings.begin(answers, clock=clock)
    uow = open_record(clock)
    contracts = council.set_up(uow, cast.KEY, since)
    authority_id = authority_by_key(uow, council.OPERATOR, cast.KEY).id
    for begins in Story(uow, clock, open_keeper(), until).tell(contracts, authority_id, since):
        click.echo(f"  the quarter from {begins:%-d %B %Y}")
    clock.now = now
    secret = _enrol(cast.STAFF["administrator"][1])
    audit_trail.seal(uow)
    return secret


def _enrol(email: str) -> str:
    """Set up the administrator's authenticator app, as its page does; returns its secret."""
    from quarterday.services.access import keys, links, second_factor
    from quarterday.services.organisations.people import person_with
    from quarterday.services.record import open_record
    from quarterday.testing.authenticator import code_at
    from quarterday_demo.council import OPERATOR

    uow = open_record()
    token = links.for_operator(uow, OPERATOR, user_id=person_with(uow, OPERATOR, email))
    opened = links.use(uow, links.link_for(keys.installed(), token), browser=None, client_label="the demo")
    secret = second_factor.begin(uow, opened.visit).secret
    # The code before this one, so that the one shown now is still good for whoever signs in at once.
    second_factor.confirm(uow, opened.visit, code_at(secret, uow.clock(), steps=-1))
    return secret


def _say_how_to_get_in(folder: Path, port: int) -> None:
    from quarterday.services.access import keys, links
    from quarterday.services.organisations.people import person_with
    from quarterday.services.record import open_record
    from quarterday_demo import cast
    from quarterday_demo.council import OPERATOR

    firm = cast.FIRMS[cast.REPORTER]
    who = [("a supplier", (firm.person, f"{firm.person.lower().replace(' ', '.')}@{cast.REPORTER}.example"))]
    who += [("the contract manager", cast.STAFF["contract manager"]), ("the social value lead", cast.STAFF["lead"])]
    who += [("the administrator", cast.STAFF["administrator"])]
    uow = open_record()
    click.echo("\nSign in (each link works once, within the hour; a new start prints fresh ones):")
    for role, (name, email) in who:
        token = links.for_operator(uow, OPERATOR, user_id=person_with(uow, OPERATOR, email))
        click.echo(f"  {role:22} {name:16} http://127.0.0.1:{port}{links.link_for(keys.installed(), token)}")
    secret = tomllib.loads((folder / READY).read_text())["secret"]
    click.echo(f"  {'':22} {'':16} for an authenticator app: {secret}")
