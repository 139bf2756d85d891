"""``quarterday sync learn|check``: a mapping drafted from an example, and one explained."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from quarterday_portal_sync.cli.opened import end, print_data

if TYPE_CHECKING:
    from quarterday import Catalogue
    from quarterday_portal_sync.mapping.explaining import Explained, ExplainedKind

KINDS = ("contracts", "commitments", "entries", "evidence", "verdicts")
FILE = click.Path(path_type=Path)


@click.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--catalogue", metavar="ID", default="", help="The catalogue whose measures their codes may stand for.")
@click.option(
    "--kind", "kinds", multiple=True, type=click.Choice(KINDS), help="What the files hold, where that isn't seen."
)
@click.option("--title", default="", help="What to call the portal.")
@click.option("--save", metavar="PATH", type=FILE, help="Write the draft to a new file instead of printing it.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def learn(
    files: tuple[Path, ...], catalogue: str, kinds: tuple[str, ...], title: str, save: Path | None, as_json: bool
) -> None:
    """Draft a mapping from FILES: examples of what a portal gives out, as CSV, XLSX or JSON.

    What is sure stands in the draft with its reason; what isn't is a comment that says what to confirm. Nothing is
    invented, and no file is overwritten.
    """
    from quarterday_portal_sync.mapping.learning.draft import learn as draft_of
    from quarterday_portal_sync.mapping.reading import NAMES

    edition = _editions([catalogue])[0] if catalogue else None
    wanted = [kind for kind, name in NAMES.items() if name in kinds]
    draft = draft_of(files, edition=edition, kinds=wanted, title=title)
    if save:
        draft.save(save)
    if as_json:
        found = [NAMES[kind] for kind in draft.kinds]
        said = {"kinds": found, "sure": draft.sure, "to_confirm": draft.to_confirm}
        print_data({**said, "saved": str(save) if save else None, "mapping": draft.text})
        return
    if not save:
        click.echo(draft.text, nl=False)
        return
    found_kinds = ", ".join(NAMES[kind] for kind in draft.kinds)
    click.echo(f"Drafted for {found_kinds}: {draft.sure} lines are sure, {draft.to_confirm} are to be confirmed.")
    click.echo(f"Edit {save}, then see what it comes to: quarterday sync check {save}")


@click.command()
@click.argument("mapping", type=FILE)
@click.option(
    "--catalogue", "catalogues", metavar="ID", multiple=True, help="Whose measures should have a counterpart."
)
@click.option("--authority", "key", metavar="KEY", default="", help="Count its promises without a counterpart, too.")
@click.option(
    "--example", metavar="FILE", type=FILE, help="Show how the first records of a file of theirs would come in."
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def check(mapping: Path, catalogues: tuple[str, ...], key: str, example: Path | None, as_json: bool) -> None:
    """Explain MAPPING, a file or the name of one that comes along: what goes out, what comes in, what is lost.

    Ends with 3 where something has to be put right before it can be used.
    """
    from quarterday_portal_sync.mapping.explaining import check as explained_by

    editions = _editions(catalogues or _named_in(mapping))
    explained = explained_by(mapping, editions, promised=_promised(key, mapping) if key else None, example=example)
    if as_json:
        print_data(explained)
    else:
        _show(explained)
    end(bool(explained.problems))


def _editions(names: tuple[str, ...] | list[str]) -> list[Catalogue]:
    from quarterday.services.measures.catalogues import catalogues

    return [catalogues().find(name) for name in names]


def _named_in(mapping: Path) -> list[str]:
    """The editions that a mapping names and that are installed."""
    from quarterday.services.measures.catalogues import catalogues
    from quarterday_portal_sync.mapping.file import look_at

    said = look_at(mapping).data.get("measures")
    return [name for name in said if name in catalogues().editions] if isinstance(said, dict) else []


def _promised(key: str, mapping: Path) -> dict[tuple[str, str], int]:
    """How many promises an authority's contracts have, by measure and unit."""
    from collections import Counter

    from quarterday import RecordKind
    from quarterday.services.organisations.authorities import authority_by_key
    from quarterday.services.portals.ours import everything
    from quarterday.services.record import Actor, open_record
    from quarterday_portal_sync.mapping.file import look_at

    terms = found.terms if (found := look_at(mapping).mapping) else None
    if terms is None:
        return {}
    uow, actor = open_record(), Actor.operator("cli")
    authority_id = authority_by_key(uow, actor, key).id
    with uow.read(actor) as work:
        ours = everything(work, authority_id, RecordKind.COMMITMENT, terms)
        return dict(Counter((one.fields["measure"], one.fields["unit"]) for one in ours))


def _show(explained: Explained) -> None:
    from quarterday_portal_sync.mapping.explaining import summary

    click.echo(f"{explained.title or explained.file}. {summary(explained)}")
    for problem in explained.problems:
        click.echo(f"  {problem}")
    for sentence in explained.says:
        click.echo(sentence)
    for kind in explained.kinds:
        _show_kind(kind)
    if explained.losses:
        click.echo("\nWhat is lost on the way:")
    for loss in explained.losses:
        click.echo(f"  {loss.kind or 'all'}: {loss.what}")
    if explained.missing:
        click.echo("\nMeasures without a counterpart; what is promised or claimed for them is stopped:")
    for one in explained.missing:
        promised = f", {one.promised} promised" if one.promised else ""
        click.echo(f"  {one.ref} {one.title}".rstrip() + promised + (f": {one.why}" if one.why else ""))
    if explained.to_confirm:
        click.echo("\nTo be confirmed; take the words away once it is:")
    for line, text in explained.to_confirm:
        click.echo(f"  line {line}: {text}")


def _show_kind(kind: ExplainedKind) -> None:
    click.echo("")
    for sentence in kind.says:
        click.echo(sentence)
    for field in kind.fields:
        click.echo(f"  {field.field:16} {field.theirs or '–':32} {field.how}".rstrip())
    for number, shown in enumerate(kind.example, 1):
        click.echo(f"  Example {number}: {shown.external_id or 'without an id'}, {shown.key or 'made there'}")
        for name, text in shown.fields.items():
            click.echo(f"    {name:16} {text or '–'}")
        if shown.unknown:
            click.echo(f"    Kept and shown besides: {', '.join(shown.unknown)}")
        if shown.trouble:
            click.echo(f"    Stopped: {shown.trouble}")
        if shown.stopped:
            click.echo(f"    Ours couldn't go there: {shown.stopped}")
        for name, value in shown.outward.items():
            click.echo(f"    Ours there: {name} = {value}")
