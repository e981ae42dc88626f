"""From the frames of a run to what the page draws: plain, JSON-able values.

Pure functions. Geometry is sent once, in longitude and latitude to five decimals (about a
metre), each ring or line as whole numbers of 0.00001 degree: first point, then steps
``[x0, y0, dx1, dy1, …]``. Minutes are sent per standard as arrays beside it, so that the
page restyles areas instead of carrying them once for every standard.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from maps import style
from maps.tables.frames import records

SCALE = 100_000  # whole numbers per degree: five decimals
WGS84 = "EPSG:4326"
CELL_TOLERANCE_M = 20.0
AREA_TOLERANCE_M = 40.0
ROAD_TOLERANCE_M = 25.0

MONEY = (
    "capital_gbp",
    "receipt_gbp",
    "running_cost_saving_gbp_pa",
    "exit_cost_gbp",
    "backlog_avoided_gbp",
)
MONEY_ROWS = (
    ("capital_gbp", "Capital to spend"),
    ("receipt_gbp", "Receipt from sale"),
    ("running_cost_saving_gbp_pa", "Running cost saved each year"),
    ("exit_cost_gbp", "Cost of leaving"),
    ("backlog_avoided_gbp", "Repairs avoided"),
)
REASON_WITHHELD = "Reason withheld: it names a sum of money."

Json = dict[str, Any]


# --- geometry ----------------------------------------------------------------------------


def steps(coordinates: np.ndarray) -> list[int]:
    """Points (n, 2) in degrees as whole numbers: the first, then the step to each next."""
    whole = np.rint(coordinates[:, :2] * SCALE).astype(np.int64)
    moved = np.diff(whole, axis=0, prepend=np.zeros((1, 2), np.int64))
    keep = np.ones(len(moved), bool)
    keep[1:] = moved[1:].any(axis=1)  # points that rounding made one
    return [int(v) for v in moved[keep].ravel()]


def polygon_parts(shape: Any) -> list[list[list[int]]]:
    """A polygon or multipolygon as parts, each a list of rings (outer first); lines dropped."""
    parts = []
    for part in shapely.get_parts(shape):
        if part.geom_type == "Polygon" and not part.is_empty:
            rings = [part.exterior, *part.interiors]
            parts.append([steps(shapely.get_coordinates(ring)[:-1]) for ring in rings])
        elif part.geom_type in ("MultiPolygon", "GeometryCollection"):
            parts.extend(polygon_parts(part))
    return parts


def line_parts(shape: Any) -> list[list[int]]:
    """A line or multiline as lines."""
    return [
        steps(shapely.get_coordinates(part))
        for part in shapely.get_parts(shape)
        if part.geom_type == "LineString" and not part.is_empty
    ]


def thinned(frame: gpd.GeoDataFrame, tolerance_m: float) -> gpd.GeoDataFrame:
    """Polygons with fewer points and still no gap between neighbours.

    Neighbours that share an edge exactly are simplified together; where polygons overlap
    or do not meet exactly they are left as they are, since thinning one by one would part
    them.
    """
    shapes = frame.geometry.to_numpy()
    polygonal = np.isin(shapely.get_type_id(shapes), (3, 6)).all()
    if not (polygonal and len(shapes) and shapely.coverage_is_valid(shapes)):
        return frame
    out = frame.copy()
    out[frame.geometry.name] = shapely.coverage_simplify(shapes, tolerance_m)
    return out


def bounds(frames: Iterable[gpd.GeoDataFrame]) -> list[list[float]]:
    """``[[south, west], [north, east]]`` in degrees around all frames (Great Britain if none)."""
    boxes = [frame.to_crs(WGS84).total_bounds for frame in frames if len(frame)]
    boxes = [b for b in boxes if np.isfinite(b).all()]
    if not boxes:
        return [[49.9, -8.2], [58.7, 1.8]]
    west, south = np.min(boxes, axis=0)[:2]
    east, north = np.max(boxes, axis=0)[2:]
    return [[_degrees(south), _degrees(west)], [_degrees(north), _degrees(east)]]


def _degrees(value: float) -> float:
    return round(float(value), 5)


def point_degrees(decisions: pd.DataFrame) -> dict[str, list[float]]:
    """asset_id → ``[lat, lon]`` from easting and northing."""
    points = gpd.GeoSeries(
        gpd.points_from_xy(decisions["easting"], decisions["northing"]), crs="EPSG:27700"
    ).to_crs(WGS84)
    return {
        asset_id: [_degrees(p.y), _degrees(p.x)]
        for asset_id, p in zip(decisions["asset_id"], points, strict=True)
    }


# --- buildings and what moves between them --------------------------------------------


def withhold(decisions: pd.DataFrame) -> pd.DataFrame:
    """Decisions without any sum of money in confidential rows.

    Done before anything is drawn, so a withheld sum is nowhere in the page's bytes.
    """
    hidden = decisions["confidential"].to_numpy(bool)
    out = decisions.assign(**{c: decisions[c].where(~hidden) for c in money_columns(decisions)})
    names_a_sum = out["reason_text"].str.contains("£|gbp|pound", case=False, regex=True)
    out["reason_text"] = out["reason_text"].mask(hidden & names_a_sum, REASON_WITHHELD)
    return out


def money_columns(frame: pd.DataFrame) -> list[str]:
    """The columns in pounds, or pounds a year."""
    return [column for column in frame.columns if column.endswith(("_gbp", "_gbp_pa"))]


def buildings(decisions: pd.DataFrame, services: pd.DataFrame) -> list[Json]:
    """One entry a building, in the order of asset_id: where, what, why, how much, what it holds.

    Args:
        decisions: decisions.csv, already through `withhold`.
        services: services.csv.
    """
    at = point_degrees(decisions)
    now = _units_by_building(services, "from_asset_id")
    later = _units_by_building(services[services["action"] != "withdraw"], "to_asset_id")
    return [
        {
            "id": row["asset_id"],
            "name": row["name"],
            "at": at[row["asset_id"]],
            "decision": row["decision"],
            "owner": row["owner"],
            "kind": style.asset_words(row["asset_type"]),
            "reason": row["reason_text"],
            "withheld": bool(row["confidential"]),
            "money": money_rows(row),
            "now": [_leaves(unit) for unit in now.get(row["asset_id"], [])],
            "after": [_arrives(unit) for unit in later.get(row["asset_id"], [])],
            "kinds_now": [unit["service_type"] for unit in now.get(row["asset_id"], [])],
            "kinds_after": [unit["service_type"] for unit in later.get(row["asset_id"], [])],
        }
        for row in decisions.sort_values("asset_id").to_dict("records")
    ]


def money_rows(row: Mapping[Any, Any]) -> list[list[str]]:
    """Label and sum for each sum of a building that is not nought; none when withheld."""
    if row["confidential"]:
        return []
    return [
        [label, style.pounds(row[column])]
        for column, label in MONEY_ROWS
        if style.is_known(row[column]) and round(row[column]) != 0
    ]


def _units_by_building(services: pd.DataFrame, column: str) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = {}
    for unit in records(services.sort_values("unit_id")):
        if unit[column]:
            found.setdefault(unit[column], []).append(unit)
    return found


def unit_text(unit: Mapping[str, Any]) -> str:
    """A service unit in words: what and whose."""
    return f"{style.service_words(unit['service_type'])} ({unit['operator']})"


def _leaves(unit: Mapping[str, Any]) -> list[str]:
    if unit["action"] == "withdraw":
        return [unit_text(unit), "withdrawn", "", ""]
    if unit["action"] == "move":
        return [unit_text(unit), "moves to", unit["to_name"], unit["to_asset_id"]]
    return [unit_text(unit), "", "", ""]


def _arrives(unit: Mapping[str, Any]) -> list[str]:
    if unit["action"] == "move":
        return [unit_text(unit), "from", unit["from_name"], unit["from_asset_id"]]
    return [unit_text(unit), "", "", ""]


def moves(services: pd.DataFrame, at: Mapping[str, Sequence[float]]) -> list[Json]:
    """One arrow for each pair of buildings that units move between, with its units."""
    moving = services[services["action"] == "move"].sort_values("unit_id")
    pairs: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for row in records(moving):
        pairs.setdefault((str(row["from_asset_id"]), str(row["to_asset_id"])), []).append(row)
    return [
        {
            "from": here,
            "to": there,
            "line": [list(at[here]), list(at[there])],
            "names": [rows[0]["from_name"], rows[0]["to_name"]],
            "units": [unit_text(row) for row in rows],
            **_ids_and_kinds(rows),
        }
        for (here, there), rows in sorted(pairs.items())
        if here in at and there in at
    ]


def _ids_and_kinds(rows: Sequence[Mapping[Any, Any]]) -> Json:
    """What a choice of service or of year is asked of."""
    return {"ids": [r["unit_id"] for r in rows], "kinds": [r["service_type"] for r in rows]}


def withdrawals(services: pd.DataFrame, at: Mapping[str, Sequence[float]]) -> list[Json]:
    """One mark for each building that a unit is withdrawn from, with its units."""
    gone = services[services["action"] == "withdraw"].sort_values("unit_id")
    out = []
    for key, units in gone.groupby("from_asset_id", sort=True):
        here, rows = str(key), records(units)
        if here in at:
            texts = [unit_text(row) for row in rows]
            mark = {"from": here, "at": list(at[here]), "name": rows[0]["from_name"]}
            out.append({**mark, "units": texts, **_ids_and_kinds(rows)})
    return out


# --- areas and their minutes -------------------------------------------------------------


def cells(frame: gpd.GeoDataFrame, standard_ids: Sequence[str]) -> Json:
    """Shapes of the cells once, and per standard minutes and in-time flags, in the same order.

    Returns:
        ``shapes``, ``names``, ``people``, ``wards`` (codes; none where the run has none) and
        ``times``: standard_id → ``before``, ``after`` (minutes to a hundredth, None where there
        is no route), ``in_before``, ``in_after`` (text of ``0`` and ``1``). All empty when there
        are no cells.
    """
    if not len(frame):
        return {"shapes": [], "names": [], "people": [], "wards": [], "times": {}}
    ordered = frame.sort_values("demand_id")
    drawn = thinned(ordered, CELL_TOLERANCE_M).to_crs(WGS84)
    names = ordered["name"] if "name" in ordered else ordered["demand_id"]
    fallback = ordered["demand_id"]
    return {
        "shapes": [polygon_parts(shape) for shape in drawn.geometry],
        "names": [str(n) if n else str(i) for n, i in zip(names, fallback, strict=True)],
        "people": [_whole_if_whole(p) for p in ordered["population"]],
        "wards": [str(ward) for ward in ordered["ward_code"]] if "ward_code" in ordered else [],
        "times": {sid: times_of(ordered, sid) for sid in standard_ids},
    }


def _whole_if_whole(people: Any) -> float:
    """People to a hundredth, as a whole number where it is one (shorter); none where unknown."""
    if not style.is_known(people):
        return 0
    number = round(float(people), 2)
    return int(number) if number.is_integer() else number


def times_of(frame: pd.DataFrame, standard_id: str) -> Json:
    """Minutes and in-time flags of one standard before and after.

    Where the run has them also ``in_before_low`` ... ``in_after_high``, whether in time at either
    end of the error.
    """
    flags = [f"in_{when}{end}" for when in ("before", "after") for end in ("", "_low", "_high")]
    return {
        **{when: _minutes(_times(frame, f"{standard_id}_{when}")) for when in ("before", "after")},
        **{
            flag: _flags(frame[f"{standard_id}_{flag}"])
            for flag in flags
            if f"{standard_id}_{flag}" in frame
        },
    }


def _times(frame: pd.DataFrame, name: str) -> pd.Series:
    """Minutes of each place, or miles where the standard's lines are straight."""
    miles = f"{name}_{style.MILES}"
    return frame[miles if miles in frame else f"{name}_{style.MINUTES}"]


def _minutes(column: pd.Series) -> list[float | None]:
    values = pd.to_numeric(column, errors="coerce").to_numpy(float)
    return [round(float(v), 2) if math.isfinite(v) else None for v in values]


def _flags(column: pd.Series) -> str:
    return "".join("1" if flag else "0" for flag in column.eq(True))


def areas(frame: gpd.GeoDataFrame, cover: pd.DataFrame, standard_ids: Sequence[str]) -> list[Json]:
    """Outlines of wards, pilot areas and so on, each with its rows of cover.csv in words.

    Figures come in the order of `standard_ids`; within a standard everybody first, then groups.
    """
    if not len(frame):
        return []
    figures = figures_by_area(cover, standard_ids)
    out: list[Json] = []
    for kind, same in frame.sort_values(["kind", "area_id"]).groupby("kind", sort=True):
        drawn = thinned(same, AREA_TOLERANCE_M).to_crs(WGS84)
        out.extend(
            {
                "id": area_id,
                "name": str(name) if name else area_id,
                "kind": kind,
                "shape": polygon_parts(shape),
                "figures": figures.get((kind, area_id), []),
            }
            for area_id, name, shape in zip(
                drawn["area_id"], drawn["name"], drawn.geometry, strict=True
            )
        )
    return out


def figures_by_area(
    cover: pd.DataFrame, standard_ids: Sequence[str]
) -> dict[tuple[str, str], list[list[str]]]:
    """(geography, area_id) → its figures, ordered; standards that are not listed come last."""
    place = {sid: index for index, sid in enumerate(standard_ids)}
    rows = sorted(
        cover.to_dict("records"),
        key=lambda r: (
            place.get(r["standard_id"], len(place)),
            r["standard_id"],
            r["group"] != "all",
            r["group"],
            r["weight"],
        ),
    )
    found: dict[tuple[str, str], list[list[str]]] = {}
    for row in rows:
        found.setdefault((row["geography"], row["area_id"]), []).append(area_figures(row))
    return found


def area_figures(row: Mapping[Any, Any]) -> list[str]:
    """A row of cover.csv for a popup; figures are ranges where they have two ends.

    Returns:
        standard_id, group (blank for all), the standard's own figure before and after in its
        unit, then before and after what stands beside it (for a share the mean in minutes or
        miles, for a time the share in time), change in people within (signed text, or blank for
        none), total.
    """
    changes = tuple(row[f"within_after{e}"] - row[f"within_before{e}"] for e in _ends(row))
    return [
        row["standard_id"],
        "" if row["group"] == "all" else style.words(row["group"]),
        *(_own_figure(row, when) for when in ("before", "after")),
        *(_beside(row, when) for when in ("before", "after")),
        style.change_range(changes),
        f"{style.count(row['total'])} {style.WEIGHT_WORDS.get(row['weight'], row['weight'])}",
    ]


def _own_figure(row: Mapping[Any, Any], when: str) -> str:
    """The standard's own figure in its unit; of runs of old, the share."""
    name = "figure" if f"figure_{when}" in row else "share"
    return style.figure_range(*_range(row, f"{name}_{when}"), row.get("unit", style.SHARE))


def _beside(row: Mapping[Any, Any], when: str) -> str:
    """The mean beside a share, the share beside a time."""
    if row.get("unit", style.SHARE) != style.SHARE:
        return f"{style.percent_range(*_range(row, f'share_{when}'))} in time"
    miles: Any = row.get(f"mean_{when}_miles")
    if style.is_known(miles):
        return style.figure(miles, style.MILES)
    return style.minutes_range(*_range(row, f"mean_{when}", "_min"))


def _ends(row: Mapping[Any, Any]) -> tuple[str, ...]:
    """Endings of the columns that hold a figure's cases; runs of old have the central one only."""
    return ("_low", "", "_high") if "within_after_low" in row else ("",)


def _range(row: Mapping[Any, Any], name: str, unit: str = "") -> tuple[float, float]:
    """Low and high end of a figure."""
    cases = _ends(row)
    return row[f"{name}{cases[0]}{unit}"], row[f"{name}{cases[-1]}{unit}"]


# --- the quiet background ---------------------------------------------------------------


def roads(frame: gpd.GeoDataFrame) -> list[Json]:
    """One entry a class, widest roads last so that they lie on top."""
    if not len(frame):
        return []
    drawn = frame.copy()
    drawn[frame.geometry.name] = frame.geometry.simplify(ROAD_TOLERANCE_M)
    drawn = drawn.to_crs(WGS84)
    out = []
    for name, same in drawn.groupby("road_class", sort=True):
        colour, width, zoom = style.ROADS.get(str(name), style.OTHER_ROAD)
        lines = sorted(line for shape in same.geometry for line in line_parts(shape))
        out.append({"class": name, "colour": colour, "width": width, "zoom": zoom, "lines": lines})
    return sorted(out, key=lambda road: (road["width"], road["class"]))


def places(frame: gpd.GeoDataFrame) -> list[Json]:
    """Names of settlements, the ones to be placed first leading.

    A place's ``id`` is its name; of names that come twice, name and coordinates.
    """
    if not len(frame):
        return []
    out: list[Json] = []
    for name, kind, point in zip(
        frame["name"], frame["kind"], frame.to_crs(WGS84).geometry, strict=True
    ):
        rank, zoom = style.PLACES.get(kind, style.OTHER_PLACE)
        if name and point is not None and not point.is_empty:
            at = [_degrees(point.y), _degrees(point.x)]
            out.append({"name": name, "kind": kind, "rank": rank, "zoom": zoom, "at": at})
    often = Counter(place["name"] for place in out)
    for place in out:
        lat, lon = place["at"]
        place["id"] = place["name"] if often[place["name"]] == 1 else f"{place['name']} {lat} {lon}"
    return sorted(out, key=lambda place: (place["rank"], place["name"], place["at"]))


def outline(frame: gpd.GeoDataFrame) -> list[list[list[int]]]:
    """The county's outline as parts."""
    if not len(frame):
        return []
    drawn = thinned(frame, AREA_TOLERANCE_M).to_crs(WGS84)
    return sorted(part for shape in drawn.geometry for part in polygon_parts(shape))
