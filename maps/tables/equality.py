"""Equality: how groups of people are served today and with the plan, the hardest hit first. Pure.

A screening by where people live. What no data tells is said, never passed over.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from maps import style
from maps.runs import RunFrames
from maps.tables.frames import change, number, records, title_of, titles
from maps.tables.table import BLANK, Column, Row, Table, Value

DIMENSIONS: Mapping[str, str] = {
    "age": "Age",
    "disability": "Disability",
    "ethnicity": "Ethnicity",
    "deprivation": "Deprivation",
    "rurality": "Town and country",
    "car": "Cars",
}
COLUMNS = (
    Column("name", "Who"),
    Column("dimension", "By", filters=True, paper=False),
    Column("standard", "Standard", picks=("standard", "standard_id"), filters=True),
    Column("people", "In all", "count"),
    Column("who", "Counted in", paper=False),
    Column("share_before", "In time today", "share"),
    Column("share_after", "In time with the plan", "share"),
    Column("share_change", "Change in time", "share_change"),
    Column("against", "Change in time, beyond everybody's", "share_change"),
    Column("harder", "Hit harder than everybody", filters=True),
    Column("mean_before", "Mean today", "figure", paper=False),
    Column("mean_after", "Mean with the plan", "figure", paper=False),
    Column("mean_change", "Change of the mean", "min_change"),
    Column("p90_after_min", "Nine in ten within, plan", "min", paper=False),
    Column("worse", "Longer", "count", "by over half a minute"),
    Column("better", "Shorter", "count", "by over half a minute", paper=False),
    Column("lost", "No longer in time", "count"),
    Column("gained", "Newly in time", "count", paper=False),
    Column("note", "Note", paper=False),
)
HIT = ("name", "dimension", "standard", "people", "who", "share_change", "against",
       "mean_change", "more_min", "worse", "lost")  # fmt: skip
MORE_MIN = Column("more_min", "Change of the mean, beyond everybody's", "min_change")
#: A group is told as hit harder from half a percentage point in time, or half a minute of the mean,
#: beyond what everybody loses.
HARDER_SHARE, HARDER_MIN = 0.005, 0.5
EVERYBODY = "all"
NO_DATA = "no area data"
#: Protected characteristics of the Equality Act 2010 that areas say nothing of.
NEVER_KNOWN = (
    "sex, gender reassignment, sexual orientation, religion or belief, marriage and civil "
    "partnership, pregnancy and maternity"
)
SCREENING = (
    "A screening by where people live: it shows where an equality impact assessment has to look, "
    "and is not that assessment."
)
WALKING = (
    "Households without a car are tested by walking, and by crews that come to them; a drive time "
    "does not serve them, so only where they live is told."
)
NOT_WRITTEN = "This run was made without figures on groups of people; run the plan again."


def tables(run: RunFrames, others: Sequence[RunFrames] = ()) -> tuple[Table, ...]:
    """Groups hit harder than everybody, groups without data, and each standard by group."""
    rows = equality_rows(run)
    if rows is None:
        missing = Table("equality", "Groups of people", SCREENING, COLUMNS, (), (), NOT_WRITTEN)
        return (missing,)
    return (_harder(rows), _unknown(rows), _groups(rows))


def equality_rows(run: RunFrames) -> list[dict[str, Value]] | None:
    """equality.csv with changes and what everybody's are; None for runs without it."""
    if "equality" not in run.tables:
        return None
    found = records(run.tables["equality"])
    everybody = {r["standard_id"]: r for r in found if r["group"] == EVERYBODY}
    known = titles(run.summary)
    return [_row(row, everybody.get(row["standard_id"], {}), known) for row in found]


def _row(row: Row, everybody: Row, known: Mapping[str, str]) -> dict[str, Value]:
    unit = style.MILES if style.is_known(number(row.get("mean_before_miles"))) else style.MINUTES
    share = change(row, "share_before", "share_after")
    mean = change(row, "mean_before_min", "mean_after_min")
    all_share = change(everybody, "share_before", "share_after")
    all_mean = change(everybody, "mean_before_min", "mean_after_min")
    told: dict[str, Value] = {
        "standard_id": row["standard_id"],
        "standard": title_of(known, row["standard_id"]),
        "group": row["group"],
        "name": row["group_name"],
        "dimension": DIMENSIONS.get(row["dimension"], style.words(row["dimension"])),
        "who": style.counted_words(row["weight"]),
        "unit": unit,
        "note": row["note"],
        **{c.key: number(row.get(c.key)) for c in COLUMNS if c.is_number},
        "mean_before": number(row.get(f"mean_before_{unit}")),
        "mean_after": number(row.get(f"mean_after_{unit}")),
        "share_change": share,
        "mean_change": mean,
        "against": _less(share, all_share),
        "more_min": _less(mean, all_mean),
    }
    harder = _is_harder(told)
    return {**told, "harder": "yes" if harder else BLANK, "marked": harder}


def _less(one: float | None, other: float | None) -> float | None:
    return None if one is None or other is None else one - other


def _is_harder(row: Row) -> bool:
    """Whether a group loses, and by more than everybody does (`HARDER_SHARE`, `HARDER_MIN`)."""
    if row["group"] == EVERYBODY:
        return False
    hair = 1e-9
    less, longer = row["against"], row["more_min"]
    falls = less is not None and row["share_change"] < 0 and less <= -HARDER_SHARE + hair
    grows = longer is not None and row["mean_change"] > 0 and longer >= HARDER_MIN - hair
    return bool(falls or grows)


def _harder(rows: Sequence[Row]) -> Table:
    by_key = {c.key: c for c in (*COLUMNS, MORE_MIN)}
    hit = [row for row in rows if row["marked"]]
    hit.sort(key=_hardest_first)
    return Table(
        "equality-harder",
        "Groups hit harder than everybody",
        "Groups whose share in time falls by at least half a percentage point more than "
        "everybody's, or whose mean time grows by at least half a minute more.",
        tuple(by_key[key] for key in HIT),
        tuple({**row, "marked": False} for row in hit),
        (SCREENING,),
        "No group that area data tells apart is hit harder than everybody by half a percentage "
        "point or half a minute. That says nothing of the groups without data.",
    )


def _hardest_first(row: Row) -> tuple[float, float, str, str]:
    """Most points lost beyond everybody's, then most minutes; gaining less is no loss."""
    points = row["against"] if (row["share_change"] or 0.0) < 0 else 0.0
    return (points or 0.0, -(row["more_min"] or 0.0), row["standard"], row["name"])


def _groups(rows: Sequence[Row]) -> Table:
    return Table(
        "equality",
        "Groups of people",
        "Each standard for each group of people that area data tells apart.",
        COLUMNS,
        tuple(row for row in rows if row["note"] != NO_DATA),
        (SCREENING, WALKING),
        empty="The scenario sets no standard.",
    )


def _unknown(rows: Sequence[Row]) -> Table:
    """Groups that nothing can be said of, and why."""
    columns = (Column("name", "Who"), Column("why", "Why nothing is said"))
    named = dict.fromkeys(row["name"] for row in rows if row["note"] == NO_DATA)
    found = [
        {"name": name, "why": f"{NO_DATA}: the layer of where people live says nothing of them"}
        for name in named
    ]
    never = {
        "name": f"{NEVER_KNOWN[:1].upper()}{NEVER_KNOWN[1:]}",
        "why": f"{NO_DATA}: ask those concerned; the duty covers them all the same",
    }
    lead = "Nothing here is a finding that they are not affected."
    return Table("equality-unknown", "Groups without area data", lead, columns, (*found, never))
