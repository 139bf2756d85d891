"""The simulated portal's interface, as OpenAPI 3.1 has it: what ``/openapi.json`` answers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from quarterday_portal_sync.simulator.shapes import MOST_RECORDS, RESOURCES, Resource

Json = dict[str, Any]

_TEXT: Json = {"type": "string"}
_DESCRIPTION = """
Made for trying an exchange; it is nobody's real portal, and all it holds is invented.

* A record is known by its `id` here and by `our_ref`, the reference of whoever sent it. `revision` counts its changes.
* Everything in a record is text; an amount is like `12.5`, or `1/3` where decimals don't end.
* Whatever is sent under an `idempotency_key` that was sent before does nothing and has the same answer.
* A record that is here already is changed only with `if_version`, the revision that the sender knows. Where that is
  not the newest one, or is left out, the answer is `overtaken`. An `if_version` of a deleted record's last revision
  brings it back.
* `/v1/changes` tells every change in the order in which they were made; a cursor of it never expires. A deleted record
  is told as one with `deleted`.
"""


def document(url: str = "/") -> Json:
    """The whole document, for a portal at an address."""
    paths: Json = {"/oauth/token": {"post": _token()}, "/v1/kpis": {"get": _kpis()}, "/v1/changes": {"get": _changes()}}
    schemas: Json = {
        "Error": _object({"error": _TEXT}),
        "Gone": _object(
            {**_MARKS, "deleted": {"const": True}}, needs=(*_MARKS, "deleted"), says="What is left of a deleted record"
        ),
        "Result": _RESULT,
    }
    for resource in RESOURCES.values():
        schemas[resource.name] = _record(resource)
        schemas[f"{resource.name}-sent"] = _sent(resource)
        paths[f"/v1/{resource.name}"] = {"get": _listing(resource)}
        paths[f"/v1/{resource.name}/batch"] = {"post": _batch(resource)}
        paths[f"/v1/{resource.name}/{{id}}"] = {
            "parameters": [_path_parameter("id", f"{resource.prefix}-[0-9]{{1,15}}")],
            "get": _one(resource),
            "delete": _deletion(resource),
        }
    paths["/v1/files"] = {"post": _upload()}
    paths["/v1/files/{checksum}"] = {
        "parameters": [_path_parameter("checksum", "[0-9a-f]{64}")],
        "get": _operation(
            "The content of a file",
            {"200": {"description": "The content", "content": {"application/octet-stream": {}}}, **_errors(401, 404)},
        ),
    }
    return {
        "openapi": "3.1.0",
        "info": {"title": "A portal to try an exchange with", "version": "1", "description": _DESCRIPTION},
        "servers": [{"url": url}],
        "security": [{"key": []}, {"token": []}],
        "paths": paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": {
                "key": {"type": "apiKey", "in": "header", "name": "X-Api-Key"},
                "token": {
                    "type": "oauth2",
                    "flows": {"clientCredentials": {"tokenUrl": "/oauth/token", "scopes": {}}},
                },
            },
        },
    }


def _object(properties: Mapping[str, Any], *, needs: tuple[str, ...] | None = None, says: str = "") -> Json:
    wanted = {
        "type": "object",
        "properties": dict(properties),
        "required": list(properties if needs is None else needs),
    }
    return {**wanted, "additionalProperties": False, **({"description": says} if says else {})}


_MARKS: Json = {
    "id": {"type": "string", "description": "Its id here"},
    "our_ref": {"type": "string", "description": "The sender's reference; blank for what was made here"},
    "revision": {"type": "integer", "minimum": 1, "description": "Which state of it this is"},
    "modifiedAt": {"type": "string", "format": "date-time", "description": "When it came to this state"},
}

_RESULT: Json = _object(
    {
        "our_ref": _TEXT,
        "status": {"enum": ["created", "updated", "unchanged", "overtaken", "refused"]},
        "id": {"type": "string", "description": "Blank for what was refused and isn't here"},
        "version": {"type": "string", "description": "The record's revision now"},
        "reason": {"type": "string", "description": "Of what was overtaken or refused: why"},
    },
    says="What became of one record of a batch, in the order in which they were sent",
)


def _of(name: str) -> Json:
    return {"$ref": f"#/components/schemas/{name}"}


def _fields(resource: Resource) -> Json:
    told: Json = {}
    for field in resource.fields:
        told[field.name] = {"type": "string", "maxLength": field.longest, "description": field.means}
        if field.example:
            told[field.name]["examples"] = [field.example]
    return told


def _record(resource: Resource) -> Json:
    return _object({**_MARKS, **_fields(resource)}, says=resource.means)


def _sent(resource: Resource) -> Json:
    marks: Json = {
        "idempotency_key": {"type": "string", "minLength": 1, "maxLength": 200},
        "our_ref": {"type": "string", "minLength": 1, "maxLength": 200, "description": "The sender's reference"},
        "id": {"type": "string", "maxLength": 40, "description": "Its id here, where the sender knows it"},
        "if_version": {"type": "string", "maxLength": 20, "description": "The revision that the sender knows"},
    }
    says = f"{resource.means}, to be kept. A field that isn't named stays as it is, and of a new record is blank."
    return _object({**marks, **_fields(resource)}, needs=("idempotency_key", "our_ref"), says=says)


def _operation(summary: str, responses: Json, parameters: tuple[Json, ...] = (), body: Json | None = None) -> Json:
    made: Json = {"summary": summary, "responses": responses}
    if parameters:
        made["parameters"] = list(parameters)
    if body is not None:
        made["requestBody"] = {"required": True, "content": body}
    return made


def _answer(schema: Json, says: str, headers: Json | None = None) -> Json:
    made: Json = {"description": says, "content": {"application/json": {"schema": schema}}}
    return {**made, "headers": headers} if headers else made


_MEANS = {
    400: "It isn't what this document says",
    401: "No key, or none that is known; or a token that has expired",
    404: "There is none",
    409: "It was changed meanwhile",
    413: "It is too large",
    415: "It is of another media type than this document says",
}


def _errors(*codes: int) -> Json:
    return {str(code): _answer(_of("Error"), _MEANS[code]) for code in codes}


def _path_parameter(name: str, pattern: str) -> Json:
    return {"name": name, "in": "path", "required": True, "schema": {"type": "string", "pattern": f"^{pattern}$"}}


def _asked(name: str, schema: Json, says: str) -> Json:
    return {"name": name, "in": "query", "schema": schema, "description": says}


def _count(name: str, most: int, says: str) -> Json:
    return _asked(name, {"type": "integer", "minimum": 1, "maximum": most}, says)


def _cursor(name: str) -> Json:
    return _asked(name, {"type": "string", "pattern": "^[0-9]{0,15}$"}, "Where to go on: the `next` of an answer")


def _listing(resource: Resource) -> Json:
    answer = _object(
        {
            "records": {"type": "array", "items": _of(resource.name)},
            "total": {"type": "integer"},
            "next": {"type": "string", "description": "The cursor to go on with; blank on the last page"},
        }
    )
    link = {"Link": {"schema": _TEXT, "description": 'Where there is more: <address of the next page>; rel="next"'}}
    parameters = (
        _count("page", 10**9, "Which page, by number"),
        _count("per_page", MOST_RECORDS, "How many records on a page"),
        _cursor("cursor"),
    )
    summary = "Those that aren't deleted, the oldest first: by page number, by cursor, or by the Link header"
    return _operation(summary, {"200": _answer(answer, "A page", link), **_errors(400, 401)}, parameters)


def _one(resource: Resource) -> Json:
    schema = {"oneOf": [_of(resource.name), _of("Gone")]}
    return _operation(resource.means, {"200": _answer(schema, "It"), **_errors(401, 404)})


def _deletion(resource: Resource) -> Json:
    known = {
        "name": "if_version",
        "in": "query",
        "required": True,
        "schema": {"type": "string", "pattern": "^[0-9]{1,15}$"},
    }
    summary = "Delete it, where nobody changed it since the revision that the sender knows"
    return _operation(summary, {"200": _answer(_of("Gone"), "It is deleted"), **_errors(400, 401, 404, 409)}, (known,))


def _batch(resource: Resource) -> Json:
    sent = _of(f"{resource.name}-sent")
    schema = _object({"records": {"type": "array", "minItems": 1, "maxItems": MOST_RECORDS, "items": sent}})
    answer = _object(
        {
            "delivery": {"type": "string", "description": "What this delivery is called here"},
            "results": {"type": "array", "items": _of("Result")},
        }
    )
    summary = "Keep records: all that can be kept of them, at once; one that can't be kept stops no other"
    responses = {"200": _answer(answer, "What became of each"), **_errors(400, 401, 413, 415)}
    return _operation(summary, responses, body={"application/json": {"schema": schema}})


def _changes() -> Json:
    kinds = [*(_of(name) for name in RESOURCES), _of("Gone")]
    change = _object(
        {
            "resource": {"enum": list(RESOURCES)},
            "at": {"type": "string", "format": "date-time"},
            "record": {"anyOf": kinds, "description": "As it was after this change"},
        }
    )
    answer = _object(
        {
            "changes": {"type": "array", "items": change},
            "next": {"type": "string", "description": "The cursor to go on with, now or later"},
            "more": {"type": "boolean", "description": "Whether there is more already"},
        }
    )
    parameters = (_cursor("after"), _count("limit", MOST_RECORDS, "How many changes"))
    responses = {"200": _answer(answer, "Changes, the oldest first"), **_errors(400, 401)}
    return _operation("What was changed after a cursor; without one, all that ever was", responses, parameters)


def _kpis() -> Json:
    kpi = _object({"kpi": _TEXT, "title": _TEXT})
    schema = _object({"kpis": {"type": "array", "items": kpi}})
    return _operation("The measures that there are here", {"200": _answer(schema, "All of them"), **_errors(401)})


def _upload() -> Json:
    schema = _object({"checksum": {"type": "string", "description": "SHA-256, to name in a piece of evidence"}})
    body = {"application/octet-stream": {"schema": {"type": "string", "maxLength": 1_000_000}}}
    responses = {"200": _answer(schema, "It is kept"), **_errors(401, 413, 415)}
    return _operation("Keep a file; the same one twice is one", responses, body=body)


def _token() -> Json:
    schema = _object(
        {"grant_type": {"const": "client_credentials"}, "client_id": _TEXT, "client_secret": _TEXT},
    )
    answer = _object(
        {"access_token": _TEXT, "token_type": {"const": "Bearer"}, "expires_in": {"type": "integer"}},
        says="As RFC 6749 has it, section 5.1",
    )
    operation = _operation(
        "A token for a client's name and secret",
        {"200": _answer(answer, "A token"), **_errors(400, 401, 415)},
        body={"application/x-www-form-urlencoded": {"schema": schema}},
    )
    return {**operation, "security": []}
