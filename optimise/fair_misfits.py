"""Rules of no detriment and equity that name what the scenario or the layers do not have."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import pandas as pd

from assets.estate import Estate
from assets.issues import Issue, nearest
from coverage.reach import area_of
from coverage.standards import COUNTED_GROUPS, Standard
from optimise.detriment import EQUITY, NO_DETRIMENT, group_weight
from optimise.fairness import Equity, NoDetriment
from optimise.scenario import Scenario


def fair_misfits(scenario: Scenario, estate: Estate) -> list[Issue]:
    """Every misfit of the rules: unknown standard, group without a column or people, no areas."""
    rules: list[tuple[str, Mapping[str, NoDetriment | Equity]]] = [
        (NO_DETRIMENT, scenario.no_detriment),
        (EQUITY, scenario.equity),
    ]
    issues: list[Issue] = []
    for family, named in rules:
        for name, ask in sorted(named.items()):
            key = f"{family}.{name}"
            standard = scenario.standards.get(ask.standard)
            if standard is None:
                issues.append(_unknown(key, ask, scenario))
                continue
            issues += [*_unfit(key, ask, standard), *_nobody(key, ask, standard, estate.demand)]
    return issues


def _unknown(key: str, ask: NoDetriment | Equity, scenario: Scenario) -> Issue:
    known = sorted(scenario.standards)
    remedy = nearest(ask.standard, known) if known else "add it under standards (kind: report)"
    text = f"{key}: there is no standard '{ask.standard}'"
    return Issue(f"{key}.standard", text, (ask.standard,), remedy)


def _unfit(key: str, ask: NoDetriment | Equity, standard: Standard) -> Iterator[Issue]:
    """A standard that cannot be counted in the way the rule counts."""
    keeps = isinstance(ask, NoDetriment) and ask.rule != "group"
    within = ask.measure == "share" and not (isinstance(ask, NoDetriment) and ask.rule == "growth")
    if within and standard.statistic == "mean" and standard.threshold is None:
        yield Issue(
            f"{key}.standard",
            f"{key} counts who is within '{ask.standard}', a mean without a threshold",
            (ask.standard,),
            "give the standard a threshold (threshold_min), or the rule measure: mean",
        )
    if keeps and standard.availability != "full":
        yield Issue(
            f"{key}.standard",
            f"{key} follows people one by one, but '{ask.standard}' counts shares of hours",
            (ask.standard,),
            "name a standard with availability full, or use rule group or an equity floor",
        )


def _nobody(
    key: str, ask: NoDetriment | Equity, standard: Standard, demand: pd.DataFrame
) -> Iterator[Issue]:
    """Groups without a column or without people, and areas that hold nobody."""
    named = (*ask.groups, *(ask.between if isinstance(ask, Equity) else ()))
    for group in named:
        column = COUNTED_GROUPS.get(group, standard.weight)
        if column not in demand.columns:
            text = f"{key}: demand has no column '{column}' for group '{group}'"
            yield Issue(f"{key}.groups", text, (group,), f"add '{column}', or leave the group out")
        elif standard.weight in demand.columns and not _anybody(standard, group, demand):
            text = f"{key}: nobody of group '{group}' counts in '{ask.standard}'"
            remedy = "fill the group's column of demand (rural_urban, imd_decile), or leave it out"
            yield Issue(f"{key}.groups", text, (group,), remedy)
    if ask.geography != "all" and not (area_of(ask.geography, demand) != "").any():
        text = f"{key} looks at each {ask.geography}, but no demand point lies in one"
        remedy = f"give areas of kind {ask.geography}, or another geography"
        yield Issue(f"{key}.geography", text, (ask.geography,), remedy)


def _anybody(standard: Standard, group: str, demand: pd.DataFrame) -> bool:
    return bool(group_weight(standard, group, demand).sum() > 0)
