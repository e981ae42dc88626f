"""Many scenarios from one file: named ones, and sweeps over any key."""

from __future__ import annotations

from optimise.variants.keys import run_key, scenario_key
from optimise.variants.sets import ScenarioSet, Variant, load_set, resolve_set

__all__ = ["ScenarioSet", "Variant", "load_set", "resolve_set", "run_key", "scenario_key"]
