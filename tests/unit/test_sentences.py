"""A sentence is the text it says, and remembers how it was made."""

from __future__ import annotations

import copy
import json
import pickle
from datetime import date, time
from fractions import Fraction

import pytest

from quarterday import NotConfigured, Refused, Retryable, Sentence, numbered, said
from quarterday.domain.names import NotAName, name
from quarterday.domain.sentences import NotUsable, listed

ENDS = said("“{label}” ends on {day}: {what}.", label="Hire {3}", day=date(2026, 7, 31), what=said("correct it"))


def test_it_is_the_text_it_says() -> None:
    assert ENDS == "“Hire {3}” ends on 2026-07-31: correct it."
    assert json.loads(json.dumps(ENDS)) == ENDS
    assert {ENDS: 1}["“Hire {3}” ends on 2026-07-31: correct it."] == 1
    assert f"{ENDS}" == ENDS + "" == " ".join([ENDS]) == str(ENDS)


def test_it_remembers_its_pattern_and_its_parts() -> None:
    assert ENDS.pattern == "“{label}” ends on {day}: {what}."
    assert ENDS.parts == {"label": "Hire {3}", "day": date(2026, 7, 31), "what": "correct it"}
    assert isinstance(ENDS.parts["what"], Sentence)


def test_it_is_itself_wherever_it_is_only_handed_on() -> None:
    assert Sentence(ENDS) is str(ENDS) is ENDS
    assert str(Refused(ENDS)) is str(ValueError(ENDS)) is ENDS
    for again in (pickle.loads(pickle.dumps(ENDS)), copy.copy(ENDS), copy.deepcopy(ENDS)):
        assert (type(again), again, again.parts) == (Sentence, ENDS, ENDS.parts)
        assert isinstance(again.parts["what"], Sentence)


@pytest.mark.parametrize("made", [ENDS + "", f"{ENDS} ", " ".join([ENDS]), ENDS[:9], ENDS.strip()])
def test_what_is_put_together_of_it_is_plain_text(made: str) -> None:
    assert type(made) is str


def test_a_text_without_parts_may_have_any_braces() -> None:
    assert Sentence("{").pattern == Sentence("{") == said("{") == "{"
    assert str(Refused("“{}” {what}")) == "“{}” {what}"


@pytest.mark.parametrize(("n", "text"), [(0, "0 rows"), (1, "1 row"), (2, "2 rows"), (1_200, "1,200 rows")])
def test_a_number_decides_which_pattern_it_is(n: int, text: str) -> None:
    rows = numbered(n, "{n:,} row", "{n:,} rows")
    assert (rows, rows.pattern, rows.many, rows.parts["n"]) == (text, "{n:,} row", "{n:,} rows", n)
    assert pickle.loads(pickle.dumps(rows)) == text


def test_parts_are_written_as_their_pattern_says() -> None:
    assert said("{size:,.1f} from {since:%H:%M}", size=1234.56, since=time(8)) == "1,234.6 from 08:00"
    assert said("{third}", third=Fraction(1, 3)) == "1/3"


def test_an_error_given_as_a_part_gives_its_sentence() -> None:
    with pytest.raises(NotAName) as refused:
        name(" ", said("the supplier's name"))
    whole = said("Line {line}: {problem}", line=3, problem=refused.value)
    assert whole == "Line 3: Enter the supplier's name in letters or digits."
    problem = whole.parts["problem"]
    assert isinstance(problem, Sentence)
    assert problem.pattern == "Enter {what} in letters or digits."


@pytest.mark.parametrize(
    "error",
    [
        Refused("“{name}” is {age:,}.", name="A", age=1000),
        Retryable("“{name}” is {age:,}.", after=5, name="A", age=1000),
        NotUsable("“{name}” is {age:,}.", name="A", age=1000),
    ],
)
def test_an_error_fills_in_its_parts_and_crosses_to_another_process(error: Exception) -> None:
    for one in (error, pickle.loads(pickle.dumps(error))):
        assert str(one) == "“A” is 1,000."
        assert one.args[0].pattern == "“{name}” is {age:,}."
    assert getattr(error, "after", 5) == 5


def test_a_setting_that_is_missing_is_named() -> None:
    assert str(NotConfigured("token")) == "Set “token”; nothing works without it."
    assert str(NotConfigured("token", "“{name}” is {age:,}.", name="A", age=1000)) == "“A” is 1,000."
    assert str(Refused()) == ""


def test_listed_texts_stay_sentences() -> None:
    missing = listed([said("a baseline"), "NT31", said("a net-zero policy")])
    assert missing == "a baseline, NT31, a net-zero policy"
    assert isinstance(missing.parts["next"], Sentence)
