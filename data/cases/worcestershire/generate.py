"""Generated layers of the Worcestershire case: `python data/cases/worcestershire/generate.py`.

Twelve towns, each a market for property, in which councils, fire, police and health put what they
own together. The sums of the programme are published; every building and its figures are invented.
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from county import County, Layers, Row, Town, build, building, command, spot, unit

COUNTY_COUNCIL = "Worcestershire County Council (generated)"
FIRE, POLICE = (
    "Hereford and Worcester Fire and Rescue (generated)",
    "West Mercia Police (generated)",
)
NHS = "NHS Worcestershire (generated)"
# fmt: off
PLACES = (
    ("Worcester", 385.0, 255.0, 100_000, "Worcester City"), ("Redditch", 404.0, 267.5, 84_000, "Redditch"),
    ("Kidderminster", 383.0, 276.7, 55_000, "Wyre Forest"), ("Bromsgrove", 396.0, 270.7, 30_000, "Bromsgrove"),
    ("Malvern", 378.0, 246.0, 30_000, "Malvern Hills"), ("Evesham", 403.7, 243.8, 24_000, "Wychavon"),
    ("Droitwich", 389.8, 263.0, 24_000, "Wychavon"), ("Stourport", 381.0, 271.2, 20_000, "Wyre Forest"),
    ("Bewdley", 378.0, 275.5, 9_300, "Wyre Forest"), ("Pershore", 394.9, 245.8, 7_600, "Wychavon"),
    ("Tenbury Wells", 359.5, 268.3, 3_800, "Malvern Hills"), ("Upton", 385.2, 240.5, 2_900, "Malvern Hills"),
)
# fmt: on
TOWNS = tuple(Town(name, e, n, p, market=name, district=d) for name, e, n, p, d in PLACES)
COUNTY = County("worcestershire", TOWNS, seed=2024)
LARGE, MEDIUM, SMALL = (
    [p[0] for p in PLACES[:3]],
    [p[0] for p in PLACES[3:8]],
    [p[0] for p in PLACES[8:]],
)
LEARNING = (*LARGE, "Bromsgrove")
#: Kind → (gross area m², running cost £ a year, market value £, space of its unit m²) by size.
OFFICES = {"large": (5200, 330_000, 3_900_000, 1500), "medium": (2300, 145_000, 1_700_000, 620)}
POLICE_STATION = {"large": (2600, 190_000, 2_700_000, 420), "medium": (1000, 88_000, 1_000_000, 190),
                  "small": (320, 34_000, 360_000, 70)}  # fmt: skip
CLINIC = {"large": (1500, 104_000, 1_250_000, 520), "medium": (760, 54_000, 640_000, 260)}
LAND = {"large": (400, 14_000, 3_300_000, 0), "medium": (250, 8_000, 1_150_000, 0)}
LEARNING_CENTRE = (640, 83_000, 700_000, 240)
#: Grade D, and what its backlog comes to: sold, it is nobody's to mend.
POOREST = {
    "P-REDDITCH": 640_000,
    "O-MALVERN": 910_000,
    "L-STOURPORT": 190_000,
    "N-EVESHAM": 320_000,
}
#: Police station and land beside it: worth far more as one site.
NEIGHBOURS = {"P-REDDITCH": 760_000, "S-REDDITCH": 1_050_000}


def code(kind: str, town: str) -> str:
    """Id of a building or unit in a town."""
    return f"{kind}-{town.upper().replace(' ', '-')}"


def size_of(town: str) -> str:
    """Large, medium or small."""
    return "large" if town in LARGE else "medium" if town in MEDIUM else "small"


def stands(
    kind: str, title: str, town: str, *, owner: str, asset_type: str, **figures: object
) -> Row:
    """A building at a corner of its own."""
    turn = {"H": 20, "F": 75, "L": 150, "O": 210, "P": 265, "N": 310, "S": 280, "E": 120}[kind]
    out = 0.9 if kind == "S" else 0.75 if kind == "P" else 0.35
    id_ = code(kind, town)
    more: Row = {"condition_grade": "B"}
    if id_ in POOREST:
        more = {"condition_grade": "D", "backlog_gbp_p1": round(POOREST[id_] * 0.3),
                "backlog_gbp_p2": round(POOREST[id_] * 0.7)}  # fmt: skip
    return {**building(id_, f"{town} {title}", owner=owner, asset_type=asset_type,
                       at=spot(COUNTY, town, out, bearing_deg=turn)), **figures, **more}  # fmt: skip


def money(kind: dict[str, tuple[int, int, int, int]], town: str, id_: str) -> Row:
    """Area, cost and value of a building that may be sold, a little different in each town."""
    gia, cost, value, _ = kind[size_of(town)]
    turn = 0.9 + 0.2 * ((len(town) * 7 + len(id_)) % 10) / 9
    worth = NEIGHBOURS.get(id_, round(value * turn, -4))
    return {"gia_m2": gia, "running_cost_gbp_pa": round(cost * turn, -2), "market_value_gbp": worth,
            "market_value_gbp_low": round(0.75 * worth, -3), "receipt_confidence": "medium",
            "market_value_gbp_high": round(1.25 * worth, -3), "months_to_sell": 12,
            "disposal_cost_pct": 2.5}  # fmt: skip


def hosts(town: str) -> list[Row]:
    """What stays: the town hall where there is one, the fire station, the library."""
    size, district = size_of(town), COUNTY.town(town).district
    fire = {"large": (1500, 900, 460), "medium": (900, 420, 210), "small": (420, 250, 80)}[size]
    library = {"large": (1400, 1000, 300), "medium": (800, 560, 280), "small": (320, 240, 0)}[size]
    rows = [
        stands("F", "Fire Station", town, owner=FIRE, asset_type="fire_station", gia_m2=fire[0],
               running_cost_gbp_pa=fire[0] * 70, capacity_m2=fire[1] + fire[2]),
        stands("L", "Library", town, owner=COUNTY_COUNCIL, asset_type="library", gia_m2=library[0],
               running_cost_gbp_pa=library[0] * 165, capacity_m2=library[1] + library[2]),
    ]  # fmt: skip
    if size != "small":
        hall = {"large": (6200, 2300, 2200), "medium": (3000, 1100, 950)}[size]
        rows.append(stands("H", "Town Hall", town, owner=f"{district} District Council (generated)",
                           asset_type="town_hall", gia_m2=hall[0], running_cost_gbp_pa=hall[0] * 88,
                           capacity_m2=hall[1] + hall[2]))  # fmt: skip
    return rows


def may_go(town: str) -> list[Row]:
    """What may be let go: police station, and in the larger towns offices, clinic and land."""
    district = f"{COUNTY.town(town).district} District Council (generated)"
    rows = [stands("P", "Police Station", town, owner=POLICE, asset_type="police_station",
                   **money(POLICE_STATION, town, code("P", town)))]  # fmt: skip
    if size_of(town) != "small":
        rows += [
            stands("O", "County Offices", town, owner=COUNTY_COUNCIL, asset_type="office",
                   **money(OFFICES, town, code("O", town))),
            stands("N", "Clinic", town, owner=NHS, asset_type="health_centre",
                   **money(CLINIC, town, code("N", town))),
            {**stands("S", "former depot", town, owner=district, asset_type="land",
                      **money(LAND, town, code("S", town))), "status": "surplus"},
        ]  # fmt: skip
    if town in LEARNING:
        rows.append(
            stands(
                "E",
                "Learning Centre",
                town,
                owner=COUNTY_COUNCIL,
                asset_type="other",
                gia_m2=LEARNING_CENTRE[0],
                running_cost_gbp_pa=LEARNING_CENTRE[1],
                market_value_gbp=LEARNING_CENTRE[2],
                receipt_confidence="medium",
                market_value_gbp_low=520_000,
                market_value_gbp_high=850_000,
                months_to_sell=12,
                disposal_cost_pct=2.5,
            )  # fmt: skip
        )
    return rows


def services(town: str) -> list[Row]:
    """What each building holds."""
    size = size_of(town)
    fire = {
        "large": (900, "wholetime", 3),
        "medium": (420, "on_call", 2),
        "small": (250, "on_call", 1),
    }[size]
    library = {"large": 1000, "medium": 560, "small": 240}[size]
    rows = [
        unit(code("CREW", town), "fire", code("F", town), operator=FIRE, space_m2=fire[0],
             duty_system=fire[1], vehicles=fire[2], lock="stay", lock_reason="stations stay"),
        unit(code("LIBRARY", town), "library", code("L", town), operator=COUNTY_COUNCIL,
             space_m2=library, lock="stay", lock_reason="libraries stay"),
        unit(code("TEAM", town), "police", code("P", town), operator=POLICE,
             space_m2=POLICE_STATION[size][3], vehicles=2,
             move_cost_gbp=POLICE_STATION[size][3] * 600, host_types="fire_station"),
    ]  # fmt: skip
    if size != "small":
        hall = {"large": 2300, "medium": 1100}[size]
        rows += [
            unit(code("COUNCIL", town), "customer_access", code("H", town), space_m2=hall,
                 operator=f"{COUNTY.town(town).district} District Council (generated)",
                 lock="stay", lock_reason="the town hall stays"),
            unit(code("OFFICE", town), "office", code("O", town), operator=COUNTY_COUNCIL,
                 space_m2=OFFICES[size][3], move_cost_gbp=OFFICES[size][3] * 260,
                 host_types="town_hall"),
            unit(code("CLINIC", town), "health", code("N", town), operator=NHS,
                 space_m2=CLINIC[size][3], move_cost_gbp=CLINIC[size][3] * 900,
                 host_types="town_hall"),
        ]  # fmt: skip
    if town in LEARNING:
        rows.append(
            unit(
                code("LEARNING", town),
                "adult_learning",
                code("E", town),
                operator=COUNTY_COUNCIL,
                space_m2=LEARNING_CENTRE[3],
                move_cost_gbp=36_000,
                host_types="library",
            )  # fmt: skip
        )
    return rows


COMPATIBILITY: tuple[Row, ...] = (
    {"service_a": "fire", "service_b": "fire", "rule": "forbidden", "note": "one station to a building"},
    {"service_a": "fire", "service_b": "police", "rule": "conditional", "cost_gbp": 35_000,
     "note": "secure line between yard and offices"},
    {"service_a": "customer_access", "service_b": "health", "rule": "allowed", "note": "own entrance"},
    {"service_a": "police", "service_b": "police", "rule": "forbidden", "note": "one station to a building"},
)  # fmt: skip


def generate(out: Path) -> list[Path]:
    """Write every layer of the case."""
    names = [place[0] for place in PLACES]
    rows = [row for name in names for row in (*hosts(name), *may_go(name))]
    return build(
        out, COUNTY, Layers(rows, [r for n in names for r in services(n)], (), COMPATIBILITY)
    )


if __name__ == "__main__":
    command(generate, __file__)
