"""Rows that are none: notes, totals, repeats, parts, chattels, what has closed. Pure.

A row is set aside only where the row itself (or the rows beside it) proves it; all its cells
are kept in the trail. Each rule gives a mask; the first rule that hits a row names the reason.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property, partial
from types import MappingProxyType

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from assets.cells import Text, as_text, filled, holds, iso_date, numbers, slug
from assets.issues import Issue
from assets.mending.repairs import is_not_available, known_columns, labels, quoted
from assets.schema import PLACE_COLUMNS, Layer, heading_key, headings

Mask = npt.NDArray[np.bool_]

#: Layers whose rows can close, and the one whose rows can be something other than property.
CLOSING = ("buildings", "stations", "services")
PROPERTY = "buildings"
#: Fewer rows than this prove nothing about sums and about what is usual.
FEW_ROWS = 5
#: Rows that tell roughly how many different cells a column has.
SAMPLE = 5000
LONGEST_HEADING = 80
OFTEN = 0.1
_WHEREABOUTS = (*PLACE_COLUMNS, "coordinates", "postcode", "uprn")
#: Columns that `assets.mending.coordinates` may change.
COORDINATE_COLUMNS = (*PLACE_COLUMNS, "coordinates", "place_precision")
_ADDED_UP = ("m²", "ha", "£", "£ a year", "count", "a year", "t CO₂e a year")

_TOTAL = re.compile(
    r"(?:(?:grand|overall|sub|report|column)[ -]?)?(?:totals?|sums?)"
    r"(?:\s*[:=(–-].*|\s+(?:of|for|number|no\.?|assets?|buildings?|sites?|properties|stations?|"
    r"rows|records|count|population|persons|people|area|gia|value|cost)\b.*)?",
    re.I,
)

_PERSONS = ("persons", "person", "all_persons", "all_people", "people", "all", "total", "both",
            "both_sexes", "all_sexes", "persons_total", "p", "t")  # fmt: skip
_FEMALES = ("females", "female", "women", "f")
_MALES = ("males", "male", "men", "m")

_CHATTELS = (
    "work_of_art works_of_art artwork artworks art public_art art_collection painting paintings "
    "portrait portraits sculpture sculptures statue statues chattel chattels moveable_asset "
    "movable_asset vehicle vehicles fleet_vehicle plant_and_equipment plant_and_machinery "
    "vehicles_plant_and_equipment vehicles_plant_furniture_and_equipment equipment furniture "
    "furniture_and_equipment it_equipment ict_equipment regalia civic_regalia mayoral_regalia "
    "silverware museum_collection museum_exhibit museum_exhibits"
)
_CHATTEL_TYPES = frozenset(_CHATTELS.split())
#: Services on wheels: they have a depot at most, and that is not what the row is of.
_MOBILE_TYPES = frozenset({"mobile_library", "mobile_libraries", "mobile"})
_ART = (
    r"(?:the |a )?(?:(?:framed|bronze|marble|stone|silver|gold|gilt|ceremonial|mayoral|mayor['’]?s|"
    r"civic|oil|large|small|pair of|set of|collection of|two|three)\s+)*"
)
#: Phrases nothing but a chattel begins with.
_PLAINLY = re.compile(
    _ART + r"(?:oil paintings?|paintings? (?:of|by)|portraits? (?:of|by)|watercolou?rs? (?:of|by)|"
    r"busts? of|works? of art|artworks?|art collection|chains? of office|mayoral chains?|"
    r"civic regalia|mayoral regalia|museum collection|oil on canvas)\b",
    re.I,
)
#: Words that may begin the name of a place, too.
_PERHAPS = re.compile(
    _ART + r"(?:paintings?|portraits?|watercolou?rs?|engravings?|etchings?|tapestr(?:y|ies)|"
    r"sculptures?|statues?|statuettes?|busts?|figurines?|maces?|regalia|silverware|"
    r"minibus(?:es)?|fire engines?|fire appliances?|refuse (?:collection )?vehicles?|gritters?|"
    r"tractors?|trailers?|ride-on mowers?|forklifts?(?: trucks?)?|vehicles?|vans?|pianos?)\b",
    re.I,
)
#: A quick look before the slow one: stems of all the words above.
_ANY_CHATTEL = (
    "paint|portrait|watercolo|bust|art|chain|regalia|museum|canvas|engraving|etching|tapestr|"
    "sculpt|statue|figurine|mace|silver|minibus|engine|appliance|vehicle|gritter|tractor|trailer|"
    "mower|forklift|van|piano"
)
_LAND_WORDS = re.compile(
    r"\b(?:librar\w*|parks?|stations?|houses?|cent(?:re|er)s?|schools?|academy|college|land|"
    r"grounds?|roads?|streets?|lanes?|avenue|drive|close|way|terrace|gardens?|museums?|galler\w*|"
    r"studios?|halls?|depots?|stores?|storage|cottages?|court|lodge|offices?|workshops?|garages?|"
    r"rooms?|yards?|sheds?|inn|buildings?|barns?|farms?|works|estate|units?|flats?|sites?|"
    r"compounds?|bays?|plots?|fields?|woods?|church\w*|chapel|cemetery|hotel|theatre|shops?|"
    r"pavilion|club\w*|block|hub|tower|bridge|wharf|mills?|green|square|recreation|allotments?)\b",
    re.I,
)
_YEAR = re.compile(r"(?<![0-9])(1[89][0-9]{2}|20[0-9]{2}|21[0-9]{2})(?![0-9])")
_SPAN = re.compile(r"(20[0-9]{2}|19[0-9]{2})\s*[/–-]\s*([0-9]{2}|[0-9]{4})")
_HAS_CLOSED = ("yes", "y", "true", "1", "closed", "permanently_closed", "demolished")
_IS_OPEN = ("no", "n", "false", "0", "open", "not_closed")


@dataclass(frozen=True)
class View:
    """A frame as its rules see it; text of a column is made once, when a rule asks for it.

    Attributes:
        layer: whose frame.
        frame: the cells.
        names: every column but the geometry.
        shapes: geometries, ``None`` without any.
    """

    layer: Layer
    frame: pd.DataFrame
    names: tuple[str, ...]
    shapes: npt.NDArray[np.object_] | None = None
    made: dict[str, pd.Series] = field(default_factory=dict)
    full: dict[str, Mask] = field(default_factory=dict)

    def text(self, name: str) -> pd.Series:
        """A column as text; all blank where the source lacks it."""
        if name not in self.made:
            blank = pd.Series("", index=self.frame.index, dtype=object)
            self.made[name] = as_text(self.frame[name]) if name in self.names else blank
        return self.made[name]

    def texts_of(self, rows: Mask) -> dict[str, pd.Series]:
        """The texts made so far, of some rows; without what repairing coordinates may change."""
        return {name: Text(text[rows], dtype=object) for name, text in lasting(self.made).items()}

    def different(self, name: str, *, of: int = 0) -> set[str]:
        """The different cells of a column, or of so many of its rows spread evenly over it."""
        step = -(-len(self.frame) // of) or 1 if of else 1
        return set(self.text(name).to_numpy()[::step].tolist())

    def numeric(self, name: str) -> bool:
        """Whether a column holds numbers already."""
        return self.frame[name].dtype.kind in "iuf"

    def present(self, name: str) -> Mask:
        """Rows with something in a column."""
        if name not in self.full:
            cells = self.frame[name] if self.numeric(name) else None
            self.full[name] = filled(self.text(name)) if cells is None else cells.notna().to_numpy()
        return self.full[name]

    def filled(self, *names: str) -> Mask:
        """Rows with something in one of the columns."""
        masks = [self.present(name) for name in names if name in self.names]
        nothing = np.zeros(len(self.frame), dtype=np.bool_)
        return np.logical_or.reduce(masks, axis=0) if masks else nothing

    def codes(self, name: str, rows: npt.NDArray[np.intp]) -> npt.NDArray[np.intp]:
        """A number for each different cell of a column at some rows."""
        cells = self.frame[name] if self.numeric(name) else self.text(name)
        return pd.factorize(cells.iloc[rows])[0]

    @cached_property
    def count(self) -> npt.NDArray[np.int64]:
        """How many cells of each row hold something."""
        total = np.zeros(len(self.frame), dtype=np.int64)
        for name in self.names:
            total += self.present(name)
        return total

    def drawn(self) -> Mask:
        """Rows with a geometry."""
        if self.shapes is None:
            return np.zeros(len(self.frame), dtype=np.bool_)
        return ~(shapely.is_missing(self.shapes) | shapely.is_empty(self.shapes))

    def somewhere(self) -> Mask:
        """Rows that say where they are, or carry a property reference."""
        return self.filled(*_WHEREABOUTS) | self.drawn()

    def says(self, name: str, test: Callable[[str], bool], *, only: Mask | None = None) -> Mask:
        """Rows whose cell passes a test, asked once for each different cell."""
        mask = np.zeros(len(self.frame), dtype=np.bool_)
        wanted = np.ones(len(mask), dtype=np.bool_) if only is None else only
        codes, different = pd.factorize(self.text(name)[wanted])
        passed = np.array([test(cell) for cell in different], dtype=np.bool_)
        if len(passed):
            mask[wanted] = passed[codes]
        return mask


def view(
    layer: Layer, frame: pd.DataFrame, *, texts: Mapping[str, pd.Series] | None = None
) -> View:
    """The frame with its geometry apart; every column under its name.

    Args:
        layer: whose frame.
        frame: the cells.
        texts: columns whose text is known already (`View.texts_of`).
    """
    shape = frame.active_geometry_name if isinstance(frame, gpd.GeoDataFrame) else None
    shapes = None if shape is None else np.asarray(frame.geometry.array, dtype=object)
    plain = pd.DataFrame(frame.drop(columns=[] if shape is None else [shape]))
    plain.columns = plain.columns.astype(str)
    return View(layer, plain, tuple(plain.columns), shapes, dict(texts or {}))


def lasting(texts: Mapping[str, pd.Series]) -> dict[str, pd.Series]:
    """Texts of the columns that repairing coordinates leaves as they are."""
    return {name: text for name, text in texts.items() if name not in COORDINATE_COLUMNS}


Rule = Callable[[View], Mask]


def rows_aside(
    layer: Layer, frame: pd.DataFrame, *, today: datetime.date, seen: View | None = None
) -> dict[str, Mask]:
    """Which rows are no rows of the layer.

    Args:
        layer: whose rows.
        frame: mapped and repaired columns.
        today: what "has closed" is measured by.
        seen: the frame's `view`, if it is made already.

    Returns:
        Rule of `assets.trail.ASIDE_RULES` -> mask of the rows; no row under two rules.
    """
    if not len(frame):
        return {}
    seen = view(layer, frame) if seen is None else seen
    rules: dict[str, Rule] = {
        "repeated_heading": _repeated_heading,
        "near_empty": _near_empty,
        "total_row": _total_row,
        "repeated_row": _repeated_row,
        "repeated_polygon": _repeated_polygon,
        "part_of_persons": _part_of_persons,
        "closed": partial(_closed, today),
        "not_a_property": _not_a_property,
    }
    gone = np.zeros(len(frame), dtype=np.bool_)
    found: dict[str, Mask] = {}
    for name, rule in rules.items():
        mask = rule(seen) & ~gone
        if mask.any():
            found[name] = mask
            gone |= mask
    return found


# --- notes and totals -------------------------------------------------------------------------


def _repeated_heading(seen: View) -> Mask:
    """A page of a printed register begins with the headings again.

    More than half of a row's cells are their own heading. Such a row has one in any half of the
    columns, so only rows with one in the half with fewest different cells are looked at; a word
    that stands in many rows is a word of the register (an owner called Council).
    """
    known = headings(seen.layer.name)
    words = [name for name in seen.names if not seen.numeric(name)]
    words.sort(key=lambda name: len(seen.different(name, of=SAMPLE)))
    maybe = np.zeros(len(seen.frame), dtype=np.bool_)
    for name in words[: (len(words) + 1) // 2]:
        is_heading = partial(_is_heading_of, name, known)
        if not any(map(is_heading, seen.different(name))):
            continue
        hit = seen.says(name, is_heading)
        if hit.sum() <= max(FEW_ROWS, OFTEN * len(hit)):
            maybe |= hit
    same = np.zeros(len(maybe), dtype=np.int64)
    for name in words if maybe.any() else ():
        same += seen.says(name, partial(_is_heading_of, name, known), only=maybe)
    mask: Mask = (same >= 2) & (2 * same > seen.count)
    return mask


def _is_heading_of(name: str, known: Mapping[str, tuple[str, int]], cell: str) -> bool:
    """Whether a cell is the heading of its own column."""
    if not cell or len(cell) > LONGEST_HEADING:
        return False
    key = heading_key(cell)
    return bool(key) and (key == heading_key(name) or known.get(key, ("", 0))[0] == name)


def _near_empty(seen: View) -> Mask:
    """One cell where four are usual, or two where eight are and neither is an id or a place."""
    count = seen.count
    usual = float(np.median(count))
    bare = ~seen.drawn()
    few = (count <= 1) & (usual >= 4)
    note = (count == 2) & (usual >= 8) & ~seen.filled(seen.layer.key, *_WHEREABOUTS)
    mask: Mask = (few | note | (count == 0)) & bare
    return mask


def _total_row(seen: View) -> Mask:
    """The first cell says Total, or every figure is the sum of the others."""
    nowhere = ~seen.somewhere()
    if not nowhere.any():
        return nowhere
    says = nowhere & _total_in_first(seen)
    for name in (seen.layer.key, "name"):
        maybe = nowhere & ~says & holds(seen.text(name), "total|sum")
        says |= seen.says(name, _is_total, only=maybe)
    return says | (_is_sum(seen, ~says) & nowhere)


def _is_total(cell: str) -> bool:
    """Whether a cell says that its row adds up others."""
    return _TOTAL.fullmatch(cell) is not None


def _total_in_first(seen: View) -> Mask:
    """Rows whose first cell that is not blank says Total."""
    found = np.zeros(len(seen.frame), dtype=np.bool_)
    before = found.copy()
    for name in seen.names:
        filled = seen.present(name)
        if not seen.numeric(name):
            maybe = filled & ~before
            maybe[maybe] = holds(seen.text(name)[maybe], "total|sum")
            found |= seen.says(name, _is_total, only=maybe)
        before |= filled
        if before.all():
            break
    return found


def _is_sum(seen: View, counted: Mask) -> Mask:
    """Rows without id (or without the place that others have) whose figures add up the others."""
    nothing = np.zeros(len(seen.frame), dtype=np.bool_)
    placed = seen.somewhere()
    if counted.sum() <= FEW_ROWS:
        return nothing
    odd = ~seen.filled(seen.layer.key) if seen.layer.key in seen.names else nothing
    if placed[counted].mean() > 0.5:
        odd = odd | ~placed
    if not odd.any():
        return nothing
    every, some = np.ones(len(nothing), dtype=np.bool_), nothing.copy()
    for name, column in known_columns(seen.layer, seen.frame).items():
        if column.unit not in _ADDED_UP or not column.numeric:
            continue
        values = numbers(seen.frame[name])[0].to_numpy(dtype=np.float64)
        total = np.nansum(values[counted])
        there = np.isfinite(values) & (values > 0)
        every &= ~there | np.isclose(2 * values, total, rtol=1e-9, atol=0.02)
        some |= there
    return odd & every & some & counted


# --- repeats ----------------------------------------------------------------------------------


def _suspects(seen: View) -> npt.NDArray[np.intp]:
    """Rows that may repeat another: those whose id is blank or not alone."""
    key = seen.text(seen.layer.key)
    alone = (key != "") & ~key.duplicated(keep=False)
    return np.flatnonzero(~alone.to_numpy(dtype=bool))


def _same_cells(seen: View, rows: npt.NDArray[np.intp], outline: Mask | None) -> Mask:
    """Rows that are the same as an earlier one in every cell and in their geometry."""
    codes = {name: seen.codes(name, rows) for name in seen.names} if len(rows) else {}
    if seen.shapes is not None and len(rows):
        codes[" geometry"] = pd.factorize(_outlines(seen.shapes[rows]))[0]
    mask = np.zeros(len(seen.frame), dtype=np.bool_)
    if codes:
        mask[rows] = pd.DataFrame(codes).duplicated().to_numpy(dtype=bool)
    return mask if outline is None else mask & outline


def _outlines(shapes: npt.NDArray[np.object_]) -> npt.NDArray[np.object_]:
    """Geometries as bytes that do not depend on where an outline begins, to the millimetre."""
    # Normalised last: rounding may change which corner comes first.
    rounded = shapely.transform(shapes, lambda xy: np.round(xy, 3) + 0.0)
    written = shapely.to_wkb(shapely.normalize(rounded))
    return np.array([b"" if blob is None else blob for blob in written], dtype=object)


def _polygons(seen: View) -> Mask:
    """Rows whose geometry is an area."""
    if seen.shapes is None:
        return np.zeros(len(seen.frame), dtype=np.bool_)
    mask: Mask = shapely.get_dimensions(seen.shapes) == 2
    return mask


def _repeated_row(seen: View) -> Mask:
    """Rows (not areas) that are the same as an earlier one in every cell."""
    return _same_cells(seen, _suspects(seen), ~_polygons(seen))


def _repeated_polygon(seen: View) -> Mask:
    """Areas with the same outline and the same cells as an earlier one."""
    outline = _polygons(seen)
    if not outline.any():
        return outline
    return _same_cells(seen, _suspects(seen), outline)


# --- persons, females, males ------------------------------------------------------------------


def _part_of_persons(seen: View) -> Mask:
    """Rows of females or males beside a row of persons with the same id."""
    nothing = np.zeros(len(seen.frame), dtype=np.bool_)
    key = seen.text(seen.layer.key)
    if seen.layer.name != "demand" or not filled(key).any():
        return nothing
    for name in seen.names:
        if name == seen.layer.key or seen.numeric(name):
            continue
        different = seen.different(name)
        if len(different) > 4:
            continue
        sexes = {cell: _sex(cell) for cell in different}
        if {"persons", "females", "males"} == set(sexes.values()):
            return _parts(seen, key, seen.text(name).map(sexes))
    return nothing


def _sex(cell: str) -> str:
    """Which of the three a word means, ``""`` for none."""
    word = slug(cell)
    kinds = {"persons": _PERSONS, "females": _FEMALES, "males": _MALES}
    return next((kind for kind, spellings in kinds.items() if word in spellings), "")


def _parts(seen: View, key: pd.Series, kind: pd.Series) -> Mask:
    """Females and males of every id that has one row of each kind, or whose persons are the sum."""
    if "population" in seen.names:
        people = numbers(seen.frame["population"])[0].to_numpy(dtype=np.float64)
    else:
        people = np.full(len(key), np.nan)
    counts = pd.DataFrame({"key": key.to_numpy(), "kind": kind.to_numpy(), "people": people})
    grouped = counts.groupby(["key", "kind"])["people"]
    rows = grouped.size().unstack(fill_value=0)
    total = grouped.sum(min_count=1).unstack()
    one_each = (rows[["persons", "females", "males"]] == 1).all(axis=1)
    added = (rows["persons"] == 1) & (
        (total["females"].fillna(0) + total["males"].fillna(0) - total["persons"]).abs() < 0.5
    )
    proved = key.map(one_each | added).fillna(False).to_numpy(dtype=bool)
    mask: Mask = (
        proved & (key != "").to_numpy(dtype=bool) & (kind != "persons").to_numpy(dtype=bool)
    )
    return mask


# --- what is no property ----------------------------------------------------------------------


def _not_a_property(seen: View) -> Mask:
    """Chattels, vehicles and works of art in a register of land and buildings."""
    chattel = np.zeros(len(seen.frame), dtype=np.bool_)
    if seen.layer.name in CLOSING:
        chattel |= seen.says("use", lambda cell: slug(cell) in _MOBILE_TYPES)
    if seen.layer.name != PROPERTY:
        return chattel
    for name in ("asset_type", "use", "holding_type", "classification"):
        chattel |= seen.says(name, lambda cell: slug(cell) in _CHATTEL_TYPES)
    chattel |= seen.says("name", is_chattel, only=holds(seen.text("name"), _ANY_CHATTEL))
    for name in ("gia_m2", "site_area_ha"):
        if chattel.any() and name in seen.names:
            sized = numbers(seen.frame[name])[0].to_numpy(dtype=np.float64) > 0
            chattel = chattel & ~sized
    return chattel


def is_chattel(name: str) -> bool:
    """Whether a name is a chattel's or a work of art's and not that of a place named after one."""
    if _PLAINLY.match(name):
        return True
    head = re.split(r"[,(;:]| - | – ", name, maxsplit=1)[0]
    return bool(_PERHAPS.match(head)) and not _LAND_WORDS.search(head)


# --- what has closed --------------------------------------------------------------------------


def _closed(today: datetime.date, seen: View) -> Mask:
    """Rows that closed before today."""
    mask: Mask = np.equal(_closing(seen, today), "closed").astype(np.bool_)
    return mask


def _closing(seen: View, today: datetime.date) -> npt.NDArray[np.object_]:
    """What the column `closed` says of each row: ``closed``, ``later``, ``unread`` or nothing."""
    if seen.layer.name not in CLOSING or "closed" not in seen.names:
        return np.full(len(seen.frame), "", dtype=object)
    text = seen.text("closed")
    said = text.map({cell: closing(cell, today) for cell in text.unique()})
    return np.asarray(said, dtype=object)


def closing(text: str, today: datetime.date) -> str:
    """Whether a year or date of closing is past.

    Returns:
        ``closed`` (before today, or in an earlier year), ``later`` (this year without a date, or
        after today), ``unread``, or ``""`` where nothing is said.
    """
    if text == "" or is_not_available(text) or slug(text) in _IS_OPEN:
        return ""
    if slug(text) in _HAS_CLOSED:
        return "closed"
    iso = iso_date(text)
    if iso:
        return "closed" if iso <= today.isoformat() else "later"
    span = _SPAN.fullmatch(text)
    years = [span[1][: 4 - len(span[2])] + span[2]] if span else _YEAR.findall(text)
    if len(set(years)) != 1:
        return "unread"
    return "closed" if int(years[0]) < today.year else "later"


def check_closing(layer: Layer, frame: pd.DataFrame, *, today: datetime.date) -> list[Issue]:
    """Warnings for rows that close later, and for cells that say neither when nor whether."""
    if layer.name not in CLOSING or "closed" not in frame.columns:
        return []
    said = _closing(view(layer, frame[["closed"]]), today)
    issues = []
    for rule, kind, says, remedy in (
        ("closes_later", "later", "closes this year or later; it is planned as open",
         "set its status if it should not be"),
        ("closing_unread", "unread", "neither a year nor a date of closing",
         "write the year or the date, or leave the cell blank"),
    ):  # fmt: skip
        mask = said == kind
        if mask.any():
            cells = as_text(frame["closed"])[mask]
            issues.append(
                Issue(
                    f"{layer.name}.{rule}", f"{says}: {quoted(cells)}",
                    labels(layer, frame[mask]), remedy, layer.name, "warning",
                )
            )  # fmt: skip
    return issues


#: Columns of sizes, and how many times the usual makes one doubtful.
SIZES: Mapping[str, float] = MappingProxyType(
    {"gia_m2": 100.0, "site_area_ha": 100.0, "capacity_m2": 100.0, "space_m2": 100.0}
)


def check_sizes(layer: Layer, frame: pd.DataFrame) -> list[Issue]:
    """A size of a hundred times its column's median, and of its kind's, may lack its point."""
    issues = []
    for name, times in SIZES.items():
        if name not in frame.columns:
            continue
        values = numbers(frame[name])[0]
        known = values[values > 0]
        if len(known) < FEW_ROWS:
            continue
        kinds = pd.Series("", index=frame.index, dtype=object)
        for column in ("asset_type", "service_type", "holding_type"):
            if column in frame.columns:
                kinds = as_text(frame[column])
                break
        usual = known.median()
        of_kind = known.groupby(kinds[known.index]).transform("median")
        enough = known.groupby(kinds[known.index]).transform("size") >= FEW_ROWS
        limit = np.maximum(usual, of_kind.where(enough, usual)) * times
        large = known[known >= limit]
        if len(large):
            issues.append(_suspicious(layer, frame, large.rename(name), usual))
    return issues


def _suspicious(layer: Layer, frame: pd.DataFrame, large: pd.Series, usual: float) -> Issue:
    """The warning for sizes far beyond the usual."""
    unit = layer.column(str(large.name)).unit
    figures = quoted(large.map(lambda value: f"{value:,.10g}"))
    return Issue(
        f"{layer.name}.suspicious_size",
        f"{large.name} is a hundred times the usual {usual:,.10g} {unit} or more: {figures}",
        labels(layer, frame.loc[large.index]),
        "check the decimal point and the unit",
        layer.name,
        "warning",
    )
