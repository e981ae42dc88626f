"""Risks in the cover: error of the times, standards missed, on-call crews, the map's rim."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

from coverage.margin import is_stated
from coverage.standards import STRAIGHT_LINE
from optimise.appraise.own_words import Level
from optimise.appraise.risks import Risk, graded
from optimise.appraise.sight import Promise, Sight, capital, counted, listed
from optimise.inputs import off_network

AFTER = 1
#: Share of all who count that falls out of reach, from which a level holds.
FALL_HIGH, FALL_MEDIUM = 0.05, 0.01
#: Fewer than this is nobody: weights need not be whole numbers.
SOMEBODY = 0.5
#: Minutes (or miles) by which a time grows that are no rounding.
LONGER = 0.5
#: Share of people near the rim of the map (or off the roads), from which a level holds.
RIM_HIGH, RIM_MEDIUM = 0.10, 0.02


def risks_of_cover(sight: Sight) -> Iterator[Risk]:
    """Every risk in who is reached that there is reason for."""
    for promise in sight.promises:
        yield from _margin(sight, promise)
    yield from _missed(sight)
    yield from _lost(sight)
    yield from _unstated(sight)
    yield from _on_call_moves(sight)
    yield from _on_call_hours(sight)
    yield from _rim(sight)
    yield from _off_roads(sight)


def _margin(sight: Sight, promise: Promise) -> Iterator[Risk]:
    if promise.met is None or not promise.met[AFTER] or promise.met_at_worst:
        return
    error = sight.plan.inputs.times[promise.standard.mode].error
    places = (
        ""
        if promise.standard.geography == "all"
        else f" in {promise.places_at_risk:,} of {counted(promise.places, 'area')}"
    )
    required = promise.standard.kind == "hard"
    yield Risk(
        f"margin.{promise.standard.standard_id}",
        f"Within the error of the times: {promise.label}",
        f"Met with drives as modelled, but missed{places} if every drive took "
        f"{error.high - 1.0:.0%} longer, which is within the error of the times.",
        "high" if required else "medium",
        "High for a standard that is required, else medium: the margin is smaller than the error.",
        "Calibrate the times against the service's own runs, or hold the standard at the low end "
        "of cover.",
    )


def _missed(sight: Sight) -> Iterator[Risk]:
    for promise in sight.promises:
        if promise.met is None or promise.met[AFTER]:
            continue
        worse = promise.met[0]
        yield Risk(
            f"missed.{promise.standard.standard_id}",
            f"Missed: {promise.label}",
            "The plan misses what this standard asks for"
            + (", which is met today." if worse else "; it is missed today as well."),
            "high" if worse else "medium",
            "High where it is met today, else medium.",
            "Require it of the plan, or ask for less elsewhere.",
        )


def _lost(sight: Sight) -> Iterator[Risk]:
    """Standards by which people fall out of reach, others gaining or not, or journeys grow."""
    losers, longer = list(_losers(sight)), dict(_longer(sight))
    if not losers and not longer:
        return
    told = [
        f"{p.label} ({share:.1%} no longer within, {p.gained / p.total:.1%} newly within)"
        for p, share in losers
    ]
    told += [f"{label} ({more})" for label, more in longer.items()]
    worst = max((share for _, share in losers), default=0.0)
    level = graded(worst, high=FALL_HIGH, medium=FALL_MEDIUM)
    yield Risk(
        "cover.lost",
        "People who lose",
        f"By {counted(len(told), 'standard')} some are reached less well than today: "
        f"{'; '.join(told)}. Where they live stands in the tables of wards.",
        "medium" if longer and level == "low" else level,
        f"By the largest share no longer within: high from {FALL_HIGH:.0%} of all who count, "
        f"medium from {FALL_MEDIUM:.0%} or where a time grows by half a minute (half a mile).",
        "Look at the wards that lose; rules of no detriment would protect them.",
    )


def _losers(sight: Sight) -> Iterator[tuple[Promise, float]]:
    """(standard, share of all who count that is no longer within) of standards about a share."""
    for promise in sight.promises:
        if promise.lost > SOMEBODY and not promise.standard.in_minutes:
            yield promise, promise.lost / promise.total


def _longer(sight: Sight) -> Iterator[tuple[str, str]]:
    """(standard, by how much) of standards about a time that grows."""
    for promise in sight.promises:
        before, after = promise.figures
        if promise.standard.in_minutes and after - before >= LONGER:
            yield promise.label, f"{after - before:.1f} {promise.unit} longer"
        elif promise.standard.in_minutes and math.isfinite(before) and not math.isfinite(after):
            yield promise.label, "never for some"


def _unstated(sight: Sight) -> Iterator[Risk]:
    times = sight.plan.inputs.times
    modes = [
        mode.replace("_", " ")
        for mode in sorted({p.standard.mode for p in sight.promises} - {STRAIGHT_LINE})
        if not is_stated(times[mode].error)
    ]
    if modes:
        yield Risk(
            "times.error_unstated",
            "Nobody says how good the times are",
            f"The error of the times by {listed(modes)} is not stated, so how safely the standards "
            "are met is not known.",
            "not rated",
            "Not rated: without an error there is no range.",
            "Calibrate the times against known journeys, or state their error.",
        )


def _on_call_moves(sight: Sight) -> Iterator[Risk]:
    moved = [u for u in sight.moved if _duty(sight, u) == "on_call"]
    if not moved:
        return
    blind = sight.plan.inputs.catchment is None
    ids = tuple(sorted({sight.after.placed[u] for u in moved}))
    yield Risk(
        "on_call.moves",
        "On-call crews that move",
        f"{capital(counted(len(moved), 'on-call crew'))} "
        f"{'gets' if len(moved) == 1 else 'get'} another station. Crews live round their "
        "station; "
        + ("how far the new one is from it was not looked at."
           if blind else "the new one is within the drive that the scenario allows."),
        "high" if blind else "medium",
        "Medium: where each firefighter lives is not in the data; high where no drive was known.",
        "Ask the crews; recruitment round a new station takes years.",
        ids,
    )  # fmt: skip


def _on_call_hours(sight: Sight) -> Iterator[Risk]:
    services = sight.plan.inputs.estate.services
    crews = services[services["duty_system"] == "on_call"]
    types = {
        p.standard.service_type for p in sight.promises if p.standard.availability == "full"
    }  # fmt: skip
    crews = crews[crews["service_type"].isin(types)]
    if crews.empty:
        return
    hours = crews[["availability_day_pct", "availability_night_pct"]].astype(float)
    if (hours == 100.0).all(axis=None):
        return
    blank = hours.isna().any(axis=1)
    yield Risk(
        "on_call.hours",
        "Cover counts on-call crews as always there",
        f"Standards count {counted(len(crews), 'on-call crew')} as there at every hour; "
        + (
            f"the availability of {int(blank.sum()):,} of them is not recorded."
            if blank.any()
            else "their availability is recorded and less than that."
        ),
        "not rated" if bool(blank.any()) else "medium",
        "Medium: crews are away at times; not rated where availability is not recorded.",
        "Weigh cover by how often each crew is there.",
        tuple(sorted(set(crews["asset_id"].astype(str)))),
    )


def _duty(sight: Sight, unit_id: str) -> str:
    return str(sight.plan.inputs.estate.services.at[unit_id, "duty_system"])


def _share(sight: Sight, ids: set[str]) -> float:
    """Share of the population at some demand points."""
    people = sight.plan.inputs.estate.demand["population"].astype(float)
    total = float(people.sum())
    return float(people[people.index.isin(sorted(ids))].sum()) / total if total else 0.0


def _rim(sight: Sight) -> Iterator[Risk]:
    told: list[Mapping[str, Any]] = [t.provenance for t in sight.plan.inputs.times.values()]
    near = {str(d) for one in told for d in (*one.get("near_rim", ()), *one.get("beyond_rim", ()))}
    pairs = sum(int(one.get("pairs_that_may_leave_the_map", 0)) for one in told)
    if not near and not pairs:
        return
    places = near & set(map(str, sight.plan.inputs.estate.demand.index))
    stations = near & set(map(str, sight.buildings.index))
    share = _share(sight, places)
    told_places = (
        f"{capital(counted(len(places), 'place'))} with {share:.1%} of the people "
        f"{'is' if len(places) == 1 else 'are'} nearer to where roads leave the map than to any "
        "site on it. "
        if places
        else ""
    )
    yield Risk(
        "map.rim",
        "The map ends here",
        f"{told_places}{capital(counted(pairs, 'drive'))} between a place and a building might be "
        "faster by roads outside the map.",
        graded(share, high=RIM_HIGH, medium=RIM_MEDIUM),
        f"By the share of people near the rim: high from {RIM_HIGH:.0%}, medium from "
        f"{RIM_MEDIUM:.0%}.",
        "Use a map that reaches past the border, and list stations over it.",
        tuple(sorted(stations)),
    )


def _off_roads(sight: Sight) -> Iterator[Risk]:
    ids = set(off_network(sight.plan.inputs))
    if not ids:
        return
    buildings = tuple(sorted(ids & set(map(str, sight.buildings.index))))
    places = ids - set(buildings)
    share = _share(sight, places)
    level: Level = graded(share, high=RIM_HIGH, medium=RIM_MEDIUM)
    yield Risk(
        "map.off_roads",
        "Places that no road reaches",
        f"Too far from any road of the map, so that no drive to or from them is counted: "
        f"{counted(len(places), 'place')} with {share:.1%} of the people, and "
        f"{counted(len(buildings), 'building')}.",
        level,
        f"By the share of people: high from {RIM_HIGH:.0%}, medium from {RIM_MEDIUM:.0%}.",
        "Check their coordinates, and whether the map reaches far enough.",
        buildings,
    )
