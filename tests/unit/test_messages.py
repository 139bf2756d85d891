"""Templates of messages: what can be read, and that no fact becomes anything but words."""

from __future__ import annotations

from fractions import Fraction
from html.parser import HTMLParser
from importlib.resources import files

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quarterday import Kind, Measure, unit
from quarterday.domain.messages import NotATemplate, read, write
from quarterday.services.messages import facts
from quarterday.services.messages.templates import EXAMPLES, OFFERED, standard, template_in

SOURCE = """Subject: Hello ((name))

Dear ((name)),
it is & stays yours.

* ((things))
* last: ((name))

> Open it: ((link))
"""
TEMPLATE = read(SOURCE, offered={"name", "things", "link"})
FACTS = {"name": "Ms <Ærø>", "things": "one\ntwo & three", "link": "https://returns.example/l/a.1?b&c"}


def test_text_and_html_say_the_same() -> None:
    written = write(TEMPLATE, FACTS)
    assert written.subject == "Hello Ms <Ærø>"
    assert written.text == (
        "Dear Ms <Ærø>,\nit is & stays yours.\n\n* one\n* two & three\n* last: Ms <Ærø>\n\n"
        "Open it:\nhttps://returns.example/l/a.1?b&c\n"
    )
    assert "<p>Dear Ms &lt;Ærø&gt;,<br>\nit is &amp; stays yours.</p>" in written.html
    assert "<ul><li>one</li><li>two &amp; three</li><li>last: Ms &lt;Ærø&gt;</li></ul>" in written.html
    assert '<a href="https://returns.example/l/a.1?b&amp;c" style="' in written.html
    assert ">Open it</a>" in written.html


@pytest.mark.parametrize(
    ("source", "why"),
    [
        ("Dear you", "Begin with a line"),
        ("Subject:\n\nwords", "Begin with a line"),
        ("Subject: a", "Begin with a line"),
        ("Subject: ((nmae))\n\n((link))", r"“\(\(nmae\)\)” is no placeholder here; use \(\(link\)\), \(\(name\)\)"),
        ("Subject: a\n\n((name))", r"“\(\(link\)\)” is missing"),
        ("Subject: a\n\n((link)) ((name", "not closed"),
        ("Subject: a\n\n((link)) name))", "not closed"),
    ],
)
def test_a_template_that_would_go_wrong_is_not_read(source: str, why: str) -> None:
    with pytest.raises(NotATemplate, match=why):
        read(source, offered={"name", "link"}, needed={"link"})


@pytest.mark.parametrize("kind", OFFERED)
def test_the_templates_that_come_along_are_sound_and_use_all_they_are_offered(kind: str) -> None:
    facts = {name: f"the {name}" for name in OFFERED[kind].all}
    written = write(standard(kind), facts)
    assert all(fact in written.subject + written.text for fact in facts.values())
    assert "((" not in written.subject + written.text + written.html


def test_every_placeholder_has_an_invented_fact_and_nothing_else_has() -> None:
    assert set(EXAMPLES) == {name for offered in OFFERED.values() for name in offered.all}


def test_an_own_template_is_held_to_what_its_kind_is_offered() -> None:
    assert template_in("query", "Subject: A\n\n((questions)) ((link))").subject == "A"
    with pytest.raises(NotATemplate, match=r"“\(\(reference\)\)” is no placeholder here"):
        template_in("query", "Subject: A\n\n((questions)) ((link)) ((reference))")
    with pytest.raises(NotATemplate, match=r"“\(\(questions\)\)” is missing"):
        template_in("query", "Subject: A\n\n((link))")


def test_each_template_has_its_kind() -> None:
    folder = files("quarterday.services.messages").joinpath("templates")
    assert {path.name for path in folder.iterdir()} == {f"{kind}.txt" for kind in OFFERED}


class Tags(HTMLParser):
    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.found.append(f"{tag} {sorted(name for name, _ in attributes)}")


HARMLESS = Tags(write(TEMPLATE, {**FACTS, "things": "one"}).html).found
SIGNS = st.text(st.characters(codec="utf-8", exclude_characters="\n\r\v\f\x1c\x1d\x1e\x85\u2028\u2029"), min_size=1)


@given(name=SIGNS, things=SIGNS, link=SIGNS)
def test_no_fact_becomes_html(name: str, things: str, link: str) -> None:
    written = write(TEMPLATE, {"name": name, "things": things, "link": link})
    assert Tags(written.html).found == HARMLESS


@given(name=st.text(st.sampled_from("ab \n\r\v\u2028*>:(")))
def test_no_fact_becomes_a_second_line_of_the_subject(name: str) -> None:
    assert len(write(TEMPLATE, {**FACTS, "name": name}).subject.splitlines()) == 1


@pytest.mark.parametrize(
    ("unit_id", "number", "said"),
    [
        ("£", "1250", "£1,250"),
        ("£", "1250.5", "£1,250.50"),
        ("weeks", "1", "1 week"),
        ("weeks", "12.5", "12.5 weeks"),
        ("%", "62.5", "62.5%"),
        ("number", "3", "3"),
        ("yes/no", "1", "yes"),
        ("yes/no", "0", "no"),
    ],
)
def test_a_quantity_is_said_with_its_unit(unit_id: str, number: str, said: str) -> None:
    measure = Measure(
        ref="X1", title="A measure", unit=unit(unit_id), kind=Kind.RECORD_ONLY, theme="Work", outcome="Work"
    )
    assert facts.quantity(measure, Fraction(number)) == said
