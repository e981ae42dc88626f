"""Generated layers of the Suffolk case: `python data/cases/suffolk/generate.py`.

35 fire stations (28 on call) and 25 police stations as the paper counts them; which building
stands where, and every figure of a single building, is invented. The six police stations that
can share are made so that six cost £270k each and save £188k a year together.
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from county import County, Layers, Row, Town, area_id, build, building, command, split, spot, unit

FIRE, POLICE = "Suffolk Fire and Rescue (generated)", "Suffolk Constabulary (generated)"
#: Name, east and north in km, people (rounded), duty system of its fire crew, where one is.
# fmt: off
PLACES = (
    ("Ipswich", 616.5, 244.5, 133_000, "wholetime"), ("Ipswich East", 620.6, 243.4, 22_000, "wholetime"),
    ("Lowestoft South", 654.0, 291.9, 38_000, "wholetime"), ("Lowestoft North", 654.6, 295.6, 33_000, "day_crewed"),
    ("Bury St Edmunds", 585.3, 264.2, 41_000, "wholetime"), ("Felixstowe", 630.2, 234.5, 24_000, "day_crewed"),
    ("Haverhill", 567.2, 245.4, 27_000, "day_crewed"), ("Sudbury", 587.3, 241.3, 13_000, "on_call"),
    ("Newmarket", 564.3, 263.4, 20_000, "on_call"), ("Stowmarket", 604.9, 258.6, 19_000, "on_call"),
    ("Woodbridge", 627.2, 249.2, 11_000, "on_call"), ("Beccles", 642.3, 290.0, 10_000, "on_call"),
    ("Bungay", 633.7, 289.7, 5_100, "on_call"), ("Halesworth", 638.7, 277.4, 4_700, "on_call"),
    ("Southwold", 650.9, 276.3, 1_100, "on_call"), ("Saxmundham", 638.6, 263.2, 3_600, "on_call"),
    ("Leiston", 644.5, 262.5, 5_500, "on_call"), ("Aldeburgh", 646.4, 256.7, 2_500, "on_call"),
    ("Framlingham", 628.5, 263.5, 3_300, "on_call"), ("Eye", 614.7, 273.8, 2_200, "on_call"),
    ("Debenham", 617.4, 263.3, 2_200, "on_call"), ("Needham Market", 608.9, 255.1, 4_500, "on_call"),
    ("Hadleigh", 602.7, 242.5, 8_300, "on_call"), ("Nayland", 597.5, 234.3, 1_200, "on_call"),
    ("Long Melford", 586.4, 245.8, 3_500, "on_call"), ("Clare", 576.9, 245.3, 2_000, "on_call"),
    ("Ixworth", 593.2, 270.4, 2_400, "on_call"), ("Elmswell", 598.8, 263.5, 4_000, "on_call"),
    ("Brandon", 578.4, 286.4, 9_100, "on_call"), ("Mildenhall", 571.1, 274.6, 9_900, "on_call"),
    ("Wickhambrook", 575.3, 254.6, 1_100, "on_call"), ("Holbrook", 616.9, 236.2, 2_200, "on_call"),
    ("Orford", 642.2, 249.9, 700, "on_call"), ("Wrentham", 649.9, 282.8, 900, "on_call"),
    ("Stradbroke", 623.2, 274.0, 1_400, "on_call"),
)
# fmt: on
TOWNS = tuple(Town(name, e, n, people) for name, e, n, people, _ in PLACES)
COUNTY = County("suffolk", TOWNS, seed=2014)
#: Shared already: the police hold rooms in the fire station on a lease.
SHARED = ("Framlingham", "Debenham", "Clare", "Ixworth")
#: Where sharing passes Suffolk's nine factors: the six of the programme.
SIX = ("Hadleigh", "Saxmundham", "Leiston", "Beccles", "Mildenhall", "Newmarket")
#: Where a police station stays, and which of the nine factors speaks against sharing.
STAYS = {
    "Ipswich": "operational location: response base of the county",
    "Ipswich East": "limits of the upgrade: the fire station has no room to extend",
    "Lowestoft South": "operational location: response base of the coast",
    "Lowestoft North": "limits of the upgrade: the fire station has no room to extend",
    "Bury St Edmunds": "operational location: response base of the west",
    "Felixstowe": "operational location: port policing",
    "Haverhill": "value for money: upgraded lately",
    "Sudbury": "planning: conservation area round the fire station",
    "Stowmarket": "all properties in the area: to be looked at with the council's offices",
    "Woodbridge": "planning: the fire station cannot be extended",
    "Bungay": "value for money: too small to pay for an extension",
    "Halesworth": "views of those affected: a front counter is asked for",
    "Southwold": "value for money: too small to pay for an extension",
    "Eye": "community benefit: shared with the town council",
    "Brandon": "planning: the fire station cannot be extended",
}
#: Police teams beside the 25 stations' own: the paper's 17 police units.
UNITS_AT = (*STAYS, "Ipswich", "Lowestoft South")
SPACE_M2 = {"Hadleigh": 78, "Saxmundham": 70, "Leiston": 74, "Beccles": 96, "Mildenhall": 92,
            "Newmarket": 110}  # fmt: skip
MARKET_GBP = {"Hadleigh": 310_000, "Saxmundham": 265_000, "Leiston": 240_000, "Beccles": 345_000,
              "Mildenhall": 330_000, "Newmarket": 420_000}  # fmt: skip
MAINTENANCE_GBP = dict(zip(SIX, split(600_000, (8, 9, 10, 12, 11, 13), step=1000), strict=True))
LATER_GBP = dict(zip(SIX, split(400_000, (6, 7, 8, 9, 9, 10), step=1000), strict=True))
#: £188k a year net of what the hosts' costs rise by (£45 a square metre).
HOSTING_GBP_PER_M2 = 45
SAVED_GBP_PA = dict(zip(SIX, split(188_000, (29, 27, 28, 33, 32, 39), step=100), strict=True))
STATION_GBP, MOVE_GBP, FIT_OUT_GBP = 270_000, 24_000, 36_000
SPARE_M2 = 10.0


def fire_stations() -> list[Row]:
    """35 stations, of which six can be extended for a guest."""
    rows = []
    for name, _, _, people, duty in PLACES:
        gia = 1400 if duty == "wholetime" else 800 if duty == "day_crewed" else 380
        more: Row = {}
        if name in SIX:
            extension = SPACE_M2[name] - SPARE_M2
            more = {
                "capacity_m2": fire_space_m2(duty) + SPARE_M2,
                "extension_max_m2": extension,
                "extension_gbp_per_m2": (STATION_GBP - MOVE_GBP - FIT_OUT_GBP) / extension,
            }
        rows.append(
            building(
                f"F-{area_id('w', name)[2:]}",
                f"{name} Fire Station",
                owner=FIRE,
                asset_type="fire_station",
                at=spot(COUNTY, name, 0.35, bearing_deg=people % 360),
                gia_m2=gia,
                running_cost_gbp_pa=gia * 72,
                **more,
            )  # fmt: skip
        )
    return rows


def fire_space_m2(duty: str) -> float:
    """Space of a crew."""
    return {"wholetime": 900.0, "day_crewed": 520.0}.get(duty, 260.0)


def police_stations() -> list[Row]:
    """25 stations: four are rooms in a fire station, six can share, fifteen stay."""
    rows = []
    for name in (*SHARED, *SIX, *STAYS):
        id_, title = f"P-{area_id('w', name)[2:]}", f"{name} Police Station"
        at = spot(COUNTY, name, 0.5, bearing_deg=200)
        if name in SHARED:
            rows.append(
                building(
                    id_,
                    f"Police rooms in {name} Fire Station",
                    owner=POLICE,
                    asset_type="police_station",
                    at=spot(COUNTY, name, 0.35, bearing_deg=40),
                    tenure="leasehold",
                    gia_m2=80,
                    running_cost_gbp_pa=3_500,
                    decision_lock="retain",
                    lock_reason="shared already",
                )  # fmt: skip
            )
        elif name in SIX:
            cost = SAVED_GBP_PA[name] + HOSTING_GBP_PER_M2 * SPACE_M2[name]
            rows.append(
                building(
                    id_,
                    title,
                    owner=POLICE,
                    asset_type="police_station",
                    at=at,
                    gia_m2=round(SPACE_M2[name] * 3.6),
                    running_cost_gbp_pa=cost,
                    market_value_gbp=MARKET_GBP[name],
                    market_value_gbp_low=round(0.8 * MARKET_GBP[name]),
                    market_value_gbp_high=round(1.15 * MARKET_GBP[name]),
                    receipt_confidence="medium",
                    disposal_cost_pct=2.5,
                    months_to_sell=9,
                    condition_grade="C",
                    backlog_gbp_p2=MAINTENANCE_GBP[name],
                    planned_maintenance_gbp=LATER_GBP[name],
                )  # fmt: skip
            )
        else:
            rows.append(
                building(
                    id_,
                    title,
                    owner=POLICE,
                    asset_type="police_station",
                    at=at,
                    gia_m2=900,
                    running_cost_gbp_pa=84_000,
                    decision_lock="retain",
                    lock_reason=STAYS[name],
                )  # fmt: skip
            )
    return rows


def services() -> list[Row]:
    """A crew in each fire station, a team in each police station, and the 17 units."""
    rows = []
    for name, _, _, _, duty in PLACES:
        code = area_id("w", name)[2:]
        vehicles = 3 if duty == "wholetime" else 2 if duty == "day_crewed" else 1
        rows.append(unit(f"FIRE-{code}", "fire", f"F-{code}", operator=FIRE,
                         space_m2=fire_space_m2(duty), duty_system=duty, vehicles=vehicles,
                         availability_day_pct=82 if duty == "on_call" else 100,
                         availability_night_pct=95 if duty == "on_call" else 100))  # fmt: skip
    for name in (*SHARED, *SIX, *STAYS):
        code = area_id("w", name)[2:]
        space = SPACE_M2.get(name, 60 if name in SHARED else 320)
        rows.append(unit(f"POLICE-{code}", "police", f"P-{code}", operator=POLICE, space_m2=space,
                         vehicles=2, move_cost_gbp=MOVE_GBP, host_types="fire_station"))  # fmt: skip
    for k, name in enumerate(UNITS_AT, 1):
        rows.append(unit(f"TEAM-{k:02d}", "office", f"P-{area_id('w', name)[2:]}", operator=POLICE,
                         space_m2=60, move_cost_gbp=9_000, host_types="police_station"))  # fmt: skip
    return rows


def leases() -> list[Row]:
    """25 years with a break at year 10 and then every 5, as the paper sets out for guests."""
    return [
        {"asset_id": f"P-{area_id('w', name)[2:]}", "start": "2010-04-01", "expiry": "2035-03-31",
         "break_dates": "2020-04-01;2025-04-01;2030-04-01", "break_notice_months": 12,
         "break_penalty_gbp": 0, "annual_rent_gbp": 5_400, "dilapidations_gbp": 4_000}
        for name in SHARED
    ]  # fmt: skip


COMPATIBILITY: tuple[Row, ...] = (
    {"service_a": "fire", "service_b": "fire", "rule": "forbidden", "note": "one station to a building"},
    {"service_a": "fire", "service_b": "police", "rule": "conditional", "cost_gbp": FIT_OUT_GBP,
     "note": "secure line between yard and offices"},
    {"service_a": "police", "service_b": "police", "rule": "forbidden", "note": "one station to a building"},
)  # fmt: skip


def generate(out: Path) -> list[Path]:
    """Write every layer of the case."""
    made = Layers([*fire_stations(), *police_stations()], services(), leases(), COMPATIBILITY)
    return build(out, COUNTY, made)


if __name__ == "__main__":
    command(generate, __file__)
