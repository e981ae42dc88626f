"""Frames -> `Estate`: every layer aliased, typed, defaulted, checked, placed and sorted. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from assets.checks import AREA_COLUMNS, check_all, unplaced
from assets.defaults import filled
from assets.drafting.assumptions import Assumptions
from assets.issues import InputError, Issue, nearest
from assets.leases import ordered
from assets.places import GRID
from assets.schema import EMERGENCY_SERVICES, LAYERS, weights
from assets.sheets import Sheet, Sheets, sheet_of
from assets.stations import STATIONS, with_stations
from assets.trail import joined, no_repairs, none_aside


@dataclass(frozen=True)
class Estate:
    """The validated layers of one estate.

    Columns are those of `assets.schema`, all of them present in every frame. Missing values:
    numbers float64 NaN (whole numbers too), dates NaT, text and ids ``""`` (dtype object),
    booleans never missing (their default; ``accessible``, which has none, is text: ``"true"``,
    ``"false"`` or ``""``). ``market_value_gbp_low`` and ``_high`` are always
    there, other ``_low``/``_high`` where given. Every index is text, sorted and (but for leases)
    unique, named after its key; the key is not repeated as a column.

    Attributes:
        buildings: points (EPSG:27700), index ``asset_id``; ``easting`` and ``northing`` (m) are
            the point's. Candidates are among them, and stations.
        services: index ``unit_id``; ``asset_id`` is always a building; ``vehicles`` is 1 where
            an emergency unit's was blank; ``space_m2`` is 0 where a unit that the plan decides
            nothing about (out of scope, over the border) says nothing.
        demand: points (EPSG:27700), index ``demand_id``; further numeric columns of the source
            are kept as weights. A weight blank in some rows is 0 there; blank in all it is NaN.
        areas: polygons (EPSG:27700, valid), index ``area_id``: name, kind; may be empty.
        compatibility: service_a <= service_b, rule, cost_gbp, note; one row per pair, sorted;
            a pair that is not listed may share a building.
        leases: index ``asset_id``; may be empty. A building may have several that follow each
            other, in order of their first day (`assets.leases.in_force`).
        warnings: issues that do not stop a plan.
        out_of_model: ids of the buildings (stations) of the layers that are not in
            ``buildings``, because they have no place that drive times could start from; the
            units in them are not in ``services``, their leases not in ``leases``. Each is
            named by a warning.
        repairs, aside: the trail of every layer (`assets.trail`): cells changed, rows set aside.

    Blank ward_code, area_id (pilot), town_id, district_id and market_area of buildings and
    demand are those of the area of that kind in which the point lies (on a border or in an
    overlap: the first by id; in none: still ``""``).
    """

    buildings: gpd.GeoDataFrame
    services: pd.DataFrame
    demand: gpd.GeoDataFrame
    areas: gpd.GeoDataFrame
    compatibility: pd.DataFrame
    leases: pd.DataFrame
    warnings: tuple[Issue, ...] = ()
    out_of_model: tuple[str, ...] = ()
    repairs: pd.DataFrame = field(default_factory=no_repairs)
    aside: pd.DataFrame = field(default_factory=none_aside)

    def units_in(self, asset_id: str) -> tuple[str, ...]:
        """Ids of the units in a building, sorted; none for an unknown building."""
        return tuple(self.services.index[self.services["asset_id"] == asset_id])

    def units_of(self, service_type: str) -> tuple[str, ...]:
        """Ids of the units that deliver a service type, sorted."""
        return tuple(self.services.index[self.services["service_type"] == service_type])

    def used_m2(self) -> pd.Series:
        """Space in use now by every building (m²; 0 where none), index ``asset_id``."""
        used = self.services.groupby("asset_id")["space_m2"].sum()
        return used.reindex(self.buildings.index, fill_value=0.0).rename("used_m2")

    def sharing_rule(self, service_a: str, service_b: str) -> tuple[str, float]:
        """Rule and one-off cost (£) of two service types sharing a building, in either order."""
        first, second = sorted((service_a, service_b))
        pairs = self.compatibility
        row = pairs[(pairs["service_a"] == first) & (pairs["service_b"] == second)]
        if row.empty:
            return "allowed", 0.0
        cost = row["cost_gbp"].iloc[0]
        return str(row["rule"].iloc[0]), 0.0 if np.isnan(cost) else float(cost)

    def weight_names(self) -> tuple[str, ...]:
        """Columns of demand a standard may weigh by: known or further, filled, in column order."""
        known = set(weights(LAYERS["demand"])) | (set(self.demand) - set(LAYERS["demand"].names))
        numeric = self.demand.select_dtypes("number").columns
        return tuple(str(n) for n in numeric if n in known and self.demand[n].notna().any())


@dataclass(frozen=True)
class Examined:
    """Layers half-way to an estate, and everything that is wrong or odd with them.

    Attributes:
        sheets: every layer as it was given, typed and repaired.
        whole: the same with stations among buildings and services, and blanks filled from the
            table of defaults if one was given: what the estate is made from.
        issues: errors first, else in the order of layers and checks.
    """

    sheets: Sheets
    whole: Sheets
    issues: tuple[Issue, ...]

    @property
    def errors(self) -> tuple[Issue, ...]:
        """The issues that stop a plan."""
        return tuple(issue for issue in self.issues if issue.severity == "error")

    def estate(self) -> Estate:
        """The estate of these layers.

        Raises:
            InputError: once, with every error of every layer.
        """
        if self.errors:
            raise InputError(self.errors)
        return _estate(self)


def build_estate(
    layers: Mapping[str, pd.DataFrame], *, defaults: Assumptions | None = None
) -> Estate:
    """Build an estate from the frames of its layers.

    Args:
        layers: by name (buildings and services, or stations, or both; demand; and areas,
            compatibility, leases where there are any), as `assets.read.read_layers` gives them
            or made in memory: text or typed columns, canonical headings or known aliases, rows
            in any order.
        defaults: table from which blank figures are filled (`assets.defaults`); without it a
            blank that the plan needs is an error.

    Returns:
        The estate, the same whatever the order of rows and columns.

    Raises:
        InputError: once, with every error of every layer.
    """
    return examine(layers, defaults=defaults).estate()


def check_layers(
    layers: Mapping[str, pd.DataFrame], *, defaults: Assumptions | None = None
) -> tuple[Issue, ...]:
    """Everything that is wrong or odd with the layers, errors first, without raising."""
    return examine(layers, defaults=defaults).issues


def examine(layers: Mapping[str, pd.DataFrame], *, defaults: Assumptions | None = None) -> Examined:
    """Read the layers' frames and find everything that is wrong or odd with them.

    Args:
        layers: as for `build_estate`.
        defaults: as for `build_estate`.

    Raises:
        InputError: a layer's name is not known.
    """
    unknown = [name for name in layers if name not in LAYERS]
    if unknown:
        raise InputError(
            Issue("layers.unknown", f"no layer is called '{name}'", (name,), nearest(name, LAYERS))
            for name in unknown
        )
    sheets = {name: sheet_of(name, layers.get(name)) for name in LAYERS}
    whole, told = with_stations(sheets), tuple[Issue, ...]()
    if defaults is not None:
        whole, told = filled(whole, defaults)
    issues = sorted((*check_all(sheets, whole), *told), key=lambda i: i.severity != "error")
    return Examined(sheets, whole, tuple(issues))


def _estate(examined: Examined) -> Estate:
    """The estate of layers without errors."""
    whole, given = examined.whole, examined.sheets.values()
    areas = _areas(whole["areas"])
    placed, out = _placed(whole)
    return Estate(
        buildings=_points(placed["buildings"], areas),
        services=_services(placed["services"]),
        demand=_demand(whole["demand"], areas),
        areas=areas,
        compatibility=_compatibility(whole["compatibility"]),
        leases=_leases(placed["leases"]),
        warnings=tuple(issue for issue in examined.issues if issue.severity != "error"),
        out_of_model=out,
        repairs=joined((sheet.repairs for sheet in given), no_repairs()),
        aside=joined((sheet.aside for sheet in given), none_aside()),
    )


def _placed(sheets: Sheets) -> tuple[Sheets, tuple[str, ...]]:
    """The sheets without the buildings that have no place, their units and leases; their ids."""
    out = unplaced(sheets["buildings"])
    if not out.any():
        return sheets, ()
    ids = sheets["buildings"].frame.loc[out, "asset_id"]
    kept = {
        name: _rows(sheets[name], ~sheets[name].frame["asset_id"].isin(ids).to_numpy())
        for name in ("buildings", "services", "leases")
    }
    return {**sheets, **kept}, tuple(sorted(ids))


def _rows(sheet: Sheet, keep: npt.NDArray[np.bool_]) -> Sheet:
    """Frame and places of some rows of a sheet; for building only, the rest is left as it is."""
    places = sheet.places[keep].reset_index(drop=True) if len(sheet.places) else sheet.places
    return replace(sheet, frame=sheet.frame[keep].reset_index(drop=True), places=places)


def build_layer(kind: str, frame: pd.DataFrame) -> pd.DataFrame:
    """One layer on its own, checked as far as it can be without the others.

    Returns:
        As in `Estate` (points with geometry, easting and northing; key as index, sorted), but
        with the buildings and stations that have no place, whose geometry is missing.

    Raises:
        InputError: with every error of the layer.
    """
    examined = examine({kind: frame})
    errors = [issue for issue in examined.errors if issue.layer == kind]
    if errors:
        raise InputError(errors)
    return _BUILDERS[kind](examined.sheets[kind])


def build_points(kind: str, frame: pd.DataFrame) -> gpd.GeoDataFrame:
    """Ids and places only, for a drive-time matrix: other required columns may be missing.

    Args:
        kind: ``buildings`` or ``demand``: whose headings and aliases apply.
        frame: an id column and easting and northing, lon and lat, or a geometry.

    Returns:
        Points (EPSG:27700) with easting and northing, index = id, sorted.

    Raises:
        InputError: ids missing, blank or repeated; coordinates missing or wrong.
    """
    key = LAYERS[kind].key
    examined = examine({kind: frame})
    sheet = examined.sheets[kind]
    concerned = {"duplicate_id", "missing_layer", "unreadable_coordinates", *_PLACE_RULES}
    errors = [
        i
        for i in examined.issues
        if i.layer == kind
        and i.rule.split(".")[1] in concerned
        and (i.severity == "error" or i.rule == f"{kind}.no_coordinates")
    ]
    if key not in sheet.present and not sheet.frame.empty:
        errors.append(
            Issue(
                f"{kind}.missing_column", "the id column is missing", (key,), f"call it {key}", kind
            )
        )
    elif (sheet.frame[key] == "").any():
        blank = sheet.labels[(sheet.frame[key] == "").to_numpy()]
        errors.append(
            Issue(f"{kind}.blank_cell", f"{key} is blank", tuple(blank), "fill it in", kind)
        )
    if not sheet.frame.empty and (sheet.places["fault"] == "missing").all():
        errors.append(
            Issue(
                f"{kind}.missing_column",
                "coordinates are missing",
                ("easting", "northing"),
                "add them, or lon and lat",
                kind,
            )
        )
    if errors:
        raise InputError(errors)
    return _located(sheet)[["easting", "northing", "geometry"]]


_PLACE_RULES = (
    "no_coordinates",
    "half_coordinates",
    "degrees_in_metres",
    "metres_in_degrees",
    "lonlat_swapped",
    "swapped",
    "outside_gb",
)


def _keyed(sheet: Sheet) -> pd.DataFrame:
    """The sheet's rows by id, sorted."""
    return sheet.frame.set_index(sheet.layer.key).sort_index()


def _leases(sheet: Sheet) -> pd.DataFrame:
    """Leases by building, those of one building in order of their first day."""
    return ordered(sheet.frame).set_index(sheet.layer.key)


def _services(sheet: Sheet) -> pd.DataFrame:
    """Units by id; an emergency unit has one vehicle unless it says otherwise.

    A blank space that was no error belongs to a unit the plan decides nothing about: it is 0.
    """
    services = _keyed(sheet)
    emergency = services["service_type"].isin(EMERGENCY_SERVICES)
    blank = emergency & services["vehicles"].isna()
    vehicles = services["vehicles"].mask(blank, 1.0)
    return services.assign(vehicles=vehicles, space_m2=services["space_m2"].fillna(0.0))


def _located(sheet: Sheet) -> gpd.GeoDataFrame:
    """Rows by id with their point, and its easting and northing."""
    x, y = sheet.places["x"].to_numpy(), sheet.places["y"].to_numpy()
    frame = sheet.frame.assign(easting=x, northing=y)
    spots = gpd.points_from_xy(x, y)
    spots[~(np.isfinite(x) & np.isfinite(y))] = None
    points = gpd.GeoSeries(spots, index=frame.index, crs=GRID)
    located = gpd.GeoDataFrame(frame, geometry=points, crs=GRID)
    return located.set_index(sheet.layer.key).sort_index()


def _points(sheet: Sheet, areas: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Places with their areas."""
    located = _located(sheet)
    filled = {
        column: _within(located, areas[areas["kind"] == kind], column)
        for column, kind in AREA_COLUMNS.items()
        if column in located.columns
    }
    return located.assign(**filled)


def _within(located: gpd.GeoDataFrame, areas: gpd.GeoDataFrame, column: str) -> pd.Series:
    """The column with its blanks filled by the first area (by id) that holds the point."""
    named: npt.NDArray[np.object_] = located[column].to_numpy(dtype=object, copy=True)
    blank = np.flatnonzero(named == "")
    tree = shapely.STRtree(areas.geometry.to_numpy())
    point, area = tree.query(located.geometry.to_numpy()[blank], predicate="intersects")
    first = pd.Series(area).groupby(point).min()
    named[blank[first.index.to_numpy(dtype=np.int64)]] = areas.index.to_numpy()[first.to_numpy()]
    return pd.Series(named, index=located.index, dtype=object)


def _demand(sheet: Sheet, areas: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Demand points; a weight blank in some rows counts as 0 there (a warning says so)."""
    demand = _points(sheet, areas)
    partly = [name for name in (*weights(sheet.layer), *sheet.extra) if demand[name].notna().any()]
    return demand.assign(**{name: demand[name].fillna(0.0) for name in partly})


def _areas(sheet: Sheet) -> gpd.GeoDataFrame:
    """Areas by id, with valid polygons."""
    shapes = [_polygonal(shape) for shape in sheet.shapes]
    areas = gpd.GeoDataFrame(sheet.frame, geometry=gpd.GeoSeries(shapes, crs=GRID), crs=GRID)
    return areas.set_index("area_id").sort_index()


def _polygonal(shape: shapely.Geometry) -> shapely.Geometry:
    """The shape made valid, without the lines and points that mending may leave."""
    if shape is None or shapely.is_valid(shape):
        return shape
    mended = shapely.make_valid(shape)
    parts = [part for part in shapely.get_parts(mended) if part.geom_type.endswith("Polygon")]
    return shapely.union_all(parts) if parts else mended


def _compatibility(sheet: Sheet) -> pd.DataFrame:
    """One row per pair, the pair in alphabetical order."""
    frame = sheet.frame
    swap = frame["service_a"] > frame["service_b"]
    ordered = frame.assign(
        service_a=frame["service_a"].where(~swap, frame["service_b"]),
        service_b=frame["service_b"].where(~swap, frame["service_a"]),
    )
    columns = list(ordered.columns)
    unique = ordered.sort_values(columns).drop_duplicates(["service_a", "service_b"])
    return unique.reset_index(drop=True)


_BUILDERS: Mapping[str, Callable[[Sheet], pd.DataFrame]] = {
    "buildings": lambda sheet: _points(sheet, _areas(sheet_of("areas", None))),
    "services": _services,
    STATIONS: lambda sheet: _points(sheet, _areas(sheet_of("areas", None))),
    "demand": lambda sheet: _demand(sheet, _areas(sheet_of("areas", None))),
    "areas": _areas,
    "compatibility": _compatibility,
    "leases": _leases,
}
