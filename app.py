"""Groundplan's command line: the one file that knows every package, and the one that prints."""

from __future__ import annotations

import gc
import json
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import pandas as pd
import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from assets.issues import InputError, Issue
from optimise.faults import AuditError, ImpossibleError, NoPlanError

HERE = Path(__file__).resolve().parent
WESSEX = HERE / "data" / "wessex" / "wessex.yml"
CASES = HERE / "data" / "cases"

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

    python app.py page RUN        writes a run's page again, --audience public for the public

    python app.py check FILE.yml  says everything that is wrong with your layers

    python app.py draft …         makes first layers from an OpenStreetMap extract

    [bold]Exit codes[/bold]: 0 done · 2 bad input or an impossible scenario · 3 no plan in time
    """,
)
# A log has no width of its own, and 80 characters are too few for these tables.
out = Console(highlight=False, width=None if sys.stdout.isatty() else 120)
err = Console(stderr=True, highlight=False)

ScenarioArg = Annotated[
    Path, typer.Argument(help="Scenario file (.yml).", show_default="the embedded county, Wessex")
]
#: Gap on savings at which a what-if stops, where nobody says another.
WHAT_IF_GAP = 0.02
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


class Audience(StrEnum):
    """Who a page or an export is for."""

    EXEMPT = "exempt"
    PUBLIC = "public"


class HeldRules(StrEnum):
    """Whose rules a plan for several scenarios keeps."""

    EVERY = "every"
    BASE = "base"


class Pages(StrEnum):
    """Whether a batch draws each plan's page."""

    ALL = "all"
    NONE = "none"


class Retry(StrEnum):
    """Which scenarios of a batch are tried again."""

    NONE = "none"
    FAILED = "failed"


RunArg = Annotated[Path, typer.Argument(help="Run folder.")]
WithOpt = Annotated[
    list[Path] | None,
    typer.Option("--with", help="Another run, for the options appraisal. May be repeated."),
]
AudienceOpt = Annotated[
    Audience, typer.Option(help="public leaves out valuations and what is confidential.")
]
NoCacheOpt = Annotated[
    bool, typer.Option("--no-cache", help="Read roads and drives anew; keep nothing in .cache.")
]


def _cache(no_cache: bool) -> Path | None:
    """Where road networks and drive times are kept, a folder each."""
    from coverage.kept import CACHE

    return None if no_cache else CACHE


def _roads_cache(no_cache: bool) -> Path | None:
    """Where built road networks are kept."""
    from coverage.roads import CACHE

    return None if no_cache else CACHE


@contextmanager
def _plain_errors() -> Iterator[None]:
    """One message and an exit code instead of a traceback."""
    try:
        yield
    except InputError as error:
        _say_issues(error.issues, "Cannot go on")
        raise typer.Exit(BAD_INPUT) from None
    except ImpossibleError as error:
        _say_refusal(error)
        raise typer.Exit(BAD_INPUT) from None
    except NoPlanError as error:
        err.print(f"[bold red]No plan found.[/] {escape(str(error))}", soft_wrap=True)
        if error.refusal is not None:
            err.print(escape(error.refusal.text()), soft_wrap=True)
        raise typer.Exit(NO_PLAN) from None
    except KeyboardInterrupt:
        err.print("Stopped from the keyboard; only what was whole by then is kept.")
        raise typer.Exit(INTERRUPTED) from None
    except (MemoryError, OSError) as error:
        words = getattr(error, "strerror", None) or str(error) or type(error).__name__
        where = getattr(error, "filename", None)
        named = f" ({where})" if where else ""
        _say_issues([Issue("system.failed", f"the system refused: {words}{named}", (),
                           "free space or memory, or check the path")], "Cannot go on")  # fmt: skip
        raise typer.Exit(BAD_INPUT) from None


def _say_refusal(error: ImpossibleError) -> None:
    """What fails on the face of it, then which rules clash and the ways out."""
    if error.issues:
        _say_issues(error.issues, "No plan can meet this scenario")
    else:
        err.print("[bold red]No plan can meet this scenario.[/]")
    if error.refusal is not None:
        err.print(escape(error.refusal.text()), soft_wrap=True)


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
    scenario: ScenarioArg = WESSEX,
    set_: SetOpt = None,
    override: OverrideOpt = None,
    out_dir: Annotated[
        Path | None,
        typer.Option("--out", help="Folder of the account.", show_default="checks/<name>"),
    ] = None,
    no_cache: NoCacheOpt = False,
) -> None:
    """Say everything that is wrong with a scenario and its layers, on screen and as a page."""
    from optimise.inputs import check_inputs
    from optimise.scenario import load_scenario

    with _plain_errors():
        loaded = load_scenario(scenario, overrides=override or (), settings=set_ or ())
        with _progress() as progress:
            found = check_inputs(loaded, progress, cache=_cache(no_cache))
        folder = out_dir or Path("checks") / loaded.name
        told = _account_of_check(loaded, found, folder)
    if found.estate is not None:
        _say_estate(found.estate, found.roads)
    _say_groups(told)
    _say_trail(told)
    _say_missing(told)
    _say_verdict(told, folder)
    if told.errors:
        raise typer.Exit(BAD_INPUT)


def _account_of_check(scenario: Any, found: Any, folder: Path) -> Any:
    """The account of a scenario's layers, written."""
    from assets.account import account, of_sheet
    from maps.account import write_account

    parts = [
        of_sheet(
            found.examined.sheets[name],
            source=Path(found.files[name].path).name if name in found.files else "",
            rows_in=rows,
        )
        for name, rows in found.rows.items()
    ]
    told = account(parts, found.issues, defaulted=scenario.defaults is not None)
    sources = {Path(f.path).name: f"sha256 {f.sha256[:16]}…" for f in found.files.values()}
    areas = found.estate.areas if found.estate is not None else None
    title = scenario.title or scenario.name
    write_account(folder, told, title=title, sources=sources, areas=areas)
    return told


def _say_verdict(told: Any, folder: Path) -> None:
    """Errors, warnings, and where the account is."""
    stop = f"[red]{told.errors}[/] to put right before a plan" if told.errors else "[green]none[/]"
    out.print(f"Errors: {stop}. Warnings: {told.warnings}.")
    out.print(f"Account: [bold]{escape(str(folder / 'issues.html'))}[/]", soft_wrap=True)


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


@app.command("import")
def import_(
    source: Annotated[str, typer.Argument(help="File, or postgresql://…?table=schema.name.")],
    kind: Annotated[
        str, typer.Option("--as", help="buildings, services, stations, demand, areas or leases.")
    ],
    out_file: Annotated[
        Path | None, typer.Option("--out", help="Layer to write (.gpkg or .csv).")
    ] = None,
    postcodes: Annotated[
        Path | None, typer.Option(help="Postcode file, for rows without coordinates.")
    ] = None,
    map_: Annotated[
        list[str] | None,
        typer.Option(
            "--map", metavar="HEADING=COLUMN", help="Read a heading as a column; - = not."
        ),
    ] = None,
    set_: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="COLUMN=VALUE", help="Fill a column's blank cells."),
    ] = None,
    join: Annotated[
        list[Path] | None, typer.Option(help="Table to lay beside it by the rows' codes.")
    ] = None,
    within: Annotated[
        Path | None, typer.Option(help="Areas; rows outside them are set aside and listed.")
    ] = None,
    margin_km: Annotated[
        float, typer.Option("--margin-km", min=0, max=200, help="Widen --within by this much.")
    ] = 0.0,
    sheet: Annotated[str, typer.Option(help="Worksheet or table, where there are several.")] = "",
    mapping: Annotated[
        Path | None, typer.Option(help="Mapping saved by an earlier import (.yml).")
    ] = None,
    save_mapping: Annotated[
        Path | None, typer.Option("--save-mapping", help="Keep the mapping here (.yml).")
    ] = None,
    account_dir: Annotated[
        Path | None,
        typer.Option("--account", help="Folder of the account.", show_default="OUT-account"),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show the mapping and first rows; write nothing.")
    ] = False,
    force: Annotated[bool, typer.Option("--force", help="Replace an earlier import.")] = False,
) -> None:
    """Read a register as it is published, say what is wrong with it, and write it as a layer."""
    from assets.importing.intake import layer_called, take_in
    from assets.importing.mappings import mapping_record
    from assets.read import read_layer, sha256_of
    from assets.write import check_target, write_layer, write_yaml
    from maps.account import write_account

    with _plain_errors():
        layer_called(kind)
        if out_file is None and not dry_run:
            raise InputError(Issue("import.no_target", "no --out is given", (),
                                   "add --out FILE.gpkg (or .csv), or --dry-run"))  # fmt: skip
        if out_file is not None:
            check_target(out_file, kind, force=force or dry_run)
        request = _request(kind, mapping, map_, set_, join, postcodes, within, margin_km)
        made = take_in(kind, read_layer(_source(source), kind, sheet=sheet), request)
        if dry_run or out_file is None:
            _say_mapping(made)
            _say_rows(made)
            told = _account_of(made, _shown(source))
            out.print(f"Errors: {told.errors}. Warnings: {told.warnings}. Nothing was written.")
            return
        folder = account_dir or out_file.with_name(f"{out_file.stem}-account")
        told = _account_of(made, _shown(source))
        sources = {_shown(source): f"sha256 {sha256_of(_source(source))[:16]}…"}
        write_account(folder, told, title=f"{_shown(source)} as {kind}", sources=sources)
        write_layer(made.frame, out_file, kind)
        if save_mapping is not None:
            write_yaml(mapping_record(kind, made.mapping, request.constants), save_mapping)
    _say_import(made, told, out_file, folder)


def _source(text: str) -> Path | str:
    """A path, or the URL of a database as it stands."""
    from assets.read import is_url

    return text if is_url(text) else Path(text)


def _shown(source: str) -> str:
    """A source as it may be printed: no password, no folders."""
    from assets.postgis.address import is_url, redacted

    return redacted(source) if is_url(source) else Path(source).name


def _request(
    kind: str,
    mapping: Path | None,
    map_: list[str] | None,
    set_: list[str] | None,
    join: list[Path] | None,
    postcodes: Path | None,
    within: Path | None,
    margin_km: float,
) -> Any:
    """What the options ask, with every file they name read."""
    from assets.importing.intake import Request, outline_of
    from assets.importing.joins import Join
    from assets.importing.mappings import SavedMapping, pairs, read_mapping
    from assets.read import read_table
    from assets.whereabouts.postcodes import postcode_book

    saved = read_mapping(mapping, kind) if mapping is not None else SavedMapping()
    return Request(
        given={**saved.given, **pairs(map_ or (), "--map")},
        constants={**saved.constants, **pairs(set_ or (), "--set")},
        postcodes=postcode_book(read_table(postcodes)) if postcodes is not None else None,
        joins=tuple(Join(path.name, read_table(path)) for path in join or ()),
        within=outline_of(read_table(within), margin_km * 1000) if within is not None else None,
    )


def _account_of(made: Any, source: str) -> Any:
    """The account of a layer taken in."""
    from assets.account import LayerAccount, account

    one = LayerAccount(
        made.layer.name,
        made.sheet,
        source=source,
        issues=made.issues,
        repairs=made.repairs,
        aside=made.aside,
        mapping=made.mapping,
        rows_in=made.rows_in,
        suggested=made.suggested,
    )
    return account([one], made.issues)


def _say_mapping(made: Any) -> None:
    """How each heading is read."""
    if made.publication:
        out.print(f"Recognised: [bold]{escape(made.publication)}[/]")
    table = Table("heading", "read as", "how", "perhaps", title="Headings", title_justify="left")
    for row in made.mapping.itertuples(index=False):
        read_as = escape(row.column) if row.column else "[dim]not used[/]"
        table.add_row(escape(row.heading), read_as, escape(row.how), escape(row.suggestion))
    out.print(table)


def _say_rows(made: Any) -> None:
    """The first rows as they would be written, a column of the layer in each line."""
    first = pd.DataFrame(made.frame.head(5 if out.width >= 110 else 2))
    names = [n for n in first.columns if n in made.layer.names or n in made.sheet.extra]
    table = Table("column", *(f"row {row}" for row in first.index),
                  title=f"First rows as {made.layer.name}", title_justify="left")  # fmt: skip
    for name in names:
        table.add_row(escape(name), *(escape(_cell(value)) for value in first[name]))
    out.print(table)
    _say_balance(made)


def _cell(value: Any) -> str:
    """A cell, short enough for a table."""
    from assets.cells import cell_text

    return _cut(cell_text(value), 24)


def _say_balance(made: Any) -> None:
    """Rows in, rows out, rows listed."""
    from assets.trail import ASIDE_RULES

    rows_in, rows_out, gone = made.rows_in, len(made.frame), len(made.aside)
    out.print(f"{rows_in:,} rows in = {rows_out:,} rows out + {gone:,} set aside and listed.")
    for rule, count in made.aside["rule"].value_counts().sort_index().items():
        out.print(f"  {count:,} set aside: {escape(ASIDE_RULES[str(rule)])}")


def _say_groups(told: Any) -> None:
    """Everything found, a line per rule, errors first."""
    if not told.groups:
        return
    several = len({group.layer for group in told.groups if group.layer}) > 1
    layer = ("layer",) if several else ()
    table = Table("", *layer, "how many", "what is wrong, and what to do",
                  title="What was found", title_justify="left")  # fmt: skip
    for group in told.groups:
        colour = "red" if group.severity == "error" else "yellow"
        where = (group.layer,) if several else ()
        table.add_row(f"[{colour}]{group.severity}[/]", *where, f"{group.count:,}", _found(group))
    out.print(table)


def _found(group: Any, *, shown: int = 3) -> str:
    """What one rule found: each fault with its number, the first ids and what to do."""
    lines: list[str] = []
    remedy = ""
    for issue in group.issues[:shown]:
        many = f" ({len(issue.ids):,})" if len(group.issues) > 1 and len(issue.ids) > 1 else ""
        lines.append(escape(_cut(issue.message, 300) + many))
        if issue.ids:
            lines.append(f"[dim]{escape(_cut(_first(issue.ids), 160))}[/]")
        if issue.remedy and issue.remedy != remedy:
            remedy = issue.remedy
            lines.append(f"→ {escape(remedy)}")
    if len(group.issues) > shown:
        lines.append(f"… and {len(group.issues) - shown:,} more like it, in the account")
    return "\n".join(lines) + f"\n[dim]{escape(group.rule)}[/]"


def _first(ids: tuple[str, ...], shown: int = 5) -> str:
    """The first few ids."""
    return ", ".join(ids[:shown]) + (" …" if len(ids) > shown else "")


def _cut(text: str, width: int) -> str:
    """A text no longer than ``width``."""
    return text if len(text) <= width else text[: width - 1] + "…"


def _say_trail(told: Any) -> None:
    """Repairs by rule."""
    from assets.trail import REPAIR_RULES

    counts = told.repairs.groupby(["rule", "column"], sort=True).size()
    if counts.empty:
        return
    table = Table("cells", "column", "repair", title="Cells changed", title_justify="left")
    for (rule, column), count in counts.items():
        table.add_row(f"{count:,}", escape(str(column)), escape(REPAIR_RULES[str(rule)]))
    out.print(table)


def _say_missing(told: Any) -> None:
    """Columns whose gaps stop a plan or are filled by assumption; how many others have gaps."""
    from assets.completeness import pressing

    gaps = told.completeness[told.completeness["consequence"] != ""]
    shown = gaps[pressing(gaps)]
    if len(shown):
        layer = ("layer",) if shown["layer"].nunique() > 1 else ()
        table = Table(*layer, "column", "filled", "what the gaps cost",
                      title="Columns the planner needs", title_justify="left")  # fmt: skip
        for row in shown.itertuples(index=False):
            where = (row.layer,) if layer else ()
            table.add_row(*where, escape(row.column), f"{row.filled:,} of {row.rows:,}",
                          escape(row.consequence))  # fmt: skip
        out.print(table)
    if more := len(gaps) - len(shown):
        columns = f"{more} more columns have" if more > 1 else "1 more column has"
        out.print(f"{columns} gaps that stop nothing: the account says what they cost.")


def _say_import(made: Any, told: Any, path: Path, folder: Path) -> None:
    """What was found, what was written, what comes next."""
    if made.publication:
        out.print(f"Recognised: [bold]{escape(made.publication)}[/]")
    _say_groups(told)
    _say_trail(told)
    _say_missing(told)
    _say_balance(made)
    out.print(f"Layer: [bold]{escape(str(path))}[/]", soft_wrap=True)
    _say_verdict(told, folder)


@app.command()
def plan(
    scenario: ScenarioArg = WESSEX,
    set_: SetOpt = None,
    override: OverrideOpt = None,
    out_dir: Annotated[
        Path | None, typer.Option("--out", help="Run folder.", show_default="runs/<name>")
    ] = None,
    solver: Annotated[str | None, typer.Option(help="highs or cbc.")] = None,
    gap: Annotated[
        float | None, typer.Option(help="Stop at this gap: on savings, or of the aim (0.001).")
    ] = None,
    time_limit: Annotated[
        float | None, typer.Option("--time-limit", help="Seconds the solver may take.")
    ] = None,
    no_cache: NoCacheOpt = False,
) -> None:
    """Plan a county: solve, audit, write the run folder and its map."""
    from optimise.scenario import load_scenario

    settings = list(set_ or ())
    for key, value in (("name", solver), ("gap", gap), ("time_limit_s", time_limit)):
        if value is not None:
            settings.append(f"solver.{key}={value}")
    with _plain_errors():
        loaded = load_scenario(scenario, overrides=override or (), settings=settings)
        folder, record = _run(loaded, out_dir, _cache(no_cache))
    _say_run(folder, record)


def _run(loaded: Any, out_dir: Path | None, cache: Path | None) -> tuple[Path, dict[str, Any]]:
    """Read, plan, write and draw; the map is part of the run or there is no run."""
    from maps.plan_page import write_pages
    from optimise.inputs import read_inputs
    from optimise.plan import make_plan
    from optimise.runs import new_folder, refuse_in_use, write_run

    started = time.perf_counter()
    folder = out_dir or Path("runs") / "-".join((loaded.name, *loaded.origin.applied))
    refuse_in_use(folder)
    with _progress() as progress:
        inputs = read_inputs(loaded, progress, cache=cache)
        read = time.perf_counter()
        made = make_plan(loaded, inputs, progress)
        progress("Writing the run", 0.0)
        with new_folder(folder) as place:
            write_run(made, place, {"read and drive times": read - started})
            progress("Drawing the map and the page", 0.0)
            write_pages(place)
    record: dict[str, Any] = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    return folder, record


def _say_run(folder: Path, record: dict[str, Any]) -> None:
    """Decisions and standards as tables, the proof in a sentence, where the map is."""
    out.print(_decisions_table(folder))
    if record["standards"]:
        out.print(_standards_table(record))
        _say_ranges(record)
    if record["protected"]:
        out.print(_protected_table(record))
    totals = record["totals"]
    out.print(
        f"[bold]{escape(record['title'])}[/]: net present value {_pounds(totals['npv_gbp'])}, "
        f"receipts {_pounds(totals['receipts_gbp'])}, running costs "
        f"{_pounds(totals['revenue_saving_gbp_pa'])} a year lower, capital "
        f"{_pounds(totals['capital_gbp'])}; {totals['buildings_before']} buildings become "
        f"{totals['buildings_after']}."
    )
    _say_money(record)
    _say_limits(record)
    out.print(f"{escape(record['status_text'])} ({escape(record['solver'])}).", soft_wrap=True)
    _say_footing(record)
    if record["off_network"]:
        ids = ", ".join(record["off_network"][:10])
        out.print(
            f"[yellow]Not on the road network[/] ({len(record['off_network'])}): {escape(ids)}"
        )
    if record["warnings"]:
        many = "s" if len(record["warnings"]) > 1 else ""
        out.print(f"{len(record['warnings'])} warning{many} about the layers: see `check`.")
    out.print(f"Workbook: [bold]{escape(str(folder / 'plan.xlsx'))}[/]", soft_wrap=True)
    for what in ("plan", "map"):
        path = escape(str(folder / f"{what}.html"))
        out.print(f"{'Page' if what == 'plan' else 'Map'}: [bold]{path}[/]", soft_wrap=True)


def _say_money(record: dict[str, Any]) -> None:
    """Year by year where the plan is phased; what changes the value's sign, payback, partners."""
    money = record["money"]
    if record["scenario"].get("phasing"):
        table = Table(title="Money by year", title_justify="left")
        headings = ("year", "capital", "receipts", "one-off revenue", "saved", "net so far")
        for heading in headings:
            table.add_column(heading, justify="left" if heading == "year" else "right")
        so_far, last = 0.0, len(record["money"]["by_year"])
        for number, year in enumerate(money["by_year"], 1):
            so_far += year["net_gbp"]
            if number <= money["years_shown"] or number == last:
                sums = ("capital_gbp", "receipts_gbp", "one_off_gbp", "saving_gbp")
                cells = (_pounds(year[key]) if year[key] else "" for key in sums)
                table.add_row(year["year"], *cells, _pounds(so_far))
        out.print(table)
    for line in money["words"][1:]:
        out.print(escape(line), soft_wrap=True)


def _say_limits(record: dict[str, Any]) -> None:
    """Floors and ceilings that the scenario sets, each in its own unit."""
    for limit in record["targets"]:
        if "target_text" in limit:
            kept = "kept" if limit["met"] else "[red]broken[/]"
            out.print(
                f"{escape(limit['name'])} {escape(limit['target_text'])}: "
                f"{escape(limit['value_text'])} (today {escape(limit['today_text'])}), {kept}."
            )


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
    from maps import certainty

    table = Table(title="Standards", title_justify="left")
    for heading in ("standard", "rule", "target", "before", "after", "reached after", ""):
        table.add_column(heading, justify="left" if heading in ("standard", "rule") else "right")
    for s in record["standards"]:
        met = {True: "[green]met[/]", False: "[red]missed[/]", None: ""}[s["met"]]
        low = ",\nlow end" if certainty.held_at(s) == certainty.LOW_END else ""
        table.add_row(escape(s["title"]), s["kind"] + low, certainty.target_text(s),
                      certainty.figure_text(s, "before"), certainty.figure_text(s, "after"),
                      escape(certainty.count_text(s, "after")), met)  # fmt: skip
    return table


def _protected_table(record: dict[str, Any]) -> Table:
    from maps import report

    table = Table(title="Who is protected", title_justify="left")
    for heading in ("rule", "nearest its limit"):
        table.add_column(heading)
    for heading in ("before", "asked", "after", ""):
        table.add_column(heading, justify="right")
    for p in report.protected(record):
        met = "[red]missed[/]" if p["missed"] else "[green]met[/]"
        cells = (p["label"], p["where"], p["before"], p["limit"], p["after"])
        table.add_row(*map(escape, cells), met)
    return table


def _say_ranges(record: dict[str, Any]) -> None:
    from maps import certainty

    if note := certainty.range_note(record["standards"]):
        out.print(f"[dim]{note}[/]")


def _say_footing(record: dict[str, Any]) -> None:
    """What the times rest on, in a line; who may be better off than they say."""
    from maps import certainty

    if line := certainty.footing_line(record):
        out.print(f"Times: {escape(line)}.", soft_wrap=True)
    if rim := certainty.rim_sentence(len(certainty.near_rim(record))):
        out.print(f"[yellow]{rim}.[/]", soft_wrap=True)


def _share(value: float | None) -> str:
    return "" if value is None else f"{value:.1%}"


def _pounds(value: float) -> str:
    sign = "−" if value < 0 else ""
    size = abs(value)
    if size >= 999_500:
        return f"{sign}£{size / 1e6:,.1f}m"
    return f"{sign}£{size / 1e3:,.0f}k" if size >= 1000 else f"{sign}£{size:,.0f}"


@app.command()
def case(
    name: Annotated[str, typer.Argument(help="Name of a case, such as suffolk.")],
    out_dir: Annotated[
        Path | None, typer.Option("--out", help="Run folder.", show_default="runs/cases/<name>")
    ] = None,
    no_cache: NoCacheOpt = False,
) -> None:
    """Plan a published programme; published figures beside ours. Exit 1 where they differ."""
    from optimise.cases import load_case

    with _plain_errors():
        found = load_case(CASES / name)
        folder = out_dir or Path("runs") / "cases" / name
        compared = _plan_case(found, folder, _cache(no_cache))
    _say_figures(found, compared)
    out.print(f"Figures: [bold]{escape(str(folder / 'figures.csv'))}[/]", soft_wrap=True)
    if any(c.fails for c in compared):
        raise typer.Exit(FAULT)


@app.command()
def cases(
    out_dir: Annotated[
        Path | None, typer.Option("--out", help="Folder of the runs.", show_default="runs/cases")
    ] = None,
    no_cache: NoCacheOpt = False,
) -> None:
    """Plan every published programme that is kept as a case, and say which figures match."""
    from optimise.cases import case_names, load_case

    table = Table("case", "figures that must match", "match", title="Cases", title_justify="left")
    failed = []
    for name in case_names(CASES):
        try:
            with _plain_errors():
                found = load_case(CASES / name)
                folder = (out_dir or Path("runs") / "cases") / name
                compared = _plan_case(found, folder, _cache(no_cache))
        except typer.Exit:  # its message is said; the others are planned all the same
            failed.append(name)
            table.add_row(escape(name), "", "[red]no plan[/]")
            continue
        _say_figures(found, compared)
        must = [c for c in compared if c.figure.asked]
        failed += [name] if any(c.fails for c in compared) else []
        table.add_row(escape(name), str(len(must)), str(sum(c.matches for c in must)))
    out.print(table)
    if failed:
        out.print(f"[red]Not as published[/]: {escape(', '.join(failed))}")
        raise typer.Exit(FAULT)


def _plan_case(found: Any, folder: Path, cache: Path | None) -> list[Any]:
    """Every plan of a case made, or refused, and its figures written into the first run."""
    from optimise.cases import Ran, compare, read_run, refusal_text, write_figures
    from optimise.scenario import load_scenario

    runs, folders = {}, []
    for plan_name, overrides in found.published.plans.items():
        place = folder if plan_name == "main" else folder.with_name(f"{folder.name}-{plan_name}")
        loaded = load_scenario(found.scenario, overrides=overrides)
        try:
            _run(loaded, place, cache)
        except ImpossibleError as error:
            runs[plan_name] = Ran(refusal=refusal_text(error))
            continue
        folders.append(place)
        runs[plan_name] = read_run(place, found)
    compared = compare(found, runs)
    if folders:
        write_figures(compared, folders[0])
    return compared


def _say_figures(found: Any, compared: list[Any]) -> None:
    """Published beside ours, and the notes of the case."""
    from optimise.cases import shown

    colours = {"matches": "green", "differs": "red", "differs, noted": "yellow", "ours": "dim"}
    table = Table(title=escape(found.published.title), title_justify="left")
    for heading in ("figure", "published", "ours", ""):
        table.add_column(heading, justify="right" if heading in ("published", "ours") else "left")
    for c in compared:
        word = f"[{colours[c.verdict]}]{c.verdict}[/]"
        bound = {"at_least": "at least ", "at_most": "at most "}.get(c.figure.bound, "")
        ours = "none" if c.ours is None else shown(c.ours, c.figure.unit)
        table.add_row(
            escape(c.figure.title), bound + shown(c.figure.value, c.figure.unit), ours, word
        )
    out.print(table)
    for c in compared:
        if c.why:
            err.print(f"[yellow]•[/] {escape(c.figure.title)}: {escape(c.why)}", soft_wrap=True)
    for note in found.published.notes:
        out.print(f"[dim]{escape(note)}[/]", soft_wrap=True)


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


@app.command("roads")
def roads_(
    sources: Annotated[
        list[str], typer.Argument(metavar="SOURCE...", help="Extracts, OS Open Roads, place:NAME.")
    ],
    out_file: Annotated[
        Path | None, typer.Option("--out", help="Layers roads and islands to write (.gpkg).")
    ] = None,
    cut: Annotated[
        Path | None, typer.Option(help="First cut --within out of OS Open Roads, to here (.gpkg).")
    ] = None,
    within: Annotated[Path | None, typer.Option(help="Areas that --cut keeps.")] = None,
    margin_km: Annotated[
        float, typer.Option("--margin-km", min=0, max=200, help="How far round them, too.")
    ] = 20.0,
    no_cache: NoCacheOpt = False,
) -> None:
    """Say what a road network amounts to: kilometres by class, limits, islands, what is odd."""
    from assets.write import write_geopackage
    from coverage.inventory import inventory, road_lines
    from coverage.roads import read_roads

    with _plain_errors(), _progress() as progress:
        if cut is not None or within is not None:
            progress("Cutting", 0.0)
            sources = [str(_cut_out(sources, cut, within, margin_km))]
        network = read_roads(sources, progress, cache=_roads_cache(no_cache))
        progress("Counting", 0.0)
        found = inventory(network)
        if out_file is not None:
            progress("Writing layers", 0.0)
            layers = {"roads": road_lines(network), "islands": found.islands}
            write_geopackage(layers, out_file)
    _say_classes(found.classes)
    _say_modes(found)
    _say_network(network)
    if out_file is not None:
        out.print(f"Layers roads and islands: [bold]{escape(str(out_file))}[/]", soft_wrap=True)


def _cut_out(sources: list[str], cut: Path | None, within: Path | None, margin_km: float) -> Path:
    """The links of OS Open Roads in and round some areas, as a file of their own."""
    import shapely

    from assets.importing.intake import outline_of
    from assets.read import read_table
    from coverage.roads import is_openroads
    from coverage.sources.openroads import cut_openroads

    if cut is None or within is None or len(sources) != 1 or not is_openroads(Path(sources[0])):
        raise InputError(
            Issue("roads.cut", "--cut and --within go together, with one file of OS Open Roads",
                  remedy="e.g. roads oproad_gb.gpkg --within county.gpkg --cut county_roads.gpkg; "
                         "extracts of OpenStreetMap are cut by osmium extract")
        )  # fmt: skip
    outline = outline_of(read_table(within), margin_km * 1000)
    west, south, east, north = shapely.total_bounds(outline).tolist()
    links = cut_openroads(Path(sources[0]), (west, south, east, north), cut)
    err.print(f"{links:,} links → {escape(str(cut))}", soft_wrap=True)
    return cut


def _say_classes(classes: pd.DataFrame) -> None:
    table = Table(title="Roads", title_justify="left")
    for heading in ("class", "km", "urban km", "rural km", "with a tagged limit"):
        table.add_column(heading, justify="left" if heading == "class" else "right")
    for name, row in classes.iterrows():
        urban, rural = row["urban_km"], row["rural_km"]
        limit = "" if pd.isna(row["limit_share"]) else f"{row['limit_share']:.0%}"
        table.add_row(str(name), f"{urban + rural:,.1f}", f"{urban:,.1f}", f"{rural:,.1f}", limit)
    urban, rural = classes["urban_km"].sum(), classes["rural_km"].sum()
    table.add_section()
    table.add_row("all", f"{urban + rural:,.1f}", f"{urban:,.1f}", f"{rural:,.1f}", "")
    out.print(table)


def _say_modes(found: Any, longest: int = 10) -> None:
    """Main network and islands by mode, then the longest islands."""
    table = Table(title="Who may use them", title_justify="left")
    for heading in ("mode", "main network km", "islands", "islands km", "turn restrictions"):
        table.add_column(heading, justify="left" if heading == "mode" else "right")
    for mode, row in found.modes.iterrows():
        table.add_row(str(mode), f"{row['main_km']:,.1f}", f"{row['islands']:,.0f}",
                      f"{row['islands_km']:,.1f}", f"{found.turns[mode]:,}")  # fmt: skip
    out.print(table)
    head = found.islands[found.islands["rank"] <= longest]
    if head.empty:
        return
    modes = list(found.modes.index)
    table = Table("", *(f"{m}: km at easting, northing" for m in modes),
                  title="Longest islands", title_justify="left")  # fmt: skip
    for rank, rows in head.groupby("rank", sort=True):
        by = {r.mode: f"{r.length_m / 1000:,.2f} at {r.easting:,.0f}, {r.northing:,.0f}"
              for r in rows.itertuples(index=False)}  # fmt: skip
        table.add_row(f"{rank:.0f}", *(by.get(mode, "") for mode in modes))
    out.print(table)


def _say_network(network: Any) -> None:
    """Nodes and links, warnings, where it came from."""
    places = f", {len(network.places):,} named places" if network.places else ""
    out.print(f"{len(network.node_x):,} nodes, {len(network.link_from):,} directed links{places}.")
    for issue in network.warnings:
        out.print(f"[yellow]![/] {escape(issue.text())}", soft_wrap=True)
    several = network.files if len(network.files) > 1 else ()
    for name, digest in (*several, (network.source, network.sha256)):
        out.print(f"{escape(name)}: sha256 {digest}", soft_wrap=True)


@app.command()
def times(
    from_: Annotated[Path, typer.Option("--from", help="Places to start from (.csv ...).")],
    to: Annotated[Path, typer.Option("--to", help="Places to reach (.csv ...).")],
    out_file: Annotated[
        Path, typer.Option("--out", help="Times to write (.csv, .csv.gz or .parquet).")
    ],
    roads: Annotated[
        list[str] | None,
        typer.Option(
            help="OpenStreetMap extract (.osm.pbf), OS Open Roads (.gpkg) or place:NAME; "
            "again for a further file."
        ),
    ] = None,
    profile: Annotated[
        str | None,
        typer.Option(
            help="Speed profile, or several: car,blue_light; a file each.", show_default="car"
        ),
    ] = None,
    speeds: Annotated[
        Path | None, typer.Option("--speeds", help="Your own profiles (.yml), laid over ours.")
    ] = None,
    bound: Annotated[float | None, typer.Option(help="Look no farther than this, minutes.")] = None,
    direction: Annotated[
        str, typer.Option(help="from_site: --from are the sites; to_site: --to are.")
    ] = "from_site",
    wide: Annotated[
        bool, typer.Option("--wide", help="A row per start, a column per place reached.")
    ] = False,
    unit: Annotated[str, typer.Option(help="minutes or seconds.")] = "minutes",
    engine: Annotated[
        str | None,
        typer.Option(help="Ask a routing server instead: osrm=http://localhost:5000."),
    ] = None,
    no_cache: NoCacheOpt = False,
) -> None:
    """Drive times between two lists of places, with metres and the distance to the road."""
    from assets.points import read_places
    from coverage.matrix import check_target, file_of_profile, write_times

    with _plain_errors():
        chosen = _profiles_asked(profile, speeds, roads, engine)
        check_target(out_file, unit)
        ends = {"from_site": read_places(from_), "to_site": read_places(to)}
        if direction == "to_site":
            ends = {"from_site": ends["to_site"], "to_site": ends["from_site"]}
        with _progress() as progress:
            asked = {"direction": direction, "bound_min": bound, "progress": progress}
            made = _times_made(chosen, ends["to_site"], ends["from_site"], asked=asked,
                               source=engine or roads or [],
                               cache=_roads_cache(no_cache))  # fmt: skip
            files = [file_of_profile(out_file, one.profile, alone=len(made) == 1) for one in made]
            for one, path in zip(made, files, strict=True):
                write_times(one, path, wide=wide, unit=unit, progress=progress)
    _say_times(made, files)


def _profiles_asked(
    names: str | None, speeds: Path | None, roads: list[str] | None, engine: str | None
) -> list[Any]:
    """The profiles asked for; none with an engine, whose speeds are its own."""
    from coverage.speeds import speed_book

    if (engine is None) == (not roads):
        raise InputError(Issue("times.source", "give either --roads or --engine"))
    if engine is not None:
        if names or speeds:
            raise InputError(Issue("times.source", "an engine has speeds of its own",
                                   remedy="leave out --profile and --speeds"))  # fmt: skip
        return []
    book = speed_book(speeds)
    wanted = [name.strip() for name in (names or "car").split(",") if name.strip()]
    return [book.profile(name) for name in wanted or ["car"]]


def _times_made(
    profiles: list[Any], demand: Any, sites: Any, *, asked: dict[str, Any],
    source: str | list[str], cache: Path | None,
) -> list[Any]:  # fmt: skip
    """Times by a routing engine, or over roads under each profile."""
    from coverage.engines import engine_of, engine_times
    from coverage.roads import is_place, read_roads
    from coverage.times import ensemble

    if isinstance(source, str):
        return [engine_times(engine_of(source), demand, sites, **asked)]
    named = [one if is_place(one) else Path(one) for one in source]
    network = read_roads(named, asked["progress"], cache=cache)
    for issue in network.warnings:
        err.print(f"[yellow]![/] {escape(issue.text())}")
    made = ensemble(network, demand, sites, profiles=profiles, rim=True, **asked)
    return list(made.values())


def _say_times(made: list[Any], files: list[Path]) -> None:
    """What was found, and where it is."""
    from maps.certainty import rim_sentence

    table = Table(title="Drive times", title_justify="left")
    bound = made[0].provenance.get("bound_min")
    none = "no route" if bound is None else f"none within {bound:g} min"
    for heading in ("profile", "pairs", none, "median min", "off the network", "file"):
        table.add_column(heading, justify="left" if heading in ("profile", "file") else "right")
    lost: set[str] = set()
    for one, path in zip(made, files, strict=True):
        known = one.minutes[one.minutes == one.minutes]
        off = {*one.provenance.get("off_network_demand", ()),
               *one.provenance.get("off_network_sites", ())}  # fmt: skip
        lost |= off
        middle = f"{pd.Series(known).median():.1f}" if known.size else "–"
        table.add_row(escape(one.profile), f"{one.minutes.size:,}",
                      f"{one.minutes.size - known.size:,}", middle, f"{len(off):,}",
                      escape(str(path)))  # fmt: skip
    out.print(table)
    if lost:
        ids = ", ".join(sorted(lost)[:10]) + (" ..." if len(lost) > 10 else "")
        out.print(f"[yellow]Not on the network[/] ({len(lost)}): {escape(ids)}")
    near = {place for one in made for place in one.provenance.get("near_rim", ())}
    if rim := rim_sentence(len(near)):
        out.print(f"[yellow]{rim}.[/]", soft_wrap=True)


@app.command()
def standards(
    names: Annotated[
        list[str] | None, typer.Argument(help="Ready-made standards, e.g. suffolk_property_fire.")
    ] = None,
    out_file: Annotated[
        Path | None, typer.Option("--out", help="Write the records here, to begin from (.yml).")
    ] = None,
) -> None:
    """Show the ready-made standards with their sources, or write them to a file of your own."""
    from assets.write import write_text
    from coverage.catalogue import catalogue, ready_made, records_text

    with _plain_errors():
        chosen = [ready_made(name) for name in names or ()]
        if out_file is not None:
            write_text(records_text(names or ()), out_file)
            count = len(chosen) or len(catalogue())
            many = "1 standard" if count == 1 else f"{count} standards"
            out.print(f"{many} → {escape(str(out_file))}", soft_wrap=True)
            out.print("Next: move those you want under 'standards' of your scenario, and edit them")
            return
        table = Table(title="Ready-made standards", title_justify="left")
        for heading in ("name", "asks", "kind", "whose"):
            table.add_column(heading, no_wrap=heading == "name")
        for one in chosen or catalogue().values():
            kind = one.standard.kind
            table.add_row(escape(one.name), escape(one.asked), kind, escape(one.service))
        out.print(table)
        for one in chosen:
            out.print(f"[bold]{escape(one.name)}[/]: {escape(one.source)}.", soft_wrap=True)
            out.print(f"Not held: {escape(one.beyond)}.", soft_wrap=True)
    out.print("In a scenario: standards: {fire: {use: NAME, target: baseline - 0.01}}; the source "
              "and what it cannot hold: python app.py standards NAME", soft_wrap=True)  # fmt: skip


@app.command()
def speeds(
    name: Annotated[str | None, typer.Argument(help="Profile, e.g. car_peak.")] = None,
    speeds_file: Annotated[
        Path | None, typer.Option("--speeds", help="Your own profiles (.yml), laid over ours.")
    ] = None,
    out_file: Annotated[
        Path | None, typer.Option("--out", help="Write the profiles here, to edit (.yml).")
    ] = None,
) -> None:
    """Show the speed profiles with their sources, or write them to a file of your own."""
    from assets.write import write_text
    from coverage.speed_book import shipped_text, speed_book

    with _plain_errors():
        book = speed_book(speeds_file)
        chosen = None if name is None else book.name(name)
        if out_file is not None:
            write_text(shipped_text(name), out_file)
            out.print(f"{escape(name or 'All profiles')} → {escape(str(out_file))}", soft_wrap=True)
            out.print("Next: change what you know better; name the file as network.speeds")
        elif chosen is None:
            _say_profiles(book)
        else:
            _say_profile(book, chosen)


def _say_profiles(book: Any) -> None:
    """The profiles there are."""
    from coverage.profiles import mode_name

    table = Table("profile", "also", "mode", "source", title="Speed profiles", title_justify="left")
    for name, one in book.profiles.items():
        also = ", ".join(a for a, of in book.aliases.items() if of == name)
        mine = " (yours)" if name in book.own and book.path is not None else ""
        table.add_row(escape(name) + mine, escape(also), mode_name(one.mode), escape(one.source))
    out.print(table)
    out.print("Figures: python app.py speeds NAME", soft_wrap=True)


def _say_profile(book: Any, name: str) -> None:
    """One profile: its speeds in both units, and everything else it says."""
    from coverage.osm import KPH_PER_MPH
    from coverage.speed_book import speed_rows

    kph = Table("road", "urban km/h", "mph", "rural km/h", "mph", "source",
                title=f"Speeds of {escape(name)}", title_justify="left")  # fmt: skip
    for rows, (urban, rural), note in speed_rows(book, name):
        both = [f"{value:.1f}" for v in (urban, rural) for value in (v, v / KPH_PER_MPH)]
        kph.add_row(escape(rows), *both, escape(note))
    out.print(kph)
    rest = Table("setting", "value", "source", title="Everything else", title_justify="left")
    table = book.profile(name).table()
    for key, value in table.items():
        parts = value.items() if isinstance(value, dict) else [("", value)]
        for inner, figure in [] if key in ("name", "speeds_kph") else parts:
            place = f"{key}.{inner}" if inner else key
            note = book.notes.get((name, place)) or book.notes.get((name, key), "")
            shown = f"{figure:g}" if isinstance(figure, float) else str(figure or "none")
            rest.add_row(place, escape(shown), escape(note))
    out.print(rest)


@app.command()
def isochrones(
    roads: Annotated[list[str], typer.Option(help="Roads: an extract (.osm.pbf), or several.")],
    from_: Annotated[Path, typer.Option("--from", help="Sites, with ids or names (.csv …).")],
    minutes: Annotated[str, typer.Option(help="Ends of the bands, such as 5,10,15.")],
    out_file: Annotated[Path, typer.Option("--out", help="Bands to write (.geojson, .gpkg).")],
    profile: Annotated[str, typer.Option(help="car, car_peak, blue_light, walk …")] = "car",
    direction: Annotated[
        str, typer.Option(help="from_site (a crew drives out) or to_site (people come in).")
    ] = "from_site",
    each: Annotated[
        bool, typer.Option("--each/--nearest", help="Bands of each site, or of the nearest.")
    ] = False,
    demand: Annotated[
        Path | None, typer.Option(help="Demand points, to count who is reached (.csv …).")
    ] = None,
    off_road: Annotated[
        float | None,
        typer.Option(
            help="Draw land up to this far from a road, metres.",
            show_default="as far as places are attached to a road",
        ),  # fmt: skip
    ] = None,
    no_cache: NoCacheOpt = False,
) -> None:
    """Draw the land within so many minutes, as polygons for a map, with who is reached."""
    from assets.points import read_places
    from coverage.bands.files import check_isochrone_file, write_isochrones
    from coverage.isochrones import check_request, minutes_of, people_in
    from coverage.isochrones import isochrones as bands_of
    from coverage.roads import read_roads
    from coverage.speeds import profile as speed_profile

    with _plain_errors():
        check_isochrone_file(out_file)
        ends = check_request(minutes_of(minutes), direction)
        speeds = speed_profile(profile, {"max_snap_m": off_road} if off_road else None)
        sites = read_places(from_)
        people = read_places(demand) if demand else None
        with _progress() as progress:
            network = read_roads(roads, progress, cache=_roads_cache(no_cache))
            made = bands_of(network, sites, minutes=ends, profile=speeds, direction=direction,
                            each=each, progress=progress)  # fmt: skip
            if people is not None:
                made = people_in(made, network, sites, people, profile=speeds)
        files = write_isochrones(made, out_file)
    _say_bands(made, files)


def _say_bands(made: pd.DataFrame, files: tuple[Path, ...], *, shown: int = 30) -> None:
    """Area and people by band, what was left out, where the files are."""
    counted = [name for name in ("places", "population") if name in made.columns]
    table = Table("from", *(("minutes", "km²", *counted)), title="Bands", title_justify="left")
    for column in table.columns[1:]:
        column.justify = "right"
    for row in made.head(shown).to_dict("records"):
        figures = [f"{row[name]:,.0f}" for name in counted]
        table.add_row(escape(str(row["site_id"])), f"{row['from_min']:g} to {row['to_min']:g}",
                      f"{row['area_km2']:,.2f}", *figures)  # fmt: skip
    out.print(table)
    if len(made) > shown:
        out.print(f"… and {len(made) - shown:,} more, in {escape(str(files[1]))}")
    facts = made.attrs["provenance"]
    for key, words in (("off_network_sites", "Sites not on the network, without bands"),
                       ("off_network_demand", "Demand not on the network")):  # fmt: skip
        if ids := facts.get(key, ()):
            out.print(f"[yellow]{words}[/] ({len(ids)}): {escape(', '.join(ids[:10]))}")
    names = ", ".join(escape(str(path)) for path in files)
    out.print(f"Written: {names}", soft_wrap=True)


@app.command()
def calibrate(
    roads: Annotated[
        list[str], typer.Option(help="Extract (.osm.pbf), OS Open Roads or place:NAME.")
    ],
    runs: Annotated[
        Path | None, typer.Option(help="Observed runs: two ends and a time each (.csv, .xlsx).")
    ] = None,
    times_: Annotated[
        Path | None, typer.Option("--times", help="Instead: another routing engine's times.")
    ] = None,
    places: Annotated[
        list[Path] | None, typer.Option(help="Ids with coordinates, for runs between ids.")
    ] = None,
    profile: Annotated[str, typer.Option(help="Profile to start from.")] = "blue_light",
    speeds_file: Annotated[
        Path | None, typer.Option("--speeds", help="Your own profiles (.yml), laid over ours.")
    ] = None,
    map_: Annotated[
        list[str] | None,
        typer.Option("--map", metavar="HEADING=ROLE", help="Read a heading as, e.g., seconds."),
    ] = None,
    name: Annotated[
        str, typer.Option(help="Of the new profile; blank: it takes the old one's place.")
    ] = "",
    start: Annotated[
        bool, typer.Option("--start/--no-start", help="Fit a start-up time (in no speed) too.")
    ] = True,
    out_dir: Annotated[
        Path | None,
        typer.Option("--out", help="Folder to write.", show_default="calibrations/RUNS-PROFILE"),
    ] = None,
    no_cache: NoCacheOpt = False,
) -> None:
    """Fit speeds and junction delays to your own runs; say how good the fit is, and where not."""
    from assets.importing.mappings import pairs
    from coverage.calibrate import calibrate as fitted
    from coverage.calibrate import read_runs
    from coverage.calibration.record import how_to_use
    from coverage.roads import read_roads
    from coverage.speeds import speed_book
    from maps.calibration import write_calibration

    with _plain_errors():
        if (runs is None) == (times_ is None):
            raise InputError(Issue("calibrate.no_runs", "give either --runs or --times", (),
                                   "--runs FILE for driven runs"))  # fmt: skip
        source = runs or times_ or Path()
        base = speed_book(speeds_file).profile(profile)
        seen = read_runs(source, places=places or (), told=pairs(map_ or (), "--map"),
                         routed=runs is None)  # fmt: skip
        with _progress() as progress:
            network = read_roads(roads, progress, cache=_roads_cache(no_cache))
            made = fitted(network, base, seen, name=name, start=start, progress=progress)
        folder = out_dir or Path("calibrations") / f"{source.stem}-{base.name}"
        title = f"{network.source}: {made.name}"
        page = write_calibration(folder, made, network, title=title, shipped=speed_book().names)
    _say_calibration(made)
    out.print(f"Speeds: [bold]{escape(str(folder / 'speeds.yml'))}[/]", soft_wrap=True)
    out.print(f"To plan with it: {escape(how_to_use(made))}", soft_wrap=True)
    out.print(f"Findings: [bold]{escape(str(page))}[/]", soft_wrap=True)


def _say_calibration(made: Any) -> None:
    """How good the fit is, and what a reader should know."""
    from maps.calibration import fit_rows, notes, verdict

    table = Table("", "median error", "within a minute", "8 in 10 take, x predicted",
                  title=f"{len(made.used):,} of {len(made.table):,} rows used",
                  title_justify="left")  # fmt: skip
    for row in fit_rows(made):
        found = row["a"]
        span = f"{found.low:.2f} to {found.high:.2f}"
        table.add_row(escape(row["label"]), _share(found.median_error),
                      _share(found.within_minute), span)  # fmt: skip
    out.print(table)
    out.print(f"[bold]{escape(verdict(made))}[/]")
    for text in notes(made):
        out.print(f"[yellow]![/] {escape(text)}")


@app.command("compare")
def compare_runs(
    runs: Annotated[list[Path], typer.Argument(help="Run folders of one estate, two to six.")],
    out_file: Annotated[
        Path | None,
        typer.Option(
            "--out", help="Page.", show_default="compare.html, or compare-public.html, in the last"
        ),
    ] = None,
    audience: Annotated[
        Audience, typer.Option(help="public leaves out sums of money and what is confidential.")
    ] = Audience.EXEMPT,
    strict: Annotated[
        bool, typer.Option("--strict", help="Refuse runs that differ in more than the option.")
    ] = False,
) -> None:
    """Set runs beside each other on one page: maps in step and everything that differs.

    Changes are told against the first run. The page says at its head, and this command below it,
    what the runs differ in besides what was asked of them.
    """
    from maps.compare_runs import write_run_comparison

    with _plain_errors():
        name = "compare.html" if audience == Audience.EXEMPT else "compare-public.html"
        page = out_file or runs[-1] / name
        made = write_run_comparison(runs, page, audience=audience.value, strict=strict)
    if made.drifts:
        err.print("[red]These runs do not stand on the same ground[/]; besides the option:")
    for drift in made.drifts:
        told = escape(" / ".join(drift.told))
        err.print(f"[yellow]•[/] {escape(drift.words)}: {told}", soft_wrap=True)
    out.print(f"Comparison: [bold]{escape(str(made.path))}[/]", soft_wrap=True)


@app.command("compare-registers")
def compare_registers(
    old: Annotated[str, typer.Argument(help="The earlier register.")],
    new: Annotated[str, typer.Argument(help="The later one.")],
    out_dir: Annotated[
        Path | None,
        typer.Option("--out", help="Folder of the comparison.", show_default="comparisons/OLD-NEW"),
    ] = None,
    old_sheet: Annotated[str, typer.Option("--old-sheet", help="Worksheet of the earlier.")] = "",
    new_sheet: Annotated[str, typer.Option("--new-sheet", help="Worksheet of the later.")] = "",
) -> None:
    """Match two vintages of a register and say what was added, removed, moved or retenured."""
    from assets.comparing.compare import compare
    from assets.read import read_layer
    from maps.compare import headline, verdict, write_comparison

    with _plain_errors():
        first, second = (
            read_layer(_source(text), "buildings", sheet=sheet)
            for text, sheet in ((old, old_sheet), (new, new_sheet))
        )
        names = _shown(old), _shown(new)
        found = compare(first, second, old_name=names[0], new_name=names[1])
        stems = "-".join(Path(name.split("?")[0]).stem for name in names)
        folder = out_dir or Path("comparisons") / stems
        page = write_comparison(folder, found, title=f"{names[0]} and {names[1]}")
    table = Table("", "rows", "", title=escape(verdict(found)), title_justify="left")
    for line in headline(found):
        table.add_row(*(escape(str(word)) for word in line.values()))
    out.print(table)
    for issue in found.issues:
        out.print(f"[yellow]![/] {escape(issue.text())}")
    out.print(f"Comparison: [bold]{escape(str(page))}[/]", soft_wrap=True)


@app.command()
def publish(
    run: RunArg,
    url: Annotated[str, typer.Argument(help="postgresql://user@host:port/database")],
    schema: Annotated[str, typer.Option(help="Schema of its tables; made if absent.")],
) -> None:
    """Write a run's layers and tables to a PostGIS schema, all of them or none."""
    from optimise.publish import publish_run

    with _plain_errors():
        tables = publish_run(run, url, schema)
    out.print(f"{len(tables)} tables written: {escape(', '.join(tables))}")


@app.command("map")
def map_(run: RunArg) -> None:
    """Draw the map of a run again from its folder."""
    from maps.page import write_map

    with _plain_errors():
        path = write_map(run)
    out.print(f"Map: [bold]{escape(str(path))}[/]", soft_wrap=True)


@app.command()
def page(
    run: RunArg,
    with_: WithOpt = None,
    audience: AudienceOpt = Audience.EXEMPT,
    out_file: Annotated[
        Path | None,
        typer.Option("--out", help="Page.", show_default="plan.html in RUN, or plan-public.html"),
    ] = None,
) -> None:
    """Write a run's page: headline, map, tables and charts in one file."""
    from maps.plan_page import write_plan_page

    with _plain_errors():
        path = write_plan_page(run, out=out_file, others=with_ or (), audience=audience.value)
    out.print(f"Page: [bold]{escape(str(path))}[/]", soft_wrap=True)


@app.command()
def export(
    run: RunArg,
    with_: WithOpt = None,
    audience: AudienceOpt = Audience.EXEMPT,
    out_dir: Annotated[
        Path | None,
        typer.Option("--out", help="Folder.", show_default="export in RUN, or export-public"),
    ] = None,
) -> None:
    """Write a run's tables as a workbook and CSV files, and its layers for QGIS, drawn."""
    from maps.exports import write_exports

    name = "export" if audience == Audience.EXEMPT else f"export-{audience.value}"
    with _plain_errors():
        folder = out_dir or run / name
        files = write_exports(run, folder, audience=audience.value, others=with_ or ())
    out.print(f"{len(files)} files: [bold]{escape(str(folder))}[/]", soft_wrap=True)


@app.command()
def robust(
    scenario: ScenarioArg = WESSEX,
    set_: SetOpt = None,
    override: OverrideOpt = None,
    only: Annotated[
        list[str] | None,
        typer.Option("--only", metavar="NAME", help="A scenario or sweep; may be repeated."),
    ] = None,
    batch: Annotated[
        Path | None, typer.Option(help="Take the plans that a batch left in this folder.")
    ] = None,
    rules: Annotated[
        HeldRules, typer.Option(help="Whose rules the plan of least worst regret keeps.")
    ] = HeldRules.EVERY,
    gap: Annotated[
        float | None, typer.Option(help="Stop each search at this gap on savings.")
    ] = None,
    time_limit: Annotated[
        float | None, typer.Option("--time-limit", help="Seconds each search may take.")
    ] = None,
    out_dir: Annotated[
        Path | None,
        typer.Option("--out", help="Folder.", show_default="runs/<name>-robust, or the batch's"),
    ] = None,
    no_cache: NoCacheOpt = False,
) -> None:
    """Hold plans against every scenario: what is kept throughout, regret, and the least of it."""
    from maps.plan_page import write_pages
    from optimise.reader import Reader
    from optimise.robust.work import Wanted
    from optimise.robust.work import robust as study
    from optimise.variants import load_set

    settings = list(set_ or ())
    for key, value in (("gap", gap), ("time_limit_s", time_limit)):
        if value is not None:
            settings.append(f"solver.{key}={value}")
    with _plain_errors(), _progress() as progress:
        asked = load_set(scenario, overrides=override or (), settings=settings, only=only or ())
        folder = out_dir or batch or Path("runs") / f"{asked.name}-robust"
        wanted = Wanted(batch, rules.value, write_pages)
        done = study(asked, Reader(_cache(no_cache)).inputs, folder, wanted, progress)
    _say_robust(done)
    if done.found.refused:
        _say_issues(done.found.refused, "No plan of least worst regret")
        raise typer.Exit(BAD_INPUT)


def _say_robust(done: Any) -> None:
    """Tables of buildings and of regret, what they mean, and where they are."""
    from optimise.robust.told import TABLE_ROWS, kept_table, regret_table
    from optimise.robust.written import sentences

    found = done.found
    for title, rows in (
        ("Buildings that depend on the scenario", kept_table(found.kept)),
        ("Worst regret of each plan", regret_table(found.worst, found.cases, found.goal)),
    ):
        if len(rows):
            table = Table(*map(str, rows.columns), title=title, title_justify="left")
            for row in rows.head(TABLE_ROWS).itertuples(index=False):
                table.add_row(*(escape(str(cell)) for cell in row))
            out.print(table)
    for sentence in sentences(found):
        out.print(f"• {escape(sentence)}", soft_wrap=True)
    if found.least is not None and found.least.plan is not None:
        out.print(f"Plan: [bold]{escape(str(done.record.parent / 'minmax'))}[/]", soft_wrap=True)
    out.print(f"Study: [bold]{escape(str(done.record))}[/]", soft_wrap=True)


# --- the run store --------------------------------------------------------------------------


@app.command()
def runs(
    folder: Annotated[
        Path | None,
        typer.Argument(
            help="Folder of runs to bring the store up to date with.",
            show_default="runs, unless --store names a store to ask as it stands",
        ),
    ] = None,
    store: Annotated[
        str,
        typer.Option(help="Store: a file, or postgresql://…", show_default="FOLDER/runs.sqlite"),
    ] = "",
    where: Annotated[
        str, typer.Option(help="Filter, e.g. 'status = optimal and targets.receipts_gbp > 1.5e7'.")
    ] = "",
    sort: Annotated[str, typer.Option(help="Columns to sort by; -COLUMN falls.")] = "",
    columns: Annotated[
        str, typer.Option(help="Columns to show, e.g. run_id,npv_gbp,fire_10.share_after.")
    ] = "",
    limit: Annotated[int, typer.Option(min=0, help="At most so many runs; 0 = all.")] = 0,
    csv: Annotated[str, typer.Option(metavar="PATH|-", help="Write them as CSV; - = here.")] = "",
    parquet: Annotated[Path | None, typer.Option(help="Write them as Parquet.")] = None,
    rebuild: Annotated[bool, typer.Option("--rebuild", help="Read every folder anew.")] = False,
    schema: Annotated[str, typer.Option(help="Schema of a PostgreSQL store.")] = "groundplan",
    as_: Annotated[
        str, typer.Option("--as", metavar="NAME", help="Name of these runs in a shared store.")
    ] = "",
) -> None:
    """List, filter and sort runs, from a store that is brought up to date with their folders.

    Columns, the words of --where, and how to ask from pandas, R or QGIS: docs/store.md.
    """
    from optimise.store import export, open_store

    root = folder or (None if store else Path("runs"))
    asked = list(dict.fromkeys(name.strip() for name in columns.split(",") if name.strip()))
    with _plain_errors():
        if rebuild and root is None:
            raise InputError(Issue("store.no_folder", "--rebuild needs the folder of the runs", (),
                                   "name it before the options"))  # fmt: skip
        where_kept = store or (root or Path()) / "runs.sqlite"
        making = root is not None
        with open_store(where_kept, root=root, schema=schema, called=as_, make=making) as opened:
            if root is not None:
                with _progress() as progress:
                    found = opened.collect(rebuild=rebuild, progress=progress)
                _say_collected(found, opened.shown)
            if asked or csv or parquet:
                made = opened.runs(where, sort, columns=asked, limit=limit)
            else:
                made = opened.runs(where, sort, columns=export.SHORT, limit=limit)
        if csv and csv != "-":
            export.write_csv(made, Path(csv))
        if parquet is not None:
            export.write_parquet(made, parquet)
    if csv == "-":
        sys.stdout.write(export.csv_text(made))
    elif not csv and parquet is None:
        _say_runs(made)
    for path in filter(None, (csv if csv != "-" else "", parquet)):
        err.print(f"{len(made):,} runs: [bold]{escape(str(path))}[/]", soft_wrap=True)


def _say_collected(found: Any, shown: str) -> None:
    """What the folders hold, apart from the answer."""
    from optimise.store import export

    err.print(escape(export.told(found, shown)), soft_wrap=True)
    for note in found.notes:
        err.print(f"[yellow]![/] {escape(note)}", soft_wrap=True)
    if found.damaged:
        err.print(f"[yellow]![/] {escape(export.damaged_words(found.damaged))}", soft_wrap=True)


def _say_runs(made: pd.DataFrame, *, shown: int = 50) -> None:
    """Runs as a table."""
    from optimise.store import export

    table = Table(title=f"{len(made):,} runs", title_justify="left")
    for name, figure in zip(made.columns, export.figures(made), strict=True):
        words = escape(export.heading(str(name)))
        table.add_column(words, justify="right" if figure else "left", overflow="fold")
    for row in export.cells(made.head(shown)):
        table.add_row(*map(escape, row))
    out.print(table)
    if len(made) > shown:
        out.print(f"… and {len(made) - shown:,} more: --limit, --where, or --csv FILE for all")


# --- what if --------------------------------------------------------------------------------


@app.command("what-if")
def what_if(
    run: RunArg,
    set_: SetOpt = None,
    override: OverrideOpt = None,
    gap: Annotated[
        float | None, typer.Option(help="Stop at this gap on savings.", show_default="0.02")
    ] = None,
    time_limit: Annotated[
        float | None, typer.Option("--time-limit", help="Seconds the solver may take.")
    ] = None,
    out_dir: Annotated[
        Path | None,
        typer.Option("--out", help="Run folder.", show_default="runs/<name>-what-if-<n>"),
    ] = None,
    no_page: Annotated[bool, typer.Option("--no-page", help="Draw no map and no page.")] = False,
    no_cache: NoCacheOpt = False,
) -> None:
    """Ask a run's scenario something else, and say what that changes, in seconds.

    The search begins from what the run's own left: its plan, what its rules were worth, and parts
    of plans nearly chosen. --set and --override go on top of what the run had changed.
    """
    from optimise.runs import refuse_in_use
    from optimise.what_if import new_place, read_record

    settings = [*(set_ or ())]
    if gap is not None:
        settings.append(f"solver.gap={gap}")
    if time_limit is not None:
        settings.append(f"solver.time_limit_s={time_limit}")
    started = time.perf_counter()
    with _plain_errors():
        before = read_record(run)
        refuse_in_use(out_dir or run.parent / "what-if")
        made, about, note = _what_if_made(run, before, (override or (), settings), _cache(no_cache))
        if note:
            err.print(f"[yellow]![/] {escape(note)}; the search began from nothing.")
        _say_what_if(run, before, made, about)
        out.print(f"Answered in {time.perf_counter() - started:.1f} s.")
        with (
            nullcontext(out_dir) if out_dir else new_place(run.parent, made.scenario.name) as place
        ):
            _keep_what_if(made, about, place, no_page)


def _what_if_made(
    run: Path, before: Any, asked: tuple[Any, Any], cache: Path | None
) -> tuple[Any, dict[str, Any], str]:
    """The plan, what its run.json says it is, and why the search began from nothing, if it did."""
    from optimise import what_if as asking
    from optimise.inputs import read_inputs
    from optimise.plan import make_plan
    from optimise.warm_file import read_warm

    loaded = asking.scenario_of(before, overrides=asked[0], settings=asked[1], gap=WHAT_IF_GAP)
    changes = asking.changes_of(before, loaded)
    with _progress() as progress:
        inputs = read_inputs(loaded, progress, cache=cache)
        asking.refuse_other_inputs(before, inputs.files)
        warm, note = read_warm(run)
        made = make_plan(loaded, inputs, progress, warm=warm)
    return made, {"what_if_of": {"run": str(run), "changes": changes}}, note


def _keep_what_if(made: Any, about: dict[str, Any], folder: Path, no_page: bool) -> None:
    """Write the run folder, which the answer does not wait for, and draw its pages."""
    from maps.plan_page import write_pages
    from optimise.runs import write_run

    started = time.perf_counter()
    with _progress() as progress:
        progress("Writing the run", 0.0)
        write_run(made, folder, {}, about=about)
        if not no_page:
            progress("Drawing the map and the page", 0.0)
            write_pages(folder)
    kept = folder if no_page else folder / "plan.html"
    label = "Run" if no_page else "Page"
    told = f"{label}: [bold]{escape(str(kept))}[/] ({time.perf_counter() - started:.1f} s)"
    out.print(told, soft_wrap=True)


def _say_what_if(run: Path, before: Any, made: Any, about: dict[str, Any]) -> None:
    """What was asked otherwise, what it changed, and how far that is proved."""
    from optimise import what_if_words as words
    from optimise.results import decisions_table
    from optimise.runs import as_written, brief_record

    after = brief_record(made)
    for key, change in about["what_if_of"]["changes"].items():
        then, now = ("not set" if change[k] is None else change[k] for k in ("before", "after"))
        out.print(f"• {escape(f'{key}: {then} → {now}')}", soft_wrap=True)
    decided = pd.read_csv(run / "decisions.csv", keep_default_na=False, dtype=str)
    out.print(_otherwise_table(words.otherwise(decided, as_written(decisions_table(made)))))
    table = Table("", "the run", "what if", "change", title="What it comes to",
                  title_justify="left")  # fmt: skip
    for title, then, now in words.sums(before, after):
        table.add_row(escape(title), _pounds(then), _pounds(now), _pounds(now - then))
    for title, then, now in words.covers(before, after):
        table.add_row(escape(title), f"{then:.1%}", f"{now:.1%}", f"{100 * (now - then):+.1f} pts")
    out.print(table)
    out.print(f"{escape(after['status_text'])} ({escape(after['solver'])}).", soft_wrap=True)
    if ends := words.worth(before, after):
        told = f"between {_pounds(ends[0])} and {_pounds(ends[1])} in net present value"
        if words.priced(before, after):
            told += ", less what is set for soft standards that are missed"
        out.print(f"Whatever the best plans are, the change is worth {told}.", soft_wrap=True)


def _otherwise_table(rows: Any, *, shown: int = 30) -> Any:
    """Buildings decided differently, as a table, or a sentence where there are none."""
    from maps.style import decision_style

    if not rows:
        return "No building is decided differently."
    many = f"{len(rows)} building{'s' if len(rows) > 1 else ''} decided differently"
    if len(rows) > shown:
        many += f" (the first {shown}; all: decisions.csv)"
    table = Table("building", "in the run", "what if", title=many, title_justify="left")
    for row in rows[:shown]:
        labels = [decision_style(d).label if d else "" for d in (row.before, row.after)]
        if row.before == row.after:
            labels[1] += ", other units"
        table.add_row(escape(f"{row.name} ({row.asset_id})"), *map(escape, labels))
    return table


@app.command()
def scenarios(
    scenario: ScenarioArg = WESSEX,
    only: Annotated[
        list[str] | None, typer.Option(help="Only this scenario or sweep. May be repeated.")
    ] = None,
    override: OverrideOpt = None,
    settings: SetOpt = None,
    csv: Annotated[
        Path | None, typer.Option("--csv", help="Write all of them, with what differs.")
    ] = None,
) -> None:
    """List the scenarios and sweeps that a file asks for, and what differs in each.

    All of them are checked, and nothing is planned. How long they would take is not known
    beforehand.
    """
    from optimise.variants import load_set
    from optimise.variants.words import count_words, scenarios_table, shown_rows

    with _plain_errors():
        found = load_set(
            scenario, overrides=override or (), settings=settings or (), only=only or ()
        )
        if csv is not None:
            from assets.cells import neutral

            scenarios_table(found).map(neutral).to_csv(csv, index=False, lineterminator="\n")
    if not found.variants:
        out.print(f"{escape(str(scenario))} has no 'scenarios:' and no 'sweeps:'; the base alone.")
        return
    table = Table("Scenario", "Sweep", "What differs from the base", title=escape(found.name))
    for row in shown_rows(found):
        table.add_row(escape(row.name), escape(row.sweep), escape(row.differences))
    out.print(table)
    out.print(escape(count_words(found)))
    for note in found.notes:
        out.print(f"[yellow]{escape(note.text())}[/]", soft_wrap=True)
    if csv is not None:
        out.print(f"Written: {escape(str(csv))}", soft_wrap=True)


@app.command()
def frontier(
    scenario: ScenarioArg = WESSEX,
    x: Annotated[str, typer.Option("--x", help="Figure that is stepped, e.g. receipts.")] = (
        "receipts"
    ),
    y: Annotated[str, typer.Option("--y", help="Figure made best at each step.")] = "fire_cover",
    z: Annotated[str, typer.Option("--z", help="A third figure, stepped as well.")] = "",
    points: Annotated[
        int | None, typer.Option(help="Steps along x.", show_default="10; 4 with --z")
    ] = None,
    at: Annotated[
        str, typer.Option("--at", help="Steps of x instead, e.g. 0.78,0.80,0.82 or 9e6,12e6.")
    ] = "",
    gap: Annotated[float, typer.Option(help="How near the best possible each point is to be.")] = (
        0.02
    ),
    time_limit: Annotated[
        float, typer.Option("--time-limit", help="Seconds that all searches together may take.")
    ] = 240.0,
    set_: SetOpt = None,
    override: OverrideOpt = None,
    out_dir: Annotated[
        Path | None, typer.Option("--out", help="Folder.", show_default="runs/<name>-frontier")
    ] = None,
    no_cache: NoCacheOpt = False,
) -> None:
    """Draw a trade-off curve: what more of one figure costs in another, each point a proved plan.

    A figure is a measure (receipts_gbp, people_within.fire_10) or a plain word: receipts, savings,
    capital, npv, carbon, buildings, fire_cover. The scenario's own rules on the two figures are
    freed; all others hold. The same command again goes on where it stopped.
    """
    from maps.frontier_page import write_frontier_page
    from maps.plan_page import write_pages
    from optimise.frontier.make import asked_of, axes_of, make_frontier
    from optimise.inputs import read_inputs
    from optimise.scenario import load_scenario

    with _plain_errors():
        loaded = load_scenario(scenario, overrides=override or (), settings=set_ or ())
        asked = asked_of((x, y, z), points, at, effort=(gap, time_limit))
        axes_of(asked, loaded)
        stem = "-".join((loaded.name, *loaded.origin.applied, "frontier"))
        folder = out_dir or Path("runs") / stem
        with _progress() as progress:
            inputs = read_inputs(loaded, progress, cache=_cache(no_cache))
            made = make_frontier(asked, loaded, inputs, folder, draw=write_pages, progress=progress)
            page = write_frontier_page(folder)
    _say_frontier(made, page)
    if not made.curve.points:
        raise typer.Exit(NO_PLAN)


def _say_frontier(made: Any, page: Path) -> None:
    """Points as a table, prices and what was freed in sentences, where the page is."""
    from optimise.frontier.tell import headings, lines, rows

    table = Table(title="Points of the curve", title_justify="left")
    for heading in headings(made):
        table.add_column(escape(heading))
    for row in rows(made):
        table.add_row(*map(escape, row))
    out.print(table)
    for line in lines(made):
        out.print(escape(line), soft_wrap=True)
    out.print(f"Page: [bold]{escape(str(page))}[/]", soft_wrap=True)


@app.command()
def alternatives(
    scenario: ScenarioArg = WESSEX,
    count: Annotated[int, typer.Option(help="Plans beside the best.")] = 3,
    within: Annotated[
        str, typer.Option(help="What each may give up of the best plan's value: 2% or 0.02.")
    ] = "2%",
    distance: Annotated[
        int, typer.Option(help="Buildings kept in one plan and not in another, at least.")
    ] = 8,
    most_different: Annotated[
        bool, typer.Option("--most-different", help="As far from the others as the loss allows.")
    ] = False,
    out_dir: Annotated[
        Path | None, typer.Option("--out", help="Folder.", show_default="runs/<name>-alternatives")
    ] = None,
    set_: SetOpt = None,
    override: OverrideOpt = None,
    gap: Annotated[float | None, typer.Option(help="Stop each search at this gap.")] = None,
    time_limit: Annotated[
        float | None, typer.Option("--time-limit", help="Seconds for each search.")
    ] = None,
    no_cache: NoCacheOpt = False,
) -> None:
    """Find plans nearly as good as the best that keep and let go of other buildings."""
    from maps.compare_runs import write_run_comparison
    from maps.plan_page import write_pages
    from optimise.alternatives import Wanted
    from optimise.alternatives import alternatives as find
    from optimise.alternatives_record import loss_from, refuse_folder, write_alternatives
    from optimise.inputs import read_inputs
    from optimise.scenario import load_scenario

    given = (("gap", gap), ("time_limit_s", time_limit))
    asked = [*(set_ or ()), *(f"solver.{k}={v}" for k, v in given if v is not None)]
    started = time.perf_counter()
    with _plain_errors():
        wanted = Wanted(count, loss_from(within), distance, most_different)
        loaded = load_scenario(scenario, overrides=override or (), settings=asked)
        name = "-".join((loaded.name, *loaded.origin.applied, "alternatives"))
        folder = out_dir or Path("runs") / name
        refuse_folder(folder)
        with _progress() as progress:
            inputs = read_inputs(loaded, progress, cache=_cache(no_cache))
            read = time.perf_counter() - started
            found = find(loaded, inputs, wanted, progress)
            progress("Writing the plans and their pages", 0.0)
            write_alternatives(
                found,
                folder,
                {"read and drive times": read},
                draw=write_pages,
                compare=lambda runs, page, labels: write_run_comparison(runs, page, labels=labels),
            )
    _say_alternatives(found, folder)


def _say_alternatives(found: Any, folder: Path) -> None:
    """What each plan does instead, how far they are from each other, and where the pages are."""
    from optimise.alternatives_record import end_words, loss_words, plan_words

    distances = [f"from {one.number}" for one in found.plans[:-1]]
    goal = found.plans[0].plan.solution.goal
    table = Table("Plan", escape(goal.words.capitalize()), "Behind the best", *distances)
    for one in found.plans:
        apart = [str(d) if d else "" for d in one.distances[: len(distances)]]
        value = escape(goal.told(one.plan.solution.value))
        table.add_row(str(one.number), value, escape(loss_words(one)), *apart)
    out.print(table)
    for one in found.plans:
        out.print(f"[bold]Plan {one.number}[/] {escape(plan_words(one, found))}", soft_wrap=True)
    if distances:
        out.print(
            "From 1, from 2 …: buildings in use in one of the two plans and not in the other."
        )
    ended = end_words(found)
    if ended:
        out.print(f"[yellow]{escape(ended)}[/]", soft_wrap=True)
    for one in found.plans:
        where = folder / "plans" / str(one.number) / "plan.html"
        out.print(f"Plan {one.number}: {escape(str(where))}", soft_wrap=True)
    if len(found.plans) > 1:
        page = escape(str(folder / "compare.html"))
        out.print(f"Side by side: [bold]{page}[/]", soft_wrap=True)


@app.command()
def batch(
    scenario: ScenarioArg = WESSEX,
    workers: Annotated[
        int, typer.Option("--workers", "-n", min=1, max=1024, help="Processes on this machine.")
    ] = 2,
    scheduler: Annotated[
        str, typer.Option(help="A Dask cluster that is there: tcp://host:8786.", metavar="ADDRESS")
    ] = "",
    memory: Annotated[
        str, typer.Option("--memory-per-worker", help="What a local worker may hold, e.g. 2GB.")
    ] = "auto",
    only: Annotated[
        list[str] | None, typer.Option("--only", help="A scenario or sweep; may be repeated.")
    ] = None,
    set_: SetOpt = None,
    override: OverrideOpt = None,
    out_dir: Annotated[
        Path | None, typer.Option("--out", help="Folder.", show_default="runs/<name>-batch")
    ] = None,
    pages: Annotated[Pages, typer.Option(help="Draw each plan's page, or none.")] = Pages.ALL,
    retry: Annotated[
        Retry, typer.Option(help="failed: try again what had no plan for want of time or a fault.")
    ] = Retry.NONE,
    wait: Annotated[
        float, typer.Option(min=1, help="Seconds to wait for a scheduler or workers that went.")
    ] = 120.0,
    no_cache: NoCacheOpt = False,
) -> None:
    """Plan every scenario and sweep of a file, each once; the same command again goes on.

    Interrupt it, or lose a worker or the scheduler: what is finished stays finished.

    Exit codes: 0 every scenario has a plan or is proved impossible, 3 some have not.
    """
    from maps.plan_page import write_pages
    from optimise.batch import Cluster, Options, Work, run_batch
    from optimise.variants import load_set

    with _plain_errors():
        asked = load_set(scenario, overrides=override or (), settings=set_ or (), only=only or ())
        cache = _cache(no_cache)
        work = Work(
            draw=write_pages if pages == Pages.ALL else None,
            cache=cache.resolve() if cache is not None else None,
        )
        options = Options(Cluster(workers, scheduler, memory, wait), work, retry == Retry.FAILED)
        stem = "-".join((asked.name, *asked.base.origin.applied, "batch"))
        with _batch_progress() as tell:
            made = run_batch(asked, out_dir or Path("runs") / stem, options, progress=tell)
        _say_batch(made, _batch_page(made.folder))
    if made.interrupted:
        raise typer.Exit(INTERRUPTED)
    if not made.complete:
        raise typer.Exit(NO_PLAN)


def _batch_page(folder: Path) -> Path | None:
    """The page of a batch, drawn; None where there is nothing to draw yet."""
    from maps.batches.page import write_batch_page

    try:
        return write_batch_page(folder)
    except InputError as error:
        _say_issues(error.issues, "The batch has no page yet")
        return None


@contextmanager
def _batch_progress(every_s: float = 10.0) -> Iterator[Callable[[Any], None]]:
    """A bar with rate, time left and dashboard; a line now and then where there is no terminal."""
    said: dict[str, Any] = {"at": 0.0, "dashboard": "", "done": -1}

    def first(told: Any) -> None:
        if told.dashboard and told.dashboard != said["dashboard"]:
            said["dashboard"] = told.dashboard
            err.print(f"Dashboard: {escape(told.dashboard)}", soft_wrap=True)
        if told.note:
            err.print(f"… {escape(told.note)}", soft_wrap=True)

    def line(told: Any) -> None:
        first(told)
        due = time.monotonic() - said["at"] >= every_s and told.done != said["done"]
        if due or (told.left == 0 and told.done != said["done"]):
            said["at"], said["done"] = time.monotonic(), told.done
            err.print(f"… {escape(told.line())}", soft_wrap=True)

    if not err.is_terminal:
        yield line
        return
    bar = Progress(SpinnerColumn(), BarColumn(bar_width=30), TextColumn("{task.description}"),
                   TimeElapsedColumn(), console=err, transient=True)  # fmt: skip
    task = bar.add_task("starting workers", total=None)

    def show(told: Any) -> None:
        first(told)
        bar.update(task, total=told.total, completed=told.done, description=escape(told.line()))

    with bar:
        yield show


def _say_batch(made: Any, page: Path | None) -> None:
    """Counts by status, best and worst of the main figures, what failed, where everything is."""
    from optimise.batch.result import closing_words, counts_table, extremes_table, failures

    table = Table("status", "scenarios", "meaning", title="Scenarios", title_justify="left")
    for row in counts_table(made):
        table.add_row(*map(escape, row))
    out.print(table)
    best = Table("figure", "best", "worst", title="Best and worst", title_justify="left")
    for row in extremes_table(made):
        best.add_row(*map(escape, row))
    if best.row_count:
        out.print(best)
    for line in failures(made):
        out.print(f"[yellow]•[/] {escape(line)}", soft_wrap=True)
    for line in (*made.notes, *closing_words(made)):
        out.print(escape(line), soft_wrap=True)
    out.print(f"Store: [bold]{escape(str(made.folder / 'store.sqlite'))}[/]", soft_wrap=True)
    if page is not None:
        out.print(f"Page: [bold]{escape(str(page))}[/]", soft_wrap=True)


def main() -> None:
    """Run the command line; a fault of Groundplan itself ends with exit code 1."""
    try:
        app()
    except AuditError as error:
        err.print(f"[bold red]Fault[/] {escape(str(error))}")
        sys.exit(FAULT)


if __name__ == "__main__":
    # A register is a hundred thousand cells without a single cycle among them: looking for
    # cycles less often saves a tenth of the time.
    gc.set_threshold(50_000, 20, 100)
    main()
