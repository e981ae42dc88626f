"""How large plan.html and map.html are and how soon they can be used, beside folium's own map.

    python benchmarks/map.py [RUN]        (RUN: a run folder, runs/wessex unless told)

The peer is what a folium user would write: one GeoJson layer for each standard, before and
after, and a marker with a popup for each building. Its page loads Leaflet and a dozen other files
from servers and is blank without a network, so for its timing (only) Leaflet is handed to it from
this machine and the other files are answered empty.

Every page is opened five times in headless Chromium with the network cut off; the figures
are medians. "Drawn" is from navigation to the second animation frame after everything was
added to the map and every control wired: from then on the page can be used.
"""

from __future__ import annotations

import argparse
import importlib.util
import resource
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

import folium  # noqa: E402

from maps import figure, overlays, page, plan_page, runs  # noqa: E402

REPEATS = 5
WRITERS: dict[str, Callable[[Path], Path]] = {
    "plan.html": plan_page.write_plan_page,
    "map.html": page.write_map,
}
FRAMES = "() => new Promise(r => requestAnimationFrame(() => requestAnimationFrame(() => r(performance.now()))))"  # noqa: E501


def peer_html(run: runs.RunFrames) -> str:
    """The run as a plain folium map."""
    cells = run.layers["cells"].to_crs(4326)
    (south, west), (north, east) = overlays.bounds([run.layers["cells"]])
    plain = folium.Map(location=[(south + north) / 2, (west + east) / 2], zoom_start=9)
    for standard in run.summary["standards"]:
        for when in ("before", "after"):
            unit = standard.get("threshold_unit", "min")
            column = f"{standard['standard_id']}_{when}_{unit}"
            limit = standard.get("threshold", standard["threshold_min"])
            group = folium.FeatureGroup(name=f"{standard['title']} {when}", show=when == "after")

            def fill(feature: dict, column: str = column, limit: float = limit) -> dict:
                value = feature["properties"][column]
                inside = value is not None and value <= limit
                return {"fillColor": "#96c0dd" if inside else "#f4bd7f", "weight": 0.5}

            geometry = cells[["demand_id", "population", column, "geometry"]]
            folium.GeoJson(
                geometry, style_function=fill, tooltip=folium.GeoJsonTooltip(["demand_id", column])
            ).add_to(group)
            group.add_to(plain)
    at = overlays.point_degrees(run.decisions)
    for building in run.decisions.to_dict("records"):
        popup = folium.Popup(f"{building['name']}<br>{building['decision']}", max_width=300)
        folium.CircleMarker(at[building["asset_id"]], radius=5, popup=popup).add_to(plain)
    folium.LayerControl().add_to(plain)
    return plain.get_root().render()


def answer_peer(route: Any) -> None:
    """Leaflet from this machine for the peer, nothing for whatever else it asks of servers."""
    url = route.request.url
    if url.startswith("file:"):
        route.continue_()
    elif url.endswith("/leaflet.js"):
        route.fulfill(body=figure.leaflet_script(), content_type="text/javascript")
    elif url.endswith("/leaflet.css"):
        route.fulfill(body=figure.leaflet_style(), content_type="text/css")
    else:
        route.fulfill(
            body="", content_type="text/css" if url.endswith("css") else "text/javascript"
        )


def opened(browser: Any, path: Path, *, is_peer: bool) -> tuple[float, float, int]:
    """Seconds to drawn, megabytes of script heap, and requests beyond the file itself."""
    context = browser.new_context(viewport={"width": 1366, "height": 768}, offline=not is_peer)
    tab, outside = context.new_page(), []
    tab.on("request", lambda request: outside.append(request.url))
    if is_peer:
        context.route("**/*", answer_peer)
    tab.goto(path.as_uri(), wait_until="load")
    if is_peer:
        drawn_ms = tab.evaluate(FRAMES)
    else:
        # Asked from outside: the page's policy refuses a script that is handed to it as text.
        while not tab.evaluate("window.groundplanReady > 0"):
            tab.wait_for_timeout(5)
        drawn_ms = tab.evaluate("window.groundplanReady")
    session = context.new_cdp_session(tab)
    session.send("Performance.enable")
    metrics = {m["name"]: m["value"] for m in session.send("Performance.getMetrics")["metrics"]}
    context.close()
    beyond = [u for u in outside if not u.startswith(("file:", "data:"))]
    return drawn_ms / 1000, metrics["JSHeapUsedSize"] / 1e6, len(beyond)


def written(name: str, write: Callable[[Path], Path], run_dir: Path) -> tuple[str, Path, float]:
    """A page of ours, written from its run folder, and the seconds it took."""
    began = time.perf_counter()
    path = write(run_dir)
    return name, path, time.perf_counter() - began


def measured(browser: Any, path: Path, *, is_peer: bool) -> tuple[float, float, int]:
    """Medians over the repeats."""
    seen = [opened(browser, path, is_peer=is_peer) for _ in range(REPEATS)]
    return (
        statistics.median(s[0] for s in seen),
        statistics.median(s[1] for s in seen),
        max(s[2] for s in seen),
    )


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("run", nargs="?", default=ROOT / "runs" / "wessex", type=Path)
    run_dir = options.parse_args().run.resolve()
    if not (run_dir / "run.json").is_file():
        print(f"no run at {run_dir}: make one first with `make plan`")
        return 2
    if importlib.util.find_spec("playwright") is None:
        print("needs playwright and Chromium")
        return 2
    from playwright.sync_api import sync_playwright

    made = [written(name, write, run_dir) for name, write in WRITERS.items()]
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    run = runs.read_run(run_dir)
    with tempfile.TemporaryDirectory() as scratch, sync_playwright() as playwright:
        began = time.perf_counter()
        theirs = Path(scratch) / "peer.html"
        theirs.write_text(peer_html(run), encoding="utf-8")
        peer_s = time.perf_counter() - began
        chromium = shutil.which("chromium") or playwright.chromium.executable_path
        browser = playwright.chromium.launch(
            executable_path=chromium, args=["--no-sandbox", "--disable-gpu"]
        )
        rows = [
            *(
                (name, path, took_s, measured(browser, path, is_peer=False))
                for name, path, took_s in made
            ),
            ("plain folium", theirs, peer_s, measured(browser, theirs, is_peer=True)),
        ]
        browser.close()
        sizes = [path.stat().st_size / 1e6 for _, path, _, _ in rows]
    n = {name: len(run.layers[name]) for name in ("cells", "areas", "places")}
    print(f"{run_dir.name}: {len(run.decisions)} buildings, {n['cells']} cells, "
          f"{len(run.summary['standards'])} standards, {n['areas']} areas")  # fmt: skip
    print(f"peak memory of writing the pages: {peak_mb:.0f} MB (libraries included)\n")
    print("| page | file, MB | written, s | drawn, s | script heap, MB | requests to servers |")
    print("|---|---|---|---|---|---|")
    for (name, _, wrote_s, (drawn_s, heap_mb, beyond)), size_mb in zip(rows, sizes, strict=True):
        print(f"| {name} | {size_mb:.2f} | {wrote_s:.2f} | {drawn_s:.2f} "
              f"| {heap_mb:.1f} | {beyond} |")  # fmt: skip
    for n, (name, *_) in enumerate(rows[:-1]):
        print(f"\nplain folium beside {name}: {sizes[-1] / sizes[n]:.1f} times the size, "
              f"{rows[-1][3][0] / rows[n][3][0]:.1f} times the time to drawn")  # fmt: skip
    return 0


if __name__ == "__main__":
    sys.exit(main())
