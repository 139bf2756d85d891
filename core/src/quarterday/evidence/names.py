"""Names of files: as they are shown, and as they are handed out again."""

from __future__ import annotations

import re
import unicodedata

from quarterday.evidence.file_types import BY_MEDIA_TYPE

MOST_CHARACTERS = 120


def plain_name(sent: str) -> str:
    r"""The name of a file as it is shown and kept: without folders (``C:\fakepath\``) and signs that can't be seen.

    Signs that turn the direction of writing go too, because they make ``fdp.exe`` look like ``exe.pdf``. A long name
    loses its middle. Never empty: “file” where nothing is left.
    """
    last = re.split(r"[/\\]", sent)[-1]
    seen = "".join(sign if sign.isprintable() else " " for sign in unicodedata.normalize("NFC", last))
    name = " ".join(re.sub(r'[<>:"|?*]', "_", seen).split()).strip(". ")
    if len(name) > MOST_CHARACTERS:
        name = f"{name[: MOST_CHARACTERS - 21]}…{name[-20:]}"
    return name or "file"


def download_name(name: str, media_type: str) -> str:
    """The name under which a file is handed out: it ends as its content says, so that nothing else opens it.

    A text named ``pay.bat`` becomes ``pay.bat.txt``.
    """
    endings = BY_MEDIA_TYPE[media_type].endings
    return name if name.casefold().endswith(endings) else name + endings[0]
