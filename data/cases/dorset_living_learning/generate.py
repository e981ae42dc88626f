"""Generated layers of the case: `python data/cases/dorset_living_learning/generate.py`.

Published are the pilot areas, the kinds of service that share a hub, that seven offices are out of
scope, and the rules about money. No building was published: every building, its size, its cost
and its value are made up, on Dorset's towns.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from county import County, Layers, Row, build, building, command, spot, unit
from dorset_towns import towns

COUNCIL, ADVICE = "Dorset County Council (generated)", "Citizens Advice (generated)"
#: Pilot areas: "possibly Ferndown"; Wareham was added later.
PILOTS = ("Weymouth", "Portland", "Beaminster", "Blandford", "Ferndown", "Wareham")
#: Offices that the programme leaves alone.
OFFICES = (
    "Dorchester",
    "Dorchester",
    "Bridport",
    "Sherborne",
    "Wimborne",
    "Christchurch",
    "Swanage",
)
DISTRICT = {
    "Weymouth": "Weymouth and Portland Borough Council (generated)",
    "Portland": "Weymouth and Portland Borough Council (generated)",
    "Beaminster": "West Dorset District Council (generated)",
    "Blandford": "North Dorset District Council (generated)",
    "Ferndown": "East Dorset District Council (generated)",
    "Wareham": "Purbeck District Council (generated)",
}


@dataclass(frozen=True)
class Kind:
    """A kind of building: its service, size in a town of 10,000 people, cost and value per m²."""

    code: str
    asset_type: str
    service: str
    label: str
    owner: str
    area_m2: float
    cost_m2: float
    value_m2: float


# fmt: off
KINDS = (
    Kind("LB", "library", "library", "Library", COUNCIL, 520, 80, 420),
    Kind("CC", "childrens_centre", "childrens_centre", "Children's Centre", COUNCIL, 360, 88, 330),
    Kind("AL", "office", "adult_learning", "Adult Learning Centre", COUNCIL, 420, 82, 400),
    Kind("DC", "day_centre", "day_centre", "Day Centre", COUNCIL, 480, 84, 340),
    Kind("AB", "advice_centre", "advice", "Advice Bureau", ADVICE, 160, 92, 0),
    Kind("DO", "town_hall", "customer_access", "District Office", "district", 700, 76, 400),
    Kind("TC", "community_hall", "customer_access", "Town Council Offices", "town", 240, 72, 380),
)
# fmt: on
COUNTY = County("dorset", towns(PILOTS), seed=2016, between_km=3.0, between_people=420)


def layers() -> Layers:
    """Seven kinds of building in each pilot area, two of some in Weymouth; seven other offices."""
    buildings: list[Row] = []
    services: list[Row] = []
    leases: list[Row] = []
    for p, town in enumerate(PILOTS, 1):
        for k, kind in enumerate(KINDS, 1):
            for n in range(
                2 if town == "Weymouth" and kind.code in ("LB", "CC", "AL", "DC") else 1
            ):
                asset_id = f"{kind.code}{p}{n + 1}"
                size = _size(kind, town, n)
                place = spot(COUNTY, town, 0.25 + 0.3 * n, bearing_deg=53 * k + 90 * n)
                buildings.append(_building(asset_id, kind, (town, n), size, place))
                services.append(_service(asset_id, kind, (town, n), size))
                if kind.code == "AB":
                    leases.append(_lease(asset_id, size))
    for k, town in enumerate(OFFICES, 1):
        buildings.append(_office(k, town))
        services.append(
            unit(f"U-OF{k}", "office", f"OF{k}", operator=COUNCIL, space_m2=900,
                 name=f"County staff, {town} {k}")
        )  # fmt: skip
    return Layers(buildings, services, leases, _compatibility())


def _size(kind: Kind, town: str, n: int) -> float:
    people = COUNTY.town(town).people
    return round(kind.area_m2 * min(2.2, (people / 10_000) ** 0.45) * (0.6 if n else 1.0), -1)


def _building(
    asset_id: str, kind: Kind, where: tuple[str, int], size: float, place: tuple[int, int]
) -> Row:
    """Libraries and district offices can take others in; both can be extended a little."""
    town, n = where
    host = kind.code in ("LB", "DO") and n == 0
    value = round(kind.value_m2 * size, -3)
    money = {"market_value_gbp": value, "market_value_gbp_low": round(0.75 * value, -3),
             "market_value_gbp_high": round(1.2 * value, -3), "disposal_cost_pct": 2.5,
             "months_to_sell": 12}  # fmt: skip
    rooms = {"capacity_m2": round(1.55 * size), "extension_gbp_per_m2": 1_900,
             "extension_max_m2": round(0.5 * size)}  # fmt: skip
    return building(
        asset_id, _name(kind, where), at=place, asset_type=kind.asset_type, owner=_owner(kind, town),
        tenure="leasehold" if kind.code == "AB" else "freehold", gia_m2=size,
        running_cost_gbp_pa=round(kind.cost_m2 * size, -2),
        backlog_gbp_p1=round(12 * size, -2), backlog_gbp_p2=round(40 * size, -2),
        **(rooms if host else {}), **(money if kind.value_m2 else {}),
    )  # fmt: skip


def _name(kind: Kind, where: tuple[str, int]) -> str:
    town, n = where
    return f"{town} {'North ' if n else ''}{kind.label}"


def _owner(kind: Kind, town: str) -> str:
    return {"district": DISTRICT[town], "town": f"{town} Town Council (generated)"}.get(
        kind.owner, kind.owner
    )


def _service(asset_id: str, kind: Kind, where: tuple[str, int], size: float) -> Row:
    return unit(
        f"U-{asset_id}", kind.service, asset_id, operator=_owner(kind, where[0]),
        name=_name(kind, where), space_m2=round(0.62 * size), move_cost_gbp=round(55 * size, -2),
        one_off_gbp=round(12 * size, -2), service_cost_gbp_pa=round(260 * size, -2),
    )  # fmt: skip


def _lease(asset_id: str, size: float) -> Row:
    return {"asset_id": asset_id, "start": "2012-04-01", "expiry": "2022-03-31",
            "break_dates": "2018-04-01", "break_notice_months": 6, "break_penalty_gbp": 0,
            "annual_rent_gbp": round(95 * size, -2), "dilapidations_gbp": round(30 * size, -2)}  # fmt: skip


def _office(k: int, town: str) -> Row:
    return building(
        f"OF{k}", f"{town} County Offices {k}", owner=COUNCIL, asset_type="office",
        at=spot(COUNTY, town, 0.2 + 0.1 * k, bearing_deg=71 * k), gia_m2=1_500,
        running_cost_gbp_pa=140_000, market_value_gbp=1_100_000, in_scope="false",
        lock_reason="one of the seven offices that another programme deals with",
    )  # fmt: skip


def _compatibility() -> list[Row]:
    return [
        {"service_a": "childrens_centre", "service_b": "day_centre", "rule": "forbidden",
         "note": "residents are wary of mixing older people and small children"},
        {"service_a": "advice", "service_b": "customer_access", "rule": "conditional",
         "cost_gbp": 12_000, "note": "rooms for confidential talks"},
        {"service_a": "day_centre", "service_b": "library", "rule": "conditional",
         "cost_gbp": 30_000, "note": "step-free entrance of its own, and a changing place"},
    ]  # fmt: skip


def generate(out: Path) -> list[Path]:
    """Write every layer of the case."""
    return build(out, COUNTY, layers())


if __name__ == "__main__":
    command(generate, __file__)
