"""Every route, as everybody, with their own things and with others': generated from the app's map of addresses."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from flask import Flask
from routes import WHO_ONE_IS, Route, mixed, routes, scenes
from running import ROLES, Answer, Server, Visitor
from town import Scene, Town, at_home

from quarterday.services.access.permissions import Permission, may
from quarterday.services.record import open_record
from quarterday.services.returns.evidencing import evidence_of
from quarterday.services.returns.standing import whole_return
from quarterday.testing.builders import OPERATOR

SHOWN, GONE_ON, REFUSED, NOT_THERE = {200, 410}, {302, 303}, {409, 422}, {404}
NEIGHBOURS = ("Waste collection", "Westvale", "Tidewell", "Mandy Frost")
"""Words that stand on no page of anybody here."""


def is_allowed(role: str, permission: Permission) -> bool:
    """Whether somebody in a role may do that: the table of roles and permissions answers."""
    return may({"one return": "supplier"}.get(role, role), permission)  # type: ignore[arg-type]


def expected(route: Route, role: str, town: Town, scene: Scene, method: str) -> set[int]:
    """What a route may answer somebody in a scene of their own, by what it needs."""
    if route.is_open:
        return SHOWN | GONE_ON | (REFUSED if method == "POST" else set())
    if role == "nobody":
        return GONE_ON
    if route.needs is None:
        return SHOWN | GONE_ON | REFUSED
    if role == "one return" and scene.get("return_id") != town.one_return:
        return GONE_ON if method == "GET" and "return_id" not in route.parts else NOT_THERE
    if role == "one return" and "return_id" not in route.parts:
        return GONE_ON if method == "GET" else NOT_THERE
    if not is_allowed(role, route.needs):
        return NOT_THERE
    return SHOWN | GONE_ON | (REFUSED if method == "POST" else set())


def ask(visitor: Visitor, method: str, address: str) -> Answer:
    return visitor.get(address) if method == "GET" else visitor.post(address)


def answers_of(
    who: Visitor, method: str, route: Route, role: str, town: Town, there: Mapping[str, Scene]
) -> list[tuple[str, int, set[int]]]:
    """What a route answers otherwise than it may: in any of the scenes, and in the best of them."""
    found, best, wrong = set(), set(), []
    for address, scene in there.items():
        status = ask(who, method, address).status
        allowed = expected(route, role, town, scene, method)
        found.add(status)
        best |= allowed
        # What somebody reports may be none of the council's business yet: a draft, and a figure nobody has decided on.
        if status not in allowed | (NOT_THERE | REFUSED if role not in ("nobody", "supplier") else set()):
            wrong.append((f"{method} {address}", status, allowed))
    if there and not found & best:
        wrong += [(f"{method} {route.rule}", status, best) for status in found]
    return wrong


def at_the_neighbours(server: Server) -> Any:
    """Everything that the neighbour's returns hold."""
    with at_home(server.folder):
        uow = open_record()
    try:
        numbers = sorted({int(scene["return_id"]) for scene in server.town.foreign})
        return [
            (whole_return(uow, OPERATOR, return_id=number), evidence_of(uow, OPERATOR, return_id=number))
            for number in numbers
        ]
    finally:
        uow.engine.dispose()


@pytest.mark.parametrize("role", ROLES)
def test_every_route_with_ones_own_things(
    app: Flask, server: Server, town: Town, visitor: Callable[[str], Visitor], role: str
) -> None:
    who, wrong = visitor(role), []
    own = scenes(town, list(town.own), who, server.link("supplier"))
    for route in routes(app):
        there = {route.address(scene): scene for scene in own if route.parts <= scene.keys()}
        assert there or "session_id" in route.parts, f"The town has nothing to show on {route.rule}."
        wrong += answers_of(who, "GET", route, role, town, there) if route.takes("GET") else []
    for route in [route for route in routes(app) if route.takes("POST") and route.endpoint not in WHO_ONE_IS]:
        there = {route.address(scene): scene for scene in own if route.parts <= scene.keys()}
        wrong += answers_of(who, "POST", route, role, town, there)
    assert wrong == []


@pytest.mark.parametrize("role", ROLES)
def test_every_route_with_somebody_elses_things(
    app: Flask, server: Server, town: Town, visitor: Callable[[str], Visitor], role: str
) -> None:
    who, wrong, before = visitor(role), [], at_the_neighbours(server)
    for route in [route for route in routes(app) if route.needs is not None]:
        theirs = [{**scene, "ending": "csv"} for scene in town.foreign if route.parts <= {*scene, "ending"}]
        own = [{**scene, "ending": "csv"} for scene in town.own if route.parts <= {*scene, "ending"}]
        whole = [(scene, NOT_THERE) for scene in theirs if any(part.endswith("_id") for part in route.parts)]
        part = [(scene, NOT_THERE | GONE_ON) for mine in own for one in theirs for scene in mixed(route, mine, one)]
        for scene, allowed in whole + part[:6]:
            for method in [method for method in ("GET", "POST") if route.takes(method)]:
                answer = ask(who, method, route.address(scene))
                sent_away = role == "nobody" or (role == "one return" and "return_id" not in route.parts)
                if answer.status not in (allowed | GONE_ON if sent_away else allowed):
                    wrong.append((method, route.address(scene), answer.status))
                wrong += [(route.address(scene), word) for word in NEIGHBOURS if word in answer.html]
    assert wrong == []
    assert at_the_neighbours(server) == before


@pytest.mark.parametrize("role", ["nobody", "supplier", "administrator"])
def test_a_form_that_is_not_known_to_be_ours_does_nothing(
    app: Flask, server: Server, town: Town, visitor: Callable[[str], Visitor], role: str
) -> None:
    own = scenes(town, list(town.own), visitor("supplier"), server.link("supplier"))
    forms = [address for route in routes(app) if route.takes("POST") for address in route.addresses(own)[:1]]
    answers = {address: visitor(role).post(address, {"words": "as typed"}, token="") for address in forms}
    assert len(forms) > 20
    assert {address for address, answer in answers.items() if answer.status != 400} == set()
    assert {address for address, answer in answers.items() if "as typed" not in answer.html} == set()


@pytest.mark.parametrize("role", ["supplier", "contract manager"])
def test_a_session_is_ended_by_its_own_person_alone(server: Server, role: str) -> None:
    mine, other, stranger = server.visitor(role), server.visitor(role), server.visitor("lead")
    theirs = numbers(stranger)[0]
    assert theirs not in numbers(mine)
    assert mine.post(f"/account/sessions/{theirs}/end").status == 404
    assert stranger.get("/account").status == 200
    assert other.post("/sign-in/out").status == 303
    assert other.get("/account").headers["location"].endswith("/sign-in")
    assert mine.get("/account").status == 200


def numbers(visitor: Visitor) -> list[str]:
    """The numbers of somebody's sessions, as their account page lists them."""
    return re.findall(r"/account/sessions/(\d+)/end", visitor.get("/account").html)
