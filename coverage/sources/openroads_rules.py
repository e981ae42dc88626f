"""What OS Open Roads says of a link, in Groundplan's classes, for a car, a crew and on foot.

Pure functions on columns; nothing here reads a file. The rules, in one place:

* **Class.** Motorway; A Road: ``trunk`` on the primary route network or the trunk road network
  (as OpenStreetMap has it in Great Britain), else ``primary``; B Road ``secondary``; Classified
  Unnumbered ``tertiary``. All others go by function: Minor Road ``unclassified``; Local Road
  ``residential`` in built-up areas and ``unclassified`` (a lane) outside them; Local Access Road
  ``residential`` where the highway authority's, else ``service``; Restricted Local Access and
  Secondary Access Road ``service``.
* **Form.** A Slip Road is the link class of its class; a Roundabout a roundabout; a Dual or
  Collapsed Dual Carriageway dual; a Shared Use Carriageway ``living_street``; an Enclosed Traffic
  Area, a Layby or a Service Road ``service``; a Track ``track``; a Guided Busway ``busway``.
* **Who.** Cars use all but Guided Busways and Tracks, which crews may use; on roads with
  restricted access they begin or end a journey and do not pass through. People on foot use all
  but motorways and busways.
* **Both ways.** There are no one-way streets in the source, so every link is open both ways, the
  carriageways of motorways and dual carriageways and roundabouts too.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from assets.issues import Issue
from coverage.network import Bools, Mask, RoadNetwork
from coverage.osm import ALL_MODES, BLUE, CLASS_INDEX, DUAL, MOTOR, ROUNDABOUT, SINGLE, WALK

Words = NDArray[np.object_]

_BY_CLASS = {
    "motorway": "motorway",
    "a road": "primary",
    "b road": "secondary",
    "classified unnumbered": "tertiary",
}
_BY_FUNCTION = {
    "motorway": "motorway",
    "a road": "primary",
    "b road": "secondary",
    "minor road": "unclassified",
    "local road": "residential",
    "local access road": "service",
    "restricted local access road": "service",
    "secondary access road": "service",
    "restricted secondary access road": "service",
    "shared use road": "living_street",
}
_NO_CLASS = ("unclassified", "not classified", "unknown", "")
_RESTRICTED = ("restricted local access road", "restricted secondary access road")
_FORMS = {
    "single carriageway": "",
    "dual carriageway": "",
    "collapsed dual carriageway": "",
    "roundabout": "",
    "slip road": "",
    "traffic island link": "",
    "traffic island link at junction": "",
    "": "",
    "shared use carriageway": "living_street",
    "enclosed traffic area": "service",
    "enclosed traffic area link": "service",
    "layby": "service",
    "service road": "service",
    "track": "track",
    "guided busway": "busway",
}
_DUAL_FORMS = ("dual carriageway", "collapsed dual carriageway")
_CODES: Mapping[str, tuple[str, ...]] = {
    "road_classification": (*_BY_CLASS, *_NO_CLASS),
    "road_function": (*_BY_FUNCTION, ""),
    "form_of_way": tuple(_FORMS),
}
_YES = ("true", "1", "yes", "t", "y")
_LAST_LINKED = CLASS_INDEX["tertiary"]


@dataclass(frozen=True, eq=False)
class Coded:
    """A column of words as codes: the words once, in lower case, and a number per row.

    Attributes:
        words: every word that occurs, unique.
        row: position in ``words`` of each row, int64[rows].
    """

    words: tuple[str, ...]
    row: NDArray[np.int64]

    def look_up(self, table: Mapping[str, str], default: str = "") -> Words:
        """Each row's entry in ``table``."""
        found = np.array([table.get(word, default) for word in self.words], dtype=object)
        return found[self.row]

    def among(self, words: tuple[str, ...]) -> Bools:
        """Which rows hold one of the words."""
        return np.array([word in words for word in self.words], dtype=bool)[self.row]


@dataclass(frozen=True, eq=False)
class LinkRules:
    """What the links' columns come to: one entry per link.

    Attributes:
        road_class: index into `ROAD_CLASSES`, uint8.
        form: `SINGLE`, `DUAL` or `ROUNDABOUT`, uint8.
        modes: who may use it, both ways (bit mask), uint8.
        access_only: cars begin or end a journey there, and do not pass through, bool.
        local: Local Roads, which are lanes outside built-up areas, bool.
    """

    road_class: Mask
    form: Mask
    modes: Mask
    access_only: Bools
    local: Bools


def link_rules(columns: Mapping[str, Coded]) -> LinkRules:
    """Class, form and modes of each link from its coded columns.

    Args:
        columns: road_classification, road_function, form_of_way, primary_route, trunk_road.
    """
    form_of_way = columns["form_of_way"]
    road_class = _class(columns)
    named = form_of_way.look_up(_FORMS)
    minor = road_class > _LAST_LINKED
    for name in sorted({str(word) for word in _FORMS.values() if word}):
        over = (named == name) & (minor | (name == "busway"))
        road_class[over] = CLASS_INDEX[name]
    slip = form_of_way.among(("slip road",)) & ~minor
    road_class[slip] += 1  # each of these classes is followed by its link class
    form = np.full(len(road_class), SINGLE, dtype=np.uint8)
    form[form_of_way.among(_DUAL_FORMS) & (road_class <= CLASS_INDEX["secondary"])] = DUAL
    form[form_of_way.among(("roundabout",))] = ROUNDABOUT
    local = columns["road_function"].among(("local road",))
    local &= road_class == CLASS_INDEX["residential"]
    restricted = columns["road_function"].among(_RESTRICTED)
    restricted &= road_class == CLASS_INDEX["service"]
    return LinkRules(road_class, form, _modes(road_class), restricted, local)


def _class(columns: Mapping[str, Coded]) -> Mask:
    given, function = columns["road_classification"], columns["road_function"]
    name = given.look_up(_BY_CLASS)
    name = np.where(name == "", function.look_up(_BY_FUNCTION, "unclassified"), name)
    main = columns["primary_route"].among(_YES) | columns["trunk_road"].among(_YES)
    name[(name == "primary") & main] = "trunk"
    adopted = given.among(("unclassified",)) & function.among(("local access road",))
    name[adopted] = "residential"
    words, row = np.unique(name.astype(str), return_inverse=True)
    return np.array([CLASS_INDEX[word] for word in words], dtype=np.uint8)[row]


def _modes(road_class: Mask) -> Mask:
    modes = np.full(len(road_class), ALL_MODES, dtype=np.uint8)
    modes[road_class == CLASS_INDEX["track"]] = BLUE | WALK
    modes[road_class == CLASS_INDEX["busway"]] = BLUE
    modes[road_class <= CLASS_INDEX["motorway_link"]] = MOTOR
    return modes


def lanes_told_from_streets(network: RoadNetwork, local_ways: NDArray[np.int64]) -> RoadNetwork:
    """The network with its Local Roads outside built-up areas as lanes (``unclassified``).

    Args:
        network: with every Local Road a ``residential`` street, as built-up areas are known by.
        local_ways: way ids of the Local Roads, ascending.
    """
    lane = np.uint8(CLASS_INDEX["unclassified"])
    rural = np.isin(network.link_way, local_ways) & ~network.link_urban
    link_class = np.where(rural, lane, network.link_class)
    at = np.searchsorted(network.way_id, network.link_way)
    ways = len(network.way_id)
    out_m = np.bincount(at, weights=network.link_length_m * rural, minlength=ways)
    all_m = np.bincount(at, weights=network.link_length_m, minlength=ways)
    way_class = np.where((out_m > 0) & (2 * out_m >= all_m), lane, network.way_class)
    return replace(network, link_class=link_class, way_class=way_class)


def unknown_words(columns: Mapping[str, Coded]) -> tuple[Issue, ...]:
    """A warning for each column that holds words the rules do not know."""
    issues = []
    for name, known in _CODES.items():
        column = columns[name]
        count = np.bincount(column.row, minlength=len(column.words))
        odd = sorted(
            (word, int(n)) for word, n in zip(column.words, count, strict=True) if word not in known
        )
        if odd:
            issues.append(_unknown(name, odd))
    return tuple(issues)


def _unknown(column: str, odd: list[tuple[str, int]]) -> Issue:
    links = sum(number for _, number in odd)
    taken = "single carriageway" if column == "form_of_way" else "unknown"
    return Issue(
        "roads.openroads_unknown_value",
        f"{links:,} links have a {column} that Groundplan does not know; read as {taken}",
        ids=tuple(word for word, _ in odd),
        remedy="check that the column was not renamed or translated",
        layer="roads",
        severity="warning",
    )


def what_it_lacks(source: str) -> Issue:
    """The warning that goes with every network from OS Open Roads."""
    return Issue(
        "roads.openroads_lacks",
        f"{source} is OS Open Roads, which holds no one-way streets, turn restrictions, speed "
        "limits, traffic signals, barriers, footpaths or place names: every road is taken as open "
        "both ways, speeds come from class and built-up area alone, walks keep to roads; drive "
        "times in towns tend to be short",
        remedy="calibrate the profile, or use an OpenStreetMap extract",
        layer="roads",
        severity="warning",
    )
