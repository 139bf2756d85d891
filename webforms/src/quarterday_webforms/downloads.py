"""Files that are handed out: only ever as downloads, never shown in a page and never kept on the way."""

from __future__ import annotations

from typing import BinaryIO

from flask import send_file
from flask.typing import ResponseReturnValue


def download(file: BinaryIO, media_type: str, name: str) -> ResponseReturnValue:
    """The answer with a file in it, which is closed once it is sent."""
    return send_file(file, media_type, as_attachment=True, download_name=name, conditional=False, etag=False, max_age=0)
