"""Generated layers of the case: `python data/cases/lincolnshire/generate.py`.

Published are how many on-call stations there are (21), how many pilots, and the calls. Long
Sutton, Stamford and Woodhall Spa are the pilots that were named in the press; which other 18
stations are meant is not stated, so the choice of towns is made up, as are crews' availability,
the other stations, the ambulance posts and everything about money.
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np
from county import County, Layers, Row, Town, build, building, command, spot, unit
from geometry import stream

FIRE, AMBULANCE = (
    "Lincolnshire Fire and Rescue (generated)",
    "East Midlands Ambulance Service (generated)",
)
PILOTS = ("Long Sutton", "Stamford", "Woodhall Spa")
#: name, km east, km north, people
ON_CALL = (
    ("Alford", 545.2, 375.9, 3_700), ("Bardney", 511.9, 369.4, 1_900),
    ("Billingborough", 511.7, 334.2, 2_000), ("Binbrook", 521.0, 393.9, 900),
    ("Bourne", 509.5, 320.2, 14_500), ("Caistor", 511.8, 401.3, 2_900),
    ("Corby Glen", 500.0, 325.0, 1_200), ("Crowland", 524.0, 310.3, 5_000),
    ("Donington", 520.9, 335.8, 3_000), ("Holbeach", 535.9, 324.7, 11_000),
    ("Horncastle", 526.0, 369.6, 7_000), ("Kirton", 530.5, 338.5, 5_500),
    ("Long Sutton", 543.1, 322.9, 5_000), ("Mablethorpe", 550.7, 385.0, 12_500),
    ("Market Deeping", 513.8, 310.3, 13_600), ("Market Rasen", 510.8, 389.2, 4_800),
    ("Metheringham", 506.9, 361.5, 4_000), ("Spilsby", 540.2, 366.0, 3_500),
    ("Stamford", 503.0, 307.2, 20_000), ("Woodhall Spa", 519.2, 363.1, 4_000),
    ("Wragby", 513.3, 378.0, 1_800),
)  # fmt: skip
OTHERS = (
    ("Lincoln", 497.7, 371.2, 97_000), ("Boston", 532.9, 344.2, 45_000),
    ("Grantham", 491.4, 335.7, 44_000), ("Skegness", 556.7, 363.3, 20_000),
    ("Gainsborough", 481.7, 389.9, 20_000), ("Spalding", 524.7, 322.7, 29_000),
    ("Sleaford", 506.9, 345.8, 18_000), ("Louth", 532.7, 387.4, 17_000),
)  # fmt: skip
TOWNS = tuple(Town(*place) for place in (*ON_CALL, *OTHERS))
COUNTY = County("lincolnshire", TOWNS, seed=21, between_km=4.0, between_people=380)


def layers() -> Layers:
    """21 on-call stations, the eight others, and an ambulance post in each pilot town."""
    buildings: list[Row] = []
    services: list[Row] = []
    rng = stream(COUNTY.seed, "availability")
    for k, (name, *_) in enumerate(ON_CALL, 1):
        by_day, by_night = (int(np.round(rng.uniform(*ends))) for ends in ((72, 94), (94, 100)))
        room = 300 if name in PILOTS else ""
        buildings.append(_station(f"F{k:02d}", name, room, 31_000))
        services.append(
            unit(f"R{k:02d}", "fire", f"F{k:02d}", operator=FIRE, space_m2=210, name=f"{name} crew",
                 duty_system="on_call", vehicles=1, availability_day_pct=by_day,
                 availability_night_pct=by_night)
        )  # fmt: skip
    for k, (name, *_) in enumerate(OTHERS, 1):
        buildings.append(_station(f"W{k:02d}", name, "", 150_000))
        services.append(
            unit(f"WT{k:02d}", "fire", f"W{k:02d}", operator=FIRE, space_m2=600, vehicles=2,
                 name=f"{name} crew", duty_system="wholetime" if k < 4 else "day_crewed",
                 availability_day_pct=100, availability_night_pct=100)
        )  # fmt: skip
    buildings += [_post(k, name) for k, name in enumerate(PILOTS, 1)]
    services += [
        unit(f"AM{k}", "ambulance", f"A{k}", operator=AMBULANCE, space_m2=45, vehicles=1,
             name=f"{name} ambulance post", service_cost_gbp_pa=0, move_cost_gbp=8_000,
             host_types="fire_station")
        for k, name in enumerate(PILOTS, 1)
    ]  # fmt: skip
    leases = [
        {"asset_id": f"A{k}", "start": "2012-04-01", "expiry": "2022-03-31",
         "break_dates": "2015-04-01", "break_notice_months": 6, "break_penalty_gbp": 0,
         "annual_rent_gbp": 9_000, "dilapidations_gbp": 4_000}
        for k in range(1, len(PILOTS) + 1)
    ]  # fmt: skip
    return Layers(buildings, services, leases)


def _station(asset_id: str, name: str, room: object, running: float) -> Row:
    return building(
        asset_id, f"{name} Fire Station", owner=FIRE, asset_type="fire_station",
        at=spot(COUNTY, name, 0.3, bearing_deg=67 * int(asset_id[1:])), capacity_m2=room,
        gia_m2=380 if asset_id.startswith("F") else 1200, running_cost_gbp_pa=running,
        decision_lock="retain", lock_reason="stations stay",
    )  # fmt: skip


def _post(k: int, name: str) -> Row:
    return building(
        f"A{k}", f"{name} Ambulance Post", owner=AMBULANCE, asset_type="ambulance_station",
        at=spot(COUNTY, name, 0.6, bearing_deg=110 * k), tenure="leasehold", gia_m2=70,
        running_cost_gbp_pa=8_500,
    )  # fmt: skip


def generate(out: Path) -> list[Path]:
    """Write every layer of the case."""
    return build(out, COUNTY, layers())


if __name__ == "__main__":
    command(generate, __file__)
