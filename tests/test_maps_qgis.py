"""Styles for QGIS: well-formed, every feature drawn once, bands inclusive, texts escaped."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maps import qgis, qml, style

STANDARD = {
    "standard_id": "fire_10",
    "title": "Fire engine within 10 minutes",
    "threshold_min": 10.0,
    "mode": "blue_light",
}
MILES = {
    **{"standard_id": "post_1", "title": "Post office within a mile", "threshold": 1.0},
    **{"threshold_unit": "miles", "threshold_min": None, "mode": "straight_line"},
}
LAYERS = ("buildings", "moves", "cells", "areas", "outline", "roads", "places")


def styles(*standards: dict[str, Any]) -> tuple[qgis.LayerStyle, ...]:
    """Styles of every layer."""
    return qgis.layer_styles(standards or (STANDARD,), LAYERS)


def parsed(text: str) -> ET.Element:
    """A style as XML, without its document type."""
    heading, rest = text.split("\n", 1)
    assert heading == "<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>"
    return ET.fromstring(rest)


def of(layer: str, *standards: dict[str, Any]) -> ET.Element:
    """The default style of a layer."""
    (found,) = [s for s in styles(*standards) if s.layer == layer and s.is_default]
    return parsed(found.qml)


def options(layer: ET.Element) -> dict[str, str]:
    """Properties of a symbol's layer."""
    return {o.attrib["name"]: o.attrib["value"] for o in layer.findall("Option/Option")}


def rules(root: ET.Element) -> list[tuple[str, str, ET.Element]]:
    """Condition, label and symbol of every rule."""
    symbols = {s.attrib["name"]: s for s in root.findall("renderer-v2/symbols/symbol")}
    return [
        (r.attrib["filter"], r.attrib["label"], symbols[r.attrib["symbol"]])
        for r in root.findall("renderer-v2/rules/rule")
    ]


def test_the_table_of_styles_has_the_columns_that_qgis_makes() -> None:
    assert [name for name, _ in qgis.COLUMNS] == [
        *("id", "f_table_catalog", "f_table_schema", "f_table_name", "f_geometry_column"),
        *("styleName", "styleQML", "styleSLD", "useAsDefault", "description", "owner", "ui"),
        "update_time",
    ]


def test_each_layer_has_one_default_and_names_that_fit_and_differ() -> None:
    found = styles(STANDARD, MILES)
    for layer in LAYERS:
        mine = [s for s in found if s.layer == layer]
        assert sum(s.is_default for s in mine) == 1
        assert len({s.name for s in mine}) == len(mine)
        assert all(len(s.name) <= qgis.LONGEST_NAME for s in mine)


def test_long_names_of_standards_stay_apart() -> None:
    long = [{**STANDARD, "standard_id": f"{'a' * 40}_{n}"} for n in range(12)]
    names = [s.name for s in qgis.cells_styles(long)]
    assert len(set(names)) == 36


def test_layers_that_are_not_there_get_no_style() -> None:
    assert {s.layer for s in qgis.layer_styles([], ["areas", "cells"])} == {"areas"}


def test_every_style_is_one_document_with_a_symbol_for_every_rule() -> None:
    for one in styles(STANDARD, MILES):
        root = parsed(one.qml)
        assert root.tag == "qgis"
        assert root.find("renderer-v2/symbols/symbol") is not None
        for _, label, symbol in rules(root):
            assert label
            assert symbol.findall("layer")


def test_buildings_differ_in_colour_and_shape_as_on_the_page() -> None:
    found = rules(of("buildings"))
    assert [label for _, label, _ in found][:-1] == [d.label for d in style.DECISIONS]
    looks = []
    for look, (where, _, symbol) in zip(style.DECISIONS, found, strict=False):
        assert where == f"\"decision\" = '{look.key}'"
        (layer,) = symbol.findall("layer")
        told = options(layer)
        assert told["color"] == qml.colour(look.colour)
        looks.append((told["name"], told["angle"], told["color"]))
    assert len(set(looks)) == len(looks)
    assert found[-1][0] == "ELSE"


def test_a_building_let_go_is_drawn_above_all_others() -> None:
    root = of("buildings")
    assert root.find("renderer-v2[@symbollevels='1']") is not None
    levels = [int(s.findall("layer")[0].attrib["pass"]) for _, _, s in rules(root)]
    assert levels == sorted(levels, reverse=True)
    assert len(set(levels)) == len(levels)


def test_a_move_points_the_way_it_goes() -> None:
    layers = of("moves").findall("renderer-v2/symbols/symbol/layer")
    assert [layer.attrib["class"] for layer in layers] == ["SimpleLine", "MarkerLine"]
    head = layers[1].find("symbol/layer")
    assert head is not None
    assert options(head)["name"] == "filled_arrowhead"
    assert options(layers[1])["rotate"] == "1"


def holds(where: str, minutes: float | None) -> bool:
    """What QGIS makes of a rule of the cells: comparisons with nothing are not true."""
    if "IS NULL" in where:
        return minutes is None
    if minutes is None:
        return False
    tests = re.findall(r'"[^"]+" (>|<=) ([0-9.]+)', where)
    assert tests
    return all(minutes > float(v) if sign == ">" else minutes <= float(v) for sign, v in tests)


@given(st.one_of(st.none(), st.floats(0, 200)))
def test_every_cell_is_drawn_by_exactly_one_rule(minutes: float | None) -> None:
    found = [label for where, label, _ in rules(of("cells")) if holds(where, minutes)]
    assert len(found) == 1
    assert (found[0] == style.NO_ROUTE) == (minutes is None)


@pytest.mark.parametrize(("minutes", "hatched"), [(9.999, False), (10.0, False), (10.001, True)])
def test_a_cell_exactly_at_the_threshold_is_within_it(minutes: float, hatched: bool) -> None:
    (symbol,) = [s for where, _, s in rules(of("cells")) if holds(where, minutes)]
    classes = [layer.attrib["class"] for layer in symbol.findall("layer")]
    assert ("LinePatternFill" in classes) is hatched


def test_cells_are_drawn_before_after_and_by_change_of_every_standard() -> None:
    found = [s for s in styles(STANDARD, MILES) if s.layer == "cells"]
    assert [s.name for s in found] == [
        *("1 after fire_10", "1 before fire_10", "1 change fire_10"),
        *("2 after post_1", "2 before post_1", "2 change post_1"),
    ]
    columns = [{c for w, _, _ in rules(parsed(s.qml)) for c in re.findall(r'"(\w+)"', w)}
               for s in found]  # fmt: skip
    assert columns == [
        *({"fire_10_after_min"}, {"fire_10_before_min"}),
        {"fire_10_after_min", "fire_10_before_min"},
        *({"post_1_after_miles"}, {"post_1_before_miles"}),
        {"post_1_after_miles", "post_1_before_miles"},
    ]


HOSTILE = "\"<b>&'--><script>alert(1)</script>"


def test_texts_of_the_data_cannot_break_out_of_a_style() -> None:
    bad = {**STANDARD, "standard_id": HOSTILE, "title": HOSTILE}
    for one in styles(bad):
        text = one.qml
        assert "<script" not in text
        assert parsed(text).tag == "qgis"
    where = rules(of("cells", bad))[0][0]
    column = HOSTILE.replace('"', '""')
    assert where.startswith(f'"{column}_after_min" <= ')


def test_names_of_buildings_are_drawn_from_a_scale_on_and_those_of_places_always() -> None:
    found = {name: of(name).find("labeling/settings/rendering") for name in ("buildings", "places")}
    near, always = found["buildings"], found["places"]
    assert near is not None
    assert always is not None
    # QGIS calls the largest denominator the greatest scale.
    assert (near.attrib["scaleVisibility"], near.attrib["scaleMax"]) == ("1", "60000")
    assert always.attrib["scaleVisibility"] == "0"
    text = of("buildings").find("labeling/settings/text-style")
    assert text is not None
    assert text.attrib["fieldName"] == "name"


def test_areas_leave_the_ground_to_the_cells() -> None:
    for _, _, symbol in rules(of("areas")):
        (layer,) = symbol.findall("layer")
        assert options(layer)["style"] == "no"


def test_colours_are_written_as_qgis_reads_them() -> None:
    assert qml.colour("#b0003a") == "176,0,58,255"
    assert qml.colour("#ffffff", 110) == "255,255,255,110"
