"""What each rule of a clash would have to give, alone, for a plan to exist."""

from __future__ import annotations

import math

from optimise.configurations.blocks import Floats
from optimise.refusal.opened import Rule
from optimise.refusal.oracle import BROKEN, Least, Oracle
from optimise.refusal.record import WayOut, some
from optimise.refusal.terms import LAYER

#: Where the least slack found and its bound are this near, the least is proved.
SAME = 1e-5
NOT_LOOKED = "not looked into in the time allowed"
NOT_SETTLED = "not settled in the time allowed"


def alone(oracle: Oracle, chosen: list[int]) -> tuple[WayOut, ...]:
    """For each rule its least relaxation with every other rule of the scenario standing."""
    every = frozenset(range(len(oracle.opened.rules)))
    ways = []
    for at, r in enumerate(chosen):
        rule = oracle.opened.rules[r]
        if oracle.left_s <= 0:
            ways.append(WayOut(rule.key, _dropped(rule), False, False, NOT_LOOKED))
            continue
        least = oracle.least(every - {r}, share=1.0 / (len(chosen) - at))
        ways.append(_way(rule, least))
    return tuple(ways)


def _way(rule: Rule, least: Least) -> WayOut:
    if least.impossible:
        return WayOut(
            rule.key, "not even without it is there a plan: other rules clash as well", False, True
        )
    if least.plan is None:
        best = _best(rule, least)
        note = f"{NOT_SETTLED}; {best} is the best there could be" if best else NOT_SETTLED
        return WayOut(rule.key, _dropped(rule), False, False, note)
    told = changed(rule, least.plan)
    only = len(rule.columns) == 1 and rule.columns[0].give is None
    if only or least.value - least.bound <= SAME * max(1.0, abs(least.value)):
        return told
    return WayOut(told.key, told.words, True, False, _open_note(rule, least, told), told.value)


def _open_note(rule: Rule, least: Least, told: WayOut) -> str:
    """What the clock left open between what was found to be enough and what cannot be enough."""
    best = _best(rule, least)
    if not best:
        return "enough; less may be"
    if told.words.endswith(f" {best}"):
        return ""
    return f"enough; {best} is the best there could be, what lies between was not settled in time"


def _best(rule: Rule, least: Least) -> str:
    """The hardest figure that was not shown to be impossible; "" where there is no figure."""
    give = rule.columns[0].give
    if give is None or len(rule.columns) > 1:
        return ""
    return give.told(give.after(max(0.0, least.bound) / rule.weight))


def changed(rule: Rule, plan: Floats) -> WayOut:
    """What a plan asks a rule to give: its figure as it stands → what the plan needs."""
    given = [c for c in rule.columns if plan[c.index] > BROKEN]
    for column in given:
        give = column.give
        if give is not None:
            after = give.after(float(plan[column.index]))
            words = f"{give.told(give.now)} → {give.told(after)}"
            return WayOut(rule.key, words, True, True, value=after if give.settable else None)
    labels = sorted({c.label for c in given if c.label})
    return WayOut(rule.key, rule.dropped + some(labels) if labels else rule.dropped, True, True)


def _dropped(rule: Rule) -> str:
    """What giving the rule up is called, before it is known by how much."""
    if any(c.give is not None for c in rule.columns):
        return "ease it"
    return f"{rule.dropped}some" if rule.columns[0].label else rule.dropped


def together(oracle: Oracle) -> tuple[WayOut, ...] | None:
    """What rules would have to give together, as little as may be; None if no plan was found.

    The sum of what gives way is least, each figure relative to its target, a
    lock counting as `optimise.refusal.opened.LOCK_WEIGHT` of one. Layers stand.
    """
    rules = oracle.opened.rules
    layers = frozenset(r for r, rule in enumerate(rules) if rule.rank == LAYER)
    least = oracle.least(layers, share=1.0)
    if least.plan is None or not math.isfinite(least.value):
        return None
    kept = oracle.kept(least.plan)
    broken = [r for r in range(len(rules)) if r not in kept]
    broken.sort(key=lambda r: (-rules[r].rank, rules[r].key))
    proved = least.value - least.bound <= SAME * max(1.0, abs(least.value))
    found = [changed(rules[r], least.plan) for r in broken]
    return tuple(WayOut(w.key, w.words, True, proved, value=w.value) for w in found)
