/* The land outside a standard: one outline round all of it, dotted, whatever shades lie beneath. */
"use strict";
groundplan.part((kit) => {
  const { $, SVG, map, data, state, groups, hooks, element } = kit;
  if (!data.cells.shapes.length || !data.standards.length) return;
  const INK = "#8a1030";
  const shown = new Map(); // pane -> its layers
  let standard = state.standard;

  kit.pane("outside-before", 266, true);
  kit.pane("outside", 265, true);
  groups.outside = L.layerGroup();

  /** Dots in the ink of the outline, so that the land is known without its colour. */
  function dots() {
    const pattern = document.createElementNS(SVG, "pattern");
    const dot = document.createElementNS(SVG, "circle");
    const set = (node, values) => Object.entries(values).forEach(([k, v]) => node.setAttribute(k, v));
    set(pattern, { id: "outside-dots", width: 8, height: 8, patternUnits: "userSpaceOnUse" });
    set(dot, { cx: 4, cy: 4, r: 1.3, fill: INK });
    pattern.append(dot);
    $("plan-defs").append(pattern);
  }

  /** Edges that only one of the cells has: neighbours share theirs point for point. */
  function outline(cells) {
    const edges = new Map();
    for (const index of cells) {
      for (const ring of data.cells.shapes[index].flat()) {
        let [x, y] = [0, 0];
        const corners = [];
        for (let i = 0; i < ring.length; i += 2) corners.push(`${(x += ring[i])} ${(y += ring[i + 1])}`);
        corners.forEach((from, i) => {
          const to = corners[(i + 1) % corners.length];
          const key = from < to ? `${from} ${to}` : `${to} ${from}`;
          if (!edges.delete(key)) edges.set(key, key);
        });
      }
    }
    return [...edges.keys()].map((key) => {
      const [x, y, u, v] = key.split(" ").map(Number);
      return [[y / 1e5, x / 1e5], [v / 1e5, u / 1e5]];
    });
  }

  /** Places of the cells outside a standard before or after the plan. */
  function outside(which, when) {
    const inside = data.cells.times[data.standards[which].id][`in_${when}`];
    return [...inside].flatMap((flag, index) => (flag === "1" ? [] : [index]));
  }

  function draw(pane, cells) {
    const layers = [
      L.polygon(cells.flatMap((index) => kit.polygons(data.cells.shapes[index])), { pane, interactive: false,
        stroke: false, fillColor: "url(#outside-dots)", fillOpacity: 1, smoothFactor: 0, className: "outside" }),
      L.polyline(outline(cells), { pane, interactive: false, color: INK, weight: 2, smoothFactor: 0, className: "outside-edge" }),
    ];
    layers.forEach((layer) => groups.outside.addLayer(layer));
    shown.set(pane, layers);
  }

  let drawnFor = "";
  function refresh() {
    if (state.standard !== null) standard = state.standard;
    const side = state.when === "side";
    const before = state.when === "before";
    const after = outside(standard, before ? "before" : "after");
    const count = (cells) => kit.people(Math.round(cells.reduce((sum, index) => sum + data.cells.people[index], 0)));
    $("outside-count").textContent = count(after);
    $("outside-what").textContent = `people; ${data.standards[standard].title}, ${before ? "before" : "after"} the plan`
      + (side ? `; before it ${count(outside(standard, "before"))}` : "");
    if (!map.hasLayer(groups.outside)) return;
    const wanted = `${standard} ${state.when}`;
    if (wanted === drawnFor) return;
    drawnFor = wanted;
    groups.outside.clearLayers();
    draw("outside", after);
    if (side) draw("outside-before", outside(standard, "before"));
  }

  dots();
  hooks.changed.push(refresh);
  kit.outside = outside;
});
