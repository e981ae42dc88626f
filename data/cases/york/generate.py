"""Generated layers of the case: `python data/cases/york/generate.py`.

Published are the nine children's centres by name, the centre for young people at 29 Castlegate
that was to go to West Offices, and the £4.4m of grant that might have to be repaid if the centres
closed. Sizes, costs, values and people are made up; the grant is spread evenly.
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from county import County, Layers, Row, Town, build, building, command, split, spot, unit

COUNCIL = "City of York Council (generated)"
TOWNS = (
    Town("City centre", 460.3, 451.7, 8_600, deprivation=5),
    Town("Hob Moor", 458.2, 451.0, 8_400, deprivation=2),
    Town("Westfield", 456.9, 450.6, 8_800, deprivation=1),
    Town("Carr", 457.2, 452.1, 8_200, deprivation=4),
    Town("Clifton", 459.0, 453.3, 8_800, deprivation=2),
    Town("Haxby Road", 460.6, 453.3, 7_900, deprivation=3),
    Town("New Earswick", 460.9, 455.5, 7_400, deprivation=5),
    Town("Tang Hall", 461.9, 452.3, 8_700, deprivation=2),
    Town("Heslington Road", 461.6, 450.9, 8_300, deprivation=4),
    Town("Knavesmire", 460.0, 450.0, 8_500, deprivation=7),
    Town("Woodthorpe", 458.3, 449.0, 11_500, deprivation=7),
    Town("Fulford", 461.4, 448.9, 6_500, deprivation=8),
    Town("Huntington", 462.6, 456.2, 9_300, deprivation=8),
    Town("Haxby", 460.8, 458.2, 12_800, deprivation=9),
    Town("Osbaldwick", 463.6, 451.6, 8_500, deprivation=8),
    Town("Poppleton", 455.5, 454.6, 6_900, deprivation=9),
)
COUNTY = County("york", TOWNS, seed=71, between_km=0)
#: Name and place of each centre; the three that were kept in 2016 have room for others.
CENTRES = (
    ("Hob Moor Children's Centre", "Hob Moor", 560.0),
    ("Westfield Children's Centre", "Westfield", 380.0),
    ("Carr Children's Centre", "Carr", 330.0),
    ("Clifton Children's Centre", "Clifton", 540.0),
    ("Haxby Road Children's Centre", "Haxby Road", 340.0),
    ("The Family Tree, New Earswick", "New Earswick", 300.0),
    ("The Avenues Children's Centre", "Tang Hall", 550.0),
    ("St Lawrence's Children's Centre", "Heslington Road", 310.0),
    ("Knavesmire Children's Centre", "Knavesmire", 320.0),
)
ROOM = ("Hob Moor", "Clifton", "Tang Hall")
SERVICE_GBP, GRANT_GBP = 1_500_000.0, 4_400_000.0


def layers() -> Layers:
    """Nine centres, Castlegate, and West Offices."""
    sizes = [size for _, _, size in CENTRES]
    costs = split(SERVICE_GBP, sizes, step=1000.0)
    grants = split(GRANT_GBP, [1.0] * len(CENTRES), step=100.0)
    buildings: list[Row] = []
    services: list[Row] = []
    for k, (name, place, size) in enumerate(CENTRES, 1):
        buildings.append(_centre(k, (name, place), size, grants[k - 1]))
        services.append(
            unit(f"CC{k}", "childrens_centre", f"B{k}", operator=COUNCIL, name=name,
                 space_m2=round(0.45 * size), service_cost_gbp_pa=costs[k - 1],
                 move_cost_gbp=25_000, host_types="childrens_centre")
        )  # fmt: skip
    services.append(
        unit("YP1", "advice", "C1", operator=COUNCIL, name="Castlegate, for young people",
             space_m2=260, service_cost_gbp_pa=410_000, move_cost_gbp=40_000, host_types="office")
    )  # fmt: skip
    return Layers([*buildings, *_offices()], services)


def _centre(k: int, where: tuple[str, str], size: float, grant: float) -> Row:
    name, place = where
    return building(
        f"B{k}", name, owner=COUNCIL, asset_type="childrens_centre",
        at=spot(COUNTY, place, 0.4, bearing_deg=50 * k), gia_m2=size,
        capacity_m2=round(1.35 * size) if place in ROOM else "",
        running_cost_gbp_pa=round(size * 125, -2), market_value_gbp=round(size * 480, -3),
        market_value_gbp_low=round(size * 380, -3), market_value_gbp_high=round(size * 560, -3),
        clawback_gbp=grant, constraints="clawback", disposal_cost_pct=2.5, months_to_sell=18,
    )  # fmt: skip


def _offices() -> list[Row]:
    castlegate = building(
        "C1", "29 Castlegate", owner=COUNCIL, asset_type="advice_centre",
        at=spot(COUNTY, "City centre", 0.3, bearing_deg=140), gia_m2=520, running_cost_gbp_pa=71_000,
        market_value_gbp=480_000, market_value_gbp_low=400_000, market_value_gbp_high=560_000,
        constraints="listed", disposal_cost_pct=3.0, months_to_sell=18,
    )  # fmt: skip
    west_offices = building(
        "C2", "West Offices", owner=COUNCIL, asset_type="office",
        at=spot(COUNTY, "City centre", 0.5, bearing_deg=280), gia_m2=13_000, capacity_m2=600,
        running_cost_gbp_pa=1_400_000, decision_lock="retain", lock_reason="the council's offices",
    )  # fmt: skip
    return [castlegate, west_offices]


def generate(out: Path) -> list[Path]:
    """Write every layer of the case."""
    return build(out, COUNTY, layers())


if __name__ == "__main__":
    command(generate, __file__)
