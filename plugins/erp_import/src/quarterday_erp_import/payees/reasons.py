"""Why two names may be one payee's or not, in words for the person who decides."""

from __future__ import annotations

from quarterday import Sentence, said
from quarterday_erp_import.payees.names import Name, read

_SHORTEST_CUT = 10


def reasons(asked: str, known: str) -> tuple[Sentence, ...]:
    """What speaks for and against, in short sentences; what speaks for it first."""
    one, other = read(asked), read(known)
    return (*_for(one, other), *_against(one, other))


def _for(one: Name, other: Name) -> list[Sentence]:
    if one.key == other.key or sorted(one.words) == sorted(other.words):
        return [said("The words are the same.")]
    found: list[Sentence] = []
    short, long = sorted((one.plain, other.plain), key=len)
    if len(short) >= _SHORTEST_CUT and long.startswith(short):
        found.append(said("The one is the beginning of the other; a finance system may have cut it."))
    parts = {one.words, *one.readings} & {other.words, *other.readings}
    found += [said("Both are also called “{name}”.", name=" ".join(part)) for part in sorted(parts)[:1]]
    if not found and (shared := [word for word in one.words if word in other.words]):
        found.append(said("Both have {words}.", words=_quoted(shared)))
    return found


def _against(one: Name, other: Name) -> list[Sentence]:
    found: list[Sentence] = []
    only_one = [word for word in one.words if word not in other.words]
    only_other = [word for word in other.words if word not in one.words]
    if one.key != other.key:
        if only_one:
            found.append(said("Only the name asked about has {words}.", words=_quoted(only_one)))
        if only_other:
            found.append(said("Only the known name has {words}.", words=_quoted(only_other)))
    if one.legal_form and other.legal_form and one.legal_form != other.legal_form:
        found.append(said("The one says {form}, the other {other}.", form=one.legal_form, other=other.legal_form))
    for name in (one, other):
        if name.use_instead:
            found.append(
                said("A note in “{name}” says to use number {number}.", name=name.text, number=name.use_instead)
            )
        elif name.closed:
            found.append(said("A note in “{name}” says not to use it.", name=name.text))
    return found


def _quoted(words: list[str]) -> str:
    return ", ".join(f"“{word}”" for word in dict.fromkeys(words[:4]))
