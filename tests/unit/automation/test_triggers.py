"""Which changes start a trigger."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

import sanhuan.apps
from sanhuan.automation import definitions, part, triggers
from sanhuan.automation.tools import following
from sanhuan.automation.triggers import Compiled
from sanhuan.catalog import packages, runtime
from sanhuan.catalog.kinds import Kinds
from sanhuan.changes.entries import Entry

NOW = datetime(2026, 3, 31, 4, tzinfo=UTC)
FOLDER = Path(next(iter(sanhuan.apps.__path__)))


@pytest.fixture(scope="module")
def dispatching() -> Compiled:
    """The trigger that dispatches new leads."""
    kinds = Kinds()
    for kind in part.part().kinds:
        kinds.add(kind)
    found = [
        (kind, "vendor", definition)
        for package in packages.read_all(FOLDER, kinds)
        for kind, definition in package.definitions
    ]
    catalog = runtime.compile_catalog(1, found)
    (wanted,) = [one for one in definitions.triggers(catalog) if one.name == "lead.dispatch_new"]
    return triggers.compiled(catalog, wanted)


def entry(kind: str = "update", **values: Any) -> Entry:
    given: dict[str, Any] = {
        "generation": 1, "xid": 1, "id": 1, "at": NOW, "occurred_at": NOW,
        "operation": UUID(int=1), "actor": UUID(int=2), "on_behalf_of": None, "via": "ui",
        "cause": None, "root": None, "depth": 0, "object_id": "lead", "record_id": UUID(int=3),
        "version": 2, "kind": kind, "before": {}, "after": {}, "owner_before": None,
        "owner_after": None, "department_before": None, "department_after": None, "trace": None,
        "catalog_version": 1,
    }  # fmt: skip
    return Entry(**{**given, **values})


def test_new_records_start_it_and_updates_only_of_its_fields(dispatching: Compiled) -> None:
    assert dispatching.is_started_by(entry("create", after={"name": "李工"}))
    assert dispatching.is_started_by(entry(after={"state": "new"}, before={"state": "lost"}))
    assert not dispatching.is_started_by(entry(after={"name": "李工"}))


def test_other_objects_and_kinds_start_nothing(dispatching: Compiled) -> None:
    assert not dispatching.is_started_by(entry("create", object_id="account"))
    assert not dispatching.is_started_by(entry("delete"))
    assert not dispatching.is_started_by(entry("computed", after={"state": "new"}))


def test_only_what_was_imported_long_after_it_happened_is_history() -> None:
    long_ago = NOW - timedelta(days=3)
    assert triggers.is_history(entry(via="import", occurred_at=long_ago))
    assert not triggers.is_history(entry(via="import"))
    assert not triggers.is_history(entry(via="source", occurred_at=long_ago))


def test_what_follows_names_its_cause_and_who_began_it() -> None:
    first = following(entry())
    assert (first.cause, first.root, first.depth) == (UUID(int=1), UUID(int=1), 1)
    assert (first.via, first.on_behalf_of) == ("flow", UUID(int=2))
    second = following(entry(root=UUID(int=9), depth=1, on_behalf_of=UUID(int=8)))
    assert (second.root, second.depth, second.on_behalf_of) == (UUID(int=9), 2, UUID(int=8))
