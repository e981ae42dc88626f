"""Several extracts as one: border ways and nodes once each, whatever the order of the files.

Extracts of neighbouring counties share what lies on the border. By id:

* **A way** in two versions (files of different days) is taken in the later one, and told. Cut
  differently (each file keeps the nodes inside its own border), it is joined to its fullest form.
* **A node** is where the files that place it say. Where they differ, in place or in tags, its
  later version decides; versions of plain nodes are looked up for those few alone.
* **A turn restriction** in two versions is taken in the later one.

A road deleted between the days of two files is still in the older one: give files of one day.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from difflib import SequenceMatcher
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from assets.issues import Issue
from coverage.network import Floats, Ints, RawRoads, Restriction, take_ways

Cut = tuple[int, ...]


class Fact(NamedTuple):
    """What a tagged node means for roads: modes it stops, its sign, the settlement it names."""

    blocked: int = 0
    sign: str = ""
    place: tuple[str, str, float, float] | None = None


class Seen(NamedTuple):
    """One version of a node."""

    version: int
    lon: float
    lat: float
    fact: Fact


class Stated(NamedTuple):
    """One version of a relation: the restrictions it states, or that it makes no sense."""

    version: int
    restrictions: tuple[Restriction, ...]
    malformed: bool


@dataclass(frozen=True, eq=False)
class Extract:
    """One file as read: ways with their versions, tagged nodes and turn restrictions by id."""

    name: str
    raw: RawRoads
    way_version: Ints
    facts: Mapping[int, Fact]
    stated: Mapping[int, Stated]
    ferries: frozenset[int]


Lookup = Callable[[Sequence[int]], Mapping[int, Seen]]
"""The latest version, in all the files, of nodes by id."""


def merge(extracts: Sequence[Extract], lookup: Lookup) -> RawRoads:
    """One set of ways from one extract or several."""
    water = _by_water(frozenset[int]().union(*(extract.ferries for extract in extracts)))
    if len(extracts) == 1:
        only = extracts[0]
        return _complete(replace(only.raw, warnings=water), only.facts, only.stated)
    tables = [_places_of(extract.raw) for extract in extracts]
    doubtful = _moved(tables) | _tagged_apart(extracts, tables)
    latest = lookup(sorted(doubtful))
    node_id, lon, lat = _one_place_each(tables, latest)
    raw, later = _one_way_each(extracts)
    at = np.minimum(np.searchsorted(node_id, raw.ref_id), len(node_id) - 1)
    known = node_id[at] == raw.ref_id
    raw = replace(
        raw, ref_lon=np.where(known, lon[at], np.nan), ref_lat=np.where(known, lat[at], np.nan)
    )
    facts = {node: fact for extract in extracts for node, fact in extract.facts.items()}
    facts |= {node: seen.fact for node, seen in latest.items()}
    stated: dict[int, Stated] = {}
    for extract in extracts:
        for relation, found in extract.stated.items():
            stated[relation] = max(
                found, stated.get(relation, found), key=lambda one: (one.version, repr(one))
            )
    whole = _complete(raw, facts, stated)
    return replace(whole, warnings=(*_dated(extracts, later, doubtful), *water, *whole.warnings))


def _by_water(ferries: frozenset[int]) -> tuple[Issue, ...]:
    if not ferries:
        return ()
    told = Issue(
        "roads.ferries",
        f"ferries are not part of the network ({len(ferries)} on the map): what lies beyond the "
        "water counts as out of reach by road",
        ids=tuple(str(way) for way in sorted(ferries)),
        remedy="give travel times of your own for places reached by ferry",
        layer="roads",
        severity="warning",
    )
    return (told,)


def _dated(extracts: Sequence[Extract], ways: Sequence[int], nodes: set[int]) -> tuple[Issue, ...]:
    if not ways and not nodes:
        return ()
    names = ", ".join(sorted(extract.name for extract in extracts))
    told = Issue(
        "roads.versions",
        f"the extracts ({names}) are of different days: ways ({len(ways)}) and nodes "
        f"({len(nodes)}) differ between them, and the later version of each is taken",
        ids=(*(f"way {way}" for way in ways), *(f"node {node}" for node in sorted(nodes))),
        remedy="give extracts of the same day",
        layer="roads",
        severity="warning",
    )
    return (told,)


def _complete(raw: RawRoads, facts: Mapping[int, Fact], stated: Mapping[int, Stated]) -> RawRoads:
    """The ways with what nodes and relations say of them."""
    places = [fact.place for _, fact in sorted(facts.items()) if fact.place]
    malformed = sorted(relation for relation, found in stated.items() if found.malformed)
    warnings = raw.warnings
    if malformed:
        told = Issue(
            "roads.restrictions_malformed",
            f"{len(malformed)} of {len(stated)} turn restrictions do not say which turn they mean "
            "and are not respected",
            ids=tuple(str(relation) for relation in malformed),
            remedy="mend the relations in OpenStreetMap",
            layer="roads",
            severity="warning",
        )
        warnings = (*warnings, told)
    return replace(
        raw,
        barriers={node: fact.blocked for node, fact in sorted(facts.items()) if fact.blocked},
        signals=_signed(facts, "traffic_signals"),
        mini_roundabouts=_signed(facts, "mini_roundabout"),
        places=tuple(places),
        restrictions=tuple(r for _, found in sorted(stated.items()) for r in found.restrictions),
        warnings=warnings,
    )


def _signed(facts: Mapping[int, Fact], sign: str) -> tuple[int, ...]:
    return tuple(sorted(node for node, fact in facts.items() if fact.sign == sign))


# ---- nodes -----------------------------------------------------------------------------

Table = tuple[Ints, Floats, Floats]


def _places_of(raw: RawRoads) -> Table:
    """The nodes an extract places: ids ascending, longitude, latitude."""
    known = np.isfinite(raw.ref_lon)
    ids, first = np.unique(raw.ref_id[known], return_index=True)
    return ids, raw.ref_lon[known][first], raw.ref_lat[known][first]


def _stacked(tables: Sequence[Table]) -> Table:
    """Every place any extract gives any node, once each, by id."""
    ids, lon, lat = (np.concatenate([table[k] for table in tables]) for k in range(3))
    order = np.lexsort((lat, lon, ids))
    ids, lon, lat = ids[order], lon[order], lat[order]
    new = np.ones(len(ids), dtype=bool)
    new[1:] = (np.diff(ids) != 0) | (np.diff(lon) != 0) | (np.diff(lat) != 0)
    return ids[new], lon[new], lat[new]


def _moved(tables: Sequence[Table]) -> set[int]:
    """Nodes that two extracts place differently."""
    ids = _stacked(tables)[0]
    return set(ids[1:][np.diff(ids) == 0].tolist())


def _tagged_apart(extracts: Sequence[Extract], tables: Sequence[Table]) -> set[int]:
    """Nodes in two extracts or more of which these do not say the same."""
    tagged = np.unique([node for extract in extracts for node in extract.facts]).astype(np.int64)
    apart: set[int] = set()
    said: dict[int, set[Fact]] = {}
    for extract, (ids, _, _) in zip(extracts, tables, strict=True):
        here = np.isin(tagged, ids) | np.isin(tagged, np.array(list(extract.facts), dtype=np.int64))
        for node in tagged[here].tolist():
            facts = said.setdefault(node, set())
            facts.add(extract.facts.get(node, Fact()))
            if len(facts) > 1:
                apart.add(node)
    return apart


def _one_place_each(tables: Sequence[Table], latest: Mapping[int, Seen]) -> Table:
    ids, lon, lat = _stacked(tables)
    first = np.ones(len(ids), dtype=bool)
    first[1:] = np.diff(ids) != 0
    ids, lon, lat = ids[first], lon[first], lat[first]
    for node, seen in sorted(latest.items()):
        at = int(np.searchsorted(ids, node))
        if at < len(ids) and ids[at] == node:
            lon[at], lat[at] = seen.lon, seen.lat
    return ids, lon, lat


# ---- ways ------------------------------------------------------------------------------


def _one_way_each(extracts: Sequence[Extract]) -> tuple[RawRoads, list[int]]:
    """Each way once, by ascending id; and the ids of ways that came in several versions."""
    raw = _end_to_end([extract.raw for extract in extracts])
    version = np.concatenate([extract.way_version for extract in extracts])
    order = np.argsort(raw.way_id, kind="stable")
    first = np.flatnonzero(np.diff(raw.way_id[order], prepend=-1) != 0)
    rows, cuts, later = list[int](), list[Cut | None](), list[int]()
    for group in np.split(order, first[1:]):
        if len(group) == 1:
            rows.append(int(group[0]))
            cuts.append(None)
            continue
        if len(set(version[group].tolist())) > 1:
            later.append(int(raw.way_id[group[0]]))
        newest = group[version[group] == version[group].max()].tolist()
        best = max(newest, key=lambda row: (len(_refs(raw, row)), _content(raw, row)))
        for cut in fullest([_refs(raw, row) for row in newest]):
            rows.append(best)
            cuts.append(cut)
    return _with_cuts(take_ways(raw, np.array(rows, dtype=np.int64)), cuts), later


def _end_to_end(parts: Sequence[RawRoads]) -> RawRoads:
    """Ways of one after ways of the other, nothing merged."""
    counts = np.concatenate([np.diff(part.way_first) for part in parts])
    names = [field.name for field in fields(RawRoads) if field.name != "way_first"]
    joined: dict[str, Any] = {
        name: np.concatenate([getattr(part, name) for part in parts])
        for name in names
        if isinstance(getattr(parts[0], name), np.ndarray)
    }
    first = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
    return replace(parts[0], **joined, way_first=first)


def _refs(raw: RawRoads, row: int) -> Cut:
    return tuple(raw.ref_id[raw.way_first[row] : raw.way_first[row + 1]].tolist())


def _content(raw: RawRoads, row: int) -> str:
    """What is said of a way, to choose between two that claim the same version."""
    said = (raw.way_class, raw.way_form, raw.way_forward, raw.way_backward, raw.way_access_only)
    speeds = (raw.way_forward_kph, raw.way_backward_kph)
    return repr([values[row].item() for values in (*said, *speeds)])


def _with_cuts(raw: RawRoads, cuts: Sequence[Cut | None]) -> RawRoads:
    """The ways with their nodes replaced by those of a cut, where one is given."""
    mine: list[NDArray[np.int64]] = np.split(raw.ref_id, raw.way_first[1:-1])
    refs = [
        own if cut is None else np.array(cut, dtype=np.int64)
        for own, cut in zip(mine, cuts, strict=True)
    ]
    counts = [len(row) for row in refs]
    return replace(
        raw,
        ref_id=np.concatenate(refs),
        way_first=np.concatenate([[0], np.cumsum(counts)]).astype(np.int64),
    )


def fullest(cuts: Iterable[Cut]) -> list[Cut]:
    """One way from the pieces of it that several files keep.

    Pieces that share nodes in the same order are woven into one; what cannot be (two ends whose
    middle no file has) stays a piece of its own, less any stretch already there.
    """
    rest = sorted(set(cuts), key=lambda cut: (-len(cut), cut))
    whole, rest = rest[0], rest[1:]
    while True:
        woven = next(((cut, new) for cut in rest if (new := _woven(whole, cut))), None)
        if woven is None:
            break
        whole = woven[1]
        rest.remove(woven[0])
    pieces = [whole]
    known = {frozenset(pair) for pair in pairwise(whole)}
    for cut in rest:
        for pair in pairwise(cut):
            if frozenset(pair) not in known:
                known.add(frozenset(pair))
                pieces.append(pair)
    return pieces


def _woven(one: Cut, two: Cut) -> Cut | None:
    """Two cuts as one sequence, or None where their order cannot be told."""
    steps = SequenceMatcher(None, one, two, autojunk=False).get_opcodes()
    kinds = {kind for kind, *_ in steps}
    if "equal" not in kinds or "replace" in kinds:
        return None
    return tuple(
        node for kind, a, b, c, d in steps for node in (two[c:d] if kind == "insert" else one[a:b])
    )
