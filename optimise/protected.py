"""Plan → the table of who is protected: each rule of no detriment and equity, and how near it is.

Everything is recomputed from drive times and from where the plan puts the units.
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from coverage.measure import Arrivals
from coverage.standards import AREA_COLUMN, TOLERANCE_MIN
from optimise.detriment import KEEPS, FairRule, Part, figures_of, limits_of
from optimise.plan import Plan
from optimise.tallies import arrivals_after, arrivals_today

COLUMNS = (
    "rule", "words", "scope", "area_kind", "area_id", "area_name", "standard_id", "counts",
    "total", "before", "after", "lost", "sense", "limit", "spare", "met",
    "worst_demand_id", "worst_before_min", "worst_after_min",
)  # fmt: skip
#: What a row is about: the rule where it is nearest its limit (or beyond), one group or area that
#: it looks at, or a ward in which people lose what the rule protects.
RULE, PART, WARD = "rule", "part", "ward"
#: What figures that are no weight and no share count.
MEANS = ("minutes", "miles")


@dataclass(frozen=True, eq=False)
class _Seen:
    """A rule with the arrivals of today and of the plan."""

    plan: Plan
    rule: FairRule
    before: Arrivals
    after: Arrivals


def detriment_table(plan: Plan) -> pd.DataFrame:
    """Who is protected: per rule its limit, how near the plan comes and where; then each part.

    ``counts`` says what ``before`` and ``after`` are: the standard's weight (people kept), a share
    (0-1), or minutes (miles where lines are straight). ``lost`` is how much worse than today, in
    that unit (less than 0 = better); ``limit`` what ``after`` must be, by ``sense`` (at_least,
    at_most); ``spare`` what is left until then. Rows of scope ``ward`` say where people lose what
    stays_within or growth protects, with the demand point whose time grows most. Empty where the
    scenario has no such rule.
    """
    rows: list[dict[str, object]] = []
    for rule in plan.problem.fair:
        seen = _seen(plan, rule)
        parts = sorted(_part_rows(seen), key=_nearest_first)
        if rule.kind == "gap":
            rows.append(_gap_row(seen, parts))
        elif parts:
            rows.append({**parts[0], "scope": RULE})
        rows += parts
        rows += _ward_rows(seen) if rule.kind in KEEPS else []
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _seen(plan: Plan, rule: FairRule) -> _Seen:
    units = plan.problem.units
    before = arrivals_today(rule.data, units)
    after = arrivals_after(rule.data, units, plan.after.placed, plan.after.outreach)
    return _Seen(plan, rule, before, after)


def _nearest_first(row: dict[str, object]) -> tuple[float, str, str]:
    spare = row["spare"]
    left = spare if isinstance(spare, float) and not math.isnan(spare) else math.inf
    return left, str(row["area_kind"]), str(row["area_id"])


def _part_rows(seen: _Seen) -> Iterator[dict[str, object]]:
    rule = seen.rule
    figures = figures_of(rule, seen.after)
    sign = 1.0 if rule.lower_is_better else -1.0
    for part, limit in limits_of(rule, figures).items():
        after = figures[part]
        spare = math.nan if limit is None else sign * (limit - after)
        yield {
            **_heading(seen, PART, (part.kind, part.part_id)),
            "total": _r(part.total, 3),
            "before": _figure(rule, part.today),
            "after": _figure(rule, after),
            "lost": _figure(rule, rule.loss(part, after)),
            "sense": "" if limit is None else "at_most" if rule.lower_is_better else "at_least",
            "limit": math.nan if limit is None else _figure(rule, limit),
            "spare": _figure(rule, spare),
            "met": "" if limit is None else _holds(spare, limit),
            **(_worst(seen, part) if rule.kind in KEEPS else {}),
        }


def _gap_row(seen: _Seen, parts: list[dict[str, object]]) -> dict[str, object]:
    """The gap itself, and between whom it lies after the plan."""
    rule = seen.rule
    figures = figures_of(rule, seen.after)
    ordered = sorted(rule.parts, key=lambda p: (figures[p], p.kind, p.part_id))
    low, high = (ordered[0], ordered[-1]) if ordered else (None, None)
    today = [p.today for p in rule.parts]
    before = max(today, default=0.0) - min(today, default=0.0)
    after = figures[high] - figures[low] if low is not None and high is not None else 0.0
    kind = str(parts[0]["area_kind"]) if parts else ""
    between = f"{high.part_id} to {low.part_id}" if low is not None and high is not None else ""
    return {
        **_heading(seen, RULE, (kind, between)),
        "before": _figure(rule, before),
        "after": _figure(rule, after),
        "lost": _figure(rule, after - before),
        "sense": "at_most",
        "limit": _figure(rule, rule.tolerance),
        "spare": _figure(rule, rule.tolerance - after),
        "met": _holds(rule.tolerance - after, rule.tolerance),
    }


def _heading(seen: _Seen, scope: str, place: tuple[str, str]) -> dict[str, object]:
    rule, standard = seen.rule, seen.rule.data.standard
    kind, area_id = place
    areas = seen.plan.inputs.estate.areas
    name = str(areas.at[area_id, "name"]) if area_id in areas.index else area_id.replace("_", " ")
    counts = {"people": standard.weight, "share": "share", "mean": standard.unit_words}
    return {
        "rule": rule.key,
        "words": rule.words,
        "scope": scope,
        "area_kind": kind,
        "area_id": area_id,
        "area_name": name or "Whole area",
        "standard_id": standard.standard_id,
        "counts": counts[rule.measure],
        "worst_demand_id": "",
    }


def _protected(seen: _Seen, part: Part | None = None) -> tuple[np.ndarray, np.ndarray]:
    """(weight protected, weight of it lost) by demand point of the times."""
    tally = seen.rule.tallies[0]
    ids = list(seen.after.demand_ids)
    weight = tally.weight.reindex(ids).fillna(0.0).to_numpy(dtype=float)
    if part is not None:
        weight = np.where(tally.area.reindex(ids).astype(str) == part.area_id, weight, 0.0)
    allowed = tally.allowed_min.reindex(ids).to_numpy(dtype=float)
    kept = seen.after.potential <= allowed + TOLERANCE_MIN
    return weight, np.where(kept, 0.0, weight)


def _worst(seen: _Seen, part: Part) -> dict[str, object]:
    """The demand point of a part that loses and whose time grows most; nothing where none does."""
    return _worst_of(seen, _protected(seen, part)[1])


def _worst_of(seen: _Seen, lost: np.ndarray) -> dict[str, object]:
    now, then = seen.before.potential, seen.after.potential
    grown = np.where(lost > 0, np.where(np.isnan(then), np.inf, then - now), -np.inf)
    if not (lost > 0).any():
        return {}
    at = int(np.argmax(grown))
    return {
        "worst_demand_id": seen.after.demand_ids[at],
        "worst_before_min": _r(float(now[at]), 3),
        "worst_after_min": _r(float(then[at]), 3),
    }


def _ward_rows(seen: _Seen) -> list[dict[str, object]]:
    """Wards in which people lose what the rule protects, those that lose most first."""
    demand = seen.plan.inputs.estate.demand
    wards = demand[AREA_COLUMN["ward"]].astype(str).reindex(list(seen.after.demand_ids)).fillna("")
    weight, lost = _protected(seen)
    rows = []
    for ward in sorted(set(wards[lost > 0])):
        here = (wards == ward).to_numpy()
        total, gone = float(weight[here].sum()), np.where(here, lost, 0.0)
        rows.append(
            {
                **_heading(seen, WARD, ("ward", ward)),
                **({} if ward else {"area_name": "Outside every ward"}),
                "total": _r(total, 3),
                "before": _r(total, 3),
                "after": _r(total - float(gone.sum()), 3),
                "lost": _r(float(gone.sum()), 3),
                "sense": "",
                "met": "",
                **_worst_of(seen, gone),
            }
        )
    return sorted(rows, key=lambda row: (-float(str(row["lost"])), str(row["area_id"])))


def _figure(rule: FairRule, value: float) -> float:
    return _r(value, 6 if rule.measure == "share" else 3)


def _r(value: float, digits: int) -> float:
    return round(float(value), digits) + 0.0


def summary(table: pd.DataFrame) -> list[dict[str, object]]:
    """The rows of `detriment_table` that tell each rule once, with figures in words besides.

    ``before_text``, ``after_text``, ``limit_text``: as a page shows them; ``where``: the group or
    area that is nearest its limit.
    """
    rows = table[table["scope"] == RULE]
    return [
        {**{str(k): v for k, v in row.items()}, **_row_words(row)}
        for row in rows.to_dict("records")
    ]


def _row_words(row: Mapping[Hashable, Any]) -> dict[str, object]:
    def told(name: str) -> str:
        value = row[name]
        if row["counts"] == "share":
            return f"{value:.1%}"
        return f"{value:,.1f} {row['counts']}" if row["counts"] in MEANS else f"{value:,.0f}"

    sense = str(row["sense"]).replace("_", " ")
    return {
        "before_text": told("before"),
        "after_text": told("after"),
        "limit_text": f"{sense} {told('limit')}",
        "where": row["area_name"] if row["area_id"] else "",
    }


def _holds(spare: float, limit: float) -> bool:
    # A millionth of the limit is rounding of sums.
    return bool(spare >= -1e-6 * max(1.0, abs(limit)))


def lost_without(plan: Plan, units: Sequence[str]) -> str:
    """A sentence when taking units out of the plan breaks a rule; else nothing.

    Args:
        plan: the plan; everything else stays as it has it.
        units: unit_ids.
    """
    kinds = {plan.problem.units[u].service_type for u in units}
    placed = {u: ("" if u in units else s) for u, s in plan.after.placed.items()}
    for rule in plan.problem.fair:
        if rule.data.standard.service_type in kinds:
            after = arrivals_after(rule.data, plan.problem.units, placed, plan.after.outreach)
            text = _broken(rule, figures_of(rule, after))
            if text:
                return text
    return ""


def _broken(rule: FairRule, figures: Mapping[Part, float]) -> str:
    sign = 1.0 if rule.lower_is_better else -1.0
    for part, limit in limits_of(rule, figures).items():
        if limit is not None and not _holds(sign * (limit - figures[part]), limit):
            where = f" in {part.part_id.replace('_', ' ')}" if part.part_id else ""
            if rule.kind in KEEPS:
                lost, may = part.total - figures[part], part.total - limit
                weight = rule.data.standard.weight.replace("_", " ")
                return (
                    f"Without it, {lost:,.0f} of {weight}{where} would lose, where {may:,.0f} may: "
                    f"{rule.words}."
                )
            return (
                f"Without it, {_told(rule, figures[part])}{where} against "
                f"{_told(rule, limit)} required: {rule.words}."
            )
    values = [figures[part] for part in rule.parts]
    if (
        rule.kind == "gap"
        and values
        and not _holds(rule.tolerance - (max(values) - min(values)), rule.tolerance)
    ):
        wide = _told(rule, max(values) - min(values))
        return f"Without it, a gap of {wide}: {rule.words}."
    return ""


def _told(rule: FairRule, figure: float) -> str:
    if rule.measure == "share":
        return f"{figure:.1%}"
    return f"{figure:.1f} {rule.data.standard.unit_words}"
