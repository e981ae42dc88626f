"""The columns of every layer, written once: names, kinds, units, limits, defaults and aliases.

Everything that reads, checks, describes or documents a layer asks this module, so that a
column is added in exactly one place. Nothing here touches data.

Kinds of column:
    ``text``     free text, trimmed; missing = ``""``
    ``id``       an identifier, always text (``00123`` keeps its noughts); missing = ``""``
    ``slug``     lower-case words joined by ``_`` (``Children's centre`` -> ``childrens_centre``)
    ``slugs``    slugs joined by ``;``; missing = ``""``
    ``number``   float64; missing = NaN
    ``integer``  a whole number, held as float64; missing = NaN
    ``boolean``  bool; missing = the column's default
    ``date``     datetime64; missing = NaT
    ``dates``    ISO dates joined by ``;``; missing = ``""``
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import Any

NUMERIC_KINDS = ("number", "integer")
TEXT_KINDS = ("text", "id", "slug", "slugs", "dates")
RANGE_SUFFIXES = ("_low", "_high")
AREA_KINDS = ("pilot", "town", "ward", "district", "market")
EMERGENCY_SERVICES = ("fire", "police", "ambulance")
ASSET_TYPES = (
    "advice_centre", "ambulance_station", "childrens_centre", "community_hall", "day_centre",
    "fire_station", "health_centre", "hub", "land", "leisure_centre", "library", "office", "other",
    "police_station", "register_office", "school", "town_hall",
)  # fmt: skip
SERVICE_TYPES = (
    "adult_learning", "advice", "ambulance", "childrens_centre", "customer_access", "day_centre",
    "fire", "health", "library", "office", "police", "register_office",
)  # fmt: skip


#: What a unit of a service type is called in front of readers.
SERVICE_WORDS: Mapping[str, str] = {
    "fire": "Fire crew",
    "police": "Police team",
    "ambulance": "Ambulance crew",
    "library": "Library",
    "childrens_centre": "Children's centre",
    "register_office": "Register office",
    "adult_learning": "Adult learning",
    "day_centre": "Day centre",
    "advice": "Advice service",
    "customer_access": "Customer access point",
    "office": "Office staff",
    "health": "Health service",
}


@dataclass(frozen=True)
class Column:
    """One column of a layer.

    Attributes:
        name: canonical name, with its unit (``running_cost_gbp_pa``).
        kind: see the module's list of kinds.
        doc: what it means, one line.
        required: the column must be there and every cell filled.
        default: value of a blank cell; ``None`` = missing (NaN, NaT or ``""`` by kind).
        unit: unit in words, for the data dictionary.
        allowed: the only values allowed, if there is a closed list.
        usual: values commonly seen; others are accepted, near misses are pointed out.
        minimum, maximum: inclusive limits of a number.
        conditional: when the column is needed, in words (checked in `assets.checks`).
        aliases: headings of published registers that mean exactly this column.
        ranged: ``<name>_low`` and ``<name>_high`` are always there after the build.
    """

    name: str
    kind: str
    doc: str
    required: bool = False
    default: str | float | bool | None = None
    unit: str = ""
    allowed: tuple[str, ...] = ()
    usual: tuple[str, ...] = ()
    minimum: float | None = None
    maximum: float | None = None
    conditional: str = ""
    aliases: tuple[str, ...] = ()
    ranged: bool = False

    @property
    def numeric(self) -> bool:
        """Whether the column holds numbers."""
        return self.kind in NUMERIC_KINDS


@dataclass(frozen=True)
class Layer:
    """One layer: its columns, its key and its geometry.

    Attributes:
        name: ``buildings``, ``services`` ...
        key: column whose values identify a row; ``""`` where a pair does (compatibility).
        geometry: ``point``, ``polygon`` or ``""``.
        needed: an estate cannot be built without it.
        row: what one row is, in words.
        columns: canonical columns in order.
        open_columns: other numeric columns are carried along (demand weights).
    """

    name: str
    key: str
    geometry: str
    needed: bool
    row: str
    columns: tuple[Column, ...]
    open_columns: bool = False

    def column(self, name: str) -> Column:
        """The column called ``name``, where ``x_low`` and ``x_high`` follow their column ``x``.

        Raises:
            KeyError: no such column.
        """
        found = self.find(name)
        if found is None:
            raise KeyError(f"{self.name} has no column {name!r}")
        return found

    def find(self, name: str) -> Column | None:
        """As `column`, but ``None`` when there is no such column."""
        return _columns_by_name(self.name).get(name)

    @property
    def names(self) -> tuple[str, ...]:
        """Canonical names in order, without the optional ``_low`` and ``_high``."""
        return tuple(column.name for column in self.columns)


@cache
def _columns_by_name(layer_name: str) -> Mapping[str, Column]:
    """Every name a layer knows, ``_low``/``_high`` of its numbers included -> column."""
    layer = LAYERS[layer_name]
    known = {column.name: column for column in layer.columns}
    for column in layer.columns:
        if column.numeric and column.name not in PLACE_COLUMNS:
            for suffix in RANGE_SUFFIXES:
                known.setdefault(
                    column.name + suffix,
                    Column(
                        column.name + suffix,
                        "number",
                        f"{suffix[1:]} estimate of {column.name}",
                        unit=column.unit,
                        minimum=column.minimum,
                        maximum=column.maximum,
                    ),
                )
    return MappingProxyType(known)


def heading_key(heading: str) -> str:
    """A heading with case, spaces and punctuation taken out, so that spellings compare equal."""
    return re.sub(r"[^a-z0-9]+", "", str(heading).lower())


@cache
def headings(layer_name: str) -> Mapping[str, tuple[str, int]]:
    """Heading key -> (canonical name, preference); 0 = the name itself, then aliases in order."""
    layer = LAYERS[layer_name]
    known: dict[str, tuple[str, int]] = {}
    for name in _columns_by_name(layer_name):
        known.setdefault(heading_key(name), (name, 0))
    for column in layer.columns:
        for rank, alias in enumerate(column.aliases, start=1):
            known.setdefault(heading_key(alias), (column.name, rank))
    return MappingProxyType(known)


PLACE_COLUMNS = ("easting", "northing", "lon", "lat")
_PLACE = (
    Column("easting", "number", "British National Grid easting (EPSG:27700)", unit="m",
           conditional="easting and northing, or lon and lat, or a geometry",
           aliases=("X", "X_COORDINATE", "Eastings", "STATION_EASTING", "bng_e", "OSGB_X")),
    Column("northing", "number", "British National Grid northing (EPSG:27700)", unit="m",
           conditional="with easting",
           aliases=("Y", "Y_COORDINATE", "Northings", "STATION_NORTHING", "bng_n", "OSGB_Y")),
    Column("lon", "number", "longitude (WGS84), used where easting is blank", unit="degrees",
           conditional="with lat", aliases=("longitude", "long", "lng")),
    Column("lat", "number", "latitude (WGS84), used where northing is blank", unit="degrees",
           conditional="with lon", aliases=("latitude",)),
)  # fmt: skip
_WITHIN = (
    Column("ward_code", "id", "ward; blank = found from the ward areas",
           aliases=("wd22cd", "wd23cd", "wd24cd")),
    Column("area_id", "id", "pilot area; blank = found from the pilot areas",
           aliases=("pilot_area",)),
    Column("town_id", "id", "town; blank = found from the town areas"),
    Column("district_id", "id", "district; blank = found from the district areas",
           aliases=("lad22cd", "lad23cd", "lad24cd")),
)  # fmt: skip
_TRAIL = (
    Column("source_ref", "text", "where the row's figures come from; `assumed` = a default table"),
    Column("as_at", "text", "date the row describes"),
    Column("conflict_note", "text", "what sources disagree about"),
)


def _gbp(name: str, doc: str, *, unit: str = "", **more: Any) -> Column:
    """A money column: pounds, not negative; ``_pa`` is per year."""
    unit = unit or ("£ a year" if name.endswith("_pa") else "£")
    return Column(name, "number", doc, unit=unit, minimum=0.0, **more)


def _count(name: str, doc: str, **more: Any) -> Column:
    """A weight of a demand point: people, households, incidents; not negative."""
    return Column(name, "number", doc, unit="count", minimum=0.0, **more)


# fmt: off
_BUILDINGS = (
    Column("asset_id", "id", "the owner's identifier", required=True,
           aliases=("Unique asset identity", "AssetCode", "Asset ID", "Asset reference")),
    Column("uprn", "id", "unique property reference number, up to 12 digits",
           aliases=("Unique property reference number",)),
    Column("name", "text", "name people know it by", required=True,
           aliases=("PropertyName", "Asset name", "STATION_NAME", "Building name",
                    "Name of the building/land")),
    Column("owner", "text", "body that owns or holds it", required=True,
           aliases=("OrganisationLabel", "FRS_FULLNAME", "Holding organisation")),
    Column("asset_type", "slug", "use of the building", required=True, usual=ASSET_TYPES),
    *_PLACE,
    Column("postcode", "text", "postcode", aliases=("Post code", "STATION_POSTCODE")),
    *_WITHIN,
    Column("tenure", "slug", "how it is held", required=True, aliases=("TenureType",),
           allowed=("freehold", "leasehold", "licence", "other")),
    Column("tenure_category", "text", "Transparency Code status of the tenure",
           aliases=("TenureDetail",)),
    Column("status", "slug", "operational, vacant, surplus, or a site that could be built",
           required=True, allowed=("operational", "vacant", "surplus", "candidate")),
    Column("gia_m2", "number", "gross internal area", required=True, unit="m²", minimum=0.0,
           aliases=("GIA", "Gross internal area m2", "Gross internal area")),
    Column("capacity_m2", "number", "service space it can hold, what is in it now included",
           unit="m²", minimum=0.0, conditional="hosts and candidates; blank = takes in nobody"),
    Column("condition_grade", "text", "A good, B satisfactory, C poor, D bad",
           allowed=("A", "B", "C", "D")),
    Column("survey_date", "date", "date of the condition survey"),
    _gbp("backlog_gbp_p1", "urgent repairs"),
    _gbp("backlog_gbp_p2", "repairs due within 2 years"),
    _gbp("backlog_gbp_p3", "repairs due within 3 to 5 years"),
    _gbp("backlog_gbp_p4", "repairs due beyond 5 years"),
    Column("suitability", "text", "functional suitability"),
    Column("accessible", "boolean", "usable by disabled people; blank = not known to be",
           default=False),
    Column("epc", "text", "energy rating", aliases=("EnergyRating",)),
    Column("tco2e_pa", "number", "carbon from energy", unit="t CO₂e a year", minimum=0.0),
    _gbp("running_cost_gbp_pa", "what it costs to run and maintain", required=True,
         aliases=("Total building operation (revenue) costs",)),
    _gbp("income_gbp_pa", "rents and other income of the building"),
    _gbp("market_value_gbp", "receipt expected in alternative use, before costs of sale",
         ranged=True, conditional="if it may be disposed of; blank = no receipt"),
    _gbp("book_value_gbp", "balance-sheet value; never used as a receipt"),
    Column("valuation_basis", "text", "basis of the valuation"),
    Column("disposal_cost_pct", "number", "costs of sale, share of the receipt", unit="%",
           minimum=0.0, maximum=100.0),
    Column("months_to_sell", "number", "from vacation to receipt", unit="months", minimum=0.0),
    Column("market_area", "id", "market for property; blank = found from the market areas"),
    _gbp("build_capex_gbp", "cost of building it", conditional="candidates"),
    _gbp("extension_gbp_per_m2", "cost of adding a square metre", unit="£ per m²"),
    Column("extension_max_m2", "number", "space that can be added", unit="m²", minimum=0.0),
    Column("decision_lock", "slug", "what the plan may do with it", default="free",
           allowed=("free", "retain", "close", "host_only", "no_host")),
    Column("lock_reason", "text", "why it is locked"),
    Column("in_scope", "boolean", "whether the plan may decide about it", default=True),
    Column("confidential", "boolean", "its money is left out of public pages", default=False),
    Column("constraints", "text", "listed, acv, clawback ... separated by `;`"),
    Column("remaining_life_yr", "number", "useful life left", unit="years", minimum=0.0),
    *_TRAIL,
)
_SERVICES = (
    Column("unit_id", "id", "identifier of the service unit", required=True),
    Column("name", "text", "name people know it by"),
    Column("service_type", "slug", "what it delivers", required=True, usual=SERVICE_TYPES),
    Column("asset_id", "id", "building it sits in now", required=True),
    Column("operator", "text", "body that runs it", required=True),
    Column("mode", "slug", "how it is delivered", default="full",
           allowed=("full", "outreach", "mobile")),
    Column("space_m2", "number", "space it needs", required=True, unit="m²", minimum=0.0),
    Column("users_pa", "number", "users or visits", unit="a year", minimum=0.0),
    _gbp("income_gbp_pa", "income of the service"),
    _gbp("service_cost_gbp_pa", "cost of the service, building excluded"),
    _gbp("move_cost_gbp", "one-off cost of moving it"),
    Column("host_types", "slugs", "asset types it may move to, separated by `;`; blank = any host"),
    Column("lock", "slug", "whether it may move", default="free", allowed=("free", "stay")),
    Column("lock_reason", "text", "why it is locked"),
    Column("duty_system", "slug", "crewing of a fire unit", conditional="fire",
           allowed=("wholetime", "day_crewed", "on_call", "self_rostered")),
    Column("turnout_s", "number", "alert to leaving; blank = default of the duty system",
           unit="s", minimum=0.0, maximum=3600.0),
    Column("vehicles", "integer", "vehicles; blank = 1 for fire, police and ambulance",
           unit="count", minimum=0.0),
    Column("availability_day_pct", "number", "share of day hours it can turn out", unit="%",
           minimum=0.0, maximum=100.0),
    Column("availability_night_pct", "number", "share of night hours it can turn out", unit="%",
           minimum=0.0, maximum=100.0),
    Column("over_border", "boolean", "serves here but is not ours to move", default=False,
           aliases=("OverBorder",)),
    *_TRAIL,
)
_COMPATIBILITY = (
    Column("service_a", "slug", "one service type", required=True),
    Column("service_b", "slug", "the other; the order of the two does not matter", required=True),
    Column("rule", "slug", "may the two share a building", required=True,
           allowed=("allowed", "conditional", "forbidden")),
    _gbp("cost_gbp", "one-off cost of sharing", conditional="conditional rules"),
    Column("note", "text", "why"),
    *_TRAIL,
)
_LEASES = (
    Column("asset_id", "id", "building held on the lease", required=True),
    Column("start", "date", "first day", aliases=("Start Date",)),
    Column("expiry", "date", "last day", required=True, aliases=("Expiry Date",)),
    Column("break_dates", "dates", "dates it may be ended early, separated by `;`"),
    Column("break_notice_months", "number", "notice needed for a break", unit="months",
           minimum=0.0),
    _gbp("break_penalty_gbp", "payment on a break", aliases=("Break penalty",)),
    _gbp("annual_rent_gbp", "rent", unit="£ a year", aliases=("Annual rent",)),
    _gbp("dilapidations_gbp", "payment for repairs at the end"),
    *_TRAIL,
)
_DEMAND = (
    Column("demand_id", "id", "identifier of the place (an ONS area code, say)", required=True,
           aliases=("oa21cd", "oa11cd", "lsoa21cd", "lsoa11cd", "oacd", "lsoacd",
                    "id", "site_id", "asset_id")),
    Column("name", "text", "name of the place", aliases=("lsoa21nm", "lsoa11nm")),
    *_PLACE,
    _count("population", "people", required=True,
           aliases=("Population (Total)", "Total population", "all_ages")),
    _count("households", "households"),
    _count("no_car_households", "households without a car or van"),
    _count("under_5", "people under five"),
    _count("over_65", "people of 65 or more"),
    Column("imd_decile", "integer", "deprivation decile, 1 most deprived", minimum=1.0,
           maximum=10.0),
    Column("rural_urban", "slug", "urban or rural", allowed=("urban", "rural")),
    *_WITHIN,
    *_TRAIL,
)
_AREAS = (
    Column("area_id", "id", "identifier, unique over all kinds", required=True),
    Column("name", "text", "name people know it by", required=True),
    Column("kind", "slug", "what kind of area", required=True, allowed=AREA_KINDS),
    *_TRAIL,
)
# fmt: on

LAYERS: Mapping[str, Layer] = MappingProxyType(
    {
        layer.name: layer
        for layer in (
            Layer("buildings", "asset_id", "point", True, "a building or site", _BUILDINGS),
            Layer("services", "unit_id", "", True, "a service unit in a building", _SERVICES),
            Layer("demand", "demand_id", "point", True, "a place with people", _DEMAND, True),
            Layer("areas", "area_id", "polygon", False, "an area", _AREAS),
            Layer("compatibility", "", "", False, "a pair of service types", _COMPATIBILITY),
            Layer("leases", "asset_id", "", False, "the lease of a building", _LEASES),
        )
    }
)


def weights(layer: Layer) -> tuple[str, ...]:
    """Columns of ``layer`` that count people or things (the known weights of demand)."""
    return tuple(column.name for column in layer.columns if column.unit == "count")


def dictionary_markdown() -> str:
    """The data dictionary of every layer as Markdown tables (documentation is made from it)."""
    return "\n\n".join(_layer_markdown(layer) for layer in LAYERS.values()) + "\n"


def _layer_markdown(layer: Layer) -> str:
    """One layer's table: column, need, kind, unit, limits, meaning, other headings."""
    lines = [
        f"### {layer.name}",
        "",
        f"A row is {layer.row}." + (f" Geometry: {layer.geometry}." if layer.geometry else ""),
        "",
        "| column | need | kind | unit | values | meaning | also read from |",
        "|---|---|---|---|---|---|---|",
    ]
    for column in layer.columns:
        cells = (f"`{column.name}`", _need(column), column.kind, column.unit, _values(column),
                 column.doc, ", ".join(column.aliases))  # fmt: skip
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def _need(column: Column) -> str:
    """Required, conditional (with the condition) or optional (with the default)."""
    if column.required:
        return "required"
    if column.conditional:
        return f"conditional: {column.conditional}"
    if column.default is None:
        return "optional"
    return f"optional, blank = {str(column.default).lower()}"


def _values(column: Column) -> str:
    """Allowed values or limits, in words."""
    if column.allowed:
        return ", ".join(column.allowed)
    if column.usual:
        return ", ".join(column.usual) + " ..."
    low, high = column.minimum, column.maximum
    if low is not None and high is not None:
        return f"{low:g} to {high:g}"
    return f"{low:g} or more" if low is not None else ""
