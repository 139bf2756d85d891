"""Why two names may be one payee's or not, in words for the person who decides."""

from __future__ import annotations

from quarterday_erp_import.payees.names import Name, read

_SHORTEST_CUT = 10


def reasons(asked: str, known: str) -> tuple[str, ...]:
    """What speaks for and against, in short sentences; what speaks for it first."""
    one, other = read(asked), read(known)
    return (*_for(one, other), *_against(one, other))


def _for(one: Name, other: Name) -> list[str]:
    if one.key == other.key or sorted(one.words) == sorted(other.words):
        return ["The words are the same."]
    said = []
    short, long = sorted((one.plain, other.plain), key=len)
    if len(short) >= _SHORTEST_CUT and long.startswith(short):
        said.append("The one is the beginning of the other; a finance system may have cut it.")
    parts = {one.words, *one.readings} & {other.words, *other.readings}
    said += [f"Both are also called “{' '.join(part)}”." for part in sorted(parts)[:1]]
    if not said and (shared := [word for word in one.words if word in other.words]):
        said.append(f"Both have {_quoted(shared)}.")
    return said


def _against(one: Name, other: Name) -> list[str]:
    said = []
    only_one = [word for word in one.words if word not in other.words]
    only_other = [word for word in other.words if word not in one.words]
    if one.key != other.key:
        if only_one:
            said.append(f"Only the name asked about has {_quoted(only_one)}.")
        if only_other:
            said.append(f"Only the known name has {_quoted(only_other)}.")
    if one.legal_form and other.legal_form and one.legal_form != other.legal_form:
        said.append(f"The one says {one.legal_form}, the other {other.legal_form}.")
    for name in (one, other):
        if name.use_instead:
            said.append(f"A note in “{name.text}” says to use number {name.use_instead}.")
        elif name.closed:
            said.append(f"A note in “{name.text}” says not to use it.")
    return said


def _quoted(words: list[str]) -> str:
    return ", ".join(f"“{word}”" for word in dict.fromkeys(words[:4]))
