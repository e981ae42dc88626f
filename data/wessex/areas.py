"""Wards that tile the county, and the pilots, districts and markets made of whole wards."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from gazetteer import DISTRICTS, MARKETS, PILOTS
from geometry import Points, chaikin, clusters, inside, roughen, stream, to_degrees
from ground import Ground
from numpy.typing import NDArray
from scipy.spatial import cKDTree

TOWN_PEOPLE = 2_900
PEOPLE_PER_TOWN_WARD = 6_300
RURAL_WARDS = 27


@dataclass(frozen=True)
class Area:
    """One named polygon in WGS84 degrees, made of wards (except towns)."""

    area_id: str
    name: str
    kind: str
    shape: shapely.Geometry


@dataclass(frozen=True)
class Ward:
    """One ward: its name, shape in metres, and the place it is named for."""

    code: str
    name: str
    place: int
    shape: shapely.Geometry


def _compass(offset: Points, reach: float) -> str:
    if np.hypot(*offset) < 0.3 * reach:
        return "Central"
    words = [
        "East",
        "North East",
        "North",
        "North West",
        "West",
        "South West",
        "South",
        "South East",
    ]
    return words[int(np.round(np.arctan2(offset[1], offset[0]) / (np.pi / 4))) % 8]


def _town_wards(
    ground: Ground, fine: Points, home: NDArray, seed: int
) -> tuple[NDArray[np.int64], list[tuple[str, int]]]:
    """Split the streets of each town into wards; label -1 where no town ward applies."""
    label = np.full(len(fine), -1, dtype=np.int64)
    wards: list[tuple[str, int]] = []
    for i, place in enumerate(ground.places):
        if not place.inside or place.people < TOWN_PEOPLE:
            continue
        rng = stream(seed, f"wards of {place.name}")
        own = np.flatnonzero(home == i)
        count = min(max(1, round(place.people / PEOPLE_PER_TOWN_WARD)), len(own))
        groups = clusters(fine[own], count, rng)
        heart, reach = ground.points[ground.centre[i]], ground.radius_m(i)
        for group in range(count):
            members = own[groups == group]
            if not len(members):
                continue
            name = place.name
            if count > 1:
                name += " " + _compass(fine[members].mean(axis=0) - heart, reach)
            label[members] = len(wards)
            wards.append((name, i))
        around = np.hypot(*(fine - heart).T) < reach + (350 if count > 1 else 1500)
        around &= (home == -1) & (label == -1)
        if len(own):
            _, nearest = cKDTree(fine[own]).query(fine[around])
            label[around] = label[own[nearest]]
    return label, wards


def _rural_wards(
    ground: Ground, fine: Points, home: NDArray, label: NDArray, seed: int
) -> tuple[NDArray[np.int64], list[tuple[str, int]]]:
    """Split the rest of the county into wards round the larger villages."""
    rng = stream(seed, "rural wards")
    names: list[tuple[str, int]] = []
    left = np.flatnonzero(label == -1)
    villages = np.array(
        [i for i, p in enumerate(ground.places) if p.inside and p.people < TOWN_PEOPLE],
        dtype=np.int64,
    )
    inner = sum(p.inside for p in ground.places)
    count = max(3, round(RURAL_WARDS * np.sqrt(inner / 66)))
    groups = clusters(fine[left], count, rng)
    middles = np.array([fine[left[groups == g]].mean(axis=0) for g in range(groups.max() + 1)])
    for village in villages:  # a village lies in one ward
        own = home[left] == village
        if own.any():
            groups[own] = np.bincount(groups[own]).argmax()
    result = label.copy()
    result[left] = -2 - groups
    for group, middle in enumerate(middles):
        owned = [v for v in villages if (groups[home[left] == v] == group).any()]
        if owned:
            best = max(owned, key=lambda v: (ground.places[v].people, ground.places[v].name))
            names.append((ground.places[best].name, int(best)))
        else:
            apart = [np.hypot(*(ground.points[ground.centre[i]] - middle)) for i in range(inner)]
            place = int(np.argmin(apart))
            # The largest counties are too full for hamlets.
            hamlets = ground.hamlets or ((ground.places[place].name, int(ground.centre[place])),)
            hearts = ground.points[[i for _, i in hamlets]]
            nearest = int(np.argmin(np.hypot(*(hearts - middle).T)))
            names.append((f"{hamlets[nearest][0]} Vale", place))
    return result, names


def _fine_points(ground: Ground, seed: int) -> tuple[Points, NDArray[np.int64]]:
    """Street points and lane corners of the county, with a scatter to loosen rural borders."""
    rng = stream(seed, "borders")
    ours = inside(ground.county, ground.points)
    west, south, east, north = ground.county.bounds
    extra = rng.uniform((west, south), (east, north), (2600, 2))
    far, _ = cKDTree(ground.points).query(extra)
    extra = extra[inside(ground.county, extra) & (far > 420)]
    places = np.array([place.inside for place in ground.places])
    home = np.where((ground.home >= 0) & places[ground.home], ground.home, -1)
    return np.vstack([ground.points[ours], extra]), np.concatenate(
        [home[ours], np.full(len(extra), -1)]
    )


def _border_arcs(county: shapely.Polygon, cells: list, seed: int) -> list[shapely.LineString]:
    """Ward borders as single wandering lines, and the county's own outline."""
    rng = stream(seed, "ward borders")
    inner = shapely.unary_union([cell.boundary for cell in cells])
    inner = shapely.unary_union([inner, county.exterior], grid_size=0.01)
    arcs = []
    edge = county.exterior.buffer(0.5)
    for arc in shapely.get_parts(shapely.line_merge(inner)):
        middle = arc.interpolate(0.5, normalized=True)
        if edge.covers(arc):
            arcs.append(arc)
        elif county.contains(middle):
            line = chaikin(shapely.get_coordinates(arc.simplify(60.0)), 1)
            arcs.append(shapely.LineString(roughen(line, rng, 0.09, 420.0)))
    return arcs


def _tidy(faces: list, owner: NDArray[np.int64]) -> NDArray[np.int64]:
    """Give each stray piece of a ward to the neighbour it shares most border with."""
    owner = owner.copy()
    for _ in range(4):
        changed = False
        for ward in range(int(owner.max()) + 1):
            own = np.flatnonzero(owner == ward)
            parts = shapely.get_parts(shapely.unary_union([faces[f] for f in own]))
            main = max(parts, key=lambda p: p.area) if len(parts) else None
            for face in own:
                if main is None or main.contains(faces[face].representative_point()):
                    continue
                shared = [
                    0.0 if owner[g] == ward else faces[face].intersection(faces[g]).length
                    for g in range(len(faces))
                ]
                if max(shared) > 0:
                    owner[face] = owner[int(np.argmax(shared))]
                    changed = True
        if not changed:
            break
    return owner


def make_wards(ground: Ground, seed: int) -> list[Ward]:
    """Wards with wandering borders that share every vertex with their neighbours."""
    fine, home = _fine_points(ground, seed)
    label, wards = _town_wards(ground, fine, home, seed)
    label, rural = _rural_wards(ground, fine, home, label, seed)
    label = np.where(label <= -2, len(wards) - 2 - label, label)
    wards = wards + rural
    cells = shapely.voronoi_polygons(
        shapely.MultiPoint(fine), extend_to=ground.county.buffer(4000), ordered=True
    )
    parts = np.array(shapely.get_parts(cells))
    joined = [shapely.unary_union(parts[label == ward]) for ward in range(len(wards))]
    arcs = _border_arcs(ground.county, joined, seed)
    noded = shapely.unary_union(arcs, grid_size=0.01)
    faces = [
        face
        for face in shapely.get_parts(shapely.polygonize(shapely.get_parts(noded)))
        if ground.county.contains(face.representative_point())
    ]
    tree = cKDTree(fine)
    owner = np.array(
        [label[tree.query(shapely.get_coordinates(f.representative_point())[0])[1]] for f in faces]
    )
    owner = _tidy(faces, owner)
    shapes = [
        (name, place, shapely.unary_union([f for f, o in zip(faces, owner, strict=True) if o == w]))
        for w, (name, place) in enumerate(wards)
    ]
    return _numbered(ground, [shape for shape in shapes if not shape[2].is_empty])


def _numbered(ground: Ground, shapes: list) -> list[Ward]:
    """Number the wards by district and name, no two with the same name."""
    seen: dict[str, int] = {}
    named = []
    for name, place, shape in shapes:
        seen[name] = seen.get(name, 0) + 1
        suffix = (
            ""
            if seen[name] == 1
            else f" {('', '', 'Within', 'Without', 'Outer')[min(seen[name], 4)]}"
        )
        named.append((ground.places[place].district, name + suffix, place, shape))
    named.sort(key=lambda item: (item[0], item[1], item[2]))
    return [
        Ward(f"W{number:03d}", name, place, shape)
        for number, (_, name, place, shape) in enumerate(named, 1)
    ]


def _degrees(shape: shapely.Geometry) -> shapely.Geometry:
    return shapely.transform(shape, lambda xy: np.round(to_degrees(xy), 5))


def _town_areas(ground: Ground) -> list[Area]:
    """The built-up area of each town: its streets, filled and rounded."""
    found = []
    shore = ground.county.buffer(-15)
    for i, place in enumerate(ground.places):
        if not place.inside or place.people < TOWN_PEOPLE:
            continue
        streets = shapely.MultiPoint(ground.points[ground.home == i]).buffer(210)
        built = streets.buffer(120).buffer(-200).intersection(shore).simplify(25)
        parts = [part for part in shapely.get_parts(built) if part.area > 20_000]
        found.append(
            Area(
                f"T{len(found) + 1:02d}",
                place.name,
                "town",
                shapely.unary_union([shapely.Polygon(part.exterior) for part in parts]),
            )
        )
    return found


def make_areas(ground: Ground, wards: list[Ward]) -> list[Area]:
    """Every published area; wards, pilots, districts and markets share their vertices."""
    snapped = {ward.code: _degrees(ward.shape) for ward in wards}
    areas = [Area(ward.code, ward.name, "ward", snapped[ward.code]) for ward in wards]
    for kind, letter, table in (
        ("district", "D", DISTRICTS),
        ("market", "M", MARKETS),
        ("pilot", "P", PILOTS),
    ):
        for key, name in sorted(table.items()):
            parts = [snapped[w.code] for w in wards if getattr(ground.places[w.place], kind) == key]
            if parts:
                areas.append(Area(f"{letter}-{key}", name, kind, shapely.unary_union(parts)))
    towns = [
        Area(town.area_id, town.name, town.kind, _degrees(town.shape))
        for town in _town_areas(ground)
    ]
    return sorted(areas + towns, key=lambda area: area.area_id)
