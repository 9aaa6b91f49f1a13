"""What is asked: reads and writes in small numbers, drawn by Hypothesis."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from hypothesis import strategies as st

from tests.permissions import ward, worlds

MAIN: Final = ("client", "contract")
PATHS: Final = {
    "client": (
        *ward.CLIENT,
        "parent_client.level",
        "parent_client.phone",
        "parent_client.credit",
        "parent_client.name",
        "owner.name",
        "department.name",
        "gone",
    ),
    "contract": (
        *(name for name in ward.CONTRACT if name != "lines"),
        "client.name",
        "client.phone",
        "client.score",
        "client.level",
        "client.worth",
        "client.owner",
        "client.parent_client",
        "client.parent_client.phone",
        "client.parent_client.credit",
        "owner.name",
        "client.gone",
    ),
    "user": ("name",),
    "department": ("name",),
}
SORTS: Final = {
    name: tuple(path for path in paths if path != "parties") for name, paths in PATHS.items()
}
QUERIES: Final = (
    "138", "3456", "5678", "1234", "9999", "1415", "越辰", "辰建", "辰安", "安", "bob", "BOBBY",
    "hang@x", "corp", "ab", "xyz", "cde", "老客户", "采购", "号", "audit", "三", "张", "销售",
    "yuechenjianshe", "ycjs", "caigouyihao", "cgyh", "wbeq",
)  # fmt: skip
FUNCTIONS: Final = ("sum", "avg", "min", "max", "count_distinct")


@dataclass(frozen=True)
class List:
    """A list; `page` walks it by cursor, so many at a time."""

    object: str
    filter: dict[str, Any] | None
    sort: str | None
    fields: tuple[str, ...] | None
    q: str | None
    count: str
    page: int


@dataclass(frozen=True)
class Get:
    """One record by place; `fields` are places in the paths of its object."""

    record: int
    fields: tuple[int, ...] | None


@dataclass(frozen=True)
class Search:
    q: str


@dataclass(frozen=True)
class Aggregate:
    object: str
    filter: dict[str, Any] | None
    group_by: tuple[str, ...]
    measure: str


@dataclass(frozen=True)
class Timeline:
    record: int


@dataclass(frozen=True)
class Feed:
    """What the stream tells of the last entry of every record."""


@dataclass(frozen=True)
class Find:
    """Which records hold these values, as code above asks."""

    object: str
    field: str
    values: tuple[Any, ...]


@dataclass(frozen=True)
class Alter:
    """A write of one record by place (-1 is one that does not exist).

    `values` are (field, choice): a place in its possible values, -1 is what it holds.
    """

    operation: str
    object: str
    record: int
    values: tuple[tuple[str, int], ...]


@dataclass(frozen=True)
class Bulk:
    rows: tuple[Alter, ...]
    mode: str


Question = List | Get | Search | Aggregate | Timeline | Feed | Find | Alter | Bulk


def _maybe(strategy: st.SearchStrategy[Any], chance: int = 2) -> st.SearchStrategy[Any]:
    return st.integers(0, chance).flatmap(lambda number: strategy if number else st.none())


def _sorts(object_name: str) -> st.SearchStrategy[str]:
    key = st.tuples(st.sampled_from(("", "-")), st.sampled_from(SORTS[object_name])).map("".join)
    return st.lists(key, min_size=1, max_size=2, unique_by=lambda each: each.lstrip("-")).map(
        ",".join
    )


@st.composite
def lists(draw: st.DrawFn) -> List:
    """Lists, filtered, sorted, searched; at times of people or departments."""
    object_name = draw(st.sampled_from((*MAIN, *MAIN, *MAIN, "user", "department")))
    paths = st.lists(st.sampled_from(PATHS[object_name]), min_size=1, max_size=3, unique=True)
    return List(
        object=object_name,
        filter=draw(_maybe(worlds.filters(object_name), 1)),
        sort=draw(_maybe(_sorts(object_name))),
        fields=("name",) if object_name not in MAIN else draw(_maybe(paths.map(tuple), 1)),
        q=draw(st.integers(0, 4).flatmap(
            lambda number: st.none() if number else st.sampled_from(QUERIES)
        )),
        count=draw(st.sampled_from(("none", "capped", "exact"))),
        page=draw(st.sampled_from((50, 50, 3))),
    )  # fmt: skip


@st.composite
def pickers(draw: st.DrawFn) -> List:
    """What a reference field asks while someone types."""
    object_name = draw(st.sampled_from(MAIN))
    title = ward.TITLES[object_name]
    return List(object_name, None, None, (title,), draw(st.sampled_from(QUERIES)), "none", 50)


@st.composite
def aggregates(draw: st.DrawFn) -> Aggregate:
    """Figures over an object's own fields and what lies beyond references."""
    object_name = draw(st.sampled_from(MAIN))
    groups = [
        *(path for path in SORTS[object_name] if not path.endswith("_at")),
        "since:month" if object_name == "client" else "signed:month",
    ]
    measure = st.tuples(st.sampled_from(FUNCTIONS), st.sampled_from(SORTS[object_name]))
    return Aggregate(
        object=object_name,
        filter=draw(_maybe(worlds.filters(object_name), 1)),
        group_by=tuple(draw(st.lists(st.sampled_from(groups), max_size=2, unique=True))),
        measure=draw(st.one_of(st.just("count:"), measure.map(":".join))),
    )


FINDABLE: Final = {
    "client": ("code", "phone", "email", "level", "score"),
    "contract": ("subject", "hotline", "state"),
}


@st.composite
def finds(draw: st.DrawFn) -> Find:
    object_name = draw(st.sampled_from(MAIN))
    name = draw(st.sampled_from(FINDABLE[object_name]))
    if name == "code":
        return Find(object_name, name, ("C0", "C1", "C*"))
    return Find(object_name, name, tuple(value for value in worlds.VALUES[name] if value)[:2])


WRITABLE: Final = {
    "client": (
        *("name", "code", "phone", "email", "remark", "level", "score", "credit", "since", "vip"),
        *("parent_client", "tier", "weight", "worth", "owner", "department", "gone", "created_by"),
    ),
    "contract": (
        *("subject", "client", "parties", "amount", "state", "signed", "hotline", "client_level"),
        *("is_big", "total", "owner", "department", "lines", "lines", "gone"),
    ),
}


@st.composite
def alters(draw: st.DrawFn, operations: tuple[str, ...] = ()) -> Alter:
    """A write of one record."""
    object_name = draw(st.sampled_from(MAIN))
    usual = ("create", "update", "update", "update", "delete", "restore")
    operation = draw(st.sampled_from(operations or usual))
    value = st.tuples(st.sampled_from(WRITABLE[object_name]), st.integers(-1, 4))
    some = st.lists(value, min_size=1, max_size=2, unique_by=lambda each: each[0])
    return Alter(
        operation=operation,
        object=object_name,
        record=draw(st.integers(-1, 19)),
        values=tuple(draw(some)) if operation in ("create", "update") else (),
    )


def bulks() -> st.SearchStrategy[Bulk]:
    """Several updates of different records at once."""
    rows = st.lists(alters(("update",)), min_size=2, max_size=3, unique_by=lambda each: each.record)
    return st.builds(
        lambda rows, mode: Bulk(
            tuple(each for each in rows if each.object == rows[0].object), mode
        ),
        rows,
        st.sampled_from(("all", "each")),
    )


def reads() -> st.SearchStrategy[Question]:
    """Any of the read paths."""
    place = st.integers(-1, 19)
    names = st.lists(st.integers(0, 29), min_size=1, max_size=3, unique=True)
    return st.one_of(
        lists(),
        lists(),
        lists(),
        pickers(),
        aggregates(),
        aggregates(),
        st.builds(Get, place, st.one_of(st.none(), names.map(tuple))),
        st.builds(Search, st.sampled_from(QUERIES)),
        st.builds(Timeline, place),
        st.just(Feed()),
        finds(),
    )


def writes() -> st.SearchStrategy[Question]:
    """Any of the write paths."""
    return st.one_of(alters(), alters(), alters(), bulks())


@dataclass(frozen=True)
class Case:
    """One person, by place, and what he asks."""

    person: int
    questions: tuple[Question, ...]


def cases(reads_each: int, writes_each: int) -> st.SearchStrategy[Case]:
    """A person of the world and as many questions of each sort."""
    return st.builds(
        lambda person, asked, told: Case(person, (*asked, *told)),
        st.integers(0, 7),
        st.lists(reads(), min_size=reads_each, max_size=reads_each),
        st.lists(writes(), min_size=writes_each, max_size=writes_each),
    )
