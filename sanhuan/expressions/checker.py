"""Text -> checked expression: names become ids, every node gets its type."""

from __future__ import annotations

import dataclasses
import difflib
from collections.abc import Sequence
from decimal import Decimal
from typing import NoReturn

from sanhuan.expressions import calls, functions, grammar, limits, literals, nodes, paths
from sanhuan.expressions import types as t
from sanhuan.expressions.errors import ExpressionError, refusal
from sanhuan.expressions.names import EMPTY, Listed, Name, Scope, folded
from sanhuan.expressions.nodes import Call, Expression, Literal, Node
from sanhuan.expressions.normalise import Normalised, normalise
from sanhuan.expressions.signature import Allowed, Arguments, Checked, Function

_CONSTANTS = {
    "TRUE": Literal(True, t.BOOLEAN),
    "FALSE": Literal(False, t.BOOLEAN),
    "NULL": Literal(None, t.NULL),
}
_RECORD_WORDS = frozenset({"本记录", "THIS"})
Span = tuple[int, int]


def check(
    text: str, scope: Scope, *, language: str = "zh", allow: Allowed = Allowed.EVERYTHING
) -> Expression:
    """The checked formula.

    `language` is the author's (labels in it are tried first); `allow` says what
    the place where the formula stands lets it ask. Raises ExpressionError.
    """
    source = normalise(text)
    return calls.finish(Checker(source, scope, language, allow).formula())


class Checker:
    """Checks one formula. `input_node` is what `?` means in a decision table."""

    def __init__(
        self,
        source: Normalised,
        scope: Scope,
        language: str,
        allow: Allowed,
        input_node: Node | None = None,
    ) -> None:
        self.source = source
        self.levels: list[Scope] = [scope]
        self.language = language
        self.allow = allow
        self.input_node = input_node
        self.count = 0
        self.depth = 0

    def formula(self) -> Node:
        tree = grammar.parse(self.source)
        return self.check(tree.children[0]).node

    def check(self, tree: grammar.Tree) -> Checked:
        """The node of a syntax tree, in the innermost level of names."""
        self.depth += 1
        if self.depth > limits.LEVELS:
            grammar.refuse_depth(self.span(tree))
        checked: Checked = getattr(self, f"on_{tree.data}")(tree)
        self.depth -= 1
        return checked

    def span(self, tree: grammar.Tree) -> Span:
        return self.source.span(tree.meta.start_pos, tree.meta.end_pos)

    def made(self, node: Node, span: Span) -> Checked:
        self.counted(1, span)
        return Checked(node, span)

    def counted(self, nodes_made: int, span: Span) -> None:
        self.count += nodes_made
        if self.count > limits.NODES:
            raise refusal(
                "limit",
                f"公式超过 {limits.NODES} 个部分",
                f"The formula has more than {limits.NODES} parts",
                span=span,
                remedy=("拆成几个公式字段", "Split it into several formula fields"),
            )

    # literals

    def on_number(self, tree: grammar.Tree) -> Checked:
        return self.made(literals.number(grammar.word(tree), self.span(tree)), self.span(tree))

    def on_string(self, tree: grammar.Tree) -> Checked:
        text = grammar.word(tree)[1:-1].replace('""', '"')
        return self.made(Literal(text or None, t.TEXT), self.span(tree))

    def on_date(self, tree: grammar.Tree) -> Checked:
        span = self.span(tree)
        return self.made(literals.moment(grammar.word(tree)[1:-1], span), span)

    def on_const(self, tree: grammar.Tree) -> Checked:
        return self.made(_CONSTANTS[grammar.word(tree).upper()], self.span(tree))

    # operators

    def on_or_expr(self, tree: grammar.Tree) -> Checked:
        return self.chain("OR", tree, tree.children[0::2])

    def on_and_expr(self, tree: grammar.Tree) -> Checked:
        return self.chain("AND", tree, tree.children[0::2])

    def on_concat(self, tree: grammar.Tree) -> Checked:
        return self.chain("&", tree, tree.children)

    def chain(self, name: str, tree: grammar.Tree, operands: Sequence[grammar.Tree]) -> Checked:
        return self.flat(name, [self.check(operand) for operand in operands], self.span(tree))

    def flat(self, name: str, items: list[Checked], span: Span) -> Checked:
        """A call whose first argument, when it is the same call, is spread."""
        first = items[0].node
        if isinstance(first, Call) and first.name == name:
            inner = items[0].depth - 1
            items = [*(Checked(arg, items[0].span, inner) for arg in first.args), *items[1:]]
        return self.apply(name, items, span)

    def on_neg(self, tree: grammar.Tree) -> Checked:
        return self.apply("NOT", [self.check(tree.children[1])], self.span(tree))

    def on_cmp(self, tree: grammar.Tree) -> Checked:
        left, sign, right = tree.children
        return self.apply(str(sign), [self.check(left), self.check(right)], self.span(tree))

    def on_member(self, tree: grammar.Tree) -> Checked:
        return self.membership("IN", tree.children[0], tree.children[-1], self.span(tree))

    def on_not_member(self, tree: grammar.Tree) -> Checked:
        return self.membership("NOT IN", tree.children[0], tree.children[-1], self.span(tree))

    def membership(self, name: str, one: grammar.Tree, many: grammar.Tree, span: Span) -> Checked:
        first = self.check(one)
        items = many.children if many.data == "items" else [many]
        return self.apply(name, [first, *(self.check(item) for item in items)], span)

    def on_sum(self, tree: grammar.Tree) -> Checked:
        left = self.check(tree.children[0])
        for sign, operand in zip(tree.children[1::2], tree.children[2::2], strict=True):
            left = self.added(left, str(sign), self.check(operand), self.span(tree))
        return left

    def added(self, left: Checked, sign: str, right: Checked, span: Span) -> Checked:
        if not _are_numbers(left, right):
            return self.apply(sign, [left, right], span)
        if sign == "-":
            right = self.apply("@minus", [right], right.span)
        return self.flat("+", [left, right], span)

    def on_product(self, tree: grammar.Tree) -> Checked:
        left = self.check(tree.children[0])
        for sign, operand in zip(tree.children[1::2], tree.children[2::2], strict=True):
            left = self.multiplied(left, str(sign), self.check(operand), self.span(tree))
        return left

    def multiplied(self, left: Checked, sign: str, right: Checked, span: Span) -> Checked:
        if not _are_numbers(left, right):
            return self.apply(sign, [left, right], span)
        if sign == "/":
            right = self.apply("@over", [right], right.span)
        return self.flat("*", [left, right], span)

    def on_power(self, tree: grammar.Tree) -> Checked:
        left = self.check(tree.children[0])
        for operand in tree.children[1:]:
            left = self.apply("^", [left, self.check(operand)], self.span(tree))
        return left

    def on_sign(self, tree: grammar.Tree) -> Checked:
        sign, operand = tree.children
        inner = self.check(operand)
        span = self.span(tree)
        if sign == "-":
            if isinstance(inner.node, Literal) and inner.type.kind == "number":
                return Checked(_negated(inner.node), span)
            return self.apply("neg", [inner], span)
        self.arguments("neg", [inner], span).take(0, "nu")
        return inner

    def on_pct(self, tree: grammar.Tree) -> Checked:
        return self.apply("%", [self.check(tree.children[0])], self.span(tree))

    # calls

    def on_call(self, tree: grammar.Tree) -> Checked:
        fname, *args = tree.children
        function = self.function(grammar.word(fname), self.span(fname))
        self.allowed(function, self.span(tree))
        self.counted_arguments(function, len(args), tree)
        items = [self.check(args[0])] if args else []
        if function.name in nodes.PER_ROW:
            self.per_row(function, items, args[1], tree)
        else:
            items.extend(self.check(arg) for arg in args[1:])
        if function.name in ("AND", "OR") and len(items) > 1:
            return self.flat(function.name, items, self.span(tree))
        return self.apply(function.name, items, self.span(tree))

    def per_row(
        self, function: Function, items: list[Checked], condition: grammar.Tree, tree: grammar.Tree
    ) -> None:
        rows = items[0].node
        kind = rows.rows.type if isinstance(rows, nodes.Column) else rows.type
        if not isinstance(kind, t.Rows):
            wanted = "rows" if function.takes.startswith("r") else "list"
            self.arguments(function.name, items, self.span(tree)).mismatch(0, [wanted])
        self.levels.append(self.levels[-1].far(kind.object))
        items.append(self.check(condition))
        self.levels.pop()

    def function(self, name: str, span: Span) -> Function:
        found = functions.find({"且": "AND", "或": "OR"}.get(name, name))
        if found is None:
            near = difflib.get_close_matches(
                name.upper(), [f.name for f in functions.FUNCTIONS.values() if not f.is_operator]
            )
            raise refusal(
                "unknown_function",
                f"没有函数 {name[:40]}" + (f",是不是 {near[0]}?" if near else ""),
                f"There is no function {name[:40]}"
                + (f"; did you mean {near[0]}?" if near else ""),
                span=span,
                replacement=near[0] if near else None,
                names=tuple(near),
            )
        return found

    def allowed(self, function: Function, span: Span) -> None:
        if function.needs & ~self.allow:
            self.refuse_place(function.name, span)

    def refuse_place(self, name: str, span: Span) -> NoReturn:
        raise refusal(
            "not_allowed",
            f"这里不能用 {name}",
            f"{name} cannot be used here",
            span=span,
            remedy=("改用实时公式,或写在规则里", "Use a live formula, or a rule"),
        )

    def counted_arguments(self, function: Function, count: int, tree: grammar.Tree) -> None:
        least, most = function.arity()
        if function.name in nodes.PER_ROW and count == 3:
            self.refuse_excel_order(function, tree)
        if count < least or count > (limits.ARGUMENTS if most is None else most):
            self.arguments(function.name, [], self.span(tree)).refuse_count(
                f"写作 {function.signature}", f"write {function.signature}"
            )

    def refuse_excel_order(self, function: Function, tree: grammar.Tree) -> NoReturn:
        column, wanted, values = (
            self.source.text[arg.meta.start_pos : arg.meta.end_pos] for arg in tree.children[1:]
        )
        better = f"{function.name}({values}, {column.rpartition('.')[2]} = {wanted})"
        self.arguments(function.name, [], self.span(tree)).refuse_count(
            f"条件写在后面:{better}",
            f"the condition comes last: {better}",
            replacement=better,
        )

    def arguments(self, name: str, items: list[Checked], span: Span) -> Arguments:
        return Arguments(name, items, span, self.language)

    def apply(self, name: str, items: list[Checked], span: Span) -> Checked:
        """The typed call of a function or operator."""
        arguments = self.arguments(name, items, span)
        kind = functions.FUNCTIONS[name].type_of(arguments)
        checked = self.made(Call(name, tuple(item.node for item in items), kind), span)
        checked.depth = 1 + max((item.depth for item in items), default=0)
        if checked.depth > limits.LEVELS:
            grammar.refuse_depth(span)
        return checked

    # names and paths

    def on_name_ref(self, tree: grammar.Tree) -> Checked:
        text, quoted = self.written_name(tree.children[0])
        span = self.span(tree)
        if text == "?" and quoted and self.input_node is not None:
            return self.made(self.input_node, span)
        if not quoted and text.upper() == "ME":
            if not self.allow & Allowed.ME:
                self.refuse_place("ME", span)
            return self.made(nodes.Me((), t.USER), span)
        for up, scope in enumerate(reversed(self.levels)):
            if found := scope.find(text, self.language):
                return self.made(paths.field(self.one(found, text, span), up), span)
        raise self.unknown_name(text, span)

    def written_name(self, tree: grammar.Tree) -> tuple[str, bool]:
        text = grammar.word(tree)
        return (text[1:-1].strip(), True) if text.startswith("{") else (text, False)

    def one(self, found: Sequence[Name], text: str, span: Span) -> Name:
        if len(found) == 1:
            return found[0]
        names = tuple(name.api_name for name in found)
        raise refusal(
            "ambiguous_name",
            f"有几个字段都叫“{text[:40]}”:{'、'.join(names)}",
            f"Several fields are called “{text[:40]}”: {', '.join(names)}",
            span=span,
            remedy=("用 API 名写明是哪一个", "Say which one by its API name"),
            names=names,
        )

    def unknown_name(self, text: str, span: Span, scope: Scope | None = None) -> ExpressionError:
        near = _nearest(text, [scope] if scope else self.levels, self.language)
        hint = (("用函数时写括号", "Functions take brackets"),) if functions.find(text) else ()
        return refusal(
            "unknown_name",
            f"没有字段“{text[:40]}”" + (f",是不是“{near[0]}”?" if near else ""),
            f"There is no field “{text[:40]}”" + (f"; did you mean “{near[0]}”?" if near else ""),
            span=span,
            remedy=hint[0] if hint else None,
            replacement=near[0] if near else None,
            names=tuple(near),
        )

    def on_path(self, tree: grammar.Tree) -> Checked:
        owner, name = tree.children
        text, _ = self.written_name(name)
        span = self.span(tree)
        if self.is_record_word(owner):
            found = self.levels[0].find(text, self.language)
            if not found:
                raise self.unknown_name(text, self.span(name), self.levels[0])
            return self.made(paths.field(self.one(found, text, span), len(self.levels) - 1), span)
        base = self.check(owner)
        return Checked(self.step(base, text, self.span(name)), span, base.depth)

    def is_record_word(self, owner: grammar.Tree) -> bool:
        if owner.data != "name_ref":
            return False
        text, quoted = self.written_name(owner.children[0])
        return not quoted and text.upper() in _RECORD_WORDS

    def step(self, base: Checked, text: str, span: Span) -> Node:
        """What the name `text` reaches from a reference, rows, or inside a value."""
        kind = base.type
        if part := self.part(base.node, text):
            node = base.node
            return dataclasses.replace(node, path=(*node.path, part.id), type=part.type)  # type: ignore[union-attr,arg-type]  # part() gives names of fields only
        target = kind.item if isinstance(kind, t.ListOf) else kind
        if not isinstance(target, t.Reference | t.Rows):
            literals.refuse_type(kind, ["reference", "rows"], f".{text[:40]}", span)
        scope = self.levels[0].far(target.object)
        found = scope.find(text, self.language)
        if not found:
            raise self.unknown_name(text, span, scope)
        reached = paths.extend(base.node, self.one(found, text, span))
        if reached is None:
            literals.refuse_type(kind, ["reference", "rows"], f".{text[:40]}", span)
        self.limit_hops(reached, span)
        return reached

    def part(self, node: Node, text: str) -> Name | None:
        """The part of that name inside the field that ends the node's path."""
        if not isinstance(node, nodes.Field | nodes.Me | nodes.Column) or not node.path:
            return None
        last = self.last_name(node)
        if last is None or not last.parts:
            return None
        wanted = folded(text)
        for part in last.parts:
            if wanted in {folded(part.api_name), *map(folded, part.labels.values())}:
                return part
        return None

    def last_name(self, node: nodes.Field | nodes.Me | nodes.Column) -> Name | None:
        if isinstance(node, nodes.Field):
            scope = self.levels[-1 - node.up]
        elif isinstance(node, nodes.Me):
            scope = self.levels[0].far("user")
        else:
            kind = node.rows.type
            scope = self.levels[0].far(kind.object) if isinstance(kind, t.Rows) else EMPTY
        return paths.name_at(scope, node.path)

    def limit_hops(self, node: Node, span: Span) -> None:
        path = getattr(node, "path", ())
        before = nodes.rows_path(node)[0] if isinstance(node, nodes.Column) else ()
        if len(path) + len(before) - 1 > limits.HOPS:
            raise refusal(
                "limit",
                f"路径超过 {limits.HOPS} 步",
                f"The path has more than {limits.HOPS} hops",
                span=span,
            )


def _are_numbers(left: Checked, right: Checked) -> bool:
    kinds = {left.type.kind, right.type.kind}
    return kinds <= {"number", "null"}


def _negated(node: Literal) -> Literal:
    assert isinstance(node.value, Decimal)
    return Literal(-node.value if node.value else node.value, t.NUMBER)


def _nearest(text: str, levels: Sequence[Scope], language: str) -> list[str]:
    known: list[str] = []
    for scope in reversed(levels):
        if isinstance(scope, Listed):
            for name in scope.names():
                known.extend((name.labels.get(language) or name.api_name, name.api_name))
    return difflib.get_close_matches(text, dict.fromkeys(known), n=3, cutoff=0.5)
