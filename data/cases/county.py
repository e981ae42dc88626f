"""Small generated counties for the published cases: towns, roads, people, buildings, services.

A case gives towns with their names at about their true places and lists its buildings and
services; everything else (streets, main roads, people, areas) is made from a seed, and the same
seed gives the same files. `build` writes the folder:

    from county import County, Town, build, building, spot, unit

    TOWNS = (Town("Hayle", 155.8, 37.2, 9000), Town("Camborne", 164.6, 40.1, 21_000))
    COUNTY = County("cornwall", TOWNS, seed=1)
    rows = [building("B01", "Hayle Fire Station", owner="Fire", asset_type="fire_station",
                     at=spot(COUNTY, "Hayle", 0.3, bearing_deg=90), gia_m2=400, running_cost=30_000)]
    build(Path("out"), COUNTY, Layers(buildings=rows, services=[...], leases=[...]))
"""

from __future__ import annotations

import argparse
import json
import re
import sys
import zlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import shapely

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "wessex"))
sys.path.insert(0, str(Path(__file__).resolve().parent))

from generate import COLUMNS as WESSEX_COLUMNS
from generate import write_table
from geometry import stream, to_degrees
from osm import write_pbf
from streets import Streets, draw, lay_streets

Row = dict[str, object]
Spot = tuple[int, int]
#: Share of the people, by column of the demand layer.
UNDER_5, OVER_65, A_HOUSEHOLD = 0.052, 0.23, 2.3


@dataclass(frozen=True)
class Town:
    """A town or village.

    Attributes:
        name: as on the map.
        east_km, north_km: of its middle, National Grid, km.
        people: who live there; split exactly over its demand points.
        market, pilot, district: area it belongs to, by name; "" = in none.
        deprivation: decile of its people, 1 most deprived.
        points: demand points; None = one for 1,500 people, 2 to 12.
    """

    name: str
    east_km: float
    north_km: float
    people: int
    market: str = ""
    pilot: str = ""
    district: str = ""
    deprivation: int = 5
    points: int | None = None


@dataclass(frozen=True)
class County:
    """A generated county.

    Attributes:
        name: prefix of its seed; lower-case.
        towns: names differ.
        seed: another seed is another county of the same shape.
        between_km: one demand point at about every so many km of main road; 0 = none.
        between_people: people at each of them.
    """

    name: str
    towns: tuple[Town, ...]
    seed: int = 1
    between_km: float = 2.5
    between_people: int = 150

    def town(self, name: str) -> Town:
        """The town of a name; KeyError where there is none."""
        return {town.name: town for town in self.towns}[name]


@dataclass(frozen=True)
class Layers:
    """Rows of the layers that a case writes itself; ``demand`` only in place of the made one."""

    buildings: Sequence[Row]
    services: Sequence[Row]
    leases: Sequence[Row] = ()
    compatibility: Sequence[Row] = ()
    demand: Sequence[Row] = field(default_factory=tuple)


def area_id(kind: str, name: str) -> str:
    """Id of an area: ``M-HAYLE`` of a market area, ``P-`` pilot, ``D-`` district, ``W-`` ward."""
    slug = re.sub(r"[^A-Z0-9]+", "-", name.upper()).strip("-")
    return f"{kind[0].upper()}-{slug}" if name else ""


def spot(county: County, town: str, out: float = 0.3, *, bearing_deg: float = 0.0) -> Spot:
    """(easting, northing) beside a street corner of a town.

    Args:
        county: where.
        town: its name.
        out: how far from the middle, as a share of the way to the edge of the streets.
        bearing_deg: which way, clockwise from north.
    """
    streets = lay_streets(county.towns, county.seed)
    corners = streets.corners[town]
    middle = corners.mean(axis=0)
    reach = float(np.hypot(*(corners - middle).T).max()) / np.sqrt(2)
    angle = np.radians(bearing_deg)
    wanted = middle + out * reach * np.array([np.sin(angle), np.cos(angle)])
    corner = corners[int(np.argmin(np.hypot(*(corners - wanted).T)))]
    east, north = np.round(
        corner + (18.0 * np.cos(7 * out + angle), 18.0 * np.sin(7 * out + angle))
    )
    return int(east), int(north)


def building(
    asset_id: str, name: str, *, owner: str, asset_type: str, at: Spot, **figures: object
) -> Row:
    """A row of buildings.csv: ``figures`` are any columns of the layer.

    Freehold, operational, grade B and free to decide about unless said otherwise; nothing else is
    filled in, so give ``gia_m2`` and ``running_cost_gbp_pa`` (and ``market_value_gbp``, or it
    fetches nothing; ``capacity_m2``, or it takes in nobody).
    """
    row: Row = {
        "asset_id": asset_id, "uprn": f"999{_number(asset_id):09d}", "name": name, "owner": owner,
        "asset_type": asset_type, "easting": at[0], "northing": at[1], "tenure": "freehold",
        "status": "operational", "condition_grade": "B", "accessible": "true",
        "decision_lock": "free", "in_scope": "true", "confidential": "false",
    }  # fmt: skip
    return {**row, **figures}


def unit(
    unit_id: str,
    service_type: str,
    asset_id: str,
    *,
    operator: str,
    space_m2: float,
    **more: object,
) -> Row:
    """A row of services.csv: ``more`` are any columns of the layer."""
    row: Row = {
        "unit_id": unit_id, "service_type": service_type, "asset_id": asset_id,
        "operator": operator, "mode": "full", "space_m2": space_m2, "lock": "free",
    }  # fmt: skip
    return {**row, **more}


def split(total: float, weights: Sequence[float], *, step: float = 1.0) -> list[float]:
    """A total in parts that follow weights and add up to it exactly; whole steps but the last."""
    shares = np.asarray(weights, dtype=float) / sum(weights)
    parts = [float(np.round(total * share / step) * step) for share in shares[:-1]]
    return [*parts, total - sum(parts)]


def people(county: County) -> list[Row]:
    """Rows of demand.csv: the towns' people to the last one, and some along the main roads."""
    streets = lay_streets(county.towns, county.seed)
    rows: list[Row] = []
    for town in county.towns:
        corners, rng = streets.corners[town.name], stream(county.seed, f"people of {town.name}")
        count = town.points or int(np.clip(round(town.people / 1500), 2, 12))
        picked = corners[np.sort(rng.choice(len(corners), min(count, len(corners)), replace=False))]
        shares = split(town.people, list(rng.uniform(0.7, 1.3, len(picked))))
        rows += [_people(town, xy, n) for xy, n in zip(picked, shares, strict=True)]
    if county.between_km:
        rows += _between(county, streets)
    rows.sort(key=lambda row: (row["easting"], row["northing"]))
    return [{"demand_id": f"D{k:04d}", **row} for k, row in enumerate(rows, 1)]


def command(generate: Callable[[Path], list[Path]], beside: str) -> None:
    """What ``python data/cases/NAME/generate.py [--out DIR]`` does; ``beside`` is its file."""
    parser = argparse.ArgumentParser(description=generate.__doc__)
    parser.add_argument("--out", type=Path, default=Path(beside).resolve().parent)
    for path in generate(parser.parse_args().out):
        print(f"{path.name}: {path.stat().st_size:,} bytes")


def build(folder: Path, county: County, layers: Layers) -> list[Path]:
    """Write every layer, the areas and the roads of a case; the paths written."""
    folder.mkdir(parents=True, exist_ok=True)
    streets = lay_streets(county.towns, county.seed)
    write_pbf(draw(streets, county.towns), folder / "roads.osm.pbf")
    (folder / "areas.geojson").write_text(_areas_text(county), encoding="utf-8", newline="\n")
    placed = [_placed(county, row) for row in layers.buildings]
    tables = {"buildings": placed, "services": layers.services, "leases": layers.leases,
              "compatibility": layers.compatibility,
              "demand": layers.demand or people(county)}  # fmt: skip
    written = [folder / "roads.osm.pbf", folder / "areas.geojson"]
    for name, rows in tables.items():
        if rows:
            write_table(list(rows), _columns(name, rows), folder / f"{name}.csv")
            written.append(folder / f"{name}.csv")
    return written


def _columns(layer: str, rows: Iterable[Row]) -> tuple[str, ...]:
    """Columns in use, those of the demonstration county first and in its order."""
    used = {key for row in rows for key in row}
    own = [name for name in WESSEX_COLUMNS[layer] if name in used]
    return (*own, *sorted(used - set(own)))


def _number(text: str) -> int:
    return zlib.crc32(text.encode()) % 10**9


def _people(town: Town, xy: np.ndarray, population: float) -> Row:
    households = round(population / A_HOUSEHOLD)
    return {
        "easting": int(xy[0]) + 6,
        "northing": int(xy[1]) + 6,
        "population": int(population),
        "households": households,
        "no_car_households": round(households * (0.30 - 0.02 * town.deprivation)),
        "under_5": round(population * UNDER_5),
        "over_65": round(population * OVER_65),
        "imd_decile": town.deprivation,
        "rural_urban": "urban" if town.people >= 7000 else "rural",
        **_within(town),
    }


def _within(town: Town) -> Row:
    return {"ward_code": area_id("ward", town.name), "area_id": area_id("pilot", town.pilot)}


def _between(county: County, streets: Streets) -> list[Row]:
    rows: list[Row] = []
    for road in streets.mains:
        length = shapely.length(shapely.LineString(road.line))
        count = int(length / 1000 / county.between_km)
        for k in range(1, count):
            at = shapely.LineString(road.line).interpolate(k / count, normalized=True)
            near = _nearest(county, at.x, at.y)
            rural = Town("", 0, 0, county.between_people, deprivation=min(10, near.deprivation + 1))
            made = _people(rural, np.round([at.x, at.y]), county.between_people)
            rows.append({**made, **_within(near)})
    return rows


def _nearest(county: County, east_m: float, north_m: float) -> Town:
    def apart(town: Town) -> float:
        return float(np.hypot(town.east_km * 1000 - east_m, town.north_km * 1000 - north_m))

    return min(county.towns, key=apart)


def _placed(county: County, row: Row) -> Row:
    """A building with the areas of the town it is nearest to, where it names none."""
    town = _nearest(county, float(str(row["easting"])), float(str(row["northing"])))
    areas: Mapping[str, object] = {
        "ward_code": area_id("ward", town.name),
        "area_id": area_id("pilot", town.pilot),
        "district_id": area_id("district", town.district),
        "market_area": area_id("market", town.market),
    }
    return {**{key: value for key, value in areas.items() if value}, **row}


def _areas_text(county: County) -> str:
    """Wards (one a town), districts, market and pilot areas as GeoJSON, sharing every vertex."""
    spots = shapely.MultiPoint([(t.east_km * 1000, t.north_km * 1000) for t in county.towns])
    outline = spots.convex_hull.buffer(5000, quad_segs=4)
    cells = shapely.get_parts(shapely.voronoi_polygons(spots, extend_to=outline, ordered=True))
    wards = [
        shapely.transform(cell.intersection(outline), lambda xy: np.round(to_degrees(xy), 5))
        for cell in cells
    ]
    found = [
        (area_id("ward", t.name), t.name, "ward", w)
        for t, w in zip(county.towns, wards, strict=True)
    ]
    for kind in ("district", "market", "pilot"):
        for name in sorted({getattr(t, kind) for t in county.towns} - {""}):
            own = [w for t, w in zip(county.towns, wards, strict=True) if getattr(t, kind) == name]
            found.append((area_id(kind, name), name, kind, shapely.unary_union(own)))
    lines = []
    for id_, name, kind, shape in sorted(found, key=lambda area: area[0]):
        feature = {
            "type": "Feature",
            "properties": {"area_id": id_, "name": name, "kind": kind},
            "geometry": shapely.geometry.mapping(shapely.orient_polygons(shape)),
        }
        lines.append(json.dumps(feature, separators=(",", ":"), ensure_ascii=False))
    return '{"type":"FeatureCollection","features":[\n' + ",\n".join(lines) + "\n]}\n"
