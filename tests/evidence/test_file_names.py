"""Names of files, as they are shown and as they are handed out again."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quarterday.evidence import download_name, plain_name
from quarterday.evidence.file_types import BY_MEDIA_TYPE
from quarterday.evidence.names import MOST_CHARACTERS


@pytest.mark.parametrize(
    ("sent", "shown"),
    [
        ("letter.pdf", "letter.pdf"),
        ("C:\\fakepath\\letter.pdf", "letter.pdf"),
        ("../../etc/passwd", "passwd"),
        ("..", "file"),
        ("", "file"),
        ("folder/", "file"),
        (".hidden", "hidden"),
        ("a\r\nb\x00c.pdf", "a b c.pdf"),
        ("evil\u202efdp.exe", "evil fdp.exe"),
        ('say "hi"?.txt', "say _hi__.txt"),
        ("  caf\u0065\u0301  menu.pdf ", "caf\u00e9 menu.pdf"),
        ("a" * 200 + ".pdf", "a" * 99 + "…" + "a" * 16 + ".pdf"),
        ("\U0001f600.png", "\U0001f600.png"),
    ],
)
def test_a_name_is_shown_plainly(sent: str, shown: str) -> None:
    assert plain_name(sent) == shown


@given(st.text())
def test_a_shown_name_is_one_line_that_stays_in_its_folder(sent: str) -> None:
    shown = plain_name(sent)
    assert 0 < len(shown) <= MOST_CHARACTERS
    assert shown.isprintable()
    assert not set(shown) & set('/\\<>:"|?*')
    assert shown not in (".", "..")
    assert plain_name(shown) == shown


@pytest.mark.parametrize(
    ("name", "media_type", "handed_out"),
    [
        ("letter.pdf", "application/pdf", "letter.pdf"),
        ("LETTER.PDF", "application/pdf", "LETTER.PDF"),
        ("photo.jpeg", "image/jpeg", "photo.jpeg"),
        ("photo.png", "image/jpeg", "photo.png.jpg"),
        ("pay.bat", "text/plain", "pay.bat.txt"),
        ("pay", "text/csv", "pay.csv"),
    ],
)
def test_a_file_is_handed_out_under_the_ending_of_its_type(name: str, media_type: str, handed_out: str) -> None:
    assert download_name(name, media_type) == handed_out


def test_every_ending_belongs_to_one_type() -> None:
    endings = [ending for one in BY_MEDIA_TYPE.values() for ending in one.endings]
    assert len(endings) == len(set(endings))
