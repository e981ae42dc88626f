"""Generated layers of the case: `python data/cases/dorset_registration/generate.py`.

Published are the names of the eleven offices, which are kept, delivered as outreach and closed,
how many ceremony rooms there are, and the income. Which eight offices have a ceremony room, how
the income and the cost are spread, and every building are made up.
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from county import County, Layers, Row, build, building, command, split, spot, unit
from dorset_towns import towns

OWNER = "Dorset County Council (generated)"
OFFICES = (
    "Blandford", "Bridport", "Dorchester", "Ferndown", "Wareham", "Weymouth", "Gillingham",
    "Sherborne", "Swanage", "Shaftesbury", "Christchurch",
)  # fmt: skip
ROOMS = (
    "Blandford", "Bridport", "Dorchester", "Ferndown", "Weymouth", "Gillingham", "Sherborne",
    "Christchurch",
)  # fmt: skip
#: Published: about £550k from marriages, 70 % of the income; up to £431k of it at risk.
MARRIAGES_GBP, SHARE, AT_RISK_GBP = 550_000.0, 0.70, 431_000.0
OTHER_GBP = round(MARRIAGES_GBP / SHARE) - MARRIAGES_GBP
#: The service pays for itself: what it costs is what it takes in.
PREMISES_GBP, ROOMS_GBP = 150_000.0, 190_000.0
OFFICES_GBP = MARRIAGES_GBP + OTHER_GBP - PREMISES_GBP - ROOMS_GBP
COUNTY = County("dorset", towns(), seed=2016, between_km=3.0, between_people=420)


def layers(marriages_gbp: float = MARRIAGES_GBP) -> Layers:
    """Eleven offices, eight ceremony rooms, and a library or town hall in every such town."""
    people = [COUNTY.town(name).people ** 0.6 for name in OFFICES]
    rooms = [COUNTY.town(name).people ** 0.6 for name in ROOMS]
    running = split(PREMISES_GBP, people, step=500.0)
    cost, other = split(OFFICES_GBP, people, step=500.0), split(OTHER_GBP, people, step=100.0)
    own = dict(zip(ROOMS, split(ROOMS_GBP, rooms, step=500.0), strict=True))
    fees = dict(zip(ROOMS, split(marriages_gbp, rooms, step=500.0), strict=True))
    buildings: list[Row] = []
    services: list[Row] = []
    for k, name in enumerate(OFFICES, 1):
        space = 60.0 + round(COUNTY.town(name).people / 800)
        buildings += [_office(k, name, running[k - 1], space), _host(k, name)]
        services.append(
            unit(f"RO{k:02d}", "register_office", f"B{k:02d}", operator=OWNER, space_m2=space,
                 name=f"{name} register office", income_gbp_pa=other[k - 1],
                 service_cost_gbp_pa=cost[k - 1], move_cost_gbp=12_000,
                 host_types="register_office")
        )  # fmt: skip
        if name in own:
            services.append(
                unit(f"CR{k:02d}", "ceremony_room", f"B{k:02d}", operator=OWNER, space_m2=70,
                     name=f"{name} ceremony room", income_gbp_pa=fees[name],
                     service_cost_gbp_pa=own[name], move_cost_gbp=15_000,
                     host_types="town_hall")
            )  # fmt: skip
    return Layers(buildings, sorted(services, key=lambda row: str(row["unit_id"])))


def _office(k: int, name: str, running: float, space: float) -> Row:
    """The house of an office; let go when nothing of the service is left in it."""
    area = round(space * 1.5 + 90 * (name in ROOMS))
    value = 900.0 * area * (1.25 if name in ("Christchurch", "Sherborne", "Swanage") else 1.0)
    return building(
        f"B{k:02d}", f"{name} Register Office", owner=OWNER, asset_type="register_office",
        at=spot(COUNTY, name, 0.35, bearing_deg=40 * k), gia_m2=area,
        running_cost_gbp_pa=running, market_value_gbp=round(value, -3),
        market_value_gbp_low=round(0.8 * value, -3), market_value_gbp_high=round(1.15 * value, -3),
        disposal_cost_pct=2.5, months_to_sell=12,
    )  # fmt: skip


def _host(k: int, name: str) -> Row:
    """A library or town hall that could take a registrar in for some hours a week."""
    hall = name in ("Gillingham", "Sherborne", "Swanage")
    return building(
        f"H{k:02d}", f"{name} Town Hall" if hall else f"{name} Library",
        owner=f"{name} Town Council (generated)" if hall else OWNER,
        asset_type="town_hall" if hall else "library",
        at=spot(COUNTY, name, 0.2, bearing_deg=200 + 15 * k), gia_m2=500, capacity_m2=160,
        running_cost_gbp_pa=42_000, decision_lock="retain", lock_reason="not part of this review",
    )  # fmt: skip


def generate(out: Path) -> list[Path]:
    """Write every layer, and the services once more with the income at risk gone."""
    build(out, COUNTY, layers(MARRIAGES_GBP - AT_RISK_GBP))
    without = (out / "services.csv").rename(out / "services_at_risk.csv")
    return [*build(out, COUNTY, layers()), without]


if __name__ == "__main__":
    command(generate, __file__)
