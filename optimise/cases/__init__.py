"""Published programmes as cases: each published figure beside the one that a plan gives.

A case is a folder with ``case.yml`` (a scenario) and ``published.yml`` (`records`). Our figures
are taken from run folders (`figures`): ``run.json`` and the tables.
"""

from optimise.cases.figures import (
    Compared,
    Ran,
    compare,
    figures_table,
    read_run,
    refusal_text,
    shown,
    write_figures,
)
from optimise.cases.records import Case, Figure, Ours, Published, case_names, load_case

__all__ = [
    "Case",
    "Compared",
    "Figure",
    "Ours",
    "Published",
    "Ran",
    "case_names",
    "compare",
    "figures_table",
    "load_case",
    "read_run",
    "refusal_text",
    "shown",
    "write_figures",
]
