"""The OpenAPI document says what the server does: every operation, by generated requests."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from schemathesis import checks
from schemathesis.generation import GenerationMode

from tests.databases import TestDatabase
from tests.served import Served, served
from tests.workspace import Workspace

PROVE = os.environ.get("SANHUAN_PROVE") == "1"
EXAMPLES = 200 if PROVE else 2
SEED = int(os.environ.get("SANHUAN_SEED", "20260331"))
ROLES = ("admin", "lu", "xia")
OBJECTS = ("lead", "order")
"""Objects whose operations are tried in every run; the others have the same routes."""
NEVER_CALLED = ("/api/v1/stream", "/api/v1/session", "/api/v1/sessions/{id}")
"""Without end, or the end of what the test itself goes by."""
CHECKS = (
    checks.not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_headers_conformance,
    checks.response_schema_conformance,
)


@pytest.fixture(scope="module")
def server(
    module_database: TestDatabase, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Served]:
    with served(module_database, tmp_path_factory.mktemp("data")) as running:
        yield running


def document(server: Served, token: str) -> Any:
    answer = httpx.get(
        f"{server.base_url}/api/v1/openapi.json", headers={"Authorization": f"Bearer {token}"}
    )
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_document_is_behind_sign_in(server: Served) -> None:
    assert httpx.get(f"{server.base_url}/api/v1/openapi.json").status_code == 401


def test_document_tells_only_what_its_reader_may_know(server: Served) -> None:
    """B04: nobody learns of a hidden field, or of an object that he can't see, from the schema."""
    seller = document(server, server.token("xia"))
    admin = document(server, server.token("admin"))
    assert "credit_limit" in admin["components"]["schemas"]["account.write"]["properties"]
    assert "credit_limit" not in seller["components"]["schemas"]["account.write"]["properties"]


@pytest.mark.slow
@pytest.mark.parametrize("login", ROLES)
def test_every_operation_keeps_to_its_schema(server: Served, login: str) -> None:
    """G4: no 5xx, no answer outside its schema, whatever is sent, as three roles."""
    token = server.token(login)
    known = server.run(make_records(server.workspace))
    schema = schemathesis.openapi.from_dict(document(server, token))
    failures: list[str] = []
    count = 0
    for found in schema.get_all_operations():
        operation: Any = found.ok()  # type: ignore[union-attr]  # a document of ours has no errors
        if is_tried(operation.path):
            count += 1
            for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):
                failures += try_out(operation, mode, server.base_url, token, known)
    assert count > 40
    assert failures == [], f"seed {SEED}\n" + "\n\n".join(failures)


async def make_records(workspace: Workspace) -> dict[str, list[str]]:
    """Records of a seller's, so that requests find something; their ids by object."""
    owner = str(workspace.people["xia"])
    account = str(await workspace.create("account", name="越辰建设", owner=owner))
    made: dict[str, list[str]] = {"account": [account]}
    for number in range(30):
        lead = await workspace.create(
            "lead", name=f"线索{number}", source="web_form", owner=owner, phone="13812345678"
        )
        order = await workspace.create("order", account=account, owner=owner)
        made.setdefault("lead", []).append(str(lead))
        made.setdefault("order", []).append(str(order))
    return made


def is_tried(path: str) -> bool:
    if path in NEVER_CALLED:
        return False
    about = path.removeprefix("/api/v1/records/").partition("/")[0]
    return PROVE or not path.startswith("/api/v1/records/") or about in OBJECTS


def try_out(
    operation: Any,
    mode: GenerationMode,
    base_url: str,
    token: str,
    known: dict[str, list[str]],
) -> list[str]:
    """What generated requests for one operation find wrong, in words.

    Requests that are meant to be right are about records that are there.
    """
    about = operation.path.removeprefix("/api/v1/records/").partition("/")[0]
    found: dict[str, str] = {}
    headers: dict[str, Any] = {"Authorization": f"Bearer {token}"}

    def one(case: schemathesis.Case[Any]) -> None:
        if mode is GenerationMode.POSITIVE and about in known and "{id}" in operation.path:
            case.path_parameters["id"] = known[about][len(repr(case.body)) % len(known[about])]
        answer = case.call(base_url=base_url, headers=headers, timeout=30)
        try:
            case.validate_response(answer, checks=list(CHECKS))
        except (AssertionError, BaseExceptionGroup) as error:
            said = "\n".join(str(each) for each in getattr(error, "exceptions", [error]))
            found.setdefault(said.partition("\n")[0], f"{case.method} {case.path}\n{said}")

    try:
        strategy = operation.as_strategy(generation_mode=mode)
    except schemathesis.errors.InvalidSchema as error:
        return [str(error)]
    run = settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    try:
        test: Any = seed(SEED)(run(given(strategy)(one)))  # type: ignore[no-untyped-call]
        test()
    except Exception as error:
        if type(error).__name__ not in ("Unsatisfiable", "SkipTest"):
            raise
    return list(found.values())
