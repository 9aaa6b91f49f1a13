"""Importing files: TRUST D01-D03, D07, D08, D14; FEATURES P07."""

from __future__ import annotations

import asyncio
import csv
import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from sanhuan.catalog.runtime import UnknownObject
from sanhuan.changes import undo
from sanhuan.identity.access import Caller
from sanhuan.records import Forbidden, ids
from sanhuan.touchpoints.imports import errors, running, service
from tests.integration.touchpoints.conftest import Outer, credit_code

CODES = [credit_code(number) for number in range(3)]


class Office:
    """Someone who imports, and the worker that does it."""

    def __init__(self, outer: Outer, caller: Caller, folder: Path) -> None:
        self.outer = outer
        self.caller = caller
        self.folder = folder
        self.imports = service.Imports(outer.records, outer.pool, outer.directories)

    def file(self, content: bytes | str | Sequence[Sequence[Any]], name: str = "a.csv") -> Path:
        """A file of these bytes, of this text in UTF-8, or of these rows."""
        path = self.folder / name
        if isinstance(content, bytes):
            path.write_bytes(content)
            return path
        if not isinstance(content, str):
            out = io.StringIO()
            csv.writer(out).writerows(content)
            content = out.getvalue()
        path.write_text(content, encoding="utf-8", newline="")
        return path

    async def preview(self, content: Any, object_name: str = "account", **how: Any) -> Any:
        return await self.imports.preview(self.caller, object_name, self.file(content), **how)

    async def start(self, content: Any, object_name: str = "account", **how: Any) -> UUID:
        path = self.file(content)
        return await self.imports.start(self.caller, object_name, path, path.name, **how)

    async def load(self, content: Any, object_name: str = "account", **how: Any) -> dict[str, Any]:
        """Import and let the worker finish; how it stands then."""
        id_ = await self.start(content, object_name, **how)
        await self.imports.run(str(id_))
        return await self.imports.get(self.caller, id_)

    async def undo(self, id_: str) -> dict[str, Any]:
        await self.imports.undo(self.caller, UUID(id_))
        await self.imports.run_undo(id_)
        return await self.imports.get(self.caller, UUID(id_))


@pytest.fixture
async def office(outer: Outer, tmp_path: Path) -> Office:
    user = await outer.colleague("sales_administrator")
    return Office(outer, await outer.caller_of(user), tmp_path)


async def test_file_is_imported_as_whoever_imports(office: Office) -> None:
    done = await office.load("名称,电话,级别\n越辰建设,0575-88886666,A\n曹娥钢构,13812345678,B\n")
    assert (done["state"], done["created"], done["refused"], done["rows"]) == ("done", 2, 0, 2)
    found = await office.outer.list("account", sort="name", fields=["name", "phone", "level"])
    assert [(one["name"], one["level"]) for one in found] == [("曹娥钢构", "B"), ("越辰建设", "A")]
    entries = await office.outer.rows(
        "select distinct via, actor, operation::text from kernel.change where object_id='account'"
    )
    assert entries == [("import", office.caller.user, done["operation"])]


async def test_refused_rows_are_listed_and_the_others_saved(office: Office) -> None:
    done = await office.load(
        "名称,电话\n越辰建设,13812345678\n,13812345679\n曹娥钢构,1.38E+10\n柯岩装饰,不知道\n"
    )
    assert (done["created"], done["refused"]) == (1, 3)
    assert [(r["line"], r["errors"][0]["field"], r["errors"][0]["code"]) for r in
            done["refused_rows"]] == [
        (3, "name", "required"), (4, "phone", "damaged_number"), (5, "phone", "bad_phone"),
    ]  # fmt: skip
    told = b"".join([part async for part in office.imports.refused_file(
        office.caller, UUID(done["id"]))])  # fmt: skip
    rows = list(csv.reader(io.StringIO(told.decode("utf-8-sig"))))
    assert rows[0] == ["名称", "电话", "错误"]
    assert rows[2][:2] == ["曹娥钢构", "1.38E+10"]
    assert "位数丢了" in rows[2][2]


async def test_mode_all_saves_nothing_when_a_row_is_refused(office: Office) -> None:
    done = await office.load("名称,级别\n越辰建设,A\n曹娥钢构,Z\n", mode="all")
    assert (done["state"], done["refused"], done["created"]) == ("refused", 1, 1)
    assert await office.outer.list("account") == []


async def test_mode_all_takes_back_what_was_refused_only_when_written(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two rows with one unique value in different chunks: each alone would be right."""
    monkeypatch.setattr(running, "CHUNK", 1)
    done = await office.load(
        [["名称", "统一社会信用代码"], ["甲", CODES[0]], ["乙", CODES[0]]], mode="all"
    )
    assert done["state"] == "refused"
    assert await office.outer.list("account") == []


async def test_mode_check_writes_nothing(office: Office) -> None:
    done = await office.load("名称,级别\n越辰建设,A\n曹娥钢构,Z\n", mode="check")
    assert (done["state"], done["created"], done["refused"]) == ("done", 1, 1)
    assert await office.outer.list("account") == []


async def test_same_file_twice_with_a_key_makes_nothing_new(office: Office) -> None:
    """D07"""
    rows = [["统一社会信用代码", "名称"], *([code, f"客户{code[-3:]}"] for code in CODES)]
    first = await office.load(rows, key="credit_code")
    again = await office.load([rows[0], *reversed(rows[1:])], key="credit_code")
    assert (first["created"], first["unchanged"]) == (3, 0)
    assert (again["created"], again["updated"], again["unchanged"]) == (0, 0, 3)
    changed = await office.load([rows[0], [rows[1][0], "改名"]], key="credit_code")
    assert changed["updated"] == 1
    assert len(await office.outer.list("account")) == 3


async def test_empty_cell_leaves_what_is_there(office: Office) -> None:
    code = CODES[0]
    await office.load(f"统一社会信用代码,名称,电话\n{code},甲,13812345678\n", key="credit_code")
    await office.load(f"统一社会信用代码,名称,电话\n{code},乙,\n", key="credit_code")
    [one] = await office.outer.list("account")
    assert (one["name"], one["phone"]) == ("乙", "13812345678")


async def test_two_people_at_once_with_one_file_make_each_record_once(office: Office) -> None:
    """D07: the unique index decides; the other row becomes an update or is refused."""
    rows = [["统一社会信用代码", "名称"], *([code, f"客户{code[-3:]}"] for code in CODES)]
    ids = [await office.start(rows, key="credit_code") for _ in range(3)]
    await asyncio.gather(*(office.imports.run(str(id_)) for id_ in ids))
    done = [await office.imports.get(office.caller, id_) for id_ in ids]
    assert [one["state"] for one in done] == ["done"] * 3
    assert sum(one["created"] for one in done) == 3
    assert len(await office.outer.list("account")) == 3


async def test_import_that_two_workers_take_up_is_run_by_one(office: Office) -> None:
    """A worker thought lost may live: the other one comes again later, and finds it done."""
    id_ = await office.start([["名称"], *([f"客户{n}"] for n in range(3_000))])
    ends = await asyncio.gather(
        *(office.imports.run(str(id_)) for _ in range(3)), return_exceptions=True
    )
    assert sum(isinstance(end, running.AtWork) for end in ends) == 2
    await office.imports.run(str(id_))
    done = await office.imports.get(office.caller, id_)
    assert (done["state"], done["created"]) == ("done", 3_000)


async def test_import_that_a_fault_of_ours_stops_says_so(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def failing(*_: Any) -> None:
        raise LookupError("a fault of the program")

    id_ = await office.start("名称\n甲\n")
    monkeypatch.setattr(running.Running, "_save", failing)
    await office.imports.run(str(id_))
    done = await office.imports.get(office.caller, id_)
    assert (done["state"], done["failure"]["code"]) == ("failed", "internal")


async def test_relations_are_found_by_their_names(office: Office) -> None:
    await office.outer.create("account", name="越辰建设")
    await office.outer.create("account", name="同名")
    await office.outer.create("account", name="同名")
    tags = [await office.outer.create("tag", name=name) for name in ("防水", "涂料")]
    done = await office.load(
        "名称,客户,产品线\n镜湖 3 号,越辰建设,防水、涂料\n没有,不存在,\n两个,同名,\n",
        "opportunity",
    )
    assert [(r["errors"][0]["code"], r["errors"][0]["field"]) for r in done["refused_rows"]] == [
        ("not_found", "account"),
        ("ambiguous", "account"),
    ]
    [one] = await office.outer.list("opportunity")
    assert one["account"]["title"] == "越辰建设"
    assert {tag["id"] for tag in one["products"]} == {str(tag) for tag in tags}


async def test_cells_that_a_person_does_not_see_are_not_found(office: Office) -> None:
    """B05: a name of a record out of sight reads as a missing one."""
    await office.outer.create("account", name="别人的客户")
    seller = await office.outer.caller_of(await office.outer.colleague("seller"))
    theirs = Office(office.outer, seller, office.folder)
    done = await theirs.load("姓名,客户\n王芳,别人的客户\n", "lead")
    assert done["refused_rows"][0]["errors"][0]["code"] == "not_found"


async def test_import_takes_the_right_to_import(office: Office) -> None:
    member = await office.outer.caller_of(await office.outer.colleague())
    with pytest.raises(UnknownObject):
        await Office(office.outer, member, office.folder).load("名称\n甲\n")
    seller = await office.outer.caller_of(await office.outer.colleague("seller"))
    with pytest.raises(Forbidden):
        await Office(office.outer, seller, office.folder).load("名称\n甲\n", "product")


async def test_right_taken_meanwhile_stops_the_import(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """B09: rights are asked again for each batch."""
    monkeypatch.setattr(running, "CHUNK", 2)
    monkeypatch.setattr(running, "AT_ONCE", 1)
    id_ = await office.start([["名称"], *([f"客户{n}"] for n in range(10))])
    taken = 0
    found = running.Running._caller

    async def caller(self: running.Running, tx: Any, known: Any) -> Caller:
        nonlocal taken
        taken += 1
        if taken == 3:
            await office.outer.dismiss(office.caller.user)
        return await found(self, tx, known)

    monkeypatch.setattr(running.Running, "_caller", caller)
    await office.imports.run(str(id_))
    done = await office.imports.get(office.caller, id_)
    assert (done["state"], done["failure"]["code"], done["created"]) == ("failed", "forbidden", 4)


async def test_cancelled_import_keeps_what_was_written(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(running, "CHUNK", 2)
    monkeypatch.setattr(running, "AT_ONCE", 1)
    id_ = await office.start([["名称"], *([f"客户{n}"] for n in range(10))])
    found = running.Running._save

    async def save(self: running.Running, tx: Any, work: Any, phase: Any, number: int,
                   rows: Any) -> Any:  # fmt: skip
        done = await found(self, tx, work, phase, number, rows)
        if number == 2:
            await office.imports.cancel(office.caller, id_)
        return done

    monkeypatch.setattr(running.Running, "_save", save)
    await office.imports.run(str(id_))
    done = await office.imports.get(office.caller, id_)
    assert (done["state"], done["created"]) == ("cancelled", 4)
    with pytest.raises(errors.NotNow):
        await office.imports.cancel(office.caller, id_)


async def test_killed_import_goes_on_after_its_last_chunk(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """D08: the table is that of an undisturbed run; each row is there once."""
    monkeypatch.setattr(running, "CHUNK", 3)
    id_ = await office.start([["名称"], *([f"客户{n:02d}"] for n in range(20))])
    found = running.Running._save

    class Killed(BaseException):
        pass

    calls = 0

    async def save(self: running.Running, tx: Any, work: Any, phase: Any, number: int,
                   rows: Any) -> Any:  # fmt: skip
        nonlocal calls
        done = await found(self, tx, work, phase, number, rows)
        calls += 1
        if calls in (2, 4, 5):
            raise Killed
        return done

    monkeypatch.setattr(running.Running, "_save", save)
    for _ in range(10):
        try:
            await office.imports.run(str(id_))
            break
        except BaseException:  # noqa: BLE001 - a kill, however it is wrapped
            continue
    done = await office.imports.get(office.caller, id_)
    assert (done["state"], done["created"]) == ("done", 20)
    names = [one["name"] for one in await office.outer.list("account", sort="name", limit=100)]
    assert names == [f"客户{n:02d}" for n in range(20)]
    assert await office.outer.rows("select from kernel.import_part") == []


async def test_preview_guesses_columns_and_shows_faults(office: Office) -> None:
    header = "客户名称,联系电话,统一代码,等级,备注1\n"
    content = f"{header}越辰建设,1.38E+10,,重点,x\n曹娥,13812345678,,A,\n"
    shown = await office.preview(content.encode("gb18030"))
    assert (shown["encoding"], shown["separator"], shown["rows"]) == ("gb18030", ",", 2)
    fields = {one["name"]: one["field"] for one in shown["columns"]}
    assert fields == {
        "客户名称": "name", "联系电话": "phone", "统一代码": None, "等级": None, "备注1": "note",
    }  # fmt: skip
    assert shown["preview"][0]["errors"][0]["code"] == "damaged_number"
    assert shown["preview"][1]["errors"] == []
    phones = shown["columns"][1]
    assert phones["samples"] == ["1.38E+10", "13812345678"]
    assert phones["warnings"][0]["code"] == "damaged_number"
    assert await office.outer.list("account") == []


async def test_preview_lists_cells_that_are_no_choice(office: Office) -> None:
    content = "名称,级别\n甲,重点\n乙,重点\n丙,A\n"
    shown = await office.preview(content)
    assert shown["columns"][1]["choices"] == [{"value": "重点", "rows": 2, "choice": None}]
    mapping = {"名称": "name", "级别": {"field": "level", "values": {"重点": "A"}}}
    shown = await office.preview(content, mapping=mapping)
    assert [row["errors"] for row in shown["preview"]] == [[], [], []]
    await office.load(content, mapping=mapping)
    assert [one["level"] for one in await office.outer.list("account")] == ["A", "A", "A"]


async def test_mapping_is_remembered_for_the_same_columns(office: Office) -> None:
    """P07"""
    content = "单位,号码\n甲,13812345678\n"
    await office.load(content, mapping={"单位": "name", "号码": "phone"})
    shown = await office.preview("号码,单位\n13812345679,乙\n")
    assert shown["remembered"]
    assert [one["field"] for one in shown["columns"]] == ["phone", "name"]


async def test_header_below_a_title_is_found(office: Office) -> None:
    shown = await office.preview("2025 客户台账,,\n\n名称,电话,级别\n甲,13812345678,A\n")
    assert shown["header_row"] == 2
    assert [one["field"] for one in shown["columns"]] == ["name", "phone", "level"]
    assert shown["rows"] == 1


@pytest.mark.parametrize(
    "mapping",
    [
        {"没有": "name"},
        {"名称": "nonsense"},
        {"名称": "created_at"},
        {"名称": "order_count"},
        {"名称": "name", "电话": "name"},
        {"名称": None},
        {"名称": {"field": "name", "more": 1}},
        [],
    ],
)
async def test_mapping_that_does_not_fit_is_refused(office: Office, mapping: Any) -> None:
    with pytest.raises(errors.BadMapping):
        await office.load("名称,电话\n甲,13812345678\n", mapping=mapping)


async def test_key_has_to_be_unique_and_mapped(office: Office) -> None:
    with pytest.raises(errors.BadMapping):
        await office.load("名称,电话\n甲,13812345678\n", key="phone")
    with pytest.raises(errors.BadMapping):
        await office.load("名称,电话\n甲,13812345678\n", key="credit_code")


async def test_field_dropped_meanwhile_ends_the_import_with_nothing_half_done(
    office: Office,
) -> None:
    """D13"""
    id_ = await office.start("名称,网站\n甲,https://a.cn\n")
    await office.outer.drop_field("account", "website")
    await office.imports.run(str(id_))
    done = await office.imports.get(office.caller, id_)
    assert (done["state"], done["failure"]["code"]) == ("failed", "schema_changed")
    assert await office.outer.list("account") == []


async def test_undone_import_removes_what_it_made_and_lists_what_changed_since(
    office: Office,
) -> None:
    old = await office.outer.create("account", name="老客户", credit_code=CODES[0])
    done = await office.load(
        [
            ["统一社会信用代码", "名称"],
            [CODES[0], "改了名"],
            [CODES[1], "新的"],
            [CODES[2], "新的，后来改了"],
        ],
        key="credit_code",
    )
    assert (done["created"], done["updated"]) == (2, 1)
    found = {one["name"]: one for one in await office.outer.list("account")}
    touched = UUID(found["新的，后来改了"]["id"])
    await office.outer.update("account", touched, phone="13812345678")

    undone = await office.undo(done["id"])
    assert undone["state"] == "undone"
    assert undone["undo"] == {
        "removed": 1,
        "put_back": 1,
        "restored": 0,
        "left_count": 1,
        "left": [{"object": "account", "id": str(touched), "reason": "changed_since"}],
    }
    names = {one["name"] for one in await office.outer.list("account")}
    assert names == {"老客户", "新的，后来改了"}
    assert (await office.outer.get("account", old))["name"] == "老客户"


async def test_undo_taken_up_again_counts_the_same(office: Office) -> None:
    done = await office.load([["名称"], *([f"客户{n}"] for n in range(5))])
    await office.imports.undo(office.caller, UUID(done["id"]))
    await office.imports.run_undo(done["id"])
    await office.outer.rows("select 1")
    async with office.outer.pool.connection() as connection:
        await connection.execute("update kernel.import set state = 'undoing'")
    await office.imports.run_undo(done["id"])
    shown = await office.imports.get(office.caller, UUID(done["id"]))
    assert (shown["undo"]["removed"], shown["undo"]["left_count"]) == (5, 0)


async def test_undoing_the_undo_brings_everything_back(office: Office) -> None:
    done = await office.load([["名称"], *([f"客户{n}"] for n in range(5))])
    await office.undo(done["id"])
    [(operation,)] = await office.outer.rows("select undo_operation from kernel.import")

    async def caller(tx: Any) -> Caller:
        return office.caller

    undoing = undo.Undo(office.outer.records).run(operation, ids.uuid7(), caller)
    assert [one.restored async for one in undoing] == [5]
    assert len(await office.outer.list("account")) == 5


async def test_import_of_others_is_not_there(office: Office) -> None:
    done = await office.load("名称\n甲\n")
    other = await office.outer.caller_of(await office.outer.colleague("sales_administrator"))
    with pytest.raises(errors.UnknownImport):
        await office.imports.get(other, UUID(done["id"]))
    assert await office.imports.list(other) == []
    assert [one["id"] for one in await office.imports.list(office.caller)] == [done["id"]]
