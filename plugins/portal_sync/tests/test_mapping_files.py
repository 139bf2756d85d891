"""A mapping file is held to its schema and to what can be carried out; each thing wrong is one sentence."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from quarterday import Direction, EntriesSent, NotConfigured, Owner, RecordKind, VerdictsTaken
from quarterday.domain import portal_records
from quarterday_portal_sync.mapping.file import look_at, read_mapping
from quarterday_portal_sync.mapping.held import schema
from quarterday_portal_sync.mapping.kinds import FIELDS
from quarterday_portal_sync.mapping.layouts import Format, Holds, Style
from quarterday_portal_sync.mapping.reading import NAMES

GOOD = """
format = 1
title = "Portal"

[exchange]
entries = "accepted"
verdicts = "review"
batch = 50

[files]
delimiter = ";"

[measures."toms-rotherham/2024-27"]
NT1 = "SV-01"
NT9 = { code = "SV-09", unit = "weeks", their_unit = "days", factor = "5" }

[entries]
direction = "both"
owner = "newest"
id = "Id"
key = "Ref"

[entries.fields]
contract = "Agreement"
measure = "Code"
period = { at = "Quarter", written = "{year}/{nn} Q{quarter}" }
quantity = { at = "Amount", number = "1.234,5" }
share = { constant = "1" }

[entries.table]
incoming = "claims_*.csv"
outgoing = "ours_{key}.csv"

[verdicts]
direction = "in"
owner = "theirs"
id = "Id"
measure = "Code"

[verdicts.fields]
entry = { at = "Ref", written = "entry/{}" }
decision = { at = "Result", values = { accepted = "ok", queried = "?", rejected = ["no", "never"] } }
quantity = "Agreed"

[verdicts.table]
incoming = "claims_*.csv"
holds = "changes"
"""


@pytest.fixture
def written(tmp_path: Path) -> Callable[[str], Path]:
    """Writes a mapping file."""

    def write(text: str) -> Path:
        path = tmp_path / "portal.toml"
        path.write_text(text, encoding="utf-8")
        return path

    return write


def test_a_good_file_says_what_was_agreed(written: Callable[[str], Path]) -> None:
    mapping = read_mapping(written(GOOD))
    terms = mapping.terms
    assert mapping.title == "Portal"
    assert mapping.kinds == (RecordKind.ENTRY, RecordKind.VERDICT)
    assert (terms.entries, terms.verdicts, terms.batch) == (EntriesSent.ACCEPTED, VerdictsTaken.REVIEW, 50)
    assert terms.agreements[RecordKind.ENTRY].direction is Direction.BOTH
    assert terms.agreements[RecordKind.ENTRY].owner is Owner.NEWEST
    table = mapping.table(RecordKind.VERDICT)
    assert table is not None
    assert (table.delimiter, table.format, table.holds) == (";", Format.CSV, Holds.CHANGES)
    assert mapping.resource(RecordKind.ENTRY) is None


def test_another_content_of_the_file_is_another_mapping(written: Callable[[str], Path]) -> None:
    first = read_mapping(written(GOOD)).terms.mapping
    assert read_mapping(written(GOOD)).terms.mapping == first
    assert read_mapping(written(GOOD.replace("SV-01", "SV-02"))).terms.mapping != first


WRONG = [
    ('title = "Portal"', 'titel = "Portal"', "“titel”: that isn't known here; did you mean “title”?"),
    ('title = "Portal"', "", "“title”: it is missing; write what the portal is called here."),
    ("format = 1", "format = 2", "“format”: this Quarterday reads format 1; write 1."),
    (
        'direction = "both"',
        'direction = "bth"',
        "In entries, “direction”: “bth” isn't known here; did you mean “both”?",
    ),
    ('direction = "both"\n', "", "In entries, “direction”: it is missing; write out, in or both."),
    ('id = "Id"\nkey', "id = 7\nkey", "In entries, “id”: it must be text in quotes or a list"),
    ("batch = 50", "batch = 0", "In exchange, “batch”: “0” can't be used; write how many records go out together."),
    ("quantity = {", "quantiti = {", "In entries.fields, “quantiti”: that isn't known here; did you mean “quantity”?"),
    ('number = "1.234,5"', 'number = "12"', "In entries.fields, “quantity”: write how they would write 1234.5"),
    ('number = "1.234,5"', 'date = "dd/MM/yyyy"', "In entries.fields, “quantity”: “date” is nothing for this field"),
    (
        'quantity = { at = "Amount", number = "1.234,5" }\n',
        "",
        "In entries.fields, “quantity”: it is missing; say where",
    ),
    ('at = "Quarter", written', "written", "In entries.fields, “period”: say where it stands there with “at”"),
    ("{year}/{nn} Q{quarter}", "Q{quarter}", "In entries.fields, “period”: “Q{quarter}” names no year"),
    (
        '{ constant = "1" }',
        '{ constant = "1", at = "S" }',
        "In entries.fields, “share”: say where it stands there with",
    ),
    ('"entry/{}"', '"entry/"', "In verdicts.fields, “entry”: write a text with {} once"),
    ('NT1 = "SV-01"', "NT1 = {}", 'In measures."toms-rotherham/2024-27", “NT1”: write their “code”, or in “none” why'),
    ('factor = "5"', 'factor = "0"', 'In measures."toms-rotherham/2024-27", “NT9”: a factor of 0'),
    ('factor = "5"', 'factor = "five"', "“factor”: “five” can't be used; write how many of their unit"),
    (', their_unit = "days"', "", 'In measures."toms-rotherham/2024-27", “NT9”: with a factor, say both units'),
    ('measure = "Code"\n\n', "\n", "In verdicts, “measure”: some measures are converted; say where"),
    ('direction = "in"', 'direction = "both"', "In verdicts, “direction”: a verdict doesn't say its measure"),
    ('outgoing = "ours_{key}.csv"', "", "In entries.table, “outgoing”: it goes out; name the files for them"),
    ("ours_{key}", "ours", "In entries.table, “outgoing”: two deliveries would have one name; write {key} in it"),
    (
        'incoming = "claims_*.csv"\noutgoing',
        "outgoing",
        "In entries.table, “incoming”: it comes in; name the files they",
    ),
    ("[entries.table]", "[entries.resource]", "“incoming”: that isn't known here"),
    ('key = "Ref"', 'key = "Amount"', "In entries.fields, “Amount”: several fields stand there"),
    ('id = "Id"\nkey = "Ref"', 'key = "Ref"', "In entries, “id”: it is missing; say where it stands what they call"),
]


@pytest.mark.parametrize(("was", "is_now", "says"), WRONG)
def test_whatever_is_wrong_is_said_where_it_stands(
    was: str, is_now: str, says: str, written: Callable[[str], Path]
) -> None:
    assert was in GOOD
    with pytest.raises(NotConfigured) as refused:
        read_mapping(written(GOOD.replace(was, is_now, 1)))
    assert refused.value.field == "mapping"
    assert says in str(refused.value)


OUT_ONLY = """
format = 1
title = "Portal"
[contracts]
direction = "{direction}"
owner = "{owner}"
id = "Id"
fields = {{ contract = "No" }}
table = {{ incoming = "c*.csv", outgoing = "c_{{key}}.csv" }}
"""


@pytest.mark.parametrize(
    ("direction", "owner", "says"),
    [
        ("out", "theirs", "In contracts, “owner”: nothing takes theirs in, so their word can't count; write “ours”."),
        ("in", "ours", "In contracts, “direction”: nothing takes theirs in; write “out”."),
        ("both", "ours", "In contracts, “direction”: nothing takes theirs in; write “out”."),
    ],
)
def test_contracts_only_go_out(direction: str, owner: str, says: str, written: Callable[[str], Path]) -> None:
    found = look_at(written(OUT_ONLY.format(direction=direction, owner=owner)))
    assert says in [flaw.says for flaw in found.flaws]
    assert look_at(written(OUT_ONLY.format(direction="out", owner="ours"))).mapping is not None


def test_files_and_the_web_are_not_mixed(written: Callable[[str], Path]) -> None:
    mixed = OUT_ONLY.format(direction="out", owner="ours") + (
        '[evidence]\ndirection = "out"\nowner = "ours"\nid = "id"\nfields = { entry = "e" }\n'
        'resource = { sending = { path = "/e" } }\n'
    )
    says = [flaw.says for flaw in look_at(written(mixed)).flaws]
    assert "“table”: some kinds go by files and others over the web; use one of the two for all." in says


def test_every_thing_that_is_wrong_is_said_at_once(written: Callable[[str], Path]) -> None:
    text = GOOD.replace('owner = "newest"', "").replace('title = "Portal"', "")
    with pytest.raises(NotConfigured) as refused:
        read_mapping(written(text))
    assert "“title”" in str(refused.value)
    assert "“owner”" in str(refused.value)


@pytest.mark.parametrize("text", ["format = ", "\x00", "[a]\n[a]"])
def test_what_is_no_toml_is_said(text: str, written: Callable[[str], Path]) -> None:
    with pytest.raises(NotConfigured, match="is not proper TOML"):
        read_mapping(written(text))


def test_a_file_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(NotConfigured, match="quarterday sync learn"):
        read_mapping(tmp_path / "none.toml")


def test_the_schema_is_a_schema() -> None:
    Draft202012Validator.check_schema(dict(schema()))


@pytest.mark.parametrize("name", ["simulator", "two-row-headers", "nested-json"])
def test_a_mapping_that_comes_along_can_be_used(name: str) -> None:
    mapping = read_mapping(Path(name))
    assert RecordKind.ENTRY in mapping.kinds
    assert len(mapping.terms.mapping) == 64


def test_the_simulators_lists_go_on_by_cursor() -> None:
    mapping = read_mapping(Path("simulator"))
    assert mapping.changes is not None
    assert mapping.changes.paging.style is Style.CURSOR
    resource = mapping.resource(RecordKind.ENTRY)
    assert resource is not None
    assert resource.sending is not None
    assert resource.sending.overtaken == ("overtaken",)


def test_the_schema_has_just_the_fields_that_are_exchanged() -> None:
    said = schema()["properties"]
    for kind, name in NAMES.items():
        fields = set(said[name]["properties"]["fields"]["properties"])
        assert fields - {"period"} == set(FIELDS[kind]) == set(portal_records.FIELDS[kind])


def test_what_has_no_place_there_is_untold(written: Callable[[str], Path]) -> None:
    untold = read_mapping(written(GOOD)).terms.untold
    assert untold == {RecordKind.ENTRY: frozenset({"unit"})}
    units = GOOD.replace('NT1 = "SV-01"', 'NT1 = { code = "SV-01", unit = "FTE" }')
    assert read_mapping(written(units)).terms.untold == {}
