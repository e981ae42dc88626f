"""Published lists laid over the sites: the Home Office's fire stations, the libraries dataset.

A row that is near a mapped building of its kind gives it its official name and owner; a row
with none becomes a site of its own. Nothing in a list goes missing without a note.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd
import shapely

from assets.drafting.assumptions import Assumptions
from assets.drafting.sites import Buildings, Site, note, slug
from assets.drafting.sources import Extract, read_list
from assets.issues import InputError, Issue

FIRE_COLUMNS: Mapping[str, Sequence[str]] = {
    "name": ("STATION_NAME", "Station name"),
    "owner": ("FRS_FULLNAME", "FRS name", "Fire and rescue service"),
    "easting": ("STATION_EASTING", "Easting", "X"),
    "northing": ("STATION_NORTHING", "Northing", "Y"),
    "postcode?": ("STATION_POSTCODE", "Postcode"),
    "address?": ("STATION_ADDRESS", "Address"),
}
LIBRARY_COLUMNS: Mapping[str, Sequence[str]] = {
    "name": ("Name", "Library name"),
    "type": ("Type", "Type of library"),
    "easting": ("Easting", "X"),
    "northing": ("Northing", "Y"),
    "owner?": ("Reporting service", "Library service"),
    "postcode?": ("Postcode",),
    "uprn?": ("Unique property reference number", "UPRN"),
    "closed?": ("Year closed",),
    "address?": ("Address 1",),
    "shared?": ("Co-located other text",),
    "civic?": ("Co-located civic",),
    "museum?": ("Co-located museum",),
}
STATIC_LIBRARY = re.compile("static", re.IGNORECASE)


@dataclass(frozen=True)
class Setting:
    """Where the draft is: the county, its buildings, and the table of assumptions."""

    extract: Extract
    buildings: Buildings
    county: shapely.Geometry
    table: Assumptions


def county_of(extract: Extract, sites: Sequence[Site]) -> shapely.Geometry:
    """The whole counties or districts in the extract, or the rectangle it spans.

    A rectangle cut out of the map may hold one small district whole and most of its buildings
    in districts that are cut: an outline counts only if it holds at least half of the sites.
    """
    levels = extract.boundaries["admin_level"].isin(("6", "8"))
    outline = shapely.union_all(extract.boundaries.geometry[levels].to_numpy())
    spots = shapely.points([site.x for site in sites], [site.y for site in sites])
    if outline.is_empty or 2 * shapely.intersects(outline, spots).sum() < len(spots):
        return shapely.box(*extract.bounds)
    return outline


def outside_county(
    sites: Sequence[Site], county: shapely.Geometry
) -> tuple[tuple[Site, ...], tuple[Issue, ...]]:
    """Sites, those beyond the county's outline marked as over the border."""
    beyond = {site.asset_id for site in sites if not shapely.intersects_xy(county, site.x, site.y)}
    if not beyond:
        return tuple(sites), ()
    marked = [replace(s, over_border=True) if s.asset_id in beyond else s for s in sites]
    ids = [site.asset_id + (f" ({site.name})" if site.name else "")
           for site in marked if site.over_border]  # fmt: skip
    said = note("draft.outside", "lie in the extract but outside the county: kept, out of scope",
                ids, "put them in scope in the layer if they are the county's own")  # fmt: skip
    return tuple(marked), (said,)


def with_county_owner(sites: Sequence[Site], table: Assumptions) -> tuple[Site, ...]:
    """Sites of county services without an owner take the one library service's, if it is one."""
    owners = {s.owner for s in sites if "library" in s.kinds and s.owner and not s.over_border}
    if len(owners) != 1:
        return tuple(sites)
    (owner,) = owners
    return tuple(
        replace(site, owner=owner)
        if table.kinds[site.kind].owner == "county" and not site.owner and not site.operator
        else site
        for site in sites
    )


# --- fire stations ---------------------------------------------------------------------------


def with_fire_stations(
    sites: Sequence[Site], path: Path, setting: Setting
) -> tuple[tuple[Site, ...], tuple[Issue, ...]]:
    """Sites with the Home Office's names, and the stations over the border.

    Raises:
        InputError: unreadable list, or a column or every coordinate missing.
    """
    rows, notes = _placed(read_list(path, FIRE_COLUMNS, "fire stations"), path, "fire stations")
    rows = rows.assign(
        official=[_station_name(row.name, row.owner) for row in _records(rows)],
        owner=[_service_name(owner) for owner in rows["owner"]],
    )
    limit_m = setting.table.figure("register_match_m")
    pairs = _matches(sites, rows, "fire_station", limit_m)
    merged = _renamed(sites, rows, pairs)
    left = rows[~rows.index.isin(pairs.values())]
    inside = _within(setting.county, left)
    near = _within(shapely.box(*extract_with_margin(setting.extract, setting.table)), left)
    added = [
        _new_site(row, "fire_station", setting) for row in _records(left.loc[left.index[inside]])
    ]
    border = [
        _border_station(row, setting.table)
        for row in _records(left.loc[left.index[near & ~inside]])
    ]
    notes += _register_notes(merged, pairs, added, "fire_station")
    notes += _border_notes(border, int((~near & ~inside).sum()))
    return _by_id([*merged, *added, *border]), notes


def extract_with_margin(extract: Extract, table: Assumptions) -> tuple[float, float, float, float]:
    """The extract's rectangle, widened by the over-border distance."""
    west, south, east, north = extract.bounds
    margin = table.figure("over_border_m")
    return west - margin, south - margin, east + margin, north + margin


def _station_name(name: str, owner: str) -> str:
    """``Corby`` -> ``Corby Fire Station``; a row without a name takes its service's."""
    name = name or owner
    return name if re.search("fire|station", name, re.IGNORECASE) else f"{name} Fire Station"


def _service_name(owner: str) -> str:
    if not owner:
        return ""
    return owner if re.search("fire", owner, re.IGNORECASE) else f"{owner} Fire and Rescue Service"


def _short(name: str) -> str:
    """The part of a name that belongs in an identifier."""
    return slug(re.sub(r"\b(fire|station|library)\b", " ", name, flags=re.IGNORECASE))


def _border_station(row: _Row, table: Assumptions) -> Site:
    return Site(
        asset_id=f"fire_{_short(row.official)}_{row.x:.0f}_{row.y:.0f}",
        kinds=("fire_station",),
        name=row.official,
        x=row.x,
        y=row.y,
        gia_m2=table.figure("gia_m2", "fire_station"),
        gia_basis="assumed",
        owner=row.owner,
        postcode=row.postcode,
        over_border=True,
    )


def _border_notes(border: Sequence[Site], far: int) -> tuple[Issue, ...]:
    notes: tuple[Issue, ...] = ()
    if border:
        notes += (
            note("draft.over_border", "fire stations over the border: listed, out of scope; roads "
                 "that end at the extract's edge cannot bring them in",
                 [f"{site.asset_id} ({site.name})" for site in border],
                 "use an extract that reaches them"),
        )  # fmt: skip
    if far:
        notes += (
            note("draft.far_rows", f"left out: {far} fire stations of the list, too far away to "
                 "matter", (), "raise over_border_m to take them in"),
        )  # fmt: skip
    return notes


# --- libraries -------------------------------------------------------------------------------


def with_libraries(
    sites: Sequence[Site], path: Path, setting: Setting
) -> tuple[tuple[Site, ...], tuple[Issue, ...]]:
    """Sites with the dataset's library names, identifiers and co-located services.

    Prison, mobile and closed libraries and archives are left out (said in a note), and so are
    libraries outside the county.

    Raises:
        InputError: unreadable list, or a column or every coordinate missing.
    """
    listed, notes = _placed(read_list(path, LIBRARY_COLUMNS, "libraries"), path, "libraries")
    here, far = _in_county(listed, setting.county)
    rows, left_out = _open_libraries(here)
    rows = rows.assign(official=[_library_name(name) for name in rows["name"]])
    limit_m = setting.table.figure("register_match_m")
    pairs = _matches(sites, rows, "library", limit_m)
    merged = _shared(_renamed(sites, rows, pairs), rows, pairs, setting.table)
    left = rows[~rows.index.isin(pairs.values())]
    merged, added = _added_libraries(merged, left, setting)
    notes += (*far, *left_out, *_register_notes(merged, pairs, added, "library"))
    return _by_id([*merged, *added]), notes


def _within(shape: shapely.Geometry, rows: pd.DataFrame) -> np.ndarray:
    """Mask of the rows whose place lies in a shape, its edge included."""
    hit = shapely.intersects_xy(shape, rows["x"].to_numpy(), rows["y"].to_numpy())
    return np.asarray(hit, dtype=bool)


def _in_county(
    rows: pd.DataFrame, county: shapely.Geometry
) -> tuple[pd.DataFrame, tuple[Issue, ...]]:
    """Rows inside the county; how many lie outside is said in a note."""
    inside = _within(county, rows)
    outside = int((~inside).sum())
    if not outside:
        return rows, ()
    said = note("draft.far_rows", f"left out: {outside} libraries of the list, outside the county",
                (), "use an extract that holds them")  # fmt: skip
    return rows.loc[rows.index[inside]], (said,)


def _library_name(name: str) -> str:
    """``Ketton`` -> ``Ketton Library``; a name that says what it is stays."""
    return name if re.search("librar|museum|centre|hub", name, re.IGNORECASE) else f"{name} Library"


def _open_libraries(rows: pd.DataFrame) -> tuple[pd.DataFrame, tuple[Issue, ...]]:
    """Static libraries that have not closed."""
    static = rows["type"].map(lambda text: bool(STATIC_LIBRARY.search(text))).astype(bool)
    closed = rows["closed"] != ""
    left_out = rows[~static | closed]
    if left_out.empty:
        return rows, ()
    ids = [
        f"{row.name} ({row.type}{', closed' if row.closed else ''})" for row in _records(left_out)
    ]
    said = note("draft.left_out", "left out of the library list: prison and mobile libraries, "
                "archives, and libraries that have closed", ids, "")  # fmt: skip
    return rows[static & ~closed], (said,)


def _extra_services(row: _Row, table: Assumptions) -> tuple[str, ...]:
    """Services the list says share the building."""
    text = row.shared
    found = [
        service
        for service, pattern in table.words["colocated"].items()
        if re.search(pattern, text, re.IGNORECASE)
    ]
    if row.civic and "customer_access" not in found:
        found.append("customer_access")
    return tuple(sorted(found))


def _shared(
    sites: Sequence[Site], rows: pd.DataFrame, pairs: Mapping[str, int], table: Assumptions
) -> list[Site]:
    """Sites with the services that their row says share the building."""
    by_row = {row.row: row for row in _records(rows)}
    return [
        replace(site, extra=_extra_services(by_row[pairs[site.asset_id]], table))
        if site.asset_id in pairs
        else site
        for site in sites
    ]


def _added_libraries(
    sites: Sequence[Site], left: pd.DataFrame, setting: Setting
) -> tuple[list[Site], list[Site]]:
    """Libraries the map lacks: into the site whose building they are in, else on their own."""
    by_block = {block: place for place, site in enumerate(sites) for block in site.blocks}
    merged, added = list(sites), []
    for row in _records(left):
        site = _new_site(row, "library", setting)
        kinds = ("library", "museum") if row.museum else ("library",)
        site = replace(site, kinds=kinds, extra=_extra_services(row, setting.table))
        place = next((by_block[block] for block in site.blocks if block in by_block), None)
        if place is None:
            added.append(site)
        else:
            merged[place] = _joined(merged[place], site, setting.table)
    return merged, added


def _joined(host: Site, guest: Site, table: Assumptions) -> Site:
    """One building with the kinds of both, the leading kind first."""
    kinds = sorted({*host.kinds, *guest.kinds}, key=lambda kind: table.kinds[kind].rank)
    notes = dict.fromkeys((*host.notes, guest.name))
    extra = dict.fromkeys((*host.extra, *guest.extra))
    return replace(host, kinds=tuple(kinds), notes=tuple(notes), extra=tuple(extra))


# --- matching --------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Row:
    """A row of a list; columns it lacks are blank."""

    row: int
    name: str = ""
    owner: str = ""
    x: float = 0.0
    y: float = 0.0
    official: str = ""
    type: str = ""
    postcode: str = ""
    uprn: str = ""
    closed: str = ""
    shared: str = ""
    civic: str = ""
    museum: str = ""


def _records(rows: pd.DataFrame) -> list[_Row]:
    """Rows as records, in order."""
    known = [name for name in _Row.__dataclass_fields__ if name in rows.columns]
    return [
        _Row(row=int(number), **dict(zip(known, values, strict=True)))
        for number, values in zip(rows.index, rows[known].itertuples(index=False), strict=True)
    ]


def _placed(rows: pd.DataFrame, path: Path, what: str) -> tuple[pd.DataFrame, tuple[Issue, ...]]:
    """Rows with numeric ``x`` and ``y`` in metres; the others are said in a note."""
    x = pd.to_numeric(rows["easting"], errors="coerce").astype("float64")
    y = pd.to_numeric(rows["northing"], errors="coerce").astype("float64")
    good = np.isfinite(x) & np.isfinite(y)
    placed = rows[good].assign(x=x[good], y=y[good])
    if len(rows) and placed.empty:
        raise InputError(
            Issue("draft.no_coordinates", f"no row of {path.name} has a numeric easting and "
                  "northing", (str(path),), "give EPSG:27700 metres", what)
        )  # fmt: skip
    if good.all():
        return placed, ()
    ids = [f"row {number} ({name})" for number, name in rows.loc[~good, "name"].items()]
    said = note("draft.no_coordinates", f"left out: {what} of the list without coordinates", ids,
                "give them an easting and a northing")  # fmt: skip
    return placed, (said,)


def _matches(
    sites: Sequence[Site], rows: pd.DataFrame, kind: str, limit_m: float
) -> dict[str, int]:
    """asset_id -> row, one to one, nearest pairs first, at most ``limit_m`` apart (inclusive)."""
    records = _records(rows)
    options = sorted(
        (float(np.hypot(site.x - row.x, site.y - row.y)), site.asset_id, row.row)
        for site in sites
        if kind in site.kinds
        for row in records
        if abs(site.x - row.x) <= limit_m and abs(site.y - row.y) <= limit_m
    )
    pairs: dict[str, int] = {}
    used: set[int] = set()
    for distance, asset_id, row in options:
        if distance <= limit_m and asset_id not in pairs and row not in used:
            pairs[asset_id] = row
            used.add(row)
    return pairs


def _renamed(sites: Sequence[Site], rows: pd.DataFrame, pairs: Mapping[str, int]) -> list[Site]:
    """Sites with the official name, owner and identifiers of their row."""
    by_row = {row.row: row for row in _records(rows)}
    renamed = []
    for site in sites:
        row = by_row.get(pairs.get(site.asset_id, -1))
        if row is not None:
            other = (site.name,) if site.name and site.name != row.official else ()
            site = replace(
                site,
                name=row.official,
                owner=row.owner or site.owner,
                postcode=row.postcode or site.postcode,
                uprn=row.uprn or site.uprn,
                notes=tuple(dict.fromkeys((*other, *site.notes))),
            )
        renamed.append(site)
    return renamed


def _new_site(row: _Row, kind: str, setting: Setting) -> Site:
    """A site the map does not tag: its building if one is drawn there, else assumed."""
    table, buildings = setting.table, setting.buildings
    block = buildings.of_point(row.name, row.x, row.y, table.figure("merge_m"))
    if block is not None:
        limit = table.figure("gia_cap_ratio") * table.figure("gia_m2", kind)
        block = block if buildings.gia_m2(block, kind, table) <= limit else None
    place = f"{kind.split('_')[0]}_{_short(row.official)}_{row.x:.0f}_{row.y:.0f}"
    identifier = f"uprn_{row.uprn}" if row.uprn else place
    return Site(
        asset_id=buildings.keys[block] if block is not None else identifier,
        kinds=(kind,),
        name=row.official,
        x=row.x,
        y=row.y,
        gia_m2=table.figure("gia_m2", kind)
        if block is None
        else buildings.gia_m2(block, kind, table),
        gia_basis="assumed" if block is None else "footprint",
        owner=row.owner,
        postcode=row.postcode,
        uprn=row.uprn,
        blocks=() if block is None else (buildings.keys[block],),
    )


def _register_notes(
    sites: Sequence[Site], pairs: Mapping[str, int], added: Sequence[Site], kind: str
) -> tuple[Issue, ...]:
    """What matched, what was added, and what the map has that the list has not."""
    words = kind.replace("_", " ")
    groups = (
        ("draft.matched", f"on the map and in the {words} list: merged",
         [f"{s.asset_id} ({s.name})" for s in sites if s.asset_id in pairs]),
        ("draft.added", f"in the {words} list but not on the map: added",
         [f"{s.asset_id} ({s.name})" for s in added]),
        ("draft.not_listed", f"on the map but not in the {words} list: kept",
         [f"{s.asset_id} ({s.name or 'no name'})" for s in sites
          if kind in s.kinds and s.asset_id not in pairs]),
    )  # fmt: skip
    return tuple(note(rule, text, ids, "check them") for rule, text, ids in groups if ids)


def _by_id(sites: Sequence[Site]) -> tuple[Site, ...]:
    """In order of asset_id; an id that would repeat gets a number."""
    seen: dict[str, int] = {}
    unique = []
    for site in sorted(sites, key=lambda s: (s.asset_id, s.name, s.x, s.y)):
        seen[site.asset_id] = seen.get(site.asset_id, 0) + 1
        again = seen[site.asset_id]
        unique.append(site if again == 1 else replace(site, asset_id=f"{site.asset_id}_{again}"))
    return tuple(unique)
