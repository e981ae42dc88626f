"""A source's headings -> the layer's column names, and a table that says how. Pure.

Nothing is mapped on a guess: a heading counts only if it is the column's name, a published
alias of it, or mapped by the user; whatever merely looks like one is suggested in words. Where
a heading may mean several columns ("Status", "Asset type", "X") its cells decide, and a figure
under a heading that names another unit is given that unit, to be converted and listed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import geopandas as gpd
import pandas as pd

from assets.cells import as_text
from assets.issues import InputError, Issue, nearest
from assets.naming import fit, units
from assets.naming.aliases import BOOKKEEPING
from assets.naming.publications import Publication, kind_of_codes, recognised
from assets.naming.suggest import suggestion
from assets.schema import CARRIED, Column, Layer, heading_key, meaning_key, meanings

#: Columns of the table of a mapping: source heading, column of the layer (``""`` = not used),
#: how it was found (name, alias, publication, given, not used, carried), what it may mean if
#: not used.
MAPPING_COLUMNS = ("heading", "column", "how", "suggestion")
#: Targets of a given mapping that say "do not use this heading".
NOT_USED = ("", "-")
_PAIRS = (("easting", "northing"), ("lon", "lat"))
_FITS = 0.5
_HARDLY = 0.01
_SHOWN = 3
_LONGEST = 200
#: Words in brackets that change nothing about what a column is.
_ASIDES = re.compile(
    r"[(\[]\s*(?:if (?:known|available|applicable|any)|where (?:known|available|applicable)|"
    r"mandatory|recommended|optional|required|text|number|date|list|y/n|yes/no|yes or no|"
    r"bng|osgb(?:36)?|os grid|british national grid|national grid|wgs ?84|etrs ?89|"
    r"epsg:? ?[0-9]+|m|met(?:re|er)s?|degrees?|decimal degrees|decimal|dd/mm/yyyy|dd-mm-yyyy|"
    r"yyyy-mm-dd|uprn|gia|net|gross|a-d|a to d|a/b/c/d|see notes?|see key|note [0-9]|"
    r"[0-9]{4}(?: codes| boundaries)?|approx\.?|approximate)\s*[)\]]",
    re.IGNORECASE,
)
_A_YEAR = re.compile(r"[\s_,(-]*(?:p\.?a\.?|per annum|per year|a year|/ ?year)\)?\s*$", re.I)


@dataclass(frozen=True)
class Mapped:
    """A layer's frame under the layer's own names.

    Attributes:
        frame: the same rows and all their columns; mapped ones renamed to columns or helpers of
            the layer, the others still under their source heading (``src_`` before it where that
            is itself a name of the layer); geometry untouched.
        mapping: a row per source heading, columns `MAPPING_COLUMNS`, in source order.
        unknown: headings that map to nothing, in source order.
        issues: what is wrong or odd with the headings.
        publication: name of the publication recognised by its headings, ``""`` if none.
        constants: column -> value of every row, known from the publication; only columns that
            the source lacks.
    """

    frame: pd.DataFrame
    mapping: pd.DataFrame
    unknown: tuple[str, ...]
    issues: tuple[Issue, ...]
    publication: str = ""
    constants: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class _Option:
    """One column a heading may mean.

    Attributes:
        heading, place: the heading and where it stands.
        column: the column or helper.
        rank: preference among the column's headings (-2 given, -1 publication, 0 its name ...).
        share: how well the cells fit, 0 to 1.
        filled: whether any cell is filled.
        unit: unit the heading names, if the figures have to be converted.
        clash: unit the heading names, if they cannot be.
    """

    heading: str
    place: int
    column: str
    rank: int
    share: float = fit.ANYTHING
    filled: bool = True
    unit: str = ""
    clash: str = ""

    @property
    def how(self) -> str:
        """How the heading was found to mean the column."""
        return {-2: "given", -1: "publication", 0: "name"}.get(self.rank, "alias")

    def order(self) -> tuple[bool, bool, bool, int, int]:
        """What decides between two headings of one column; the smaller wins."""
        return (self.rank != -2, not self.filled, self.share < _FITS, self.rank, self.place)


def map_headings(
    layer: Layer, frame: pd.DataFrame, *, given: Mapping[str, str] | None = None
) -> Mapped:
    """Rename a frame's columns to the layer's; where two mean one column the better wins.

    Args:
        layer: whose columns.
        frame: columns under their source headings (a GeoDataFrame keeps its geometry).
        given: source heading -> column, told by the user; goes before everything else. ``""`` or
            ``-`` = do not use the heading. A layer with open columns (demand) may be given the
            name of a further weight.

    Returns:
        See `Mapped`; ``frame`` itself is not changed.

    Raises:
        InputError: ``given`` names a heading or column there is not, or one column twice.
    """
    shape = frame.active_geometry_name if isinstance(frame, gpd.GeoDataFrame) else None
    names = [str(name) for name in frame.columns if name != shape]
    told = _told(layer, names, given or {})
    publication = recognised(names)
    options = _all_options(layer, frame, told=told, publication=publication)
    usable = {h: [o for o in found if o.share > 0 and not o.clash] for h, found in options.items()}
    chosen = _without_half_pairs(_assigned(usable))
    chosen |= _more_dates(layer, usable, chosen)
    held = {o.column: o for o in chosen.values() if o.rank != _JOINED}
    lost = [h for h in names if h not in chosen and usable.get(h)]
    unfit = [h for h in names if _is_unfit(layer, options.get(h, ()), usable.get(h, ()))]
    skipped = {h for h in names if _is_skipped(layer, h, told, publication)}
    unknown = tuple(h for h in names if not usable.get(h) and h not in {*skipped, *unfit})
    hints = {
        h: suggestion(layer.name, h, taken=held)
        for h in unknown
        if not layer.open_columns or not _numeric(frame[h])
    }
    mapping = _table(names, chosen, hints, layer=layer, told=told)
    issues = [
        *_beaten_issues(layer, lost, usable, held=held),
        *_unfit_issues(layer, frame, {h: options[h] for h in unfit}),
        *([] if layer.open_columns else _unknown_issues(layer, unknown, hints)),
        *_hint_issues(layer, publication),
    ]
    renamed = _renamed(layer, frame, chosen)
    constants = _constants(layer, publication, renamed)
    name = publication.name if publication is not None else ""
    return Mapped(renamed, mapping, unknown, tuple(issues), name, constants)


# --- what the user told ----------------------------------------------------------------------


def _told(layer: Layer, names: Sequence[str], given: Mapping[str, str]) -> dict[str, str]:
    """The given mapping under the source's own spelling of its headings, checked."""
    spelt = {heading_key(name): name for name in reversed(names)} | {n: n for n in names}
    known = _all_names(layer)
    issues: list[Issue] = []
    told: dict[str, str] = {}
    for heading, column in given.items():
        target = column.strip()
        name = spelt.get(heading) or spelt.get(heading_key(heading), "")
        if not name:
            issues.append(_no_such(layer, "heading", heading, options=names))
        elif target not in NOT_USED and not _is_target(layer, target):
            issues.append(_no_such(layer, "column", target, options=known))
        told[name] = "" if target in NOT_USED else target
    for target in sorted({t for t in told.values() if t}):
        sources = tuple(h for h, t in told.items() if t == target)
        if len(sources) > 1:
            issues.append(
                Issue(
                    f"{layer.name}.mapped_twice",
                    f"two headings are mapped to {target}",
                    sources,
                    "map one of them",
                    layer.name,
                )
            )
    if issues:
        raise InputError(issues)
    return told


def _is_target(layer: Layer, name: str) -> bool:
    """Whether a heading may be mapped to a name: a column, a helper, a new weight."""
    if layer.find(name) is not None or name in _all_names(layer) or name.startswith(CARRIED):
        return True
    return layer.open_columns and re.fullmatch(r"[a-z][a-z0-9_]*", name) is not None


def _all_names(layer: Layer) -> tuple[str, ...]:
    """Columns and helpers of a layer."""
    return (*layer.names, *(helper.name for helper in layer.helpers))


def _no_such(layer: Layer, what: str, name: str, *, options: Iterable[str]) -> Issue:
    """A heading or column of the given mapping that does not exist, with the nearest."""
    return Issue(
        f"{layer.name}.map_{what}",
        f"there is no {what} '{name}' to map" + ("" if what == "heading" else " a heading to"),
        (name,),
        nearest(name, list(options)),
        layer.name,
    )


# --- what a heading may mean -----------------------------------------------------------------


def _all_options(
    layer: Layer,
    frame: pd.DataFrame,
    *,
    told: Mapping[str, str],
    publication: Publication | None,
) -> dict[str, list[_Option]]:
    """Heading -> columns it may mean, best first; headings that mean nothing are left out."""
    shape = frame.active_geometry_name if isinstance(frame, gpd.GeoDataFrame) else None
    published = publication.meaning(layer.name) if publication is not None else {}
    known = meanings(layer.name)
    columns = {c.name: c for c in (*layer.columns, *layer.helpers)}
    found: dict[str, list[_Option]] = {}
    for place, name in enumerate(n for n in frame.columns if n != shape):
        heading = str(name)
        if heading in told:
            plain = _Option(heading, place, told[heading], -2)
            found[heading] = [plain] if told[heading] else []
            continue
        told_here = published.get(meaning_key(heading))
        if heading.startswith(CARRIED) or told_here == "":
            continue
        pairs, unit = _meant(known, heading, frame[name])
        if told_here is not None and told_here in columns:
            pairs = ((told_here, -1), *(p for p in pairs if p[0] != told_here))
        options = [_Option(heading, place, column, rank) for column, rank in pairs]
        if options:
            weighed = _weighed(layer, options, frame[name], unit=unit, columns=columns)
            found[heading] = sorted(weighed, key=lambda o: (-o.share, 0))
    return found


def _meant(
    known: Mapping[str, tuple[tuple[str, int], ...]], heading: str, cells: pd.Series
) -> tuple[tuple[tuple[str, int], ...], str]:
    """(column, preference) pairs of a heading, and the unit it names."""
    whole = known.get(meaning_key(heading))
    if whole is None and len(heading) > _LONGEST:
        return (), ""
    plain = _ASIDES.sub(" ", heading)
    base, unit = units.unit_of(heading)
    if whole:
        return whole, unit
    texts = [plain, base, _ASIDES.sub(" ", base)]
    texts += [_A_YEAR.sub("", text) for text in texts]
    for text in texts:
        if meaning_key(text) in known:
            return known[meaning_key(text)], unit
    sized = {f: known[k] for f in ("ha", "m2") if (k := meaning_key(f"{base} ({f})")) in known}
    if not sized:
        return (), unit
    carried = unit or units.unit_in_cells(cells)
    family = "ha" if carried in units.LAND_UNITS else "m2" if carried else ""
    return sized.get(family, ()), unit


def _weighed(
    layer: Layer,
    options: Sequence[_Option],
    cells: pd.Series,
    *,
    unit: str,
    columns: Mapping[str, Column],
) -> list[_Option]:
    """Options with how well the cells fit each, and the unit where it is another than its own."""
    counted = fit.sample(cells)
    weighed = []
    for option in options:
        column = columns.get(option.column) or layer.column(option.column)
        own = option.heading == option.column
        share = fit.share(column, counted) if len(counted) else fit.ANYTHING
        share = max(share, _least(layer, column, option))
        if share == 0.0 and fit.strict(column) and fit.holds_any(column, cells):
            share = _HARDLY
        taken = units.CONVERTED.get(column.unit, ())
        foreign = "" if own or units.own_unit(column.unit, unit) else unit
        weighed.append(
            _Option(
                option.heading,
                option.place,
                option.column,
                option.rank,
                share,
                len(counted) > 0,
                foreign if foreign in taken else "",
                foreign if column.numeric and foreign not in (*taken, "m", "s") else "",
            )
        )
    return weighed


def _least(layer: Layer, column: Column, option: _Option) -> float:
    """The fit a column is granted whatever the cells: its own name is not lightly overruled."""
    own = option.heading == option.column
    if own and not fit.strict(column) and layer.find(column.name) is not None:
        return fit.ANYTHING
    named = option.rank == 0 and not fit.strict(column)
    return _HARDLY if own or named or column.usual else 0.0


# --- which heading gets which column ---------------------------------------------------------

_JOINED = 10_000


def _assigned(options: Mapping[str, Sequence[_Option]]) -> dict[str, _Option]:
    """Heading -> the option it gets: each heading asks for its best column first.

    A column keeps the best heading that asks; one that is turned away asks for its next. No
    heading and column are left that would both rather have each other (Gale and Shapley 1962).
    """
    left = {heading: list(found) for heading, found in options.items()}
    held: dict[str, _Option] = {}
    waiting = list(options)
    while waiting:
        heading = waiting.pop(0)
        if not left[heading]:
            continue
        option = left[heading].pop(0)
        other = held.get(option.column)
        if other is None or option.order() < other.order():
            held[option.column] = option
            if other is not None:
                waiting.append(other.heading)
        else:
            waiting.append(heading)
    return {option.heading: option for option in held.values()}


def _without_half_pairs(chosen: Mapping[str, _Option]) -> dict[str, _Option]:
    """Without a lone coordinate beside a full pair of the other kind: it could only disagree."""
    have = {option.column for option in chosen.values()}
    full = [pair for pair in _PAIRS if set(pair) <= have]
    half = {name for pair in _PAIRS if pair not in full for name in pair} if full else set()
    return {h: o for h, o in chosen.items() if o.column not in half or o.rank <= 0}


def _more_dates(
    layer: Layer, options: Mapping[str, Sequence[_Option]], chosen: Mapping[str, _Option]
) -> dict[str, _Option]:
    """Further headings of a column that holds several dates: they are put together."""
    several = {c.name for c in layer.columns if c.kind == "dates"}
    taken = {option.column for option in chosen.values()}
    return {
        heading: _Option(heading, found[0].place, found[0].column, _JOINED)
        for heading, found in options.items()
        if heading not in chosen and found and found[0].column in several & taken
    }


def _renamed(layer: Layer, frame: pd.DataFrame, chosen: Mapping[str, _Option]) -> pd.DataFrame:
    """The frame with its mapped columns under their new names, units written into the cells."""
    taken = {*_all_names(layer), *(o.column for o in chosen.values())}
    first = {h: o for h, o in chosen.items() if o.rank != _JOINED}
    more = {h: o.column for h, o in chosen.items() if o.rank == _JOINED}
    joined: dict[str, pd.Series] = {}
    for heading, option in first.items():
        beside = [h for h, column in more.items() if column == option.column]
        if option.unit:
            joined[heading] = units.with_unit(frame[heading], option.unit)
        elif beside:
            joined[heading] = _dates_together([frame[h] for h in (heading, *beside)])
    own = {str(h): f"{CARRIED}{h}" for h in frame.columns if str(h) in taken and h not in first}
    renames = own | {heading: option.column for heading, option in first.items()}
    issues = frame.attrs.get("issues", ())
    renamed = frame.assign(**joined).rename(columns=renames)
    renamed.attrs["issues"] = issues
    return renamed


def _dates_together(columns: Sequence[pd.Series]) -> pd.Series:
    """Cells of several columns in one, each date once, ``;`` between them."""
    texts = [as_text(column) for column in columns]
    rows = [
        ";".join(dict.fromkeys(part for part in parts if part))
        for parts in zip(*texts, strict=True)
    ]
    return pd.Series(rows, index=columns[0].index, dtype=object)


def _constants(
    layer: Layer, publication: Publication | None, renamed: pd.DataFrame
) -> dict[str, str]:
    """What is the same for every row, for columns the source lacks."""
    told = dict(publication.constants.get(layer.name, {})) if publication is not None else {}
    if layer.name == "areas" and "kind" not in told and layer.key in renamed.columns:
        kind = kind_of_codes(renamed[layer.key])
        told |= {"kind": kind} if kind else {}
    return {name: value for name, value in told.items() if name not in renamed.columns}


# --- what is said of it ----------------------------------------------------------------------


def _is_skipped(
    layer: Layer, heading: str, told: Mapping[str, str], publication: Publication | None
) -> bool:
    """Whether a heading is left alone without a word: bookkeeping, or known not to be needed."""
    key = meaning_key(heading)
    if told.get(heading) == "" or heading.startswith(CARRIED):
        return True
    published = publication.meaning(layer.name) if publication is not None else {}
    return key in BOOKKEEPING or published.get(key) == ""


def _is_unfit(layer: Layer, options: Sequence[_Option], usable: Sequence[_Option]) -> bool:
    """Whether a heading means a figure, date or closed list, but its cells are none."""
    columns = [layer.find(option.column) for option in options]
    return not usable and any(column is not None and fit.strict(column) for column in columns)


def _numeric(cells: pd.Series) -> bool:
    """Whether most filled cells are figures (of a layer with open columns: further weights)."""
    column = Column("weight", "number", "")
    counted = fit.sample(cells)
    return len(counted) == 0 or fit.share(column, counted) > _FITS


def _table(
    names: Sequence[str],
    chosen: Mapping[str, _Option],
    hints: Mapping[str, str],
    *,
    layer: Layer,
    told: Mapping[str, str],
) -> pd.DataFrame:
    """The table of a mapping."""
    rows = []
    for heading in names:
        option = chosen.get(heading)
        if option is not None:
            column, how = option.column, "joined" if option.rank == _JOINED else option.how
        else:
            carried = heading.startswith(CARRIED) and heading not in told
            column, how = "", "carried" if carried else "not used"
        rows.append((heading, column, how, hints.get(heading, "")))
    return pd.DataFrame(rows, columns=list(MAPPING_COLUMNS), dtype=object)


def _warning(layer: Layer, rule: str, message: str, *, ids: tuple[str, ...], remedy: str) -> Issue:
    """A warning about headings."""
    return Issue(f"{layer.name}.{rule}", message, ids, remedy, layer.name, "warning")


def _beaten_issues(
    layer: Layer,
    lost: Sequence[str],
    options: Mapping[str, Sequence[_Option]],
    *,
    held: Mapping[str, _Option],
) -> list[Issue]:
    """Headings whose column another heading has."""
    issues = []
    for heading in lost:
        column = options[heading][0].column
        winner = held[column].heading if column in held else ""
        message = (
            f"'{heading}' also means {column}; '{winner}' is used"
            if winner
            else f"'{heading}' is half of a pair of coordinates; the full pair is used"
        )
        issues.append(
            _warning(layer, "two_headings", message, ids=(heading,),
                     remedy=f"nothing, or --map \"{heading}={column}\" to use it instead")
        )  # fmt: skip
    return issues


def _unfit_issues(
    layer: Layer, frame: pd.DataFrame, unfit: Mapping[str, Sequence[_Option]]
) -> list[Issue]:
    """Headings that mean a column none of whose cells could be read."""
    issues = []
    for heading, options in unfit.items():
        clash = next((o for o in options if o.clash), None)
        if clash is not None:
            unit = layer.column(clash.column).unit
            message = f"column '{heading}' is not used: {clash.column} is in {unit}"
            remedy = f"convert the figures to {unit}"
        else:
            column = options[0].column
            cells = fit.sample(frame[heading]).index[:_SHOWN]
            shown = ", ".join(f"'{cell}'" for cell in cells)
            message = (
                f"column '{heading}' is not used: none of its cells can be {column}, such as "
                f"{shown}"
            )
            remedy = f'--map "{heading}={column}" forces it; --map "{heading}=-" silences this'
        issues.append(_warning(layer, "cells_do_not_fit", message, ids=(heading,), remedy=remedy))
    return issues


def _unknown_issues(layer: Layer, unknown: Sequence[str], hints: Mapping[str, str]) -> list[Issue]:
    """All columns that are not used, in one warning, with what they may have been meant to be."""
    if not unknown:
        return []
    some = "1 column is" if len(unknown) == 1 else f"{len(unknown)} columns are"
    meant = [f"'{h}': did you mean '{hints[h]}'?" for h in unknown if hints.get(h)]
    return [
        _warning(
            layer,
            "unknown_column",
            f"{some} not used" + (f" ({'; '.join(meant)})" if meant else ""),
            ids=tuple(unknown),
            remedy='map what the planner should use (--map "heading=column"); the rest does no '
            "harm",
        )
    ]


def _hint_issues(layer: Layer, publication: Publication | None) -> list[Issue]:
    """A publication that is no layer by itself."""
    if publication is None or not publication.hint:
        return []
    return [
        _warning(
            layer,
            "publication",
            f"this is {publication.name}; {publication.hint}",
            ids=(),
            remedy="use it so, or go on if you mean it",
        )
    ]
