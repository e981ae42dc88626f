"""What a matrix file says of itself: provenance, unit, direction, error; as JSON, beside or inside.

A Parquet file carries it in its schema metadata, a CSV file has ``<name>.json`` beside it with the
checksum of the CSV it belongs to. No time of day is in it: the same matrix gives the same bytes.
What is read back comes from a file anybody may have written, so every part is checked for its kind.
"""

from __future__ import annotations

import importlib.metadata
import json
import math
import platform
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeGuard

from coverage.matrices.headings import UNITS
from coverage.speeds import TimeError
from coverage.times import DIRECTIONS, TravelTimes

FORMAT = "groundplan travel times 1"
DECIMALS: Mapping[str, int] = MappingProxyType({"minutes": 4, "seconds": 3, "metres": 1})
"""Decimals in CSV; 0.0001 min is 6 ms, 0.001 s is 1 ms. Parquet holds minutes as they are."""
_PACKAGES = ("numpy", "scipy", "osmium", "pyproj", "shapely")
_MAX_BYTES = 64 * 2**20
_ID_LISTS = ("off_network_demand", "off_network_sites", "beyond_rim", "near_rim")


@dataclass(frozen=True)
class Statement:
    """What a file says of itself; blank or empty where it says nothing.

    Attributes:
        shape, unit, direction: as `coverage.matrices.form.MatrixForm`.
        profile: name of the profile the times were made with.
        error: how far the minutes may be from driven ones, or None.
        provenance: what the times rest on.
        notes: what is odd about the statement.
        current: it belongs to the very file beside it.
    """

    shape: str = ""
    unit: str = ""
    direction: str = ""
    profile: str = ""
    error: TimeError | None = None
    provenance: Mapping[str, Any] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    current: bool = True


def sidecar_of(path: Path) -> Path:
    """Where the statement of a CSV file lies."""
    return path.with_name(f"{path.name}.json")


def record_of(times: TravelTimes, *, unit: str, shape: str) -> dict[str, Any]:
    """The statement of a matrix about to be written, as plain values."""
    versions = {name: importlib.metadata.version(name) for name in _PACKAGES}
    record = {
        "format": FORMAT,
        "created_by": "Groundplan",
        "versions": {"python": platform.python_version(), **versions},
        "shape": shape,
        "unit": unit,
        "direction": times.direction,
        "profile": times.profile,
        "error": asdict(times.error),
        "demand": len(times.demand_ids),
        "sites": len(times.site_ids),
        "provenance": dict(times.provenance),
    }
    made: dict[str, Any] = _plain(record)
    return made


def as_json(record: Mapping[str, Any]) -> str:
    """The statement as text, the same for the same record."""
    return json.dumps(record, sort_keys=True, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def _plain(value: Any) -> Any:
    """Values JSON has: tuples are lists, numbers beyond all bounds are words."""
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, str | bool | int) or value is None:
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    if isinstance(value, Sequence):
        return [_plain(item) for item in value]
    return _plain(value.item()) if hasattr(value, "item") else str(value)


def statement_of(path: Path, metadata: str, sha256: str) -> Statement:
    """What the file says of itself, in its metadata or in the file beside it."""
    if metadata:
        return _parsed(metadata, "the file's own account of itself")
    beside = sidecar_of(path)
    try:
        if not beside.is_file():
            return Statement()
        if beside.stat().st_size > _MAX_BYTES:
            return Statement(notes=(f"{beside.name} is too large to be read",))
        text = beside.read_text(encoding="utf-8-sig")
    except (OSError, ValueError):
        return Statement(notes=(f"{beside.name} cannot be read",))
    return _parsed(text, beside.name, sha256)


def _parsed(text: str, where: str, sha256: str = "") -> Statement:
    try:
        record = json.loads(text, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        return Statement(notes=(f"{where} is not JSON and was left aside",))
    if not isinstance(record, dict) or record.get("format") != FORMAT:
        return Statement(notes=(f"{where} is not an account of travel times; left aside",))
    current = not sha256 or record.get("sha256") == sha256
    edited = f"the file was edited after {where} was written: its checksum differs"
    given = record.get("provenance")
    return Statement(
        shape=_one_of(record.get("shape"), ("long", "wide")),
        unit=_one_of(record.get("unit"), UNITS),
        direction=_one_of(record.get("direction"), DIRECTIONS),
        profile=record["profile"] if isinstance(record.get("profile"), str) else "",
        error=_error(record.get("error")),
        provenance=_checked(given if isinstance(given, dict) else {}),
        notes=() if current else (edited,),
        current=current,
    )


def _no_constant(word: str) -> None:
    raise ValueError(word)


def _one_of(value: Any, known: Sequence[str]) -> str:
    return value if isinstance(value, str) and value in known else ""


def _error(value: Any) -> TimeError | None:
    """The error stated, if it is one: a low factor of at most 1 and a high one of at least 1."""
    if not isinstance(value, dict):
        return None
    low, high, source = (value.get(name) for name in ("low", "high", "source"))
    if not _is_number(low) or not _is_number(high) or not isinstance(source, str):
        return None
    if not 0 < float(low) <= 1 <= float(high) < math.inf:
        return None
    return TimeError(float(low), float(high), source)


def _is_number(value: Any) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _checked(given: Mapping[str, Any]) -> dict[str, Any]:
    """The provenance, without parts that others read but that are not of their kind."""
    kept = dict(given)
    for name in _ID_LISTS:
        value = kept.get(name, [])
        listed = isinstance(value, list) and all(isinstance(item, str) for item in value)
        kept[name] = tuple(value) if listed else ()
    bound = kept.get("bound_min")
    if bound is not None and not _is_number(bound):
        kept.pop("bound_min")
    return kept


def of_the_plan(provenance: Mapping[str, Any], ids: frozenset[str]) -> dict[str, Any]:
    """The provenance with its lists of places cut to those of the plan."""
    cut = {
        name: tuple(item for item in provenance[name] if item in ids)
        for name in _ID_LISTS
        if name in provenance
    }
    return {**provenance, **cut}
