"""What every minute of a run rests on: roads or matrix, profile, bound, error. Pure."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from coverage.margin import is_stated
from coverage.times import TravelTimes
from optimise.plan import Plan

COMPUTED, GIVEN = "groundplan", "matrix"


def times_record(plan: Plan) -> dict[str, Any]:
    """``times`` by mode, and ``catchment_times`` (None where no crew lives round its station)."""
    catchment = plan.inputs.catchment
    standards = plan.scenario.standards.values()
    return {
        "times": {
            mode: {
                **footing_of(times),
                "standards": {s.standard_id: s.held_at for s in standards if s.mode == mode},
            }
            for mode, times in plan.inputs.times.items()
        },
        "catchment_times": None if catchment is None else footing_of(catchment),
    }


def footing_of(times: TravelTimes) -> dict[str, Any]:
    """Everything that travel times say of themselves, read off the times that were used.

    Returns:
        Their provenance as it stands (``roads`` and ``roads_sha256``, ``file`` and
        ``file_sha256`` or ``engine_url`` and ``answer_sha256``; ``profile``, ``bound_min``,
        ``direction``, ids off the network and near its rim ...), and ``engine``,
        ``profile_name``, ``profile_sha256`` (of the whole table; None where there is none) and
        ``error`` (None where none is stated).
    """
    told = times.provenance
    engine = GIVEN if "file" in told else COMPUTED
    table = told.get("profile")
    return {
        "engine": engine,
        **told,
        "direction": times.direction,
        "profile_name": times.profile,
        "profile_sha256": checksum(table) if isinstance(table, Mapping) else None,
        "error": asdict(times.error) if is_stated(times.error) else None,
    }


def checksum(table: Mapping[str, Any]) -> str:
    """SHA-256 of plain values, whatever the order of their keys."""
    text = json.dumps(table, sort_keys=True, default=str)
    return hashlib.sha256(text.encode("utf-8")).hexdigest()
