"""Sites and people -> the frames of a draft's layers, its scenario and its list of assumptions.

Pure. Every figure comes from the table of assumptions or the map, so every row of buildings and
services says ``source_ref = assumed``.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from assets.drafting.assumptions import Assumptions, Kind
from assets.drafting.sites import Site
from assets.drafting.sources import Extract
from assets.schema import LAYERS

ASSUMED = "assumed"
PARISH_LEVEL = "10"
DISTRICT_LEVELS = ("6", "8")
#: An outline of parishes is taken only if they fill the county to this share.
WHOLE_SHARE = 0.99
MOST_OF_IT = 0.95
GENERAL_FIGURES = (
    "gia_cap_ratio", "market_value_range_pct", "merge_m", "register_match_m", "over_border_m",
)  # fmt: skip
PEOPLE_FIGURES = (
    "people_per_dwelling", "dwellings_per_ha", "street_m_per_dwelling", "place_dwellings",
    "demand_cell_m",
)  # fmt: skip


# --- what the plan may do with a site ----------------------------------------------------------


def in_scope(site: Site, table: Assumptions) -> bool:
    """Every kind in it is in scope (or is run by a public body, where that is what counts)."""

    def allowed(kind: Kind) -> bool:
        return kind.in_scope or (kind.scope_if_public and table.is_public(site.operator))

    return not site.over_border and all(allowed(table.kinds[kind]) for kind in site.kinds)


def lock_of(site: Site, table: Assumptions) -> tuple[str, str]:
    """The first lock of its kinds that is not free, and why."""
    if site.over_border:
        return "retain", "outside the county"
    for name in site.kinds:
        kind = table.kinds[name]
        if kind.lock != "free":
            also = "" if name == site.kind else f"also a {kind.label.lower()}: "
            return kind.lock, also + kind.lock_reason
    return "free", ""


def is_host(site: Site, table: Assumptions) -> bool:
    """In scope, and every kind in it may take other services in."""
    return in_scope(site, table) and all(table.kinds[kind].host for kind in site.kinds)


def owner_of(site: Site, table: Assumptions) -> str:
    """The owner told, else the operator, else the table's words for the kind."""
    return site.owner or site.operator or table.owner(table.kinds[site.kind].owner)


def spaces_of(site: Site, table: Assumptions) -> dict[str, float]:
    """Service type -> m²: shares of the floor area; together never more than it can hold."""
    shares: dict[str, float] = {}
    for kind in site.kinds:
        for service, share in table.kinds[kind].services.items():
            shares.setdefault(service, share)
    space = {service: share * site.gia_m2 for service, share in shares.items()}
    limit = table.figure("capacity_share") * site.gia_m2
    if sum(space.values()) > limit > 0:
        scale = limit / sum(space.values())
        space = {service: m2 * scale for service, m2 in space.items()}
    extra = [service for service in site.extra if service not in space]
    free = max(limit - sum(space.values()), 0.0)
    for number, service in enumerate(extra):
        each = free / (len(extra) - number)
        space[service] = min(table.figure("space_m2", service), each)
        free -= space[service]
    return space


# --- layers ----------------------------------------------------------------------------------


def buildings_layer(sites: Sequence[Site], table: Assumptions, as_at: str) -> pd.DataFrame:
    """One row per site, canonical columns, in order of asset_id."""
    rows = [_building(site, table) | {"as_at": as_at} for site in sites]
    return _ordered(pd.DataFrame(rows), "buildings")


def _building(site: Site, table: Assumptions) -> dict[str, Any]:
    gia_m2 = max(round(site.gia_m2, 1), 1.0)
    lock, reason = lock_of(site, table)
    return {
        "asset_id": site.asset_id,
        "uprn": site.uprn,
        "name": site.name,
        "owner": owner_of(site, table),
        "asset_type": site.kind,
        "easting": round(site.x, 1),
        "northing": round(site.y, 1),
        "postcode": site.postcode,
        "tenure": "freehold",
        "status": "operational",
        "gia_m2": gia_m2,
        "running_cost_gbp_pa": _pounds(
            gia_m2 * table.figure("running_cost_gbp_per_m2_pa", site.kind)
        ),
        "decision_lock": lock,
        "lock_reason": reason,
        "in_scope": in_scope(site, table),
        "confidential": False,
        "source_ref": ASSUMED,
        "conflict_note": _conflict(site),
        **_value(site, gia_m2, table),
        **_hosting(site, gia_m2, table),
    }


def _conflict(site: Site) -> str:
    """How else the sources call it, and what else is the same thing on the map."""
    also = [key for key in site.members if key != site.asset_id]
    parts = [f"also called {', '.join(site.notes)}" if site.notes else ""]
    parts.append(f"also mapped as {', '.join(also)}" if also else "")
    return "; ".join(part for part in parts if part)


def _value(site: Site, gia_m2: float, table: Assumptions) -> dict[str, float]:
    """Receipt, low and high, where the plan may dispose of it; else blank."""
    if not in_scope(site, table) or lock_of(site, table)[0] != "free":
        central = np.nan
    else:
        central = _pounds(gia_m2 * table.figure("market_value_gbp_per_m2", site.kind))
    spread = table.figure("market_value_range_pct") / 100.0
    return {
        "market_value_gbp": central,
        "market_value_gbp_low": _pounds(central * max(1 - spread, 0.0)),
        "market_value_gbp_high": _pounds(central * (1 + spread)),
    }


def _hosting(site: Site, gia_m2: float, table: Assumptions) -> dict[str, float]:
    """Capacity and extension of a host; blank for others."""
    if not is_host(site, table):
        return {"capacity_m2": np.nan, "extension_gbp_per_m2": np.nan, "extension_max_m2": np.nan}
    share = max(table.figure("capacity_share", kind) for kind in site.kinds)
    held = sum(round(m2, 1) for m2 in spaces_of(site, table).values())
    room = min(table.figure("extension_max_share", kind) for kind in site.kinds)
    return {
        "capacity_m2": round(max(share * gia_m2, held), 1),
        "extension_gbp_per_m2": table.figure("extension_gbp_per_m2", site.kind),
        "extension_max_m2": round(room * gia_m2, 1),
    }


def _pounds(value: float) -> float:
    """To the nearest £100: an assumed figure should not look exact."""
    return round(value / 100.0) * 100.0 if np.isfinite(value) else value


def services_layer(sites: Sequence[Site], table: Assumptions, as_at: str) -> pd.DataFrame:
    """One row per service in a site, in order of unit_id."""
    there = {site.kind for site in sites}
    rows = [
        _unit(site, service, space, table)
        | {"host_types": _host_types(site, service, table, there), "as_at": as_at}
        for site in sites
        for service, space in spaces_of(site, table).items()
    ]
    frame = pd.DataFrame(rows, columns=None if rows else list(LAYERS["services"].names))
    return _ordered(frame.sort_values("unit_id"), "services")


def _unit(site: Site, service: str, space_m2: float, table: Assumptions) -> dict[str, Any]:
    fire = service == "fire"
    duty = str(table.words["duty_system"])
    emergency = service in ("fire", "police", "ambulance")
    return {
        "unit_id": f"{service}_{site.asset_id}",
        "name": _unit_name(site, service),
        "service_type": service,
        "asset_id": site.asset_id,
        "operator": owner_of(site, table),
        "mode": "full",
        "space_m2": round(space_m2, 1),
        "move_cost_gbp": table.figure("move_cost_gbp", service),
        "lock": "free" if in_scope(site, table) else "stay",
        "lock_reason": "" if in_scope(site, table) else "its building is out of scope",
        "duty_system": duty if fire else "",
        "turnout_s": table.figure("turnout_s", duty) if fire else np.nan,
        "vehicles": 1.0 if emergency else np.nan,
        "over_border": site.over_border,
        "source_ref": ASSUMED,
    }


def _host_types(site: Site, service: str, table: Assumptions, there: Collection[str]) -> str:
    """Kinds of building the service may move to that the draft has; its own if none."""
    rule = table.words["services"].get(service)
    if rule is None:
        return ""
    return ";".join([kind for kind in rule["host_types"] if kind in there] or [site.kind])


def _unit_name(site: Site, service: str) -> str:
    words = service.replace("_", " ")
    return site.name if words in site.name.lower() else f"{words.capitalize()}, {site.name}"


def compatibility_layer(table: Assumptions, service_types: Sequence[str]) -> pd.DataFrame:
    """The pairs of the table whose services are both in the draft."""
    rows = [
        {
            "service_a": pair["pair"][0],
            "service_b": pair["pair"][1],
            "rule": pair["rule"],
            "cost_gbp": float(pair.get("cost_gbp", np.nan)),
            "note": pair.get("note", ""),
            "source_ref": ASSUMED,
        }
        for pair in table.words["compatibility"]
        if set(pair["pair"]) <= set(service_types)
    ]
    names = ["service_a", "service_b", "rule", "cost_gbp", "note", "source_ref"]
    return pd.DataFrame(rows, columns=names)


def demand_layer(demand: pd.DataFrame) -> pd.DataFrame:
    """Demand with canonical columns first, metres to the decimetre."""
    rounded = demand.assign(
        easting=demand["easting"].round(1), northing=demand["northing"].round(1)
    )
    return _ordered(rounded, "demand")


def areas_layer(
    extract: Extract, county: shapely.Geometry, demand: pd.DataFrame
) -> gpd.GeoDataFrame | None:
    """The county's outline and, where they would mean something, its parishes as wards.

    Parishes are given only if they fill the county and the demand is at least as fine as they
    are: a parish without a point of its own would be reported as if nobody lived there.

    Returns:
        area_id, name, kind, geometry (EPSG:27700), or None where no outline is whole.
    """
    bounds = extract.boundaries
    middle = bounds.geometry.representative_point()
    districts = bounds[bounds["admin_level"].isin(DISTRICT_LEVELS)]
    districts = districts[shapely.covers(county, middle[districts.index].to_numpy())]
    if districts.empty:
        return None
    parishes = bounds[bounds["admin_level"] == PARISH_LEVEL]
    parishes = parishes[shapely.covers(county, middle[parishes.index].to_numpy())]
    whole = shapely.union_all(parishes.geometry.to_numpy()) if len(parishes) else None
    fills = whole is not None and bool(
        shapely.area(shapely.intersection(whole, county)) >= WHOLE_SHARE * shapely.area(county)
    )
    finer = _share_with_demand(parishes, demand) >= MOST_OF_IT if fills else False
    kinds = [districts.assign(kind="district"), *([parishes.assign(kind="ward")] if finer else [])]
    frame = pd.concat(kinds).sort_values(["kind", "key"])
    names = [name or key for name, key in zip(frame["name"], frame["key"], strict=True)]
    return gpd.GeoDataFrame(
        {"area_id": frame["key"].to_numpy(), "name": names, "kind": frame["kind"].to_numpy()},
        geometry=frame.geometry.to_numpy(),
        crs=extract.boundaries.crs,
    )


def _share_with_demand(parishes: gpd.GeoDataFrame, demand: pd.DataFrame) -> float:
    """Share of the parishes' area that lies in a parish with a demand point in it."""
    shapes = parishes.geometry.to_numpy()
    spots = shapely.points(demand["easting"], demand["northing"])
    _, hit = shapely.STRtree(shapes).query(spots, predicate="intersects")
    area = shapely.area(shapes)
    return float(area[np.unique(hit)].sum() / area.sum())


def _ordered(frame: pd.DataFrame, layer: str) -> pd.DataFrame:
    """Canonical columns in their order (those there are), then the others; fresh index."""
    known = LAYERS[layer]
    names = [name for name in known.names if name in frame.columns]
    for name in list(frame.columns):
        if name not in names:
            base = name.removesuffix("_low").removesuffix("_high")
            place = names.index(base) + 1 if base in names and base != name else len(names)
            names.insert(place, name)
    return frame[names].reset_index(drop=True)


# --- scenario --------------------------------------------------------------------------------


def scenario_of(
    name: str, title: str, table: Assumptions, layers: Mapping[str, pd.DataFrame]
) -> dict[str, Any]:
    """The scenario as a mapping, without the path of the roads (that depends on where it lies).

    Standards are the table's for services that are in scope somewhere in the draft.
    """
    services, buildings = layers["services"], layers["buildings"]
    scoped = set(buildings.loc[buildings["in_scope"].astype(bool), "asset_id"])
    present = set(services.loc[services["asset_id"].isin(scoped), "service_type"])
    base = table.words["scenario"]
    extension = {"areas": "geojson"}
    return {
        "name": name,
        "title": title,
        "layers": {layer: f"{layer}.{extension.get(layer, 'csv')}" for layer in layers},
        "standards": {
            key: dict(record)
            for key, record in base["standards"].items()
            if record["service_type"] in present
        },
        "services": {k: dict(rule) for k, rule in base["services"].items() if k in present},
        "finance": dict(base["finance"]),
        "objective": base["objective"],
        "solver": dict(base["solver"]),
    }


# --- the list of assumptions -------------------------------------------------------------------


def assumptions_used(
    sites: Sequence[Site], table: Assumptions, layers: Mapping[str, pd.DataFrame], *, guessed: bool
) -> pd.DataFrame:
    """Every assumed figure the draft rests on: figure, applies_to, value, unit, use, source, rows.

    Args:
        sites: the draft's sites.
        table: the table of assumptions.
        layers: the draft's layers.
        guessed: whether the demand was guessed from the map.
    """
    rows = [*_building_lines(sites, table), *_service_lines(sites, table, layers["services"])]
    rows += [_line(table, figure, "", len(sites)) for figure in GENERAL_FIGURES]
    if guessed:
        rows += [
            _line(table, figure, kind, len(layers["demand"]))
            for figure in PEOPLE_FIGURES
            for kind in ("", *table.figures[figure].get("by_kind", {}))
        ]
    return pd.DataFrame([*rows, _plain("tenure", "every building", "freehold", len(sites))])


def _building_lines(sites: Sequence[Site], table: Assumptions) -> list[dict[str, Any]]:
    """Figures of buildings by kind, with how many buildings rest on each."""

    def sold(site: Site) -> bool:
        return in_scope(site, table) and lock_of(site, table)[0] == "free"

    def hosts(site: Site) -> bool:
        return is_host(site, table)

    rests_on: dict[str, Callable[[Site], bool]] = {
        "gia_m2": lambda site: site.gia_basis == "assumed",
        "levels": lambda site: site.gia_basis != "assumed",
        "running_cost_gbp_per_m2_pa": lambda site: True,
        "market_value_gbp_per_m2": sold,
        "capacity_share": hosts,
        "extension_gbp_per_m2": hosts,
        "extension_max_share": hosts,
    }
    lines = [
        _line(table, figure, kind, count)
        for figure, applies in rests_on.items()
        for kind, count in _counted(site.kind for site in sites if applies(site))
    ]
    for kind, count in _counted(s.kind for s in sites if not s.owner and not s.operator):
        owner = table.owner(table.kinds[kind].owner)
        lines.append(_plain("owner", kind, owner, count))
    rulings = {
        "in_scope": lambda site: str(in_scope(site, table)).lower(),
        "decision_lock": lambda site: lock_of(site, table)[0],
    }
    for ruling, of in rulings.items():
        for both, count in _counted(f"{site.kind}={of(site)}" for site in sites):
            kind, _, value = both.partition("=")
            lines.append(_plain(ruling, kind, value, count))
    return lines


def _service_lines(
    sites: Sequence[Site], table: Assumptions, services: pd.DataFrame
) -> list[dict[str, Any]]:
    """Figures of service units, with how many units rest on each."""
    counts = _counted(services["service_type"])
    lines = _space_lines(_counted(site.kind for site in sites), table)
    extras = _counted(service for site in sites for service in site.extra)
    lines += [_line(table, "space_m2", service, count) for service, count in extras]
    lines += [_line(table, "move_cost_gbp", service, count) for service, count in counts]
    fire = dict(counts).get("fire", 0)
    if fire:
        duty = str(table.words["duty_system"])
        lines += [_line(table, "turnout_s", duty, fire), _plain("duty_system", "fire", duty, fire)]
    return lines


def _counted(words: Iterable[object]) -> list[tuple[str, int]]:
    """Words with how often they occur, in alphabetical order."""
    counts: dict[str, int] = {}
    for word in words:
        counts[str(word)] = counts.get(str(word), 0) + 1
    return sorted(counts.items())


def _line(table: Assumptions, figure: str, kind: str, rows: int) -> dict[str, Any]:
    record = table.figures[figure]
    return {
        "figure": figure,
        "applies_to": kind,
        "value": f"{table.figure(figure, kind):g}",
        "unit": record["unit"],
        "use": record["use"],
        "source": record["source"],
        "rows": rows,
    }


def _plain(figure: str, kind: str, value: str, rows: int) -> dict[str, Any]:
    return {"figure": figure, "applies_to": kind, "value": value, "unit": "", "use": "not stated",
            "source": "default", "rows": rows}  # fmt: skip


def _space_lines(kinds: Sequence[tuple[str, int]], table: Assumptions) -> list[dict[str, Any]]:
    return [
        {"figure": "space_share", "applies_to": f"{service} in {kind}", "value": f"{share:g}",
         "unit": "share of floor area", "use": "space a service takes up", "source": "default",
         "rows": number}
        for kind, number in kinds
        for service, share in table.kinds[kind].services.items()
    ]  # fmt: skip
