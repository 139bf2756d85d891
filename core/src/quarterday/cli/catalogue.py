"""``quarterday catalogue``: list the editions, show one, compare two."""

from __future__ import annotations

from itertools import groupby

import click

from quarterday.cli.output import print_json, print_table
from quarterday.domain.catalogue import Catalogue, Measure, RuleData, in_order
from quarterday.domain.diff import Change, Difference, diff
from quarterday.domain.nearest import did_you_mean
from quarterday.errors import Usage
from quarterday.services.measures import catalogues as services

json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


@click.group()
def catalogue() -> None:
    """List the catalogues of measures, show one, compare two."""


@catalogue.command("list")
@json_option
def list_catalogues(as_json: bool) -> None:
    """List every edition that the plugins offer, and what was left out and why."""
    shelf = services.catalogues()
    if as_json:
        listed = [_head(edition) | {"plugin": shelf.plugins[key]} for key, edition in shelf.editions.items()]
        left_out = [{"plugin": out.plugin, "edition": out.edition, "why": out.why} for out in shelf.left_out]
        print_json({"catalogues": listed, "left_out": left_out})
        return
    print_table(
        ["catalogue", "title", "measures", "questions", "based on", "plugin", "note"],
        [
            [
                key,
                edition.title,
                str(len(edition.measures)),
                str(len(edition.questions)),
                edition.based_on,
                shelf.plugins[key],
                ", ".join(_standing(edition)),
            ]
            for key, edition in shelf.editions.items()
        ],
        numbers=("measures", "questions"),
    )
    for out in shelf.left_out:
        click.echo(f"Left out, of the plugin “{out.plugin}”: {out.why}")


@catalogue.command("show")
@click.argument("name", metavar="ID[/EDITION]")
@click.argument("ref", required=False)
@json_option
def show(name: str, ref: str | None, as_json: bool) -> None:
    """Show one edition, or the one measure of it that has the ref or code REF."""
    edition = services.catalogue(name)
    if ref is not None:
        _show_measure(edition, _measure_of(edition, ref), as_json)
    elif as_json:
        print_json(_in_full(edition))
    else:
        _show_edition(edition)


@catalogue.command("diff")
@click.argument("before", metavar="BEFORE")
@click.argument("after", metavar="AFTER")
@json_option
def show_diff(before: str, after: str, as_json: bool) -> None:
    """Say what the edition AFTER adds to BEFORE, leaves out and changes; each is an ID or ID/EDITION."""
    old, new = services.catalogue(before), services.catalogue(after)
    found = diff(old, new)
    in_part = [edition.key for edition in (old, new) if not edition.complete]
    if as_json:
        print_json(_diff_json(old, new, found, in_part))
        return
    click.echo(
        f"{old.key} → {new.key}: {len(found.added)} added, {len(found.removed)} removed, {len(found.changed)} changed."
    )
    for key in in_part:
        click.echo(f"{key} is known in part only: a measure missing there may exist.")
    _table_of_changes("In another unit: never carry a quantity over", found, in_another_unit=True)
    _table_of_changes("Changed", found, in_another_unit=False)
    for title, measures in (("Added", found.added), ("Removed", found.removed)):
        if measures:
            rows = [[measure.ref, measure.title, _unit(measure), measure.theme] for measure in measures]
            print_table(["ref", "measure", "unit", "theme"], rows, title=title)


def _measure_of(edition: Catalogue, ref: str) -> Measure:
    found = edition.measure(ref)
    if found is None:
        known = [name for measure in edition.measures for name in (measure.ref, measure.code) if name]
        hint = did_you_mean(ref, known, f"“quarterday catalogue show {edition.key}” lists them.")
        raise Usage(f"{edition.key} has no measure “{ref}”; {hint}")
    return found


# --- on a terminal ----------------------------------------------------------------------------------------------


def _show_edition(edition: Catalogue) -> None:
    click.echo(f"{edition.title} ({edition.key})")
    for label, text in (
        ("Publisher", edition.publisher),
        ("Source", edition.source),
        ("Based on", edition.based_on),
        ("Local area", edition.local_area and f"{edition.local_area.name} ({', '.join(edition.local_area.codes)})"),
        ("Value sets", ", ".join(value_set.id for value_set in edition.value_sets)),
        ("Note", ", ".join(_standing(edition))),
    ):
        if text:
            click.echo(f"{label}: {text}")
    for theme, measures in groupby(in_order(edition.measures), key=lambda measure: measure.theme):
        click.echo()
        print_table(
            ["outcome", "headline", "ref", "measure", "unit", "kind", "runs", "localised", "sure"],
            [
                [
                    measure.outcome,
                    measure.headline,
                    measure.ref,
                    measure.title,
                    _unit(measure),
                    measure.kind,
                    measure.over_time,
                    _yes_no(measure.localised),
                    measure.confidence,
                ]
                for measure in measures
            ],
            title=theme,
        )
    if edition.rules:
        click.echo()
        _table_of_rules(edition.rules, "Counting rules")
    if edition.policy.facts:
        click.echo()
        rows = [[name, str(value)] for name, value in edition.policy.facts.items()]
        print_table(["fact", "value"], rows, title=f"Policy ({edition.policy.source})")


def _show_measure(edition: Catalogue, measure: Measure, as_json: bool) -> None:
    rules = edition.rules_of(measure.ref)
    if as_json:
        print_json({"catalogue": edition.key, **_measure(measure), "rules": [_rule(rule) for rule in rules]})
        return
    shown = {name.replace("_", " "): _yes_no(value) for name, value in _measure(measure).items() if value != ""}
    print_table(["field", edition.key], [[name, value] for name, value in shown.items()])
    if rules:
        click.echo()
        _table_of_rules(rules, "Counting rules that bind it")


def _table_of_rules(rules: tuple[RuleData, ...], title: str) -> None:
    print_table(
        ["rule", "measures", "numbers", "sure", "source"],
        [
            [
                rule.rule,
                ", ".join(rule.measures),
                ", ".join(f"{name}: {_yes_no(value)}" for name, value in rule.numbers.items()),
                rule.confidence,
                rule.source,
            ]
            for rule in rules
        ],
        title=title,
    )


def _table_of_changes(title: str, found: Difference, *, in_another_unit: bool) -> None:
    rows = [
        [changed.after.ref, change.what, change.before, change.after]
        for changed in found.changed
        for change in changed.changes
        if _is_of_unit(change) == in_another_unit
    ]
    if rows:
        print_table(["ref", "what", "before", "after"], rows, title=title)


def _is_of_unit(change: Change) -> bool:
    return change.what in ("unit", "things")


def _standing(edition: Catalogue) -> list[str]:
    """What to know before using the edition."""
    return [
        words for words, holds in (("not current", not edition.current), ("in part", not edition.complete)) if holds
    ]


def _unit(measure: Measure) -> str:
    return measure.things or measure.unit.id


def _yes_no(value: str | int | bool | None) -> str:
    if value is None:
        return "unknown"
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value)


# --- as JSON ----------------------------------------------------------------------------------------------------


def _head(edition: Catalogue) -> dict[str, object]:
    return {
        "id": edition.id,
        "edition": edition.edition,
        "title": edition.title,
        "publisher": edition.publisher,
        "based_on": edition.based_on or None,
        "current": edition.current,
        "complete": edition.complete,
        "source": edition.source,
        "measure_count": len(edition.measures),
        "question_count": len(edition.questions),
        "value_sets": [value_set.id for value_set in edition.value_sets],
    }


def _in_full(edition: Catalogue) -> dict[str, object]:
    area = edition.local_area
    return _head(edition) | {
        "local_area": area and {"name": area.name, "codes": list(area.codes), "since": area.since},
        "policy": {"facts": dict(edition.policy.facts), "source": edition.policy.source},
        "measures": [_measure(measure) for measure in edition.measures],
        "questions": [
            {"headline": one.headline, "theme": one.theme, "outcome": one.outcome, "refs": list(one.refs)}
            for one in edition.questions
        ],
        "rules": [_rule(rule) for rule in edition.rules],
    }


def _measure(measure: Measure) -> dict[str, str | bool | None]:
    return {
        "ref": measure.ref,
        "code": measure.code,
        "base_ref": measure.base_ref,
        "title": measure.title,
        "unit": measure.unit.id,
        "things": measure.things,
        "kind": measure.kind,
        "runs": measure.over_time,
        "localised": measure.localised,
        "local_economic": measure.is_local_economic,
        "theme": measure.theme,
        "outcome": measure.outcome,
        "headline": measure.headline,
        "evidence": measure.evidence,
        "evidence_from": measure.evidence_from,
        "seen_in": measure.seen_in,
        "confidence": measure.confidence,
        "notes": measure.notes,
    }


def _rule(rule: RuleData) -> dict[str, object]:
    return {
        "rule": rule.rule,
        "measures": list(rule.measures),
        "numbers": dict(rule.numbers),
        "confidence": rule.confidence,
        "source": rule.source,
    }


def _diff_json(old: Catalogue, new: Catalogue, found: Difference, in_part: list[str]) -> dict[str, object]:
    return {
        "before": old.key,
        "after": new.key,
        "in_part": in_part,
        "added": [_measure(measure) for measure in found.added],
        "removed": [_measure(measure) for measure in found.removed],
        "changed": [
            {
                "ref": changed.after.ref,
                "in_another_unit": changed.in_another_unit,
                "changes": [
                    {"what": change.what, "before": change.before, "after": change.after} for change in changed.changes
                ],
            }
            for changed in found.changed
        ],
    }
