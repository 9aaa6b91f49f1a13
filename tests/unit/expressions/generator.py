"""Random typed expressions, as the checker would make them."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Callable, Sequence
from decimal import Decimal

from sanhuan.expressions import ExpressionError, Names, nodes
from sanhuan.expressions import types as t
from sanhuan.expressions.calls import finish
from sanhuan.expressions.checker import Checker
from sanhuan.expressions.nodes import Expression, Literal, Node
from sanhuan.expressions.normalise import Normalised
from sanhuan.expressions.signature import Allowed, Checked
from tests.unit.expressions import samples

Maker = Callable[[int], Node]


class Expressions:
    """Random typed trees, as the checker would make them."""

    def __init__(self, chance: random.Random, names: Names) -> None:
        self.chance = chance
        self.scope = names
        self.checker = Checker(Normalised("", (0,)), names, "zh", Allowed.EVERYTHING)
        self.levels: list[str] = []
        self.makers: dict[str, Sequence[Maker]] = {
            "number": self._number_makers(),
            "text": self._text_makers(),
            "boolean": self._boolean_makers(),
            "date": self._date_makers(),
            "datetime": self._datetime_makers(),
            "duration": self._duration_makers(),
            "choice": self._choice_makers(),
        }

    def expression(self, depth: int, kind: str | None = None) -> Expression:
        """A tree of some type and at most that depth."""
        while True:
            self.checker.count = 0
            self.levels = []
            wanted = kind or self.chance.choice([*self.makers, "number", "text", "boolean", "list"])
            try:
                root = self.items(depth) if wanted == "list" else self.make(wanted, depth)
            except ExpressionError:
                continue  # too many nodes, or a branch without a type
            return finish(root)

    def make(self, kind: str, depth: int) -> Node:
        if depth <= 0 or self.chance.random() < 0.12:
            return self.leaf(kind)
        return self.chance.choice(self.makers[kind])(depth - 1)

    # leaves

    def leaf(self, kind: str) -> Node:
        if self.chance.random() < 0.25:
            return self.literal(kind)
        return self.field(kind)

    def literal(self, kind: str) -> Node:
        chance = self.chance
        if chance.random() < 0.12 and kind != "choice":
            return Literal(None, t.NULL)
        match kind:
            case "number":
                return Literal(Decimal(chance.choice(samples.NUMBERS)) + 0, t.NUMBER)
            case "text":
                return Literal(chance.choice(samples.TEXTS).replace("e\u0301", "é"), t.TEXT)
            case "boolean":
                return Literal(chance.random() < 0.5, t.BOOLEAN)
            case "date":
                return Literal(dt.date.fromisoformat(chance.choice(samples.DATES)), t.DATE)
            case "datetime":
                made = dt.datetime.fromisoformat(chance.choice(samples.INSTANTS)).replace(
                    tzinfo=None
                )
                return Literal(made, t.DATETIME)
            case "duration":
                return self.duration(0)
        return self.field("choice")

    def field(self, kind: str) -> Node:
        if self.levels and self.chance.random() < 0.7:
            found = self.row_field(kind)
            if found is not None:
                return found
        up = self.row_levels
        wanted = "choice:a|b|c" if kind == "choice" else kind
        names = [name for name, each in samples.TYPES.items() if each == wanted]
        far = [name for name, each in samples.FAR_TYPES.items() if each == wanted]
        if far and self.chance.random() < 0.25:
            return nodes.Field(("far", self.chance.choice(far)), samples.KINDS[wanted], up)
        return nodes.Field((self.chance.choice(names),), samples.KINDS[wanted], up)

    @property
    def row_levels(self) -> int:
        return len(self.levels)

    def row_field(self, kind: str) -> Node | None:
        wanted = "choice:a|b|c" if kind == "choice" else kind
        types = samples.ROW_TYPES if self.levels[-1] == "rows" else samples.PART_TYPES
        name = next((name for name, each in types.items() if each == wanted), None)
        return None if name is None else nodes.Field((name,), samples.KINDS[wanted])

    # calls

    def call(self, name: str, *args: Node) -> Node:
        return self.checker.apply(name, [Checked(arg) for arg in args], (0, 0)).node

    def flat(self, name: str, *args: Node) -> Node:
        return self.checker.flat(name, [Checked(arg) for arg in args], (0, 0)).node

    def of(self, name: str, *kinds: str) -> Maker:
        """A call of arguments of these types; a kind after = is a written word."""

        def make(depth: int) -> Node:
            args = [
                Literal(self.chance.choice(kind[1:].split("|")), t.TEXT)
                if kind.startswith("=")
                else self.make(kind, depth)
                for kind in kinds
            ]
            return self.call(name, *args)

        return make

    def chain(self, name: str, kind: str) -> Maker:
        def make(depth: int) -> Node:
            args = [self.make(kind, depth) for _ in range(self.chance.choice([2, 2, 3]))]
            return self.flat(name, *args)

        return make

    def added(self, depth: int) -> Node:
        left = Checked(self.make("number", depth))
        for _ in range(self.chance.choice([1, 1, 2])):
            sign = self.chance.choice("+-")
            left = self.checker.added(left, sign, Checked(self.make("number", depth)), (0, 0))
        return left.node

    def multiplied(self, depth: int) -> Node:
        left = Checked(self.make("number", depth))
        for _ in range(self.chance.choice([1, 1, 2])):
            sign = self.chance.choice("*/")
            left = self.checker.multiplied(left, sign, Checked(self.make("number", depth)), (0, 0))
        return left.node

    def negative(self, kind: str) -> Maker:
        def make(depth: int) -> Node:
            inner = self.make(kind, depth)
            if isinstance(inner, Literal) and inner.value is not None:
                return inner
            return self.call("neg", inner)

        return make

    def power(self, depth: int) -> Node:
        exponent = Decimal(self.chance.choice(["0", "1", "2", "3", "-1", "-2", "0.5", "101", "9"]))
        return self.call("^", self.make("number", depth), Literal(exponent, t.NUMBER))

    def small(self, low: int, high: int) -> Node:
        """A count: mostly a small whole number."""
        if self.chance.random() < 0.2:
            return self.make("number", 1)
        return Literal(Decimal(self.chance.randint(low, high)), t.NUMBER)

    def with_count(self, name: str, kind: str, low: int, high: int) -> Maker:
        return lambda depth: self.call(name, self.make(kind, depth), self.small(low, high))

    def branching(self, kind: str) -> list[Maker]:
        def if_(depth: int) -> Node:
            branches = [self.make(kind, depth) for _ in range(self.chance.choice([1, 2, 2]))]
            return self.call("IF", self.make("boolean", depth), *branches)

        def ifs(depth: int) -> Node:
            args = [self.make("boolean", depth), self.make(kind, depth)]
            args += [self.make("boolean", depth - 1), self.make(kind, depth - 1)]
            if self.chance.random() < 0.5:
                args.append(self.make(kind, depth - 1))
            return self.call("IFS", *args)

        def switch(depth: int) -> Node:
            of = self.chance.choice(["number", "text", "choice", "date"])
            args = [self.make(of, depth), self.make(of, depth - 1), self.make(kind, depth)]
            if self.chance.random() < 0.7:
                args.append(self.make(kind, depth - 1))
            return self.call("SWITCH", *args)

        return [
            if_,
            ifs,
            switch,
            lambda depth: self.call("IFBLANK", self.make(kind, depth), self.make(kind, depth)),
            lambda depth: self.call("IFERROR", self.make(kind, depth), self.make(kind, depth)),
        ]

    # lists

    def lines(self, depth: int) -> Node:
        rows: Node = nodes.Lines(("rows",), t.Rows("rows"), self.row_levels)
        return self.filtered(rows, "rows", depth)

    def filtered(self, rows: Node, of: str, depth: int) -> Node:
        if depth > 0 and self.chance.random() < 0.4:
            return self.call("FILTER", rows, self.condition(depth - 1, of))
        return rows

    def parts(self, depth: int) -> Node:
        """The parts of the current row, or of all rows."""
        kind = t.Rows("parts")
        if self.levels and self.levels[-1] == "rows" and self.chance.random() < 0.6:
            return self.filtered(nodes.Lines(("parts",), kind), "parts", depth)
        rows = self.lines(depth)
        return self.filtered(nodes.Lines(("parts",), kind, source=rows), "parts", depth - 1)

    def condition(self, depth: int, of: str = "rows") -> Node:
        self.levels.append(of)
        try:
            return self.make("boolean", min(depth, 2))
        finally:
            self.levels.pop()

    def column(self, kind: str, depth: int) -> Node:
        wanted = "choice:a|b|c" if kind == "choice" else kind
        if kind in ("number", "text") and self.chance.random() < 0.25:
            part = "pn" if kind == "number" else "pt"
            return nodes.Column(self.parts(depth), (part,), t.ListOf(samples.KINDS[wanted]))
        name = next(name for name, each in samples.ROW_TYPES.items() if each == wanted)
        return nodes.Column(self.lines(depth), (name,), t.ListOf(samples.KINDS[wanted]))

    def items(self, depth: int, kind: str | None = None) -> Node:
        """A list of values."""
        kind = kind or self.chance.choice(["number", "text", "date", "choice"])
        choice = self.chance.random()
        if kind == "text" and choice < 0.3:
            if self.levels[-1:] == ["rows"] and choice < 0.1:
                return nodes.Field(("rl",), t.ListOf(t.TEXT))
            return nodes.Field(("l1",), t.ListOf(t.TEXT), self.row_levels)
        if kind == "text" and choice < 0.4:
            return nodes.Column(self.lines(depth), ("rl",), t.ListOf(t.TEXT))
        if choice < 0.55:
            return self.call("UNIQUE", self.items(0, kind))
        return self.column(kind, depth)

    def aggregate(self, name: str, kind: str) -> Maker:
        def make(depth: int) -> Node:
            args = [self.items(depth, kind)]
            if self.chance.random() < 0.3:
                args.append(self.make(kind, depth - 1))
            if self.chance.random() < 0.1:
                args = [self.make(kind, depth - 1), self.make(kind, depth - 1)]
            return self.call(name, *args)

        return make

    def conditional(self, name: str, kind: str) -> Maker:
        def make(depth: int) -> Node:
            column = self.column(kind, depth)
            assert isinstance(column, nodes.Column)
            of = column.rows.type.object if isinstance(column.rows.type, t.Rows) else "rows"
            return self.call(name, column, self.condition(depth, of))

        return make

    def counted(self, name: str) -> Maker:
        return lambda depth: self.call(name, self.lines(depth), self.condition(depth))

    def ends(self, kind: str) -> list[Maker]:
        return [
            lambda depth: self.call("FIRST", self.items(depth, kind)),
            lambda depth: self.call("LAST", self.items(depth, kind)),
        ]

    # makers by type

    def _number_makers(self) -> list[Maker]:
        units = "=week|day|hour|minute|second"
        return [
            self.added,
            self.added,
            self.multiplied,
            self.multiplied,
            self.negative("number"),
            self.power,
            self.of("%", "number"),
            self.with_count("ROUND", "number", -20, 12),
            self.with_count("ROUNDUP", "number", -5, 12),
            self.with_count("ROUNDDOWN", "number", -5, 12),
            self.of("INT", "number"),
            self.of("ABS", "number"),
            self.of("SIGN", "number"),
            self.of("CEILING", "number", "number"),
            self.of("FLOOR", "number", "number"),
            self.of("MOD", "number", "number"),
            self.of("TIERED", "number", "number", "number"),
            lambda d: self.call(
                "TIERED",
                self.make("number", d),
                self.small(-5, 0),
                self.make("number", d - 1),
                self.small(1, 100000),
                self.make("number", d - 1),
            ),
            self.of("LEN", "text"),
            self.of("FIND", "text", "text"),
            lambda d: self.call(
                "FIND", self.make("text", d), self.make("text", d), self.small(0, 3)
            ),
            self.of("NUMBER", "text"),
            self.of("-", "date", "date"),
            self.of("/", "duration", "duration"),
            *(
                self.of(n, "date")
                for n in ("YEAR", "QUARTER", "MONTH", "DAY", "ISOWEEK", "WEEKDAY")
            ),
            *(
                self.of(n, "datetime")
                for n in ("YEAR", "MONTH", "DAY", "WEEKDAY", "HOUR", "MINUTE")
            ),
            self.of("DATEDIF", "date", "date", "=Y|M|D|YM|MD|YD"),
            self.of("DURATIONAS", "duration", units),
            self.of("CHOICEINDEX", "choice"),
            *(self.aggregate(n, "number") for n in ("SUM", "AVERAGE", "MIN", "MAX", "COUNT")),
            self.aggregate("COUNT", "text"),
            self.conditional("SUMIF", "number"),
            self.conditional("AVERAGEIF", "number"),
            self.conditional("MAXIF", "number"),
            self.counted("COUNTIF"),
            *self.branching("number"),
            *self.ends("number"),
            lambda d: nodes.Field(("ne",), t.NUMBER, self.row_levels),
        ]

    def _text_makers(self) -> list[Maker]:
        joins = ("number", "text", "date", "datetime", "choice")
        return [
            lambda d: self.flat("&", self.make(self.chance.choice(joins), d), self.make("text", d)),
            lambda d: self.call(
                "CONCAT", self.make("text", d), self.make(self.chance.choice(joins), d)
            ),
            lambda d: self.flat(
                "&",
                self.make("text", d),
                nodes.Field(("far",), t.Reference("far"), self.row_levels),
            ),
            self.with_count("LEFT", "text", 0, 3),
            self.with_count("RIGHT", "text", 0, 3),
            lambda d: self.call("MID", self.make("text", d), self.small(0, 3), self.small(0, 3)),
            self.of("SUBSTITUTE", "text", "text", "text"),
            self.with_count("REPT", "text", 0, 4),
            *(self.of(n, "text") for n in ("UPPER", "LOWER", "TRIM", "HALFWIDTH", "DIGITS")),
            lambda d: self.call(
                "PADLEFT", self.make("text", d), self.small(0, 9), self.make("text", d - 1)
            ),
            lambda d: self.call("JOIN", self.make("text", 0), self.items(d), self.make("text", d)),
            self.of("TEXT", "number", "=0|000|0.00|#,##0|#,##0.00|0.0%|0.000000000000"),
            self.of("TEXT", "date", "=yyyy-mm-dd|yyyy年m月d日|yyyymm|aaaa|yy/m/d"),
            self.of("TEXT", "datetime", "=yyyy-mm-dd hh:mm|h时mm分ss秒|aaaa hh|m/d"),
            lambda d: self.call("MASK", self.make("text", d), self.small(0, 4), self.small(0, 4)),
            self.of("RMBCAP", "number"),
            *self.branching("text"),
            *self.ends("text"),
            self.aggregate("MIN", "text"),
            self.conditional("MAXIF", "text"),
        ]

    def _boolean_makers(self) -> list[Maker]:
        kinds = ("number", "text", "date", "datetime", "duration")

        def compared(depth: int) -> Node:
            kind = self.chance.choice([*kinds, "boolean", "choice"])
            signs = (
                ["=", "<>"] if kind in ("boolean", "choice") else ["=", "<>", "<", "<=", ">", ">="]
            )
            return self.call(
                self.chance.choice(signs), self.make(kind, depth), self.make(kind, depth)
            )

        def member(depth: int) -> Node:
            kind = self.chance.choice(["number", "text", "choice", "date"])
            items = [self.make(kind, depth - 1) for _ in range(self.chance.choice([1, 2, 3]))]
            return self.call(self.chance.choice(["IN", "NOT IN"]), self.make(kind, depth), *items)

        def listed(depth: int) -> Node:
            kind = self.chance.choice(["number", "text", "choice"])
            return self.call(
                self.chance.choice(["IN", "NOT IN"]),
                self.make(kind, depth),
                self.items(depth, kind),
            )

        def blank(depth: int) -> Node:
            kind = self.chance.choice([*self.makers, "list", "rows"])
            if kind == "rows":
                return self.call("ISBLANK", self.lines(depth))
            inner = self.items(depth) if kind == "list" else self.make(kind, depth)
            return self.call("ISBLANK", inner)

        def between(depth: int) -> Node:
            kind = self.chance.choice(kinds)
            return self.call("BETWEEN", *(self.make(kind, depth) for _ in range(3)))

        def me(depth: int) -> Node:
            user = nodes.Field(("p1",), t.USER, self.row_levels)
            return self.call(self.chance.choice(["=", "<>"]), user, nodes.Me((), t.USER))

        windows = "=today|this_week|last_month|this_quarter|next_year|last_7_days|next_30_days"
        return [
            compared,
            compared,
            compared,
            compared,
            member,
            listed,
            blank,
            between,
            me,
            self.chain("AND", "boolean"),
            self.chain("OR", "boolean"),
            self.of("NOT", "boolean"),
            self.of("NOT", "boolean"),
            *(self.of(n, "text", "text") for n in ("CONTAINS", "BEGINS", "ENDS")),
            self.of("ISMOBILE", "text"),
            self.of("ISCREDITCODE", "text"),
            self.of("WITHIN", "date", windows),
            self.of("WITHIN", "datetime", windows),
            self.counted("ANY"),
            self.counted("ALL"),
            *self.branching("boolean"),
        ]

    def _date_makers(self) -> list[Maker]:
        units = "=year|quarter|month|week|day"
        return [
            lambda d: self.call("+", self.make("date", d), self.small(-400, 400)),
            lambda d: self.call("+", self.small(-400, 400), self.make("date", d)),
            lambda d: self.call("-", self.make("date", d), self.make("number", d)),
            lambda d: self.call(
                "DATE", self.small(1899, 2030), self.small(0, 13), self.small(0, 31)
            ),
            self.of("TODATE", "text"),
            self.of("TODATE", "datetime"),
            self.of("TODATE", "datetime"),
            lambda d: self.call(
                "DATEADD",
                self.make("date", d),
                self.small(-30, 30),
                Literal(self.chance.choice(units[1:].split("|")), t.TEXT),
            ),
            self.with_count("EDATE", "date", -30, 30),
            self.with_count("EOMONTH", "date", -3, 3),
            self.of("STARTOF", "date", units),
            lambda d: self.call("TODAY"),
            *self.branching("date"),
            *self.ends("date"),
            self.aggregate("MAX", "date"),
        ]

    def _datetime_makers(self) -> list[Maker]:
        units = ["year", "quarter", "month", "week", "day", "hour", "minute"]
        return [
            lambda d: self.call(
                "DATETIME", self.make("date", d), self.small(-1, 24), self.small(0, 60)
            ),
            lambda d: self.call(
                "DATETIME",
                self.make("date", d),
                self.small(0, 23),
                self.small(0, 59),
                self.small(0, 59),
            ),
            self.of("+", "datetime", "duration"),
            self.of("+", "duration", "datetime"),
            self.of("-", "datetime", "duration"),
            lambda d: self.call(
                "DATEADD",
                self.make("datetime", d),
                self.small(-50, 50),
                Literal(self.chance.choice(units), t.TEXT),
            ),
            self.of("STARTOF", "datetime", "=" + "|".join(units)),
            lambda d: self.call("NOW"),
            *self.branching("datetime"),
            *self.ends("datetime"),
        ]

    def duration(self, depth: int) -> Node:
        unit = Literal(self.chance.choice(["week", "day", "hour", "minute", "second"]), t.TEXT)
        return self.call("DURATION", self.make("number", depth), unit)

    def _duration_makers(self) -> list[Maker]:
        return [
            self.duration,
            self.of("-", "datetime", "datetime"),
            self.of("+", "duration", "duration"),
            self.of("-", "duration", "duration"),
            self.of("*", "duration", "number"),
            self.of("*", "number", "duration"),
            self.of("/", "duration", "number"),
            self.negative("duration"),
            self.aggregate("SUM", "duration"),
            self.aggregate("AVERAGE", "duration"),
            *self.branching("duration"),
            *self.ends("duration"),
        ]

    def _choice_makers(self) -> list[Maker]:
        return [*self.branching("choice"), *self.ends("choice")]
