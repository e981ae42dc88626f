"""Groundplan's command line: the one file that knows every package, and the one that prints."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import pandas as pd
import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from assets.issues import InputError, Issue

HERE = Path(__file__).resolve().parent
WESSEX = HERE / "data" / "wessex" / "wessex.yml"

#: Exit codes: 0 done, 1 a fault of Groundplan, 2 bad input or an impossible
#: scenario, 3 no plan found in the time allowed, 130 stopped from the keyboard.
BAD_INPUT, NO_PLAN, FAULT, INTERRUPTED = 2, 3, 1, 130

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    help="""Groundplan decides which public buildings to keep, share, extend, build and let go.

    It reads your building, service and demand layers, drives the real road network, and solves
    an integer program whose answer is proved: response standards, access standards and money
    targets all hold, and no plan saves more than the stated gap beyond this one.

    [bold]Start here[/bold]

    python app.py plan            plans the embedded county and draws its map

    python app.py check FILE.yml  says everything that is wrong with your layers

    python app.py draft …         makes first layers from an OpenStreetMap extract

    [bold]Exit codes[/bold]: 0 done · 2 bad input or an impossible scenario · 3 no plan in time
    """,
)
out = Console(highlight=False)
err = Console(stderr=True, highlight=False)

ScenarioArg = Annotated[
    Path, typer.Argument(help="Scenario file (.yml).", show_default="the embedded county, Wessex")
]
SetOpt = Annotated[
    list[str] | None,
    typer.Option(
        "--set", metavar="KEY=VALUE", help="Change one key, e.g. targets.receipts_gbp=9e6."
    ),
]
OverrideOpt = Annotated[
    list[str] | None,
    typer.Option("--override", "-o", metavar="NAME", help="Apply a named override of the file."),
]


@contextmanager
def _plain_errors() -> Iterator[None]:
    """One message and an exit code instead of a traceback."""
    from optimise.plan import NoPlanError
    from optimise.presolve import ImpossibleError

    try:
        yield
    except InputError as error:
        _say_issues(error.issues, "Cannot go on")
        raise typer.Exit(BAD_INPUT) from None
    except ImpossibleError as error:
        _say_issues(error.issues, "No plan can meet this scenario")
        raise typer.Exit(BAD_INPUT) from None
    except NoPlanError as error:
        err.print(f"[bold red]No plan found.[/] {escape(str(error))}")
        raise typer.Exit(NO_PLAN) from None
    except KeyboardInterrupt:
        err.print("Stopped from the keyboard; nothing was written.")
        raise typer.Exit(INTERRUPTED) from None
    except (MemoryError, OSError) as error:
        words = getattr(error, "strerror", None) or str(error) or type(error).__name__
        where = getattr(error, "filename", None)
        named = f" ({where})" if where else ""
        _say_issues([Issue("system.failed", f"the system refused: {words}{named}", (),
                           "free space or memory, or check the path")], "Cannot go on")  # fmt: skip
        raise typer.Exit(BAD_INPUT) from None


def _say_issues(issues: Any, heading: str) -> None:
    errors = [i for i in issues if i.severity == "error"]
    err.print(f"[bold red]{heading}[/]: {len(errors)} problem{'s' if len(errors) != 1 else ''}.")
    for issue in issues:
        colour = "red" if issue.severity == "error" else "yellow"
        err.print(f"[{colour}]•[/] {escape(issue.text())}", soft_wrap=True)


@contextmanager
def _progress() -> Iterator[Callable[[str, float], None]]:
    """Progress bars by stage; a line per stage when the output is no terminal."""
    if not err.is_terminal:
        seen: list[str] = []

        def line(stage: str, done: float) -> None:
            if stage not in seen:
                seen.append(stage)
                err.print(f"… {escape(stage)}")

        yield line
        return
    bar = Progress(SpinnerColumn(), TextColumn("{task.description}"), BarColumn(bar_width=30),
                   TimeElapsedColumn(), console=err, transient=True)  # fmt: skip
    with bar:
        yield _bars(bar)


def _bars(bar: Progress) -> Callable[[str, float], None]:
    """A callback that keeps one bar per stage; a stage without known length pulses."""
    tasks: dict[str, Any] = {}

    def show(stage: str, done: float) -> None:
        for name, task in tasks.items():
            if name != stage:
                bar.update(task, total=1.0, completed=1.0)
        if stage not in tasks:
            tasks[stage] = bar.add_task(escape(stage), total=None if done == 0 else 1.0)
        if done > 0:
            bar.update(tasks[stage], total=1.0, completed=min(done, 1.0))

    return show


@app.command()
def check(
    scenario: ScenarioArg = WESSEX, set_: SetOpt = None, override: OverrideOpt = None
) -> None:
    """Say everything that is wrong with a scenario and its layers, and write nothing."""
    from optimise.inputs import check_inputs
    from optimise.scenario import load_scenario

    with _plain_errors():
        loaded = load_scenario(scenario, overrides=override or (), settings=set_ or ())
        with _progress() as progress:
            estate, roads = check_inputs(loaded, progress)
    _say_estate(estate, roads)
    for warning in estate.warnings:
        out.print(f"[yellow]![/] {escape(warning.text())}")
    count = len(estate.warnings)
    out.print(f"[green]No errors.[/] {count} warning{'s' if count != 1 else ''}.")


def _say_estate(estate: Any, roads: str) -> None:
    table = Table("layer", "rows", "of which", title="What was read", title_justify="left")
    buildings, services = estate.buildings, estate.services
    status = buildings["status"].value_counts().sort_index()
    table.add_row("buildings", f"{len(buildings):,}",
                  escape(", ".join(f"{n} {s}" for s, n in status.items())))  # fmt: skip
    kinds = services["service_type"].value_counts().sort_index()
    table.add_row("services", f"{len(services):,}",
                  escape(", ".join(f"{n} {s}" for s, n in kinds.items())))  # fmt: skip
    people = estate.demand["population"].sum()
    table.add_row("demand", f"{len(estate.demand):,}", f"{people:,.0f} people")
    areas = estate.areas["kind"].value_counts().sort_index()
    table.add_row("areas", f"{len(estate.areas):,}",
                  escape(", ".join(f"{n} {k}" for k, n in areas.items())))  # fmt: skip
    table.add_row("roads", "", roads)
    out.print(table)


@app.command()
def plan(
    scenario: ScenarioArg = WESSEX,
    set_: SetOpt = None,
    override: OverrideOpt = None,
    out_dir: Annotated[
        Path | None, typer.Option("--out", help="Run folder.", show_default="runs/<name>")
    ] = None,
    solver: Annotated[str | None, typer.Option(help="highs or cbc.")] = None,
    gap: Annotated[float | None, typer.Option(help="Stop at this gap on savings (0.001).")] = None,
    time_limit: Annotated[
        float | None, typer.Option("--time-limit", help="Seconds the solver may take.")
    ] = None,
) -> None:
    """Plan a county: solve, audit, write the run folder and its map."""
    settings = list(set_ or ())
    for key, value in (("name", solver), ("gap", gap), ("time_limit_s", time_limit)):
        if value is not None:
            settings.append(f"solver.{key}={value}")
    with _plain_errors():
        folder, record = _run(scenario, tuple(override or ()), tuple(settings), out_dir)
    _say_run(folder, record)


def _run(
    path: Path, overrides: tuple[str, ...], settings: tuple[str, ...], out_dir: Path | None
) -> tuple[Path, dict[str, Any]]:
    """Read, plan, write and draw; the map is part of the run or there is no run."""
    from maps.page import write_map
    from optimise.inputs import read_inputs
    from optimise.plan import make_plan
    from optimise.runs import new_folder, write_run
    from optimise.scenario import load_scenario

    started = time.perf_counter()
    loaded = load_scenario(path, overrides=overrides, settings=settings)
    folder = out_dir or Path("runs") / "-".join((loaded.name, *overrides))
    with _progress() as progress:
        inputs = read_inputs(loaded, progress)
        read = time.perf_counter()
        made = make_plan(loaded, inputs, progress)
        progress("Writing the run", 0.0)
        with new_folder(folder) as place:
            write_run(made, place, {"read and drive times": read - started})
            progress("Drawing the map", 0.0)
            write_map(place)
    record: dict[str, Any] = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    return folder, record


def _say_run(folder: Path, record: dict[str, Any]) -> None:
    """Decisions and standards as tables, the proof in a sentence, where the map is."""
    out.print(_decisions_table(folder))
    if record["standards"]:
        out.print(_standards_table(record))
    totals = record["totals"]
    out.print(
        f"[bold]{escape(record['title'])}[/]: net present value {_pounds(totals['npv_gbp'])}, "
        f"receipts {_pounds(totals['receipts_gbp'])}, running costs "
        f"{_pounds(totals['revenue_saving_gbp_pa'])} a year lower, capital "
        f"{_pounds(totals['capital_gbp'])}; {totals['buildings_before']} buildings become "
        f"{totals['buildings_after']}."
    )
    out.print(f"{escape(record['status_text'])} ({escape(record['solver'])}).")
    if record["off_network"]:
        ids = ", ".join(record["off_network"][:10])
        out.print(
            f"[yellow]Not on the road network[/] ({len(record['off_network'])}): {escape(ids)}"
        )
    if record["warnings"]:
        many = "s" if len(record["warnings"]) > 1 else ""
        out.print(f"{len(record['warnings'])} warning{many} about the layers: see `check`.")
    out.print(f"Map: [bold]{escape(str(folder / 'map.html'))}[/]", soft_wrap=True)


def _decisions_table(folder: Path) -> Table:
    from maps.style import decision_style

    rows = pd.read_csv(folder / "decisions.csv", keep_default_na=False)
    table = Table(title="Decisions", title_justify="left")
    for heading in ("decision", "buildings", "capital", "receipts", "saved a year"):
        table.add_column(heading, justify="left" if heading == "decision" else "right")
    for name, part in rows.groupby("decision", sort=True):
        sums = [part[c].astype(float).sum() for c in
                ("capital_gbp", "receipt_gbp", "running_cost_saving_gbp_pa")]  # fmt: skip
        label = decision_style(str(name)).label
        table.add_row(escape(label), str(len(part)), *(_pounds(s) if s else "" for s in sums))
    return table


def _standards_table(record: dict[str, Any]) -> Table:
    table = Table(title="Standards", title_justify="left")
    for heading in ("standard", "rule", "target", "before", "after", "reached after", ""):
        table.add_column(heading, justify="left" if heading in ("standard", "rule") else "right")
    for s in record["standards"]:
        met = {True: "[green]met[/]", False: "[red]missed[/]", None: ""}[s["met"]]
        unit = "people" if s["weight"] == "population" else s["weight"].replace("_", " ")
        weight = f"{s['within_after']:,.0f} of {s['total']:,.0f} {escape(unit)}"
        table.add_row(escape(s["title"]), s["kind"], _share(s["target"]),
                      _share(s["share_before"]), _share(s["share_after"]), weight, met)  # fmt: skip
    return table


def _share(value: float | None) -> str:
    return "" if value is None else f"{value:.1%}"


def _pounds(value: float) -> str:
    sign = "−" if value < 0 else ""
    size = abs(value)
    if size >= 999_500:
        return f"{sign}£{size / 1e6:,.1f}m"
    return f"{sign}£{size / 1e3:,.0f}k" if size >= 1000 else f"{sign}£{size:,.0f}"


@app.command()
def draft(
    roads: Annotated[Path, typer.Option(help="OpenStreetMap extract (.osm.pbf).")],
    out_dir: Annotated[Path, typer.Option("--out", help="Folder for the layers.")],
    demand: Annotated[Path | None, typer.Option(help="Demand points (.csv), e.g. LSOAs.")] = None,
    fire_stations: Annotated[
        Path | None, typer.Option(help="Home Office list of fire stations (.csv).")
    ] = None,
    libraries: Annotated[
        Path | None, typer.Option(help="Arts Council libraries dataset (.csv).")
    ] = None,
    assumptions: Annotated[
        Path | None, typer.Option(help="Your own table of assumed figures (.yml).")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace an earlier draft.")] = False,
) -> None:
    """Make first layers and a scenario from an OpenStreetMap extract, assumed figures flagged."""
    from assets.draft import draft_layers, write_draft

    with _plain_errors():
        with _progress() as progress:
            made = draft_layers(roads, demand=demand, fire_stations=fire_stations,
                                libraries=libraries, assumptions=assumptions,
                                progress=progress)  # fmt: skip
        folder = write_draft(made, out_dir, force=force)
    for note in made.notes:
        out.print(f"[yellow]![/] {escape(note.text())}")
    out.print(f"Draft written to [bold]{escape(str(folder))}[/].", soft_wrap=True)
    out.print(f"Next: python app.py check {escape(str(folder / 'scenario.yml'))}", soft_wrap=True)


@app.command()
def times(
    roads: Annotated[Path, typer.Option(help="OpenStreetMap extract (.osm.pbf).")],
    from_: Annotated[Path, typer.Option("--from", help="Places to start from (.csv).")],
    to: Annotated[Path, typer.Option("--to", help="Places to reach (.csv).")],
    out_file: Annotated[Path, typer.Option("--out", help="Times to write (.csv).")],
    profile: Annotated[str, typer.Option(help="car, car_peak, blue_light or walk.")] = "car",
    bound: Annotated[float | None, typer.Option(help="Look no farther than this, minutes.")] = None,
) -> None:
    """Drive times between two lists of places, with metres and the distance to the road."""
    from assets.estate import build_points
    from assets.read import read_layer
    from coverage.roads import read_roads
    from coverage.speeds import profile as speed_profile
    from coverage.times import travel_times, write_times

    with _plain_errors():
        speeds = speed_profile(profile)
        starts, ends = (build_points("demand", read_layer(p, "demand")) for p in (from_, to))
        with _progress() as progress:
            network = read_roads(roads, progress)
            made = travel_times(network, ends, starts, profile=speeds, direction="from_site",
                                bound_min=bound, progress=progress)  # fmt: skip
        write_times(made, out_file)
    missing = int(pd.isna(made.minutes).sum())
    out.print(f"{made.minutes.size:,} pairs, {missing:,} without a route → {escape(str(out_file))}")
    unsnapped = [*made.provenance.get("off_network_demand", ()),
                 *made.provenance.get("off_network_sites", ())]  # fmt: skip
    if unsnapped:
        ids = ", ".join(map(str, unsnapped[:10]))
        out.print(f"[yellow]Not on the network[/] ({len(unsnapped)}): {escape(ids)}")


@app.command("map")
def map_(run: Annotated[Path, typer.Argument(help="Run folder.")]) -> None:
    """Draw the map of a run again from its folder."""
    from maps.page import write_map

    with _plain_errors():
        path = write_map(run)
    out.print(f"Map: [bold]{escape(str(path))}[/]", soft_wrap=True)


def main() -> None:
    """Run the command line; a fault of Groundplan itself ends with exit code 1."""
    from optimise.audit import AuditError

    try:
        app()
    except AuditError as error:
        err.print(f"[bold red]Fault[/] {escape(str(error))}")
        sys.exit(FAULT)


if __name__ == "__main__":
    main()
