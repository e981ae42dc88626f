"""Plan -> what it does to groups of people: age, disability, ethnicity, deprivation, place, cars.

A screening by where people live, not by who they are: everybody at a demand point has its time.
It shows where an equality impact assessment has to look; it is not that assessment. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from coverage.measure import Arrivals, states, summary
from coverage.reach import counted_weight
from coverage.standards import MILES, Standard
from optimise.changes import Changes, changes_of
from optimise.cover_results import WHEN, crews_when
from optimise.plan import Plan
from optimise.tallies import StandardData

EQUALITY_COLUMNS = (
    "standard_id", "dimension", "group", "group_name", "people", "weight", "total",
    "within_before", "within_after", "share_before", "share_after",
    "mean_before_min", "mean_after_min", "p90_before_min", "p90_after_min",
    "better", "worse", "gained", "lost", "mean_before_miles", "mean_after_miles", "note",
)  # fmt: skip
EVERYBODY = "all"
NO_DATA = "no area data"
NOT_KNOWN = "unknown"
NOT_COUNTED = "the standard does not count them"
NO_DRIVE = "a drive time does not serve them: better and worse say where they live"
PARTLY = "no area data for the places these people live in"
#: Demand columns that count a group, said to be missing where they are; the last two are further
#: columns that a demand layer may have.
COUNTED: Mapping[str, tuple[str, str]] = {
    "under_5": ("age", "Children under 5"),
    "over_65": ("age", "People of 65 or more"),
    "disabled": ("disability", "Disabled people"),
    "ethnic_minority": ("ethnicity", "People of ethnic minorities"),
}
#: Names of further columns that count people of an age: under_16, over_60, aged_16_59.
AGE = re.compile(r"(?:(under|over)_(\d{1,3})|aged_(\d{1,3})_(\d{1,3}))")
#: Who is told apart by kind of place.
SPLIT: Mapping[str, str] = {
    "deprivation": "People in deprived places",
    "rurality": "People in urban and in rural places",
}
HOUSEHOLDS, NO_CAR = "households", "no_car_households"


@dataclass(frozen=True, eq=False)
class Group:
    """People to be told apart.

    Attributes:
        dimension: age, disability, ethnicity, deprivation, rurality or car.
        group: slug.
        name: in words.
        unit: the demand column that people are counted in.
        people: by demand_id; None where the demand layer says nothing.
        counted: of them whom the standard counts; None where it cannot serve them.
        note: what to know of the row.
    """

    dimension: str
    group: str
    name: str
    unit: str
    people: pd.Series | None
    counted: pd.Series | None
    note: str = ""


def equality_table(plan: Plan) -> pd.DataFrame:
    """A row per standard and group of people: how they are served today and after the plan.

    ``people`` is the group in the whole area in units of ``weight``; ``total`` those of them whom
    the standard counts (its own group and areas), of whom ``share_*`` are within. Deprivation and
    place split the standard's own weight, so that their totals add up to that of ``all``; the
    other groups weigh by a column of their own. Times are central, means over those reached;
    ``better``, ``worse``, ``gained`` and ``lost`` are `optimise.changes.Changes.counts`. Columns
    in minutes are blank where lines are straight, those in miles where they are not. Where the
    demand layer says nothing of a group the row has no figures and the note `NO_DATA`.

    In words: the groups of the public sector equality duty that area data can tell apart, and
    three that councils' assessments add: deprivation, rurality, households without a car. Those
    are tested by walking and by crews that come to them, never by a drive (`NO_DRIVE`).

    Source: Equality Act 2010, s.149; deciles in pairs are the fifths of the Index of Multiple
    Deprivation; cars after the census (TS045).
    """
    rows = [row for data in plan.problem.standards for row in _rows(plan, data)]
    return pd.DataFrame(rows, columns=list(EQUALITY_COLUMNS))


def _rows(plan: Plan, data: StandardData) -> Iterator[dict[str, object]]:
    standard, crews = data.standard, crews_when(plan, data.standard)
    before, after = (states(standard, data.modelled, crews[when]) for when in WHEN)
    changes = changes_of(before, after, limit=data.limit_min, unit=standard.unit)
    for group in groups_of(data, plan.inputs.estate.demand):
        yield {
            "standard_id": standard.standard_id,
            "dimension": group.dimension,
            "group": group.group,
            "group_name": group.name,
            "people": np.nan if group.people is None else _r(group.people.sum()),
            "weight": group.unit,
            **_figures(data, {"before": before, "after": after}, group.counted),
            **_changed(changes, group),
            "note": group.note,
        }


def groups_of(data: StandardData, demand: pd.DataFrame) -> tuple[Group, ...]:
    """The groups a standard is told for, everybody first; every demand point is in one of each.

    Args:
        data: whom the standard counts (``weight`` is 0 for others).
        demand: indexed by demand_id, in the order of ``data.weight``.
    """
    standard = data.standard
    everybody = Group(
        "age", EVERYBODY, _everybody(standard), standard.weight, demand[standard.weight],
        data.weight,
    )  # fmt: skip
    return (
        everybody,
        *_counted_groups(data, demand),
        *_split(data, demand, "deprivation", _fifths(demand)),
        *_split(data, demand, "rurality", _places(demand)),
        *_cars(data, demand),
    )


def _everybody(standard: Standard) -> str:
    """Who all are, where a standard is for some people only."""
    words = {"under_5": "children under 5", "over_65": "people of 65 or more",
             NO_CAR: "households without a car", HOUSEHOLDS: "households"}  # fmt: skip
    who = words.get(standard.weight, "people" if standard.weight == "population" else "")
    if standard.group.startswith("most_deprived_"):
        who = f"{who} of deprivation deciles 1 to {standard.group.rsplit('_', 1)[1]}"
    elif standard.group in ("urban", "rural"):
        who = f"{standard.group} {who}"
    return "Everybody" if who == "people" else f"All {who}".strip()


def _counted_groups(data: StandardData, demand: pd.DataFrame) -> Iterator[Group]:
    """Groups that a column counts; no other age where the standard is for people of one."""
    one_age = AGE.fullmatch(data.standard.weight) is not None
    for column, (dimension, name) in {**COUNTED, **_further_ages(demand)}.items():
        if dimension == "age" and one_age:
            continue
        if not _is_there(demand, column):
            yield Group(dimension, column, name, column, None, None, NO_DATA)
            continue
        people = demand[column].astype(float).fillna(0.0)
        yield Group(dimension, column, name, column, people, _of(data, demand, people))


def _further_ages(demand: pd.DataFrame) -> dict[str, tuple[str, str]]:
    """Columns of the layer's own that count people of an age, in its order."""
    found = {}
    for column in map(str, demand.columns):
        match = AGE.fullmatch(column)
        if match is None or column in COUNTED:
            continue
        side, limit, low, high = match.groups()
        found[column] = f"People {side} {limit}" if side else f"People aged {low} to {high}"
    return {column: ("age", name) for column, name in found.items()}


def _is_there(demand: pd.DataFrame, column: str) -> bool:
    return column in demand.columns and bool(demand[column].notna().any())


def _of(data: StandardData, demand: pd.DataFrame, people: pd.Series) -> pd.Series:
    """Those of some people whom a standard counts: in its group of places and its areas."""
    standard = data.standard.model_copy(update={"weight": "these"})
    counted = counted_weight(standard, demand.assign(these=people))
    return counted.where(data.area != "", 0.0) if standard.geography != "all" else counted


def _fifths(demand: pd.DataFrame) -> tuple[tuple[str, str, pd.Series], ...]:
    """Fifths of deprivation: slug, name, who is in it; nothing where no decile is known."""
    if not _is_there(demand, "imd_decile"):
        return ()
    decile = demand["imd_decile"].astype(float)
    ends = {1: ", most deprived fifth", 9: ", least deprived fifth"}
    fifths = [
        (f"imd_{low}_{low + 1}", f"Deprivation deciles {low} and {low + 1}{ends.get(low, '')}",
         decile.between(low, low + 1))
        for low in range(1, 10, 2)
    ]  # fmt: skip
    return (*fifths, (NOT_KNOWN, "Deprivation not known", decile.isna()))


def _places(demand: pd.DataFrame) -> tuple[tuple[str, str, pd.Series], ...]:
    """Urban and rural places: slug, name, who is in it; nothing where none is told."""
    if "rural_urban" not in demand.columns:
        return ()
    kind = demand["rural_urban"].fillna("").astype(str)
    if not kind.isin(("urban", "rural")).any():
        return ()
    named = [(k, f"In {k} places", kind == k) for k in ("urban", "rural")]
    return (*named, (NOT_KNOWN, "Not known whether urban or rural", ~kind.isin(("urban", "rural"))))


def _split(
    data: StandardData,
    demand: pd.DataFrame,
    dimension: str,
    parts: tuple[tuple[str, str, pd.Series], ...],
) -> Iterator[Group]:
    """The standard's own weight by kind of place; the unknown only where there are any."""
    unit = data.standard.weight
    if not parts:
        yield Group(dimension, NOT_KNOWN, SPLIT[dimension], unit, None, None, NO_DATA)
        return
    people = demand[unit].astype(float).fillna(0.0)
    for group, name, here in parts:
        all_here, counted = people.where(here, 0.0), data.weight.where(here, 0.0)
        known = group != NOT_KNOWN
        if not known and all_here.sum() <= 0:
            continue
        note = PARTLY if not known else "" if counted.sum() > 0 else NOT_COUNTED
        yield Group(dimension, group, name, unit, all_here, counted, note if all_here.sum() else "")


def _cars(data: StandardData, demand: pd.DataFrame) -> Iterator[Group]:
    """Households without a car and with one; a drive by car is no test for those without."""
    names = {NO_CAR: "Households without a car", "with_car": "Households with a car"}
    if not _is_there(demand, NO_CAR):
        yield Group("car", NO_CAR, names[NO_CAR], NO_CAR, None, None, NO_DATA)
        return
    without = demand[NO_CAR].astype(float).fillna(0.0)
    drives = data.standard.mode == "car"
    served = None if drives else _of(data, demand, without)
    yield Group("car", NO_CAR, names[NO_CAR], NO_CAR, without, served, NO_DRIVE if drives else "")
    if data.standard.weight == NO_CAR:
        return
    if not _is_there(demand, HOUSEHOLDS):
        yield Group("car", "with_car", names["with_car"], HOUSEHOLDS, None, None, NO_DATA)
        return
    having = (demand[HOUSEHOLDS].astype(float).fillna(0.0) - without).clip(lower=0.0)
    yield Group("car", "with_car", names["with_car"], HOUSEHOLDS, having, _of(data, demand, having))


def _figures(
    data: StandardData, arrivals: Mapping[str, Arrivals], counted: pd.Series | None
) -> dict[str, float]:
    """Cover and times of those a standard counts, before and after; blank where it cannot."""
    if counted is None:
        return {}
    row: dict[str, float] = {"total": _r(counted.sum())}
    miles = data.standard.unit == MILES
    for when, found in arrivals.items():
        one = summary(found, counted, limit_min=data.limit_min)
        row[f"within_{when}"] = _r(one["within"])
        row[f"share_{when}"] = _r(one["share"], 6)
        row[f"mean_{when}_{data.standard.unit}"] = _r(one["mean_min"])
        if not miles:
            row[f"p90_{when}_min"] = _r(one["p90_min"])
    return row


def _changed(changes: Changes, group: Group) -> dict[str, float]:
    """Gains and losses; of those a drive does not serve, only where they live."""
    who = group.counted if group.counted is not None else group.people
    if who is None:
        return {}
    told = changes.counts(who.to_numpy(dtype=float))
    kept = told if group.counted is not None else {k: told[k] for k in ("better", "worse")}
    return {name: _r(value) for name, value in kept.items()}


def _r(value: float, digits: int = 3) -> float:
    return round(float(value), digits)
