"""Checksums that tell whether two scenarios ask the same, and two runs are the same."""

from __future__ import annotations

import functools
import hashlib
import json
from collections.abc import Iterable, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

from optimise.input_records import InputFile
from optimise.scenario import Scenario

_HOUSE = Path(__file__).resolve().parents[2]
#: What a plan is made by: packages of ours, and rooms of them that only tell of plans made.
MADE_BY = ("assets", "coverage", "optimise")
ONLY_TELL = ("batch", "frontier", "robust", "store", "variants", "workbook")
LIBRARIES = ("geopandas", "highspy", "numpy", "osmium", "pandas", "pulp", "pyproj", "scipy",
             "shapely")  # fmt: skip
#: What a scenario is called and how a plan is told; nothing of it is asked of the plan.
SAID_ONLY = ("name", "title", "note", "attribution", "overrides", "scenarios", "sweeps",
             "appraisal", "risks")  # fmt: skip


def scenario_key(scenario: Scenario) -> str:
    """Checksum (SHA-256, hex) of what a scenario asks, resolved.

    Without what it is called, words about the plan, and how many threads look for it: scenarios
    of equal keys ask the same of the same files.
    """
    return _sha256(_asked(scenario))


def run_key(scenario: Scenario, files: Sequence[InputFile]) -> str:
    """Checksum (SHA-256, hex) of a scenario, what its inputs hold, and what makes the plan of them.

    A plan that was made under the same key needs not be made again.

    Args:
        scenario: resolved.
        files: the inputs read (`optimise.inputs.input_files`), in any order; where they lie does
            not count.
    """
    held = sorted([file.layer, file.sha256] for file in files)
    return _sha256([_asked(scenario), held, made_by()])


@functools.cache
def made_by() -> str:
    """Checksum (SHA-256, hex) of the code that makes plans, and the versions it stands on."""
    digest = hashlib.sha256(" ".join(f"{name} {version(name)}" for name in LIBRARIES).encode())
    for path in sorted(_modules(), key=lambda at: at.relative_to(_HOUSE).as_posix()):
        text = path.read_text(encoding="utf-8")  # line ends count as one sign on every machine
        name = path.relative_to(_HOUSE).as_posix()
        digest.update(f"{name} {len(text)} {text}".encode())
    return digest.hexdigest()


def _modules() -> Iterable[Path]:
    for package in MADE_BY:
        # Beside code there are figures: speeds, standards that can be used by name.
        for path in (p for kind in ("py", "yml") for p in (_HOUSE / package).rglob(f"*.{kind}")):
            if package != "optimise" or path.relative_to(_HOUSE).parts[1] not in ONLY_TELL:
                yield path


def _asked(scenario: Scenario) -> Any:
    told = scenario.model_dump(mode="json", exclude=set(SAID_ONLY))
    told["solver"].pop("threads")
    return told


def _sha256(told: Any) -> str:
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()
