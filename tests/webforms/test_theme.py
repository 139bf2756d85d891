"""A council's colours, name and logo: read from the settings, and refused where people couldn't read the pages."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask import Flask, render_template_string
from flask_babel import Babel
from flask_wtf.csrf import CSRFProtect

from quarterday import NotConfigured
from quarterday_webforms import look
from quarterday_webforms.theme import Logo, Theme, contrast, logo_in, theme_of_installation

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 20


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("QUARTERDAY_DATA_DIR", str(tmp_path))
    return tmp_path


def app_of(theme: Theme) -> Flask:
    app = Flask("quarterday_webforms")
    app.secret_key = "not a secret"
    CSRFProtect(app)
    Babel(app)
    look.teach(app, theme)
    page = '{% extends "layout.html" %}{% block title %}Home{% endblock %}'
    app.add_url_rule("/", "home", lambda: render_template_string(page))
    return app


@pytest.mark.parametrize(
    ("one", "other", "ratio"),
    [("#000000", "#ffffff", 21), ("#ffffff", "#ffffff", 1), ("#767676", "#ffffff", 4.54), ("#ff0000", "#ffffff", 4.0)],
)
def test_contrast_is_as_wcag_has_it(one: str, other: str, ratio: float) -> None:
    assert contrast(one, other) == pytest.approx(ratio, abs=0.005)


def test_links_that_are_too_light_are_refused_with_the_ratio() -> None:
    with pytest.raises(NotConfigured, match=r"#ff0000 on white has a contrast of 4\.00:1; .* at least 4\.5:1"):
        Theme(link_colour="#ff0000")


def test_links_that_read_on_white_only_are_refused() -> None:
    with pytest.raises(NotConfigured, match=r"#767676 on the grey .* 4\.0"):
        Theme(link_colour="#767676")


def test_the_grey_of_the_style_sheet_is_the_grey_that_links_are_checked_on() -> None:
    css = (Path(look.__file__).parent / "static" / "govuk" / "app.css").read_text()
    assert "--govuk-surface-background-colour: #f3f3f3" in css.replace(":#", ": #")


@pytest.mark.parametrize("colour", ["red", "#fff", "#12345g", "#1234567", "#000000;}body{display:none"])
def test_what_is_no_colour_is_refused(colour: str) -> None:
    with pytest.raises(NotConfigured, match="write it like #1a65a6"):
        Theme(colour=colour)


@pytest.mark.parametrize("colour", ["#000000", "#ffffff", "#777777", "#ffdd00", "#00703c", "#d4351c"])
def test_the_header_reads_on_any_colour(colour: str) -> None:
    assert contrast(Theme(colour=colour).header_text, colour) >= 4.5


def test_the_settings_make_the_theme(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "crest.png").write_bytes(PNG)
    (folder / "quarterday.toml").write_text(
        '[plugins.webforms]\ncouncil = "Ambleford"\ncolour = "#1d3557"\nlogo = "crest.png"\n'
    )
    monkeypatch.setenv("QUARTERDAY_WEBFORMS__EMAIL", "help@ambleford.example")
    theme = theme_of_installation()
    assert (theme.council, theme.colour, theme.email) == ("Ambleford", "#1d3557", "help@ambleford.example")
    assert theme.logo is not None
    assert theme.logo.content == PNG


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('[plugins.webforms]\ncolor = "#000000"\n', "“color”: there is no such setting"),
        ('[plugins.webform]\ncolour = "#000000"\n', "no installed plugin; did you mean “webforms”"),
        ('[plugins.webforms]\nlink_colour = "#ffff00"\n', "1.07:1"),
        ('[plugins.webforms]\nlogo = "gone.png"\n', "can't be read"),
        ('[plugins]\nordr = ["webforms"]\n', "did you mean “order”"),
    ],
)
def test_a_wrong_setting_is_named(folder: Path, text: str, says: str) -> None:
    (folder / "quarterday.toml").write_text(text)
    with pytest.raises(NotConfigured) as raised:
        theme_of_installation()
    assert says in str(raised.value)


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("logo.svg", b"<svg/>", "use a PNG or JPEG"),
        ("logo.png", b"<svg onload=alert(1)>", "not a .png picture"),
        ("logo.png", PNG + b"\0" * 200_000, "at most 200 kB"),
    ],
)
def test_a_logo_that_is_none_is_refused(tmp_path: Path, name: str, content: bytes, says: str) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(NotConfigured, match=says):
        logo_in(tmp_path / name)


def test_the_council_stands_in_header_title_and_style() -> None:
    client = app_of(Theme(council="<Ambleford>", colour="#1d3557", logo=Logo("logo.png", PNG))).test_client()
    page = client.get("/").text
    assert "Home – Social value returns – &lt;Ambleford&gt;</title>" in page
    assert 'alt="&lt;Ambleford&gt;"' in page
    assert "<style" not in page
    assert " style=" not in page
    links = [part.split('"')[0] for part in page.split('="')[1:] if part.startswith("/look/")]
    assert len(links) == 5
    for link in links:
        answer = client.get(link)
        assert answer.status_code == 200
        assert "immutable" in answer.headers["Cache-Control"]
    assert "--quarterday-header:#1d3557" in client.get(next(link for link in links if "theme" in link)).text


def test_a_file_of_another_version_is_served_and_not_kept() -> None:
    client = app_of(Theme()).test_client()
    assert client.get("/look/before/app.css").headers["Cache-Control"] == "no-cache"
    assert client.get("/look/before/built-from.txt").status_code == 404


def test_another_theme_is_another_address() -> None:
    pages = [app_of(theme).test_client().get("/").text for theme in (Theme(), Theme(colour="#1d3557"))]
    assert len({page.split("/look/")[1][:16] for page in pages}) == 2


def test_the_style_sheet_has_neither_crown_nor_fonts_nor_addresses() -> None:
    css = (Path(look.__file__).parent / "static" / "govuk" / "app.css").read_text()
    assert not [word for word in ("@font-face", "GDS Transport", "crest", "crown", "url(") if word in css]
