"""Travel time before and after, area by area: who loses, who gains, and every area. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from maps import style
from maps.runs import RunFrames
from maps.tables.frames import change, number, records, there, title_of, titles
from maps.tables.table import Column, Row, Table, Value

#: A kind of area, the smallest first: that is where a loss is felt.
KINDS: Mapping[str, str] = {
    "ward": "Ward",
    "pilot": "Pilot area",
    "town": "Town",
    "postcode_district": "Postcode district",
    "district": "District",
}
AREA = Column("area", "Area", picks=("area", "drawn_id"))
KIND = Column("kind", "Kind of area", filters=True)
COLUMNS = (
    AREA,
    KIND,
    Column("standard", "Standard", picks=("standard", "standard_id"), filters=True),
    Column("who", "Counted", paper=False),
    Column("total", "In all", "count"),
    Column("lost", "No longer in time", "count"),
    Column("worse", "Longer", "count", "by over half a minute"),
    Column("gained", "Newly in time", "count"),
    Column("better", "Shorter", "count", "by over half a minute"),
    Column("mean_before", "Mean today", "figure"),
    Column("mean_after", "Mean with the plan", "figure"),
    Column("mean_change", "Change of the mean", "min_change", paper=False),
    Column("p90_before_min", "Nine in ten within, today", "min", paper=False),
    Column("p90_after_min", "Nine in ten within, plan", "min"),
    Column("worst_before_min", "Longest today", "min", paper=False),
    Column("worst_after_min", "Longest with the plan", "min", paper=False),
    Column("within_before", "In time today", "count", paper=False),
    Column("within_after", "In time, plan", "count", paper=False),
    Column("within_change", "Change in time", "count_change", paper=False),
    Column("outside_after", "Out of time, plan", "count", paper=False),
    Column(
        "no_car_households", "Households without a car", "count", "all that live there", paper=False
    ),
    Column("no_car_worse", "Of them, longer", "count", "where they live, however they travel"),
)
LATER = ("lost", "worse", "gained", "better", "no_car_households", "no_car_worse")
#: Columns that tell a change of anybody's, where the run has them.
MOVED = ("lost", "worse", "gained", "better")
#: People fewer than this are a rounding of weights, and nobody.
SOMEBODY = 0.5
#: Of runs of old, a mean that moves by less is told as the same (minutes).
SAME_MIN = 0.05


def tables(run: RunFrames, others: Sequence[RunFrames] = ()) -> tuple[Table, ...]:
    """Where somebody loses or gains, losers first; and every area with its mean times."""
    areas = _area_rows(run)
    return (_changes(run, areas), *_every_area(run, areas))


def _area_rows(run: RunFrames) -> list[dict[str, Value]]:
    """The rows of cover.csv that tell of areas, with what both tables show of them."""
    known = titles(run.summary)
    drawn = set(run.layers["areas"]["area_id"])
    made = []
    for row in records(run.cover):
        if row["geography"] == "all":
            continue
        miles = style.is_known(row.get("mean_before_miles"))
        unit = style.MILES if miles else style.MINUTES
        made.append(
            {
                **row,
                "area": str(row.get("area_name") or row["area_id"]),
                "drawn_id": row["area_id"] if row["area_id"] in drawn else "",
                "kind": KINDS.get(row["geography"], style.words(row["geography"])),
                "standard": title_of(known, row["standard_id"]),
                "who": style.counted_words(row["weight"]),
                "unit": unit,
                "mean_before": number(row[f"mean_before_{unit}"]),
                "mean_after": number(row[f"mean_after_{unit}"]),
                "mean_change": None if miles else change(row, "mean_before_min", "mean_after_min"),
                "within_change": change(row, "within_before", "within_after"),
            }
        )
    return made


# --- who loses, who gains ------------------------------------------------------------------


def _changes(run: RunFrames, areas: Sequence[Row]) -> Table:
    columns = there(COLUMNS, run.cover, LATER)
    columns = tuple(c for c in columns if any(c.key in row for row in areas) or c in (AREA, KIND))
    order = {sid: index for index, sid in enumerate(titles(run.summary))}
    changed = sorted((r for r in areas if _moves(r)), key=lambda r: _losers_first(r, order))
    same = len(areas) - len(changed)
    return Table(
        "wards",
        "Who loses and who gains, area by area",
        f"{_headline(areas)}Those who lose come first: most people no longer in time, then most "
        "with a longer journey. Larger areas repeat the smaller ones in them.",
        columns,
        tuple(_shown(row, columns) for row in changed),
        _notes(same, len(areas)),
        empty="Nobody's time changes by more than half a minute, in any area." if areas else "",
    )


def _headline(areas: Sequence[Row]) -> str:
    """How many areas of the smallest kind lose, in a sentence; nothing for runs of old."""
    present = [kind for kind in KINDS if any(row["geography"] == kind for row in areas)]
    if not present or "lost" not in areas[0]:
        return ""
    here = [row for row in areas if row["geography"] == present[0]]
    whole = {row["area_id"] for row in here}
    late, longer = (
        len({r["area_id"] for r in here if (number(r[name]) or 0.0) >= SOMEBODY})
        for name in ("lost", "worse")
    )
    kind = KINDS[present[0]].lower()
    many = f"{style.count(len(whole))} {kind}{'' if len(whole) == 1 else 's'}"
    return (
        f"Of {many}, {style.count(late)} {'has' if late == 1 else 'have'} people no longer in time "
        f"for some service, and {style.count(longer)} {'has' if longer == 1 else 'have'} people "
        "with a longer journey. "
    )


def _moves(row: Row) -> bool:
    """Whether anybody in the area loses or gains; of runs of old, whether its figures move."""
    if MOVED[0] in row:
        return any((number(row.get(name)) or 0.0) >= SOMEBODY for name in MOVED)
    by = (abs(row["within_change"] or 0.0), abs(row["mean_change"] or 0.0))
    return bool(by[0] >= SOMEBODY or by[1] > SAME_MIN)


def _losers_first(row: Row, order: Mapping[str, int]) -> tuple[Value, ...]:
    """Smallest kind of area first; in it most people lost, then most slower, then longest."""
    kinds = list(KINDS)
    place = kinds.index(row["geography"]) if row["geography"] in kinds else len(kinds)
    lost = number(row.get("lost"))
    if lost is None:
        lost = max(0.0, -(row["within_change"] or 0.0))
    return (
        place,
        -lost,
        -(number(row.get("worse")) or 0.0),
        -(row["mean_change"] or 0.0),
        order.get(row["standard_id"], len(order)),
        row["area"],
        row["area_id"],
    )


def _shown(row: Row, columns: Sequence[Column]) -> dict[str, Value]:
    told = {c.key: number(row.get(c.key)) if c.is_number else row[c.key] for c in columns}
    ids = {key: row[key] for key in ("area_id", "drawn_id", "standard_id", "unit")}
    lost = number(row.get("lost"))
    return {**told, **ids, "marked": (lost or 0.0) >= SOMEBODY}


def _notes(same: int, of: int) -> tuple[str, ...]:
    central = (
        "Times are central estimates. Means and longest times are of those who can be reached; "
        "whoever has no route counts as out of time."
    )
    if not same:
        return (central,)
    return (
        f"Not listed: {style.count(same)} of {style.count(of)} pairs of an area and a standard "
        "in which nobody's time changes by more than half a minute. The table of every area has "
        "them all.",
        central,
    )


# --- every area ----------------------------------------------------------------------------


def _every_area(run: RunFrames, areas: Sequence[Row]) -> tuple[Table, ...]:
    """A row an area: the mean with the plan and its change, of each standard."""
    if not areas:
        return ()
    columns: list[Column] = [AREA, KIND]
    units = {row["standard_id"]: row["unit"] for row in areas}
    for sid, title in titles(run.summary).items():
        if sid in units:
            columns.append(Column(f"{sid}_after", f"{title}: mean", units[sid], "with the plan"))
            if units[sid] == style.MINUTES:
                columns.append(
                    Column(f"{sid}_change", f"{title}: change", "min_change", "of the mean")
                )
    found: dict[tuple[int, str, str], dict[str, Value]] = {}
    kinds = list(KINDS.values())
    for row in areas:
        place = kinds.index(row["kind"]) if row["kind"] in kinds else len(kinds)
        start = {c.key: None for c in columns} | {k: row[k] for k in ("area", "kind", "drawn_id")}
        told = found.setdefault((place, row["area"], row["area_id"]), start)
        told[f"{row['standard_id']}_after"] = row["mean_after"]
        told[f"{row['standard_id']}_change"] = row["mean_change"]
    return (
        Table(
            "areas",
            "Every area at a glance",
            "The mean time with the plan and how it changes, for every area and standard.",
            tuple(columns),
            tuple(found[key] for key in sorted(found)),
        ),
    )
