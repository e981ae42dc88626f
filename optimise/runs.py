"""The run folder: what a plan leaves behind, written whole or not at all."""

from __future__ import annotations

import importlib.metadata
import json
import math
import os
import platform
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from assets.cells import neutral
from assets.issues import InputError, Issue
from assets.postgis.address import redacted
from optimise import footing, results, shapes, telling, warm_file
from optimise.appraise.record import appraisal_record
from optimise.asked_misfits import asked_notes
from optimise.duties import duties_record
from optimise.equality import equality_table
from optimise.inputs import notes_of, off_network
from optimise.ledger.names import party_notes
from optimise.money_record import PlanBooks, books_of, money_record
from optimise.phasing.misfits import phasing_notes
from optimise.plan import Plan
from optimise.protected import detriment_table, summary
from optimise.reach_table import reach_table
from optimise.users import users_table
from optimise.workbook.book import RunTables, plan_workbook

VERSION = "0.1.0"
#: Tables that every run has, each a CSV.
TABLES = ("decisions", "services", "cover", "money", "ledger", "disposals")
#: What marks a folder as a run: a plan, or a batch's record of a scenario that has none.
MARKS = ("run.json", "failed.json")
PACKAGES = ("geopandas", "highspy", "numpy", "osmium", "pandas", "pulp", "scipy", "shapely")


def write_run(
    plan: Plan,
    folder: Path,
    seconds: Mapping[str, float],
    *,
    about: Mapping[str, Any] | None = None,
) -> Path:
    """Write ``run.json``, the tables, ``plan.xlsx`` and ``plan.gpkg`` of a plan into a folder.

    The tables: ``decisions``, ``services``, ``cover``, ``money``, ``ledger``, ``disposals``,
    those of `_further_tables`, the drive times of `optimise.reach_table` (``reach.parquet``), and
    what a later solve can begin from (`optimise.warm_file`).

    The folder is made beside its final place and moved there when complete; a
    folder that is not a run is never replaced.

    Args:
        plan: an audited plan.
        folder: where the run is to be.
        seconds: by stage, added to the plan's own.
        about: further entries of ``run.json``, such as the batch it belongs to.

    Raises:
        InputError: the folder holds something else, or cannot be written (disk full).
    """
    decisions, services = results.decisions_table(plan), results.services_table(plan)
    cover, minutes = results.cover_table(plan), results.minutes_table(plan)
    layers = shapes.layers(plan, decisions, services, minutes)
    books = books_of(plan)
    record = run_record(plan, cover, seconds, books) | plain(about or {})
    tables = RunTables(decisions, services, cover, books.money, books.ledger, books.disposals,
                       books.partners)  # fmt: skip
    workbook = plan_workbook(record, tables)
    with new_folder(folder) as made:
        for name in TABLES:
            _write_csv(getattr(tables, name), made / f"{name}.csv")
        for name, table in _further_tables(plan).items():
            _write_csv(table, made / f"{name}.csv")
        _write_parquet(reach_table(plan), made / "reach.parquet")
        (made / warm_file.NAME).write_bytes(warm_file.warm_bytes(plan.solution.warm))
        (made / "plan.xlsx").write_bytes(workbook)
        write_layers(layers, made / "plan.gpkg")
        text = json.dumps(record, indent=2, ensure_ascii=False, allow_nan=False)
        (made / "run.json").write_text(text + "\n", encoding="utf-8")
    return folder


@contextmanager
def new_folder(folder: Path) -> Iterator[Path]:
    """A folder to fill, which takes the place of ``folder`` only once it is full.

    Raises:
        InputError: ``folder`` holds something that is not a run, or the disk
            refuses; what was there before is untouched.
    """
    refuse_in_use(folder)
    try:
        with filled_beside(folder) as made:
            # A run is as readable as any folder made here.
            made.chmod(0o777 & ~_umask())
            yield made
    except OSError as error:
        raise _cannot_write(folder, error.strerror or str(error)) from error


@contextmanager
def filled_beside(folder: Path) -> Iterator[Path]:
    """A folder to fill beside ``folder``, in whose place it is put at the end of the block.

    Only its owner can read it until it is given another mode. If the block raises, ``folder``
    stays as it was, and what was begun is removed.

    Args:
        folder: there or not; the folders above it are made. Whether it may be replaced is for
            the caller to say.

    Raises:
        OSError: the disk refuses; ``folder`` is as it was.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    made = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
    try:
        yield made
        _take_place(made, folder)
    finally:
        shutil.rmtree(made, ignore_errors=True)


def refuse_in_use(folder: Path, marks: Sequence[str] = MARKS, *, what: str = "run") -> None:
    """Refuse a folder that cannot become a result's, before anything long is begun.

    Args:
        folder: there or not; nothing is made.
        marks: files of which an earlier result, which may be replaced, holds at least one.
        what: the result, in a word.

    Raises:
        InputError: the folder holds something else, or may not be made or replaced.
    """
    ours = any((folder / name).exists() for name in marks)
    if folder.exists() and not ours and _holds_something(folder):
        raise InputError(
            Issue(
                "run.folder_in_use",
                f"{folder} is there already and is not a {what}",
                (str(folder),),
                "choose another --out, or remove it yourself",
            )
        )
    above = next(place for place in folder.absolute().parents if place.exists())
    if not above.is_dir() or not os.access(above, os.W_OK | os.X_OK):
        raise _cannot_write(folder, f"nothing can be made in {above}")


def _cannot_write(folder: Path, why: str) -> InputError:
    return InputError(
        Issue(
            "run.cannot_write",
            f"{folder} cannot be written: {why}",
            (str(folder),),
            "free some space or choose another --out; nothing was changed",
        )
    )


def _holds_something(folder: Path) -> bool:
    return not folder.is_dir() or any(folder.iterdir())


def _umask() -> int:
    current = os.umask(0)
    os.umask(current)
    return current


def _take_place(made: Path, folder: Path) -> None:
    """Swap the full folder in; an old one is moved aside first, so either is there whole."""
    if not folder.exists():
        os.replace(made, folder)
        return
    aside = folder.with_name(f".{folder.name}.old-{os.getpid()}")
    os.replace(folder, aside)
    try:
        os.replace(made, folder)
    except OSError:
        os.replace(aside, folder)
        raise
    shutil.rmtree(aside, ignore_errors=True)


def _further_tables(plan: Plan) -> dict[str, pd.DataFrame]:
    """Tables that are not sheets of the workbook, by name.

    ``detriment`` stands where the scenario has rules of no detriment or equity.
    """
    made = {"users": users_table(plan), "equality": equality_table(plan)}
    return made | ({"detriment": detriment_table(plan)} if plan.problem.fair else {})


def _write_csv(frame: pd.DataFrame, path: Path) -> None:
    safe = frame.copy()
    for column in safe.columns:
        if not pd.api.types.is_numeric_dtype(safe[column]):
            # A lone carriage return would end the row for readers: the writer does not quote it.
            safe[column] = safe[column].map(neutral).replace(r"\r\n?", "\n", regex=True)
    safe.to_csv(path, index=False, lineterminator="\n", encoding="utf-8")


def _write_parquet(frame: pd.DataFrame, path: Path) -> None:
    """Text and numbers as they stand; nothing of the machine or the hour is written with them."""
    kinds = [
        (name, pa.from_numpy_dtype(kind) if pd.api.types.is_numeric_dtype(kind) else pa.string())
        for name, kind in frame.dtypes.items()
    ]
    table = pa.Table.from_pandas(frame, schema=pa.schema(kinds), preserve_index=False)
    pq.write_table(table.replace_schema_metadata(None), path, compression="zstd")


def write_layers(
    layers: Mapping[str, gpd.GeoDataFrame], path: Path, *, options: Mapping[str, str] | None = None
) -> None:
    """Layers of a GeoPackage, in order.

    Args:
        layers: name -> what the layer holds.
        path: the file.
        options: of the file as a whole, as GDAL's driver GPKG knows them (``VERSION``).

    Raises:
        OSError: the disk refuses.
    """
    import pyogrio

    for name, frame in layers.items():
        try:
            pyogrio.write_dataframe(
                frame, path, layer=name, driver="GPKG", dataset_options=dict(options or {})
            )
        except Exception as error:  # pyogrio's own classes for a full disk differ by driver
            raise OSError(f"{path.name}, layer {name}: {error}") from error


def run_record(
    plan: Plan, cover: pd.DataFrame, seconds: Mapping[str, float], books: PlanBooks | None = None
) -> dict[str, Any]:
    """What ``run.json`` says: scenario as resolved, inputs, status, bound, gap, figures, money.

    And what `optimise.appraise` tells: options, risks, rules that bind, dates of the data.
    """
    solution, scenario = plan.solution, plan.scenario
    origin = scenario.origin
    stages = {**seconds, **plan.seconds}
    books = books or books_of(plan)
    record = {
        "groundplan": VERSION,
        "name": scenario.name,
        "title": scenario.title or scenario.name,
        **_proof_record(plan),
        "npv_gbp": plan.after.money.npv_gbp,
        "do_nothing_cost_gbp": plan.problem.do_nothing_gbp,
        "totals": results.totals(plan),
        "goals": telling.goals_record(solution, plan.problem, plan.after, plan.before),
        "targets": results.targets_table(plan).to_dict("records")
        + telling.limits_record(plan.problem, plan.after, plan.before),
        "standards": results.standards_table(plan, cover).to_dict("records"),
        "protected": summary(detriment_table(plan)),
        "duties": duties_record(scenario.duties),
        "money": money_record(plan, books),
        **appraisal_record(plan, cover, books),
        "scenario": scenario.model_dump(mode="json"),
        "scenario_file": origin.source,
        **origin.told,
        "inputs": [vars(f) for f in plan.inputs.files],
        **footing.times_record(plan),
        "off_network": list(off_network(plan.inputs)),
        "warnings": [w.text() for w in _warnings(plan)],
        "versions": versions(),
        "seconds": {k: round(v, 3) for k, v in stages.items()},
    }
    return plain(record)  # type: ignore[no-any-return]


def brief_record(plan: Plan) -> dict[str, Any]:
    """What ``run.json`` says of proof, totals and standards, before there is a run folder."""
    cover = results.cover_table(plan)
    record = {
        **_proof_record(plan),
        "totals": results.totals(plan),
        "standards": results.standards_table(plan, cover).to_dict("records"),
    }
    return plain(record)  # type: ignore[no-any-return]


def as_written(frame: pd.DataFrame) -> pd.DataFrame:
    """A table as its CSV reads: text, with whatever a spreadsheet would run made harmless."""
    return frame.astype(object).where(frame.notna(), "").map(lambda cell: neutral(str(cell)))


def _proof_record(plan: Plan) -> dict[str, Any]:
    """What was made best, how far that is proved, and by which solver."""
    solution = plan.solution
    return {
        "status": solution.status,
        "status_text": telling.status_text(solution),
        "objective_name": plan.scenario.objective.name,
        "objective_unit": solution.goal.unit.key,
        "objective": solution.value,
        "bound": solution.bound,
        "gap": solution.gap,
        "gap_on_savings": solution.gap_on_savings,
        "gap_asked": solution.asked_gap,
        "solver": solution.solver,
        "model": {"rows": solution.rows, "columns": solution.columns},
    }


def _warnings(plan: Plan) -> tuple[Issue, ...]:
    """What was odd about the layers, about what is asked of them, and about the roads."""
    scenario, estate = plan.scenario, plan.inputs.estate
    asked = (
        *asked_notes(scenario, estate),
        *phasing_notes(scenario, estate),
        *party_notes(estate),
    )
    return (*estate.warnings, *asked, *_of_roads(plan))


def _of_roads(plan: Plan) -> tuple[Issue, ...]:
    """What the readers of the roads and of matrices had to say."""
    network = plan.inputs.network
    warned = network.warnings if network is not None else ()
    return (*warned, *plan.inputs.warnings, *notes_of(plan.inputs.times))


def versions() -> dict[str, str]:
    """Python and the packages whose version can change an answer."""
    found = {name: importlib.metadata.version(name) for name in PACKAGES}
    return {"python": platform.python_version(), **found}


def plain(value: Any) -> Any:
    """A value as JSON can hold it: NaN and infinity become null, numpy numbers plain ones.

    Addresses of databases lose their passwords, wherever they stand.
    """
    if isinstance(value, Mapping):
        return {str(k): plain(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(v) for v in value]
    if hasattr(value, "item") and not isinstance(value, (str, bytes)):
        value = value.item() if getattr(value, "size", 1) == 1 else value.tolist()
        return plain(value)
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if value is None or isinstance(value, (int, bool)):
        return value
    return redacted(str(value))
