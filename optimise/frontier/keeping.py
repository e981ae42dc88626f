"""The frontier's folder: run folders of its points, its table and its record; begun and resumed."""

from __future__ import annotations

import json
import math
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd

from assets.cells import neutral
from assets.issues import InputError, Issue
from optimise.frontier.axes import Axis
from optimise.frontier.curve import Curve, Point, Price
from optimise.frontier.records import FOUND, UNKNOWN, Step, step_of
from optimise.frontier.words import (
    amount,
    each_words,
    headline,
    level_words,
    price_words,
    standing_words,
    step_words,
)
from optimise.plan import Plan
from optimise.runs import VERSION, write_run

RECORD, TABLE, POINTS = "frontier.json", "frontier.csv", "points"
#: Columns of ``frontier.csv`` that are numbers, as far as every frontier has them.
NUMBERS = ("point", "x_value", "y_value", "y_bound")


def begun(folder: Path) -> Path:
    """The folder, made if need be.

    Raises:
        InputError: it holds something else, or cannot be made.
    """
    strange = folder.exists() and not (folder / RECORD).exists()
    if strange and (not folder.is_dir() or any(folder.iterdir())):
        raise InputError(
            Issue("frontier.folder_in_use", f"{folder} is there already and is no frontier",
                  (str(folder),), "choose another --out, or remove it yourself")
        )  # fmt: skip
    (folder / POINTS).mkdir(parents=True, exist_ok=True)
    if not (folder / RECORD).exists():
        _write(folder / RECORD, json.dumps({"groundplan": VERSION, "state": "under way"}))
    return folder


def known_steps(folder: Path, axes: Sequence[Axis]) -> dict[str, Step]:
    """Steps of earlier runs by key, each with its whole run folder; and those without a plan."""
    found: dict[str, Step] = {}
    sound: set[str] = set()
    for path in sorted((folder / POINTS).glob("*/run.json")):
        step = _step(_read(path).get("frontier"), axes, f"{POINTS}/{path.parent.name}")
        # Of two plans of one step the better one came later.
        if step is not None and step.status == FOUND:
            sound.add(step.folder)
            before = found.get(step.key)
            if before is None or len(step.bounds) >= len(before.bounds):
                found[step.key] = step
    for told in _read(folder / RECORD).get("steps") or ():
        step = _step(told, axes, str(told.get("folder", "")))
        # What no search of its time could tell is asked again.
        if step is None or not step.bounds or step.status == UNKNOWN:
            continue
        if step.key in found:
            # Looked at again without a better plan: only the record says what that proved.
            kept = found[step.key]
            more = [bound for bound in step.bounds if bound not in kept.bounds]
            found[step.key] = replace(kept, bounds=(*kept.bounds, *more))
        elif not step.figures or step.folder in sound:
            found[step.key] = step
    return found


def _step(told: Any, axes: Sequence[Axis], folder: str) -> Step | None:
    try:
        return step_of(told, axes, folder)
    except (KeyError, TypeError, ValueError, AttributeError):
        return None


def _read(path: Path) -> Mapping[str, Any]:
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return told if isinstance(told, dict) else {}


def keeper(
    folder: Path, axes: Sequence[Axis], seconds: Mapping[str, float], taken: Sequence[str]
) -> Callable[[Plan, Step], str]:
    """What writes each plan's run folder and returns its name below the frontier's.

    Args:
        folder: the frontier's.
        axes: its axes.
        seconds: of reading, told in every run.
        taken: folders whose steps are known, which are left as they are.
    """
    used = set(taken)

    def taken_by(name: str) -> bool:
        # What an earlier curve's page and record tell of stays until `finish` replaces these.
        return name in used or (folder / name).exists()

    def keep(plan: Plan, step: Step) -> str:
        number = next(n for n in range(1, 10_000) if not taken_by(f"{POINTS}/{n:02d}"))
        name = f"{POINTS}/{number:02d}"
        used.add(name)
        write_run(plan, folder / name, seconds, about={"frontier": step.record(axes)})
        return name

    return keep


def finish(
    folder: Path, curve: Curve, told: Mapping[str, Any], draw: Callable[[Path], object] | None
) -> None:
    """Write the table and the record, give each point its curve and its pages, clear what is old.

    Args:
        folder: the frontier's.
        curve: points, choices, prices, steps.
        told: what else ``frontier.json`` is to say.
        draw: draws the pages of a run folder; None leaves them undrawn.

    Raises:
        InputError: the disk refuses.
    """
    table = frontier_table(curve)
    try:
        _write(folder / TABLE, _csv(table))
        for point in curve.points:
            place = folder / point.folder
            own = _csv(table.assign(run="", here=(table["point"] == point.number).map(yes_no)))
            there = (place / TABLE).exists() and (place / TABLE).read_text(encoding="utf-8") == own
            if not there:
                # A page of the curve before is none of this one, if drawing is interrupted.
                (place / "plan.html").unlink(missing_ok=True)
                _write(place / TABLE, own)
            if draw is not None and not (there and (place / "plan.html").exists()):
                draw(place)
        _write(folder / RECORD, json.dumps(record(curve, told), indent=2, allow_nan=False))
        _clear(folder, {step.folder for step in curve.steps})
    except OSError as error:
        raise InputError(
            Issue("frontier.cannot_write", f"{folder} cannot be written: {error.strerror or error}",
                  (str(folder),), "free some space or choose another --out")
        ) from error  # fmt: skip


def _clear(folder: Path, kept: set[str]) -> None:
    """Remove run folders of an earlier frontier that are no step of this one."""
    for path in sorted((folder / POINTS).glob("*/run.json")):
        if f"{POINTS}/{path.parent.name}" not in kept and "frontier" in _read(path):
            shutil.rmtree(path.parent, ignore_errors=True)


def yes_no(value: object) -> str:
    """As a CSV says it."""
    return "yes" if value else "no"


def frontier_table(curve: Curve) -> pd.DataFrame:
    """A row for each point and each step without one, the points first, numbers ascending."""
    rows = [_point_row(point, curve) for point in curve.points]
    places = [point.folder for point in curve.points]
    rows += [
        {**_axes_row(curve), "status": step.status, "choice": "no",
         "note": step_words(step, curve.axes)}
        for step in curve.steps
        if step.folder not in places
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=list(columns(curve)))


def columns(curve: Curve) -> tuple[str, ...]:
    """Columns of the table."""
    each = [f"{n}_{what}" for n in "xyz"[: len(curve.axes)] for what in
            ("key", "name", "unit", "value", "bound")]  # fmt: skip
    price = ("price_from", "price_bought", "price_paid", "price_more", "price_cost",
             "price_cost_low", "price_cost_high", "price")  # fmt: skip
    return ("point", *each, "gap", "gap_of_range", "status", "choice", "note", *price,
            "seconds", "run")  # fmt: skip


def _axes_row(curve: Curve) -> dict[str, Any]:
    row: dict[str, Any] = {}
    for n, axis in zip("xyz", curve.axes, strict=False):
        row |= {f"{n}_key": axis.key, f"{n}_name": axis.name, f"{n}_unit": axis.unit}
    return row


def _point_row(point: Point, curve: Curve) -> dict[str, Any]:
    row = _axes_row(curve)
    for n, axis, value, bound in zip("xyz", curve.axes, point.figures, point.bounds, strict=False):
        row[f"{n}_value"] = round(axis.shown(value), 6)
        row[f"{n}_bound"] = _shown(axis, bound)
    row |= {
        "point": point.number,
        "gap": _finite(point.gap),
        "gap_of_range": _finite(point.gap_of_range),
        "status": "proved" if point.gap == 0 else FOUND,
        "choice": yes_no(point.choice),
        "note": standing_words(point),
        "seconds": round(point.seconds, 1),
        "run": f"{point.folder}/plan.html",
    }
    price = curve.price_to(point.number)
    if price is not None:
        bought, paid = curve.axes[price.bought], curve.axes[price.paid]
        other = price.here if price.there == point.number else price.there
        row |= {
            "price_from": other,
            "price_bought": bought.key,
            "price_paid": paid.key,
            "price_more": round(bought.shown(price.more), 6),
            "price_cost": round(paid.shown(price.cost), 6),
            "price_cost_low": round(paid.shown(price.least), 6),
            "price_cost_high": _finite(paid.shown(price.most)),
            "price": f"{price_words(price, curve)}: {each_words(price, curve)}",
        }
    return row


def _shown(axis: Axis, bound: float) -> float | None:
    return round(axis.shown(bound), 6) if math.isfinite(bound) else None


def _finite(value: float) -> float | None:
    return round(value, 6) if math.isfinite(value) else None


def record(curve: Curve, told: Mapping[str, Any]) -> dict[str, Any]:
    """``frontier.json``: what was asked and freed, steps with their keys, points, prices.

    Of three figures, prices are those of ``levels``: the curve of the first two, for each step of
    the third.
    """
    return {
        "groundplan": VERSION,
        **told,
        "axes": [
            {"key": a.key, "name": a.name, "unit": a.unit, "asked": a.written, "note": a.note,
             "better": "more" if a.sign > 0 else "less", "total": a.total or None}
            for a in curve.axes
        ],
        "headline": headline(curve),
        "points": [
            {k: v for k, v in _point_row(p, curve).items() if "_name" not in k}
            | {"steps": list(p.names)}
            for p in curve.points
        ],
        "prices": [_price_record(p, curve) for p in curve.prices],
        "levels": [
            {"asked": curve.axes[2].shown(level.asked), "words": level_words(level, curve),
             "points": list(level.points),
             "y_bounds": [_shown(curve.axes[1], bound) for bound in level.bounds],
             "prices": [_price_record(p, curve) for p in level.prices]}
            for level in curve.levels
        ],
        "steps": [
            {**s.record(curve.axes), "folder": s.folder, "words": "" if s.folder else
             step_words(s, curve.axes)}
            for s in curve.steps
        ],
    }  # fmt: skip


def _price_record(price: Price, curve: Curve) -> dict[str, Any]:
    return {
        "from": price.here,
        "to": price.there,
        "words": price_words(price, curve),
        "each": each_words(price, curve),
        "cost": amount(curve.axes[price.paid], price.cost),
    }


def _csv(frame: pd.DataFrame) -> str:
    safe = frame.copy()
    for column in safe.columns:
        if not pd.api.types.is_numeric_dtype(safe[column]):
            safe[column] = safe[column].map(neutral)
    return str(safe.to_csv(index=False, lineterminator="\n"))


def _write(path: Path, text: str) -> None:
    """A file, whole or not at all."""
    beside = path.with_name(f".{path.name}.new")
    beside.write_text(text, encoding="utf-8")
    beside.replace(path)
