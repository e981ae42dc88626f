"""What a draft is made from: an OpenStreetMap extract and published lists -> frames.

The only part of the draft that reads. Areas (closed ways and multipolygon relations) are put
together by osmium; objects without a tag of interest never reach Python.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import osmium
import pandas as pd
import shapely

from assets.drafting.assumptions import PLACES
from assets.issues import InputError, Issue, nearest
from assets.read import CRS, read_layer, sha256_of
from assets.schema import heading_key

Progress = Callable[[str, float], None]
WGS84 = "EPSG:4326"
STREETS = (
    "primary", "secondary", "tertiary", "unclassified", "residential", "living_street",
)  # fmt: skip
_KEYS = (
    "amenity", "emergency", "leisure", "office", "healthcare", "building", "landuse", "place",
    "boundary", "highway",
)  # fmt: skip
_NOT_A_BUILDING = {"no", "roof", "carport", "ruins", "demolished", "construction", "bandstand"}


@dataclass(frozen=True)
class Extract:
    """The parts of an OpenStreetMap extract a draft needs, in EPSG:27700, in order of key.

    Attributes:
        public: things the tag table knows: key (``osm_way_12``), tags (dict), geometry
            (point or polygon).
        buildings: polygons: key, building, levels (float, NaN unknown), name.
        homes: residential land: key, geometry.
        streets: key, name, geometry (lines).
        places: key, name, kind, population (NaN unknown), geometry (points).
        boundaries: administrative areas that are whole: key, name, admin_level, geometry.
        broken: keys of things the tag table knows whose outline is not whole.
        bounds: west, south, east, north in metres.
        as_at: date of the extract (``2022-07-20``) or ``""``.
        path: the file.
        sha256: its checksum.
    """

    public: gpd.GeoDataFrame
    buildings: gpd.GeoDataFrame
    homes: gpd.GeoDataFrame
    streets: gpd.GeoDataFrame
    places: gpd.GeoDataFrame
    boundaries: gpd.GeoDataFrame
    broken: tuple[str, ...]
    bounds: tuple[float, float, float, float]
    as_at: str
    path: Path
    sha256: str


def read_extract(
    path: Path,
    wanted: Callable[[Mapping[str, str]], bool],
    *,
    progress: Progress | None = None,
) -> Extract:
    """Read an ``.osm.pbf``.

    Args:
        path: the extract (any format osmium reads).
        wanted: whether a thing with these tags is one the tag table knows.
        progress: told the stage and the fraction done.

    Raises:
        InputError: missing, unreadable or truncated file, or nothing on land of Great Britain.
    """
    path = Path(path)
    if not path.is_file():
        siblings = path.parent.glob("*.pbf") if path.parent.is_dir() else ()
        names = sorted(p.name for p in siblings)
        raise InputError(
            Issue("draft.missing_file", f"no file {path}", (str(path),),
                  "check the path" + (f"; {nearest(path.name, names)}" if names else ""), "roads")
        )  # fmt: skip
    collector = _Collector(wanted)
    try:
        as_at = _timestamp(path)
        _collect(path, collector, progress)
    except (RuntimeError, OSError, ValueError) as error:
        raise InputError(
            Issue("draft.unreadable", f"{path.name} cannot be read as OpenStreetMap data: "
                  f"{' '.join(str(error).split())}", (str(path),),
                  "download the extract again; a cut-off download is the usual cause", "roads")
        ) from None  # fmt: skip
    return collector.extract(path, as_at)


def _timestamp(path: Path) -> str:
    """Date in the file's header, ``""`` where it has none."""
    with osmium.io.Reader(str(path)) as reader:
        header = reader.header()
        stamp = header.get("osmosis_replication_timestamp") or header.get("timestamp") or ""
    return str(stamp)[:10]


def _collect(path: Path, collector: _Collector, progress: Progress | None) -> None:
    """One pass over relations for areas, one over everything."""
    interesting = osmium.filter.KeyFilter(*_KEYS)
    objects = osmium.FileProcessor(str(path)).with_areas(interesting).with_filter(interesting)
    for number, thing in enumerate(objects):
        collector.take(thing)
        if progress is not None and number % 50_000 == 0:
            # The file does not say how many objects it has; the bar creeps towards its end.
            progress("reading the map", number / (number + 100_000))


class _Collector:
    """Rows by destination, filled object by object."""

    def __init__(self, wanted: Callable[[Mapping[str, str]], bool]) -> None:
        self.wanted = wanted
        self.rows: dict[str, list[dict[str, Any]]] = {
            name: [] for name in ("public", "buildings", "homes", "streets", "places", "boundaries")
        }
        self.expected: set[str] = set()
        self.wkb = osmium.geom.WKBFactory()

    def take(self, thing: Any) -> None:
        """Sort one OSM object into the rows it belongs to."""
        tags = {tag.k: clean(tag.v) for tag in thing.tags}
        if thing.is_area():
            self._take_area(thing, tags)
        elif thing.is_node():
            self._take_node(thing, tags)
        else:
            kind = "way" if thing.is_way() else "relation"
            if self.wanted(tags):
                self.expected.add(f"osm_{kind}_{thing.id}")
            if thing.is_way() and tags.get("highway") in STREETS:
                self._add("streets", f"osm_way_{thing.id}", self.wkb.create_linestring,
                          (thing, {"name": tags.get("name", "")}))  # fmt: skip

    def _take_node(self, node: Any, tags: dict[str, str]) -> None:
        key = f"osm_node_{node.id}"
        if self.wanted(tags):
            self._add("public", key, self.wkb.create_point, (node, {"tags": tags}))
        if tags.get("place") in PLACES:
            row = {"name": tags.get("name", ""), "kind": tags["place"],
                   "population": _number(tags.get("population", ""))}  # fmt: skip
            self._add("places", key, self.wkb.create_point, (node, row))

    def _take_area(self, area: Any, tags: dict[str, str]) -> None:
        key = f"osm_{'way' if area.from_way() else 'relation'}_{area.orig_id()}"
        make = self.wkb.create_multipolygon
        if self.wanted(tags):
            self._add("public", key, make, (area, {"tags": tags}))
        if tags.get("building", "no") not in _NOT_A_BUILDING:
            row = {"building": tags["building"], "name": tags.get("name", ""),
                   "levels": _number(tags.get("building:levels", ""))}  # fmt: skip
            self._add("buildings", key, make, (area, row))
        if tags.get("landuse") == "residential":
            self._add("homes", key, make, (area, {}))
        if tags.get("boundary") == "administrative":
            row = {"name": tags.get("name", ""), "admin_level": tags.get("admin_level", "")}
            self._add("boundaries", key, make, (area, row))

    def _add(
        self, where: str, key: str, make: Callable[[Any], str], what: tuple[Any, dict[str, Any]]
    ) -> None:
        """One row with its geometry; an outline that cannot be drawn gives no row."""
        thing, row = what
        try:
            outline = make(thing)
        except (RuntimeError, ValueError):
            return
        self.rows[where].append({"key": key, **row, "wkb": outline})

    def extract(self, path: Path, as_at: str) -> Extract:
        """The rows as frames in the National Grid."""
        frames = {name: _frame(name, rows) for name, rows in self.rows.items()}
        drawn = set(frames["public"]["key"])
        broken = sorted(self.expected - drawn)
        corners = [f.total_bounds for f in frames.values() if len(f)]
        if not corners:
            raise InputError(
                Issue("draft.no_public_buildings", f"{path.name} holds no buildings, streets or "
                      "places", (str(path),), "use an extract of a county", "roads")
            )  # fmt: skip
        box = np.array(corners)
        bounds = (*box[:, :2].min(axis=0), *box[:, 2:].max(axis=0))
        west, south, east, north = (float(edge) for edge in bounds)
        return Extract(
            **frames,
            broken=tuple(broken),
            bounds=(west, south, east, north),
            as_at=as_at,
            path=path,
            sha256=sha256_of(path),
        )


_COLUMNS: Mapping[str, tuple[str, ...]] = {
    "public": ("tags",),
    "buildings": ("building", "name", "levels"),
    "homes": (),
    "streets": ("name",),
    "places": ("name", "kind", "population"),
    "boundaries": ("name", "admin_level"),
}


def _frame(name: str, rows: list[dict[str, Any]]) -> gpd.GeoDataFrame:
    """Rows sorted by key, geometry made valid and put into EPSG:27700."""
    ordered = sorted(rows, key=lambda row: str(row["key"]))
    columns = {c: [row[c] for row in ordered] for c in ("key", *_COLUMNS[name])}
    geometry = shapely.from_wkb([row["wkb"] for row in ordered])
    frame = gpd.GeoDataFrame(columns, geometry=geometry, crs=WGS84).to_crs(CRS)
    bad = ~frame.geometry.is_valid.to_numpy()
    if bad.any():
        mended = shapely.make_valid(frame.geometry.to_numpy())
        frame = frame.set_geometry(np.where(bad, mended, frame.geometry.to_numpy()), crs=CRS)
    return frame


def clean(text: str) -> str:
    """Text on one line, without characters that print nothing (data is not to be trusted)."""
    if not text.isprintable():
        text = "".join(c if c.isprintable() else " " for c in text)
    return " ".join(text.split())


def _number(text: str) -> float:
    """A tag's number (``2``, ``2.5``, ``1,200``); NaN where it is none or not above 0."""
    try:
        value = float(text.replace(",", ""))
    except ValueError:
        return float("nan")
    return value if np.isfinite(value) and value > 0 else float("nan")


def read_list(path: Path, columns: Mapping[str, Sequence[str]], layer: str) -> pd.DataFrame:
    """A published list (CSV, XLSX, ...) with its columns under the names asked for.

    Args:
        path: the file.
        columns: name asked for -> headings it may have, most usual first; a name ending in
            ``?`` is optional (missing = blank text).
        layer: what the file is, for messages.

    Returns:
        Text columns (numbers as text), one row per row of the file, index = row number.

    Raises:
        InputError: unreadable file, or a column that is not there.
    """
    frame = read_layer(path, "buildings")
    known = {heading_key(str(heading)): str(heading) for heading in frame.columns}
    found: dict[str, pd.Series] = {}
    issues: list[Issue] = []
    for name, options in columns.items():
        heading = next((known[k] for k in map(heading_key, options) if k in known), None)
        if heading is not None:
            found[name.rstrip("?")] = _text(frame[heading])
        elif name.endswith("?"):
            found[name.rstrip("?")] = pd.Series("", index=frame.index, dtype=object)
        else:
            issues.append(missing_column(path, options, known.values(), layer))
    if issues:
        raise InputError(issues)
    return pd.DataFrame(found, index=frame.index)


def missing_column(path: Path, options: Sequence[str], present: Iterable[str], layer: str) -> Issue:
    """The issue for a column that a list lacks."""
    return Issue(
        "draft.missing_column",
        f"{path.name} has no column '{options[0]}'",
        (options[0],),
        f"name it {' or '.join(repr(o) for o in options)}; {nearest(options[0], present)}",
        layer,
    )


def _text(column: pd.Series) -> pd.Series:
    """Cells as trimmed text; missing = blank; a whole number without its ``.0``."""
    cells = ["" if pd.isna(cell) else clean(str(cell)) for cell in column]
    whole = [cell[:-2] if cell.endswith(".0") and cell[:-2].isdigit() else cell for cell in cells]
    return pd.Series(whole, index=column.index, dtype=object)
