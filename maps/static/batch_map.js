/* Buildings by how often they are kept, in the scenarios that are looked at. */
"use strict";
const map_plan = (() => {
  const { $, data, drawn, element } = pageKit;
  const { card } = countyMap;
  const { shown } = groundplan;
  const verdict = new Map(data.verdicts.map((one) => [one.key, one]));
  const MOST = 0.8, SOME = 0.2; // as the table of buildings
  const map = countyMap.create("kept-map", {
    labelledby: "kept-title", attribution: true,
    description: "Arrow keys move the map, plus and minus zoom; the table of buildings below holds every one",
  });
  let marks = new Map();
  let only = false;

  /** Kept in how many of the scenarios looked at, of how many with a plan. */
  function counted({ fate }) {
    let kept = 0, total = 0;
    for (let n = 0; n < fate.length; n += 1) {
      if (!shown[n] || fate[n] === ".") continue;
      total += 1;
      kept += fate[n] === "1";
    }
    return { kept, total };
  }

  function judged({ kept, total }) {
    if (!total) return null;
    if (kept === total) return "always";
    if (!kept) return "never";
    if (kept >= MOST * total - 1e-9) return "most";
    return kept >= SOME * total - 1e-9 ? "some" : "few";
  }

  function picture({ colour, shape, size }, site) {
    const ring = site ? [drawn("circle", { r: 13, fill: "#ffffffcc", stroke: colour, "stroke-width": 1.6, "stroke-dasharray": "3 2" })] : [];
    const big = site ? size + 10 : size;
    const half = site ? 16 : 11;
    return drawn("svg", { class: "mark", width: big, height: big, viewBox: `${-half} ${-half} ${2 * half} ${2 * half}`, "aria-hidden": "true" },
      ...ring, drawn("path", { d: shape, fill: colour, stroke: "#ffffff", "stroke-width": 1.8, "paint-order": "stroke", transform: "translate(-10 -10)" }));
  }

  function draw() {
    for (const mark of marks.values()) mark.remove();
    marks = new Map();
    const often = new Map(data.verdicts.map(({ key }) => [key, 0]));
    for (const building of data.buildings) {
      const told = judged(counted(building));
      if (!told) continue;
      often.set(told, often.get(told) + 1);
      const depends = told !== "always" && told !== "never";
      if (only && !depends) continue;
      const html = picture(verdict.get(told), building.site);
      const size = Number(html.getAttribute("width"));
      const mark = L.marker(building.at, {
        icon: L.divIcon({ html, className: "", iconSize: [size, size] }), keyboard: false, zIndexOffset: depends ? 1000 : 0,
      });
      mark.on("click", () => groundplan.choose("building", building.id));
      marks.set(building.id, mark.addTo(map));
    }
    key(often);
  }

  function key(often) {
    $("kept-key").replaceChildren(...data.verdicts.map((one) => element("li", {}, picture(one, false),
      element("span", {}, `${one.label}: ${often.get(one.key)}`))));
    const total = data.scenarios.filter(({ found }, n) => found && shown[n]).length;
    $("kept-says").textContent = total
      ? `Over the ${total} scenarios looked at that have a plan. Most: in 80% or more; some: in 20% or more; few: in fewer. A broken ring marks a site that is not built yet: kept means built.`
      : "None of the scenarios looked at has a plan.";
  }

  function showBuilding(id) {
    const building = data.buildings.find((one) => one.id === id);
    if (!building) return;
    const { kept, total } = counted(building);
    const lines = [building.kind, building.owner, `${building.site ? "Built" : "Kept"} in ${kept} of ${total} scenarios looked at`];
    if (!map.getBounds().pad(-0.1).contains(building.at)) map.setView(building.at, Math.max(map.getZoom(), 11), { animate: false });
    map.openPopup(card(building.name, lines.filter(Boolean)), building.at, { maxWidth: 260 });
  }

  countyMap.ground(map);
  countyMap.over(map);
  groundplan.onNarrowed(() => { map.closePopup(); draw(); });
  groundplan.on((kind, id) => {
    map.closePopup();
    if (kind === "building") showBuilding(id);
  });
  $("only").addEventListener("change", (event) => { only = event.target.checked; draw(); });
  $("whole").addEventListener("click", () => countyMap.whole(map));
  window.addEventListener("beforeprint", () => map.invalidateSize({ animate: false }));
  groundplan.choices();
  document.addEventListener("DOMContentLoaded", () => {
    groundplan.apply();
    window.groundplanReady = performance.now();
  });
  return map;
})();
