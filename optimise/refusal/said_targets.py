"""Rows of standards, fairness, money and limits in the scenario's words."""

from __future__ import annotations

from optimise.constraints.no_detriment import FINE
from optimise.covers import END_WORDS, CoverRule
from optimise.detriment import FairRule, Part
from optimise.refusal.terms import (
    COVER,
    MONEY,
    Asked,
    Give,
    Maker,
    Term,
    number,
    plain,
    pounds,
    share,
    share_gives,
    time_gives,
)

#: A share's slack is counted in points.
POINT = 0.01


def cover(asked: Asked, parts: tuple[str, ...]) -> Term | None:
    """A standard's promise in an area; nothing for a soft one, which is priced."""
    rule_id, area_id = parts
    found = [r for r in asked.problem.rules_of(rule_id) if r.area_id == area_id]
    if not found or found[0].price_gbp is not None or found[0].required is None:
        return None
    rule = found[0]
    standard = asked.scenario.standards[rule.standard_id]
    key, give, asks = _promise(asked, rule)
    low = END_WORDS[rule.held_at]
    each = "" if standard.geography == "all" else f" in each {plain(standard.geography)}"
    return Term(
        key=f"standards.{rule.standard_id}.{key}",
        words=f"{standard.label}: {asks}{each}{low}",
        rank=COVER,
        per_slack=rule.total if standard.statistic == "mean" else POINT * rule.total,
        give=give,
        place=area_id,
    )


def _promise(asked: Asked, rule: CoverRule) -> tuple[str, Give, str]:
    """(key that gives way, how, what is asked)."""
    standard = asked.scenario.standards[rule.standard_id]
    target = standard.target if standard.target is not None else 0.0
    who, unit = plain(standard.weight), standard.unit_words
    written = target if isinstance(target, str) else number(target)
    if standard.statistic == "mean":
        return "target", time_gives(target, unit), f"a mean of at most {written} {unit}"
    if standard.statistic == "percentile":
        kept = float(standard.percentile or 0.0)
        give = Give(kept, -1.0, kept, number, 2)
        return "percentile", give, f"{number(kept)}% of {who} within {written} {unit}"
    if standard.statistic == "worst":
        give = Give(1.0, -POINT, 100.0, _all_but, 4, settable=False)
        return "target", give, f"everybody within {written} {unit}"
    asks = f"at least {target}" if isinstance(target, str) else f"at least {float(target):.1%}"
    if isinstance(target, str) and standard.geography == "all" and rule.required is not None:
        asks += f" ({rule.figure(rule.required):.2%})"
    return "target", share_gives(target), f"{asks} of {who}"


def _all_but(value: float) -> str:
    return "everybody" if value >= 1 else f"all but {1 - value:.2%} of them"


def money(name: str, words: str, sign: int) -> Maker:
    """A target of ``targets``; +1 where at least so much is asked, −1 where at most."""

    def make(asked: Asked, _: tuple[str, ...]) -> Term | None:
        target = float(getattr(asked.scenario.targets, name))
        give = Give(target, -1e3 * sign, max(target / 1e3, 1.0), pounds, -2)
        return Term(f"targets.{name}", words.format(pounds(target)), MONEY, 1.0, give)

    return make


def limit(asked: Asked, parts: tuple[str, ...]) -> Term | None:
    """A floor or ceiling of a measure."""
    rule_id, side = parts
    rule = next(r for r in asked.problem.limits if r.rule_id == rule_id and not r.of_stage)
    value = next(asks for name, _, asks in rule.sides if name == side)
    size = rule.goal.unit.per_solver_unit
    digits = -2 if rule.goal.unit.key.startswith("gbp") else 0 if rule.goal.unit.whole else 2
    step = -size if side == "at_least" else size
    # A sum told in millions would hide what it was rounded by.
    told = pounds if rule.goal.unit.key == "gbp" else rule.goal.told
    give = Give(value, step, max(abs(value) / size, 1.0), told, digits)
    words = f"{rule.goal.words}: {plain(side)} {told(value)}"
    return Term(f"limits.{rule_id}.{side}", words, MONEY, 1.0, give)


def partner(asked: Asked, parts: tuple[str, ...]) -> Term | None:
    """An owner or operator that is not to be worse off: by how much it would have to be."""
    party, when = parts[0], "in any year" if len(parts) > 1 else "over the horizon"
    size = max(asked.problem.do_nothing_gbp / 1e3, 1.0)
    give = Give(0.0, 1e3, size, _worse_off, -2, settable=False)
    words = f"{party} is no worse off {when}, with no payment between partners"
    return Term(f"partners.no_worse_off.{party}", words, MONEY, 1.0, give)


def _worse_off(gbp: float) -> str:
    return f"{pounds(gbp)} worse off" if gbp else "not worse off"


def _fair(asked: Asked, family: str, name: str) -> FairRule:
    return next(r for r in asked.problem.fair if (r.family, r.name) == (family, name))


def _part(rule: FairRule, part_id: str) -> Part:
    return next(p for p in rule.parts if p.part_id == part_id)


def protected(asked: Asked, parts: tuple[str, ...]) -> Term | None:
    """stays_within and growth: the allowance of those who may lose."""
    name, part_id = parts
    rule = _fair(asked, "no_detriment", name)
    record, part = asked.scenario.no_detriment[name], _part(rule, part_id)
    if record.allowance_people:
        give = Give(record.allowance_people, 1.0, max(part.total, 1.0), number)
        return Term(f"{rule.key}.allowance_people", rule.words, COVER, 1.0, give, part_id)
    give = Give(record.allowance or 0.0, POINT, 100.0, share, 4)
    per_slack = POINT * part.total
    return Term(f"{rule.key}.allowance", rule.words, COVER, per_slack, give, part_id)


def compared(asked: Asked, parts: tuple[str, ...]) -> Term | None:
    """No group loses more than the average: the tolerance."""
    rule = _fair(asked, "no_detriment", parts[0])
    return _apart_by(rule, "tolerance", rule.tolerance, parts[-1])


def gap(asked: Asked, parts: tuple[str, ...]) -> Term | None:
    """The greatest difference there may be."""
    rule = _fair(asked, "equity", parts[0])
    return _apart_by(rule, "gap", rule.tolerance, "")


def _apart_by(rule: FairRule, key: str, now: float, place: str) -> Term:
    step, per_slack, size = (POINT, POINT * FINE, 100.0)
    if rule.measure == "mean":
        step, per_slack, size = (1.0, FINE, 10.0)
    give = Give(now, step, size, share, 4)
    return Term(f"{rule.key}.{key}", rule.words, COVER, per_slack, give, place)


def floor(asked: Asked, parts: tuple[str, ...]) -> Term | None:
    """Equity: the floor (ceiling) of each group or area.

    Where a part is held at today's figure because it misses the floor already, the
    floor does not bind, and only an exception helps.
    """
    name, _, part_id = parts
    rule = _fair(asked, "equity", name)
    record, part = asked.scenario.equity[name], _part(rule, part_id)
    if record.where_below == "hold" and part.limit == part.today:
        words = f"{rule.words} (where missed today, no worse than today)"
        return Term(f"{rule.key}.where_below", words, COVER, FINE, None, part_id, part_id,
                    "an exception for ")  # fmt: skip
    if rule.kind == "floor":
        give, per_slack = share_gives(record.floor or 0.0), POINT * FINE
    else:
        unit = rule.data.standard.unit_words
        give, per_slack = time_gives(record.ceiling or 0.0, unit), FINE
    return Term(f"{rule.key}.{rule.kind}", rule.words, COVER, per_slack, give, part_id)
