"""The map in a page: folium's, with everything inlined and nothing fetched.

folium makes the map; its links to servers are left out and Leaflet is written into the file
instead. Text from data reaches a page by two doors only: the page template, which escapes it,
and one block of JSON, in which no character can end a script. It never goes through folium's
own elements, which compile their text as a template a second time.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import branca.element
import folium
import folium.template
import markupsafe
from xstatic.pkg import leaflet

from maps.inline import policy, static_text, template
from maps.tables.table import cells

LEAFLET = Path(leaflet.BASE_DIR)
MAP_NAME = "map_plan"
#: The map's own script and its parts, one script in the page.
MAP_SCRIPTS = (
    *("kit.js", "plan.js", "plan_search.js", "plan_wipe.js", "plan_outside.js", "plan_years.js"),
    *("plan_reach.js", "plan_icons.js", "plan_words.js"),
)
LAYERS = ("land", "cells", "roads", "areas", "moves", "buildings", "places")


class OfflineMap(folium.Map):
    """folium's map without the scripts and styles it would fetch from servers.

    The lists are this class's own, so folium's are not touched. The template is plain: no
    viewport that forbids zooming, no text from data.
    """

    default_js: list[tuple[str, str]] = []  # noqa: RUF012 - folium reads it from the class
    default_css: list[tuple[str, str]] = []  # noqa: RUF012
    _template = folium.template.Template(
        """
        {% macro html(this, kwargs) %}
        <div class="folium-map" id="{{ this.get_name() }}"></div>
        {% endmacro %}
        {% macro script(this, kwargs) %}
        const {{ this.get_name() }} = groundplan.start(
            {{ this.get_name()|tojson }}, {{ this.options|tojavascript }});
        {% endmacro %}
        """
    )

    def __init__(self) -> None:
        super().__init__(tiles=None, zoom_control=False, zoom_snap=0.25, zoom_delta=0.5)
        self._name, self._id = MAP_NAME, "0"

    def get_name(self) -> str:
        """A fixed name in place of folium's random one: the same run, the same bytes."""
        return MAP_NAME


class PlanLayer(branca.element.MacroElement):
    """One layer of the plan, drawn by the page's script from the page's data."""

    _template = folium.template.Template(
        """
        {% macro script(this, kwargs) %}
        groundplan.layer({{ this._parent.get_name() }}, {{ this.kind|tojson }});
        {% endmacro %}
        """
    )

    def __init__(self, kind: str) -> None:
        super().__init__()
        self._name, self._id, self.kind = "plan_layer", kind, kind


class PlanFigure(branca.element.Figure):
    """A page with a map in it: everything inlined, every text escaped, nothing fetched."""

    def __init__(
        self,
        page: str,
        context: Mapping[str, Any],
        data: Mapping[str, Any],
        *,
        scripts: Sequence[str] = (),
        styles: Sequence[str] = (),
    ) -> None:
        """Lay out a page.

        Args:
            page: the template's file name.
            context: what the template shows.
            data: everything the scripts draw from.
            scripts: of this package, after the map's own and before the map is started.
            styles: of this package, after the map's own.
        """
        super().__init__()
        self.page, self.context, self.data = page, context, data
        self.scripts, self.styles = scripts, ("plan.css", *styles)

    def render(self, **kwargs: Any) -> str:
        """The page's HTML, with a policy under which only its own scripts may run."""
        for child in self._children.values():
            child.render(**kwargs)
        folium_script = f"\n{self.script.render().strip()}\ngroundplan.ready();\n"
        own = "\n".join(map(static_text, MAP_SCRIPTS))
        scripts = [leaflet_script(), own, *map(static_text, self.scripts), folium_script]
        styles = [leaflet_style(), *map(static_text, self.styles)]
        return template(self.page, {"cells": cells}).render(
            **self.context,
            **inlined(scripts, styles, data=self.data),
            map_html=markupsafe.Markup(self.html.render().strip()),
        )


def with_map(figure: PlanFigure) -> str:
    """The page as text; the same page always gives the same bytes."""
    plan_map = OfflineMap()
    for layer in LAYERS:
        plan_map.add_child(PlanLayer(layer))
    figure.add_child(plan_map)
    return str(figure.render())


def inlined(
    scripts: Sequence[str], styles: Sequence[str], *, data: Mapping[str, Any]
) -> dict[str, Any]:
    """What a page carries in itself, as its template has to be given it.

    For a template that includes ``part_head.html`` (policy and styles) at its head and
    ``part_scripts.html`` (data, then scripts) at its end. Nothing else may run in the page.

    Args:
        scripts: texts of ours, in the order in which they run; none of data.
        styles: texts of ours.
        data: everything the scripts draw from, text from registers included: it goes into a
            block of JSON, which no text can end.

    Returns:
        ``policy``: the Content-Security-Policy that lets these scripts run and nothing be
        fetched; ``scripts`` and ``styles``: as they are, not escaped; ``data``: JSON.

    Raises:
        ValueError: a number in ``data`` is NaN or infinite, which JSON does not have.
    """
    return {
        "policy": policy(scripts),
        "styles": [markupsafe.Markup(css) for css in styles],
        "scripts": [markupsafe.Markup(script) for script in scripts],
        "data": markupsafe.Markup(script_json(data)),
    }


def script_json(value: Any) -> str:
    """JSON that can stand inside a script element whatever text it holds.

    Raises:
        ValueError: a number is NaN or infinite, which JSON does not have.
    """
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return text.encode("utf-8", "replace").decode("utf-8")


@cache
def leaflet_script() -> str:
    """Leaflet's script without the pointer to its source map, which a browser would fetch."""
    lines = (LEAFLET / "leaflet.js").read_text(encoding="utf-8").splitlines()
    return "\n".join(line for line in lines if not line.startswith("//# sourceMappingURL="))


@cache
def leaflet_style() -> str:
    """Leaflet's style with its images written into it."""
    css = (LEAFLET / "leaflet.css").read_text(encoding="utf-8").replace("\r\n", "\n")
    for image in sorted((LEAFLET / "images").glob("*.png")):
        coded = base64.b64encode(image.read_bytes()).decode()
        css = css.replace(f"url(images/{image.name})", f"url(data:image/png;base64,{coded})")
    return css
