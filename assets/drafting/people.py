"""Who the services are for: a demand file as published, or people guessed from the map."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from assets.drafting.assumptions import Assumptions
from assets.drafting.registers import Setting
from assets.drafting.sites import SETTLEMENTS, note
from assets.drafting.sources import Extract, missing_column
from assets.issues import InputError, Issue
from assets.read import CRS, read_layer
from assets.schema import LAYERS, heading_key, headings, weights

LAND_REACH_M = 500.0
URBAN_PLACES = ("city", "town", "suburb")
#: Headings of published population tables -> a demand weight.
AGE_COLUMNS: Mapping[str, str] = {
    "population015": "under_16",
    "under16": "under_16",
    "population1659": "aged_16_59",
    "population60": "over_60",
    "over60": "over_60",
}
HOUSES = (
    "house", "detached", "semidetached_house", "terrace", "residential", "bungalow", "cottage",
    "farm",
)  # fmt: skip
_KEPT = ("demand_id", "name", "imd_decile", "ward_code", "area_id", "town_id", "district_id")


# --- from a file -----------------------------------------------------------------------------


def demand_from_file(path: Path, setting: Setting) -> tuple[pd.DataFrame, tuple[Issue, ...]]:
    """Demand points of the county from a published file.

    Args:
        path: CSV, XLSX, GeoPackage, Parquet ...: an id, coordinates and a population under any
            heading the schema knows; RUC columns give rural_urban; age columns that are named
            as such become weights.
        setting: county and assumptions.

    Returns:
        Columns demand_id, name, easting, northing, population, the weights, rural_urban ...,
        source_ref; and notes on rows and columns left out.

    Raises:
        InputError: unreadable file, missing column, population or place that is no number, or
            no point in the county.
    """
    raw = read_layer(path, "demand")
    known = _canonical(raw)
    easting, northing = _coordinates(raw, known, path)
    if "demand_id" not in known or "population" not in known:
        raise InputError(_missing(raw, known, path, ("demand_id", "population")))
    columns: dict[str, object] = {"easting": easting, "northing": northing}
    for name in ("population", *weights(LAYERS["demand"])):
        if name in known:
            columns[name] = pd.to_numeric(raw[known[name]], errors="coerce").astype("float64")
    columns |= {name: raw[known[name]] for name in _KEPT if name in known}
    ages = _age_columns(raw)
    columns |= {name: pd.to_numeric(raw[h], errors="coerce") for h, name in ages.items()}
    ruc = _rural_urban(raw, known)
    if ruc is not None:
        columns["rural_urban"] = ruc
    frame = pd.DataFrame(columns, index=raw.index).assign(source_ref=path.name)
    kept, notes = _within_county(frame, path, setting)
    used = {*known.values(), *ages, *(h for h in raw.columns if _is_ruc(h))}
    return kept, (*notes, *_column_notes(raw, used, path))


def _canonical(raw: pd.DataFrame) -> dict[str, str]:
    """Canonical column -> heading of the file, the preferred one where several mean it."""
    known = headings("demand")
    best: dict[str, tuple[int, str]] = {}
    for heading in raw.columns:
        name, rank = known.get(heading_key(str(heading)), ("", 0))
        if name and (name not in best or rank < best[name][0]):
            best[name] = (rank, str(heading))
    return {name: heading for name, (_, heading) in best.items()}


def _coordinates(
    raw: pd.DataFrame, known: Mapping[str, str], path: Path
) -> tuple[pd.Series, pd.Series]:
    """EPSG:27700 metres from geometry, easting and northing, or lon and lat."""
    if isinstance(raw, gpd.GeoDataFrame):
        middle = raw.geometry.representative_point()
        return middle.x, middle.y
    for across, up, crs in (("easting", "northing", CRS), ("lon", "lat", "EPSG:4326")):
        if across in known and up in known:
            x, y = (pd.to_numeric(raw[known[c]], errors="coerce") for c in (across, up))
            points = gpd.GeoSeries(gpd.points_from_xy(x, y, crs=crs), index=raw.index).to_crs(CRS)
            return points.x, points.y
    raise InputError(_missing(raw, known, path, ("demand_id", "easting", "northing", "population")))


def _missing(
    raw: pd.DataFrame, known: Mapping[str, str], path: Path, needed: tuple[str, ...]
) -> list[Issue]:
    layer = LAYERS["demand"]
    return [
        missing_column(path, (name, *layer.column(name).aliases), map(str, raw.columns), "demand")
        for name in needed
        if name not in known
    ]


def _age_columns(raw: pd.DataFrame) -> dict[str, str]:
    """Heading -> weight, for columns that say which ages they count."""
    found: dict[str, str] = {}
    for heading in raw.columns:
        weight = AGE_COLUMNS.get(heading_key(str(heading)))
        if weight and weight not in found.values():
            found[str(heading)] = weight
    return found


def _is_ruc(heading: object) -> bool:
    key = heading_key(str(heading))
    return key.startswith("ruc") or key.startswith("ruralurban")


def _rural_urban(raw: pd.DataFrame, known: Mapping[str, str]) -> pd.Series | None:
    """``rural`` or ``urban`` from the words or letter of the official classification."""
    heading = known.get("rural_urban") or next((h for h in raw.columns if _is_ruc(h)), None)
    if heading is None:
        return None
    return raw[heading].map(_settlement_class)


def _settlement_class(cell: object) -> str:
    """``Rural village and dispersed`` -> rural; ``C1 ...`` -> urban; else blank."""
    text = str(cell).strip().lower()
    if text.startswith(("rural", "d1", "d2", "e1", "e2", "f1", "f2")):
        return "rural"
    return "urban" if text.startswith(("urban", "a1", "b1", "c1", "c2")) else ""


def _within_county(
    frame: pd.DataFrame, path: Path, setting: Setting
) -> tuple[pd.DataFrame, tuple[Issue, ...]]:
    """Points in the county, sound, in order of demand_id."""
    lost = frame["easting"].isna() | frame["northing"].isna()
    if lost.any():
        rows = tuple(f"row {number}" for number in frame.index[lost])
        message = f"{path.name}: coordinates that are no numbers"
        raise InputError(
            Issue("draft.demand_place", message, rows, "give EPSG:27700 metres", "demand")
        )
    spots = shapely.points(frame["easting"], frame["northing"])
    inside = np.asarray(shapely.intersects(setting.county, spots), dtype=bool)
    kept = frame.loc[frame.index[inside]]
    if kept.empty:
        remedy = "give the demand of the county the extract shows, in EPSG:27700"
        raise InputError(Issue("draft.demand_elsewhere", f"{path.name} has no point in the county",
                               (str(path),), remedy, "demand"))  # fmt: skip
    bad = ~(kept["population"] >= 0) | (kept["population"] == np.inf)
    if bad.any():
        rows = tuple(f"row {number}" for number in kept.index[bad])
        message = f"{path.name}: population that is no number of 0 or more"
        raise InputError(
            Issue("draft.demand_population", message, rows, "correct the cells", "demand")
        )
    notes: tuple[Issue, ...] = ()
    if not inside.all():
        notes = (note("draft.far_rows", f"left out: {int((~inside).sum())} points of {path.name} "
                      "outside the county", (), "use an extract that holds them"),)  # fmt: skip
    return kept.sort_values("demand_id").reset_index(drop=True), notes


def _column_notes(raw: pd.DataFrame, used: set[str], path: Path) -> tuple[Issue, ...]:
    geometry = raw.geometry.name if isinstance(raw, gpd.GeoDataFrame) else ""
    unused = [str(h) for h in raw.columns if str(h) not in used and h != geometry]
    if not unused:
        return ()
    hint = (
        "deprivation scores are not deciles; add a column imd_decile (1 = most deprived) if known"
    )
    return (note("draft.columns", f"columns of {path.name} not taken over", unused, hint),)


# --- from the map ----------------------------------------------------------------------------


def demand_from_map(setting: Setting) -> tuple[pd.DataFrame, tuple[Issue, ...]]:
    """People guessed from residential land, streets, houses and place names, on a grid.

    Dwellings on residential land = the lesser of its area × a density by kind of settlement and
    its street length ÷ metres per dwelling; houses, farms and settlements outside it are added;
    people = dwellings × 2.36. A point stands at the weighted middle of its square. Weak: good
    for a first look and to a factor of about two, not for a decision.

    Returns:
        Columns demand_id, name, easting, northing, population, rural_urban, source_ref; notes.

    Raises:
        InputError: the map shows no homes.
    """
    extract, table = setting.extract, setting.table
    spots = pd.concat([_land_spots(extract, table), _loose_spots(extract, table)])
    inside = shapely.intersects_xy(setting.county, spots["x"].to_numpy(), spots["y"].to_numpy())
    spots = spots[inside & (spots["dwellings"] > 0).to_numpy()]
    if spots.empty:
        raise InputError(
            Issue("draft.no_homes", f"{extract.path.name} shows no homes to guess people from",
                  (str(extract.path),), "give a demand file (--demand)", "demand")
        )  # fmt: skip
    demand = _gridded(spots, extract, table)
    people = int(demand["population"].sum())
    said = note("draft.demand_guessed",
                f"no demand file: {people:,} people guessed from the map at {len(demand)} points. "
                "This is weak (a factor of two either way is possible); cover figures built on it "
                "are not evidence", (), "give census output areas or LSOAs (--demand)")  # fmt: skip
    return demand, (said,)


def _settlements(extract: Extract) -> gpd.GeoDataFrame:
    return extract.places[extract.places["kind"].isin(SETTLEMENTS)]


def _nearest_kind(extract: Extract, x: np.ndarray, y: np.ndarray) -> list[str]:
    """Kind of the nearest settlement; village where the map names none."""
    near = _settlements(extract)
    if near.empty or len(x) == 0:
        return ["village"] * len(x)
    places = shapely.STRtree(near.geometry.to_numpy()).nearest(shapely.points(x, y))
    return [str(kind) for kind in near["kind"].iloc[places]]


def _land_spots(extract: Extract, table: Assumptions) -> pd.DataFrame:
    """Residential land cut by the grid: a spot with its dwellings for every piece."""
    land = shapely.union_all(extract.homes.geometry.to_numpy())
    pieces = _cut(land, table.figure("demand_cell_m"))
    middles = shapely.point_on_surface(pieces)
    x, y = shapely.get_x(middles), shapely.get_y(middles)
    density = [table.figure("dwellings_per_ha", k) for k in _nearest_kind(extract, x, y)]
    by_area = shapely.area(pieces) / 10_000.0 * np.array(density)
    by_street = _street_m(extract, pieces) / table.figure("street_m_per_dwelling")
    return pd.DataFrame({"x": x, "y": y, "dwellings": np.minimum(by_area, by_street)})


def _cut(land: shapely.Geometry, cell_m: float) -> np.ndarray:
    """Parts of the land by grid square."""
    parts = shapely.get_parts(land)
    if len(parts) == 0:
        return np.array([], dtype=object)
    pieces: list[shapely.Geometry] = []
    for part in parts:
        west, south, east, north = np.floor(shapely.bounds(part) / cell_m)
        columns, rows = np.arange(west, east + 1), np.arange(south, north + 1)
        across, up = (axis.ravel() * cell_m for axis in np.meshgrid(columns, rows))
        squares = shapely.box(across, up, across + cell_m, up + cell_m)
        pieces.extend(p for p in shapely.intersection(squares, part) if shapely.area(p) > 0)
    return np.array(pieces, dtype=object)


def _street_m(extract: Extract, pieces: np.ndarray) -> np.ndarray:
    """Metres of street in each piece."""
    streets = extract.streets.geometry.to_numpy()
    length = np.zeros(len(pieces))
    if len(streets) and len(pieces):
        which, street = shapely.STRtree(streets).query(pieces, predicate="intersects")
        metres = shapely.length(shapely.intersection(pieces[which], streets[street]))
        np.add.at(length, which, metres)
    return length


def _loose_spots(extract: Extract, table: Assumptions) -> pd.DataFrame:
    """Houses off residential land, and settlements and farms where none is drawn near."""
    land = shapely.union_all(extract.homes.geometry.to_numpy())
    shapely.prepare(land)
    houses = extract.buildings[extract.buildings["building"].isin(HOUSES)]
    middles = shapely.point_on_surface(houses.geometry.to_numpy())
    off = middles[~shapely.intersects(land, middles)]
    homes = pd.DataFrame(
        {"x": shapely.get_x(off), "y": shapely.get_y(off), "dwellings": np.ones(len(off))}
    )
    places = extract.places
    points = places.geometry.to_numpy()
    bare = ~shapely.dwithin(land, points, LAND_REACH_M)
    guessed = np.array([table.figure("place_dwellings", kind) for kind in places["kind"]])
    told = places["population"].to_numpy() / table.figure("people_per_dwelling")
    dwellings = np.where(np.isfinite(told), told, guessed)
    rest = pd.DataFrame({
        "x": shapely.get_x(points)[bare],
        "y": shapely.get_y(points)[bare],
        "dwellings": dwellings[bare],
    })  # fmt: skip
    return pd.concat([homes, rest])


def _gridded(spots: pd.DataFrame, extract: Extract, table: Assumptions) -> pd.DataFrame:
    """Dwellings added up by grid square, at their weighted middle, as people."""
    cell_m = table.figure("demand_cell_m")
    across = np.floor(spots["x"] / cell_m).astype("int64")
    up = np.floor(spots["y"] / cell_m).astype("int64")
    weighted = pd.DataFrame({
        "demand_id": [
            f"grid_{int(e * cell_m)}_{int(n * cell_m)}" for e, n in zip(across, up, strict=True)
        ],
        "dwellings": spots["dwellings"].to_numpy(),
        "wx": (spots["x"] * spots["dwellings"]).to_numpy(),
        "wy": (spots["y"] * spots["dwellings"]).to_numpy(),
    })  # fmt: skip
    sums = weighted.groupby("demand_id", sort=True).sum()
    x = (sums["wx"] / sums["dwellings"]).to_numpy()
    y = (sums["wy"] / sums["dwellings"]).to_numpy()
    people = np.round(sums["dwellings"].to_numpy() * table.figure("people_per_dwelling"))
    kinds = _nearest_kind(extract, x, y)
    frame = pd.DataFrame({
        "demand_id": sums.index.astype(object),
        "name": _place_names(extract, x, y),
        "easting": x,
        "northing": y,
        "population": people,
        "rural_urban": ["urban" if kind in URBAN_PLACES else "rural" for kind in kinds],
        "source_ref": "assumed",
    })  # fmt: skip
    return frame[frame["population"] > 0].reset_index(drop=True)


def _place_names(extract: Extract, x: np.ndarray, y: np.ndarray) -> list[str]:
    """``near Oakham``: the nearest settlement with a name."""
    near = _settlements(extract)
    near = near[near["name"] != ""]
    if near.empty:
        return [""] * len(x)
    places = shapely.STRtree(near.geometry.to_numpy()).nearest(shapely.points(x, y))
    return [f"near {name}" for name in near["name"].iloc[places]]
