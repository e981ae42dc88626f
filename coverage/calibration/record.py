"""A calibration as files hold it: a speeds file, a table of runs, a record. Pure."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import pandas as pd
import yaml

from assets.cells import neutral
from coverage.calibration.runs import REASONS
from coverage.osm import MODES
from coverage.speeds import SPEED_ROWS, Profile

if TYPE_CHECKING:
    from coverage.calibrate import Calibration

STATUS = {
    "own": "fitted",
    "pooled": "moved with its family",
    "limit": "held, tagged limits rule there",
    "single": "one factor for all",
    "held": "held, too little driven",
}


def speeds_text(made: Calibration, shipped: Iterable[str]) -> str:
    """The fitted profiles as a speeds file (YAML), with what each speed rests on beside it.

    Args:
        made: the calibration.
        shipped: names of the profiles that may be built on; another base is written out in full.
    """
    base = made.before.name if made.before.name in tuple(shipped) else ""
    error = made.after.error
    lines = [
        f"# {made.name}: {_plain(made.after.source)}.",
        f"# Roads: {_plain(made.roads['source'])}, sha256 {made.roads['sha256']}.",
        f"# Runs: {_plain(made.runs.name)}, sha256 {made.runs.sha256}.",
        f"# A drive of m minutes took {error.low:.2f} m to {error.high:.2f} m in 8 of 10 runs that "
        "the fit had not seen.",
    ]
    if round(made.start_s):
        lines.append(
            f"# Each run lost {made.start_s:.0f} s at its start that no road explains: not in "
            "these speeds. Add it to the turnout time of a standard if it is not there yet."
        )
    lines.append(f"# To plan with it: {how_to_use(made)}.")
    for profile in (made.after, *made.periods.values()):
        lines += ["", f"{profile.name}:", *_record_lines(profile, base, _evidence(made))]
    return "\n".join(lines) + "\n"


def how_to_use(made: Calibration) -> str:
    """What a scenario says to plan with the fitted profile."""
    if made.name == made.before.name:
        return f"network: {{speeds: FILE}}; it takes the place of {made.name}"
    mode = next(name for name, bit in MODES.items() if bit == made.after.mode)
    return f"network: {{speeds: FILE, {mode}_profile: {made.name}}}"


def rows_of(table: pd.DataFrame) -> Iterator[Any]:
    """The rows of a table as named tuples."""
    return iter(table.itertuples(index=False))


def _plain(text: str) -> str:
    """A text on one line."""
    return " ".join(text.split())


def _evidence(made: Calibration) -> dict[str, str]:
    """Row -> the kilometres and how each area's speed was found."""
    idle = "one factor for all, not driven" if made.single else "held, not driven"
    notes: dict[str, list[str]] = {}
    for row in rows_of(made.speeds):
        words = f"{row.area} {STATUS[row.status]} ({row.km:,.0f} km)"
        notes.setdefault(row.row, []).append(words)
    return {row: "; ".join(notes.get(row, [idle])) for row in SPEED_ROWS}


def _record_lines(profile: Profile, base: str, notes: Mapping[str, str]) -> list[str]:
    table = profile.table()
    lines = [f"  based_on: {base}" if base else f"  mode: {table['mode']}", "  speeds_kph:"]
    for row in SPEED_ROWS:
        pair = _flow(table["speeds_kph"][row])
        lines.append(f"    {row}: {pair}".ljust(56) + f"  # {notes[row]}")
    lines += [f"  {key}: {_flow(table[key])}" for key in ("limit_share", "limit_weight", "end_s")]
    lines += [f"  {key}: {json.dumps(table[key])}" for key in ("leg_kph", "max_snap_m")]
    written = yaml.safe_dump(
        {"error": table["error"], "source": _plain(table["source"])}, width=90, sort_keys=False
    )
    return lines + ["  " + line for line in written.rstrip("\n").split("\n")]


def _flow(values: Mapping[str, float | None]) -> str:
    cells = (f"{key}: {'null' if v is None else format(v, 'g')}" for key, v in values.items())
    return "{" + ", ".join(cells) + "}"


def runs_table(made: Calibration) -> pd.DataFrame:
    """Every row of the file: ends, observed and predicted seconds, and why one is not used.

    Texts that a spreadsheet would run as a formula are quoted.
    """
    table = made.table
    status = table["reason"].map(REASONS).fillna("used")
    gross = (table["reason"] == "") & (table["weight"] < 0.01)
    frame = pd.DataFrame(
        {
            "row": table.index,
            "origin": table["origin"].map(neutral),
            "destination": table["destination"].map(neutral),
            "from_easting": table["from_x"].round(1),
            "from_northing": table["from_y"].round(1),
            "to_easting": table["to_x"].round(1),
            "to_northing": table["to_y"].round(1),
            "period": table["period"],
            "observed_s": table["seconds"].round(1),
            "before_s": table["before_s"].round(1),
            "predicted_s": table["predicted_s"].round(1),
            "left_out_s": table["left_out_s"].round(1),
            "observed_to_predicted": (table["seconds"] / table["left_out_s"]).round(3),
            "metres": table["metres"].round(0),
            "weight": table["weight"].round(3),
            "status": status.mask(gross, "used, but without weight: a gross error"),
        }
    )
    return frame.reset_index(drop=True)


def record_text(made: Calibration) -> str:
    """Everything about the calibration as JSON; what is not known is null."""
    reasons = made.table.loc[made.table["reason"] != "", "reason"].value_counts().sort_index()
    record = {
        "profile": made.name,
        "roads": dict(made.roads),
        "runs": {
            "file": made.runs.name,
            "sha256": made.runs.sha256,
            "routed": made.runs.routed,
            "headings": dict(made.runs.headings),
            "places": dict(made.runs.places),
            "days": made.runs.days,
            "rows": len(made.table),
            "used": len(made.used),
            "without_weight": int((made.used["weight"] < 0.01).sum()),
            "set_aside": {str(reason): int(count) for reason, count in reasons.items()},
        },
        "single_factor": made.single,
        "start_s": made.start_s,
        "agreement": {name: asdict(found) for name, found in made.agreements.items()},
        "left_out_by": {"what": made.folds.by, "groups": made.folds.groups},
        "searches": made.searches,
        "speeds": made.speeds.to_dict("records"),
        "delays": made.delays.to_dict("records"),
        "residuals": {name: table.to_dict("records") for name, table in made.residuals.items()},
        "before": made.before.table(),
        "after": made.after.table(),
        "periods": {name: profile.table() for name, profile in made.periods.items()},
    }
    return json.dumps(_finite(record), indent=1, ensure_ascii=False) + "\n"


def _finite(value: Any) -> Any:
    """The same with numbers to six figures, and null for those that are not known."""
    if isinstance(value, Mapping):
        return {str(key): _finite(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(inner) for inner in value]
    if hasattr(value, "item"):
        value = value.item()
    if isinstance(value, float):
        return float(f"{value:.6g}") if math.isfinite(value) else None
    return value


__all__ = ["STATUS", "record_text", "rows_of", "runs_table", "speeds_text"]
