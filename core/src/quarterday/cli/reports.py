"""``quarterday report``: build one, list those that were built, and the bridge between two figures."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import click

from quarterday.cli import options
from quarterday.cli.bridge import bridge
from quarterday.cli.output import print_json, print_table

_LONDON = ZoneInfo("Europe/London")


@click.group()
def report() -> None:
    """Build a report, list those that were built; bridge two figures."""


report.add_command(bridge)


@report.command()
@click.argument("name", metavar="delivery", type=click.Choice(["delivery"]))
@options.authority
@click.option("--period", default="", metavar="PERIOD", help="2026-Q2, 2026-H1 or 2026/27; all periods if not said.")
@click.option("--format", "form", type=click.Choice(["csv", "xlsx", "html", "json"]), default="html", show_default=True)
@options.as_at
@click.option("--out", metavar="FOLDER", type=click.Path(file_okay=False, path_type=Path), help="Write it there now.")
@click.option("--sink", metavar="ID", help="Have the worker deliver it by the authority's settings of this sink.")
@options.as_json
def build(
    name: str,
    authority_key: str,
    period: str,
    form: str,
    as_at: datetime | None,
    out: Path | None,
    sink: str | None,
    as_json: bool,
) -> None:
    """Build the delivery report of an authority: promised, due by now, claimed and accepted, by measure.

    The same --as-at gives the same report, byte for byte, whenever it is built. With --out it is written to a folder
    at once; with --sink the worker delivers it.
    """
    from quarterday.cli.opened import OPERATOR, in_authority
    from quarterday.reports.documents import Format
    from quarterday.services.figures import reporting

    if (out is None) == (sink is None):
        raise click.UsageError("Say where it is to go: --out FOLDER, or --sink ID (one of them).")
    uow, authority = in_authority(authority_key)
    at = as_at or uow.clock()
    ordered = reporting.Ordered(authority_id=authority.id, form=Format(form), period=period, at=at)
    if out is not None:
        out.mkdir(parents=True, exist_ok=True)
        _, receipt = reporting.build_into(uow, OPERATOR, ordered, out)
        done: dict[str, object] = {"file": str(out / receipt.reference), "as_at": at.isoformat()}
        said = f"{out / receipt.reference} is the {name} report of {authority.name}."
    else:
        assert sink is not None  # noqa: S101 (one of the two is given)
        delivery, is_new = reporting.send(uow, OPERATOR, ordered, sink)
        done = {"delivery": delivery, "is_new": is_new, "as_at": at.isoformat()}
        said = f"Delivery {delivery} is to bring it to the sink “{sink}”; the worker does that."
        said = said if is_new else f"Delivery {delivery} was asked for before; “quarterday outbox list” shows it."
    if as_json:
        print_json(done)
    else:
        click.echo(said)


@report.command("list")
@options.authority
@options.as_json
def list_reports(authority_key: str, as_json: bool) -> None:
    """List the reports that were built for an authority, the newest first, each with the digest of its document."""
    from quarterday.cli.opened import OPERATOR, in_authority
    from quarterday.services.figures.reporting import built

    uow, authority = in_authority(authority_key)
    found = built(uow, OPERATOR, authority_id=authority.id)
    if as_json:
        print_json({"reports": [asdict(one) for one in found]})
        return
    print_table(
        ["built", "report", "period", "as at", "format", "by", "digest"],
        [
            [
                _local(one.built_at),
                one.report,
                one.period or "all",
                _local(one.at),
                one.form,
                one.actor,
                one.digest[:16],
            ]
            for one in found
        ],
    )


def _local(moment: datetime) -> str:
    return f"{moment.astimezone(_LONDON):%Y-%m-%d %H:%M:%S}"
