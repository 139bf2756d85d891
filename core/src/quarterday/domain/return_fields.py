"""The fields of a return kept in a spreadsheet: what each column is called, and what belongs in it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Field:
    """One column. ``names`` are the headers it is known by, the first one being the template's."""

    id: str
    names: tuple[str, ...]
    help: str


FIELDS: tuple[Field, ...] = (
    Field(
        "ref",
        ("measure", "ref", "reference", "measure ref", "measure reference", "tom", "toms ref", "tom ref", "code"),
        "The measure's reference, like NT1. One row an activity.",
    ),
    Field(
        "activity",
        ("activity", "activity label", "label"),
        "Your own label, without a name: “Hire 3”. The same label means the same person or event.",
    ),
    Field("people", ("people", "number of people", "no of people", "headcount"), "How many people."),
    Field(
        "full_time_share",
        ("share of full time", "fte share", "fte each", "proportion of full time", "share"),
        "Jobs: the share of full time each works, like 1 or 0.5.",
    ),
    Field(
        "weekly_hours",
        ("hours a week", "weekly hours", "hours per week"),
        "Jobs: hours a week, instead of the share of full time.",
    ),
    Field(
        "months",
        ("months in this period", "months", "months worked", "months in period"),
        "Jobs: the months worked in this period, like 3.",
    ),
    Field("weeks", ("weeks each", "weeks per person", "weeks"), "Placements, training: the weeks each person had."),
    Field(
        "hours",
        ("session hours", "hours per session", "session length", "session length (hours)", "session duration"),
        "Sessions: how long, in hours.",
    ),
    Field(
        "attendees",
        ("attendees", "number of attendees", "no of attendees", "participants"),
        "Sessions: how many attended.",
    ),
    Field(
        "quantity",
        ("quantity", "amount", "pounds", "number"),
        "Everything else: the number in the measure's own unit; for gifts and spend, pounds.",
    ),
    Field("staff_hours", ("staff hours", "staff time (hours)"), "Money invested: hours of staff time inside it."),
    Field("expert_hours", ("expert hours", "expert time (hours)"), "Money invested: hours of expert time inside it."),
    Field("started", ("started", "start date", "start", "from", "date from"), "The day it began, like 2026-07-01."),
    Field("ended", ("ended", "end date", "end", "to", "date to"), "The day it ended; blank if it goes on."),
    Field(
        "part_postcode",
        ("part postcode", "postcode", "postcode district", "first half of postcode", "postcode (first half)"),
        "Local measures: the first half of the postcode, like S60, or with one digit more: S60 1.",
    ),
    Field("is_local", ("local", "local?", "in the local area", "is local"), "Where a postcode can't tell: yes or no."),
    Field(
        "contract_share",
        ("share for this contract", "attribution", "share of activity", "attributed share", "share"),
        "If the activity serves several contracts: this one's share, like 1/3 or 50%. Blank is all of it.",
    ),
    Field("industry", ("industry", "sector"), "Spend: the industry of the supplier that was paid."),
    Field("words", ("what was done", "words", "narrative", "description", "comments"), "What was done, in a sentence."),
    Field(
        "is_through_programme",
        ("programme", "recruitment programme", "through a programme"),
        "Hires from a disadvantaged group: yes if through a recruitment programme.",
    ),
    Field(
        "is_completed",
        ("completed", "completed or supported to completion"),
        "Training: yes if completed or supported to completion.",
    ),
    Field("baseline", ("baseline", "baseline tco2e", "baseline (tco2e)"), "Carbon: tonnes of CO2e before."),
    Field("baseline_year", ("baseline year",), "Carbon: the year of the baseline."),
    Field("after", ("after", "after (tco2e)", "later figure"), "Carbon: tonnes of CO2e after."),
    Field("has_net_zero_policy", ("net-zero policy", "net zero policy"), "Carbon: yes if you have one."),
    Field("checked_by", ("checked by", "independent check", "verified by"), "Carbon: the body that checked it."),
    Field(
        "counted_once",
        ("counted once", "counted once?", "double counting"),
        "If asked whether something counts twice: your answer, like “a different person”.",
    ),
)

VOCABULARY = {field.id: field.names for field in FIELDS}
"""Field → the headers it is known by. A bare “share” could be either share, so a person has to say which."""

FREE_TEXT = frozenset({"words", "checked_by", "counted_once"})
"""Fields in which people write sentences; the record keeps them apart from the facts."""
