"""Why someone was chosen, in words. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from sanhuan.errors import Text
from sanhuan.insight.dispatch.scoring import Part, Scored

NOBODY = Text("没有在职、能接的人", "Nobody is there who could take it")


def reason(ranking: Sequence[Scored], because: Text | None = None) -> Text:
    """Why the first of a ranking was chosen, and what kept the second from it.

    `because` says why it had to be given to someone anew, and comes first.
    """
    best, *others = ranking
    least = min(one.candidate.load for one in ranking)
    facts = [_fact(part, least) for part in best.parts]
    said = [fact for fact in facts if fact is not None]
    if not others:
        said.append(Text("只有他能接", "nobody else can take it"))
    else:
        said.append(_second(best, others[0]))
    whole = _joined(said)
    if because is None:
        return whole
    return Text(f"{because.zh}；{whole.zh}", f"{because.en}; {whole.en}")


def nobody(excluded: Sequence[str], capacity: int | None, full: int) -> Text:
    """Why nobody could be chosen: `excluded` are names, `full` how many hold all they may."""
    said = [NOBODY]
    if full:
        said.append(
            Text(f"{full} 人都已满 {capacity} 条", f"{full} hold their full {capacity} already")
        )
    if excluded:
        said.append(Text(f"除去{'、'.join(excluded)}", f"leaving out {', '.join(excluded)}"))
    return _joined(said)


def _joined(said: Sequence[Text]) -> Text:
    return Text("；".join(one.zh for one in said), "; ".join(one.en for one in said))


def _fact(part: Part, least: int) -> Text | None:
    """What speaks for the chosen one; None for what doesn't."""
    match part.term:
        case "tags" if part.names:
            return Text(f"擅长 {'、'.join(part.names)}", f"knows {', '.join(part.names)}")
        case "load":
            most = ("，最少", ", the fewest") if part.count == least else ("", "")
            return Text(f"手上 {part.count} 条{most[0]}", f"holds {part.count}{most[1]}")
        case "near" if part.count:
            return Text(f"同地跟过 {part.count} 条", f"worked on {part.count} in the same place")
        case "customer" if part.count:
            return Text(f"老客户「{part.names[0]}」归他", f"looks after {part.names[0]}")
        case "department" if part.count:
            return Text("归本部门", "of the record's department")
    return None


def _second(best: Scored, second: Scored) -> Text:
    name, behind = second.candidate.name, best.score - second.score
    if behind == 0:
        return _level(best, second)
    lacking = _lacking(best, second)
    shown = plain(behind)
    return Text(
        f"次选 {name} -{shown} 分：{lacking.zh}",
        f"next {name}, {shown} points behind: {lacking.en}",
    )


def _level(best: Scored, second: Scored) -> Text:
    """What came between two of one score."""
    one, other = best.candidate, second.candidate
    if other.load > one.load:
        why = Text(f"手上 {other.load} 条", f"holds {other.load}")
    elif other.last is not None:
        why = Text("刚接过单", "was chosen more recently")
    else:
        why = Text("轮着来", "they take turns")
    return Text(f"次选 {other.name} 同分，{why.zh}", f"next {other.name}, level, {why.en}")


def _lacking(best: Scored, second: Scored) -> Text:
    """The term in which the second falls behind most."""

    def lag(part: Part) -> Decimal:
        ours = best.part(part.term)
        return (ours.points if ours else Decimal(0)) - part.points

    part = max(second.parts, key=lag)
    match part.term:
        case "tags" if part.names:
            return Text(f"只懂 {'、'.join(part.names)}", f"knows only {', '.join(part.names)}")
        case "tags":
            ours = best.part("tags")
            names = ours.names if ours else ()
            return Text(f"不懂 {'、'.join(names)}", f"does not know {', '.join(names)}")
        case "load":
            return Text(f"手上 {part.count} 条", f"holds {part.count}")
        case "near":
            return Text(f"同地跟过 {part.count} 条", f"worked on {part.count} in that place")
        case "customer":
            return Text("不是他的客户", "it is another's customer")
        case "department":
            return Text("在别的部门", "of another department")


def plain(number: Decimal) -> str:
    """The shortest writing of a number: 4, 4.5, -10."""
    return f"{number.normalize():f}" if number else "0"
