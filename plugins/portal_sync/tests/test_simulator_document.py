"""The simulated portal does what its OpenAPI document says, for whatever is sent to it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis import GenerationMode
from schemathesis.core.failures import FailureGroup

from quarterday_portal_sync.simulator.app import make_app
from quarterday_portal_sync.simulator.auth import Access
from quarterday_portal_sync.simulator.batches import post
from quarterday_portal_sync.simulator.document import document
from quarterday_portal_sync.simulator.faults import Faults
from quarterday_portal_sync.simulator.running import Running
from quarterday_portal_sync.simulator.shapes import RESOURCES
from quarterday_portal_sync.simulator.store import Store

KEY = "a key of the document's tests"
OPERATIONS = [
    (path, method)
    for path, operations in document()["paths"].items()
    for method in operations
    if method in ("get", "post", "delete")
]
TAKES_NOTHING = {("/v1/kpis", "get")}


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """A portal that has one record of each kind, and the remains of another."""
    held = Store(tmp_path_factory.mktemp("documented"))
    for resource in RESOURCES.values():
        fields = {field.name: field.example for field in resource.fields if field.name != "claim"}
        fields |= {"claimRef": "entries/kept"} if resource.is_about_a_claim else {}
        for name in ("gone", "kept"):
            sent = {"our_ref": f"{resource.name}/{name}", "idempotency_key": f"{resource.name}/{name}"}
            _, [result] = post(held, resource, [{**fields, **sent}])
            assert result["status"] == "created"
            found = held.find(resource, result["id"])
            if name == "gone" and found is not None:
                held.delete(found, is_ours=True)
    yield held
    held.close()


@pytest.fixture(scope="module")
def documented(store: Store) -> schemathesis.BaseSchema:
    portal = make_app(Running(store, Access(KEY, "client", "secret"), Faults()))
    return schemathesis.openapi.from_wsgi("/openapi.json", portal)


@pytest.mark.parametrize(
    ("path", "method", "mode"),
    [
        (*operation, mode)
        for operation in OPERATIONS
        for mode in GenerationMode
        if mode is GenerationMode.POSITIVE or operation not in TAKES_NOTHING
    ],
)
def test_every_operation_does_what_its_document_says(
    documented: schemathesis.BaseSchema, path: str, method: str, mode: GenerationMode
) -> None:
    @given(case=documented[path][method].as_strategy(mode))
    @settings(max_examples=6, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
    def holds(case: schemathesis.Case) -> None:
        case.call_and_validate(headers={"X-Api-Key": KEY})

    holds()


@pytest.mark.parametrize("name", RESOURCES)
def test_records_are_told_as_the_document_says(documented: schemathesis.BaseSchema, store: Store, name: str) -> None:
    one = documented[f"/v1/{name}/{{id}}"]["get"]
    for reference in (f"{name}/kept", f"{name}/gone"):
        found = store.find(RESOURCES[name], our_ref=reference)
        assert found is not None
        told = one.Case(path_parameters={"id": found.id}).call_and_validate(headers={"X-Api-Key": KEY})
        assert told.json()["our_ref"] == reference


def test_an_answer_that_the_document_does_not_say_is_found(documented: schemathesis.BaseSchema) -> None:
    answer = documented["/v1/contracts"]["get"].Case().call(headers={"X-Api-Key": KEY})
    wrong = document()
    wrong["components"]["schemas"]["contracts"]["properties"]["revision"] = {"type": "string"}
    listing = schemathesis.openapi.from_dict(wrong)["/v1/contracts"]["get"].Case()
    with pytest.raises(FailureGroup) as found:
        listing.validate_response(answer)
    assert any("properties/revision" in str(one) for one in found.value.exceptions), found.value.exceptions
