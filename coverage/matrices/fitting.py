"""A matrix file's pairs held against the ids of a plan. Pure.

Every fault is found before any is told. Ids the plan does not need are set aside and counted, since
a matrix is often made once for a whole estate; ids the plan needs and the file lacks are an error.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from assets.issues import InputError, Issue
from coverage.matrices.figures import STEP, number_issues, placed_figures, refuse_unusual, unit_of
from coverage.matrices.form import MatrixForm, refused
from coverage.matrices.pairs import Pairs
from coverage.matrices.statement import Statement
from coverage.network import Bools, Floats, Ints
from coverage.times import FROM_SITE, TO_SITE


@dataclass(frozen=True, eq=False)
class Fitted:
    """A matrix in the plan's order.

    Attributes:
        direction: ``from_site`` or ``to_site``.
        unit: what the times were in.
        minutes, metres: float64[d, s], NaN for no route (or, metres, unknown).
        demand_snap_m, site_snap_m: float64[d] and float64[s], NaN where not given.
        unused_demand, unused_sites: ids of the file the plan has no use for, sorted.
        notes: what the planner should know.
    """

    direction: str
    unit: str
    minutes: Floats
    metres: Floats
    demand_snap_m: Floats
    site_snap_m: Floats
    unused_demand: tuple[str, ...]
    unused_sites: tuple[str, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class _Sides:
    """Which side of the file is demand: ids, place of each in the plan (-1), place of each pair."""

    direction: str
    demand: tuple[str, ...]
    sites: tuple[str, ...]
    row: Ints
    column: Ints
    demand_of_pair: Ints
    site_of_pair: Ints
    demand_snap_m: Floats
    site_snap_m: Floats


def fit(
    pairs: Pairs,
    plan: tuple[tuple[str, ...], tuple[str, ...]],
    *,
    form: MatrixForm,
    said: Statement,
    needed: str = "",
) -> Fitted:
    """Times of a file in the order of the plan's ids (demand points, sites).

    Args:
        pairs: the file's pairs.
        plan: demand ids and site ids, each of which must be in the file.
        form: what is told about the file.
        said: what it says of itself.
        needed: direction the plan needs, taken for a table that names none.

    Raises:
        InputError: with every fault found.
    """
    direction, notes = _direction(pairs, plan, form, said, needed)
    sides = _sides(pairs, plan, direction)
    issues = _id_issues(sides, plan, pairs)
    issues += _blank_issues(pairs)
    cell, used = _cells(sides, plan)
    issues += _pair_issues(sides, plan, (cell, used))
    for column in (pairs.time, *([pairs.length] if pairs.length else [])):
        issues += number_issues(pairs, column, used)
    if issues:
        raise InputError(issues)
    unit = unit_of(pairs, form, said, used)
    minutes, metres, more = placed_figures(pairs, unit, (cell, used), (len(plan[0]), len(plan[1])))
    if not (form.unit or said.unit):
        refuse_unusual(pairs.time, unit, minutes, metres)
    return Fitted(
        direction=direction,
        unit=unit,
        minutes=minutes,
        metres=metres,
        demand_snap_m=_per_place(sides.demand_snap_m, sides.row, len(plan[0])),
        site_snap_m=_per_place(sides.site_snap_m, sides.column, len(plan[1])),
        unused_demand=_unused(sides.demand, sides.row),
        unused_sites=_unused(sides.sites, sides.column),
        notes=(*pairs.notes, *notes, *more),
    )


# ---- which way --------------------------------------------------------------------------


def _direction(
    pairs: Pairs,
    plan: tuple[tuple[str, ...], tuple[str, ...]],
    form: MatrixForm,
    said: Statement,
    needed: str,
) -> tuple[str, tuple[str, ...]]:
    """``from_site`` where sites are the starts, by the ids; where both fit, as told."""
    stated = form.direction or (said.direction if said.current else "")
    share = {FROM_SITE: _share(plan, (pairs.stops, pairs.starts)),
             TO_SITE: _share(plan, (pairs.starts, pairs.stops))}  # fmt: skip
    if not pairs.oriented:
        if stated or needed:
            told = () if stated else (f"the table names no direction; taken as {needed}",)
            return stated or needed, told
        raise refused("direction", "the table does not say which of its ids are starts",
                      "say direction: from_site or to_site")  # fmt: skip
    if share[FROM_SITE] == share[TO_SITE]:
        if stated or not share[FROM_SITE]:  # without a single id that fits, the ids are told
            return stated or needed or FROM_SITE, ()
        raise refused(
            "direction",
            "the ids of the plan fit the file both ways round, so its direction cannot be told",
            "say direction: from_site or direction: to_site",
        )
    fits = max(share, key=lambda key: share[key])
    if form.direction and form.direction != fits:
        side = "starts" if fits == FROM_SITE else "ends"
        raise refused("direction", f"the direction is said to be {form.direction}, but the sites "
                      f"are the {side} of the file", f"say direction: {fits}")  # fmt: skip
    if needed and fits != needed:
        what = {FROM_SITE: "from the sites", TO_SITE: "to the sites"}
        return fits, (f"the journeys of this matrix go {what[fits]}, the standards' go "
                      f"{what[needed]}",)  # fmt: skip
    return fits, ()


def _share(
    plan: tuple[tuple[str, ...], tuple[str, ...]], file: tuple[tuple[str, ...], tuple[str, ...]]
) -> float:
    """How much of the plan's ids (demand, sites) is among the file's, 0..2."""
    found = (len(set(ids) & set(there)) for ids, there in zip(plan, file, strict=True))
    return sum(n / max(len(ids), 1) for n, ids in zip(found, plan, strict=True))


def _sides(pairs: Pairs, plan: tuple[tuple[str, ...], tuple[str, ...]], direction: str) -> _Sides:
    starts = (pairs.starts, pairs.start, pairs.start_snap_m)
    stops = (pairs.stops, pairs.stop, pairs.stop_snap_m)
    site_side, demand_side = (starts, stops) if direction == FROM_SITE else (stops, starts)
    if not pairs.oriented:  # the rows may be either
        rows_are_demand = _share(plan, (pairs.starts, pairs.stops))
        rows_are_sites = _share(plan, (pairs.stops, pairs.starts))
        if rows_are_demand == rows_are_sites > 0:
            raise refused("direction", "the ids of the plan fit rows and columns alike",
                          "call the first column from_id or to_id, whichever it is")  # fmt: skip
        turned = rows_are_sites > rows_are_demand
        demand_side, site_side = (stops, starts) if turned else (starts, stops)
    places = [
        np.array([where.get(name, -1) for name in side[0]], dtype=np.int64)
        for where, side in (
            ({name: k for k, name in enumerate(plan[0])}, demand_side),
            ({name: k for k, name in enumerate(plan[1])}, site_side),
        )
    ]
    return _Sides(
        direction,
        demand_side[0],
        site_side[0],
        places[0],
        places[1],
        demand_side[1],
        site_side[1],
        demand_side[2],
        site_side[2],
    )


# ---- ids and pairs -----------------------------------------------------------------------


def _id_issues(
    sides: _Sides, plan: tuple[tuple[str, ...], tuple[str, ...]], pairs: Pairs
) -> list[Issue]:
    """Ids of the plan that the file does not have, with a hint where others look like them."""
    issues = []
    for what, needed, there in (
        ("demand", plan[0], sides.demand),
        ("site", plan[1], sides.sites),
    ):
        known = set(there)
        missing = tuple(sorted(name for name in needed if name not in known))
        if missing:
            side = _side_in_words(pairs, (what == "site") == (sides.direction == FROM_SITE))
            message = f"{what} ids of the plan are not among the {side}"
            remedy = _hint(missing, sorted(known - set(needed)))
            issues.append(Issue("times.missing_id", message, missing, remedy=remedy))
    return issues


def _side_in_words(pairs: Pairs, starts: bool) -> str:
    if not pairs.oriented:
        return "ids of the table"
    return "starts of the file" if starts else "ends of the file"


def _hint(missing: Sequence[str], spare: Sequence[str]) -> str:
    """How the missing ids may have been spoilt, if ids left over look like them."""
    for words, plainer in _SPOILT:
        others = {plainer(name): name for name in reversed(spare)}
        for name in missing:
            if plainer(name) in others:
                return f"the file has '{others[plainer(name)]}' for '{name}': {words}"
    return f"add their rows; leave the time blank for no route{_others(spare)}"


def _others(spare: Sequence[str]) -> str:
    """The first of the ids the plan has no use for: one of them may be meant."""
    shown = ", ".join(spare[:3]) + (", ..." if len(spare) > 3 else "")
    return f"; ids of the file that are not in the plan: {shown}" if spare else ""


def _without_point(name: str) -> str:
    return re.sub(r"^(\d+)\.0+$", r"\1", name)


def _expanded(name: str) -> str:
    """Digits of a number a spreadsheet shows as 1.00023E+11, as far as they are left."""
    if not re.fullmatch(r"\d(\.\d+)?[eE]\+?\d{1,2}", name):
        return name
    return str(int(float(name)))


_SPOILT = (
    ("ids were read as numbers; keep the column as text", _without_point),
    (
        "leading zeros were lost; keep the column as text",
        lambda name: _without_point(name).lstrip("0"),
    ),
    ("a spreadsheet has shortened the number; keep the column as text", _expanded),
    (
        "they differ in capitals, spaces or signs; write them alike",
        lambda name: re.sub(r"[\W_]+", "", name).casefold(),
    ),
)


def _blank_issues(pairs: Pairs) -> list[Issue]:
    """Rows without an id on one side or both."""
    rows = 0
    for ids, number in ((pairs.starts, pairs.start), (pairs.stops, pairs.stop)):
        if "" in ids:
            rows += int((number == ids.index("")).sum())
    if not rows:
        return []
    message = f"{rows:,} cells of ids are blank"
    return [Issue("times.blank_id", message, remedy="fill them in or remove their rows")]


def _cells(sides: _Sides, plan: tuple[tuple[str, ...], tuple[str, ...]]) -> tuple[Ints, Bools]:
    """Cell of each pair in the plan's matrix (row by row), and which pairs the plan needs."""
    row = sides.row.astype(np.int32)[sides.demand_of_pair]  # half the memory of a long matrix
    column = sides.column.astype(np.int32)[sides.site_of_pair]
    used: Bools = (row >= 0) & (column >= 0)
    cell: Ints = row * np.int32(len(plan[1])) + column
    return cell, used


def _pair_issues(
    sides: _Sides,
    plan: tuple[tuple[str, ...], tuple[str, ...]],
    at: tuple[Ints, Bools],
) -> list[Issue]:
    """Pairs given twice, and pairs left out although both their ids occur."""
    cell, used = at
    owner = np.full(len(plan[0]) * len(plan[1]), -1, dtype=np.int32)
    for pair in _steps(used):
        owner[cell[pair]] = pair
    issues = []
    again = [cell[pair][owner[cell[pair]] != pair] for pair in _steps(used)]
    twice = np.unique(np.concatenate([np.zeros(0, dtype=np.int32), *again]))
    if len(twice):
        ids = _in_words(twice, plan, sides.direction)
        issues.append(Issue("times.duplicate_pair", "pairs given twice", ids,
                            remedy="keep one row per pair"))  # fmt: skip
    there = [np.isin(np.arange(len(ids)), place[place >= 0])
             for ids, place in zip(plan, (sides.row, sides.column), strict=True)]  # fmt: skip
    wanted = (there[0][:, None] & there[1][None, :]).ravel()
    gaps = np.flatnonzero(wanted & (owner < 0))
    if len(gaps):
        ids = _in_words(gaps, plan, sides.direction)
        spare = (*_unused(sides.demand, sides.row), *_unused(sides.sites, sides.column))
        remedy = f"add the rows; leave the time blank for no route{_others(spare)}"
        issues.append(Issue("times.missing_pair", "pairs left out", ids, remedy=remedy))
    return issues


def _steps(used: Bools) -> Iterator[Ints]:
    """Pairs the plan needs, some at a time, so that no index of all of them is made."""
    for first in range(0, len(used), STEP):
        yield first + np.flatnonzero(used[first : first + STEP])


def _in_words(
    cells: Ints, plan: tuple[tuple[str, ...], tuple[str, ...]], direction: str
) -> tuple[str, ...]:
    """Pairs by cell, as ``start to end``, sorted."""
    demand, sites = plan
    count = len(sites)
    named = [(demand[cell // count], sites[cell % count]) for cell in cells.tolist()]
    if direction == FROM_SITE:
        named = [(site, point) for point, site in named]
    return tuple(sorted(f"{start} to {stop}" for start, stop in named))


# ---- places -----------------------------------------------------------------------------


def _per_place(values: Floats, place: Ints, count: int) -> Floats:
    """One distance per place of the plan (NaN where none is given)."""
    found = np.full(count, np.nan)
    found[place[place >= 0]] = values[place >= 0]
    return found


def _unused(ids: Sequence[str], place: Ints) -> tuple[str, ...]:
    return tuple(sorted(name for name, at in zip(ids, place.tolist(), strict=True)
                        if at < 0 and name))  # fmt: skip
