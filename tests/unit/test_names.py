"""Names, references, keys and addresses: tidied where that is safe, asked for again where it isn't."""

from collections.abc import Callable

import pytest

from quarterday.domain import names
from quarterday.domain.contracts import ContractKind, NotAWord, PartyRole, word
from quarterday.domain.names import NotAName


def test_a_name_gets_single_spaces_and_one_spelling() -> None:
    assert names.name("  Café \t &  Sons\n", "the name") == "Café & Sons"


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ("", "Enter the name in letters or digits"),
        ("   ", "Enter the name in letters or digits"),
        ("---", "Enter the name in letters or digits"),
        ("x" * 201, "at most 200 characters; this has 201"),
        ("Larch\x00Ltd", "can't be seen"),
        ("Larch\u202eLtd", "can't be seen"),
    ],
)
def test_a_name_that_cannot_be_used(typed: str, says: str) -> None:
    with pytest.raises(NotAName, match=says):
        names.name(typed, "the name")


@pytest.mark.parametrize("typed", ["EX/1", "BAN 12005", "C&P (lot 2): 7#a", "Llŷn-3", "é_1.2+"])
def test_a_reference_as_councils_write_them(typed: str) -> None:
    assert names.reference(f" {typed} ") == typed


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ("🚀", "in letters or digits"),
        ("EX-🚀", "“🚀” can't stand in a reference"),
        ("EX|1", "“|” can't stand"),
        ('EX"1', "can't stand"),
        ("=EX", "“=” can't stand"),
        ("E" * 61, "at most 60"),
        (" ", "in letters or digits"),
    ],
)
def test_a_reference_that_cannot_be_used(typed: str, says: str) -> None:
    with pytest.raises(NotAName, match=says.replace("|", r"\|")):
        names.reference(typed)


@pytest.mark.parametrize("typed", ["Exampleshire", "north moor", "-a", "a-", "1a", "", "é", "a" * 41])
def test_a_key_is_small_letters_digits_and_hyphens(typed: str) -> None:
    assert names.key("north-moor-2") == "north-moor-2"
    with pytest.raises(NotAName, match="small letters"):
        names.key(typed)


@pytest.mark.parametrize(
    "typed", ["jo", "jo@", "jo@example", "a b@example.org", "a@b@example.org", "<jo@example.org>", ""]
)
def test_an_address_is_one_address_in_small_letters(typed: str) -> None:
    assert names.email(" Jo.Smith@Example.ORG ") == "jo.smith@example.org"
    with pytest.raises(NotAName, match="not an e-mail address"):
        names.email(typed)


@pytest.mark.parametrize(
    ("read", "says"),
    [
        (lambda: word(PartyRole, "led", "role"), "“led” is no role; did you mean “lead”"),
        (lambda: word(ContractKind, "xyzzy", "kind of contract"), "contract, call-off, grant"),
    ],
)
def test_a_word_nobody_knows_names_the_nearest(read: Callable[[], object], says: str) -> None:
    assert word(ContractKind, " Planning  AGREEMENT ", "kind of contract") is ContractKind.PLANNING
    with pytest.raises(NotAWord, match=says):
        read()
