"""The estate: buildings, the service units in them, leases and rules for sharing."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from areas import Ward
from catalogue import (
    COMPATIBILITY,
    DISTRICT,
    KINDS,
    LOCKS,
    NEIGHBOUR_WHOLETIME,
    OFFICE_NAMES,
    PLACES,
    SERVICES,
    TOWN_VALUE,
    Kind,
)
from gazetteer import DISTRICTS
from geometry import Points, inside, stream
from ground import Ground

Row = dict[str, object]
TARGET_BUILDINGS = 205
BUILD_GBP_M2 = {"JH": (850.0, 1150.0), "JT": (950.0, 1200.0)}  # conversion; plain new build
QUARTERS = (" East", " West", " North", " South")
DUTY = {"FW": "wholetime", "FD": "day_crewed", "FO": "on_call", "FP": "on_call", "FA": "on_call"}
DUTY_VEHICLES = {"wholetime": 3, "day_crewed": 2, "on_call": 1}


@dataclass(frozen=True)
class Standing:
    """One building before its figures: kind, place, number among its like, and spot."""

    code: str
    place: int
    number: int
    spot: Points
    wanted: bool = True


def to_step(value: float, step: float) -> int:
    """Round as people round: to the nearest whole step."""
    return int(round(value / step) * step)


def _size(people: float) -> int:
    return 0 if people >= 18_000 else 1 if people >= 7_000 else 2


def _codes(ground: Ground, place: int, scale: float, seed: int) -> list[str]:
    """What stands in a place: the hand-made list, or a rule for an invented settlement."""
    town = ground.places[place]
    if town.name in PLACES:
        return PLACES[town.name].split()
    if not town.inside or town.kind == "hamlet" or scale <= 1:
        return []
    rng = stream(seed, f"estate of {town.name}")
    if town.people >= 15_000:
        listed = "FD P L C A D R JH V E H N U K T Z O"
    elif town.people >= 7_000:
        listed = "FO P L C A T N K D Z"
    elif town.people >= 3_000:
        listed = "FO L C K N"
    else:
        listed = "L K" if town.people >= 1_300 else "FO" if rng.random() < 0.3 else ""
    return [code for code in listed.split() if rng.random() < 0.58]


def _fit_to_scale(lists: list[list[str]], scale: float) -> list[list[str]]:
    """In a small county keep the head of every list, so that the total follows the scale."""
    total = sum(len(codes) for codes in lists)
    share = min(1.0, TARGET_BUILDINGS * scale / total) if scale < 1 else 1.0
    return [codes[: int(np.ceil(len(codes) * share))] for codes in lists]


def _spots(ground: Ground, place: int, codes: list[str], rng: np.random.Generator) -> list[Points]:
    """A street corner for each building, each a little back from the road."""
    heart = ground.points[ground.centre[place]]
    own = ground.points[ground.home == place]
    own = own[inside(ground.county.buffer(-40), own)] if ground.places[place].inside else own
    own = own[np.argsort(np.hypot(*(own - heart).T), kind="stable")]
    free = list(range(1, len(own)))
    found = []
    for code in codes:
        near = KINDS[code].near
        low, high = near[0] * len(own), max(near[1] * len(own), near[0] * len(own) + 2)
        fit = [i for i in free if low <= i <= high] or free or [0]
        pick = fit[int(rng.integers(len(fit)))]
        if pick in free:
            free.remove(pick)
        angle, step = rng.uniform(0, 2 * np.pi), rng.uniform(14, 34)
        found.append(np.round(own[pick] + step * np.array([np.cos(angle), np.sin(angle)])))
    return found


def _stand(ground: Ground, scale: float, seed: int) -> list[Standing]:
    lists = [_codes(ground, i, scale, seed) for i in range(len(ground.places))]
    standing = []
    for place, codes in enumerate(_fit_to_scale(lists, scale)):
        rng = stream(seed, f"sites in {ground.places[place].name}")
        for i, spot in enumerate(_spots(ground, place, codes, rng)):
            number = codes[: i + 1].count(codes[i])
            standing.append(Standing(codes[i], place, number, spot))
    return standing


def _name(item: Standing, ground: Ground, offices: dict[int, str]) -> str:
    town = ground.places[item.place].name
    kind = KINDS[item.code]
    if item.code == "X":
        return f"{offices[id(item)]} House, {town}"
    extra = "" if item.number == 1 else QUARTERS[item.number % 4]
    if item.code == "l":
        extra = QUARTERS[item.number % 4]
    return f"{town}{extra} {kind.label}"


def _owner(kind: Kind, item: Standing, ground: Ground) -> str:
    if kind.owner != DISTRICT:
        return kind.owner
    return f"{DISTRICTS[ground.places[item.place].district]} District Council"


def _status(code: str, rng: np.random.Generator) -> str:
    if code in ("JH", "JT"):
        return "candidate"
    if code in ("Z", "S"):
        return "surplus" if rng.random() < 0.5 else "vacant"
    return "operational"


def _tenure(code: str, rng: np.random.Generator) -> str:
    chance = float(rng.random())
    share = {"U": 0.85, "O": 0.28, "C": 0.12, "P": 0.1, "l": 0.35, "X": 0.3, "L": 0.05}
    if chance < share.get(code, 0.0):
        return "leasehold"
    return "licence" if code == "C" and chance > 0.95 else "freehold"


def _condition(row: Row, gia: float, rng: np.random.Generator) -> None:
    """Grade, survey date and backlog by priority; one building in eight was not surveyed."""
    grade = "ABCD"[int(rng.choice(4, p=[0.14, 0.46, 0.31, 0.09]))]
    total = gia * {"A": 12, "B": 65, "C": 190, "D": 380}[grade] * rng.lognormal(0, 0.3)
    split = (
        np.array(
            {
                "A": [0, 5, 35, 60],
                "B": [3, 17, 40, 40],
                "C": [12, 33, 35, 20],
                "D": [30, 40, 20, 10],
            }[grade]
        )
        / 100
    )
    surveyed = rng.random() > 0.125
    year, month = int(rng.integers(2017, 2026)), int(rng.integers(1, 13))
    row["condition_grade"] = grade if surveyed else ""
    row["survey_date"] = f"{year}-{month:02d}-01" if surveyed else ""
    for priority in range(4):
        cost = to_step(total * split[priority], 500)
        row[f"backlog_gbp_p{priority + 1}"] = cost if surveyed else ""
    scores = {"A": "good", "B": "adequate", "C": "poor", "D": "unsuitable"}
    row["suitability"] = scores[grade] if surveyed else ""
    row["epc"] = "BCDEFG"[int(np.clip(rng.normal("ABCD".index(grade) + 1.2, 0.9), 0, 5))]
    row["accessible"] = "true" if rng.random() < 0.85 - 0.2 * "ABCD".index(grade) else "false"
    row["tco2e_pa"] = round(gia * rng.uniform(0.024, 0.058), 1)
    row["remaining_life_yr"] = int(rng.integers(8, 26)) + 8 * (3 - "ABCD".index(grade))


def _money(row: Row, kind: Kind, town: str, gia: float, rng: np.random.Generator) -> None:
    """Running cost, market value with its range, and what selling takes."""
    rate = kind.cost_m2 * float(rng.lognormal(0, 0.12))
    row["running_cost_gbp_pa"] = to_step(gia * min(rate, 130), 100)
    worth = gia * kind.value_m2 * TOWN_VALUE.get(town, 0.9) * float(rng.lognormal(0, 0.15))
    row["income_gbp_pa"] = to_step(gia * 6, 100) if row["asset_type"] == "town_hall" else 0
    if row["tenure"] != "freehold" or row["status"] == "candidate":
        for column in ("market_value_gbp", "market_value_gbp_low", "market_value_gbp_high"):
            row[column] = 0
        row["book_value_gbp"], row["valuation_basis"] = "", ""
    else:
        row["market_value_gbp"] = to_step(worth, 5000)
        row["market_value_gbp_low"] = to_step(worth * rng.uniform(0.72, 0.88), 5000)
        row["market_value_gbp_high"] = to_step(worth * rng.uniform(1.1, 1.3), 5000)
        row["book_value_gbp"] = to_step(worth * rng.uniform(0.6, 2.1), 1000)
        emergency = kind.asset_type in ("fire_station", "ambulance_station", "library")
        row["valuation_basis"] = "drc" if emergency else "euv"
    row["disposal_cost_pct"] = float(rng.choice([2.0, 2.5, 3.0, 3.5, 4.0]))
    row["months_to_sell"] = int(rng.choice([9, 12, 12, 15, 18, 18, 24, 30]))


def _room(row: Row, item: Standing, gia: float, rng: np.random.Generator) -> None:
    """Usable floor offered to services, what more could be built, and the price of new sites."""
    kind = KINDS[item.code]
    lifted = row["status"] == "candidate"
    host = lifted or float(rng.random()) < kind.host
    usable = to_step(gia * (0.9 if lifted else 0.86), 5)
    row["capacity_m2"] = usable if host else ""
    row["build_capex_gbp"] = (
        to_step(gia * rng.uniform(*BUILD_GBP_M2[item.code]), 10_000) if lifted else ""
    )
    extend = (
        host
        and not lifted
        and item.code in ("L", "LC", "LE", "FW", "FD", "FP", "H", "K", "N", "FO", "C", "T")
    )
    extend = extend and float(rng.random()) < 0.25
    row["extension_gbp_per_m2"] = to_step(rng.uniform(1800, 2500), 50) if extend else ""
    row["extension_max_m2"] = to_step(gia * rng.uniform(0.08, 0.25), 10) if extend else ""


def _locks(row: Row, item: Standing, ground: Ground, rng: np.random.Generator) -> None:
    """Decisions already taken, with the reason; partner halls stay whatever we decide."""
    lock, reason, constraint = LOCKS.get(
        (ground.places[item.place].name, item.code, item.number), ("free", "", "")
    )
    if item.code == "K":
        lock, reason = "retain", "Owned by its trust; open whatever this plan decides"
    if item.code in ("H", "HD"):
        lock, reason = "retain", "Operated under contract to 2036"
    row["decision_lock"], row["lock_reason"] = lock, reason
    row["in_scope"] = "false" if item.code in ("X", "B") else "true"
    row["confidential"] = "true" if item.code in ("JT", "Z") or rng.random() < 0.02 else "false"
    if not constraint and item.code in ("L", "T", "Y", "R") and rng.random() < 0.14:
        constraint = "conservation_area"
    row["constraints"] = constraint


def _building(item: Standing, ground: Ground, name: str, seed: int) -> Row:
    town = ground.places[item.place]
    kind = KINDS[item.code]
    rng = stream(seed, f"building {town.name} {item.code} {item.number}")
    gia = to_step(kind.gia_m2[_size(town.people)] * float(rng.lognormal(0, 0.13)), 5)
    row: Row = {
        "uprn": ""
        if kind.asset_type in ("hub", "tri_service")
        else f"999{int(rng.integers(10**9)):09d}",
        "name": name,
        "owner": _owner(kind, item, ground),
        "asset_type": kind.asset_type,
        "easting": int(item.spot[0]),
        "northing": int(item.spot[1]),
        "postcode": f"ZZ{item.place + 1} {int(rng.integers(1, 10))}"
        f"{''.join(rng.choice(list('ABDEFGHJLNPQRSTUWXYZ'), 2))}",
        "tenure": _tenure(item.code, rng),
        "status": _status(item.code, rng),
        "gia_m2": gia,
        "market_area": f"M-{town.market}" if town.inside else "",
    }
    row["tenure_category"] = {
        "freehold": "vacant" if row["status"] == "vacant" else "occupied by the authority",
    }.get(str(row["tenure"]), str(row["tenure"]))
    _condition(row, gia, rng)
    if row["status"] == "candidate":
        for column in (
            "condition_grade",
            "survey_date",
            "suitability",
            "uprn",
            *(f"backlog_gbp_p{i}" for i in range(1, 5)),
        ):
            row[column] = ""
        row.update(epc="A", accessible="true", remaining_life_yr=60)
        row["tenure"], row["tenure_category"] = "freehold", ""
    _money(row, kind, town.name, gia, rng)
    _room(row, item, gia, rng)
    _locks(row, item, ground, rng)
    return row


def _emergency(row: Row, item: Standing, town: str, rng: np.random.Generator) -> None:
    """Crew columns of fire, police and ambulance units; blank for all others."""
    row["over_border"] = "true" if item.code == "B" else "false"
    if row["service_type"] not in ("fire", "police", "ambulance"):
        return
    duty = DUTY.get(item.code, "wholetime" if town in NEIGHBOUR_WHOLETIME else "on_call")
    row["vehicles"] = 1 + int(item.number == 1 and rng.random() < 0.3)
    if row["service_type"] == "fire":
        row["duty_system"] = duty
        row["vehicles"] = DUTY_VEHICLES[duty] + int(duty == "on_call" and rng.random() < 0.3)
        day = {"wholetime": 100, "day_crewed": 99}.get(duty, int(rng.integers(58, 90)))
        night = {"wholetime": 100, "day_crewed": 94}.get(duty, int(rng.integers(84, 99)))
        row["availability_day_pct"], row["availability_night_pct"] = day, night
        if duty == "on_call" and rng.random() < 0.15:
            row["turnout_s"] = int(rng.choice([240, 270, 330]))


def _units(item: Standing, building: Row, ground: Ground, seed: int) -> list[Row]:
    """The service units in one building, from the shares of floor its kind gives them."""
    kind, town = KINDS[item.code], ground.places[item.place]
    rng = stream(seed, f"units {town.name} {item.code} {item.number}")
    usable = float(str(building["gia_m2"])) * 0.86
    rows = []
    for service_type, share in kind.units:
        service = SERVICES[service_type]
        space = to_step(usable * share * float(rng.uniform(0.82, 1.0)), 5)
        operator = service.operator
        if operator == DISTRICT:
            operator = str(building["owner"])
        if item.code == "B":
            operator = str(building["owner"])
        stay = service_type in ("community", "health", "leisure") or item.code in ("X", "B")
        row: Row = {
            "service_type": service_type,
            "operator": operator,
            "mode": "full",
            "space_m2": space,
            "move_cost_gbp": to_step(space * service.move_gbp_m2, 500),
            "users_pa": to_step(space * service.users_m2 * float(rng.lognormal(0, 0.25)), 100),
            "service_cost_gbp_pa": to_step(space * service.cost_gbp_m2, 1000),
            "income_gbp_pa": 0,
            "host_types": service.host_types,
            "lock": "stay" if stay else "free",
            "lock_reason": "Not ours to move" if stay else "",
        }
        if service_type == "register_office":
            row["income_gbp_pa"] = to_step(space * float(rng.uniform(140, 330)), 500)
        if service_type in ("library", "adult_learning", "day_centre"):
            row["income_gbp_pa"] = to_step(space * float(rng.uniform(8, 40)), 100)
        if not row["users_pa"]:
            row["users_pa"] = ""
        _emergency(row, item, town.name, rng)
        rows.append(row)
    return rows


def _lease(building: Row, rng: np.random.Generator) -> Row:
    start = int(rng.integers(2008, 2023))
    term = int(rng.choice([10, 15, 20, 25]))
    expiry = max(start + term, 2028)
    breaks = [year for year in range(start + 5, expiry, 5) if year > 2026]
    gia = float(str(building["gia_m2"]))
    return {
        "asset_id": building["asset_id"],
        "start": f"{start}-04-01",
        "expiry": f"{expiry}-03-31",
        "break_dates": ";".join(f"{year}-04-01" for year in breaks[:2]),
        "break_notice_months": int(rng.choice([6, 6, 12])) if breaks else "",
        "break_penalty_gbp": to_step(gia * float(rng.choice([0, 0, 25])), 500) if breaks else "",
        "annual_rent_gbp": to_step(gia * float(rng.uniform(70, 140)), 250),
        "dilapidations_gbp": to_step(gia * float(rng.uniform(20, 90)), 500),
    }


def make_estate(ground: Ground, wards: list[Ward], scale: float, seed: int) -> dict[str, list[Row]]:
    """All buildings, service units, leases and sharing rules, in order of their ids."""
    standing = _stand(ground, scale, seed)
    offices = {
        id(item): OFFICE_NAMES[i % len(OFFICE_NAMES)]
        for i, item in enumerate(s for s in standing if s.code == "X")
    }
    buildings: list[Row] = []
    services: list[Row] = []
    leases: list[Row] = []
    for number, item in enumerate(standing, 1):
        row = _building(item, ground, _name(item, ground, offices), seed)
        row["asset_id"] = f"B{number:04d}"
        spot = shapely.Point(item.spot)
        row["ward_code"] = next((w.code for w in wards if w.shape.intersects(spot)), "")
        buildings.append(row)
        for unit in _units(item, row, ground, seed):
            unit["unit_id"], unit["asset_id"] = f"U{len(services) + 1:04d}", row["asset_id"]
            services.append(unit)
        if row["tenure"] == "leasehold":
            leases.append(_lease(row, stream(seed, f"lease {row['asset_id']}")))
    columns = ("service_a", "service_b", "rule", "cost_gbp", "note")
    rules = [dict(zip(columns, rule, strict=True)) for rule in sorted(COMPATIBILITY, key=str)]
    return {"buildings": buildings, "services": services, "leases": leases, "compatibility": rules}
