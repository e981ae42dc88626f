"""Styles of the map's layers as QGIS reads them (QML), and the table that carries them. Pure.

A GeoPackage with a table `layer_styles` opens in QGIS already drawn: each layer with the style
marked as its default, the others to choose from under the layer's styles. Colours, shapes and
bands are those of the page (`maps.style`).

Source: QGIS user manual, "Save and share layer properties"; the columns of the table are those
that QGIS itself makes when it saves a style into a GeoPackage.
"""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from maps import certainty, style
from maps.qml import (
    DARK,
    PAPER,
    Rule,
    colour,
    document,
    labels_of,
    millimetres,
    outline,
    plain_fill,
    rules_of,
    single,
    symbol,
    symbol_layer,
)

#: Columns of `layer_styles` and their types in SQLite, in order.
COLUMNS: tuple[tuple[str, str], ...] = (
    ("id", "INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL"),
    ("f_table_catalog", "TEXT(256)"),
    ("f_table_schema", "TEXT(256)"),
    ("f_table_name", "TEXT(256)"),
    ("f_geometry_column", "TEXT(256)"),
    ("styleName", "TEXT(30)"),
    ("styleQML", "TEXT"),
    ("styleSLD", "TEXT"),
    ("useAsDefault", "BOOLEAN"),
    ("description", "TEXT"),
    ("owner", "TEXT(30)"),
    ("ui", "TEXT(30)"),
    ("update_time", "DATETIME DEFAULT CURRENT_TIMESTAMP"),
)
LONGEST_NAME = 30
#: Outline of a symbol on the page -> QGIS's marker and its turn in degrees.
MARKERS: Mapping[str, tuple[str, int]] = {
    style.CROSS: ("cross_fill", 45),
    style.DIAMOND: ("diamond", 0),
    style.TRIANGLE: ("triangle", 0),
    style.SQUARE: ("square", 0),
    style.CIRCLE: ("circle", 0),
    style.SMALL_CIRCLE: ("circle", 0),
}
MOVE = "#0b5cad"
#: Names of buildings are drawn from this scale on.
NAMES_FROM_SCALE = 60_000


@dataclass(frozen=True)
class LayerStyle:
    """A style of a layer.

    Attributes:
        layer: name of the layer.
        name: of the style, at most `LONGEST_NAME` characters, unique in its layer.
        qml: the style.
        is_default: whether QGIS draws the layer so when it is opened.
        description: for readers.
    """

    layer: str
    name: str
    qml: str
    is_default: bool
    description: str


def layer_styles(
    standards: Sequence[Mapping[str, Any]], layers: Iterable[str]
) -> tuple[LayerStyle, ...]:
    """The styles of the layers that are there.

    Args:
        standards: as run.json has them; one style of the cells for each, before, after and change.
        layers: names of the layers.
    """
    there = set(layers)
    made = (
        _default("buildings", buildings_qml(), "Buildings by what is proposed"),
        _default("moves", moves_qml(), "Services that move, from old to new"),
        *cells_styles(standards),
        _default("areas", areas_qml(), "Areas by kind"),
        _default("outline", outline_qml(), "The area of the plan"),
        _default("roads", roads_qml(), "Roads by class"),
        _default("places", places_qml(), "Names of places"),
    )
    return tuple(one for one in made if one.layer in there)


def _default(layer: str, qml: str, description: str) -> LayerStyle:
    return LayerStyle(layer, layer, qml, True, description)


# --- the layers --------------------------------------------------------------------------


def buildings_qml() -> str:
    """Buildings by decision: colour and shape, let go drawn above all others; named close by."""
    last = len(style.DECISIONS)
    rules = [
        Rule(f"\"decision\" = '{one.key}'", one.label, _building(one, last - number))
        for number, one in enumerate(style.DECISIONS)
    ]
    rules.append(Rule("", style.OTHER_DECISION.label, _building(style.OTHER_DECISION, 0)))
    names = labels_of("name", size=8, least_scale=NAMES_FROM_SCALE)
    return document(rules_of(rules, levels=True), names)


def _building(one: style.DecisionStyle, level: int) -> ET.Element:
    marker, angle = MARKERS[one.shape]
    edge = DARK if one.colour == PAPER else PAPER
    layer = symbol_layer(
        "SimpleMarker",
        {
            **{"name": marker, "angle": str(angle), "color": colour(one.colour)},
            **{"outline_color": colour(edge), "outline_width": "0.25", "outline_style": "solid"},
            **{"size": millimetres(one.size), "size_unit": "MM", "outline_width_unit": "MM"},
        },
        level=level,
    )
    return symbol("marker", layer)


def moves_qml() -> str:
    """Each service that moves as an arrow from its old building to its new one."""
    head = symbol_layer(
        "SimpleMarker",
        {
            **{"name": "filled_arrowhead", "color": colour(MOVE), "outline_style": "no"},
            **{"size": "4", "size_unit": "MM", "angle": "0"},
        },
    )
    # Halfway, for at its end the head would lie under the building.
    heads = symbol_layer(
        "MarkerLine",
        {"placement": "centralpoint", "rotate": "1"},
        inner=symbol("marker", head, name="@0@1"),
    )
    line = symbol_layer(
        "SimpleLine",
        {"line_color": colour(MOVE), "line_width": "0.4", "line_width_unit": "MM"},
    )
    return document(single(symbol("line", line, heads)))


def areas_qml() -> str:
    """Areas by kind, as outlines only."""
    looks = {
        "district": ("#5b4636", "0.6", "solid"),
        "pilot": ("#7a3e00", "0.5", "dash"),
        "town": ("#4c4c4c", "0.4", "dot"),
        "market": ("#4c4c4c", "0.4", "dash dot"),
        "postcode_district": ("#7d7d7d", "0.3", "dash"),
        "ward": ("#8a8a8a", "0.26", "solid"),
    }
    rules = [
        Rule(f"\"kind\" = '{kind}'", style.AREA_WORDS[kind], symbol("fill", outline(*look)))
        for kind, look in looks.items()
    ]
    rules.append(Rule("", "Other areas", symbol("fill", outline("#8a8a8a", "0.26", "dot"))))
    return document(rules_of(rules))


def outline_qml() -> str:
    """The edge of the plan's area."""
    return document(single(symbol("fill", outline(DARK, "0.6", "solid"))))


def roads_qml() -> str:
    """Roads by class, drawn as quietly as on the page."""
    rules = [
        Rule(f"\"road_class\" = '{name}'", style.words(name), symbol("line", _road(*look[:2])))
        for name, look in style.ROADS.items()
    ]
    rules.append(Rule("", "Other roads", symbol("line", _road(*style.OTHER_ROAD[:2]))))
    return document(rules_of(rules))


def _road(road_colour: str, width_px: float) -> ET.Element:
    return symbol_layer(
        "SimpleLine",
        {
            **{"line_color": colour(road_colour), "line_width": millimetres(width_px)},
            **{"line_width_unit": "MM", "line_style": "solid", "capstyle": "round"},
        },
    )


def places_qml() -> str:
    """Names of places; the places themselves as small dots."""
    dot = symbol_layer(
        "SimpleMarker",
        {"name": "circle", "color": colour(DARK), "outline_style": "no", "size": "0.8"},
    )
    return document(single(symbol("marker", dot)), labels_of("name", size=9))


# --- cells by minutes --------------------------------------------------------------------


def cells_styles(standards: Sequence[Mapping[str, Any]]) -> tuple[LayerStyle, ...]:
    """Styles of the cells, three a standard; after the plan by the first standard is the default.

    Bands are inclusive at their upper edge, those beyond the threshold are hatched as well.
    """
    made: list[LayerStyle] = []
    for number, standard in enumerate(standards, 1):
        title = str(standard["title"])
        for key, words in (("after", "after the plan"), ("before", "today"), ("change", "change")):
            name = f"{number} {key} {standard['standard_id']}"[:LONGEST_NAME]
            qml = _cells_qml(standard, key)
            made.append(LayerStyle("cells", name, qml, not made, f"{title}: {words}"))
    return tuple(made)


def _cells_qml(standard: Mapping[str, Any], key: str) -> str:
    """Cells by a standard's minutes (or miles) ``before`` or ``after``, or by their ``change``."""
    unit = certainty.threshold_unit(standard)
    before, after = (
        _column(f"{standard['standard_id']}_{when}_{unit}") for when in ("before", "after")
    )
    if key == "change":
        value = f"({after} - {before})"
        bands = style.MILE_CHANGE_BANDS if unit == style.MILES else style.CHANGE_BANDS
        none = Rule(f"{before} IS NULL OR {after} IS NULL", style.NO_ROUTE, _cell(None))
    else:
        value = after if key == "after" else before
        bands = style.time_bands(certainty.threshold_of(standard), unit)
        none = Rule(f"{value} IS NULL", style.NO_ROUTE, _cell(None))
    return document(rules_of([*_band_rules(value, bands), none]))


def _column(name: str) -> str:
    """The name of a column as a QGIS expression has it."""
    doubled = name.replace('"', '""')
    return f'"{doubled}"'


def _band_rules(value: str, bands: Sequence[style.Band]) -> list[Rule]:
    rules = []
    below: float | None = None
    for band in bands:
        parts = [f"{value} > {below!r}"] if below is not None else []
        parts += [f"{value} <= {float(band.upto)!r}"] if band.upto is not None else []
        rules.append(Rule(" AND ".join(parts), band.label, _cell(band)))
        below = None if band.upto is None else float(band.upto)
    return rules


def _cell(band: style.Band | None) -> ET.Element:
    """The fill of a band; without one, that of cells with no route."""
    shade = style.NO_ROUTE_COLOUR if band is None else band.colour
    fill = plain_fill(shade, edge="#d8d8d8")
    if band is None or not band.hatched:
        return symbol("fill", fill)
    line = symbol_layer("SimpleLine", {"line_color": colour(DARK, 110), "line_width": "0.18"})
    hatching = symbol_layer(
        "LinePatternFill",
        {"angle": "45", "distance": "1.8", "distance_unit": "MM", "line_width": "0.18"},
        inner=symbol("line", line, name="@0@1"),
    )
    return symbol("fill", fill, hatching)
