"""Generated layers of the Cornwall case: `python data/cases/cornwall/generate.py`.

Hayle's fire, police and ambulance stations, the site of one building for all three, and two more
fire stations with a site each that they could move to. Where they stand, and who lives where, is
invented so that the moves bring the published numbers of people inside ten minutes.
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from county import County, Layers, Row, Town, build, building, command, spot, unit

FIRE, POLICE = "Cornwall Fire and Rescue (generated)", "Devon and Cornwall Police (generated)"
AMBULANCE = "South Western Ambulance (generated)"
#: Places without a station of their own.
VILLAGES = (
    Town("St Just", 137.0, 31.5, 4_700),
    Town("Mullion", 167.8, 19.2, 2_100),
    Town("St Agnes", 172.0, 50.5, 7_500),
    Town("Perranporth", 175.5, 54.2, 3_100),
    Town("Camelford", 210.6, 83.7, 3_000),
    Town("Tintagel", 205.8, 88.4, 1_800),
    Town("Callington", 235.9, 69.7, 5_800),
    Town("Torpoint", 243.7, 54.8, 8_400),
    Town("Fowey", 212.5, 51.7, 2_300),
    Town("Lostwithiel", 210.4, 59.8, 2_900),
    Town("Mevagissey", 201.5, 44.9, 2_100),
)
TOWNS = (
    Town("Hayle", 155.8, 37.2, 8_600, deprivation=4, points=6),
    Town("Connor Downs", 158.6, 38.7, 4_100, points=3),
    Town("Gwinear", 158.5, 37.0, 2_400, points=2),
    Town("Newquay", 181.4, 61.6, 20_300, deprivation=4, points=10),
    Town("St Columb Minor", 184.2, 61.8, 7_300, points=4),
    Town("Falmouth", 180.3, 32.6, 21_200, points=10),
    Town("Penryn", 178.4, 34.0, 6_600, points=4),
    Town("Camborne", 164.6, 40.1, 21_400, deprivation=2),
    Town("Redruth", 170.0, 42.0, 14_000, deprivation=2),
    Town("St Ives", 151.8, 40.5, 9_900),
    Town("Penzance", 147.3, 30.3, 16_300, deprivation=3),
    Town("Helston", 165.9, 27.4, 11_600),
    Town("Truro", 182.6, 44.9, 19_100, deprivation=6),
    Town("St Austell", 201.5, 52.4, 23_900, deprivation=3),
    Town("Bodmin", 207.2, 66.9, 15_000, deprivation=3),
    Town("Wadebridge", 199.2, 72.3, 8_200),
    Town("Padstow", 191.9, 75.3, 2_700),
    Town("Liskeard", 225.2, 64.5, 10_000),
    Town("Looe", 225.4, 53.3, 5_100),
    Town("Saltash", 242.9, 58.9, 16_000),
    Town("Launceston", 233.2, 84.6, 9_000),
    Town("Bude", 220.8, 106.2, 9_700),
    *VILLAGES,
)
COUNTY = County("cornwall", TOWNS, seed=2013, between_km=0)
WHOLETIME = ("Redruth", "Truro", "St Austell")
ELSEWHERE = tuple(t.name for t in TOWNS[7:] if t not in VILLAGES)


def fire_station(asset_id: str, name: str, town: str, *, out: float, bearing: float) -> Row:
    """A station of a crew that stays."""
    return building(asset_id, name, owner=FIRE, asset_type="fire_station",
                    at=spot(COUNTY, town, out, bearing_deg=bearing), gia_m2=420,
                    running_cost_gbp_pa=36_000)  # fmt: skip


def hayle() -> list[Row]:
    """Three stations and the site of one for all: £102,500 a year less to run."""
    return [
        {**fire_station("HAYLE-FIRE", "Hayle Fire Station", "Hayle", out=1.0, bearing=265),
         "running_cost_gbp_pa": 41_000, "condition_grade": "C"},
        building("HAYLE-POLICE", "Hayle Police Station", owner=POLICE, asset_type="police_station",
                 at=spot(COUNTY, "Hayle", 0.4, bearing_deg=330), gia_m2=520,
                 running_cost_gbp_pa=52_500, condition_grade="C"),
        building("HAYLE-AMBULANCE", "Hayle Ambulance Station", owner=AMBULANCE,
                 asset_type="ambulance_station", at=spot(COUNTY, "Hayle", 0.6, bearing_deg=200),
                 gia_m2=360, running_cost_gbp_pa=47_000, condition_grade="D"),
        building("HAYLE-TRI", "Hayle Tri-Service Station", owner=FIRE, asset_type="fire_station",
                 at=spot(COUNTY, "Hayle", 1.0, bearing_deg=80), status="candidate", gia_m2=820,
                 capacity_m2=700, running_cost_gbp_pa=38_000, build_capex_gbp=1_085_000,
                 condition_grade="", building_class="standard"),
    ]  # fmt: skip


def two_more() -> list[Row]:
    """Two stations by the sea and a site inland for each: the same cost, a better place."""
    rows = []
    for town, bearing, out in (("Newquay", 299, 0.8), ("Falmouth", 169, 0.6)):
        code = town.upper()
        rows.append(fire_station(f"{code}-FIRE", f"{town} Fire Station", town, out=out,
                                 bearing=bearing))  # fmt: skip
        rows.append(
            building(
                f"{code}-NEW",
                f"{town} site",
                owner=FIRE,
                asset_type="fire_station",
                at=spot(COUNTY, town, 1.0, bearing_deg=bearing - 180),
                status="candidate",
                gia_m2=420,
                capacity_m2=320,
                running_cost_gbp_pa=36_000,
                build_capex_gbp=900_000,
                condition_grade="",
            )  # fmt: skip
        )
    return rows


def services() -> list[Row]:
    """The crews and teams."""
    crew = {"duty_system": "on_call", "vehicles": 1, "availability_day_pct": 85,
            "availability_night_pct": 96, "host_types": "fire_station"}  # fmt: skip
    rows = [
        unit("HAYLE-CREW", "fire", "HAYLE-FIRE", operator=FIRE, space_m2=300, move_cost_gbp=12_000,
             **crew),
        unit("HAYLE-TEAM", "police", "HAYLE-POLICE", operator=POLICE, space_m2=180, vehicles=2,
             move_cost_gbp=9_000, host_types="fire_station"),
        unit("HAYLE-PARAMEDICS", "ambulance", "HAYLE-AMBULANCE", operator=AMBULANCE, space_m2=200,
             vehicles=2, move_cost_gbp=9_000, host_types="fire_station"),
    ]  # fmt: skip
    for town in ("Newquay", "Falmouth"):
        code = town.upper()
        rows.append(unit(f"{code}-CREW", "fire", f"{code}-FIRE", operator=FIRE, space_m2=300,
                         move_cost_gbp=0, **crew))  # fmt: skip
    for town in ELSEWHERE:
        code = town.upper().replace(" ", "-")
        duty = "wholetime" if town in WHOLETIME else "on_call"
        rows.append(unit(f"{code}-CREW", "fire", f"{code}-FIRE", operator=FIRE, space_m2=300,
                         lock="stay", lock_reason="not part of the programme",
                         **{**crew, "duty_system": duty}))  # fmt: skip
    return rows


def others() -> list[Row]:
    """Fire stations of the other towns: they stay."""
    return [
        fire_station(
            f"{t.upper().replace(' ', '-')}-FIRE", f"{t} Fire Station", t, out=0.2, bearing=0
        )
        for t in ELSEWHERE
    ]


COMPATIBILITY: tuple[Row, ...] = (
    {"service_a": "fire", "service_b": "fire", "rule": "forbidden", "note": "one station to a building"},
    {"service_a": "fire", "service_b": "police", "rule": "allowed", "note": "built for all three"},
    {"service_a": "ambulance", "service_b": "fire", "rule": "allowed", "note": "built for all three"},
    {"service_a": "ambulance", "service_b": "police", "rule": "allowed", "note": "built for all three"},
)  # fmt: skip


def generate(out: Path) -> list[Path]:
    """Write every layer of the case."""
    rows = [*hayle(), *two_more(), *others()]
    return build(out, COUNTY, Layers(rows, services(), (), COMPATIBILITY))


if __name__ == "__main__":
    command(generate, __file__)
