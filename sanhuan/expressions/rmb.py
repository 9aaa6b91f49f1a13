"""Amounts in Chinese capital characters (人民币大写).

After the rules for filling in bank bills (《支付结算办法》附件一): 零 for gaps,
整 after yuan or jiao, nothing after fen.
"""

from __future__ import annotations

from sanhuan.expressions import numbers
from sanhuan.expressions.errors import Failure

_DIGITS = "零壹贰叁肆伍陆柒捌玖"
_PLACES = ("", "拾", "佰", "仟")
_SECTIONS = ("", "万", "亿", "万亿")
YUAN_LIMIT = 10**16


def capital(number: int) -> str:
    """The amount of an inner number of yuan, rounded to fen first.

    Raises bad_argument from 10^16 yuan on.
    """
    fen = numbers.half_away(number, numbers.ONE // 100)
    if abs(fen) >= YUAN_LIMIT * 100:
        raise Failure("bad_argument")
    yuan, rest = divmod(abs(fen), 100)
    text = _whole(yuan) + ("元" if yuan else "") + _cents(rest, bool(yuan))
    return ("负" if fen < 0 else "") + (text if fen else "零元整")


def _cents(fen: int, after_yuan: bool) -> str:
    jiao, cent = divmod(fen, 10)
    if not fen:
        return "整"
    if not jiao:
        return ("零" if after_yuan else "") + _DIGITS[cent] + "分"
    return _DIGITS[jiao] + "角" + (_DIGITS[cent] + "分" if cent else "整")


def _whole(yuan: int) -> str:
    text = ""
    gap = False
    for index in reversed(range(4)):
        section = yuan // 10_000**index % 10_000
        if not section:
            gap = bool(text)
            continue
        if gap or (text and section < 1_000):
            text += "零"
        text += _section(section) + _unit(index, yuan)
        gap = False
    return text


def _unit(index: int, yuan: int) -> str:
    if index == 3:
        return "万" if yuan // 10_000**2 % 10_000 else "万亿"
    return _SECTIONS[index]


def _section(section: int) -> str:
    text = ""
    gap = False
    for index in reversed(range(4)):
        digit = section // 10**index % 10
        if not digit:
            gap = bool(text)
            continue
        text += ("零" if gap else "") + _DIGITS[digit] + _PLACES[index]
        gap = False
    return text
