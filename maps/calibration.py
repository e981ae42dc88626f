"""`calibration.html`: what was fitted to which runs, how good it is and where it is off.

One page to read, print and put before a committee: no network, a policy under which only its own
script may run, every text escaped, every picture with its numbers in a table below it.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import jinja2
import markupsafe
import numpy as np
import pandas as pd

from coverage.calibrate import Calibration
from coverage.calibration.record import STATUS, record_text, rows_of, runs_table, speeds_text
from coverage.calibration.runs import REASONS, counted
from coverage.network import RoadNetwork
from coverage.speeds import Profile
from maps import style
from maps.calibration_charts import dots, residual_map, scatter, whisker
from maps.inline import reading_page, template, write_page

PAGE = "calibration.html"
SPEEDS = "speeds.yml"
#: What the page is known by: a folder's files are replaced only where this stands in its page.
MARK = '<meta name="generator" content="Groundplan: calibration of drive times">'
SHOWN, FOLDED = 12, 300
WORST = 20
BOTH = ("before_s", "left_out_s")
GROSS = 0.01
LARGE_SHARE = 0.1
ENDS = {
    "through": "straight on past a side road",
    "give_way": "giving way",
    "signals": "traffic signals",
    "roundabout": "entering a roundabout",
}
TABLES = (
    ("distance", "By distance", "length of the route driven"),
    ("class", "By class of road", "each run counts by the share of its time on the class"),
    ("period", "By time of day", ""),
    ("area", "By area", "urban or rural at the destination"),
    ("ward", "By ward", ""),
    ("origin", "By origin", ""),
    ("square", "By 5 km square", "of the destination"),
)


def write_calibration(
    folder: Path, made: Calibration, network: RoadNetwork, *, title: str, shipped: Iterable[str]
) -> Path:
    """Write the page, the speeds file, the runs and the record into a folder, all or none.

    Args:
        folder: made if need be; files of an earlier calibration in it are replaced.
        made: what is told.
        network: the roads, for the map.
        title: of the page.
        shipped: names of the profiles a speeds file may build on.

    Returns:
        The path of the page.

    Raises:
        InputError: files of these names are there that are no calibration; the disk refuses.
    """
    files: dict[str, pd.DataFrame | str] = {
        "runs": runs_table(made),
        SPEEDS: speeds_text(made, shipped),
        "calibration.json": record_text(made),
    }
    html = calibration_html(made, network, title=title)
    return write_page(folder, PAGE, html, tables=files, mark=MARK, what="calibration")


def calibration_html(made: Calibration, network: RoadNetwork, *, title: str) -> str:
    """The page as text; the same calibration always gives the same bytes."""
    used = made.used
    text = _template().render(
        title=title,
        mark=markupsafe.Markup(MARK),
        **reading_page("calibration"),
        made=made,
        kind="routed times" if made.runs.routed else "runs",
        headline=headline(made),
        verdict=verdict(made),
        notes=notes(made),
        fits=fit_rows(made),
        scatters=[scatter(used["seconds"], used[column], words, used[["seconds", *BOTH]])
                  for column, words in zip(BOTH, ("Before", "After, runs left out"), strict=True)],
        speeds=speed_table(made),
        delays=delay_table(made),
        periods=[profile_row(profile) for profile in made.periods.values()],
        tables=[part for part in residual_parts(made) if part["rows"]["total"]],
        map=residual_map(used, network),
        worst=worst(made),
        aside=[(REASONS[reason], count) for reason, count in counted(made.table["reason"])
               ],
    )  # fmt: skip
    return text.encode("utf-8", "replace").decode("utf-8")


@cache
def _template() -> jinja2.Template:
    """The page's template; every value is escaped unless marked as ours."""
    filters = {"n": lambda v: f"{v:,}", "km": lambda v: f"{v:,.0f}", "pc": percent, "clock": clock,
               "signed": signed}  # fmt: skip
    return template("calibration.html", filters)


def percent(share: float) -> str:
    """A share as whole per cent."""
    return "" if math.isnan(share) else f"{100 * share:.0f}%"


def signed(ratio: float) -> str:
    """How much longer (+) or shorter (−) than predicted: 1.08 is +8%."""
    if math.isnan(ratio):
        return ""
    off = round(100 * (ratio - 1.0))
    return f"+{off}%" if off > 0 else f"−{-off}%" if off < 0 else "0%"


def clock(seconds: float) -> str:
    """Seconds as minutes and seconds."""
    if math.isnan(seconds):
        return ""
    whole = round(seconds)
    return f"{whole // 60}:{whole % 60:02d}"


def headline(made: Calibration) -> list[dict[str, str]]:
    """The figures at the top."""
    before, after = made.agreements["before"], made.agreements["left_out"]
    error = made.after.error
    lost = len(made.table) - len(made.used)
    return [
        {"label": "Used", "text": f"{len(made.used):,}", "note": f"of {len(made.table):,} rows"},
        {"label": "Set aside", "text": f"{lost:,}", "note": "each with its reason"},
        {"label": "Median error", "text": percent(after.median_error),
         "note": f"was {percent(before.median_error)}"},
        {"label": "Within a minute", "text": percent(after.within_minute),
         "note": f"was {percent(before.within_minute)}"},
        {"label": "8 in 10 take", "text": f"{error.low:.2f}–{error.high:.2f}",
         "note": "× the predicted time"},
        {"label": "Start-up", "text": f"{made.start_s:.0f} s", "note": "in no speed"},
    ]  # fmt: skip


def verdict(made: Calibration) -> str:
    """What it comes to, in a sentence."""
    before, after = made.agreements["before"], made.agreements["left_out"]
    if after.median_error < before.median_error:
        return (
            f"On {'times' if made.runs.routed else 'runs'} the fit had not seen, the typical error "
            f"falls from {percent(before.median_error)} to {percent(after.median_error)}."
        )
    return (
        f"The fit does no better than {made.before.name} on what it had not seen: keep the "
        "starting profile."
    )


def notes(made: Calibration) -> list[str]:
    """What a reader should know before the figures are used."""
    return [
        *_notes_on_runs(made),
        *_notes_on_speeds(made),
        "A predicted time is the typical one: half the runs take longer.",
    ]


def _notes_on_runs(made: Calibration) -> Iterator[str]:
    used, table = made.used, made.table
    gross = int((used["weight"] < GROSS).sum())
    lost = len(table) - len(used)
    if made.runs.routed:
        yield (
            "These are another routing engine's times, not driven ones: the fit repeats what that "
            "engine believes, its faults included."
        )
    if gross:
        yield (
            f"{gross:,} of the {len(used):,} used ({percent(gross / len(used))}) are so far off "
            "that they have no weight in the fit. They count in every error given here."
        )
    if lost > LARGE_SHARE * len(table):
        yield (
            f"{percent(lost / len(table))} of the rows were set aside: look at the reasons before "
            "the figures."
        )


def _notes_on_speeds(made: Calibration) -> Iterator[str]:
    if made.single:
        yield (
            f"With {len(made.used)} runs only one factor on every speed was fitted; from 100 on, "
            "classes of road are told apart."
        )
    if round(made.start_s) >= 1:
        yield (
            f"Each run lost {made.start_s:.0f} s at its start that no road explains. It is in no "
            "speed: add it to the turnout of a standard, unless it is there."
        )
    held = made.speeds[made.speeds["status"] == "held"]
    if len(held):
        cells = zip(held["row"], held["area"], strict=True)
        names = ", ".join(f"{words(row)} ({area})" for row, area in cells)
        yield f"Too little was driven on these; they keep their speed: {names}."
    if made.periods:
        names = ", ".join(made.periods)
        yield f"Some times of day have profiles of their own in the speeds file: {names}."


def words(row: str) -> str:
    """A row of the speed table in words."""
    return style.words(row).replace(" link", " slip road").replace(" dual", ", dual")


def fit_rows(made: Calibration) -> list[dict[str, Any]]:
    """How well times fit: before, on the runs fitted, on runs left out."""
    names = {"before": f"Before: {made.before.name}", "fitted": "After, on the runs fitted",
             "left_out": "After, on runs left out"}  # fmt: skip
    return [{"label": label, "a": made.agreements[key]} for key, label in names.items()]


def speed_table(made: Calibration) -> list[dict[str, Any]]:
    """Speeds before and after by family, what they rest on, and a picture of each."""
    sections = []
    for family, part in made.speeds.groupby("family", sort=False):
        rows = [
            {
                "name": f"{words(row.row)}, {row.area}",
                "before": row.driven_before_kph,
                "after": row.driven_after_kph,
                "interval": ("" if row.status == "held" else
                             f"{row.low_kph:.0f}–{row.high_kph:.0f}"),
                "table": f"{row.before_kph:.1f} → {row.after_kph:.1f}",
                "km": row.km,
                "runs": row.runs,
                "status": STATUS[row.status],
                "svg": whisker(row.driven_before_kph, row.driven_after_kph,
                               row.low_kph, row.high_kph),
            }
            for row in rows_of(part)
        ]  # fmt: skip
        sections.append({"family": family, "rows": rows})
    return sections


def delay_table(made: Calibration) -> list[dict[str, Any]]:
    """Seconds lost at junctions."""
    return [
        {"name": ENDS[row.end], "before": row.before_s, "after": row.after_s,
         "interval": "held" if made.single else f"{row.low_s:.1f}–{row.high_s:.1f}",
         "met": int(row.met), "runs": int(row.runs)}
        for row in rows_of(made.delays)
    ]  # fmt: skip


def profile_row(profile: Profile) -> dict[str, Any]:
    """A profile of a period, with its error."""
    return {"name": profile.name, "error": profile.error, "source": profile.source}


def residual_parts(made: Calibration) -> list[dict[str, Any]]:
    """Where times are off, a table with a picture in each row."""
    parts = []
    for key, heading, note in TABLES:
        table = made.residuals[key]
        if key in ("origin", "square", "ward"):
            table = table.sort_values(["runs", "group"], ascending=[False, True], kind="stable")
        rows = [
            {
                "name": words(row.group) if key == "class" else row.group,
                "runs": row.runs,
                "before": row.before,
                "after": row.after,
                "span": f"{signed(row.low)} to {signed(row.high)}",
                "error": row.median_error,
                "svg": dots(row.before, row.after, row.low, row.high),
            }
            for row in rows_of(table.head(SHOWN + FOLDED))
        ]
        parts.append({"key": key, "heading": heading, "note": note,
                      "rows": folded(rows, len(table))})  # fmt: skip
    return parts


def folded(rows: Sequence[Any], total: int) -> dict[str, Any]:
    """The first few, those folded away, and how many are only in the record."""
    return {"first": rows[:SHOWN], "rest": rows[SHOWN:], "more": total - len(rows), "total": total}


def worst(made: Calibration) -> list[dict[str, Any]]:
    """The runs farthest from what was predicted, as a ratio."""
    used = made.used
    ratio = (used["seconds"] / used["left_out_s"]).to_numpy(float)
    order = np.argsort(-np.abs(np.log(ratio)), kind="stable")[:WORST]
    return [
        {"row": used.index[k], "origin": run.origin, "destination": run.destination,
         "seconds": run.seconds, "predicted": run.left_out_s, "ratio": ratio[k],
         "km": run.metres / 1000.0, "weight": run.weight}
        for k, run in zip(order.tolist(), rows_of(used.iloc[order]), strict=True)
    ]  # fmt: skip
