"""What a register says in its own columns -> the columns the planner needs. Pure.

An identifier, a use, a status or a name is filled only where it is blank, only from cells of
the same row, and every cell filled is in the trail with the rule: nothing here is certain the
way a converted unit is, so the account asks the data owner to confirm it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
import pandas as pd

from assets.cells import as_text, slug, typed
from assets.issues import Issue
from assets.schema import EMERGENCY_SERVICES, Layer
from assets.trail import aside, joined, no_repairs, none_aside, repairs
from assets.whereabouts.postcodes import spelt

_OTHER = "other"
_MAX_ID = 60

#: Words that say the thing is open ground, whatever it is named after ("Library car park").
_GROUND = re.compile(
    r"^land\b|\bland (at|to|adj|off|of|on|rear|between|adjacent|adjoining|north|south|east|west|"
    r"behind|opposite|fronting|lying)\b|\ballotments?\b|\bcar parks?\b|\bopen space\b|"
    r"\bplaying fields?\b|\brecreation ground\b|\bcemetery\b|\bburial ground\b|\bwoodlands?\b|"
    r"\bplay ?(ground|area)\b|\bverges?\b|\bgrazing\b|\bgarden land\b|\bamenity land\b"
)
#: Words of a name or description -> use of the building; the first that fits holds.
_USES: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (kind, re.compile(words))
    for kind, words in (
        ("fire_station", r"\bfire (and rescue |& rescue )?(station|centre)\b"),
        ("police_station", r"\bpolice (station|post|office|enquiry|head ?quarters|hq)\b"),
        ("ambulance_station", r"\bambulance (station|depot|post|hub|head ?quarters|hq)\b"),
        ("library", r"\blibrar(y|ies)\b"),
        ("childrens_centre", r"\bchild(ren)?s centre\b|\bsure ?start\b|\bfamily (hub|centre)\b"),
        ("register_office", r"\bregist(er|ry|ration|rars?) office\b"),
        ("adult_learning_centre", r"\badult (learning|education)\b"),
        ("day_centre", r"\bday (care |opportunities )?centre\b"),
        ("leisure_centre", r"\b(leisure|sports?) (centre|complex|village|hall)\b|"
                           r"\bswimming (pool|baths)\b"),
        ("health_centre", r"\b(health|medical) (centre|practice)\b|\bclinic\b|\bsurger(y|ies)\b"),
        ("hospital", r"\bhospital\b"),
        ("advice_centre", r"\bcitizens advice\b|\badvice (bureau|centre)\b"),
        ("museum", r"\bmuseum\b"),
        ("school", r"\bschools?\b|\bacademy\b|\bcollege\b|\bnursery\b"),
        ("community_hall", r"\b(community|village|parish|church|memorial) (hall|centre|hub|room)\b|"
                           r"\byouth (centre|club)\b"),
        ("town_hall", r"\b(town|city|county|shire|civic) hall\b|\bguildhall\b|\bcivic centre\b"),
        ("office", r"\boffices?\b|\bcouncil house\b|\bcontact centre\b|\bone stop shop\b|"
                   r"\bhead ?quarters\b|\bhq\b"),
    )
)  # fmt: skip
#: A place named after what it once was is not that any more.
_FORMER = re.compile(r"\b(former|formerly|ex|old|disused|site of)\b")
#: What follows is what it was, not what it is.
_ONCE = re.compile(r"\((former|formerly|previously|was|ex)\b[^)]*\)?|,\s*(formerly|previously)\b.*")
#: BLPU classification (OS AddressBase), longest code first -> use of the building.
_CLASSES: Mapping[str, str] = MappingProxyType(
    {
        "CX01": "police_station", "CX02": "fire_station", "CX03": "ambulance_station",
        "CL03": "library", "CL04": "museum", "CC04": "community_hall", "CC08": "office",
        "CO01LG": "office", "CO01": "office", "CM01": "health_centre", "CM02HC": "health_centre",
        "CM02": "health_centre", "CM03": "hospital", "CL06": "leisure_centre",
        "CE": "school", "L": "land",
    }
)  # fmt: skip
#: Use of a building -> the service whose home it is.
SERVICE_OF: Mapping[str, str] = MappingProxyType(
    {
        "fire_station": "fire", "police_station": "police", "ambulance_station": "ambulance",
        "library": "library", "childrens_centre": "childrens_centre",
        "register_office": "register_office", "adult_learning_centre": "adult_learning",
        "day_centre": "day_centre", "advice_centre": "advice", "office": "office",
        "health_centre": "health",
    }
)  # fmt: skip
#: Cells of a "type" column that say how a thing is held, not what it is used for.
_HOLDINGS = {
    "land", "building", "buildings", "land_building", "land_buildings", "land_and_building",
    "land_and_buildings", "property", "asset", "both", "building_and_land", "buildings_and_land",
    "buildings_land", "site", "premises",
}  # fmt: skip
_EMPTY = re.compile(r"\b(vacant|void|unoccupied|empty|disused)\b")
_SURPLUS = re.compile(r"\bsurplus\b")
_OCCUPIED = re.compile(r"\b(occupied|operational|in use|leasehold|freehold|licen[cs]e|let)\b")


@dataclass(frozen=True)
class Derived:
    """A frame with what could be made of it, and the trail.

    Attributes:
        frame: the same rows less those set aside; helper columns still there.
        repairs: cells filled, columns `assets.trail.REPAIR_COLUMNS`.
        aside: rows set aside, columns `assets.trail.ASIDE_COLUMNS`.
        issues: warnings about what was assumed or stayed unknown.
    """

    frame: pd.DataFrame
    repairs: pd.DataFrame
    aside: pd.DataFrame
    issues: tuple[Issue, ...] = ()


Step = Callable[[Layer, pd.DataFrame], Derived]


def derive(layer: Layer, frame: pd.DataFrame) -> Derived:
    """Fill blank identifiers, names, uses, statuses and services from the same row.

    Args:
        layer: buildings, stations, services, demand or areas.
        frame: a mapped and cleaned frame (`assets.mending.clean`), index = source row numbers.

    Returns:
        See `Derived`; ``frame`` itself is not changed.
    """
    made: list[pd.DataFrame] = []
    gone: list[pd.DataFrame] = []
    issues: list[Issue] = []
    for step in _STEPS.get(layer.name, ()):
        result = step(layer, frame)
        frame = result.frame
        made.append(result.repairs)
        gone.append(result.aside)
        issues.extend(result.issues)
    return Derived(frame, joined(made, no_repairs()), joined(gone, none_aside()), tuple(issues))


def text_of(frame: pd.DataFrame, name: str) -> pd.Series:
    """A column as text; blank in every row where the frame has no such column."""
    if name in frame.columns:
        return as_text(frame[name])
    return pd.Series([""] * len(frame), index=frame.index, dtype=object)


def _filled(
    layer: Layer, frame: pd.DataFrame, column: str, *, values: pd.Series, rule: str
) -> Derived:
    """Blank cells (and those nobody can read) of a column take the values, all in the trail."""
    before = text_of(frame, column)
    _, unread = typed(layer.column(column), before)
    after = before.mask(((before == "") | unread) & (values != ""), values)
    if (after == "").all():
        return _unchanged(frame)
    table = repairs(layer.name, column, rule, before=before, after=after)
    return Derived(frame.assign(**{column: after}), table, none_aside())


def _unchanged(frame: pd.DataFrame) -> Derived:
    return Derived(frame, no_repairs(), none_aside())


# --- addresses and names ---------------------------------------------------------------------

_ADDRESS_PARTS = ("address_1", "address_2", "address_3", "locality", "post_town", "county")


def _addresses(_layer: Layer, frame: pd.DataFrame) -> Derived:
    """An address from its parts (number and street together); the headings tell the rest."""
    street = _together([text_of(frame, "street_number"), text_of(frame, "street")], " ")
    parts = [street, *(text_of(frame, name) for name in _ADDRESS_PARTS)]
    written = text_of(frame, "address")
    address = written.where(written != "", _together(parts, ", "))
    if (address == "").all():
        return _unchanged(frame)
    return Derived(frame.assign(address=address), no_repairs(), none_aside())


def _together(parts: Sequence[pd.Series], separator: str) -> pd.Series:
    """Filled parts of each row put together, none of them twice running."""
    rows = zip(*parts, strict=True)
    joined_up = [
        separator.join(dict.fromkeys(part.strip(" ,") for part in row if part.strip(" ,")))
        for row in rows
    ]
    return pd.Series(joined_up, index=parts[0].index, dtype=object)


def _names(layer: Layer, frame: pd.DataFrame) -> Derived:
    """A row without a name is known by its address."""
    return _filled(layer, frame, "name", values=text_of(frame, "address"), rule="name_from_address")


# --- identifiers -----------------------------------------------------------------------------


def made_ids(frame: pd.DataFrame) -> pd.Series:
    """An identifier for each row: its UPRN where only one row has it, else name and postcode.

    The same row gets the same identifier whichever layer it is read as, so that a list read
    once as buildings and once as services fits together. Rows that would get the same one are
    numbered in row order.
    """
    uprn = text_of(frame, "uprn").str.removesuffix(".0").str.lstrip("0")
    sound = uprn.str.fullmatch(r"[0-9]{1,12}").astype(bool) & ~uprn.duplicated(keep=False)
    name, address = text_of(frame, "name"), text_of(frame, "address")
    words = name.where(name != "", address)
    named = [
        "-".join(filter(None, (slug(word), slug(spelt(code))))).replace("_", "-")[:_MAX_ID]
        for word, code in zip(words, text_of(frame, "postcode"), strict=True)
    ]
    ids = pd.Series(named, index=frame.index, dtype=object).mask(sound, uprn)
    nameless = pd.Series([f"row-{row}" for row in frame.index], index=frame.index, dtype=object)
    return _numbered(ids.mask(ids == "", nameless))


def _numbered(ids: pd.Series) -> pd.Series:
    """Repeated identifiers told apart: the second gets ``-2``, and so on."""
    turn = ids.groupby(ids).cumcount()
    taken = set(ids)
    numbered = []
    for name, count in zip(ids, turn, strict=True):
        own = name if count == 0 else f"{name}-{count + 1}"
        while count and own in taken:
            own += "-2"
        taken.add(own)
        numbered.append(own)
    return pd.Series(numbered, index=ids.index, dtype=object)


def _ids(layer: Layer, frame: pd.DataFrame) -> Derived:
    """Identifiers for rows that have none."""
    key = layer.key
    written = text_of(frame, key)
    made = made_ids(frame)
    clash = (written == "") & made.isin(set(written) - {""})
    made = made.mask(clash, made + "-made")
    return _filled(layer, frame, key, values=made, rule="id_made")


def _unit_ids(layer: Layer, frame: pd.DataFrame) -> Derived:
    """The unit's building by identifier, and its own: building and service."""
    housed = _filled(layer, frame, "asset_id", values=made_ids(frame), rule="id_made")
    service = text_of(housed.frame, "service_type").map(slug)
    own = _numbered(as_text(housed.frame["asset_id"]) + "-" + service)
    units = _filled(layer, housed.frame, "unit_id", values=own, rule="id_made")
    return Derived(units.frame, joined([housed.repairs, units.repairs], no_repairs()), none_aside())


# --- uses and statuses -----------------------------------------------------------------------


def use_of(text: str) -> str:
    """The use of a building that words name, ``""`` where they name none."""
    plain = _ONCE.sub(" ", re.sub(r"['’`]", "", text.lower()))
    if _GROUND.search(plain):
        return "land"
    if _FORMER.search(plain):
        return ""
    return next((kind for kind, words in _USES if words.search(plain)), "")


def class_of(code: str) -> str:
    """The use that a BLPU classification code stands for, ``""`` if none of the planner's."""
    plain = code.upper().replace(" ", "")
    known = [stem for stem in _CLASSES if plain.startswith(stem)]
    return _CLASSES[max(known, key=len)] if known else ""


def _uses(layer: Layer, frame: pd.DataFrame) -> Derived:
    """A building's use: as written, by its class, by its words, or land; else ``other``.

    What says how it is held is no use: it is kept as such where nothing else says how.
    """
    written = text_of(frame, "asset_type")
    held = written.map(slug).isin(_HOLDINGS)
    said = text_of(frame, "holding_type")
    holding = said.where(said != "", written.where(held, ""))
    own = written.mask(held, "")
    by_class = own.where(own != "", text_of(frame, "classification").map(class_of))
    bare = holding.map(slug) == "land"
    built = holding.map(slug).str.contains("building")
    words = _by_words(frame, ~built).mask(bare, "land")
    told = by_class.where(by_class != "", words)
    typed = frame.assign(asset_type=told.mask(told == "", _OTHER))
    ground = held & (told == written.map(slug))  # land that says so itself
    if (held & ~ground).any():
        typed = typed.assign(holding_type=said.mask(~ground, holding))
    classed, other = (own == "") & (by_class != ""), held & (told == "")
    rules = {"type_from_class": classed, "holding_not_use": other,
             "type_from_words": ~classed & ~other & ~ground & (told != "")}  # fmt: skip
    made = [
        repairs(layer.name, "asset_type", rule, before=written[rows],
                after=typed.loc[rows, "asset_type"])
        for rule, rows in rules.items()
    ]  # fmt: skip
    return Derived(typed, joined(made, no_repairs()), none_aside(),
                   _no_use(layer, typed, told == ""))  # fmt: skip


def _by_words(frame: pd.DataFrame, may_be_ground: pd.Series) -> pd.Series:
    """Use by the description, else by the name; ground only where the row is not built on."""
    texts = [text_of(frame, name) for name in ("use", "use_2", "name")]
    told = {text: use_of(text) for text in set().union(*texts)}
    uses = [
        _first([told[text] for text in row], bool(ground))
        for *row, ground in zip(*texts, may_be_ground, strict=True)
    ]
    return pd.Series(uses, index=frame.index, dtype=object)


def _first(told: Sequence[str], ground: bool) -> str:
    """The first use told that can be: buildings are not ground."""
    return next((use for use in told if use and (ground or use != "land")), "")


def _no_use(layer: Layer, frame: pd.DataFrame, unknown: pd.Series) -> tuple[Issue, ...]:
    """A warning about rows whose use nobody tells."""
    if not unknown.any():
        return ()
    return (
        Issue(
            f"{layer.name}.use_unknown",
            "no use that the planner knows stands in a column or in the name: read as 'other'",
            tuple(_labels(layer, frame)[unknown.to_numpy()]),
            "add a column asset_type, or correct it in the layer that was written; if all are of "
            "one kind, import with --set asset_type=...",
            layer.name,
            "warning",
        ),
    )


def _labels(layer: Layer, frame: pd.DataFrame) -> np.ndarray:
    """What to call each row: its id, else its row number."""
    ids = text_of(frame, layer.key)
    rows = pd.Series([f"row {row}" for row in frame.index], index=frame.index, dtype=object)
    return ids.where(ids != "", rows).to_numpy(dtype=object)


def _land(layer: Layer, frame: pd.DataFrame) -> Derived:
    """Bare land has no floor."""
    bare = text_of(frame, "asset_type") == "land"
    built = text_of(frame, "holding_type").map(slug).str.contains("building")
    none = pd.Series("", index=frame.index, dtype=object).mask(bare & ~built, "0")
    return _filled(layer, frame, "gia_m2", values=none, rule="no_floor")


def _statuses(layer: Layer, frame: pd.DataFrame) -> Derived:
    """Operational, vacant or surplus where the tenure's description says so."""
    told = text_of(frame, "tenure_category").map(_status_of)
    return _filled(layer, frame, "status", values=told, rule="status_from_tenure")


def _status_of(text: str) -> str:
    """The status that a description of tenure or occupation states, ``""`` if none."""
    plain = text.lower()
    if _SURPLUS.search(plain):
        return "surplus"
    if _EMPTY.search(plain):
        return "vacant"
    return "operational" if _OCCUPIED.search(plain) else ""


# --- services --------------------------------------------------------------------------------


def _service_types(layer: Layer, frame: pd.DataFrame) -> Derived:
    """What is delivered, from the use of the building, a class or words."""
    asset_type = text_of(frame, "asset_type").map(slug)
    by_class = text_of(frame, "classification").map(class_of)
    words = _by_words(frame, pd.Series(True, index=frame.index))
    use = asset_type.where(asset_type.isin(SERVICE_OF), by_class)
    use = use.where(use.isin(SERVICE_OF), words)
    served = use.map(SERVICE_OF).fillna("").astype(object)
    emergency = served.isin(EMERGENCY_SERVICES)
    if layer.name == "stations" and emergency.any():  # offices and clinics among them are none
        served = served.where(emergency, "")
    return _filled(layer, frame, "service_type", rule="type_from_words", values=served)


def _with_service(layer: Layer, frame: pd.DataFrame) -> Derived:
    """Rows in which no service was recognised are listed, not planned; unless none has one."""
    # Signs alone ("£") name none: the layer has them blank, and read back they would be set aside.
    none = text_of(frame, "service_type").map(slug) == ""
    if none.all() or not none.any():
        return _unchanged(frame)
    ids = made_ids(frame)[none]
    return Derived(
        frame[~none], no_repairs(), aside(layer.name, "no_service", frame[none], ids=ids)
    )


def _operators(_layer: Layer, frame: pd.DataFrame) -> Derived:
    """The owner runs it unless the source names another."""
    operator, owner = text_of(frame, "operator"), text_of(frame, "owner")
    both = operator.where(operator != "", owner)
    return Derived(frame.assign(operator=both), no_repairs(), none_aside())


_STEPS: Mapping[str, tuple[Step, ...]] = MappingProxyType(
    {
        "buildings": (_addresses, _names, _ids, _uses, _land, _statuses),
        "stations": (
            _addresses,
            _names,
            _ids,
            _service_types,
            _operators,
            _statuses,
            _with_service,
        ),
        "services": (_addresses, _names, _service_types, _operators, _unit_ids, _with_service),
        "areas": (_ids,),
    }
)
