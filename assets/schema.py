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
    ``boolean``  bool; missing = the column's default. Without a default text: true, false or blank
    ``date``     datetime64; missing = NaT
    ``dates``    ISO dates joined by ``;``; missing = ``""``
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from types import MappingProxyType
from typing import Any

from assets.naming import aliases, words
from assets.naming.aliases import spread

NUMERIC_KINDS = ("number", "integer")
TEXT_KINDS = ("text", "id", "slug", "slugs", "dates")
_ALIASES_SHOWN = 12
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
        words: published words (as slugs) that mean exactly one of ``allowed`` or ``usual``.
        absence: what a blank costs, completing "without it ..." (``""`` = it is only shown).
        pattern: what a cell of the column looks like (a regular expression, case ignored), by
            which `assets.naming.headings` chooses where a heading may mean several columns.
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
    words: tuple[tuple[str, str], ...] = ()
    absence: str = ""
    pattern: str = ""

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
        successive: several rows may have one key, one after the other in time (leases).
        geometry: ``point``, ``polygon`` or ``""``.
        needed: an estate cannot be built without it.
        row: what one row is, in words.
        columns: canonical columns in order.
        open_columns: other numeric columns are carried along (demand weights).
        helpers: text columns of sources that are no columns of the layer but from which some
            are made (``street``, ``x`` and ``y`` of either kind, ``holding_type`` ...).
    """

    name: str
    key: str
    geometry: str
    needed: bool
    row: str
    columns: tuple[Column, ...]
    open_columns: bool = False
    helpers: tuple[Column, ...] = ()
    successive: bool = False

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
    return _PUNCTUATION.sub("", str(heading).lower())


_PUNCTUATION = re.compile(r"[^a-z0-9]+")


def _spelt_out(heading: str) -> str:
    """A heading with its signs as words: ``65+`` is 65 and over, ``&`` is and, ``m²`` is m2."""
    plain = unicodedata.normalize("NFKC", str(heading))
    return plain.replace("+", " and over ").replace("&", " and ").replace("%", " pct ")


def meaning_key(heading: str) -> str:
    """As `heading_key`, with the signs that carry a meaning kept as words."""
    return heading_key(_spelt_out(heading))


@cache
def meanings(layer_name: str) -> Mapping[str, tuple[tuple[str, int], ...]]:
    """Every column and helper a heading may mean, the better first.

    Returns:
        `meaning_key` of the heading -> (column, preference) pairs; preference 0 is the column's
        own name, then its aliases in order.
    """
    layer = LAYERS[layer_name]
    known: dict[str, dict[str, int]] = {}
    for name in _columns_by_name(layer_name):  # _low and _high among them
        known.setdefault(meaning_key(name), {}).setdefault(name, 0)
    for column in (*layer.columns, *layer.helpers):
        known.setdefault(meaning_key(column.name), {}).setdefault(column.name, 0)
        written = [one for alias in column.aliases for one in spread(alias)]
        for rank, alias in enumerate(written, start=1):
            known.setdefault(meaning_key(alias), {}).setdefault(column.name, rank)
    return MappingProxyType(
        {
            key: tuple(sorted(found.items(), key=lambda item: min(item[1], 1)))
            for key, found in known.items()
        }
    )


@cache
def headings(layer_name: str) -> Mapping[str, tuple[str, int]]:
    """Heading key -> (canonical name, preference); 0 = the name itself, then aliases in order.

    Where a heading may mean several columns it is the first of `meanings`.
    """
    return MappingProxyType({key: found[0] for key, found in meanings(layer_name).items()})


#: Columns of a source that a layer carries along under its own heading, and nothing reads.
CARRIED = "src_"
PLACE_COLUMNS = ("easting", "northing", "lon", "lat")
_PLACE = (
    Column("easting", "number", "British National Grid easting (EPSG:27700)", unit="m",
           conditional="easting and northing, or lon and lat, or a geometry"),
    Column("northing", "number", "British National Grid northing (EPSG:27700)", unit="m",
           conditional="with easting"),
    Column("lon", "number", "longitude (WGS84), used where easting is blank", unit="degrees",
           conditional="with lat"),
    Column("lat", "number", "latitude (WGS84), used where northing is blank", unit="degrees",
           conditional="with lon"),
)  # fmt: skip
#: Of capital cost (Green Book supplementary guidance on optimism bias) and of receipts.
BUILDING_CLASSES = ("standard", "non_standard")
RECEIPT_CONFIDENCES = ("high", "medium", "low")
PRECISIONS = ("surveyed", "postcode", "area")
_PRECISION = Column(
    "place_precision",
    "slug",
    "how the place is known; blank = as the source gives it",
    allowed=PRECISIONS,
)
_ADDRESS = Column("address", "text", "postal address")
_ADDRESS_HELPERS = (
    Column("address_1", "text", "first line"),
    Column("address_2", "text", "second line"),
    Column("address_3", "text", "third line"),
    Column("street_number", "text", "number in the street"),
    Column("street", "text", "street"),
    Column("locality", "text", "part of the town"),
    Column("post_town", "text", "post town"),
)
_PLACE_HELPERS = (
    Column("coordinates", "text", "both coordinates, or a National Grid reference, in one cell"),
)
_USE_HELPERS = (
    Column("holding_type", "text", "land, building or both"),
    Column("use", "text", "what it is used for, in the source's words"),
    Column("use_2", "text", "further words of the source on what it is"),
    Column("classification", "text", "BLPU classification code"),
    Column("closed", "text", "year or date of closing"),
    Column("required_maintenance", "text", "cost of repairs due, not split by urgency"),
)
_PEOPLE_HELPERS = (
    Column("geography", "text", "kind of area the row is of (OA, LSOA ...)"),
    Column("sex", "text", "whom the row counts: persons, females or males"),
)
_WITHIN = (
    Column("ward_code", "id", "ward; blank = found from the ward areas"),
    Column("area_id", "id", "pilot area; blank = found from the pilot areas"),
    Column("town_id", "id", "town; blank = found from the town areas"),
    Column("district_id", "id", "district; blank = found from the district areas"),
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
_BUILDINGS_PLAIN = (
    Column("asset_id", "id", "the owner's identifier", required=True),
    Column("uprn", "id", "unique property reference number, up to 12 digits"),
    Column("name", "text", "name people know it by", required=True),
    Column("owner", "text", "body that owns or holds it", required=True),
    Column("asset_type", "slug", "use of the building", required=True, usual=ASSET_TYPES),
    _ADDRESS,
    *_PLACE,
    Column("postcode", "text", "postcode"),
    _PRECISION,
    *_WITHIN,
    Column("tenure", "slug", "how it is held", required=True,
           allowed=("freehold", "leasehold", "licence", "other")),
    Column("tenure_category", "text", "Transparency Code status of the tenure"),
    Column("status", "slug", "operational, vacant, surplus, or a site that could be built",
           required=True, allowed=("operational", "vacant", "surplus", "candidate")),
    Column("gia_m2", "number", "gross internal area", required=True, unit="m²", minimum=0.0),
    Column("site_area_ha", "number", "area of the site", unit="ha", minimum=0.0),
    Column("capacity_m2", "number", "service space it can hold, what is in it now included",
           unit="m²", minimum=0.0, conditional="hosts and candidates; blank = takes in nobody"),
    Column("vehicle_bays", "integer", "appliance or vehicle bays; blank = no limit is known",
           unit="bays", minimum=0.0),
    Column("capacity_sessions_pw", "number", "sessions it can hold; blank = no limit is known",
           unit="a week", minimum=0.0),
    Column("condition_grade", "text", "A good, B satisfactory, C poor, D bad",
           allowed=("A", "B", "C", "D")),
    Column("survey_date", "date", "date of the condition survey"),
    _gbp("backlog_gbp_p1", "urgent repairs"),
    _gbp("backlog_gbp_p2", "repairs due within 2 years"),
    _gbp("backlog_gbp_p3", "repairs due within 3 to 5 years"),
    _gbp("backlog_gbp_p4", "repairs due beyond 5 years"),
    _gbp("works_gbp", "works that would bring it to a satisfactory condition; blank = its backlog"),
    _gbp("planned_maintenance_gbp", "maintenance planned beside its backlog, avoided if it is let "
         "go; told apart from the value of a plan"),
    Column("suitability", "text", "functional suitability"),
    Column("accessible", "boolean", "usable by disabled people; blank = nobody says"),
    Column("epc", "text", "energy rating"),
    Column("tco2e_pa", "number", "carbon from energy", unit="t CO₂e a year", minimum=0.0),
    _gbp("running_cost_gbp_pa", "what it costs to run and maintain", required=True),
    _gbp("income_gbp_pa", "rents and other income of the building"),
    _gbp("market_value_gbp", "receipt expected in alternative use, before costs of sale",
         ranged=True, conditional="if it may be disposed of; blank = no receipt"),
    Column("receipt_confidence", "slug", "how sure its receipt is; the scenario says what is taken "
           "off a receipt of each kind", allowed=RECEIPT_CONFIDENCES),
    _gbp("book_value_gbp", "balance-sheet value; never used as a receipt"),
    Column("valuation_basis", "text", "basis of the valuation"),
    Column("disposal_cost_pct", "number", "costs of sale, share of the receipt", unit="%",
           minimum=0.0, maximum=100.0),
    Column("months_to_sell", "number", "from vacation to receipt", unit="months", minimum=0.0),
    Column("market_area", "id", "market for property; blank = found from the market areas"),
    _gbp("build_capex_gbp", "cost of building it", conditional="candidates"),
    _gbp("grant_gbp", "grant that comes with building it"),
    _gbp("clawback_gbp", "grant to be repaid when its present use ends"),
    Column("building_class", "slug", "what its capital cost is like, for optimism bias: standard, "
           "or of special design or on a hard site; blank = the scenario's one figure",
           allowed=BUILDING_CLASSES),
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
_SERVICES_PLAIN = (
    Column("unit_id", "id", "identifier of the service unit", required=True),
    Column("name", "text", "name people know it by"),
    Column("service_type", "slug", "what it delivers", required=True, usual=SERVICE_TYPES),
    Column("asset_id", "id", "building it sits in now", required=True),
    Column("operator", "text", "body that runs it", required=True),
    Column("mode", "slug", "how it is delivered", default="full",
           allowed=("full", "outreach", "mobile")),
    Column("space_m2", "number", "space it needs", required=True, unit="m²", minimum=0.0),
    Column("sessions_pw", "number", "sessions it takes of its building; blank = none",
           unit="a week", minimum=0.0),
    Column("users_pa", "number", "users or visits", unit="a year", minimum=0.0),
    _gbp("income_gbp_pa", "income of the service"),
    _gbp("service_cost_gbp_pa", "cost of the service, building excluded"),
    _gbp("move_cost_gbp", "one-off cost of moving it"),
    _gbp("one_off_gbp", "revenue paid once when it moves, is withdrawn or becomes an outreach, "
         "such as redundancy or double running"),
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
    Column("over_border", "boolean", "serves here but is not ours to move", default=False),
    *_TRAIL,
)
_COMPATIBILITY_PLAIN = (
    Column("service_a", "slug", "one service type", required=True),
    Column("service_b", "slug", "the other; the order of the two does not matter", required=True),
    Column("rule", "slug", "may the two share a building", required=True,
           allowed=("allowed", "conditional", "forbidden")),
    _gbp("cost_gbp", "one-off cost of sharing", conditional="conditional rules"),
    Column("note", "text", "why"),
    *_TRAIL,
)
_LEASES_PLAIN = (
    Column("asset_id", "id", "building held on the lease", required=True),
    Column("start", "date", "first day"),
    Column("expiry", "date", "last day", required=True),
    Column("break_dates", "dates", "dates it may be ended early, separated by `;`"),
    Column("break_notice_months", "number", "notice needed for a break", unit="months",
           minimum=0.0),
    _gbp("break_penalty_gbp", "payment on a break"),
    _gbp("annual_rent_gbp", "rent", unit="£ a year"),
    _gbp("dilapidations_gbp", "payment for repairs at the end"),
    *_TRAIL,
)
_DEMAND_PLAIN = (
    Column("demand_id", "id", "identifier of the place (an ONS area code, say)", required=True),
    Column("name", "text", "name of the place"),
    *_PLACE,
    _PRECISION,
    _count("population", "people", required=True),
    _count("households", "households"),
    _count("no_car_households", "households without a car or van"),
    _count("under_5", "people under five"),
    _count("over_65", "people of 65 or more"),
    Column("imd_decile", "integer", "deprivation decile, 1 most deprived", minimum=1.0,
           maximum=10.0),
    Column("rural_urban", "slug", "urban or rural", allowed=("urban", "rural")),
    *_WITHIN,
    Column("postcode_district", "id", "first half of its postcode, such as DT1, for standards "
           "held in every postcode district"),
    *_TRAIL,
)
_AREAS_PLAIN = (
    Column("area_id", "id", "identifier, unique over all kinds", required=True),
    Column("name", "text", "name people know it by", required=True),
    Column("kind", "slug", "what kind of area", required=True, allowed=AREA_KINDS),
    *_TRAIL,
)
# fmt: on

#: What the cells of a column look like; it decides nothing but which column a heading means.
_PATTERNS: Mapping[str, str] = {
    "name": r".*[^\W\d_].*",
    "owner": r".*[^\W\d_]{3}.*",
    "operator": r".*[^\W\d_]{3}.*",
    "uprn": r"[0-9]{1,12}(\.0+)?|[0-9](\.[0-9]+)?E\+?[0-9]+",
    "postcode": r"[A-Z]{1,2}[0-9][A-Z0-9]?\s*([0-9]([A-Z]{1,2})?)?",
    "coordinates": r"[(]?[NSEW]? ?[-+]?[0-9]+([.,'][0-9]+)* ?°? ?[NSEW]? ?[,;/| ] ?[NSEW]? ?"
    r"[-+]?[0-9]+([.,'][0-9]+)* ?°? ?[NSEW]?[)]?|[HJNOST][A-HJ-Z] ?[0-9][0-9 ]{1,12}|"
    r"(SRID=[0-9]+;)? ?POINT ?Z? ?[(].*",
    "classification": r"[CLMOPRUXZ][A-Z]?([0-9]{1,2}([A-Z]{1,2}[0-9]{0,2})?)?",
    "holding_type": r"(the )?"
    r"((land|sites?|buildings?|property|properties|both|plot|structure|premises)"
    r"( (only|and/or|and|or|with|without))?[\s&/,+-]*)+",
    "tenure_category": r".*(occupied|lease|let\b|licen[cs]e|vacant|void|empty|tenan|sub-?let).*|"
    r"other",
    "ward_code": r"[EW]05[0-9]{6}|[SN]\d{8}|[0-9]{2}[A-Z]{2}[A-Z]{2}",
    "district_id": r"(E0[6-9]|W06|S12|N09)[0-9]{6}",
    "closed": r".*(1[89]|20)[0-9]{2}.*|[0-9]{1,2}[/.-][0-9]{1,2}[/.-][0-9]{2}",
    "geography": r"OAS?|[LM]SOAS?|WARDS?|LADS?|LTLAS?|"
    r".*(output area|district|region|country|zone).*",
    "sex": r"(all )?(persons?|people)|all|both.*|total|(fe)?males?|(wo)?m[ae]n|[fmpt]|[012]",
}  # fmt: skip
_WORDS: Mapping[str, words.Words] = {
    "tenure": words.TENURE,
    "status": words.STATUS,
    "duty_system": words.DUTY_SYSTEM,
    "rural_urban": words.RURAL_URBAN,
    "condition_grade": words.CONDITION,
    "asset_type": words.USE,
    "service_type": words.SERVICE,
    "receipt_confidence": words.CONFIDENCE,
    "building_class": words.BUILDING_CLASS,
}
#: What a blank costs, where the planner needs the figure, by layer.
_ABSENCE: Mapping[str, Mapping[str, str]] = {
    "buildings": {
        "asset_id": "a building cannot be named, nor services, leases and decisions tied to it",
        "name": "readers see an identifier instead of a place",
        "owner": "receipts, savings and costs cannot be put to a partner",
        "asset_type": "figures by type and hosts by type cannot be used",
        "easting": "a building has no place: it is out of the model, with the services in it",
        "lon": "a building has no place unless it has an easting",
        "postcode": "a missing or wrong place cannot be found or checked by postcode",
        "uprn": "two lists of the same buildings can be matched by name and place only",
        "tenure": "it is unknown whether a building can be sold or only handed back",
        "status": "it is unknown whether a building is in use, empty or for sale",
        "gia_m2": "space, capacity and costs by area cannot be worked out",
        "capacity_m2": "a building takes in no service from elsewhere",
        "running_cost_gbp_pa": "closing a building saves nothing that can be counted",
        "market_value_gbp": "selling a building brings in nothing in the plan",
        "condition_grade": "condition is shown to nobody and decides nothing",
        "backlog_gbp_p1": "urgent repairs count as nil",
        "backlog_gbp_p2": "repairs due within 2 years count as nil",
        "backlog_gbp_p3": "repairs due within 3 to 5 years count as nil",
        "backlog_gbp_p4": "repairs due beyond 5 years count as nil",
        "build_capex_gbp": "a candidate site cannot be priced",
        "planned_maintenance_gbp": "only the backlog shows as maintenance avoided",
        "receipt_confidence": "every receipt is taken to be as sure as the next",
        "site_area_ha": "land is not shown by size",
        "epc": "energy ratings are not shown",
    },
    "services": {
        "unit_id": "a service unit cannot be named",
        "service_type": "it is unknown what a unit delivers and which standards it serves",
        "asset_id": "a unit sits in no building and serves nobody",
        "operator": "costs and consent cannot be put to a partner",
        "space_m2": "it is unknown where a unit would fit",
        "users_pa": "the number of people affected by a move is not shown",
        "duty_system": "a fire unit's turnout is that of a default crew",
        "turnout_s": "the default turnout of the duty system is used",
        "vehicles": "one vehicle is assumed, so a second attendance may be missed",
        "move_cost_gbp": "moving a unit costs what the scenario says by default",
    },
    "stations": {
        "station_id": "a station cannot be named",
        "easting": "a station has no place: it is out of the model and serves nobody",
    },
    "demand": {
        "demand_id": "people cannot be tied to a place",
        "easting": "people have no place, and cover cannot be measured",
        "population": "people are not counted",
        "households": "standards weighted by households cannot be set",
        "no_car_households": "standards for households without a car cannot be set",
        "under_5": "standards for young children cannot be set",
        "over_65": "standards for older people cannot be set",
        "imd_decile": "standards for the most deprived places cannot be set",
        "rural_urban": "urban and rural standards cannot be told apart",
        "ward_code": "the ward is found from the ward areas, if there are any",
    },
    "areas": {
        "area_id": "an area cannot be named",
        "name": "readers see a code instead of a place",
        "kind": "it is unknown which standards are measured over an area",
    },
    "leases": {
        "asset_id": "a lease belongs to no building",
        "expiry": "a lease seems to run for ever, so leaving saves no rent at its end",
        "break_dates": "a lease can be left at its end only",
        "annual_rent_gbp": "the rent saved by leaving is nil",
        "dilapidations_gbp": "leaving costs nothing in repairs",
    },
}


def _dressed(
    columns: Iterable[Column], layer: str, *tables: Mapping[str, tuple[str, ...]]
) -> tuple[Column, ...]:
    """Columns with their other headings (of all tables), words, patterns and cost of a blank."""
    absence = _ABSENCE.get(layer, {})
    return tuple(
        replace(
            column,
            aliases=tuple(dict.fromkeys(h for t in tables for h in t.get(column.name, ()))),
            words=_WORDS.get(column.name, ()),
            pattern=_PATTERNS.get(column.name, ""),
            absence=absence.get(column.name, ""),
        )
        for column in columns
    )


_COMMON = (aliases.PLACE, aliases.ADDRESS, aliases.USE, aliases.WITHIN, aliases.TRAIL)
_BUILDINGS = _dressed(_BUILDINGS_PLAIN, "buildings", aliases.BUILDINGS, *_COMMON)
_SERVICES = _dressed(_SERVICES_PLAIN, "services", aliases.SERVICES, aliases.TRAIL)
_LEASES = _dressed(_LEASES_PLAIN, "leases", aliases.LEASES, aliases.TRAIL)
_COMPATIBILITY = _dressed(_COMPATIBILITY_PLAIN, "compatibility", aliases.COMPATIBILITY)
_DEMAND = _dressed(_DEMAND_PLAIN, "demand", aliases.DEMAND, aliases.PLACE, aliases.TRAIL)
_AREAS = _dressed(_AREAS_PLAIN, "areas", aliases.AREAS, aliases.TRAIL)
_BUILDING_HELPERS = _dressed(
    (*_ADDRESS_HELPERS, *_PLACE_HELPERS, *_USE_HELPERS), "", *_COMMON
)  # fmt: skip
_DEMAND_HELPERS = _dressed((*_PEOPLE_HELPERS, *_PLACE_HELPERS), "", aliases.DEMAND, aliases.PLACE)

#: Columns of a station that its building has, and those its unit has; the rest is the station's.
_NOT_OF_STATIONS = {"asset_id", "unit_id", "name", "service_type", "operator", "income_gbp_pa"}


def _stations() -> tuple[Column, ...]:
    """A station is a building and the unit in it: the columns of both, few of them required."""
    unit = {c.name: c for c in _SERVICES}
    building = {c.name: c for c in _BUILDINGS}
    both = unit | building
    identity = (*aliases.STATIONS["station_id"], *building["asset_id"].aliases)
    service = (*aliases.STATIONS["service_type"], *unit["service_type"].aliases)
    own = (
        Column("station_id", "id", "the owner's identifier", required=True, aliases=identity,
               absence=_ABSENCE["stations"]["station_id"]),
        replace(building["name"], doc="name people know it by"),
        replace(unit["service_type"], aliases=service),
        Column("operator", "text", "body that runs it; blank = the owner",
               aliases=unit["operator"].aliases, pattern=unit["operator"].pattern),
    )  # fmt: skip
    rest = [
        replace(c, required=c.name == "owner",
                absence=_ABSENCE["stations"].get(c.name, c.absence))
        for c in both.values()
        if c.name not in _NOT_OF_STATIONS
    ]  # fmt: skip
    return (*own, *rest)


_STATIONS = _stations()


def _identity_helpers() -> tuple[Column, ...]:
    """What a list of services says of each one's building, by which the building is found."""
    wanted = ("uprn", "address", "easting", "northing", "lon", "lat", "postcode", "owner",
              "asset_type")  # fmt: skip
    named = {column.name: column for column in _BUILDINGS}
    return tuple(replace(named[name], kind="text", required=False) for name in wanted)


LAYERS: Mapping[str, Layer] = MappingProxyType(
    {
        layer.name: layer
        for layer in (
            Layer(
                "buildings",
                "asset_id",
                "point",
                True,
                "a building or site",
                _BUILDINGS,
                helpers=_BUILDING_HELPERS,
            ),
            Layer(
                "services",
                "unit_id",
                "",
                True,
                "a service unit in a building",
                _SERVICES,
                helpers=(*_identity_helpers(), *_BUILDING_HELPERS),
            ),
            Layer(
                "stations",
                "station_id",
                "point",
                False,
                "a building with one unit in it: a fire, police or ambulance station, a library",
                _STATIONS,
                helpers=_BUILDING_HELPERS,
            ),
            Layer(
                "demand",
                "demand_id",
                "point",
                True,
                "a place with people",
                _DEMAND,
                True,
                helpers=_DEMAND_HELPERS,
            ),
            Layer("areas", "area_id", "polygon", False, "an area", _AREAS),
            Layer("compatibility", "", "", False, "a pair of service types", _COMPATIBILITY),
            Layer(
                "leases", "asset_id", "", False, "a lease of a building", _LEASES, successive=True
            ),  # fmt: skip
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
    for column in (*layer.columns, *layer.helpers):
        need = _need(column) if column in layer.columns else "read by import only"
        cells = (f"`{column.name}`", need, column.kind, column.unit, _values(column),
                 column.doc, _also(column))  # fmt: skip
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def _also(column: Column) -> str:
    """The first few other headings of a column, and how many more there are."""
    shown = ", ".join(column.aliases[:_ALIASES_SHOWN])
    more = len(column.aliases) - _ALIASES_SHOWN
    return f"{shown} and {more} more" if more > 0 else shown


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
