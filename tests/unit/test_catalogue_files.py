"""Reading an edition from its folder: what is there is read, and what can't be read is said with line and column."""

from pathlib import Path

import pytest

from quarterday import Adopted, Catalogue, Kind, Measure, Overlay, Refused, Runs, read_catalogue

HEAD = 'id = "test"\nedition = "1"\ntitle = "Test"\n'
ROWS = "ref,title,theme,outcome,unit\nX1,People hired,Jobs,Work,FTE\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "catalogue.toml").write_text(HEAD, encoding="utf-8")
    (tmp_path / "measures.csv").write_text(ROWS, encoding="utf-8")
    return tmp_path


def write(folder: Path, *, head: str | None = None, rows: str | bytes | None = None) -> None:
    if head is not None:
        (folder / "catalogue.toml").write_text(head, encoding="utf-8")
    if rows is not None:
        (folder / "measures.csv").write_bytes(rows if isinstance(rows, bytes) else rows.encode())


def refusal(folder: Path) -> list[str]:
    with pytest.raises(Refused) as refused:
        read_catalogue(folder)
    return str(refused.value).splitlines()


def test_a_whole_edition(folder: Path) -> None:
    write(
        folder,
        head=HEAD
        + """
        publisher = "Us"
        current = false
        [local_area]
        name = "Exampleshire"
        codes = ["E1", "E2"]
        since = 2024-04-01
        [policy]
        source = "A page"
        facts = { above = 100000, weight = "20%" }
        [[rules]]
        rule = "weeks-each"
        measures = ["X2"]
        at_least = 6
        confidence = "low"
        source = "A guess"
        [[rules]]
        rule = "once"
        pairs = [["X1", "X2"], ["X2", "X3"]]
        of = "same person"
        """,
        rows="ref,title,theme,outcome,unit,things,kind,runs,localised,local_economic,confidence\n"
        "X1,People,Jobs,Work,FTE,,,,yes,yes,medium\n"
        "\n"
        "X2,“Weeks”,Jobs,Work,weeks,,record-only,once,,,\n"
        "X3,Visits,Jobs,Work,number,visits,,,no,no,\n",
    )
    edition = read_catalogue(folder)
    assert isinstance(edition, Catalogue)
    assert (edition.key, edition.current, edition.complete) == ("test/1", False, True)
    people, weeks, visits = edition.measures
    assert (people.kind, people.localised, people.is_local_economic) == (Kind.MONETISED, True, True)
    assert (weeks.title, weeks.kind, weeks.over_time, weeks.localised) == (
        "“Weeks”",
        Kind.RECORD_ONLY,
        Runs.ONCE,
        None,
    )
    assert (visits.unit_words, visits.localised, visits.where) == ("visits", False, "measures.csv line 5")
    assert [(rule.rule, rule.measures, dict(rule.numbers)) for rule in edition.rules] == [
        ("weeks-each", ("X2",), {"at_least": 6}),
        ("once", ("X1", "X2"), {"of": "same person"}),
        ("once", ("X2", "X3"), {"of": "same person"}),
    ]
    assert edition.rules[0].confidence == "low"
    assert edition.local_area is not None
    assert (edition.local_area.codes, edition.local_area.since) == (("E1", "E2"), "2024-04-01")
    assert dict(edition.policy.facts) == {"above": 100000, "weight": "20%"}


def test_an_overlay_says_only_what_differs(folder: Path) -> None:
    write(
        folder,
        head=HEAD + 'based_on = "base/1"\n',
        rows="ref,base_ref,title,headline,unit,theme,outcome\nA,X1,Our words,,,,\nB,,Ours alone,,weeks,Jobs,Work\n",
    )
    edition = read_catalogue(folder)
    assert isinstance(edition, Overlay)
    adopted, own = edition.lines
    assert adopted == Adopted(ref="A", base_ref="X1", changes={"title": "Our words"})
    assert isinstance(own, Measure)


def test_a_spreadsheets_own_csv_is_read(folder: Path) -> None:
    write(folder, rows=b"\xef\xbb\xbf" + ROWS.replace("\n", "\r\n").encode())
    assert isinstance(read_catalogue(folder), Catalogue)


@pytest.mark.parametrize(
    ("rows", "says"),
    [
        ("", "measures.csv is empty; its first line names the columns: ref, base_ref,"),
        ("title,unit\nA,FTE\n", "measures.csv line 1: there is no column “ref”"),
        ("ref,titel\n", "measures.csv line 1: “titel” isn't a column of a catalogue; did you mean “title”?"),
        ("ref,title,title\n", "measures.csv line 1: the column “title” stands there twice; keep one."),
        ("ref,,title\n", "measures.csv line 1: column 2 has no name; name it, or delete the column."),
        (
            ROWS + "X2,A, B,Work,FTE,weeks\n",
            "measures.csv line 3 has 6 cells for 5 columns; put text that holds a comma",
        ),
        (ROWS + 'X2,"People,Jobs,Work,FTE\n', "measures.csv line 3 can't be read"),
        (
            ROWS + "X2,A,Jobs,Work,week\n",
            "measures.csv line 3, column “unit”: “week” is not a unit; did you mean “weeks”?",
        ),
        (ROWS + "X2,A,Jobs,Work,\n", "measures.csv line 3, column “unit”: “X2” has no unit; write one."),
        (
            "ref,kind,unit\nX1,monetized,FTE\n",
            "measures.csv line 2, column “kind”: “monetized” isn't a word for it; did you mean “monetised”?",
        ),
        (
            "ref,runs,unit\nX1,flows,FTE\n",
            "measures.csv line 2, column “runs”: “flows” isn't a word for it; did you mean “flow”?",
        ),
        (
            "ref,confidence,unit\nX1,sure,FTE\n",
            "measures.csv line 2, column “confidence”: “sure” isn't a word for it; it may be high, medium, low.",
        ),
        (
            "ref,localised,unit\nX1,perhaps,FTE\n",
            "measures.csv line 2, column “localised”: write yes or no, not “perhaps”; leave it blank where",
        ),
        (
            "ref,base_ref,unit\nX1,NT1,FTE\n",
            "measures.csv line 2, column “base_ref”: catalogue.toml doesn't say what the edition is “based_on”",
        ),
        (b"ref,title\nX1,\xa350\n", "measures.csv line 2 isn't UTF-8 text; save the file as “CSV UTF-8”"),
    ],
)
def test_rows_that_cannot_be_read(folder: Path, rows: str | bytes, says: str) -> None:
    write(folder, rows=rows)
    (sentence,) = refusal(folder)
    assert sentence.startswith(says)


@pytest.mark.parametrize(
    ("head", "says"),
    [
        ("id = \n", "catalogue.toml isn't valid TOML: Invalid value (at line 1, column 6). Correct that line."),
        ('id = "test"\nedition = "1"\n', "catalogue.toml: write “title”; every edition has one."),
        (HEAD + 'publsher = "Us"\n', "catalogue.toml: “publsher” isn't known here; did you mean “publisher”?"),
        (HEAD + 'current = "no"\n', "catalogue.toml: “current” must be true or false, not text in quotes."),
        (HEAD + "rules = [1]\n", "catalogue.toml rule 1: write each rule as a table, under [[rules]]."),
        (
            HEAD + '[[rules]]\nrule = "carbon"\n',
            "catalogue.toml rule 1 (“carbon”): write the refs it binds as measures",
        ),
        (
            HEAD + '[[rules]]\nrule = "once"\npairs = ["X1", "X2"]\n',
            "catalogue.toml rule 1 (“once”): write the refs it binds as measures",
        ),
        (
            HEAD + '[[rules]]\nrule = "weeks-each"\nmeasures = ["X1"]\nat_least = 1.5\n',
            "catalogue.toml rule 1 (“weeks-each”): “at_least” must be a whole number, true or false, or text.",
        ),
        (
            HEAD + '[[rules]]\nrule = "carbon"\nmeasures = ["X1"]\nconfidence = "mediun"\n',
            "catalogue.toml rule 1 (“carbon”): “mediun” isn't a word for it; did you mean “medium”?",
        ),
        (
            HEAD + "[policy.facts]\nweight = 0.2\n",
            "catalogue.toml [policy.facts]: “weight” must be text or a whole number.",
        ),
        (
            HEAD + '[local_area]\nname = "A"\ncodes = ["E1"]\n',
            "catalogue.toml [local_area]: write “since” as well.",
        ),
        (
            HEAD + '[local_area]\nname = "A"\ncodes = [1]\nsince = 2024-01-01\n',
            "catalogue.toml [local_area]: write “codes” as area codes in quotes",
        ),
    ],
)
def test_a_head_that_cannot_be_read(folder: Path, head: str, says: str) -> None:
    write(folder, head=head)
    (sentence,) = refusal(folder)
    assert sentence.startswith(says)


VALUES = ["1", "1.5", "true", '"text"', "[]", "[1]", '["X1"]', "[[1]]", "{}", "{ a = {} }", "2024-04-01", "07:32:00"]


@pytest.mark.parametrize("value", VALUES)
@pytest.mark.parametrize("table", ["", "[local_area]\n", "[policy]\n", "[policy.facts]\n", "[[rules]]\n"])
def test_any_value_anywhere_is_read_or_refused_in_a_sentence(folder: Path, table: str, value: str) -> None:
    names = (
        "publisher current based_on rules policy local_area name codes since rule measures pairs confidence at_least"
    )
    for name in names.split():
        for more in ("", 'measures = ["X1"]\n', "source = 1\n"):
            write(folder, head=f"{HEAD}{table}{name} = {value}\n{more}")
            try:
                said = [read_catalogue(folder).title]
            except Refused as refused:
                said = str(refused).splitlines()
            assert all(sentence == "Test" or sentence.startswith("catalogue.toml") for sentence in said)


def test_an_own_measure_of_an_overlay_without_a_unit_may_lack_its_base_ref(folder: Path) -> None:
    write(folder, head=HEAD + 'based_on = "base/1"\n', rows="ref,title\nNT1,Jobs\n")
    (sentence,) = refusal(folder)
    assert "name that under “base_ref”" in sentence


def test_everything_wrong_is_said_at_once_and_nothing_is_loaded(folder: Path) -> None:
    rows = "ref,title,theme,outcome,unit\n" + "".join(f"X{n},A,B,C,hour\n" for n in range(30))
    write(folder, head=HEAD + "current = 1\n", rows=rows)
    sentences = refusal(folder)
    assert sentences[0] == "catalogue.toml: “current” must be true or false, not a whole number."
    assert sentences[-1] == "… and 11 more like these."
    assert len(sentences) == 21


@pytest.mark.parametrize("missing", ["catalogue.toml", "measures.csv"])
def test_a_folder_that_lacks_a_file(folder: Path, missing: str) -> None:
    (folder / missing).unlink()
    (sentence,) = refusal(folder)
    assert sentence.startswith(f"There is no {missing} in ")
