"""Generated layers of the Northamptonshire case: `python data/cases/northamptonshire/generate.py`.

Six properties become four joint stations, a fuel hub and a service hub for £3.3m; Thrapston is paid
for by selling the police house. The sum is published; how it is split, and every building, is
invented.
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from county import County, Layers, Row, Town, build, building, command, spot, unit

FIRE = "Northamptonshire Fire and Rescue (generated)"
POLICE = "Northamptonshire Police (generated)"
TOWNS = (
    Town("Northampton", 475.5, 260.5, 120_000, market="Northampton", deprivation=4),
    Town("Mereway", 475.0, 257.2, 20_000, market="Northampton"),
    Town("Kettering", 486.7, 278.7, 56_000, market="North"),
    Town("Corby", 489.0, 288.5, 61_000, market="North", deprivation=3),
    Town("Wellingborough", 489.0, 267.9, 49_000, market="East", deprivation=3),
    Town("Rushden", 495.7, 266.6, 29_000, market="East"),
    Town("Daventry", 457.2, 262.5, 25_000, market="West"),
    Town("Brackley", 458.6, 237.1, 14_000, market="West", deprivation=8),
    Town("Towcester", 469.2, 248.8, 9_500, market="West", deprivation=8),
    Town("Thrapston", 499.7, 278.7, 6_200, market="East", deprivation=7),
    Town("Oundle", 504.1, 288.2, 5_700, market="East", deprivation=8),
    Town("Raunds", 499.9, 273.0, 8_600, market="East"),
    Town("Desborough", 480.4, 283.5, 10_700, market="North"),
    Town("Long Buckby", 462.8, 267.5, 4_300, market="West"),
)
COUNTY = County("northamptonshire", TOWNS, seed=2015)
#: The six properties: what each becomes, what it costs, the square metres added.
JOINT = {"Thrapston": (420_000, 105), "Rushden": (560_000, 140), "Towcester": (480_000, 120),
         "Daventry": (540_000, 135)}  # fmt: skip
FUEL_HUB_GBP, SERVICE_HUB_GBP = 350_000, 950_000
#: Running cost and market value of the police stations that close.
CLOSING = {"Thrapston": (38_000, 190_000), "Rushden": (71_000, 520_000),
           "Towcester": (56_000, 430_000), "Daventry": (66_000, 465_000)}  # fmt: skip
STAY = (
    "Northampton",
    "Mereway",
    "Kettering",
    "Corby",
    "Wellingborough",
    "Brackley",
    "Oundle",
    "Desborough",
)
#: What the bid lists beyond the £3.3m, as one: £5.06m in all.
REST_GBP = 1_760_000


def fire_stations() -> list[Row]:
    """Four that can take the police in, the rest as they are."""
    rows = []
    for name in (*JOINT, *STAY):
        more: Row = {}
        if name in JOINT:
            cost, space = JOINT[name]
            more = {"capacity_m2": 280, "extension_max_m2": space,
                    "extension_gbp_per_m2": cost / space}  # fmt: skip
        rows.append(building(f"F-{name.upper()}", f"{name} Fire Station", owner=FIRE,
                             asset_type="fire_station", at=spot(COUNTY, name, 0.4, bearing_deg=70),
                             gia_m2=420, running_cost_gbp_pa=33_000, **more))  # fmt: skip
    return rows


def police_stations() -> list[Row]:
    """Four that close, those that stay, and the police house at Thrapston."""
    rows = []
    for name, (cost, value) in CLOSING.items():
        rows.append(
            building(
                f"P-{name.upper()}",
                f"{name} Police Station",
                owner=POLICE,
                asset_type="police_station",
                at=spot(COUNTY, name, 0.25, bearing_deg=250),
                gia_m2=360,
                running_cost_gbp_pa=cost,
                market_value_gbp=value,
                market_value_gbp_low=round(0.75 * value),
                market_value_gbp_high=round(1.2 * value),
                disposal_cost_pct=2.5,
                months_to_sell=12,
                condition_grade="C",
            )  # fmt: skip
        )
    rows.append(
        building(
            "THRAPSTON-HOUSE",
            "Police House, Thrapston",
            owner=POLICE,
            asset_type="other",
            at=spot(COUNTY, "Thrapston", 0.5, bearing_deg=300),
            status="surplus",
            gia_m2=210,
            running_cost_gbp_pa=4_000,
            market_value_gbp=435_000,
            market_value_gbp_low=380_000,
            market_value_gbp_high=470_000,
            disposal_cost_pct=2.5,
            months_to_sell=9,
            market_area="M-EAST",
        )  # fmt: skip
    )
    rows += [
        building(f"P-{name.upper()}", f"{name} Police Station", owner=POLICE,
                 asset_type="police_station", at=spot(COUNTY, name, 0.3, bearing_deg=180),
                 gia_m2=1100, running_cost_gbp_pa=96_000, decision_lock="retain",
                 lock_reason="not part of the bid")
        for name in STAY
    ]  # fmt: skip
    return rows


def hubs() -> list[Row]:
    """Two properties that become hubs, what they replace, and the rest of the bid as one item."""
    police = {"owner": POLICE, "asset_type": "other", "condition_grade": "D"}
    fire = {"owner": FIRE, "asset_type": "other", "condition_grade": "D"}
    return [
        building("FUEL-HUB", "Wellingborough yard", at=spot(COUNTY, "Wellingborough", 0.9), gia_m2=300,
                 capacity_m2=60, extension_max_m2=100, running_cost_gbp_pa=9_000,
                 extension_gbp_per_m2=FUEL_HUB_GBP / 100, **{**fire, "condition_grade": "B"}),
        building("FUEL-POLICE", "Police fuel depot", at=spot(COUNTY, "Wellingborough", 0.5, bearing_deg=120),
                 gia_m2=220, running_cost_gbp_pa=44_000, market_value_gbp=150_000, **police),
        building("SERVICE-HUB", "Mereway workshops", at=spot(COUNTY, "Mereway", 0.9), gia_m2=1500,
                 capacity_m2=900, extension_max_m2=500, running_cost_gbp_pa=75_000,
                 extension_gbp_per_m2=SERVICE_HUB_GBP / 500, **{**police, "condition_grade": "B"}),
        building("SERVICE-FIRE", "Fire service workshops",
                 at=spot(COUNTY, "Northampton", 0.8, bearing_deg=150), gia_m2=900,
                 running_cost_gbp_pa=118_000, market_value_gbp=640_000, **fire),
        building("REST-OF-BID", "Further items of the bid", owner=POLICE, asset_type="other",
                 at=spot(COUNTY, "Northampton", 0.6), status="candidate", gia_m2=500,
                 capacity_m2=0, running_cost_gbp_pa=0, build_capex_gbp=REST_GBP,
                 condition_grade=""),
    ]  # fmt: skip


def services() -> list[Row]:
    """Crews, teams, fuel and workshops."""
    rows = []
    for name in (*JOINT, *STAY):
        wholetime = name in ("Northampton", "Mereway", "Kettering", "Corby", "Wellingborough")
        rows.append(unit(f"FIRE-{name.upper()}", "fire", f"F-{name.upper()}", operator=FIRE,
                         space_m2=280, duty_system="wholetime" if wholetime else "on_call",
                         vehicles=2 if wholetime else 1))  # fmt: skip
        space = JOINT[name][1] if name in JOINT else 500
        rows.append(unit(f"POLICE-{name.upper()}", "police", f"P-{name.upper()}", operator=POLICE,
                         space_m2=space, vehicles=2, host_types="fire_station"))  # fmt: skip
    rows += [
        unit("FUEL-A", "fuel", "FUEL-HUB", operator=FIRE, space_m2=60, lock="stay",
             lock_reason="the hub itself"),
        unit("FUEL-B", "fuel", "FUEL-POLICE", operator=POLICE, space_m2=100, host_types="other"),
        unit("WORKSHOP-A", "workshop", "SERVICE-HUB", operator=POLICE, space_m2=900, lock="stay",
             lock_reason="the hub itself"),
        unit("WORKSHOP-B", "workshop", "SERVICE-FIRE", operator=FIRE, space_m2=500,
             host_types="other"),
    ]  # fmt: skip
    return rows


COMPATIBILITY: tuple[Row, ...] = (
    {"service_a": "fire", "service_b": "fire", "rule": "forbidden", "note": "one station to a building"},
    {"service_a": "fire", "service_b": "police", "rule": "allowed", "note": "joint stations"},
    {"service_a": "fuel", "service_b": "workshop", "rule": "forbidden", "note": "fire regulations"},
    {"service_a": "police", "service_b": "police", "rule": "forbidden", "note": "one station to a building"},
)  # fmt: skip


def generate(out: Path) -> list[Path]:
    """Write every layer of the case."""
    rows = [*fire_stations(), *police_stations(), *hubs()]
    return build(out, COUNTY, Layers(rows, services(), (), COMPATIBILITY))


if __name__ == "__main__":
    command(generate, __file__)
