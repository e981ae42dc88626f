"""Generated layers of the East Riding case: `python data/cases/east_riding/generate.py`.

Surgeries move into the council's leisure centres: the health service saves £500k a year, the
council gains £70k a year. The two sums are published; which surgeries, and every figure of a
building, is invented.
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from county import County, Layers, Row, Town, build, building, command, split, spot, unit

COUNCIL, NHS = "East Riding of Yorkshire Council (generated)", "NHS East Riding (generated)"
TOWNS = (
    Town("Beverley", 503.4, 439.6, 30_600, deprivation=7),
    Town("Bridlington", 518.0, 467.0, 35_400, deprivation=2),
    Town("Driffield", 502.4, 457.9, 13_100, deprivation=5),
    Town("Goole", 474.5, 423.5, 20_000, deprivation=2),
    Town("Hedon", 518.8, 428.6, 7_100, deprivation=6),
    Town("Hessle", 503.3, 426.3, 15_000, deprivation=6),
    Town("Cottingham", 504.8, 432.8, 17_200, deprivation=7),
    Town("Hornsea", 520.5, 447.6, 8_400, deprivation=4),
    Town("Withernsea", 534.0, 428.0, 6_200, deprivation=1),
    Town("Market Weighton", 487.8, 441.7, 6_400, deprivation=7),
    Town("Pocklington", 480.3, 449.0, 8_300, deprivation=8),
    Town("Howden", 474.8, 428.2, 4_100, deprivation=6),
    Town("South Cave", 492.4, 431.1, 4_800, deprivation=8),
)
COUNTY = County("east_riding", TOWNS, seed=2016)
#: Leisure centres with a wing that can take a surgery in; the others have no room.
WINGS = {"Bridlington": 620, "Driffield": 420, "Goole": 520, "Hornsea": 300, "Withernsea": 340}
LEISURE = (*WINGS, "Beverley", "Cottingham", "Pocklington", "South Cave", "Hessle")
SURGERIES = tuple(t.name for t in TOWNS)
SPACE_M2 = {"Bridlington": 560, "Driffield": 380, "Goole": 480, "Hornsea": 280, "Withernsea": 300}
#: Of £45 a square metre that the host's costs rise by, and £80 that the guest pays: £35 is gained.
HOSTING_GBP_PER_M2, RENT_GBP_PER_M2 = 45, 80
NHS_SAVES_GBP_PA = 500_000


def leisure_centres() -> list[Row]:
    """Ten leisure centres of the council; five have a wing to let."""
    return [
        building(f"LC-{name.upper().replace(' ', '-')}", f"{name} Leisure Centre", owner=COUNCIL,
                 asset_type="leisure_centre", at=spot(COUNTY, name, 0.45, bearing_deg=140),
                 gia_m2=3200, running_cost_gbp_pa=420_000, income_gbp_pa=0,
                 **({"capacity_m2": WINGS[name]} if name in WINGS else {}))
        for name in LEISURE
    ]  # fmt: skip


def surgeries() -> list[Row]:
    """Thirteen surgeries on leases; five of them near a wing with room."""
    saved = dict(
        zip(WINGS, split(NHS_SAVES_GBP_PA, [SPACE_M2[n] for n in WINGS], step=100), strict=True)
    )
    rows = []
    for name in SURGERIES:
        cost = 60_000.0
        if name in WINGS:
            # What it costs to run, with its rent, less what it will pay the council.
            cost = saved[name] + RENT_GBP_PER_M2 * SPACE_M2[name] - rent_gbp(name)
        rows.append(
            building(
                f"GP-{name.upper().replace(' ', '-')}",
                f"{name} Surgery",
                owner=NHS,
                asset_type="health_centre",
                at=spot(COUNTY, name, 0.25, bearing_deg=320),
                tenure="leasehold",
                gia_m2=round(1.3 * SPACE_M2.get(name, 300)),
                running_cost_gbp_pa=cost,
                condition_grade="C" if name in WINGS else "B",
            )  # fmt: skip
        )
    return rows


def rent_gbp(name: str) -> float:
    """Rent that a surgery pays its landlord today, £ a year."""
    return round(105.0 * SPACE_M2.get(name, 300), -2)


def leases() -> list[Row]:
    """Leases of the surgeries; those that can move have a break by the end of the first year."""
    return [
        {"asset_id": f"GP-{name.upper().replace(' ', '-')}", "start": "2004-04-01",
         "expiry": "2029-03-31" if name not in WINGS else "2015-03-31",
         "break_dates": "" if name in WINGS else "2019-04-01", "break_notice_months": 6,
         "break_penalty_gbp": 0, "annual_rent_gbp": rent_gbp(name), "dilapidations_gbp": 15_000}
        for name in SURGERIES
    ]  # fmt: skip


def services() -> list[Row]:
    """A practice in each surgery, leisure in each centre."""
    rows = [
        unit(f"PRACTICE-{n.upper().replace(' ', '-')}", "health", f"GP-{n.upper().replace(' ', '-')}",
             operator=NHS, space_m2=SPACE_M2.get(n, 300), move_cost_gbp=60_000,
             host_types="leisure_centre", users_pa=30_000)
        for n in SURGERIES
    ]  # fmt: skip
    rows += [
        unit(f"LEISURE-{n.upper().replace(' ', '-')}", "leisure", f"LC-{n.upper().replace(' ', '-')}",
             operator=COUNCIL, space_m2=0, lock="stay", lock_reason="the leisure centre itself")
        for n in LEISURE
    ]  # fmt: skip
    return rows


COMPATIBILITY: tuple[Row, ...] = (
    {"service_a": "health", "service_b": "health", "rule": "forbidden", "note": "one practice to a wing"},
    {"service_a": "health", "service_b": "leisure", "rule": "conditional", "cost_gbp": 180_000,
     "note": "own entrance, consulting rooms to clinical standard"},
)  # fmt: skip


def generate(out: Path) -> list[Path]:
    """Write every layer of the case."""
    rows = [*leisure_centres(), *surgeries()]
    return build(out, COUNTY, Layers(rows, services(), leases(), COMPATIBILITY))


if __name__ == "__main__":
    command(generate, __file__)
