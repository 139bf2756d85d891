"""``quarterday spend publish``: what a council publishes of its payments, as a file or through a sink."""

from __future__ import annotations

from pathlib import Path

import click

from quarterday_erp_import.cli.batches import authority_id, opened
from quarterday_erp_import.cli.engine import engine

REPORTS = ("transparency", "over-30k", "local")


@click.command()
@click.argument("report", type=click.Choice(REPORTS))
@click.option("--authority", "key", metavar="KEY", required=True, help="The authority's short name.")
@click.option("--period", required=True, metavar="PERIOD", help="2026-Q1, 2026-H1 or 2026/27.")
@click.option("--format", "form", type=click.Choice(["csv", "xlsx", "html"]), help="CSV, but “local” is a page.")
@click.option("--out", metavar="FOLDER", type=click.Path(file_okay=False, path_type=Path), help="Write it there.")
@click.option("--to", "sink", metavar="SINK", default="", help="Deliver it by the authority's settings of this sink.")
def publish(report: str, key: str, period: str, form: str | None, out: Path | None, sink: str) -> None:
    """Publish REPORT of a period: spend over £500 (transparency), payments over £30,000 with VAT, or local spend.

    Nobody is named who is a person, trades as one, or was redacted. The same document goes to one place once.
    """
    if (out is None) == (not sink):
        raise click.UsageError("Say where it is to go: --out FOLDER, or --to SINK (one of them).")
    with engine():
        from quarterday_erp_import.outputs import publishing

        uow, actor, files = opened()
        ordered = publishing.Ordered(
            authority_id=authority_id(uow, actor, key),
            report=report,
            period=period,
            form=form or publishing.FORMS_OF[report][0],
        )
        if out is not None:
            out.mkdir(parents=True, exist_ok=True)
        receipts = publishing.publish(
            uow, actor, files=files, folder=files.folder.parent, ordered=ordered, sink=sink, into=out
        )
    for one in receipts:
        click.echo(f"Written: {out / one.reference}" if out else f"Delivered to “{sink}” as {one.reference}")
