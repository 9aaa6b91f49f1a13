"""Functions over text. Positions and lengths count code points."""

from __future__ import annotations

import re
from decimal import Decimal

from sanhuan.expressions import limits, names, numbers
from sanhuan.expressions import types as t
from sanhuan.expressions.closures import Closure, Compiler, Env, lenient, limited, strict
from sanhuan.expressions.errors import Failure
from sanhuan.expressions.formats import text_format
from sanhuan.expressions.functions import operators, operators_sql
from sanhuan.expressions.functions import text_sql as sql
from sanhuan.expressions.nodes import Call
from sanhuan.expressions.rmb import capital
from sanhuan.expressions.signature import Arguments, Function, scalar

_BEYOND = 10**9
BLANKS = " \t\r\n\u3000\u00a0"
_LOWER = "abcdefghijklmnopqrstuvwxyz"
_UPPER = _LOWER.upper()
_TO_UPPER = str.maketrans(_LOWER, _UPPER)
_TO_LOWER = str.maketrans(_UPPER, _LOWER)
_NOT_DIGITS = re.compile(r"[^0-9]+")
_NUMBER = re.compile(r"([+-]?)([0-9]+|[0-9]{1,3}(?:,[0-9]{3})+)(\.[0-9]+)?(%?)")
_MOBILE = re.compile(r"1[3-9][0-9]{9}")
CREDIT_CODE_LETTERS = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_CREDIT_CODE = re.compile(r"[0-9A-HJ-NPQRTUWXY]{18}")


def _count(number: int) -> int:
    """A length or position; larger than any text counts as one beyond it."""
    whole, rest = divmod(number, numbers.ONE)
    if rest or whole < 0:
        raise Failure("bad_argument")
    return min(whole, _BEYOND)


def _left(text: str, count: int) -> str | None:
    return text[: _count(count)] or None


def _right(text: str, count: int) -> str | None:
    length = _count(count)
    return (text[-length:] if length else "") or None


def _position(number: int) -> int:
    position = _count(number)
    if position < 1:
        raise Failure("bad_argument")
    return position


def _mid(text: str, start: int, count: int) -> str | None:
    begin = _position(start) - 1
    return text[begin : begin + _count(count)] or None


def _find(part: str, text: str, start: int = numbers.ONE) -> int | None:
    found = text.find(part, _position(start) - 1)
    return None if found < 0 else (found + 1) * numbers.ONE


def _length(text: str | None) -> int:
    return len(text or "") * numbers.ONE


def _contains(text: str | None, part: str | None) -> bool | None:
    return None if part is None else part in (text or "")


def _begins(text: str | None, part: str | None) -> bool | None:
    return None if part is None else (text or "").startswith(part)


def _ends(text: str | None, part: str | None) -> bool | None:
    return None if part is None else (text or "").endswith(part)


def _substitute(text: str | None, old: str | None, new: str | None) -> str | None:
    if text is None or old is None:
        return None
    grown = len(text) + text.count(old) * (len(new or "") - len(old))
    if grown > limits.TEXT_POINTS:
        raise Failure("limit")
    return text.replace(old, new or "") or None


def _repeat(text: str, count: int) -> str | None:
    times = _count(count)
    if times * len(text) > limits.TEXT_POINTS:
        raise Failure("limit")
    return text * times or None


def _pad_left(text: str, width: int, pad: str) -> str:
    wanted = _count(width)
    if wanted > limits.TEXT_POINTS:
        raise Failure("limit")
    missing = wanted - len(text)
    return text if missing <= 0 else (pad * missing)[:missing] + text


def _upper(text: str) -> str:
    return text.translate(_TO_UPPER)


def _lower(text: str) -> str:
    return text.translate(_TO_LOWER)


def _trim(text: str) -> str | None:
    return text.strip(BLANKS) or None


def _digits(text: str) -> str | None:
    return _NOT_DIGITS.sub("", text) or None


def _mask(text: str, head: int, tail: int) -> str:
    first, last = _count(head), _count(tail)
    hidden = len(text) - first - last
    if hidden <= 0:
        return "*" * len(text)
    return text[:first] + "*" * hidden + text[len(text) - last :]


def _number(text: str) -> int:
    match = _NUMBER.fullmatch(names.halfwidth(text).strip(BLANKS))
    if not match:
        raise Failure("bad_number")
    whole, fraction = match[2].replace(",", ""), match[3] or ""
    if len(whole) > 26 or len(fraction) > 13:
        raise Failure("bad_number")
    value = numbers.scaled(Decimal(match[1] + whole + fraction))
    return numbers.half_away(value, 100) if match[4] else value


def _is_mobile(text: str) -> bool:
    return _MOBILE.fullmatch(text) is not None


def _is_credit_code(text: str) -> bool:
    """The unified social credit code of GB 32100-2015, with its check digit."""
    if not _CREDIT_CODE.fullmatch(text):
        return False
    values = [CREDIT_CODE_LETTERS.index(letter) for letter in text]
    total = sum(value * pow(3, place, 31) for place, value in enumerate(values[:17]))
    return (31 - total % 31) % 31 == values[17]


def _join_type(arguments: Arguments) -> t.Type:
    arguments.take(0, "t")
    for index in range(1, len(arguments)):
        arguments.text(index)
    return t.TEXT


def _join(compiler: Compiler, call: Call) -> Closure:
    separator = compiler(call.args[0])
    parts = [(compiler(arg), isinstance(arg.type, t.ListOf)) for arg in call.args[1:]]

    def run(env: Env) -> str | None:
        between = separator(env) or ""
        found: list[str] = []
        for part, is_list in parts:
            value = part(env)
            found.extend(v for v in (value if is_list else (value,)) if v is not None)
        size = sum(map(len, found)) + len(between) * max(len(found) - 1, 0)
        if size > limits.TEXT_POINTS:
            raise Failure("limit")
        return limited(between.join(found))

    return run


def _text_type(arguments: Arguments) -> t.Type:
    scalar(arguments, 0)
    kind = arguments.take(0, "nds")
    text_format(arguments.written(1), kind, arguments.items[1].span)
    return t.TEXT


def _text(compiler: Compiler, call: Call) -> Closure:
    inner = compiler(call.args[0])
    written = getattr(call.args[1], "value", "")
    form = text_format(written, call.args[0].type)

    def run(env: Env) -> str | None:
        value = inner(env)
        return None if value is None else form.apply(value, env.context.zone)

    return run


def _rmb(number: int) -> str:
    return capital(number)


FUNCTIONS = (
    Function(
        "LEN", "text", "t", t.NUMBER, "文本", python=lenient(_length),
        sql=sql.length, never_null=True,
        zh="字数;空为 0", en="Number of characters; 0 for null", example=('LEN("三环ab")', "4"),
    ),
    Function(
        "LEFT", "text", "t n", t.TEXT, "文本, 字数", python=strict(_left), sql=sql.left,
        zh="开头几个字", en="The first characters", example=('LEFT("华为技术", 2)', "华为"),
    ),
    Function(
        "RIGHT", "text", "t n", t.TEXT, "文本, 字数", python=strict(_right), sql=sql.right,
        zh="末尾几个字", en="The last characters", example=('RIGHT("华为技术", 2)', "技术"),
    ),
    Function(
        "MID", "text", "t n n", t.TEXT, "文本, 从第几个, 字数", python=strict(_mid), sql=sql.mid,
        zh="中间几个字", en="Characters from a position",
        example=('MID("华为技术", 2, 2)', "为技"),
    ),
    Function(
        "FIND", "text", "t t n?", t.NUMBER, "找什么, 在哪里, 从第几个", python=strict(_find),
        sql=sql.find,
        zh="第一次出现的位置,没有则为空", en="Position of the first occurrence, null if absent",
        example=('FIND("b", "abc")', "2"),
    ),
    Function(
        "CONTAINS", "text", "t t", t.BOOLEAN, "文本, 部分", python=lenient(_contains),
        sql=sql.holding(sql.has),
        zh="包含,区分大小写", en="Contains, case-sensitive",
        example=('CONTAINS("华为技术", "技")', "TRUE"),
    ),
    Function(
        "BEGINS", "text", "t t", t.BOOLEAN, "文本, 部分", python=lenient(_begins),
        sql=sql.holding(sql.starts),
        zh="以此开头", en="Begins with", example=('BEGINS("华为技术", "华为")', "TRUE"),
    ),
    Function(
        "ENDS", "text", "t t", t.BOOLEAN, "文本, 部分", python=lenient(_ends),
        sql=sql.holding(sql.finishes),
        zh="以此结尾", en="Ends with", example=('ENDS("华为技术", "技术")', "TRUE"),
    ),
    Function(
        "SUBSTITUTE", "text", "t t t", t.TEXT, "文本, 旧, 新", python=lenient(_substitute),
        sql=sql.substitute,
        zh="替换全部", en="Replaces every occurrence",
        example=('SUBSTITUTE("a-b", "-", "")', "ab"),
    ),
    Function(
        "REPT", "text", "t n", t.TEXT, "文本, 次数", python=strict(_repeat), sql=sql.repeat,
        zh="重复", en="Repeats", example=('REPT("*", 3)', "***"),
    ),
    Function(
        "UPPER", "text", "t", t.TEXT, "文本", python=strict(_upper), sql=sql.upper,
        zh="英文字母变大写", en="ASCII letters to capitals", example=('UPPER("ab")', "AB"),
    ),
    Function(
        "LOWER", "text", "t", t.TEXT, "文本", python=strict(_lower), sql=sql.lower,
        zh="英文字母变小写", en="ASCII letters to small ones", example=('LOWER("AB")', "ab"),
    ),
    Function(
        "TRIM", "text", "t", t.TEXT, "文本", python=strict(_trim), sql=sql.trim,
        zh="去掉两端空白", en="Without blanks at both ends", example=('TRIM(" a b ")', "a b"),
    ),
    Function(
        "HALFWIDTH", "text", "t", t.TEXT, "文本", python=strict(names.halfwidth), sql=sql.halfwidth,
        zh="全角变半角", en="Full-width to half-width", example=('HALFWIDTH("Ａ１")', "A1"),
    ),
    Function(
        "DIGITS", "text", "t", t.TEXT, "文本", python=strict(_digits), sql=sql.digits,
        zh="只留数字", en="The digits only", example=('DIGITS("0571-88")', "057188"),
    ),
    Function(
        "PADLEFT", "text", "k n t", t.TEXT, "值, 长度, 填充", python=strict(_pad_left),
        sql=sql.pad_left,
        zh="左边补足长度,不截断", en="Pads on the left, never cuts",
        example=('PADLEFT(7, 4, "0")', "0007"),
    ),
    Function(
        "CONCAT", "text", "k k*", t.TEXT, "值, …", typing=operators.texts,
        python=operators.join, sql=operators_sql.joined, zh="连接文本", en="Joins texts",
        example=('CONCAT("a", NULL, "b")', "ab"),
    ),
    Function(
        "JOIN", "text", "t k k*", t.TEXT, "分隔, 值或列表, …", typing=_join_type, python=_join,
        sql=sql.join,
        zh="用分隔符连接,空值略过", en="Joins with a separator, skipping nulls",
        example=('JOIN("、", "甲", NULL, "乙")', "甲、乙"),
    ),
    Function(
        "TEXT", "text", "x t", t.TEXT, "数字、日期或时间, 格式", typing=_text_type, python=_text,
        sql=sql.formatted,
        zh="按格式写成文本", en="Written in a format",
        example=('TEXT(1234.5, "#,##0.00")', "1,234.50"),
    ),
    Function(
        "NUMBER", "text", "t", t.NUMBER, "文本", python=strict(_number),
        sql=sql.to_number, aliases=("VALUE",),
        zh="文本变数字", en="A text as a number", example=('NUMBER("1,234.5")', "1234.5"),
    ),
    Function(
        "MASK", "text", "t n n", t.TEXT, "文本, 留头, 留尾", python=strict(_mask), sql=sql.mask,
        zh="中间变星号", en="Stars in the middle",
        example=('MASK("13812345678", 3, 4)', "138****5678"),
    ),
    Function(
        "RMBCAP", "text", "n", t.TEXT, "金额", python=strict(_rmb), sql=sql.rmb,
        zh="人民币大写", en="An amount in Chinese capitals",
        example=("RMBCAP(10.05)", "壹拾元零伍分"),
    ),
    Function(
        "ISMOBILE", "text", "t", t.BOOLEAN, "文本", python=strict(_is_mobile), sql=sql.mobile,
        zh="是否大陆手机号", en="Whether it is a mainland mobile number",
        example=('ISMOBILE("13812345678")', "TRUE"),
    ),
    Function(
        "ISCREDITCODE", "text", "t", t.BOOLEAN, "文本", python=strict(_is_credit_code),
        sql=sql.credit_code,
        zh="统一社会信用代码是否正确", en="Whether it is a valid credit code (GB 32100)",
        example=('ISCREDITCODE("91350100M000100Y43")', "TRUE"),
    ),
)  # fmt: skip
