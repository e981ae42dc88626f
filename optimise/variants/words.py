"""What a scenario changes, in plain words; and the list of a set's scenarios. Pure."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from optimise.scenario import Scenario

if TYPE_CHECKING:
    from optimise.variants.sets import ScenarioSet, Variant

#: What the commonest keys are, for members.
KNOWN = {
    "targets.receipts_gbp": "receipts of at least",
    "targets.revenue_saving_gbp_pa": "a saving a year of at least",
    "targets.capital_budget_gbp": "new capital of at most",
    "finance.receipt_factor": "receipts, times what the layers say",
    "finance.running_cost_factor": "running costs, times what the layers say",
    "finance.capital_factor": "cost of works, times what the layers say",
    "finance.receipt_case": "receipts valued",
    "finance.horizon_yr": "years of running costs counted",
    "finance.optimism_bias_pct": "added to capital for optimism",
    "network.minutes_factor": "drives, times as long",
    "objective": "best at",
    "solver.gap": "proved within",
}
NOT_SET = "not set"


def plain_key(key: str) -> str:
    """A dotted key in words: ``standards.fire_10.target`` → fire_10: target."""
    if key in KNOWN:
        return KNOWN[key]
    group, *rest = key.split(".")
    if group in ("standards", "services", "keep", "hubs", "limits", "locks", "moves") and rest:
        words = " ".join(part.replace("_", " ") for part in rest[1:])
        return f"{rest[0]}: {words}" if words else f"{group[:-1]} of {rest[0]}"
    return " ".join(part.replace("_", " ") for part in (rest or [group]))


def plain_amount(key: str, value: Any) -> str:
    """A value as it is told: pounds where the key says so, per cent, on and off."""
    if value is None:
        return NOT_SET
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float):
        return _number(key, value)
    if isinstance(value, Mapping):
        return ", ".join(f"{k} {plain_amount(str(k), v)}" for k, v in value.items()) or NOT_SET
    if isinstance(value, list | tuple):
        return ", ".join(plain_amount(key, one) for one in value) or NOT_SET
    return str(value)


def _number(key: str, value: float) -> str:
    if "_gbp" in key:
        return f"£{value:,.0f}"
    if "_pct" in key:
        return f"{value:g} %"
    if key.endswith((".target", ".gap")) and 0 <= value <= 1:
        return f"{100 * value:.6g} %"
    return f"{value:,.6g}"


def plain_value(key: str, value: Any) -> str:
    """A key and its value in words."""
    return f"{plain_key(key)} {plain_amount(key, value)}"


def differences(variant: Variant, base: Scenario) -> tuple[str, ...]:
    """What differs from the base, each in words, in the order it was set; nothing that is equal."""
    told = base.model_dump(mode="json")
    found = []
    for key, (before, after) in variant.scenario.origin.changes.items():
        if base.origin.changes.get(key) == (before, after):
            continue  # the base has it too
        then = before if before is not None else _standing(told, key)
        if then == after:
            continue
        then_said = plain_amount(key, then)
        found.append(f"{plain_value(key, after)} (base: {then_said})")
    return tuple(found)


def _standing(told: Any, key: str) -> Any:
    """What a key comes to where the file is silent; None where there is no such thing."""
    for part in key.split("."):
        told = told.get(part) if isinstance(told, Mapping) else None
    return told


def scenarios_table(found: ScenarioSet) -> pd.DataFrame:
    """One row for each scenario of a set: scenario, sweep, title, differences (in words)."""
    rows = [
        (one.name, one.sweep, one.title, "; ".join(differences(one, found.base)))
        for one in found.variants
    ]
    return pd.DataFrame(rows, columns=["scenario", "sweep", "title", "differences"], dtype=str)


@dataclass(frozen=True)
class Row:
    """A line of the list that is shown: one scenario, or what stands for many of a sweep."""

    name: str
    sweep: str
    differences: str


def shown_rows(found: ScenarioSet, ends: int = 2) -> tuple[Row, ...]:
    """The list for people: of a sweep's many scenarios the first and last, and how many between.

    Args:
        found: the set.
        ends: scenarios shown at either end of a sweep.
    """
    rows: list[Row] = []
    for sweep, group in itertools.groupby(found.variants, key=lambda one: one.sweep):
        ours = list(group)
        between = len(ours) - 2 * ends
        if not sweep or between < 2:
            rows += [_row(one, found.base) for one in ours]
            continue
        rows += [_row(one, found.base) for one in ours[:ends]]
        rows.append(Row("…", sweep, f"{between:,} more of {len(ours):,}"))
        rows += [_row(one, found.base) for one in ours[-ends:]]
    return tuple(rows)


def _row(one: Variant, base: Scenario) -> Row:
    told = differences(one, base)
    return Row(one.name, one.sweep, "; ".join(told) or "nothing: as the base")


def count_words(found: ScenarioSet) -> str:
    """How many scenarios there are, and of what: 3 named, fire 10, uncertain 200."""
    named = sum(not one.sweep for one in found.variants)
    sweeps = Counter(one.sweep for one in found.variants if one.sweep)
    parts = [f"{named:,} named"] if named else []
    parts += [f"{count:,} of sweep '{name}'" for name, count in sweeps.items()]
    total = len(found.variants)
    noun = "scenario" if total == 1 else "scenarios"
    return f"{total:,} {noun} beside the base: {', '.join(parts)}"
