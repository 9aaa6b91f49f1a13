"""Why someone was chosen, in both languages."""

from __future__ import annotations

from decimal import Decimal
from uuid import UUID

from sanhuan.errors import Text
from sanhuan.insight.dispatch import scoring, wording
from sanhuan.insight.dispatch.scoring import Candidate, Wanted

WATERPROOF, ADHESIVE = UUID(int=101), UUID(int=102)
WANTED = Wanted(
    {"tags": Decimal(40), "load": Decimal(-2)},
    tags={WATERPROOF: "防水", ADHESIVE: "瓷砖胶"},
)
LI = Candidate(UUID(int=1), "李四", tags=frozenset({WATERPROOF, ADHESIVE}), load=3)


def reason(*candidates: Candidate, because: Text | None = None) -> Text:
    return wording.reason(scoring.ranked(WANTED, candidates), because)


def test_reason_names_what_speaks_for_the_best_and_what_kept_the_second_back() -> None:
    wang = Candidate(UUID(int=2), "王五", tags=frozenset({WATERPROOF, ADHESIVE}), load=9)
    assert reason(wang, LI) == Text(
        "擅长 瓷砖胶、防水；手上 3 条，最少；次选 王五 -12 分：手上 9 条",
        "knows 瓷砖胶, 防水; holds 3, the fewest; next 王五, 12 points behind: holds 9",
    )


def test_second_is_told_by_what_it_does_not_know() -> None:
    zhao = Candidate(UUID(int=3), "赵六", tags=frozenset({WATERPROOF}), load=2)
    assert reason(LI, zhao).zh.endswith("手上 3 条；次选 赵六 -18 分：只懂 防水")
    stranger = Candidate(UUID(int=4), "孙七")
    assert reason(LI, stranger).zh.endswith("次选 孙七 -34 分：不懂 瓷砖胶、防水")


def test_nobody_else_is_said() -> None:
    assert reason(LI).zh == "擅长 瓷砖胶、防水；手上 3 条，最少；只有他能接"


def test_a_tie_tells_what_broke_it() -> None:
    twin = Candidate(UUID(int=5), "双", tags=LI.tags, load=3)
    assert reason(LI, twin).zh.endswith("次选 双 同分，轮着来")


def test_because_comes_first_when_it_changes_hands() -> None:
    because = Text("张三 4 个工作小时内没有首次联系", "张三 did not act")
    assert reason(LI, because=because).zh.startswith("张三 4 个工作小时内没有首次联系；擅长")


def test_nobody_at_all_says_why() -> None:
    assert wording.nobody([], None, 0).zh == "没有在职、能接的人"
    assert wording.nobody(["张三"], 60, 2).zh == "没有在职、能接的人；2 人都已满 60 条；除去张三"


def test_numbers_are_written_shortly() -> None:
    assert [wording.plain(Decimal(n)) for n in ("4.0", "4.50", "-10", "0.0", "100")] == [
        "4", "4.5", "-10", "0", "100",
    ]  # fmt: skip
