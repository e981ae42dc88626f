"""What a member is shown of one area alone: times, buildings, who goes where, and how to find it.

Pure. The page's script puts together what is here with the buildings and outlines it has anyway.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from maps import certainty, overlays, style
from maps.audience import NOT_NAMED_ID
from maps.audience_texts import NOT_NAMED
from maps.postcodes import district_and_sector
from maps.runs import PUBLIC, RunFrames

#: Kinds of area that are somebody's, in the order they are offered.
KINDS = ("ward", "town", "district", "pilot")
ONE_WORDS = {"ward": "ward", "town": "town", "district": "district", "pilot": "pilot area"}
#: Columns of the cells that an area's people are counted in -> what is counted.
COUNTED = {
    "population": "People",
    "households": "Households",
    "no_car_households": "Households without a car",
    "under_5": "Children under 5",
    "over_65": "People over 65",
}
NO_CAR = "no_car_households"
#: Columns of a run's reach that are ids.
IDS = ("profile", "asset_id", "demand_id")
#: A change of the mean that is told as one, minutes.
LEAST_MIN = 0.5
#: A drive this much longer than the stated minutes is not the one they are of, minutes.
SURELY_MIN = 0.05

Json = dict[str, Any]


def my_area(run: RunFrames) -> Json:
    """Everything the page needs to show one area.

    Returns:
        ``areas``: per area ``id``, ``kind``, ``kind_words``, ``name``, ``counts`` (label and
        text), ``no_car`` (text, "" where the run does not tell), ``figures`` (a row of texts per
        standard and group, see `figure_rows`), ``inside`` (asset_ids of its buildings) and
        ``used`` (per standard: its place in run.json, and rows of asset_id, name, people served
        today, people in the plan); ``finds``: ``name``, ``kind`` and ``area`` (index into
        ``areas``) of places and postcodes; ``weights``: what ``used`` counts, per standard.
    """
    areas = _areas(run)
    if not len(areas):
        return {"areas": [], "finds": [], "weights": []}
    members = members_of(areas, run.layers["cells"])
    inside = _inside(areas, run.decisions)
    figures = _figures(run)
    names = dict(zip(run.decisions["asset_id"], run.decisions["name"], strict=True))
    # Ids are looked up time and again: as categories that is a comparison of numbers.
    coded = replace(run, reach=run.reach.astype(dict.fromkeys(IDS, "category")))
    served = [_served(coded, standard) for standard in run.summary["standards"]]
    counted = {
        c: run.layers["cells"][c].to_numpy(float) for c in COUNTED if c in run.layers["cells"]
    }
    rows = zip(areas["area_id"], areas["name"], areas["kind"], members, inside, strict=True)
    return {
        "areas": [
            {
                "id": str(area_id),
                "kind": kind,
                "kind_words": ONE_WORDS[kind],
                "name": str(name) if name else str(area_id),
                **_counts(counted, cells),
                "figures": figures.get((kind, str(area_id)), []),
                "inside": buildings,
                "used": _used(served, cells, names),
            }
            for area_id, name, kind, cells, buildings in rows
        ],
        "finds": _finds(run, areas, inside),
        "weights": [certainty.unit_words(s) for s in run.summary["standards"]],
    }


@dataclass(frozen=True)
class _Served:
    """Of one standard, for each cell: how many it counts there, and the building nearest."""

    people: list[float]
    before: list[str]
    after: list[str]


def _served(run: RunFrames, standard: Mapping[str, Any]) -> _Served | None:
    near, cells = nearest(run, standard), run.layers["cells"]
    weight = str(standard.get("weight", "population"))
    if near is None or weight not in cells:
        return None
    people = pd.to_numeric(cells[weight], errors="coerce").fillna(0.0)
    return _Served(people.tolist(), near["before"].tolist(), near["after"].tolist())


def _areas(run: RunFrames) -> gpd.GeoDataFrame:
    """Areas of the kinds that are somebody's: wards first, each kind by name."""
    frame = run.layers["areas"]
    kept = frame[frame["kind"].isin(KINDS)]
    order = kept["kind"].map({kind: index for index, kind in enumerate(KINDS)})
    called = kept["name"].where(kept["name"].astype(bool), kept["area_id"]).astype(str)
    sorted_ = kept.assign(_order=order, _called=called.str.casefold()).sort_values(
        ["_order", "_called", "area_id"]
    )
    return sorted_.drop(columns=["_order", "_called"]).reset_index(drop=True)


# --- who and what is in an area ------------------------------------------------------------


def members_of(areas: gpd.GeoDataFrame, cells: gpd.GeoDataFrame) -> list[np.ndarray]:
    """For each area the rows of `cells` in it.

    A cell is in the ward or pilot area whose id it carries; of other kinds, and where none of
    its kind is named by the cells, in the area that holds a point of it.
    """
    if not len(cells):
        return [np.zeros(0, dtype=int) for _ in range(len(areas))]
    within = _holding(areas, shapely.point_on_surface(cells.geometry.to_numpy()))
    named = {}
    for kind, column in (("ward", "ward_code"), ("pilot", "area_id")):
        ids = areas.loc[areas["kind"] == kind, "area_id"]
        if column in cells and cells[column].isin(ids).any():
            named[kind] = cells.reset_index(drop=True).groupby(column).indices
    nobody = np.zeros(0, dtype=int)
    return [
        named[kind].get(area_id, nobody) if kind in named else within[index]
        for index, (area_id, kind) in enumerate(zip(areas["area_id"], areas["kind"], strict=True))
    ]


def _holding(areas: gpd.GeoDataFrame, points: Any) -> list[np.ndarray]:
    """For each area the places in `points` of those in it, its edge included."""
    tree = shapely.STRtree(points)
    pairs = tree.query(areas.geometry.to_numpy(), predicate="intersects")
    return [np.sort(pairs[1][pairs[0] == index]) for index in range(len(areas))]


def _inside(areas: gpd.GeoDataFrame, decisions: pd.DataFrame) -> list[list[str]]:
    """For each area the asset_ids in it: by the ward they carry, else by where they stand."""
    points = shapely.points(decisions[["easting", "northing"]].to_numpy(float))
    within = _holding(areas, points)
    codes = decisions.get("ward_code", pd.Series("", decisions.index)).astype(str)
    wards = set(areas.loc[areas["kind"] == "ward", "area_id"].astype(str))
    known = codes.isin(wards).to_numpy()
    order = _changed_first(decisions).__getitem__
    found = []
    for index, (area_id, kind) in enumerate(zip(areas["area_id"], areas["kind"], strict=True)):
        rows = set(within[index].tolist())
        if kind == "ward":
            rows = {r for r in rows if not known[r]}
            rows |= set(np.flatnonzero(codes == str(area_id)).tolist())
        found.append([str(decisions["asset_id"].iloc[r]) for r in sorted(rows, key=order)])
    return found


def _changed_first(decisions: pd.DataFrame) -> list[tuple[int, str, str]]:
    """What each building is sorted by: what happens to it, most first, then its name."""
    keys = [look.key for look in style.DECISIONS]
    return [
        (keys.index(key) if key in keys else len(keys), str(name).casefold(), str(asset_id))
        for key, name, asset_id in zip(
            decisions["decision"], decisions["name"], decisions["asset_id"], strict=True
        )
    ]


def _counts(counted: Mapping[str, np.ndarray], rows: np.ndarray) -> Json:
    """People of an area by what the cells count, and those without a car in words."""
    here = {column: values[rows] for column, values in counted.items()}
    sums = {c: float(np.nansum(v)) for c, v in here.items() if np.isfinite(v).any()}
    told = [[label, style.count(round(sums[c]))] for c, label in COUNTED.items() if c in sums]
    households, no_car = sums.get("households", 0.0), ""
    if NO_CAR in sums:
        no_car = style.count(round(sums[NO_CAR]))
        if households:
            share = style.percent(sums[NO_CAR] / households)
            no_car += f" of {style.count(round(households))} households ({share})"
    return {"counts": told, "no_car": no_car}


# --- how long it takes ---------------------------------------------------------------------


def _figures(run: RunFrames) -> dict[tuple[str, str], list[list[str]]]:
    """(kind, area_id) -> `figure_rows`, standards in the order of run.json."""
    place = {s["standard_id"]: index for index, s in enumerate(run.summary["standards"])}
    wanted = run.cover[run.cover["geography"].isin(KINDS) & run.cover["standard_id"].isin(place)]
    ordered = wanted.assign(_place=wanted["standard_id"].map(place)).sort_values(
        ["_place", "group", "weight"], kind="stable"
    )
    found: dict[tuple[str, str], list[list[str]]] = {}
    for row in ordered.to_dict("records"):
        key = str(row["geography"]), str(row["area_id"])
        found.setdefault(key, []).append(figure_rows(row, place[row["standard_id"]]))
    return found


def figure_rows(row: Mapping[Any, Any], place: int) -> list[str]:
    """A row of cover.csv for one area, in words.

    Returns:
        place of the standard in run.json, group, own figure before and after, what stands beside
        them before and after (a mean, or a share), nine in ten within before and after, farthest
        before and after, change of people in time (signed, "" for none), who is counted, and by
        how many minutes the mean changes (signed; "" for less than half a minute).
    """
    (standard_id, group, was, is_, beside_was, beside_is, change, total) = overlays.area_figures(
        row
    )
    del standard_id
    spread = [_minutes(row.get(f"{name}_{when}_min")) for name in ("p90", "worst")
              for when in certainty.WHEN]  # fmt: skip
    return [str(place), group, was, is_, beside_was, beside_is, *spread, change, total,
            _mean_change(row)]  # fmt: skip


def _mean_change(row: Mapping[Any, Any]) -> str:
    """By how much the mean changes, at the central estimate; "" for less than half a minute."""
    change = row.get("mean_after_min", float("nan")) - row.get("mean_before_min", float("nan"))
    if not style.is_known(change) or abs(change) < LEAST_MIN:
        return ""
    return f"{'+' if change > 0 else ''}{style.grouped(change, 1)} min"


def _minutes(value: Any) -> str:
    return style.minutes(value) if style.is_known(value) else ""


# --- which buildings its people use --------------------------------------------------------


def nearest(run: RunFrames, standard: Mapping[str, Any]) -> pd.DataFrame | None:
    """The building nearest by road to each cell, of those that hold the standard's service.

    Returns:
        asset_id ``before`` and ``after`` in the order of the cells ("" where none is in reach,
        `NOT_NAMED_ID` where it is one the public version does not name); None where the run does
        not tell: no reach of that mode, a second vehicle, or a clock that hides whose minutes
        they are.
    """
    reach = run.reach[run.reach["profile"] == standard["mode"]]
    cells = run.layers["cells"]
    if not len(reach) or not len(cells) or not _is_first(run, standard):
        return None
    if run.audience == PUBLIC and not _traceable(run, standard):
        return None
    return pd.DataFrame(
        {
            when: _nearest(run, standard, reach, when)
            for when in certainty.WHEN
        }
    )  # fmt: skip


def _is_first(run: RunFrames, standard: Mapping[str, Any]) -> bool:
    """Whether a standard asks for the first vehicle, as all do that are not of a fire service."""
    asked = run.summary.get("scenario", {}).get("standards", {})
    told = asked.get(standard["standard_id"], {}) if isinstance(asked, Mapping) else {}
    return int(told.get("nth_vehicle", 1)) == 1


def _traceable(run: RunFrames, standard: Mapping[str, Any]) -> bool:
    """Whether the public version can say who is nearest without the buildings it does not name."""
    users = run.tables.get("users")
    if users is None:
        return False
    some = users[users["standard_id"] == standard["standard_id"]]
    hidden = some["from_asset_id"].eq(NOT_NAMED_ID) | some["to_asset_id"].eq(NOT_NAMED_ID)
    return standard["mode"] != "blue_light" or not bool(hidden.any())


def _nearest(
    run: RunFrames, standard: Mapping[str, Any], reach: pd.DataFrame, when: str
) -> list[str]:
    services, cells = run.services, run.layers["cells"]
    kind = services[services["service_type"] == standard.get("service_type")]
    sites = set(kind["from_asset_id" if when == "before" else "to_asset_id"]) - {""}
    some = reach[reach["asset_id"].isin(sites)]
    # Of equally near ones the first by id; numbers are sorted much sooner than ids.
    if not some["asset_id"].is_monotonic_increasing:
        some = some.sort_values("asset_id", kind="stable")
    first = some.sort_values("min", kind="stable").drop_duplicates("demand_id")
    at = first.set_index("demand_id")
    ids = at["asset_id"].astype(object).reindex(cells["demand_id"]).fillna("").to_numpy(object)
    if run.audience == PUBLIC:
        stated = pd.to_numeric(cells.get(f"{standard['standard_id']}_{when}_min"), errors="coerce")
        drive = at["min"].reindex(cells["demand_id"]).to_numpy(float)
        beaten = np.nan_to_num(drive, nan=np.inf) > np.asarray(stated, float) + SURELY_MIN
        ids = np.where(beaten & np.isfinite(np.asarray(stated, float)), NOT_NAMED_ID, ids)
    return [str(i) for i in ids]


def _used(
    served: Sequence[_Served | None], rows: np.ndarray, names: Mapping[str, str]
) -> list[list[Any]]:
    """Per standard that the run tells it of: its place, and rows of building and people."""
    found: list[list[Any]] = []
    for place, told in enumerate(served):
        if told is None or not len(rows):
            continue
        people: dict[str, list[float]] = {}
        for row in rows.tolist():
            for which, when in enumerate((told.before, told.after)):
                people.setdefault(when[row], [0.0, 0.0])[which] += told.people[row]
        some = [(i, _called(i, names), b[0], b[1]) for i, b in people.items() if any(b)]
        some.sort(key=lambda one: (-one[2], -one[3], one[1], one[0]))
        shown = [[i if i in names else "", n, round(was), round(is_)] for i, n, was, is_ in some]
        found.append([place, shown])
    return found


def _called(asset_id: str, names: Mapping[str, str]) -> str:
    if asset_id == NOT_NAMED_ID:
        return NOT_NAMED[:1].upper() + NOT_NAMED[1:]
    return str(names.get(asset_id, "None within reach"))


# --- how to find it ------------------------------------------------------------------------


def _finds(run: RunFrames, areas: gpd.GeoDataFrame, inside: Sequence[list[str]]) -> list[Json]:
    """Places and postcodes with the area that each is in: a ward where it is in one."""
    places = run.layers["places"]
    points = shapely.points(shapely.get_coordinates(places.geometry.to_numpy())) \
        if len(places) else np.zeros(0, dtype=object)  # fmt: skip
    first: dict[int, int] = {}
    for index, rows in enumerate(_holding(areas, points) if len(places) else []):
        for row in rows.tolist():
            first.setdefault(row, index)
    found = [
        {
            "name": str(places["name"].iloc[row]),
            "kind": str(places["kind"].iloc[row]),
            "area": index,
        }
        for row, index in first.items()
        if places["name"].iloc[row]
    ]
    found += _postcodes(run.decisions, inside)
    return sorted(found, key=lambda find: (find["name"].casefold(), find["kind"], find["area"]))


def _postcodes(decisions: pd.DataFrame, inside: Sequence[list[str]]) -> list[Json]:
    """Sectors of the buildings' postcodes, each with the area that most of its buildings are in."""
    if "postcode" not in decisions:
        return []
    home: dict[str, int] = {}
    for index, ids in enumerate(inside):
        for asset_id in ids:
            home.setdefault(asset_id, index)
    counts: dict[tuple[str, int], int] = {}
    for asset_id, text in zip(decisions["asset_id"], decisions["postcode"], strict=True):
        parts = district_and_sector(text)
        if parts is not None and asset_id in home:
            key = (" ".join(parts), home[asset_id])
            counts[key] = counts.get(key, 0) + 1
    best: dict[str, tuple[int, int]] = {}
    for (sector, index), number in sorted(counts.items()):
        if number > best.get(sector, (0, 0))[0]:
            best[sector] = (number, index)
    return [{"name": sector, "kind": "postcode sector", "area": index}
            for sector, (_, index) in sorted(best.items())]  # fmt: skip
