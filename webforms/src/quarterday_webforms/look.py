"""The files that make up how the pages look, served under a name that changes when one of them does."""

from __future__ import annotations

import gzip
from hashlib import sha256
from pathlib import Path

from flask import Flask, Response, abort, request

from quarterday import NotConfigured
from quarterday_webforms import frame
from quarterday_webforms.language import language
from quarterday_webforms.theme import Theme
from quarterday_webforms.widgets import error_list

_BUILT = Path(__file__).parent / "static" / "govuk"
_KINDS = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".jpg": "image/jpeg",
}
_KEPT = "public, max-age=31536000, immutable"


def teach(app: Flask, theme: Theme) -> None:
    """Give an app its style sheets, script, icon and logo, and its templates what the layout needs.

    That is ``theme``; ``look(NAME)``, where such a file is; ``language()`` of the page; ``error_list(form)``.

    Raises :class:`~quarterday.NotConfigured` where the style sheet wasn't built.
    """
    files = {path.name: path.read_bytes() for path in sorted(_BUILT.glob("*.*")) if path.suffix in _KINDS}
    if "app.css" not in files:
        raise NotConfigured("webforms", "The pages' style sheet isn't built; install quarterday-webforms again.")
    files["theme.css"] = theme.style_sheet().encode()
    if theme.logo:
        files[theme.logo.name] = theme.logo.content
    digest = sha256(b"".join(sha256(content).digest() for content in files.values())).hexdigest()[:16]
    packed = {name: gzip.compress(content, mtime=0) for name, content in files.items() if not name.endswith("g")}

    def look(name: str) -> str:
        return f"{request.script_root}/look/{digest}/{name}"

    def file(version: str, name: str) -> Response:
        if name not in files:
            abort(404)
        response = Response(files[name], content_type=_KINDS[Path(name).suffix])
        if name in packed and request.accept_encodings.quality("gzip"):
            response.data = packed[name]
            response.content_encoding = "gzip"
        response.vary.add("Accept-Encoding")
        # A page of the version before may still ask: it gets what there is now, and doesn't keep it.
        response.headers["Cache-Control"] = _KEPT if version == digest else "no-cache"
        return response

    app.add_url_rule("/look/<version>/<name>", "look", file)
    app.jinja_env.globals.update(look=look, language=language, error_list=error_list)
    app.context_processor(lambda: {"theme": theme})
    frame.teach(app, theme)
