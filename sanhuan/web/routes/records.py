"""Records over HTTP: CONTRACT.md, section Records."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Final
from uuid import UUID

import msgspec

from sanhuan.errors import Text
from sanhuan.records import Aggregate, Batch, Consent, Query, Result, Write, errors
from sanhuan.records.requests import DEFAULT_LIMIT, MOST_ROWS, Count
from sanhuan.web import answers, granting, problems, refusals, strict_json
from sanhuan.web.answers import Answer
from sanhuan.web.routing import Ask, Nothing, Route, etag, known_versions, wanted_version

Values = dict[str, Any]
Limit = Annotated[int, msgspec.Meta(ge=1)]


class ListParameters(msgspec.Struct, frozen=True):
    """A list's question in an address. `filter` is JSON, `fields` a comma-separated list."""

    filter: str | None = None
    sort: str | None = None
    fields: str | None = None
    limit: Limit = DEFAULT_LIMIT
    after: str | None = None
    count: Count = "none"
    q: str | None = None

    def query(self) -> Query:
        """The question. Raises Unparsable, Invalid for a filter that can't be read."""
        return Query(
            filter=None if self.filter is None else _filter(self.filter),
            sort=self.sort,
            fields=None if self.fields is None else self.fields.split(","),
            limit=min(self.limit, MOST_ROWS),
            after=self.after,
            count=self.count,
            q=self.q,
        )


class ListBody(Query, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The same question as a body."""

    limit: Limit = DEFAULT_LIMIT


class PageParameters(msgspec.Struct, frozen=True):
    """A part of something long."""

    after: str | None = None
    limit: Limit = DEFAULT_LIMIT


class FieldsParameter(msgspec.Struct, frozen=True):
    """Which fields to answer with; None is all."""

    fields: str | None = None


class SearchParameters(msgspec.Struct, frozen=True):
    """What to look for in all objects."""

    q: str
    limit: Limit = 20


class ConsentBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A person's yes to a warning."""

    token: str
    reason: Annotated[str, msgspec.Meta(min_length=1, max_length=1_000)]


class BulkBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Many writes to one object. A row is a record's fields, with `id` and `version` of what it
    changes, and `consent`."""

    operation: Annotated[str, msgspec.Meta(pattern="^(create|update|upsert|delete)$")]
    rows: list[Values]
    mode: Annotated[str, msgspec.Meta(pattern="^(all|each)$")] = "all"
    key: str | None = None


def _filter(text: str) -> dict[str, Any]:
    found = strict_json.loads(text.encode(errors="surrogatepass"))
    if not isinstance(found, dict):
        raise refusals.Invalid(
            "wrong_type", Text("筛选条件要是一个对象。", "A filter is an object."), field="filter"
        )
    return found


# Reading


async def list_records(ask: Ask[ListParameters, None]) -> Answer:
    """A page of records."""
    return await _list(ask, ask.query.query())


async def query_records(ask: Ask[Nothing, ListBody]) -> Answer:
    """A page of records, asked for in a body."""
    return await _list(ask, ask.body)


async def _list(ask: Ask[Any, Any], query: Query) -> Answer:
    item = ask.object()
    return Answer(200, await ask.kernel.records.list(ask.tx, ask.caller, item.name, query))


async def get_record(ask: Ask[FieldsParameter, None]) -> Answer:
    """One record."""
    item = ask.object()
    fields = None if ask.query.fields is None else ask.query.fields.split(",")
    body = await ask.kernel.records.get(ask.tx, ask.caller, item.name, ask.record(), fields)
    version = _version_of(body)
    if version is None:
        return Answer(200, body)
    if version in known_versions(ask.headers):
        return Answer(304, headers={"ETag": etag(version)})
    return Answer(200, body, headers={"ETag": etag(version)})


class _Versioned(msgspec.Struct):
    version: int | None = None


_versioned: Final = msgspec.json.Decoder(_Versioned)


def _version_of(body: bytes) -> int | None:
    return _versioned.decode(body).version


async def timeline(ask: Ask[PageParameters, None]) -> Answer:
    """What happened to a record."""
    item = ask.object()
    limit = min(ask.query.limit, MOST_ROWS)
    return Answer(
        200,
        await ask.kernel.records.timeline(
            ask.tx, ask.caller, item.name, ask.record(), ask.query.after, limit
        ),
    )


async def aggregate(ask: Ask[Nothing, Aggregate]) -> Answer:
    """Figures over records."""
    item = ask.object()
    return Answer(200, await ask.kernel.records.aggregate(ask.tx, ask.caller, item.name, ask.body))


async def search(ask: Ask[SearchParameters, None]) -> Answer:
    """Records of all objects that hold a text."""
    limit = min(ask.query.limit, 100)
    return Answer(200, await ask.kernel.records.search(ask.tx, ask.caller, ask.query.q, limit))


# Writing


async def create_record(ask: Ask[Nothing, Values]) -> Answer:
    """A new record."""
    item = ask.object()
    consent, values = _split(ask.body)
    result = await _save_one(ask, item.name, Write("create", values, consent=consent))
    assert result.id is not None
    assert result.version is not None
    headers = {
        "Location": f"/api/v1/records/{item.name}/{result.id}",
        "ETag": etag(result.version),
    }
    return await _saved(ask, item.name, result, status=201, headers=headers)


async def update_record(ask: Ask[Nothing, Values]) -> Answer:
    """A record's fields, changed by someone who saw the version that he names."""
    item = ask.object()
    consent, values = _split(ask.body)
    write = Write(
        "update", values, id=ask.record(), version=wanted_version(ask.headers), consent=consent
    )
    result = await _save_one(ask, item.name, write)
    assert result.version is not None
    return await _saved(ask, item.name, result, headers={"ETag": etag(result.version)})


async def delete_record(ask: Ask[Nothing, None]) -> Answer:
    """A record, put into the bin."""
    item = ask.object()
    write = Write("delete", id=ask.record(), version=wanted_version(ask.headers))
    await _save_one(ask, item.name, write)
    return answers.NO_CONTENT


async def restore_record(ask: Ask[Nothing, Nothing]) -> Answer:
    """A record, taken out of the bin."""
    item = ask.object()
    result = await _save_one(ask, item.name, Write("restore", id=ask.record()))
    assert result.version is not None
    return await _saved(ask, item.name, result, headers={"ETag": etag(result.version)})


def _split(body: Values) -> tuple[list[Consent], Values]:
    """The consent that came with a record's fields, and the fields."""
    values = dict(body)
    written = values.pop("consent", [])
    given = msgspec.convert(written, list[ConsentBody])
    return [Consent(each.token, each.reason) for each in given], values


async def _save_one(ask: Ask[Any, Any], name: str, write: Write) -> Result:
    """Save one row. Someone who was first is told with the record as it is now."""
    try:
        saved = await ask.kernel.records.save(ask.tx, ask.caller, Batch(name, [write]))
    except errors.VersionConflict as conflict:
        conflict.current = await _current(ask, name, conflict.record)
        raise
    item = ask.kernel.catalog.object(name)
    await granting.check(ask, item, [write], saved.results)
    return saved.results[0]


async def _current(ask: Ask[Any, Any], name: str, record: UUID) -> dict[str, Any] | None:
    found = await ask.kernel.records.get_many(ask.tx, ask.caller, name, [record])
    return msgspec.json.decode(found[record]) if record in found else None


async def _saved(
    ask: Ask[Any, Any],
    name: str,
    result: Result,
    *,
    status: int = 200,
    headers: Mapping[str, str],
) -> Answer:
    """The record as its writer sees it; its id and version when that is nothing any more."""
    assert result.id is not None
    item = ask.kernel.catalog.object(name)
    found: dict[UUID, bytes] = {}
    if ask.caller.may("see", item.id):
        found = await ask.kernel.records.get_many(ask.tx, ask.caller, name, [result.id])
    body = found.get(result.id) or answers.encode({"id": result.id, "version": result.version})
    return Answer(status, body, headers=headers)


async def bulk(ask: Ask[Nothing, BulkBody]) -> Answer:
    """Many rows at once."""
    item = ask.object()
    rows = [_row(ask.body.operation, values) for values in ask.body.rows]
    batch = Batch(item.name, rows, mode=ask.body.mode, key=ask.body.key)  # type: ignore[arg-type]  # the pattern allows the two modes
    saved = await ask.kernel.records.save(ask.tx, ask.caller, batch)
    await granting.check(ask, item, rows, saved.results)
    return answers.json(
        {
            "created": saved.count("created"),
            "updated": saved.count("updated") + saved.count("unchanged"),
            "deleted": saved.count("deleted"),
            "refused": saved.count("refused"),
            "results": [_shown(result, ask.language) for result in saved.results],
        }
    )


def _row(operation: str, row: Values) -> Write:
    consent, values = _split(row)
    if operation not in ("update", "delete"):
        return Write(operation, values, consent=consent)  # type: ignore[arg-type]  # checked by pattern
    record, version = values.pop("id", None), values.pop("version", None)
    return Write(
        operation,  # type: ignore[arg-type]  # checked by pattern
        values,
        id=_identifier(record),
        version=version if version is None or _is_version(version) else 0,
        consent=consent,
    )


def _identifier(written: Any) -> UUID:
    try:
        return UUID(written) if isinstance(written, str) else UUID(int=0)
    except ValueError:
        return UUID(int=0)  # nobody's: the row is refused as one that is not found


def _is_version(written: Any) -> bool:
    return isinstance(written, int) and not isinstance(written, bool)


def _shown(result: Result, language: str) -> dict[str, Any]:
    shown: dict[str, Any] = {"index": result.index, "status": result.status}
    if result.id is not None:
        shown["id"] = result.id
    if result.version is not None:
        shown["version"] = result.version
    if result.status == "refused":
        faults = [*result.faults, *result.warnings]
        shown["errors"] = [problems.fault(each, language) for each in faults]
    return shown


RECORD: Final = "record"
ONE: Final = "/records/{object:str}/{id:str}"
ALL: Final = "/records/{object:str}"

ROUTES: Final = (
    Route(
        method="GET", path=ALL, run=list_records, query=ListParameters,
        summary="List records", tag="records", shape="page", refuses=(422,),
    ),
    Route(
        method="POST", path=f"{ALL}/query", run=query_records, body=ListBody,
        summary="List records, the question in the body", tag="records", shape="page",
    ),
    Route(
        method="POST", path=ALL, run=create_record, body=Values, mode="write", success=(201,),
        summary="Create a record", tag="records", shape=RECORD, refuses=(403, 409),
    ),
    Route(
        method="GET", path=ONE, run=get_record, query=FieldsParameter, success=(200, 304),
        summary="Read a record", tag="records", shape=RECORD,
    ),
    Route(
        method="PATCH", path=ONE, run=update_record, body=Values, mode="write",
        needs_version=True, summary="Change a record", tag="records", shape=RECORD,
        refuses=(403, 409),
    ),
    Route(
        method="DELETE", path=ONE, run=delete_record, mode="write", needs_version=True,
        success=(204,), summary="Put a record into the bin", tag="records", refuses=(403, 409),
    ),
    Route(
        method="POST", path=f"{ONE}/restore", run=restore_record, body=Nothing, mode="write",
        optional_body=True, summary="Take a record out of the bin", tag="records", shape=RECORD,
        refuses=(403, 409),
    ),
    Route(
        method="GET", path=f"{ONE}/timeline", run=timeline, query=PageParameters,
        summary="What happened to a record", tag="records", shape="timeline",
    ),
    Route(
        method="POST", path=f"{ALL}/bulk", run=bulk, body=BulkBody, mode="write",
        limit=32 * 1024 * 1024, summary="Write many records", tag="records", shape="bulk",
        refuses=(403, 409),
    ),
    Route(
        method="POST", path=f"{ALL}/aggregate", run=aggregate, body=Aggregate,
        summary="Figures over records", tag="records", shape="aggregate",
    ),
    Route(
        method="GET", path="/search", run=search, query=SearchParameters,
        summary="Search all objects", tag="records", shape="search",
    ),
)  # fmt: skip
