"""A set of scenarios → what is to be planned, each with the key of what it asks."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from optimise import warm_file
from optimise.reader import Reader
from optimise.runs import VERSION, plain, versions
from optimise.scenario import Scenario
from optimise.variants import ScenarioSet, run_key

#: The scenario that every search begins from, and its folder.
BASE = "base"
#: Keys of a scenario that change no plan, but what its folder says of it.
TOLD = {"note", "attribution", "appraisal", "risks"}
#: What says which scenarios a batch is of.
RECORD = "batch.json"


def warm_place(key: str) -> str:
    """Where what the base's solve left lies, from the batch's folder."""
    return f".kept/warm-{key[:32]}/{warm_file.NAME}"


@dataclass(frozen=True)
class Job:
    """One scenario to plan.

    Attributes:
        name: unique in the batch; `BASE` for the base.
        place: its folder, from the batch's, with ``/``.
        key: of what is asked: resolved scenario, checksums of the inputs, version of the rules;
            and of the words about the plan.
        settings, overrides: what it changes, as written.
        scenario: resolved; with one thread for the solver.
        batch: the set's name.
        same_as: an earlier job that asks the same, whose plan is this one's; blank = none.
    """

    name: str
    place: str
    title: str
    sweep: str
    key: str
    settings: tuple[tuple[str, Any], ...]
    overrides: tuple[str, ...]
    scenario: Scenario
    batch: str
    same_as: str = ""

    @property
    def about(self) -> dict[str, Any]:
        """What its folder says of the batch it belongs to."""
        said = {"name": self.batch, "scenario": self.name, "title": self.title}
        same = {"same_as": self.same_as} if self.same_as else {}
        return {"batch": {**said, "sweep": self.sweep, "key": self.key, **same}}


def jobs_of(asked: ScenarioSet, reader: Reader) -> tuple[Job, ...]:
    """The base and every variant, in order; what asks the same as an earlier one points to it.

    Raises:
        InputError: a file that a scenario names cannot be read.
    """
    key = _key(asked.base, reader)
    base = Job(BASE, BASE, asked.base.title or asked.base.name, "", key, (),
               asked.base.origin.applied, _alone(asked.base), asked.name)  # fmt: skip
    jobs, first = [base], {base.key: BASE}
    for one in asked.variants:
        key = _key(one.scenario, reader)
        job = Job(one.name, f"scenarios/{one.name}", one.title, one.sweep, key, one.settings,
                  one.overrides, _alone(one.scenario), asked.name,
                  first.setdefault(key, ""))  # fmt: skip
        jobs.append(job)
        first[key] = first[key] or one.name
    return tuple(jobs)


def _key(scenario: Scenario, reader: Reader) -> str:
    """Of what a run folder holds: the plan (`run_key`), and the words that are told beside it."""
    told = scenario.model_dump(mode="json", include=TOLD)
    whole = [run_key(scenario, reader.files(scenario)), told]
    return hashlib.sha256(json.dumps(whole, sort_keys=True).encode()).hexdigest()


def _alone(scenario: Scenario) -> Scenario:
    """One thread for the solver, since a batch's workers share the cores; paths that hold anywhere.

    Whatever the file says: the same threads everywhere give the same plans everywhere.
    """
    solver = scenario.solver.model_copy(update={"threads": 1})
    made = scenario.model_copy(update={"solver": solver})
    made._origin = replace(scenario.origin, base_dir=scenario.origin.base_dir.resolve())
    return made


def batch_record(
    asked: ScenarioSet, jobs: Sequence[Job], before: Mapping[str, Any]
) -> Mapping[str, Any]:
    """What ``batch.json`` says: the set, its versions, its base and its scenarios with keys.

    Args:
        asked: the set.
        jobs: its base and what is asked for.
        before: what ``batch.json`` said so far (`listed_in`). What the file has and this run
            leaves out is listed as it was: a batch is not forgotten when a part is run again.
    """
    base, *variants = jobs
    entries = {
        j.name: {"name": j.name, "title": j.title, "sweep": j.sweep, "key": j.key,
                 "folder": j.place, "settings": dict(j.settings), "overrides": list(j.overrides),
                 "same_as": j.same_as}
        for j in variants
    }  # fmt: skip
    names, listed = asked.names or tuple(entries), {**before, **entries}
    record = {
        "groundplan": VERSION,
        "name": asked.name,
        "title": asked.base.title or asked.base.name,
        "source": asked.source,
        "versions": versions(),
        "seeds": {"solver": asked.base.solver.random_seed},
        "base": {"name": base.name, "title": base.title, "key": base.key, "folder": base.place},
        "scenarios": [listed[name] for name in names if name in listed],
    }
    return plain(record)  # type: ignore[no-any-return]


def listed_in(path: Path) -> dict[str, Any]:
    """Scenarios that a ``batch.json`` lists, by name; none where there is none that can be read."""
    try:
        scenarios = json.loads(path.read_text(encoding="utf-8"))["scenarios"]
        return {str(one["name"]): one for one in scenarios}
    except (OSError, ValueError, KeyError, TypeError):
        return {}


def write_whole(path: Path, record: Mapping[str, Any]) -> None:
    """Write a JSON file whole or not at all.

    Raises:
        OSError: the disk refuses.
    """
    beside = path.with_name(f".{path.name}.new")
    text = json.dumps(record, indent=1, ensure_ascii=False, allow_nan=False)
    beside.write_text(text + "\n", encoding="utf-8")
    beside.replace(path)
