"""What if something else were asked: a run's scenario with further changes, and what they change.

The scenario is the run's own, made again from its file and from what the run had changed in it;
a file that says something else by now, or layers that have changed, are told and refused, since
the answer would mix that change with the one that was asked about.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path
from typing import Any

from assets.issues import InputError, Issue
from assets.keyed import keys_of, read_text
from assets.postgis.address import STARS
from optimise.input_records import InputFile
from optimise.runs import plain
from optimise.scenario import EXAMPLE, Origin, Scenario, validated, without_passwords
from optimise.settings import override_values, setting_values, with_values

#: Keys that say nothing of what is asked of a plan.
SAID_ONLY = (
    "name", "title", "note", "attribution", "appraisal", "risks",
    "overrides", "scenarios", "sweeps", "solver",
)  # fmt: skip


def read_record(run: Path) -> Mapping[str, Any]:
    """``run.json`` of a run.

    Raises:
        InputError: there is none, or it is not one of a plan.
    """
    path = run / "run.json"
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        record = None
    if not isinstance(record, dict) or not isinstance(record.get("scenario"), dict):
        raise InputError(
            Issue("what_if.no_run", f"{run} is not the folder of a run", (str(run),),
                  "name a folder that holds run.json, such as runs/wessex")
        )  # fmt: skip
    return record


def scenario_of(
    record: Mapping[str, Any],
    *,
    overrides: Sequence[str] = (),
    settings: Sequence[str] = (),
    gap: float | None = None,
) -> Scenario:
    """A run's scenario with further changes; later ones win over those of the run.

    Args:
        record: the run's ``run.json``.
        overrides: names of overrides in the run's scenario file.
        settings: ``dotted.key=value`` texts.
        gap: at which the search may stop, where neither says; None = the run's.

    Raises:
        InputError: the file says something else than it did then, in keys that the run did not
            set itself; or the changes do not fit.
    """
    path = Path(str(record.get("scenario_file", "")))
    try:
        return _again(record, path, (overrides, settings), gap)
    except InputError as error:
        raise InputError(map(without_passwords, error.issues)) from None


def _again(
    record: Mapping[str, Any],
    path: Path,
    asked: tuple[Sequence[str], Sequence[str]],
    gap: float | None,
) -> Scenario:
    again = _on_top(record, path)
    now, then = (_asked(s) for s in (plain(again.model_dump(mode="json")), _known(record)))
    moved = [key for key in now if key not in then or now[key] != then[key]]
    moved += [key for key in then if key not in now]
    if moved:
        raise InputError(
            Issue("what_if.scenario_changed", f"{path} has changed since the run was made",
                  tuple(moved), "plan the file anew with `plan`, then ask what if of that run")
        )  # fmt: skip
    made = _on_top(record, path, *asked, gap=gap)
    _refuse_struck_out(made)
    return made


def _refuse_struck_out(scenario: Scenario) -> None:
    """A password that the run was given is not kept, so that it must be given again."""
    keys = tuple(
        key
        for key, (_, value) in scenario.origin.changes.items()
        if STARS in json.dumps(value, default=str)
    )
    if keys:
        raise InputError(
            Issue("what_if.password", "a run keeps no passwords, and one was set for it", keys,
                  f"give the address again: --set {keys[0]}=postgresql://…")
        )  # fmt: skip


def _on_top(
    record: Mapping[str, Any],
    path: Path,
    overrides: Sequence[str] = (),
    settings: Sequence[str] = (),
    gap: float | None = None,
) -> Scenario:
    """The file's scenario, with what the run had changed as it was then, and then the rest."""
    raw, source = (
        keys_of(read_text(path, "scenario"), path, "scenario", begin_from=EXAMPLE),
        str(path),
    )
    later = override_values(raw, overrides, source) | setting_values(settings)
    done = {tuple(k.split(".")): told["after"] for k, told in record.get("changes", {}).items()}
    if gap is not None:
        later = {("solver", "gap"): gap} | later
    earlier = {keys: value for keys, value in done.items() if keys not in later}
    resolved, changes = with_values(raw, earlier | later, source)
    applied = (*record.get("overrides_applied", ()), *overrides)
    return validated(resolved, Origin(path.parent, source, applied, changes))


def _known(record: Mapping[str, Any]) -> Mapping[str, Any]:
    """The scenario as the run resolved it, with keys that came later as they are by default."""
    told = record["scenario"]
    try:
        return plain(Scenario.model_validate(told).model_dump(mode="json"))  # type: ignore[no-any-return]
    except ValueError:
        return told  # type: ignore[no-any-return]


def _asked(told: Mapping[str, Any]) -> dict[str, Any]:
    """Dotted key → value, of all that a plan depends on."""
    return {key: value for key, value in _leaves(told) if key.split(".")[0] not in SAID_ONLY}


def _leaves(told: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, Any]]:
    for key, value in told.items():
        if isinstance(value, Mapping) and value:
            yield from _leaves(value, f"{above}{key}.")
        elif value not in (None, {}, []):
            yield f"{above}{key}", value


def refuse_other_inputs(record: Mapping[str, Any], files: Sequence[InputFile]) -> None:
    """Refuse layers, roads or times that are not what the run was made from.

    Raises:
        InputError: naming those that have changed, are new or are gone.
    """
    then = {file["layer"]: file["sha256"] for file in record.get("inputs", ())}
    now = {file.layer: file.sha256 for file in files}
    moved = sorted(layer for layer in {*then, *now} if then.get(layer) != now.get(layer))
    if moved:
        raise InputError(
            Issue("what_if.inputs_changed", "what the run was made from has changed since",
                  tuple(moved), "plan it anew with `plan`, then ask what if of that run")
        )  # fmt: skip


def changes_of(record: Mapping[str, Any], scenario: Scenario) -> dict[str, dict[str, Any]]:
    """Dotted key → before and after, of all that is asked otherwise than in the run."""
    then, now = _asked(_known(record)), _asked(plain(scenario.model_dump(mode="json")))
    keys = [*now, *(key for key in then if key not in now)]
    return {
        key: {"before": then.get(key), "after": now.get(key)}
        for key in keys
        if then.get(key) != now.get(key)
    }


@contextmanager
def new_place(runs: Path, name: str) -> Iterator[Path]:
    """``<name>-what-if-<n>``, the first that nobody has: made, and taken away if it stays empty.

    Raises:
        OSError: nothing can be made there.
    """
    for n in count(1):
        place = runs / f"{name}-what-if-{n}"
        try:
            place.mkdir()
        except FileExistsError:
            continue
        break
    try:
        yield place
    finally:
        with suppress(OSError):  # it is a run by now
            place.rmdir()
