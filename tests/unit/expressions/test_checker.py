"""Refusals point at what was typed, in both languages, with a remedy; names and limits."""

from __future__ import annotations

import pytest

from sanhuan import expressions
from sanhuan.expressions import Allowed, ExpressionError, Name, Names
from sanhuan.expressions import types as t

OTHERS: dict[str, Names] = {}
ACCOUNT = Names(
    [
        Name("a1", "name", {"zh": "名称", "en": "Name"}, t.TEXT),
        Name("a2", "parent", {"zh": "上级", "en": "Parent"}, t.Reference("account")),
        Name("a3", "contacts", {"zh": "联系人"}, t.Rows("contact")),
    ],
    OTHERS,
)
CONTACT = Names(
    [
        Name("c1", "name", {"zh": "姓名"}, t.TEXT),
        Name("c2", "account", {"zh": "客户"}, t.Reference("account")),
        Name("c3", "age", {"zh": "年龄"}, t.NUMBER),
        Name("c4", "notes", {"zh": "备注"}, t.Rows("note")),
    ],
    OTHERS,
)
NOTE = Names([Name("n1", "length", {"zh": "长度"}, t.NUMBER)])
SCOPE = Names(
    [
        Name("f1", "amount", {"zh": "金额", "en": "Amount"}, t.NUMBER),
        Name("f2", "signed", {"zh": "签约日", "en": "Signed"}, t.DATE),
        Name("f3", "created", {"zh": "创建时间", "en": "Created"}, t.DATETIME),
        Name("f4", "account", {"zh": "客户", "en": "Account"}, t.Reference("account")),
        Name("f5", "photo", {"zh": "照片"}, t.OPAQUE),
        Name(
            "f6",
            "price",
            {"zh": "总价", "en": "Price"},
            t.OPAQUE,
            (
                Name("amount", "amount", {"zh": "金额", "en": "Amount"}, t.NUMBER),
                Name("currency", "currency", {"zh": "币种", "en": "Currency"}, t.TEXT),
            ),
        ),
        Name("f7", "age", {"zh": "年龄"}, t.NUMBER),
    ],
    OTHERS,
)
OTHERS |= {"account": ACCOUNT, "contact": CONTACT, "note": NOTE}


def refusal(text: str, allow: Allowed = Allowed.EVERYTHING) -> ExpressionError:
    with pytest.raises(ExpressionError) as raised:
        expressions.check(text, SCOPE, allow=allow)
    return raised.value


@pytest.mark.parametrize(
    ("text", "marked"),
    [
        ("金额 + 利润", "利润"),
        ("金额 ＋ 利润", "利润"),
        ("/* 说明 */ 金额 ≠ 利润 且 TRUE", "利润"),
        ("e\u0301 + 金额", "e\u0301"),
        ("“e\u0301” & 利润", "利润"),
        ("金额 + SUMM(1)", "SUMM"),
        ('金额 + "1"', '"1"'),
        ("金额 + 签约日 > 创建时间", "创建时间"),
        ("1 + )", ")"),
        ("IF(金额 > 1, 2, “三”)", "“三”"),
        ("客户.名字", "名字"),
        ("ROUND(金额)", "ROUND(金额)"),
        ("金额 = 金额 = 1", "="),
    ],
)
def test_refusal_marks_what_was_typed(text: str, marked: str) -> None:
    error = refusal(text)
    assert text[error.start : error.end] == marked


def test_misspelt_name_offers_the_nearest_one() -> None:
    assert refusal("金客 + 1").replacement in ("金额", "客户")
    assert refusal("amuont + 1").replacement == "amount"
    assert refusal("SUMM(1)").replacement == "SUM"


def test_excel_order_of_sumif_is_refused_with_the_rewrite() -> None:
    error = refusal('SUMIF(客户.联系人.姓名, "张", 客户.联系人.年龄)')
    assert error.code == "wrong_arguments"
    assert error.replacement == 'SUMIF(客户.联系人.年龄, 姓名 = "张")'
    expressions.check(error.replacement, SCOPE)


def test_date_beside_datetime_names_todate() -> None:
    remedy = refusal("签约日 = 创建时间").remedy
    assert remedy is not None
    assert "TODATE" in remedy["zh"]
    assert "TODATE" in remedy["en"]


@pytest.mark.parametrize("allow", [Allowed.STORED, Allowed.FILTER])
def test_place_refuses_what_it_does_not_offer(allow: Allowed) -> None:
    assert refusal("CHANGED(金额)", allow=allow).code == "not_allowed"
    assert expressions.check("TODAY()", SCOPE, allow=allow).type == t.DATE


def test_stored_formula_refuses_me_and_now() -> None:
    for text in ("NOW()", "ME = ME"):
        assert refusal(text, allow=Allowed.STORED).code == "not_allowed"


def test_path_of_four_hops_is_accepted_and_of_five_refused() -> None:
    assert expressions.check("客户.上级.上级.上级.名称", SCOPE).type == t.TEXT
    assert refusal("客户.上级.上级.上级.上级.名称").code == "limit"


def test_uses_are_the_paths_read_from_the_record() -> None:
    expression = expressions.check(
        "SUMIF(客户.联系人.年龄, 年龄 > 本记录.年龄 AND 客户.名称 = 本记录.客户.名称) + 金额", SCOPE
    )
    contacts = ("f4", "a3")
    assert expression.uses == {
        contacts,
        (*contacts, "c3"),
        (*contacts, "c2", "a1"),
        ("f7",),
        ("f4", "a1"),
        ("f1",),
    }


def test_rows_within_rows_flatten() -> None:
    expression = expressions.check("SUM(客户.联系人.备注.长度)", SCOPE)
    assert ("f4", "a3", "c4", "n1") in expression.uses


def test_parts_are_reached_inside_a_value() -> None:
    expression = expressions.check('总价.币种 = "CNY" AND 总价.金额 > 1', SCOPE)
    assert expression.uses == {("f6", "currency"), ("f6", "amount")}
    assert expressions.check("price.amount + 1", SCOPE).type == t.NUMBER
    assert refusal("总价 + 1").code == "type_mismatch"


def test_opaque_value_may_only_be_asked_whether_it_is_blank() -> None:
    assert expressions.check("ISBLANK(照片)", SCOPE).type == t.BOOLEAN
    for text in ("照片 = NULL", "IF(TRUE, 照片, NULL)", "照片 & 金额", "COUNT(照片)"):
        assert refusal(text).code == "type_mismatch"


def test_prints_after_renaming_every_label() -> None:
    """A rename breaks nothing: the tree holds ids."""
    expression = expressions.check("客户.名称 & 金额", SCOPE)
    renamed = Names(
        [
            Name("f1", "amount", {"zh": "合同金额"}, t.NUMBER),
            Name("f4", "account", {"zh": "甲方 (全称)"}, t.Reference("account")),
        ],
        {"account": Names([Name("a1", "name", {"zh": "全称"}, t.TEXT)])},
    )
    text = expressions.print_expression(expression, renamed, "zh")
    assert text == "{甲方 (全称)}.全称 & 合同金额"
    assert expressions.check(text, renamed).uses == expression.uses


def test_ambiguous_label_prints_as_the_api_name_in_braces() -> None:
    twins = Names(
        [Name("x", "fee", {"zh": "费用"}, t.NUMBER), Name("y", "fee2", {"zh": "费用"}, t.NUMBER)]
    )
    expression = expressions.check("fee + fee2", twins)
    assert expressions.print_expression(expression, twins, "zh") == "{fee} + {fee2}"


def test_shadowed_record_field_prints_with_this_record() -> None:
    expression = expressions.check("COUNTIF(客户.联系人, 年龄 > 本记录.年龄)", SCOPE)
    for language, text in (
        ("zh", "COUNTIF(客户.联系人, 年龄 > 本记录.年龄)"),
        ("en", "COUNTIF(Account.{联系人}, {年龄} > this.{年龄})"),
    ):
        printed = expressions.print_expression(expression, SCOPE, language)
        assert expressions.check(printed, SCOPE, language=language) == expression
        assert printed == text.replace("{", "").replace("}", "")


def test_power_prints_its_negative_base_in_brackets() -> None:
    expression = expressions.check("-2 ^ 2", SCOPE)
    assert expressions.print_expression(expression, SCOPE, "zh") == "(-2) ^ 2"


def test_long_sum_of_dates_is_refused_by_its_levels() -> None:
    assert refusal("签约日" + " + 1" * 100).code == "limit"
    assert expressions.check("金额" + " + 1" * 300, SCOPE).type == t.NUMBER
