"""Records on their way over a portal's interface: the requests they make, and what is said of each in the answers."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field, replace
from hashlib import sha256
from itertools import groupby
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit

from quarterday import Answered, NotConfigured, RecordKind, said
from quarterday_portal_sync.mapping.layouts import Sending
from quarterday_portal_sync.transports.port import Going, Sent
from quarterday_portal_sync.transports.web_answers import Answer, Unreadable, at, list_at, plain, text_at, with_at
from quarterday_portal_sync.transports.web_lists import parts
from quarterday_portal_sync.transports.web_told import told_of

if TYPE_CHECKING:
    from quarterday_portal_sync.mapping.file import PortalMapping
    from quarterday_portal_sync.transports.web_line import Line

_GOOD = (200, 201, 202, 204)
_OVERTAKEN = (409, 412)
_NOT_THIS = (400, 404, 409, 410, 412, 413, 422)
"""What is answered where it is the content that isn't taken, of all the records or of one among them."""


@dataclass(frozen=True, slots=True)
class Request:
    """A request with the records in it."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes = field(repr=False)
    sending: Sending
    going: tuple[Going, ...]
    is_alone: bool
    """Whether what is sent is one record, not a list of them."""
    is_safe: bool
    """Whether it may be sent again when nobody knows what became of it."""


@dataclass(slots=True)
class _Came:
    """What came back so far."""

    answers: list[Answered] = field(default_factory=list)
    references: dict[str, None] = field(default_factory=dict)


def send(line: Line, mapping: PortalMapping, going: Sequence[Going], key: str) -> Sent:
    """Send records in requests as large as the portal takes, and gather what it says of each.

    A request that is too large, or in which something isn't taken, is halved, so that one record stops no other.
    """
    came = _Came()
    going = _known_there(line, mapping, going)
    for request in _requests(mapping, going, key):
        _deliver(line, request, key, came)
    return Sent(" ".join(came.references)[:200], tuple(came.answers))


def rehearse(line: Line, mapping: PortalMapping, going: Sequence[Going], key: str) -> bytes:
    """The requests with their bodies, one after the other; the headers that say who we are are left out."""
    written = []
    for one in _requests(mapping, going, key):
        head = [f"{one.method} {line.url(one.path)}", *(f"{name}: {value}" for name, value in one.headers.items())]
        written.append("\n".join(head).encode() + b"\n\n" + one.body + b"\n")
    return b"\n".join(written)


def _requests(mapping: PortalMapping, going: Sequence[Going], key: str) -> Iterator[Request]:
    # One path may be for new records, and another for those they have.
    for (kind, is_update), same in groupby(going, lambda one: (one.kind, _is_update(_sending(mapping, one.kind), one))):
        sending, wanted = _sending(mapping, kind), list(same)
        size = 1 if is_update and "{id}" in sending.update_path else max(sending.batch, 1)
        for first in range(0, len(wanted), size):
            yield _request(sending, wanted[first : first + size], key)


def _is_update(sending: Sending, one: Going) -> bool:
    return bool(sending.update_path and one.external_id)


def _sending(mapping: PortalMapping, kind: RecordKind) -> Sending:
    resource = mapping.resource(kind)
    if resource is None or resource.sending is None:
        raise NotConfigured("mapping", "The mapping doesn't say where a record of “{kind}” is sent.", kind=kind)
    return resource.sending


def _request(sending: Sending, going: Sequence[Going], key: str) -> Request:
    is_update = _is_update(sending, going[0])
    path, method = (sending.update_path, sending.update_method) if is_update else (sending.path, sending.method)
    is_alone = sending.batch <= 1 or "{id}" in path
    rows = [_row(sending, one) for one in going]
    headers = {"Content-Type": "application/json"}
    if sending.send_header:
        headers[sending.send_header] = going[0].send if is_alone else _key_of(key, going)
    if is_alone:
        path = path.replace("{id}", quote(going[0].external_id, safe=""))
        if sending.version_header and going[0].version:
            headers[sending.version_header] = going[0].version
        data: Any = rows[0]
    else:
        data = with_at({}, sending.items, rows) if sending.items else rows
    body = json.dumps(data, ensure_ascii=False, separators=(",", ":")).encode()
    is_safe = bool(sending.send_field or sending.send_header) or (is_update and method == "PUT")
    return Request(method, path, headers, body, sending, tuple(going), is_alone, is_safe)


def _row(sending: Sending, one: Going) -> Mapping[str, object]:
    row = one.row
    for name, value in (
        (sending.send_field, one.send),
        (sending.version_field, one.version),
        (sending.id_field, one.external_id),
    ):
        if name and value:
            row = with_at(row, name, value)
    return row


def _key_of(key: str, going: Sequence[Going]) -> str:
    """The idempotency key of a request: the same for the same content, however the records were put together."""
    return f"{key}-{sha256(' '.join(one.send for one in going).encode()).hexdigest()[:12]}"


def _deliver(line: Line, request: Request, key: str, came: _Came) -> None:
    url = line.url(request.path)

    def ask() -> Answer:
        return line.authorised(
            request.method, url, content=request.body, headers=request.headers, is_safe=request.is_safe
        )

    def read(answer: Answer) -> Answer:
        if answer.status in _GOOD:
            _take(line, request, answer, came)
        return answer

    answer = line.understood(ask, read, is_safe=request.is_safe)
    if answer.status in _GOOD:
        return
    if answer.status not in _NOT_THIS or (answer.status in (404, 410) and "{id}" not in _template(request)):
        why = "{host} takes nothing at {path} (status {status}{says}); look at the mapping."
        says = answer.says(line.secrets)
        path = urlsplit(url).path
        raise NotConfigured("mapping", why, host=line.host, path=path, status=answer.status, says=says)
    if len(request.going) > 1:
        middle = len(request.going) // 2
        for half in (request.going[:middle], request.going[middle:]):
            _deliver(line, _request(request.sending, half, key), key, came)
    else:
        came.answers.append(_not_taken(line, request.going[0], answer))


def _template(request: Request) -> str:
    sending = request.sending
    return sending.update_path if _is_update(sending, request.going[0]) else sending.path


def _not_taken(line: Line, one: Going, answer: Answer) -> Answered:
    why = said("It wasn't taken (status {status}{says}).", status=answer.status, says=answer.says(line.secrets))
    return Answered(one.key, why=why, is_overtaken=answer.status in _OVERTAKEN)


def _take(line: Line, request: Request, answer: Answer, came: _Came) -> None:
    """Take in what a good answer says of each record; raises :class:`Unreadable` where it doesn't of each."""
    sending = request.sending
    data = answer.data() if answer.body.strip() else None
    if request.is_alone:
        said_of = {request.going[0].key: at(data, sending.answers)}
    else:
        said_of = _by_key(sending, list_at(data, sending.answers), request.going)
    came.answers += [_answered(line, sending, one, said_of[one.key]) for one in request.going]
    if reference := text_at(data, sending.reference):
        came.references[plain(reference, line.secrets)] = None


def _by_key(sending: Sending, answers: Sequence[object], going: Sequence[Going]) -> dict[str, object]:
    """The answers by our keys; raises :class:`Unreadable` unless each record has one and nothing else has."""
    if not sending.answer_key:
        if len(answers) != len(going):
            raise Unreadable(f"speaks of {len(answers)} records where {len(going)} were sent")
        return {one.key: answer for one, answer in zip(going, answers, strict=True)}
    found: dict[str, object] = {}
    for answer in answers:
        key = text_at(answer, sending.answer_key)
        if key in found:
            raise Unreadable("speaks of a record twice")
        found[key] = answer
    wanted = {one.key for one in going}
    if found.keys() - wanted:
        raise Unreadable("speaks of a record that wasn't sent")
    if wanted - found.keys():
        raise Unreadable(f"doesn't speak of {len(wanted - found.keys())} of the records that were sent")
    return found


def _answered(line: Line, sending: Sending, one: Going, answer: object) -> Answered:
    status = text_at(answer, sending.answer_status)
    name = text_at(answer, sending.answer_id) or one.external_id
    version = text_at(answer, sending.answer_version)
    if sending.answer_status and status not in sending.taken:
        why = plain(text_at(answer, sending.answer_why), line.secrets)
        status = plain(status, line.secrets)
        words = said("It wasn't taken: {why}", why=why) if why else said("It wasn't taken ({status}).", status=status)
        is_overtaken = status in sending.overtaken
        return Answered(one.key, name if is_overtaken else "", words, version, is_overtaken=is_overtaken)
    if not name:
        raise Unreadable("doesn't say what a record is called that was taken")
    return Answered(one.key, name, version=version)


def _known_there(line: Line, mapping: PortalMapping, going: Sequence[Going]) -> list[Going]:
    """The records with what they are called there, of a portal that keeps no idempotency keys: one that was sent before
    and whose answer was lost isn't made a second time."""
    found = list(going)
    for kind in {one.kind for one in going if not one.external_id}:
        sending, resource = _sending(mapping, kind), mapping.resource(kind)
        if sending.send_field or sending.send_header or resource is None or resource.listing is None:
            continue
        wanted = {one.key for one in going if one.kind is kind and not one.external_id}
        names: dict[str, str] = {}
        for part in parts(line, resource.listing):
            for told in told_of(mapping, [kind], resource.listing, part.items):
                raw = getattr(told, "raw", None)
                if raw is not None and (key := mapping.key_of(kind, raw)) in wanted:
                    names[key] = mapping.external_id_of(kind, raw)
        found = [_called(mapping, one, names.get(one.key, "")) if one.kind is kind else one for one in found]
    return found


def _called(mapping: PortalMapping, one: Going, name: str) -> Going:
    """The record as one that they call so: where its name stands in it, it is put."""
    if not name:
        return one
    row = deepcopy(dict(one.row))
    places = mapping.of[one.kind].id
    if len(places) == 1:
        places[0].put(row, name)
    return replace(one, external_id=name, row=row)
