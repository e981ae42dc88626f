"""Reads OS Open Roads: the links of its GeoPackage (or Shapefile), old and new column names.

A link joins others at its start and end node only, so roads that cross on a bridge do not meet;
every vertex between becomes a node, so that places are put on the road as it bends. Coordinates
stay on the National Grid. What the columns mean is in `coverage.sources.openroads_rules`.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyogrio
import shapely
from pyproj import CRS
from pyproj.exceptions import CRSError

from assets.issues import InputError, Issue, nearest
from assets.write import write_geopackage_with
from coverage.network import Bools, Floats, Ints, RawRoads, RoadNetwork, build_network
from coverage.sources.openroads_rules import (
    Coded,
    LinkRules,
    lanes_told_from_streets,
    link_rules,
    unknown_words,
    what_it_lacks,
)
from coverage.sources.refusal import refused

SUFFIXES = (".gpkg", ".shp")
GRID_EAST_M = (0.0, 700_000.0)
GRID_NORTH_M = (0.0, 1_300_000.0)
"""The National Grid's own extent; no link of OS Open Roads lies outside it."""
DEGREES = 180.0
"""Coordinates all within this are degrees, whatever the file says; as metres they are sea."""
NODE_APART_M = 1.0
"""Links that name the same node must end this near to each other (inclusive)."""
BLOCK_M = 1000.0
"""Nodes are numbered block by block of this size, so that neighbours are near in memory."""

_NEEDED = {
    "id": ("id", "identifier"),
    "road_classification": ("roadclassification", "class"),
    "road_function": ("roadfunction", "function"),
    "form_of_way": ("formofway",),
    "start_node": ("startnode",),
    "end_node": ("endnode",),
}
_WELCOME = {"primary_route": ("primaryroute", "primary"), "trunk_road": ("trunkroad",)}
_ALIASES = _NEEDED | _WELCOME
_CODED = ("road_classification", "road_function", "form_of_way", *_WELCOME)
_SHAPE = "shape"
_UNZIP = "give the .gpkg of OS Open Roads as published, unzipped"
_WHOLE = "cut the county out by selecting whole links (roads --cut), not by clipping them"


def read_openroads(
    paths: Sequence[Path], tell: Callable[[str, float], None], *, source: str, sha256: str
) -> RoadNetwork:
    """The network of one or several files of OS Open Roads links.

    Args:
        paths: ``.gpkg`` or ``.shp`` files; links that stand in several are taken once.
        tell: called with stage and fraction done.
        source: what the network is called in provenance.
        sha256: checksum of the files.

    Raises:
        InputError: no link layer, columns missing, damaged; links without id, node or line, with
            one id and different shapes, away from their nodes, or off the National Grid.
    """
    table = pa.concat_tables([_read(path) for path in paths])
    tell("joining links", 0.5)
    table, lines = _each_once(table, _lines(table, source), source)
    columns = {name: _coded(table[name]) for name in _CODED}
    rules = link_rules(columns)
    raw = _raw(table, lines, rules, source)
    tell("building the network", 0.7)
    network = build_network(raw, source=source, sha256=sha256)
    network = lanes_told_from_streets(network, raw.way_id[rules.local])
    said = (*unknown_words(columns), what_it_lacks(source))
    return replace(network, warnings=(*network.warnings, *said))


def cut_openroads(path: Path, box: tuple[float, float, float, float], out: Path) -> int:
    """Write the links that meet a box, whole and with all their columns, to a GeoPackage.

    Args:
        path: a file of OS Open Roads links, such as the one of all Great Britain.
        box: west, south, east and north, EPSG:27700 metres.
        out: .gpkg, with a table ``road_link`` named as in ``path``; replaced if it is there.

    Returns:
        How many links were written.

    Raises:
        InputError: as `read_openroads` for the file; no link in the box; ``out`` is ``path``;
            the disk refuses.
    """
    if out.exists() and path.exists() and out.samefile(path):
        raise refused("roads.cut_same", f"{out} is the file to cut from", "name another file")
    layer, _, table, meta = _loaded(path, box=box)
    if not table.num_rows:
        raise refused("roads.none", f"{path.name} has no link in the box asked for", "widen it")

    def write(made: Path) -> None:
        pyogrio.write_arrow(
            table,
            made,
            layer=layer,
            driver="GPKG",
            geometry_name=_shape_column(meta),
            geometry_type="Unknown",
            crs=meta["crs"],
        )

    write_geopackage_with(write, out)
    return int(table.num_rows)


# ---- the file --------------------------------------------------------------------------


def _loaded(
    path: Path, *, box: tuple[float, float, float, float] | None = None
) -> tuple[str, dict[str, str], pa.Table, dict[str, Any]]:
    """Layer, columns by our names, rows, and what GDAL says of them; all columns with a box."""
    try:
        with warnings.catch_warnings():  # of odd headers; what matters is checked here
            warnings.simplefilter("ignore")
            layer = _link_layer(path)
            about = pyogrio.read_info(path, layer=layer, force_feature_count=True)
            names = _columns(path, layer, [str(name) for name in about["fields"]])
            if not about["geometry_type"]:
                raise _not_lines(path, layer)
            _check_crs(path, about["crs"])
            chosen = list(names.values()) if box is None else None
            meta, table = pyogrio.read_arrow(path, layer=layer, columns=chosen, bbox=box)
    except InputError:
        raise
    except Exception as error:  # GDAL's errors have no common ancestor but this one
        raise _damaged(path, str(error).partition("; It might help")[0]) from error
    if box is None and table.num_rows != about["features"]:
        raise _damaged(path, f"{table.num_rows:,} of {about['features']:,} links can be read")
    return layer, names, table, meta


def _shape_column(meta: dict[str, Any]) -> str:
    return str(meta["geometry_name"] or "wkb_geometry")


def _read(path: Path) -> pa.Table:
    """The links of one file: columns under their new names, text, and shapes as WKB."""
    layer, names, table, meta = _loaded(path)
    if not table.num_rows:
        raise refused("roads.none", f"layer {layer} of {path.name} holds no road links", _UNZIP)
    shape = _shape_column(meta)
    got = {name: _text(table[column]) for name, column in names.items()}
    blank = pa.array([""], pa.large_string()).take(pa.array(np.zeros(table.num_rows, np.int64)))
    for name in _WELCOME:
        got.setdefault(name, pa.chunked_array([blank]))
    return pa.table({**got, _SHAPE: table[shape].cast(pa.large_binary())})


def _text(column: pa.ChunkedArray) -> pa.ChunkedArray:
    text = pc.fill_null(column.cast(pa.large_string()), "")
    return pc.utf8_trim_whitespace(text)


def _damaged(path: Path, why: str) -> InputError:
    message = f"{path.name} is cut short, damaged or no GeoPackage ({' '.join(why.split())})"
    return refused("roads.damaged", message, _UNZIP)


def _not_lines(path: Path, layer: str) -> InputError:
    message = f"layer {layer} of {path.name} has no shapes, only a table"
    return refused("roads.link_without_line", message, _UNZIP)


def _key(name: str) -> str:
    return name.lower().replace("_", "").replace(" ", "")


def _link_layer(path: Path) -> str:
    names = [str(name) for name, _ in pyogrio.list_layers(path)]
    links = [name for name in names if _key(name).endswith("roadlink")]
    if not links and len(names) == 1:
        links = names  # renamed; its columns tell
    if len(links) == 1:
        return links[0]
    said = f"has {len(links)} road_link layers" if links else "has no layer road_link"
    raise refused(
        "roads.no_link_layer",
        f"{path.name} {said}; its layers are {', '.join(names) or 'none'}",
        "give a GeoPackage of OS Open Roads, with its table road_link",
    )


def _columns(path: Path, layer: str, fields: list[str]) -> dict[str, str]:
    """Our column name -> the file's, for every column needed and those welcome that are there."""
    by_key = {_key(field): field for field in fields}
    found = {
        name: next((by_key[alias] for alias in aliases if alias in by_key), "")
        for name, aliases in _ALIASES.items()
    }
    missing = [name for name in _NEEDED if not found[name]]
    if missing:
        near = {name: nearest(name, fields) for name in missing}
        hints = [f"{name}: {hint}" for name, hint in near.items() if hint.startswith("did")]
        raise InputError(
            Issue(
                "roads.openroads_columns",
                f"layer {layer} of {path.name} lacks columns that OS Open Roads has",
                ids=tuple(missing),
                remedy="; ".join(hints) or f"its columns are {', '.join(fields)}; {_UNZIP}",
                layer="roads",
            )
        )
    return {name: field for name, field in found.items() if field}


def _check_crs(path: Path, text: str | None) -> None:
    """Refuse a layer that says it is in another system than the National Grid."""
    if text is None:
        return  # a Shapefile without .prj; its coordinates are checked
    try:
        crs = CRS.from_user_input(text)
    except CRSError:
        return
    flat = crs.sub_crs_list[0] if crs.is_compound else crs
    if flat.to_epsg() != 27700 and "British" not in flat.name and "OSGB" not in flat.name:
        raise refused(
            "roads.openroads_crs",
            f"{path.name} is in {flat.name}, not on the British National Grid (EPSG:27700)",
            "give it as published, or reproject it to EPSG:27700",
        )


# ---- links -----------------------------------------------------------------------------


def _lines(table: pa.Table, source: str) -> Any:
    """Each link's line, without heights or repeated points."""
    try:
        with np.errstate(invalid="ignore"):  # coordinates that are no numbers are told below
            shapes = shapely.from_wkb(table[_SHAPE].to_numpy())
    except shapely.errors.GEOSException as error:
        raise refused("roads.damaged", f"{source} holds a shape that is none ({error})") from error
    kind = shapely.get_type_id(shapes)
    parted = kind == shapely.GeometryType.MULTILINESTRING
    if parted.any():
        merged = shapely.line_merge(shapes[parted])
        shapes[parted] = merged
        kind[parted] = shapely.get_type_id(merged)
    bad = (kind != shapely.GeometryType.LINESTRING) | shapely.is_empty(shapes)
    ids = table["id"].to_numpy()
    issues = [
        *_some("without_line", ids, bad, "have no shape, or one that is no single line", _WHOLE),
        *_some("without_id", ids, ids == "", "have no id", _UNZIP),
        *_some("without_node", ids, _nodeless(table), "name no start or end node", _UNZIP),
    ]
    if not bad.any():
        bounds = shapely.bounds(shapes)
        with np.errstate(invalid="ignore"):
            inside = (bounds[:, [0, 1]] >= 0.0).all(axis=1)
            inside &= (bounds[:, 2] <= GRID_EAST_M[1]) & (bounds[:, 3] <= GRID_NORTH_M[1])
            inside &= (bounds[:, [2, 3]] > DEGREES).any(axis=1)
        remedy = "give links in EPSG:27700, as published"
        issues += _some("outside_gb", ids, ~inside, "lie outside the British National Grid", remedy)
    if issues:
        raise InputError(
            [replace(issue, message=f"{issue.message} in {source}") for issue in issues]
        )
    return shapely.remove_repeated_points(shapely.force_2d(shapes), 0.0)


def _nodeless(table: pa.Table) -> Bools:
    return np.asarray((table["start_node"].to_numpy() == "") | (table["end_node"].to_numpy() == ""))


def _some(rule: str, ids: Any, bad: Bools, what: str, remedy: str) -> list[Issue]:
    """An error that lists the links concerned, if there are any."""
    if not bad.any():
        return []
    rows = np.flatnonzero(bad)
    named = tuple(str(ids[row] or f"row {row + 1}") for row in rows)
    text = f"{len(rows):,} of {len(ids):,} links {what}"
    name = f"roads.{rule}" if rule == "outside_gb" else f"roads.link_{rule}"
    return [Issue(name, text, named, remedy, "roads")]


def _each_once(table: pa.Table, lines: Any, source: str) -> tuple[pa.Table, Any]:
    """Links by ascending id; one that stands twice (at the edge of two tiles) is taken once.

    Raises `InputError` where two links of one id differ.
    """
    order = pc.array_sort_indices(table["id"].combine_chunks()).to_numpy().astype(np.int64)
    ids = table["id"].combine_chunks().dictionary_encode().indices.to_numpy()[order]
    again = np.flatnonzero(np.concatenate([[False], ids[1:] == ids[:-1]]))
    if len(again):
        one, other = (table.take(pa.array(order[rows])) for rows in (again, again - 1))
        alike = np.ones(len(again), dtype=bool)
        for name in table.column_names:
            alike &= pc.equal(one[name], other[name]).to_numpy()
        if not alike.all():
            names = table["id"].take(pa.array(order[again[~alike]])).to_pylist()
            message = f"{source} holds different links under one id"
            raise InputError(
                Issue("roads.link_duplicate_id", message, tuple(sorted(names)), _UNZIP, "roads")
            )
        order = np.delete(order, again)
    return table.take(pa.array(order)), lines[order]


def _coded(column: pa.ChunkedArray) -> Coded:
    coded = pc.utf8_lower(column).combine_chunks().dictionary_encode()
    words = tuple(str(word) for word in coded.dictionary.to_pylist())
    return Coded(words, coded.indices.to_numpy().astype(np.int64))


# ---- ways and nodes --------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class _Vertices:
    """The points of all links one after another (v of them, of k links).

    Attributes:
        x, y: EPSG:27700 metres, float64[v].
        first: where each link begins, int64[k + 1].
    """

    x: Floats
    y: Floats
    first: Ints


def _raw(table: pa.Table, lines: Any, rules: LinkRules, source: str) -> RawRoads:
    """Links as ways; numbered by ascending id, nodes by where they lie."""
    xy, owner = shapely.get_coordinates(lines, return_index=True)
    links = len(lines)
    first = np.searchsorted(owner, np.arange(links + 1)).astype(np.int64)
    points = _Vertices(xy[:, 0].copy(), xy[:, 1].copy(), first)
    node, words = _junctions(table)
    _check_ends(points, node, words, source)
    ref = _references(points, node, len(words))
    nothing = np.full(links, np.nan, dtype=np.float32)
    return RawRoads(
        way_id=np.arange(1, links + 1, dtype=np.int64),
        way_class=rules.road_class,
        way_form=rules.form,
        way_forward=rules.modes,
        way_backward=rules.modes,
        way_forward_kph=nothing,
        way_backward_kph=nothing,
        way_first=first,
        ref_id=ref,
        ref_lon=points.x,
        ref_lat=points.y,
        on_grid=True,
        way_access_only=rules.access_only,
    )


def _junctions(table: pa.Table) -> tuple[Ints, pa.Array]:
    """Start and end node of each link as ranks among the node ids, int64[2, k]; and those ids."""
    ends = pa.chunked_array([*table["start_node"].chunks, *table["end_node"].chunks])
    coded = ends.combine_chunks().dictionary_encode()
    order = pc.array_sort_indices(coded.dictionary).to_numpy().astype(np.int64)
    rank = np.empty(len(order), dtype=np.int64)
    rank[order] = np.arange(len(order))
    node = rank[coded.indices.to_numpy()].reshape(2, -1)
    return node, coded.dictionary.take(pa.array(order))


def _check_ends(points: _Vertices, node: Ints, words: pa.Array, source: str) -> None:
    """Refuse links that name one node and end in different places."""
    at = np.concatenate([points.first[:-1], points.first[1:] - 1])
    owner = node.reshape(-1)
    apart = np.zeros(len(words), dtype=bool)
    for along in (points.x[at], points.y[at]):
        low, high = np.full(len(words), np.inf), np.full(len(words), -np.inf)
        np.minimum.at(low, owner, along)
        np.maximum.at(high, owner, along)
        apart |= high - low > NODE_APART_M
    if apart.any():
        named = tuple(words.take(pa.array(np.flatnonzero(apart))).to_pylist())
        message = f"links of {source} that share a node end more than {NODE_APART_M:g} m apart"
        raise InputError(Issue("roads.link_ends_apart", message, named, _WHOLE, "roads"))


def _references(points: _Vertices, node: Ints, junctions: int) -> Ints:
    """A node number for each vertex: the junction's at both ends, its own between them."""
    count = len(points.x)
    ends = np.zeros(count, dtype=bool)
    ends[points.first[:-1]] = True
    ends[points.first[1:] - 1] = True
    ref = np.zeros(count, dtype=np.int64)
    ref[~ends] = junctions + np.arange(count - int(ends.sum()))
    ref[points.first[:-1]], ref[points.first[1:] - 1] = node
    _, where = np.unique(ref, return_index=True)
    x, y = points.x[where], points.y[where]
    order = np.lexsort((y, x, x // BLOCK_M, y // BLOCK_M))
    number = np.empty(len(where), dtype=np.int64)
    number[order] = np.arange(1, len(where) + 1)
    return number[ref]
