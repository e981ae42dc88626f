"""The covering models of the literature on files, proved; and beside spopt.

    python benchmarks/covering.py setcover FILE              OR-Library set covering
    python benchmarks/covering.py pmedian FILE               OR-Library p-median
    python benchmarks/covering.py lscp --matrix CSV --threshold T [--depth 2]
    python benchmarks/covering.py mclp --matrix CSV --demand CSV --threshold T --sites P
    python benchmarks/covering.py pmedian-matrix --matrix CSV --demand CSV --sites P
    python benchmarks/covering.py pcentre-matrix --matrix CSV --sites P
    python benchmarks/covering.py england --sites P          fire stations of England, 10 minutes
    python benchmarks/covering.py spopt                      side by side with spopt 0.7

Each prints one JSON object: objective (recomputed from the data and the sites chosen alone),
bound, gap, status, seconds by stage, the sites chosen, sizes before and after the reductions,
peak memory. What cannot be done is said in one line on standard error, with exit status 2.

A matrix is a CSV table: a row for each pair (demand point, site, distance), or a row for each
demand point and a column for each site. A pair without a distance has no route. Thresholds are
inclusive. Columns are recognised; --distance-column and so on name them.
"""

from __future__ import annotations

import argparse
import json
import math
import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from assets.issues import InputError, Issue  # noqa: E402
from benchmarks import covering_files as files  # noqa: E402
from optimise.covering import (  # noqa: E402
    Answer,
    Instance,
    Limits,
    least_mean,
    least_worst,
    most_covered,
    set_cover,
)

DATA = ROOT.parent / "shared" / "data"
#: Relative gap that the national example is asked for.
ENGLAND_GAP = 1e-4


class Parser(argparse.ArgumentParser):
    """Says what is wrong in one line."""

    def error(self, message: str) -> NoReturn:
        """Exit with status 2."""
        self.exit(2, f"error: {message} (--help shows what can be told)\n")


def columns_of(given: argparse.Namespace) -> files.Columns:
    return files.Columns(
        given.distance_column,
        given.site_column,
        given.demand_column,
        getattr(given, "id_column", None),
        getattr(given, "weight_column", None),
    )


def read_matrix(given: argparse.Namespace) -> Instance:
    return files.matrix_instance(given.matrix, given.demand, columns_of(given))


def run_setcover(given: argparse.Namespace, limits: Limits) -> dict[str, Any]:
    return timed(lambda: files.set_cover_file(given.file), lambda i: set_cover(i, limits=limits))


def run_pmedian(given: argparse.Namespace, limits: Limits) -> dict[str, Any]:
    started = time.perf_counter()
    direct, sites = files.p_median_file(given.file)
    read = time.perf_counter()
    instance = files.shortest(direct)
    paths = time.perf_counter()
    answer = least_mean(instance, sites=given.sites or sites, limits=limits)
    return told(answer, {"read": read - started, "paths": paths - read})


def run_lscp(given: argparse.Namespace, limits: Limits) -> dict[str, Any]:
    def solve(instance: Instance) -> Answer:
        return set_cover(instance.within(given.threshold), depth=given.depth, limits=limits)

    return timed(lambda: read_matrix(given), solve)


def run_mclp(given: argparse.Namespace, limits: Limits) -> dict[str, Any]:
    def solve(instance: Instance) -> Answer:
        return most_covered(instance.within(given.threshold), sites=given.sites, limits=limits)

    return timed(lambda: read_matrix(given), solve)


def run_pmedian_matrix(given: argparse.Namespace, limits: Limits) -> dict[str, Any]:
    return timed(
        lambda: read_matrix(given), lambda i: least_mean(i, sites=given.sites, limits=limits)
    )


def run_pcentre_matrix(given: argparse.Namespace, limits: Limits) -> dict[str, Any]:
    return timed(
        lambda: read_matrix(given), lambda i: least_worst(i, sites=given.sites, limits=limits)
    )


def run_england(given: argparse.Namespace, limits: Limits) -> dict[str, Any]:
    return timed(
        lambda: files.england(given.data),
        lambda i: most_covered(i, sites=given.sites, limits=limits),
    )


def run_spopt(given: argparse.Namespace, limits: Limits) -> dict[str, Any]:
    from benchmarks.covering_spopt import side_by_side

    return side_by_side(given.places, given.candidates, limits)


def timed(read: Callable[[], Instance], solve: Callable[[Instance], Answer]) -> dict[str, Any]:
    started = time.perf_counter()
    instance = read()
    took = time.perf_counter() - started
    return told(solve(instance), {"read": took})


def told(answer: Answer, before: dict[str, float]) -> dict[str, Any]:
    """The answer as JSON has it; an infinite figure is null."""
    seconds = {**before, **answer.seconds}
    seconds["total"] = sum(seconds.values())
    return {
        "model": answer.model,
        "status": answer.status,
        "objective": answer.objective,
        "bound": answer.bound,
        "gap": answer.gap if math.isfinite(answer.gap) else None,
        "seconds": {name: round(s, 6) for name, s in seconds.items()},
        "chosen": list(answer.chosen),
        "sizes": dict(answer.sizes),
        "figures": dict(answer.figures),
        "peak_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1),
    }


def parser() -> Parser:
    made = Parser(description=__doc__.splitlines()[0])
    models = made.add_subparsers(dest="model", required=True, parser_class=Parser)

    def model(name: str, run: Callable[..., dict[str, Any]], gap: float = 0.0) -> Parser:
        one = models.add_parser(name)
        one.set_defaults(run=run)
        one.add_argument("--gap", type=float, default=gap, help="relative gap that is proof enough")
        one.add_argument("--time-limit", type=float, default=600.0, help="seconds")
        one.add_argument("--seed", type=int, default=0)
        return one

    model("setcover", run_setcover).add_argument("file", type=Path)
    median = model("pmedian", run_pmedian)
    median.add_argument("file", type=Path)
    median.add_argument("--sites", type=int, help="instead of the file's own p")
    for name, run in (
        ("lscp", run_lscp),
        ("mclp", run_mclp),
        ("pmedian-matrix", run_pmedian_matrix),
        ("pcentre-matrix", run_pcentre_matrix),
    ):
        matrix_options(model(name, run), name)
    england = model("england", run_england, ENGLAND_GAP)
    england.add_argument("--sites", type=int, required=True)
    england.add_argument("--data", type=Path, default=DATA)
    spopt = model("spopt", run_spopt)
    spopt.add_argument("--places", type=int, default=8000)
    spopt.add_argument("--candidates", type=int, default=400)
    return made


def matrix_options(one: Parser, name: str) -> None:
    one.add_argument("--matrix", type=Path, required=True)
    one.add_argument("--demand", type=Path, required=name in ("mclp", "pmedian-matrix"))
    if name in ("lscp", "mclp"):
        one.add_argument("--threshold", type=float, required=True, help="inclusive")
    if name == "lscp":
        one.add_argument("--depth", type=int, default=1, help="2: backup cover, by two sites")
    else:
        one.add_argument("--sites", type=int, required=True)
    one.add_argument("--distance-column")
    one.add_argument("--site-column")
    one.add_argument("--demand-column", help="ids of demand points in the matrix")
    one.add_argument("--id-column", help="ids of demand points in the demand file")
    one.add_argument("--weight-column")


def limits_of(given: argparse.Namespace) -> Limits:
    if not (given.gap >= 0 and given.time_limit > 0 and math.isfinite(given.time_limit)):
        message = "the gap must be at least nought and the time limit more than nought seconds"
        raise InputError(Issue("covering.limits", message))
    return Limits(given.gap, given.time_limit, given.seed)


def main() -> int:
    given = parser().parse_args()
    try:
        answer = given.run(given, limits_of(given))
    except InputError as error:
        said = "; ".join(" ".join(issue.text().split()) for issue in error.issues)
        print(f"error: {said}", file=sys.stderr)
        return 2
    print(json.dumps(answer, indent=2, ensure_ascii=False))
    return 0


if __name__ == "__main__":
    sys.exit(main())
