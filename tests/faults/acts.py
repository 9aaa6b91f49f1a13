"""The kinds of write that writers do, and what their answers tell."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.faults.ledger import WATCHED, Fact
from tests.faults.served import Answer, Connection, Request

BULK = 20


@dataclass(frozen=True)
class Act:
    """One write. `told` gives the facts in its answer; `deleted` are records that it puts away."""

    name: str
    request: Request
    told: Callable[[Any], Iterable[Fact]]
    deleted: Sequence[Fact] = ()

    def facts(self, answer: Answer) -> list[Fact]:
        """What a success tells."""
        told = [] if answer.status == 204 else list(self.told(answer.json))
        return [*told, *self.deleted]

    @property
    def object(self) -> str:
        """What it writes, by API name."""
        return self.request.path.split("/")[2]

    def facts_if_done_before(self, answer: Answer) -> list[Fact] | None:
        """What a refusal tells of the same request's first attempt; None where it tells nothing.

        A change has no key: whoever repeats it finds the version risen, or the record gone.
        """
        request = self.request
        if request.method == "PATCH" and answer.status == 412:
            current, field_name = answer.json["current"], WATCHED[self.object].field
            is_ours = current[field_name] == request.body[field_name]
            return [*self.told(current), *self.deleted] if is_ours else None
        if request.method == "DELETE" and answer.status == 404:
            return list(self.deleted)
        return None

    def facts_if_overtaken(self, answer: Answer) -> list[Fact] | None:
        """The lead as dispatch has made it meanwhile; None for any other refusal."""
        if self.object != "lead" or answer.status != 412:
            return None
        return record("lead", answer.json["current"])


def record(name: str, body: Mapping[str, Any]) -> list[Fact]:
    """A record as the API writes it, with its lines."""
    line = WATCHED["order_line"].field
    lines = [Fact("order_line", each["id"], each[line]) for each in body.get("lines", ())]
    return [Fact(name, body["id"], body[WATCHED[name].field], body["version"]), *lines]


@dataclass
class Author:
    """Thinks up writes, by a seed of its own, on records that nobody else writes.

    Accounts are shared by all: what they sum up is written by many at once.
    """

    name: str
    random: random.Random
    accounts: Sequence[str]
    product: str
    own: dict[str, list[Fact]] = field(default_factory=lambda: {name: [] for name in WATCHED})
    lines: dict[str, list[Fact]] = field(default_factory=dict)
    made: int = 0

    def next(self) -> Act:
        """The next write."""
        kinds = [kind for kind in KINDS if kind.needs is None or self.own[kind.needs]]
        weights = [kind.weight for kind in kinds]
        return self.random.choices(kinds, weights)[0].make(self)

    def learn(self, facts: Iterable[Fact]) -> None:
        """Take in what is saved, to write on from there."""
        for fact in facts:
            if fact.object == "order_line":
                continue
            records = self.own[fact.object]
            records[:] = [each for each in records if each.id != fact.id][-40:]
            if fact.text is not None:
                records.append(fact)
        orders = [fact.id for fact in facts if fact.object == "order"]
        if orders:
            found = [fact for fact in facts if fact.object == "order_line" and fact.text]
            self.lines[orders[0]] = found

    def forget(self, request: Request) -> None:
        """Leave alone what a request was about."""
        for records in self.own.values():
            records[:] = [each for each in records if each.id not in request.path]
        if request.path.endswith("/bulk"):
            self.own["activity"].clear()

    def mark(self) -> str:
        """A new record's mark."""
        self.made += 1
        return f"{self.name}-{self.made}"

    def key(self) -> str:
        return f"key-{self.mark()}"

    def account(self) -> str:
        return self.random.choice(self.accounts)

    def one_of(self, name: str) -> Fact:
        return self.random.choice(self.own[name])

    def create(self, name: str, /, **values: Any) -> Act:
        body = {WATCHED[name].field: f"{self.mark()} 1", "account": self.account(), **values}
        request = Request("POST", f"/records/{name}", body, key=self.key())
        return Act(f"create {name}", request, lambda answer: record(name, answer))

    def update(self, name: str, /, **values: Any) -> Act:
        known = self.one_of(name)
        assert known.version is not None
        body = {WATCHED[name].field: f"{known.mark} {known.version + 1}", **values}
        request = Request("PATCH", f"/records/{name}/{known.id}", body, version=known.version)
        return Act(f"update {name}", request, lambda answer: record(name, answer))

    def line(self) -> dict[str, Any]:
        """A new line of an order."""
        return {
            "product": self.product,
            "quantity": str(self.random.randint(1, 9)),
            "unit_price": f"{self.random.randint(100, 9999) / 100:.2f}",
            "note": f"{self.mark()} 1",
        }


def create_lead(author: Author) -> Act:
    amount = str(author.random.randint(100, 900_000))
    return author.create("lead", name="王建国", expected_amount=amount)


def update_lead(author: Author) -> Act:
    return author.update("lead", expected_amount=str(author.random.randint(100, 900_000)))


def delete_lead(author: Author) -> Act:
    known = author.one_of("lead")
    request = Request("DELETE", f"/records/lead/{known.id}", version=known.version)
    return Act("delete lead", request, lambda _: (), [Fact("lead", known.id, None)])


def create_opportunity(author: Author) -> Act:
    amount = str(author.random.randint(100, 900_000))
    return author.create("opportunity", name="镜湖防水", amount=amount)


def update_opportunity(author: Author) -> Act:
    """Moves to another account as well: two sums change."""
    amount = str(author.random.randint(100, 900_000))
    return author.update("opportunity", amount=amount, account=author.account())


def create_order(author: Author) -> Act:
    lines = [author.line() for _ in range(author.random.randint(1, 4))]
    return author.create("order", lines={"create": lines})


def update_order(author: Author) -> Act:
    """Changes one line, adds one, takes one away."""
    known = author.one_of("order")
    lines = author.lines[known.id]
    changes: dict[str, Any] = {"create": [author.line()]}
    if lines:
        quantity = str(author.random.randint(1, 9))
        changes["update"] = [{"id": lines[0].id, "quantity": quantity}]
    gone = lines[1:2]
    if gone:
        changes["delete"] = [gone[0].id]
    body = {"note": f"{known.mark} {(known.version or 0) + 1}", "lines": changes}
    request = Request("PATCH", f"/records/order/{known.id}", body, version=known.version)
    deleted = [Fact("order_line", each.id, None) for each in gone]
    return Act("update order", request, lambda answer: record("order", answer), deleted)


def create_activities(author: Author) -> Act:
    texts = [f"{author.mark()} 1" for _ in range(BULK)]
    rows = [{"content": text, "account": author.account()} for text in texts]
    return bulk(author, "create", rows, texts)


def update_activities(author: Author) -> Act:
    known = author.own["activity"][-BULK:]
    texts = [f"{each.mark} {(each.version or 0) + 1}" for each in known]
    rows = [
        {"id": each.id, "version": each.version, "content": text}
        for each, text in zip(known, texts, strict=True)
    ]
    return bulk(author, "update", rows, texts)


def bulk(author: Author, operation: str, rows: Sequence[Any], texts: Sequence[str]) -> Act:
    body = {"operation": operation, "rows": rows}
    request = Request("POST", "/records/activity/bulk", body, key=author.key())

    def told(answer: Any) -> Iterable[Fact]:
        for text, result in zip(texts, answer["results"], strict=True):
            yield Fact("activity", result["id"], text, result["version"])

    return Act(f"{operation} {BULK} activities", request, told)


@dataclass(frozen=True)
class Kind:
    """A kind of write: how often it is chosen, and what object it needs a record of."""

    make: Callable[[Author], Act]
    weight: int
    needs: str | None = None


KINDS = (
    Kind(create_lead, 28),
    Kind(update_lead, 24, "lead"),
    Kind(delete_lead, 3, "lead"),
    Kind(create_opportunity, 9),
    Kind(update_opportunity, 9, "opportunity"),
    Kind(create_order, 9),
    Kind(update_order, 9, "order"),
    Kind(create_activities, 5),
    Kind(update_activities, 4, "activity"),
)


def prepare(connection: Connection, accounts: int = 24) -> tuple[list[str], str]:
    """The accounts and the product that writes are about; their ids."""
    made = []
    for number in range(accounts):
        body = {"name": f"甲乙建材 {number}"}
        answer = connection.ask(Request("POST", "/records/account", body, key=f"account {number}"))
        assert answer.status == 201, answer
        made.append(answer.json["id"])
    body = {"code": "P-1", "name": "瓷砖胶", "unit": "袋"}
    answer = connection.ask(Request("POST", "/records/product", body, key="product"))
    assert answer.status == 201, answer
    return made, answer.json["id"]
