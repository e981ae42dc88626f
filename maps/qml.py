"""The parts of a style as QGIS writes it (QML): symbols, rules, labels. Pure.

Source: files that QGIS 3.22 saves and reads; every text goes in through an XML writer.
"""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

#: Oldest QGIS that the styles are written for.
VERSION = "3.22.0"
#: Millimetres on paper of a pixel on the page.
MM_PER_PX = 0.2646
DARK, PAPER = "#22303a", "#ffffff"


@dataclass(frozen=True)
class Rule:
    """One class of a layer: which features, how they are called and how they are drawn.

    Attributes:
        where: a QGIS expression; "" is every other feature.
        label: in the legend.
        symbol: made by `symbol`, its name set by the renderer.
    """

    where: str
    label: str
    symbol: ET.Element


def document(renderer: ET.Element, labels: ET.Element | None = None) -> str:
    """A whole style.

    Args:
        renderer: which features are drawn how.
        labels: what is written beside them; None writes nothing.
    """
    categories = "Symbology" if labels is None else "Symbology|Labeling"
    root = ET.Element(
        "qgis",
        {
            **{"version": VERSION, "styleCategories": categories},
            **({} if labels is None else {"labelsEnabled": "1"}),
        },
    )
    root.append(renderer)
    if labels is not None:
        root.append(labels)
    ET.indent(root, space=" ")
    heading = "<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>\n"
    return heading + ET.tostring(root, encoding="unicode") + "\n"


def symbol(kind: str, *layers: ET.Element, name: str = "0") -> ET.Element:
    """A symbol of a kind (marker, line, fill) from its layers, the first at the bottom."""
    made = ET.Element(
        "symbol",
        {"type": kind, "name": name, "alpha": "1", "clip_to_extent": "1", "force_rhr": "0"},
    )
    made.extend(layers)
    return made


def symbol_layer(
    kind: str,
    options: Mapping[str, str],
    *,
    inner: ET.Element | None = None,
    level: int = 0,
) -> ET.Element:
    """One layer of a symbol.

    Args:
        kind: QGIS's class of it.
        options: its properties as QGIS writes them.
        inner: the symbol that it is made of, where it has one.
        level: those of a higher one are drawn above.
    """
    made = ET.Element("layer", {"class": kind, "enabled": "1", "locked": "0", "pass": str(level)})
    told = ET.SubElement(made, "Option", {"type": "Map"})
    for name, value in options.items():
        ET.SubElement(told, "Option", {"name": name, "type": "QString", "value": value})
    if inner is not None:
        made.append(inner)
    return made


def colour(hexadecimal: str, opacity: int = 255) -> str:
    """``#b0003a`` → ``176,0,58,255``."""
    parts = [int(hexadecimal[n : n + 2], 16) for n in (1, 3, 5)]
    return ",".join(str(part) for part in (*parts, opacity))


def millimetres(pixels: float) -> str:
    """Pixels on the page as millimetres on paper, to two decimals."""
    return f"{pixels * MM_PER_PX:.2f}"


def plain_fill(shade: str, *, edge: str) -> ET.Element:
    """An even fill with a thin edge; with an edge of "" none."""
    return symbol_layer(
        "SimpleFill",
        {
            **{"color": colour(shade), "style": "solid", "joinstyle": "bevel"},
            **{"outline_color": colour(edge or shade), "outline_width": "0.1"},
            **{"outline_style": "solid" if edge else "no", "outline_width_unit": "MM"},
        },
    )


def outline(edge: str, width_mm: str, line: str) -> ET.Element:
    """An edge without a fill."""
    return symbol_layer(
        "SimpleFill",
        {
            **{"color": colour(PAPER), "style": "no", "joinstyle": "bevel"},
            **{"outline_color": colour(edge), "outline_width": width_mm},
            **{"outline_style": line, "outline_width_unit": "MM"},
        },
    )


def _renderer(kind: str, *, levels: bool = False) -> ET.Element:
    return ET.Element(
        "renderer-v2",
        {
            **{"type": kind, "symbollevels": "1" if levels else "0"},
            **{"forceraster": "0", "enableorderby": "0"},
        },
    )


def single(drawn: ET.Element) -> ET.Element:
    """Every feature alike."""
    made = _renderer("singleSymbol")
    ET.SubElement(made, "symbols").append(drawn)
    return made


def rules_of(rules: Sequence[Rule], *, levels: bool = False) -> ET.Element:
    """Features by rule; a rule without a condition takes those that no other takes."""
    made = _renderer("RuleRenderer", levels=levels)
    root = ET.SubElement(made, "rules", {"key": "{groundplan}"})
    symbols = ET.SubElement(made, "symbols")
    for number, rule in enumerate(rules):
        where = rule.where or "ELSE"
        told = {"filter": where, "label": rule.label, "symbol": str(number)}
        ET.SubElement(root, "rule", {"key": f"{{groundplan-{number}}}", **told})
        rule.symbol.set("name", str(number))
        symbols.append(rule.symbol)
    return made


def labels_of(column: str, *, size: int, least_scale: int = 0) -> ET.Element:
    """Names from a column, with a pale edge so that they can be read on any ground.

    Args:
        column: that holds the names.
        size: in points.
        least_scale: 60,000 draws them at 1 : 60,000 and closer; 0 always.
    """
    labels = ET.Element("labeling", {"type": "simple"})
    told = ET.SubElement(labels, "settings", {"calloutType": "simple"})
    text = ET.SubElement(
        told,
        "text-style",
        {
            **{"fieldName": column, "isExpression": "0", "fontSize": str(size)},
            **{"fontSizeUnit": "Point", "textColor": colour(DARK), "textOpacity": "1"},
        },
    )
    ET.SubElement(
        text,
        "text-buffer",
        {
            **{"bufferDraw": "1", "bufferSize": "0.8", "bufferSizeUnits": "MM"},
            **{"bufferColor": colour(PAPER), "bufferOpacity": "1"},
        },
    )
    ET.SubElement(told, "placement", {"placement": "6", "dist": "1", "distUnits": "MM"})
    scale = {"scaleVisibility": "1" if least_scale else "0", "scaleMin": "0"}
    ET.SubElement(told, "rendering", {**scale, "scaleMax": str(least_scale), "drawLabels": "1"})
    return labels
