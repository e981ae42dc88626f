"""When everything that a plan changes is done."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Timetable:
    """Periods (the first is 1) by id; only what changes is in it.

    Attributes:
        changed: unit_id → period in which it moves, is withdrawn or becomes an outreach.
        released: asset_id → period in which a building that stands today is vacated for good.
        works: asset_id → period of the works at a building: built, extended, its condition mended.
    """

    changed: Mapping[str, int] = field(default_factory=dict)
    released: Mapping[str, int] = field(default_factory=dict)
    works: Mapping[str, int] = field(default_factory=dict)
