"""Public things on the map -> sites: one per building or grounds, with floor area and name.

A thing may be mapped twice (a point and an outline), a building may hold several things, and a
school's grounds are no floor area. Everything merged or guessed on the way is said in a note.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import geopandas as gpd
import numpy as np
import shapely

from assets.drafting.assumptions import Assumptions
from assets.drafting.sources import Extract
from assets.issues import InputError, Issue
from assets.schema import heading_key

SETTLEMENTS = ("city", "town", "suburb", "village", "hamlet")
NEAR_STREET_M = 150.0
MAX_LEVELS = 40.0
_FILLER = {"the", "of", "and", "at", "in", "rescue", "community", "public", "station"}


@dataclass(frozen=True)
class Site:
    """One building (or grounds) of the draft.

    Attributes:
        asset_id: from the OSM object (``osm_way_12``), else from the list it came from.
        kinds: kinds of building it is, the leading one first.
        name: name; ``""`` until `named`.
        x, y: EPSG:27700 metres.
        gia_m2: floor area.
        gia_basis: ``footprint``, ``grounds`` (buildings inside them) or ``assumed``.
        operator, owner: as told; ``""`` unknown.
        street, postcode, uprn: as told; ``""`` unknown.
        members: keys of the OSM objects that are this site.
        blocks: keys of its building outlines.
        extra: services that a list says share the building.
        notes: what sources call it otherwise.
        over_border: serves here but lies outside.
    """

    asset_id: str
    kinds: tuple[str, ...]
    name: str
    x: float
    y: float
    gia_m2: float
    gia_basis: str
    operator: str = ""
    owner: str = ""
    street: str = ""
    postcode: str = ""
    uprn: str = ""
    members: tuple[str, ...] = ()
    blocks: tuple[str, ...] = ()
    extra: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    over_border: bool = False

    @property
    def kind(self) -> str:
        """The leading kind, the layer's ``asset_type``."""
        return self.kinds[0]


@dataclass(frozen=True)
class Buildings:
    """Building outlines with floor areas, and an index to find them by place.

    Attributes:
        keys, names: by position.
        geometry: polygons.
        area_m2: footprint.
        levels: storeys told (NaN unknown).
        tree: spatial index.
        position: key -> position.
    """

    keys: tuple[str, ...]
    names: tuple[str, ...]
    geometry: np.ndarray
    area_m2: np.ndarray
    levels: np.ndarray
    tree: shapely.STRtree
    position: Mapping[str, int]

    def gia_m2(self, place: int, kind: str, table: Assumptions) -> float:
        """Floor area of one outline: footprint × levels told, or assumed for the kind."""
        told = float(self.levels[place])
        levels = min(told, MAX_LEVELS) if np.isfinite(told) else table.figure("levels", kind)
        return float(self.area_m2[place]) * levels

    def at(self, x: float, y: float) -> int | None:
        """Smallest outline that covers a point."""
        hits = self.tree.query(shapely.Point(x, y), predicate="intersects")
        return min(hits.tolist(), key=lambda i: (self.area_m2[i], self.keys[i]), default=None)

    def called(self, name: str, x: float, y: float, within_m: float) -> int | None:
        """Nearest outline with this very name (case and punctuation apart) within a distance."""
        spot = shapely.Point(x, y)
        hits = self.tree.query(spot, predicate="dwithin", distance=within_m).tolist()
        same = [i for i in hits if name and heading_key(self.names[i]) == heading_key(name)]
        return min(
            same, key=lambda i: (spot.distance(self.geometry[i]), self.keys[i]), default=None
        )

    def of_point(self, name: str, x: float, y: float, within_m: float) -> int | None:
        """The outline a point stands in, else the one near it that has its name."""
        covering = self.at(x, y)
        return covering if covering is not None else self.called(name, x, y, within_m)


@dataclass(frozen=True)
class _Thing:
    """One tagged object; ``block`` = the building it is or stands in, ``inside`` = grounds' own."""

    key: str
    kind: str
    tags: Mapping[str, str]
    shape: shapely.Geometry
    block: int | None = None
    inside: tuple[int, ...] = field(default=())
    grounds: bool = False

    @property
    def is_point(self) -> bool:
        return bool(shapely.get_type_id(self.shape) == shapely.GeometryType.POINT)

    @property
    def name(self) -> str:
        return self.tags.get("name", "").strip()


def buildings_of(extract: Extract) -> Buildings:
    """The extract's building outlines, indexed."""
    frame = extract.buildings
    geometry = frame.geometry.to_numpy()
    keys = tuple(frame["key"])
    return Buildings(
        keys=keys,
        names=tuple(frame["name"]),
        geometry=geometry,
        area_m2=shapely.area(geometry),
        levels=frame["levels"].to_numpy(dtype="float64"),
        tree=shapely.STRtree(geometry),
        position={key: place for place, key in enumerate(keys)},
    )


def find_sites(
    extract: Extract, buildings: Buildings, table: Assumptions
) -> tuple[tuple[Site, ...], tuple[Issue, ...]]:
    """The public estate of an extract, in order of asset_id; names may still be blank.

    Returns:
        Sites, and notes on what was left out, merged, shared or without an outline.

    Raises:
        InputError: no thing the tag table gives a kind.
    """
    things, left_out = _things(extract.public, table)
    if not things:
        raise InputError(
            Issue("draft.no_public_buildings",
                  f"{extract.path.name} holds no public buildings that the tag table knows",
                  (str(extract.path),), "use an extract of a whole county, or extend the tag table",
                  "roads")
        )  # fmt: skip
    housed, tenants = _housed(things, buildings, table)
    groups = _groups(housed, table.figure("merge_m"))
    sites = [_site(group, buildings, table) for group in groups]
    notes = (*left_out, *_outline_notes(extract), *tenants, *_merge_notes(groups, sites))
    return tuple(sorted(sites, key=lambda site: site.asset_id)), notes


def _things(public: gpd.GeoDataFrame, table: Assumptions) -> tuple[list[_Thing], tuple[Issue, ...]]:
    """Tagged objects by kind, and one note for each reason to leave some out."""
    things: list[_Thing] = []
    reasons: dict[str, list[str]] = {}
    rows = zip(public["key"], public["tags"], public.geometry, strict=True)
    for key, tags, shape in rows:
        rule = table.rule_for(tags)
        if rule is not None and rule.kind:
            things.append(_Thing(key, rule.kind, tags, shape))
        elif rule is not None:
            name = f" ({tags['name']})" if tags.get("name") else ""
            reasons.setdefault(rule.leave_out, []).append(key + name)
    notes = tuple(
        note("draft.left_out", f"left out: {reason}", sorted(keys),
             "add a rule to the table of assumptions to take them in")
        for reason, keys in sorted(reasons.items())
    )  # fmt: skip
    return things, notes


def note(rule: str, message: str, ids: Iterable[str], remedy: str) -> Issue:
    """A note of the draft: something to know, not a fault."""
    return Issue(rule, message, tuple(ids), remedy, "draft", "warning")


def _outline_notes(extract: Extract) -> tuple[Issue, ...]:
    if not extract.broken:
        return ()
    return (
        note("draft.no_outline", "left out: public things whose outline is not whole",
             extract.broken, "add them by hand, or use a larger extract"),
    )  # fmt: skip


# --- floor area ------------------------------------------------------------------------------


def _housed(
    things: Sequence[_Thing], buildings: Buildings, table: Assumptions
) -> tuple[list[_Thing], tuple[Issue, ...]]:
    """Things with the building they are or stand in; grounds with the buildings inside them."""
    own = {thing.key for thing in things}
    placed, tenants = [], []
    for thing in things:
        block = buildings.position.get(thing.key)
        if block is None and thing.is_point:
            x, y = shapely.get_coordinates(thing.shape)[0]
            block = buildings.of_point(thing.name, x, y, table.figure("merge_m"))
            if block is not None and _is_tenant(thing, block, own, buildings, table):
                tenants.append(thing.key)
                block = None
        grounds = block is None and not thing.is_point
        placed.append(replace(thing, block=block, grounds=grounds))
    taken = {thing.block: thing.kind for thing in placed if thing.block is not None}
    housed = [
        replace(thing, inside=_inside(thing, taken, buildings)) if thing.grounds else thing
        for thing in placed
    ]
    if not tenants:
        return housed, ()
    said = note("draft.tenant", "stand in a much larger building: floor area assumed, not drawn",
                tenants, "give gia_m2 from the lease or a survey")  # fmt: skip
    return housed, (said,)


def _is_tenant(
    thing: _Thing, block: int, own: set[str], buildings: Buildings, table: Assumptions
) -> bool:
    """Whether a point is one of many in a building that is not itself a public thing."""
    limit = table.figure("gia_cap_ratio") * table.figure("gia_m2", thing.kind)
    whole = buildings.gia_m2(block, thing.kind, table)
    return buildings.keys[block] not in own and whole > limit


def _inside(thing: _Thing, taken: Mapping[int, str], buildings: Buildings) -> tuple[int, ...]:
    """Outlines whose middle lies in the grounds, those of another kind of thing left out."""
    hits = np.sort(buildings.tree.query(thing.shape, predicate="intersects"))
    middles = shapely.point_on_surface(buildings.geometry[hits])
    within = hits[shapely.covers(thing.shape, middles)]
    return tuple(int(i) for i in within if taken.get(int(i), thing.kind) == thing.kind)


# --- merging ---------------------------------------------------------------------------------


def _groups(things: Sequence[_Thing], merge_m: float) -> list[list[_Thing]]:
    """Things that are one site: in one building, or of one kind, near, with names that agree."""
    parent = list(range(len(things)))

    def root(i: int) -> int:
        while parent[i] != i:
            parent[i] = parent[parent[i]]
            i = parent[i]
        return i

    for i, j in (*_in_one_building(things), *_alike(things, merge_m)):
        low, high = sorted((root(i), root(j)))
        parent[high] = low
    groups: dict[int, list[_Thing]] = {}
    for i, thing in enumerate(things):
        groups.setdefault(root(i), []).append(thing)
    return list(groups.values())


def _in_one_building(things: Sequence[_Thing]) -> Iterable[tuple[int, int]]:
    first: dict[int, int] = {}
    for i, thing in enumerate(things):
        if thing.block is not None:
            yield first.setdefault(thing.block, i), i


def _alike(things: Sequence[_Thing], merge_m: float) -> Iterable[tuple[int, int]]:
    """Pairs of one kind within ``merge_m`` (inclusive) whose names do not contradict."""
    shapes = np.array([thing.shape for thing in things], dtype=object)
    pairs = shapely.STRtree(shapes).query(shapes, predicate="dwithin", distance=merge_m)
    for i, j in sorted(zip(*pairs.tolist(), strict=True)):
        if i < j and things[i].kind == things[j].kind and _names_agree(things[i], things[j]):
            yield i, j


def _names_agree(one: _Thing, other: _Thing) -> bool:
    """Whether two names may be one thing's; two outlines must have the very same name."""
    words, others = name_core(one.name, one.kind), name_core(other.name, other.kind)
    if not one.name or not other.name or words == others:
        return True
    either_is_point = one.is_point or other.is_point
    return either_is_point and (words <= others or others <= words)


def name_core(name: str, kind: str) -> frozenset[str]:
    """The words of a name that tell it from others of its kind."""
    words = "".join(c if c.isalnum() else " " for c in name.lower().replace("'", "")).split()
    return frozenset(words) - _FILLER - set(kind.split("_"))


def _site(group: Sequence[_Thing], buildings: Buildings, table: Assumptions) -> Site:
    """One site of its things: the leading kind's outline before its point, then by key."""
    ordered = sorted(
        group,
        key=lambda t: (table.kinds[t.kind].rank, t.is_point, t.grounds, t.key),
    )
    lead = ordered[0]
    kinds = tuple(dict.fromkeys(thing.kind for thing in ordered))
    gia_m2, basis, blocks = _floor_area(ordered, buildings, table)
    spot = lead.shape if lead.is_point else shapely.point_on_surface(lead.shape)
    names = [thing.name for thing in ordered if thing.name]
    of_block = [buildings.names[b] for b in blocks if buildings.names[b] and basis == "footprint"]
    same_kind = [thing.name for thing in ordered if thing.name and thing.kind == lead.kind]
    name = next(iter((*same_kind, *of_block, *names)), "")
    return Site(
        asset_id=lead.key,
        kinds=kinds,
        name=name,
        x=float(shapely.get_x(spot)),
        y=float(shapely.get_y(spot)),
        gia_m2=gia_m2,
        gia_basis=basis,
        operator=_first(ordered, "operator"),
        owner=name if name.lower().endswith(" council") else "",
        street=_first(ordered, "addr:street"),
        postcode=_first(ordered, "addr:postcode"),
        members=tuple(thing.key for thing in ordered),
        blocks=tuple(buildings.keys[block] for block in blocks),
        notes=tuple(dict.fromkeys(other for other in names if other != name)),
    )


def _first(things: Sequence[_Thing], tag: str) -> str:
    """A tag of the first thing that has it."""
    return next((t.tags[tag].strip() for t in things if t.tags.get(tag, "").strip()), "")


def _floor_area(
    things: Sequence[_Thing], buildings: Buildings, table: Assumptions
) -> tuple[float, str, list[int]]:
    """m², how it was come by, and the outlines counted."""
    kind = things[0].kind
    grounds = [thing for thing in things if thing.grounds]
    blocks = {thing.block for thing in things if thing.block is not None}
    blocks.update(block for thing in grounds for block in thing.inside)
    if not blocks:
        return table.figure("gia_m2", kind), "assumed", []
    total = sum(buildings.gia_m2(block, kind, table) for block in sorted(blocks))
    return total, "grounds" if grounds else "footprint", sorted(blocks)


def _merge_notes(groups: Sequence[Sequence[_Thing]], sites: Sequence[Site]) -> tuple[Issue, ...]:
    merged, shared = [], []
    for group, site in zip(groups, sites, strict=True):
        others = ", ".join(f"{t.key} ({t.kind})" for t in group if t.key != site.asset_id)
        if len(site.kinds) > 1:
            shared.append(f"{site.asset_id} ({site.kind}) with {others}")
        elif others:
            merged.append(f"{site.asset_id} ({site.kind}) = {others}")
    notes = []
    if merged:
        notes.append(note("draft.merged", "mapped more than once: merged into one", sorted(merged),
                          "split them in the layer if they are two buildings"))  # fmt: skip
    if shared:
        notes.append(note("draft.shared", "several uses in one building: one building, several "
                          "services, the stricter lock", sorted(shared),
                          "correct the layer if they are apart"))  # fmt: skip
    return tuple(notes)


# --- names -----------------------------------------------------------------------------------


def named(
    sites: Sequence[Site], extract: Extract, table: Assumptions
) -> tuple[tuple[Site, ...], tuple[Issue, ...]]:
    """Sites with a name each: ``Library, Uppingham``; a street, then a number, keeps two apart."""
    nameless = [site for site in sites if not site.name]
    if not nameless:
        return tuple(sites), ()
    towns = extract.places[
        extract.places["kind"].isin(SETTLEMENTS) & (extract.places["name"] != "")
    ]
    streets = extract.streets[extract.streets["name"] != ""]
    short = {s.asset_id: _words(table, s, _nearest(towns, s, np.inf)) for s in nameless}
    counts = Counter([*short.values(), *(site.name for site in sites if site.name)])
    used = Counter(site.name for site in sites if site.name)
    names: dict[str, str] = {}
    for site in nameless:
        name = short[site.asset_id]
        if counts[name] > 1:
            street = site.street or _nearest(streets, site, NEAR_STREET_M)
            name = _words(table, site, street, _nearest(towns, site, np.inf))
        used[name] += 1
        names[site.asset_id] = name if used[name] == 1 else f"{name} ({used[name]})"
    said = note("draft.named", "have no name on the map: named after kind and place",
                [f"{key}: {name}" for key, name in names.items()],
                "give them their names")  # fmt: skip
    return tuple(replace(s, name=names.get(s.asset_id, s.name)) for s in sites), (said,)


def _words(table: Assumptions, site: Site, *places: str) -> str:
    return ", ".join([table.kinds[site.kind].label, *(place for place in places if place)])


def _nearest(frame: gpd.GeoDataFrame, site: Site, limit_m: float) -> str:
    """Name of the nearest row within a distance; the earlier key of two equally near."""
    if len(frame) == 0:
        return ""
    distance = shapely.distance(frame.geometry.to_numpy(), shapely.Point(site.x, site.y))
    place = int(np.argmin(distance))
    return str(frame["name"].iloc[place]) if distance[place] <= limit_m else ""


def slug(text: str) -> str:
    """Lower-case letters and digits joined by ``_``: part of an identifier made from words."""
    words = "".join(c if c.isalnum() and c.isascii() else " " for c in text.lower()).split()
    return "_".join(words) or heading_key(text) or "unnamed"
