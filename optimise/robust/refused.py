"""When there is no one plan for several scenarios: why, in words."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from assets.issues import InputError, Issue
from optimise.clock import Clock
from optimise.problem import Problem
from optimise.robust.judged import Case

#: Scenarios up to which it is looked which of them clash.
MOST_LOOKED_AT = 12


def refuse_unlike(cases: Sequence[Case]) -> None:
    """Refuse scenarios that no plan can be compared over.

    Raises:
        InputError: every reason at once.
    """
    without = [c.name for c in cases if not c.has_plan]
    if without or not cases:
        raise InputError(Issue(
            "robust.no_plan", "regret is measured from a scenario's best plan, and these have none",
            tuple(without), "leave them out (--only), or ease what they ask"))  # fmt: skip
    issues = [*_goals(cases), *_services(cases), *_phased(cases)]
    if issues:
        raise InputError(issues)


def _problems(cases: Sequence[Case]) -> list[tuple[str, Problem]]:
    return [(case.name, case.problem) for case in cases if case.problem is not None]


def _goals(cases: Sequence[Case]) -> list[Issue]:
    goals: dict[str, list[str]] = {}
    for name, problem in _problems(cases):
        goals.setdefault(problem.goal.key, []).append(name)
    if len(goals) < 2:
        return []
    told = tuple(f"{name}: {key}" for key, names in goals.items() for name in names)
    return [Issue("robust.goal", "scenarios that make different things best have no common regret",
                  told, "give all of them one objective, or take some with --only")]  # fmt: skip


def _services(cases: Sequence[Case]) -> list[Issue]:
    first, *others = _problems(cases)
    homes = {u: unit.home for u, unit in first[1].units.items()}
    wrong = []
    for name, problem in others:
        here = {u: unit.home for u, unit in problem.units.items()}
        wrong += [f"{name}: {u}" for u in sorted({*homes, *here}) if homes.get(u) != here.get(u)]
    if not wrong:
        return []
    return [Issue("robust.services", f"scenarios do not have {first[0]}'s services where it has "
                  "them", tuple(wrong), "one plan is for one set of services: take scenarios of "
                  "the same layer (--only)")]  # fmt: skip


def _phased(cases: Sequence[Case]) -> list[Issue]:
    phased = tuple(name for name, problem in _problems(cases) if problem.phased is not None)
    if not phased:
        return []
    return [Issue("robust.phased", "a plan of least worst regret is not worked out over years",
                  phased, "leave out phasing (--set phasing=null); what plans of years come to in "
                  "each scenario is told all the same")]  # fmt: skip


def those_that_clash(
    names: Sequence[str],
    inside: Sequence[int],
    possible: Callable[[Sequence[int]], bool],
    clock: Clock,
) -> Issue:
    """The refusal of scenarios of which no plan keeps every rule, the fewest that show it.

    Each is left out in turn; where the others alone cannot be met, it has no part in the clash
    (deletion filter, Chinneck & Dravnieks 1991).

    Args:
        names: of all scenarios.
        inside: those that cannot be met by one plan.
        possible: False where some scenarios alone cannot be met either.
        clock: when to stop looking.
    """
    clash = list(inside)
    for n in inside if len(inside) <= MOST_LOOKED_AT else ():
        fewer = [m for m in clash if m != n]
        if len(fewer) > 1 and not clock.over and not possible(fewer):
            clash = fewer
    return Issue(
        "robust.clash",
        "no one plan keeps every rule of these scenarios together",
        tuple(names[n] for n in clash),
        "leave one of them out (--only), ease what it asks, or hold the base's rules alone "
        "(--rules base)",
    )
