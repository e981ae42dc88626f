"""Write the fictional county of Wessex: `python data/wessex/generate.py --out DIR --scale 1.0`."""

from __future__ import annotations

import argparse
import csv
import json
import sys
import time
from pathlib import Path

import numpy as np
import shapely

sys.path.insert(0, str(Path(__file__).resolve().parent))

from areas import Area, Ward, make_areas, make_wards
from estate import Row, make_estate
from ground import Ground, lay_ground
from network import build_network
from osm import draw_sheet, island_spots, write_pbf
from people import People, settle_people

SEED = 1874
# fmt: off
COLUMNS = {
    "buildings": (
        "asset_id", "uprn", "name", "owner", "asset_type", "easting", "northing", "postcode",
        "ward_code", "tenure", "tenure_category", "status", "gia_m2", "capacity_m2",
        "condition_grade", "survey_date", "backlog_gbp_p1", "backlog_gbp_p2", "backlog_gbp_p3",
        "backlog_gbp_p4", "suitability", "accessible", "epc", "tco2e_pa", "running_cost_gbp_pa",
        "income_gbp_pa", "market_value_gbp", "market_value_gbp_low", "market_value_gbp_high",
        "book_value_gbp", "valuation_basis", "disposal_cost_pct", "months_to_sell",
        "market_area", "build_capex_gbp", "extension_gbp_per_m2", "extension_max_m2",
        "decision_lock", "lock_reason", "in_scope", "confidential", "constraints",
        "remaining_life_yr",
    ),
    "services": (
        "unit_id", "service_type", "asset_id", "operator", "mode", "space_m2", "users_pa",
        "income_gbp_pa", "service_cost_gbp_pa", "move_cost_gbp", "host_types", "lock",
        "lock_reason", "duty_system", "turnout_s", "vehicles", "availability_day_pct",
        "availability_night_pct", "over_border",
    ),
    "demand": (
        "demand_id", "easting", "northing", "population", "households", "no_car_households",
        "under_5", "over_65", "imd_decile", "rural_urban", "ward_code", "area_id",
    ),
    "compatibility": ("service_a", "service_b", "rule", "cost_gbp", "note"),
    "leases": (
        "asset_id", "start", "expiry", "break_dates", "break_notice_months",
        "break_penalty_gbp", "annual_rent_gbp", "dilapidations_gbp",
    ),
}
# fmt: on


def write_table(rows: list[Row], columns: tuple[str, ...], path: Path) -> None:
    """Write rows as CSV with the same bytes on every machine."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, columns, restval="", lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def demand_rows(ground: Ground, people: People, wards: list[Ward]) -> list[Row]:
    """One row per demand point, numbered from west to east."""
    shapes = shapely.STRtree([ward.shape for ward in wards])
    order = np.lexsort((people.spots[:, 1], people.spots[:, 0]))
    rows: list[Row] = []
    for number, i in enumerate(order, 1):
        ward = wards[int(shapes.nearest(shapely.Point(people.spots[i])))]
        pilot = ground.places[ward.place].pilot
        rows.append(
            {
                "demand_id": f"D{number:04d}",
                "easting": int(people.spots[i, 0]),
                "northing": int(people.spots[i, 1]),
                "population": int(people.population[i]),
                "households": int(people.households[i]),
                "no_car_households": int(people.no_car[i]),
                "under_5": int(people.under_5[i]),
                "over_65": int(people.over_65[i]),
                "imd_decile": int(people.decile[i]),
                "rural_urban": "urban" if people.urban[i] else "rural",
                "ward_code": ward.code,
                "area_id": f"P-{pilot}" if pilot else "",
            }
        )
    return rows


def write_areas(areas: list[Area], path: Path) -> None:
    """Write the areas as GeoJSON (RFC 7946: WGS84 degrees, outer rings anticlockwise)."""
    lines = []
    for area in areas:
        shape = shapely.geometry.mapping(shapely.orient_polygons(area.shape))
        names = {"area_id": area.area_id, "name": area.name, "kind": area.kind}
        feature = {"type": "Feature", "properties": names, "geometry": shape}
        lines.append(json.dumps(feature, separators=(",", ":"), ensure_ascii=False))
    text = '{"type":"FeatureCollection","features":[\n' + ",\n".join(lines) + "\n]}\n"
    path.write_text(text, encoding="utf-8", newline="\n")


def generate(out: Path, scale: float = 1.0, seed: int = SEED) -> dict[str, int]:
    """Write every layer of the county to a folder; give the number of records in each."""
    out.mkdir(parents=True, exist_ok=True)
    ground = lay_ground(seed, scale)
    network = build_network(ground, seed)
    sheet = draw_sheet(ground, network, seed)
    write_pbf(sheet, out / "roads.osm.pbf")
    wards = make_wards(ground, seed)
    areas = make_areas(ground, wards)
    write_areas(areas, out / "areas.geojson")
    people = settle_people(ground, scale, seed, island_spots(ground, network, seed))
    tables = make_estate(ground, wards, scale, seed)
    tables["demand"] = demand_rows(ground, people, wards)
    for layer, columns in COLUMNS.items():
        write_table(tables[layer], columns, out / f"{layer}.csv")
    counts = {layer: len(rows) for layer, rows in tables.items()}
    return {**counts, "areas": len(areas), "nodes": len(sheet.spots), "ways": len(sheet.ways)}


def main() -> None:
    """Read the options and write the county."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=Path(__file__).resolve().parent)
    parser.add_argument("--scale", type=float, default=1.0, help="1.5 gives about 300 buildings")
    parser.add_argument("--seed", type=int, default=SEED)
    options = parser.parse_args()
    if not 0.2 <= options.scale <= 10:
        parser.error("--scale must lie between 0.2 and 10")
    start = time.perf_counter()
    counts = generate(options.out, options.scale, options.seed)
    listed = ", ".join(f"{count} {layer}" for layer, count in sorted(counts.items()))
    print(f"{options.out}: {listed} in {time.perf_counter() - start:.1f} s")


if __name__ == "__main__":
    main()
