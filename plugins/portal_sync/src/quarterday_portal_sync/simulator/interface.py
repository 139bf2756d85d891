"""The simulated portal's interface under ``/v1``, with ``/oauth/token`` and ``/openapi.json``."""

from __future__ import annotations

import json
from typing import Any, NoReturn
from urllib.parse import unquote_plus, urlencode

from flask import Blueprint, Response, abort, jsonify, request
from werkzeug.exceptions import HTTPException, UnsupportedMediaType

from quarterday_portal_sync.simulator.batches import Sent, post
from quarterday_portal_sync.simulator.document import document
from quarterday_portal_sync.simulator.running import running
from quarterday_portal_sync.simulator.shapes import KPIS, MOST_BYTES, MOST_RECORDS, RESOURCES, Resource

routes = Blueprint("interface", __name__)

_LONGEST = {"idempotency_key": 200, "our_ref": 200, "id": 40, "if_version": 20}


def error(code: int, sentence: str) -> Response:
    """An error as the interface tells it."""
    response = jsonify(error=sentence)
    response.status_code = code
    if code == 401:
        response.headers["WWW-Authenticate"] = 'Bearer realm="portal", error="invalid_token"'
    return response


def stop(code: int, sentence: str) -> NoReturn:
    """Answer with an error, and do no more."""
    abort(error(code, sentence))


def said(fault: HTTPException) -> Response | HTTPException:
    """What the framework refuses is told as JSON, too."""
    if fault.response is not None or not request.path.startswith(("/v1/", "/oauth/", "/_control/")):
        return fault
    response = error(fault.code or 500, fault.description or "")
    for name, value in fault.get_headers(request.environ):
        if name == "Allow":
            response.headers[name] = value
    return response


def refuse_strangers() -> None:
    """Let in whoever has the key or a good token; another one is answered with 401."""
    if not request.path.startswith("/v1/"):
        return
    access = running().access
    key, (scheme, _, token) = request.headers.get("X-Api-Key", ""), _authorization()
    if access.is_known_key(key) or (scheme.lower() == "bearer" and access.is_good_token(token)):
        return
    stop(401, "The token has expired or isn't known: ask for another one." if token else "Say who you are.")


def _authorization() -> tuple[str, str, str]:
    return request.headers.get("Authorization", "").partition(" ")


@routes.get("/openapi.json")
def openapi() -> Response:
    """What this interface is."""
    return jsonify(document(request.url_root))


@routes.post("/oauth/token")
def token() -> Response:
    """A token for a client's name and secret."""
    if request.mimetype != "application/x-www-form-urlencoded":
        raise UnsupportedMediaType("Send a form.")
    form = request.form.to_dict()
    if request.authorization is not None and request.authorization.type == "basic":
        basic = request.authorization
        form |= {"client_id": unquote_plus(basic.username or ""), "client_secret": unquote_plus(basic.password or "")}
    if form.get("grant_type") != "client_credentials" or not {"client_id", "client_secret"} <= form.keys():
        stop(400, "Send grant_type=client_credentials, client_id and client_secret.")
    if set(form) - {"grant_type", "client_id", "client_secret", "scope"}:
        stop(400, "Send nothing but grant_type, client_id and client_secret.")
    given = running().access.token(form["client_id"], form["client_secret"])
    if given is None:
        stop(401, "No such client, or another secret.")
    response = jsonify(access_token=given, token_type="Bearer", expires_in=running().access.lasts)  # noqa: S106 (no password)
    response.headers["Cache-Control"] = "no-store"
    return response


@routes.get("/v1/kpis")
def kpis() -> Response:
    """The measures that there are."""
    return jsonify(kpis=[{"kpi": code, "title": title} for code, title in KPIS.items()])


@routes.get("/v1/changes")
def changes() -> Response:
    """What was changed after a cursor."""
    after, limit = _number("after", 0, 10**15), _number("limit", 100, MOST_RECORDS, least=1)
    found, last, more = running().store.changes(after, limit)
    return jsonify(changes=found, next=str(last), more=more)


@routes.get("/v1/<any(contracts, commitments, entries, evidence, verdicts):name>")
def listing(name: str) -> Response:
    """A page of a resource's records."""
    limit, page = _number("per_page", 100, MOST_RECORDS, least=1), _number("page", 1, 10**9, least=1)
    after = _number("cursor", 0, 10**15)
    records, total, more = running().store.page(RESOURCES[name], after=after, skip=(page - 1) * limit, limit=limit)
    following = records[-1]["id"].partition("-")[2] if more else ""
    response = jsonify(records=records, total=total, next=following)
    if more:
        step = (
            {"page": page + 1, "per_page": limit}
            if "page" in request.args
            else {"cursor": following, "per_page": limit}
        )
        response.headers["Link"] = f'<{request.base_url}?{urlencode(step)}>; rel="next"'
    return response


@routes.post("/v1/<any(contracts, commitments, entries, evidence, verdicts):name>/batch")
def batch(name: str) -> Response:
    """Keep records."""
    delivery, results = post(running().store, RESOURCES[name], _records(RESOURCES[name]))
    return jsonify(delivery=delivery, results=results)


@routes.get("/v1/<any(contracts, commitments, entries, evidence, verdicts):name>/<called>")
def one(name: str, called: str) -> Response:
    """One record, or what is left of it."""
    found = running().store.find(RESOURCES[name], called)
    if found is None:
        stop(404, f"There is no {called} here.")
    return jsonify(running().store.told(found))


@routes.delete("/v1/<any(contracts, commitments, entries, evidence, verdicts):name>/<called>")
def deletion(name: str, called: str) -> Response:
    """Delete a record at the revision that the sender knows."""
    known = _number("if_version", -1, 10**15)
    if known < 0:
        stop(400, "if_version is missing: the revision that you know.")
    with running().store.at_once():
        found = running().store.find(RESOURCES[name], called)
        if found is None:
            stop(404, f"There is no {called} here.")
        if not found.is_deleted:
            if found.revision != known:
                stop(409, f"It was changed here: this is revision {found.revision}.")
            found = running().store.delete(found, is_ours=True)
        return jsonify(running().store.told(found))


@routes.post("/v1/files")
def upload() -> Response:
    """Keep a file."""
    if request.mimetype != "application/octet-stream":
        raise UnsupportedMediaType("Send the file as application/octet-stream.")
    content = request.get_data()
    if len(content) > MOST_BYTES:
        stop(413, f"A file has at most {MOST_BYTES:,} bytes.")
    return jsonify(checksum=running().store.keep_file(content))


@routes.get("/v1/files/<checksum>")
def file(checksum: str) -> Response:
    """The content of a file."""
    content = running().store.file(checksum)
    if content is None:
        stop(404, "There is no such file here.")
    return Response(content, mimetype="application/octet-stream")


def _number(name: str, otherwise: int, most: int, *, least: int = 0) -> int:
    given = request.args.getlist(name)
    if not given or (given == [""] and least == 0):
        return otherwise
    if len(given) > 1 or not (given[0].isascii() and given[0].isdecimal()) or not least <= int(given[0][:20]) <= most:
        stop(400, f"{name} is a whole number from {least} to {most}.")
    return int(given[0])


def _records(resource: Resource) -> list[Sent]:
    """The records of a batch, in the shape that the document says; another shape is answered with 400."""
    if request.mimetype != "application/json":
        raise UnsupportedMediaType("Send JSON.")
    try:
        told: Any = json.loads(request.get_data())
    except (ValueError, RecursionError):
        stop(400, "That is no JSON.")
    if not isinstance(told, dict) or set(told) != {"records"} or not isinstance(told["records"], list):
        stop(400, 'Send {"records": […]}.')
    records: list[Any] = told["records"]
    if not 1 <= len(records) <= MOST_RECORDS:
        stop(400, f"A batch has from 1 to {MOST_RECORDS} records.")
    longest = {**_LONGEST, **{field.name: field.longest for field in resource.fields}}
    for number, record in enumerate(records):
        where = f"records[{number}]"
        if not isinstance(record, dict) or not all(isinstance(value, str) for value in record.values()):
            stop(400, f"{where} is no object whose values are text.")
        for name, value in record.items():
            if name not in longest:
                stop(400, f"{where} has {name}, which {resource.name} don't have.")
            if len(value) > longest[name] or not _is_text(value):
                stop(400, f"{where}.{name} is too long, or no text.")
        if not record.get("idempotency_key") or not record.get("our_ref"):
            stop(400, f"{where} has no idempotency_key or no our_ref.")
    return records


def _is_text(value: str) -> bool:
    """Whether it can be written down: half a pair of surrogates can't."""
    return value.isascii() or not any("\ud800" <= one <= "\udfff" for one in value)
