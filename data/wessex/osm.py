"""Write the network as OpenStreetMap data: ways, tags, roundabouts, one-way streets, islands."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import osmium
import shapely
from gazetteer import DUAL_CARRIAGEWAYS, FERRY, STREET_KINDS, STREET_NAMES
from geometry import Points, inside, stream, to_degrees
from ground import Ground
from network import DRIVEN, MAIN, RANK, Network, pair_ends
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

RESIDENTIAL = RANK.index("residential")
RING_NODES = 8


@dataclass
class Sheet:
    """The map being drawn: node positions with tags, and ways over them."""

    spots: list[Points] = field(default_factory=list)
    node_tags: list[dict[str, str]] = field(default_factory=list)
    ways: list[tuple[dict[str, str], list[int]]] = field(default_factory=list)

    def add(self, spot: Points, tags: dict[str, str] | None = None) -> int:
        """Put down one node and give its number."""
        self.spots.append(np.asarray(spot, dtype=float))
        self.node_tags.append(tags or {})
        return len(self.spots) - 1


def _chains(network: Network) -> list[list[tuple[int, int]]]:
    """Runs of edges that make one street: lists of (edge, end at which it is entered)."""
    keys: list[tuple] = [
        (int(r), ref, bool(u), bool(p), int(r) == DRIVEN or bool(p) and edge)
        for edge, (r, ref, u, p) in enumerate(
            zip(network.rank, network.ref, network.urban, network.private, strict=True)
        )
    ]
    partner = pair_ends(network.nodes, network.start, network.end, keys)
    ends = np.column_stack([network.start, network.end])
    seen = np.zeros(len(ends), dtype=bool)
    chains = []
    for free in (True, False):  # first the runs with loose ends, then closed rings
        for edge in range(len(ends)):
            for side in (0, 1):
                if seen[edge] or (free and partner[edge, side] >= 0):
                    continue
                chains.append(_follow(edge, side, partner, ends, seen))
    return chains


def _follow(
    edge: int, side: int, partner: NDArray, ends: NDArray, seen: NDArray
) -> list[tuple[int, int]]:
    run, most = [], 40
    while edge >= 0 and not seen[edge] and len(run) < most:
        run.append((edge, side))
        seen[edge] = True
        leave = ends[edge, 1 - side]
        edge = int(partner[edge, 1 - side])
        if edge >= 0:
            side = 0 if ends[edge, 0] == leave else 1
    return run


def _speed(rank: int, urban: bool, chance: float) -> str:
    """A maxspeed tag on a realistic share of roads, blank elsewhere."""
    if urban:
        table = (
            ((0.72, "30 mph"), (0.84, "40 mph"))
            if rank < MAIN - 1
            else ((0.2, "20 mph"), (0.6, "30 mph"))
        )
    elif rank < 2:
        table = ((0.3, "60 mph"), (0.55, "50 mph"), (0.8, "GB:nsl_single"))
    elif rank < MAIN:
        table = ((0.12, "40 mph"), (0.36, "60 mph"), (0.52, "GB:nsl_single"))
    else:
        table = ((0.05, "60 mph"), (0.14, "GB:nsl_single"), (0.18, "30 mph"))
    return next((speed for limit, speed in table if chance < limit), "")


def _street_name(rank: int, urban: bool, rng: np.random.Generator) -> str:
    word = STREET_NAMES[int(rng.integers(len(STREET_NAMES)))]
    if rank < MAIN:
        kind = ("Street", "Road")[int(rng.integers(2))]
    else:
        kind = STREET_KINDS[int(rng.integers(len(STREET_KINDS)))]
    if rank >= DRIVEN or (not urban and rng.random() > (0.0 if rank < 3 else 0.3)):
        return ""
    return f"{word} {kind if urban else 'Lane'}"


def _chain_tags(network: Network, run: list, rng: np.random.Generator) -> dict[str, str]:
    edge = run[0][0]
    rank, urban = int(network.rank[edge]), bool(network.urban[edge])
    tags = {"highway": RANK[rank]}
    name, speed = _street_name(rank, urban, rng), _speed(rank, urban, float(rng.random()))
    if name and rank < DRIVEN:
        tags["name"] = name
    if network.ref[edge]:
        tags["ref"] = network.ref[edge]
    if speed and rank < RANK.index("living_street"):
        tags["maxspeed"] = speed
    if network.private[edge]:
        tags["access"] = "private"
        tags["service"] = "driveway"
    return tags


def _choose_oneways(
    ground: Ground, network: Network, chains: list, rng: np.random.Generator
) -> NDArray[np.int64]:
    """Short residential streets in the middle of the larger towns become one-way."""
    way = np.zeros(len(chains), dtype=np.int64)
    middle_m = [0.45 * ground.radius_m(place) for place in range(len(ground.places))]
    for i, run in enumerate(chains):
        edge = run[0][0]
        place = int(ground.home[network.start[edge]])
        if network.rank[edge] != RESIDENTIAL or place < 0 or ground.places[place].people < 7000:
            continue
        middle = network.nodes[network.start[edge]] - ground.points[ground.centre[place]]
        central = float(np.hypot(*middle)) < middle_m[place]
        if central and len(run) <= 4 and rng.random() < 0.34:
            way[i] = 1 if rng.random() < 0.8 else -1
    return _undo_traps(network, chains, way)


def _undo_traps(network: Network, chains: list, way: NDArray[np.int64]) -> NDArray[np.int64]:
    """Make two-way again every one-way street that would cut a place off in one direction."""
    count = len(network.nodes)
    way = way.copy()
    while True:
        tail, head = [], []
        for i, run in enumerate(chains):
            for edge, side in run:
                if network.rank[edge] >= DRIVEN:
                    continue
                a, b = int(network.start[edge]), int(network.end[edge])
                a, b = (a, b) if side == 0 else (b, a)
                if way[i] >= 0:
                    tail.append(a)
                    head.append(b)
                if way[i] <= 0:
                    tail.append(b)
                    head.append(a)
        graph = coo_array((np.ones(len(tail)), (tail, head)), shape=(count, count)).tocsr()
        _, label = connected_components(graph, directed=True, connection="strong")
        largest = int(np.argmax(np.bincount(label)))
        bad = [
            i
            for i, run in enumerate(chains)
            if way[i] != 0
            and any(
                label[node] != largest
                for edge, _ in run
                for node in (network.start[edge], network.end[edge])
            )
        ]
        if not bad:
            return way
        way[bad] = 0


def _roundabout_nodes(network: Network) -> list[int]:
    """Junctions of three or more main roads, at least two of them numbered A roads."""
    main, high = network.rank < MAIN - 1, network.rank < 2
    count = len(network.nodes)
    mains = np.bincount(np.concatenate([network.start[main], network.end[main]]), minlength=count)
    highs = np.bincount(np.concatenate([network.start[high], network.end[high]]), minlength=count)
    found: list[int] = []
    for node in np.flatnonzero((mains >= 3) & (highs >= 2)):
        apart = [float(np.hypot(*(network.nodes[node] - network.nodes[o]))) for o in found]
        if not apart or min(apart) > 400:
            found.append(int(node))
    return found


class _Drawer:
    """Turns edges into nodes and ways on a sheet, with rings in place of roundabout junctions."""

    def __init__(self, ground: Ground, network: Network) -> None:
        self.network, self.sheet = network, Sheet()
        self.at: dict[int, int] = {}
        self.ring: dict[int, tuple[list[int], Points]] = {}
        for node in _roundabout_nodes(network):
            radius = 17.0 if ground.home[node] >= 0 else 28.0
            turn = -2 * np.pi * np.arange(RING_NODES) / RING_NODES  # clockwise: we keep left
            spots = network.nodes[node] + radius * np.column_stack([np.cos(turn), np.sin(turn)])
            self.ring[node] = ([self.sheet.add(spot) for spot in spots], spots)

    def node(self, node: int, towards: Points) -> int:
        """The sheet node for a network node as met from a direction."""
        if node in self.ring:
            numbers, spots = self.ring[node]
            return numbers[int(np.argmin(np.hypot(*(spots - towards).T)))]
        if node not in self.at:
            self.at[node] = self.sheet.add(self.network.nodes[node])
        return self.at[node]

    def edge(self, edge: int, side: int, offset_m: float = 0.0) -> list[int]:
        """Sheet nodes along an edge entered at one end, its curve pushed to the left."""
        net = self.network
        a, b = int(net.start[edge]), int(net.end[edge])
        line = net.curve[edge]
        if side == 1:
            a, b, line = b, a, line[::-1]
        path = np.vstack([net.nodes[a], line, net.nodes[b]])
        first, last = self.node(a, path[1]), self.node(b, path[-2])
        if not len(line):
            return [first, last]
        along = path[2:] - path[:-2]
        left = np.column_stack([-along[:, 1], along[:, 0]])
        left = left / np.maximum(np.hypot(*left.T), 1e-9)[:, None]
        inner = [self.sheet.add(spot) for spot in line + offset_m * left]
        return [first, *inner, last]

    def rings(self) -> None:
        """Draw every roundabout as a closed one-way ring."""
        net = self.network
        for node in sorted(self.ring):
            spokes = (net.start == node) | (net.end == node)
            best = int(net.rank[spokes].min())
            numbers = self.ring[node][0]
            tags = {"highway": RANK[best], "junction": "roundabout", "maxspeed": "30 mph"}
            self.sheet.ways.append((tags, [*numbers, numbers[0]]))


def _is_dual(ground: Ground, network: Network, edge: int) -> bool:
    """Whether a trunk edge lies in open country between the ends of a dual carriageway."""
    if network.rank[edge] != 0 or network.urban[edge] or not len(network.curve[edge]):
        return False
    names = [place.name for place in ground.places]
    middle = network.curve[edge].mean(axis=0) / 1000
    for first, last in DUAL_CARRIAGEWAYS:
        if first in names and last in names:
            a, b = ground.places[names.index(first)], ground.places[names.index(last)]
            north = sorted((a.north_km, b.north_km))
            across = a.east_km + 0.6 < middle[0] < b.east_km - 0.6
            if across and north[0] - 2 < middle[1] < north[1] + 2:
                return True
    return False


def _draw_chain(drawer: _Drawer, ground: Ground, run: list, tags: dict[str, str]) -> None:
    plain: list[int] = []
    for edge, side in run:
        if _is_dual(ground, drawer.network, edge):
            fast = {**tags, "oneway": "yes", "maxspeed": "70 mph", "lanes": "2"}
            drawer.sheet.ways.append((fast, drawer.edge(edge, side, 8.0)))
            drawer.sheet.ways.append((dict(fast), drawer.edge(edge, 1 - side, 8.0)))
            if len(plain) > 1:
                drawer.sheet.ways.append((tags, plain))
            plain = []
            continue
        step = drawer.edge(edge, side)
        if plain and plain[-1] == step[0]:
            plain.extend(step[1:])
        else:  # a roundabout lies between: the road goes on at another of its arms
            if len(plain) > 1:
                drawer.sheet.ways.append((tags, plain))
            plain = step
    if len(plain) > 1:
        drawer.sheet.ways.append((tags, plain))


def _gate(drawer: _Drawer) -> None:
    """A gate a few metres up a private drive: the way is split by one more node."""
    tags, refs = drawer.sheet.ways[-1]
    a, b = drawer.sheet.spots[refs[0]], drawer.sheet.spots[refs[1]]
    spot = a + (b - a) * min(0.5, 15.0 / max(float(np.hypot(*(b - a))), 1.0))
    gate = drawer.sheet.add(spot, {"barrier": "gate", "access": "private"})
    drawer.sheet.ways[-1] = (tags, [refs[0], gate, *refs[1:]])


def island_spots(ground: Ground, network: Network, seed: int) -> Points:
    """Where the small unconnected pieces of road lie: near places, but off their streets."""
    rng = stream(seed, "islands")
    every = np.vstack([network.nodes[np.unique(network.start)], *network.curve])
    tree = cKDTree(every)
    tries = ground.points[rng.integers(0, len(ground.points), 6000)]
    tries = tries + rng.normal(0, 480, tries.shape)
    distance, _ = tree.query(tries)
    firm = ground.county.buffer(-900)
    fit = tries[(distance > 330) & (distance < 520) & inside(firm, tries)]
    lines = shapely.linestrings(
        [p for p in zip(network.nodes[network.start], network.nodes[network.end], strict=True)]
    )
    roads = shapely.STRtree(lines)
    clear = [
        spot for spot in fit if not len(roads.query(shapely.Point(spot), "dwithin", distance=230))
    ]
    spaced = np.array(clear).reshape(-1, 2)
    return spaced[thinned(spaced)][:6]


def thinned(spots: Points) -> NDArray[np.bool_]:
    """Leave out spots within 6 km of an earlier one."""
    keep: list[int] = []
    for i, spot in enumerate(spots):
        if all(np.hypot(*(spot - spots[k])) > 6000 for k in keep):
            keep.append(i)
    mask = np.zeros(len(spots), dtype=bool)
    mask[keep] = True
    return mask


def _draw_islands(sheet: Sheet, spots: Points) -> None:
    for i, spot in enumerate(spots):
        turn = 0.7 * i + np.arange(5) * 1.2566
        arms = spot + (55 + 6 * np.arange(5))[:, None] * np.column_stack(
            [np.cos(turn), np.sin(turn)]
        )
        heart = sheet.add(spot)
        outer = [sheet.add(arm) for arm in arms]
        kind = "residential" if i % 2 else "service"
        sheet.ways.append(
            ({"highway": kind, "name": f"Works Road {i + 1}"}, [outer[0], heart, outer[2]])
        )
        sheet.ways.append(({"highway": kind}, [outer[2], outer[3], outer[4]]))


def _draw_places(sheet: Sheet, ground: Ground) -> None:
    for place, centre in zip(ground.places, ground.centre, strict=True):
        tags = {"place": place.kind, "name": place.name}
        if place.inside:
            tags["population"] = str(int(round(place.people, -1)))
        sheet.add(ground.points[centre] + 9.0, tags)
    for name, centre in ground.hamlets:
        sheet.add(ground.points[centre] + 9.0, {"place": "hamlet", "name": name})


def draw_sheet(ground: Ground, network: Network, seed: int) -> Sheet:
    """The whole map: roads, rings, gates, ferry, islands and place names."""
    rng = stream(seed, "tags")
    chains = _chains(network)
    oneway = _choose_oneways(ground, network, chains, rng)
    drawer = _Drawer(ground, network)
    for run, way in zip(chains, oneway, strict=True):
        tags = _chain_tags(network, run, rng)
        if way:
            tags["oneway"] = "yes" if way > 0 else "-1"
        _draw_chain(drawer, ground, run, tags)
        if tags.get("access") == "private":
            _gate(drawer)
    drawer.rings()
    sheet = drawer.sheet
    crossing = [sheet.add(np.array(spot) * 1000) for spot in FERRY]
    sheet.ways.append(
        (
            {
                "route": "ferry",
                "name": "Haven Mouth Ferry",
                "motor_vehicle": "yes",
                "duration": "00:05",
            },
            crossing,
        )
    )
    _draw_islands(sheet, island_spots(ground, network, seed))
    _draw_places(sheet, ground)
    return sheet


def write_pbf(sheet: Sheet, path: Path) -> None:
    """Write the sheet as an OpenStreetMap extract, ids in order, no dates, no users."""
    header = osmium.io.Header()
    header.set("generator", "groundplan-wessex")
    degrees = np.round(to_degrees(np.array(sheet.spots)), 7)
    path.unlink(missing_ok=True)
    with osmium.SimpleWriter(str(path), header=header) as writer:
        for number, (place, tags) in enumerate(zip(degrees, sheet.node_tags, strict=True), 1):
            spot = (float(place[0]), float(place[1]))
            writer.add_node(osmium.osm.mutable.Node(id=number, location=spot, tags=tags))
        for number, (tags, refs) in enumerate(sheet.ways, 1):
            nodes = [ref + 1 for ref in refs]
            writer.add_way(osmium.osm.mutable.Way(id=number, nodes=nodes, tags=tags))
