/* Two maps in step, drawn from the page's data. Text from data is only ever set as text. */
"use strict";
const groundplan = (() => {
  const BEYOND = { color: "#7d2a08", weight: 1, opacity: 0.9, dashArray: "2 3" };
  const PLAIN = { color: "#ffffff", weight: 0.4, opacity: 0.7, dashArray: null };
  const { $, data, drawn, element, polygons } = pageKit;
  const { card } = countyMap;
  const style = new Map(data.decisions.map((one) => [one.key, one]));
  const listeners = [];
  const state = { run: [0, 1], standard: data.standards.length ? 0 : null, shade: "after", only: false };
  const sides = ["left", "right"].map((name) => ({ name, cells: [], marks: new Map(), chosen: [] }));
  let led = false; // whether one map is being moved because the other was

  const differs = ({ words, holds }) => [words, holds].some((told) => told[state.run[0]] !== told[state.run[1]]);

  // --- the maps ------------------------------------------------------------------------------

  function start(side) {
    side.map = countyMap.create(`${side.name}-map`, {
      labelledby: `${side.name}-title`, attribution: side.name === "right",
      description: "Arrow keys move both maps, plus and minus zoom; the tables below hold what differs",
    });
    countyMap.ground(side.map);
    data.cells.shapes.forEach((parts, index) => {
      const cell = L.polygon(polygons(parts), { ...PLAIN, fillOpacity: 0.85 });
      cell.on("click", (event) => tell(side, index, event.latlng));
      side.cells.push(cell.addTo(side.map));
    });
    countyMap.over(side.map);
  }

  /** The other map follows, whichever is moved. */
  function inStep() {
    const [one, other] = sides.map(({ map }) => map);
    const follow = (from, to) => {
      if (led) return;
      led = true;
      to.setView(from.getCenter(), from.getZoom(), { animate: false });
      led = false;
    };
    /* While one is dragged the other is only slid along, as Leaflet slides the dragged one:
       drawing a county again for every step would stutter. */
    const slide = (from, to) => {
      if (led || from.getZoom() !== to.getZoom()) return;
      const middle = to.getSize().divideBy(2);
      to._rawPanBy(to.latLngToContainerPoint(from.getCenter()).subtract(middle).round());
    };
    for (const [from, to] of [[one, other], [other, one]]) {
      from.on("move", () => slide(from, to));
      from.on("moveend zoomend", () => follow(from, to));
    }
  }

  // --- shading -------------------------------------------------------------------------------

  /** What a side is shaded by: values of the cells, their bands, and words for the legend. */
  function shading(index) {
    const standard = data.standards[state.standard];
    const mine = data.times[state.run[index]][standard.id];
    const bands = { change: data.change_bands[standard.unit], time: standard.bands };
    const minus = (a, b) => a.map((value, i) => (value === null || b[i] === null ? null : value - b[i]));
    if (state.shade === "change") {
      return { values: minus(mine.after, mine.before), bands: bands.change, title: "Change since today" };
    }
    if (state.shade === "against" && index === 1) {
      const theirs = data.times[state.run[0]][standard.id];
      const title = `${data.runs[state.run[1]]} against ${data.runs[state.run[0]]}`;
      return { values: minus(mine.after, theirs.after), bands: bands.change, title };
    }
    return { values: mine.after, bands: bands.time, title: "Time after the plan" };
  }

  function bandOf(value, bands) {
    if (value === null) return { colour: data.no_route.colour, label: data.no_route.label, hatched: true };
    return bands.find(({ upto }) => upto === null || value <= upto);
  }

  function shade(side, index) {
    if (state.standard === null) {
      side.told = null;
      for (const cell of side.cells) cell.setStyle({ fillOpacity: 0, stroke: false });
      return;
    }
    const told = side.told = shading(index);
    side.cells.forEach((cell, i) => {
      const band = bandOf(told.values[i], told.bands);
      cell.setStyle({ stroke: true, fillColor: band.colour, fillOpacity: 0.85, ...(band.hatched ? BEYOND : PLAIN) });
    });
  }

  function swatch(colour, beyond) {
    return drawn("svg", { width: 22, height: 14, "aria-hidden": "true" }, drawn("rect", {
      x: 1, y: 1, width: 20, height: 12, fill: colour, stroke: beyond ? BEYOND.color : "#9aa6ad",
      "stroke-dasharray": beyond ? "2 2" : "none", "stroke-width": beyond ? 1.5 : 1,
    }));
  }

  function legend(id, told) {
    const { no_route: none } = data;
    const bands = told ? [...told.bands, { colour: none.colour, label: none.label, hatched: true }] : [];
    $(id).replaceChildren(...bands.map((band) =>
      element("li", {}, swatch(band.colour, band.hatched), element("span", {}, band.label))));
    $(`${id}-title`).textContent = told ? told.title : "";
  }

  function legends() {
    if (!$("left-legend")) return;
    const [left, right] = sides.map(({ told }) => told);
    const two = Boolean(right) && right.title !== left.title;
    legend("left-legend", left);
    legend("right-legend", two ? right : null);
    $("right-legend-box").hidden = !two;
  }

  // --- buildings -----------------------------------------------------------------------------

  function icon(decision, odd) {
    const size = decision.size + (odd ? 12 : 0);
    const half = odd ? 17 : 11;
    const shape = drawn("path", {
      d: decision.shape, fill: decision.colour, stroke: decision.colour === "#ffffff" ? "#5d6870" : "#ffffff",
      "stroke-width": 1.8, "paint-order": "stroke", transform: "translate(-10 -10)",
    });
    const parts = odd ? [drawn("circle", { r: 15, fill: "#ffffffcc", stroke: "#10303f", "stroke-width": 2.6 }), shape] : [shape];
    const svg = drawn("svg", { class: odd ? "mark odd" : "mark", width: size, height: size,
      viewBox: `${-half} ${-half} ${2 * half} ${2 * half}`, "aria-hidden": "true" }, ...parts);
    return L.divIcon({ html: svg, className: "", iconSize: [size, size] });
  }

  function buildings(side, index) {
    for (const mark of side.marks.values()) mark.remove();
    side.marks.clear();
    const run = state.run[index];
    for (const building of data.buildings) {
      const odd = differs(building);
      if (building.key[run] === null || (state.only && !odd)) continue;
      const mark = L.marker(building.at, {
        icon: icon(style.get(building.key[run]), odd), keyboard: false, zIndexOffset: odd ? 1000 : 0,
      });
      mark.on("click", () => choose("building", building.id));
      side.marks.set(building.id, mark.addTo(side.map));
    }
    const odd = data.buildings.filter(differs).length;
    $(`${side.name}-says`).textContent = index === 0
      ? `${odd} of ${data.buildings.length} buildings differ between these two plans.` : "";
  }

  function buildingKey() {
    const keys = new Set(data.buildings.flatMap(({ key }) => key));
    const rows = data.decisions.filter(({ key }) => keys.has(key)).map((decision) => {
      const picture = icon(decision, false).options.html;
      return element("li", {}, picture, element("span", {}, decision.label));
    });
    $("decision-key").replaceChildren(...rows);
  }

  // --- choosing ------------------------------------------------------------------------------

  function minutes(value, unit) {
    return value === null ? data.no_route.label : `${value.toFixed(1)} ${unit}`;
  }

  /** The minutes of a place in either plan. */
  function tell(side, index, at) {
    if (state.standard === null) return;
    const { id, title, unit } = data.standards[state.standard];
    const lines = state.run.map((run) => {
      const { before, after } = data.times[run][id];
      return `${data.runs[run]}: ${minutes(before[index], unit)} today, ${minutes(after[index], unit)} after`;
    });
    const people = `${data.cells.people[index].toLocaleString("en-GB")} people`;
    side.map.openPopup(card(data.cells.names[index], [people, title, ...lines]), at, { maxWidth: 280 });
  }

  function clear() {
    for (const side of sides) {
      side.map.closePopup();
      for (const layer of side.chosen.splice(0)) layer.remove();
    }
  }

  function showBuilding(id) {
    const building = data.buildings.find((one) => one.id === id);
    if (!building) return;
    const [side] = sides;
    if (!side.map.getBounds().pad(-0.1).contains(building.at)) {
      side.map.setView(building.at, Math.max(side.map.getZoom(), 11), { animate: false });
    }
    sides.forEach(({ map }, index) => {
      const run = state.run[index];
      const words = building.words[run] === null ? "not in this run" : building.words[run];
      const holds = building.holds[run] ? [`Holds: ${building.holds[run]}`] : [];
      map.openPopup(card(building.name, [building.kind, `${data.runs[run]}: ${words}`, ...holds]),
        building.at, { maxWidth: 260, autoPan: false });
    });
  }

  function showArea(id) {
    const area = data.areas.find((one) => one.id === id);
    if (!area) return;
    for (const side of sides) {
      const shape = L.polygon(polygons(area.shape), { color: "#10303f", weight: 3, fill: false, interactive: false });
      side.chosen.push(shape.addTo(side.map));
    }
    sides[0].map.fitBounds(sides[0].chosen[0].getBounds().pad(0.6), { animate: false });
  }

  function choose(kind, id) {
    clear();
    if (kind === "building") showBuilding(id);
    if (kind === "area") showArea(id);
    if (kind === "standard") {
      const found = data.standards.findIndex((one) => one.id === id);
      if (found >= 0) {
        state.standard = found;
        if ($("standard")) $("standard").value = String(found);
        render();
      }
    }
    for (const listener of listeners) listener(kind, id);
  }

  // --- controls ------------------------------------------------------------------------------

  function render() {
    clear();
    sides.forEach((side, index) => {
      $(`${side.name}-title`).textContent = data.runs[state.run[index]];
      shade(side, index);
      buildings(side, index);
    });
    legends();
  }

  function wire() {
    const on = (id, change) => $(id)?.addEventListener("change", (event) => { change(event.target); render(); });
    on("left", ({ value }) => { state.run[0] = Number(value); });
    on("right", ({ value }) => { state.run[1] = Number(value); });
    on("standard", ({ value }) => { state.standard = value === "" ? null : Number(value); });
    on("shade", ({ value }) => { state.shade = value; });
    on("only", ({ checked }) => { state.only = checked; });
    $("whole").addEventListener("click", () => countyMap.whole(sides[0].map));
  }

  function begin() {
    if (!data.cells.shapes.length) state.standard = null;
    sides.forEach(start);
    inStep();
    wire();
    buildingKey();
    render();
    // Paper is narrower than the window: what was in view stays in view.
    window.addEventListener("beforeprint", () => sides.forEach(({ map }) => map.invalidateSize({ animate: false })));
    window.groundplanReady = performance.now();
  }

  return { data, begin, choose, sides, on: (listener) => listeners.push(listener) };
})();
groundplan.begin();
/* Both maps, as the page's other script knows the one map of a plan's page. */
const map_plan = {
  getContainer: () => document.querySelector(".pair"),
  scrollWheelZoom: {
    enable: () => groundplan.sides.forEach(({ map }) => map.scrollWheelZoom.enable()),
    disable: () => groundplan.sides.forEach(({ map }) => map.scrollWheelZoom.disable()),
  },
};
