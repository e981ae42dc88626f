/* The plan's map: draws the page's data with Leaflet and wires the controls to it.
   Text from data is only ever set as text, never as HTML. */
"use strict";
const groundplan = (() => {
  const SVG = "http://www.w3.org/2000/svg";
  const SHORTEST_ARROW = 26; // pixels
  const CLOSE = "#5b3f8c"; // edge of a cell that the error of the times puts in doubt
  const MOST_HIDDEN = 9; // buildings that a place's name may lie over
  const { $, data, calm, element, named, points, polygons } = pageKit;
  const narrow = window.matchMedia("(max-width: 760px)");
  const years = data.timeline.years.length;
  const state = { standard: data.standards.length ? 0 : null, when: "after", owner: "", service: "",
    decisions: new Set(), year: years, reach: null };
  const drawn = { cells: [], buildings: new Map(), areas: [], moves: [], withdrawals: [] };
  const groups = {};
  const arrange = { places() {}, moves() {} };
  const listeners = []; // told what was chosen on the map
  const parts = []; // what the other files add once the map stands
  // What the parts take a hand in: the cards of buildings, the picture before, every change.
  const hooks = { facts: [], acts: [], card: [], changed: [], before: () => null };
  let map = null;

  // --- small helpers ---------------------------------------------------------------

  /** A picture of its own for the page's markers: an outline on a box of 20 by 20. */
  function symbol(id, path, look) {
    const node = document.createElementNS(SVG, "symbol");
    node.setAttribute("id", `shape-${id}`);
    node.setAttribute("viewBox", "-1 -1 22 22");
    const line = document.createElementNS(SVG, "path");
    Object.entries({ d: path, ...look }).forEach(([k, v]) => line.setAttribute(k, v));
    node.append(line);
    $("plan-defs").append(node);
  }

  function picture(use, size) {
    const svg = document.createElementNS(SVG, "svg");
    svg.setAttribute("width", size);
    svg.setAttribute("height", size);
    svg.setAttribute("aria-hidden", "true");
    const node = document.createElementNS(SVG, "use");
    node.setAttribute("href", `#shape-${use}`);
    svg.append(node);
    return svg;
  }

  const people = (n) => n.toLocaleString("en-GB");

  /** Minutes to a tenth; to a hundredth where a tenth would hide which side of the limit. */
  function minutes(value, limit, inside, unit) {
    if (value === null) return data.no_route.label;
    const tenth = value.toFixed(1);
    const hides = limit !== undefined && Number(tenth) <= limit !== inside;
    return `${hides ? value.toFixed(2) : tenth} ${unit}`;
  }

  /** Leave a shape out of the tab order: a county of them would be a thousand stops, and the
      search box and the tables lead to the same figures. */
  function mouseOnly(shape) {
    shape.on("add", () => shape.getElement().setAttribute("tabindex", "-1"));
  }

  /** Options of a popup that keeps clear of the buttons at the edge. */
  function popup(width) {
    return { maxWidth: narrow.matches ? 288 : width, autoPanPaddingTopLeft: [8, 8],
      autoPanPaddingBottomRight: [52, 28] };
  }

  function pane(name, zIndex, inert) {
    const node = map.createPane(name);
    node.style.zIndex = zIndex;
    if (inert) node.style.pointerEvents = "none";
    return name;
  }

  // --- the map and its furniture ------------------------------------------------------

  function start(id, options) {
    const south = data.bounds;
    map = L.map(id, {
      ...options, zoomControl: false, attributionControl: false, minZoom: 6, maxZoom: 17,
      fadeAnimation: !calm, zoomAnimation: !calm, markerZoomAnimation: !calm,
      inertia: !calm, maxBounds: L.latLngBounds(south).pad(1),
    });
    map.getContainer().setAttribute("role", "application");
    map.getContainer().setAttribute("aria-label",
      "Map: arrow keys move it, plus and minus zoom; every building can be found by name in the panel");
    whole();
    map.setMinZoom(Math.max(4, map.getZoom() - 1));
    pane("land", 200, true);
    pane("cells", 250);
    pane("roads", 300, true);
    pane("areas", 350);
    pane("moves", 450);
    pane("names", 640, true);
    L.control.attribution({ prefix: "Leaflet", position: "bottomright" })
      .addAttribution("Groundplan").addTo(map);
    if (data.attribution) map.attributionControl.addAttribution(escaped(data.attribution));
    L.control.scale({ metric: true, imperial: true, maxWidth: 140, position: "bottomleft" }).addTo(map);
    addButtons();
    // A card longer than its frame is scrolled from the keyboard.
    map.on("popupopen", ({ popup: card }) => {
      card.getElement().querySelector(".leaflet-popup-content").tabIndex = 0;
    });
    return map;
  }

  function escaped(text) {
    return element("span", {}, text).innerHTML;
  }

  function whole() {
    map.fitBounds(data.bounds, { padding: narrow.matches ? [6, 6] : [18, 18], animate: false });
  }

  function addButtons() {
    const Buttons = L.Control.extend({
      onAdd() {
        const box = element("div", { class: "map-buttons" });
        const button = (label, text, act) => {
          const node = element("button", { type: "button", "aria-label": label, title: label }, text);
          node.addEventListener("click", act);
          box.append(node);
          return node;
        };
        button("Zoom in", "+", () => map.zoomIn(1));
        button("Zoom out", "\u2212", () => map.zoomOut(1));
        button("Show the whole area", "\u2922", whole);
        const fold = button("Hide the panel", "\u00ab", () => {
          const hidden = document.body.classList.toggle("alone");
          fold.setAttribute("aria-expanded", String(!hidden));
          fold.setAttribute("aria-label", hidden ? "Show the panel" : "Hide the panel");
          fold.title = fold.getAttribute("aria-label");
          fold.textContent = hidden ? "\u00bb" : "\u00ab";
          map.invalidateSize({ animate: false });
        });
        fold.className = "fold";
        fold.setAttribute("aria-expanded", "true");
        fold.setAttribute("aria-controls", "panel");
        L.DomEvent.disableClickPropagation(box);
        return box;
      },
    });
    const North = L.Control.extend({
      onAdd() {
        const box = element("div", { class: "north", role: "img", "aria-label": "North is up" });
        box.append(element("span", {}, "N"));
        return box;
      },
    });
    map.addControl(new Buttons({ position: "topright" }));
    map.addControl(new North({ position: "topright" }));
  }

  // --- background -----------------------------------------------------------------------

  function land() {
    const shapes = polygons(data.outline);
    groups.land = L.layerGroup([
      L.polygon(shapes, { pane: "land", interactive: false, weight: 7, color: "#ffffff",
        opacity: 0.55, fillColor: "#f7f5ef", fillOpacity: 1, className: "land" }),
      L.polygon(shapes, { pane: "roads", interactive: false, fill: false, weight: 1.2,
        color: "#6f7f88", className: "outline" }),
    ]).addTo(map);
  }

  function roads() {
    groups.roads = L.layerGroup().addTo(map);
    const lines = data.roads.map((road) => ({
      road,
      line: L.polyline(road.lines.map(points), { pane: "roads", interactive: false,
        color: road.colour, weight: road.width, opacity: 0.9, className: "road" }),
    }));
    const fit = () => {
      const grown = Math.min(2.4, Math.max(0.8, 2 ** ((map.getZoom() - 10) * 0.35)));
      for (const { road, line } of lines) {
        if (map.getZoom() >= road.zoom) line.setStyle({ weight: road.width * grown }).addTo(groups.roads);
        else groups.roads.removeLayer(line);
      }
    };
    map.on("zoomend", fit);
    fit();
  }

  /** Names of places, the largest first; a name that would touch one already there waits. */
  function places() {
    groups.places = L.layerGroup().addTo(map);
    const labels = data.places.map((place) => {
      const text = named("span", place.name, { class: `place rank-${place.rank}` });
      const icon = L.divIcon({ className: "place-at", html: text, iconSize: [0, 0] });
      return {
        place, text, half: 0, height: 0,
        marker: L.marker(place.at, { icon, pane: "names", interactive: false, keyboard: false }),
      };
    });
    const measure = () => {
      const bench = element("div", { class: "bench" }, ...labels.map(({ text }) => text.cloneNode(true)));
      map.getPane("names").append(bench);
      labels.forEach((label, index) => {
        label.half = bench.children[index].offsetWidth / 2 + 5;
        label.height = bench.children[index].offsetHeight + 2;
      });
      bench.remove();
    };
    arrange.places = () => {
      const zoom = map.getZoom();
      const marks = [...drawn.buildings.values()].filter(wanted)
        .map(({ building }) => map.project(building.at, zoom));
      const taken = [];
      for (const label of labels) {
        const spot = zoom >= label.place.zoom ? freeSpot(label, marks, taken, zoom) : null;
        if (spot) {
          taken.push(spot.box);
          label.text.style.setProperty("--dx", `${spot.dx}px`);
          label.text.style.setProperty("--dy", `${spot.dy}px`);
          groups.places.addLayer(label.marker);
        } else groups.places.removeLayer(label.marker);
      }
    };
    map.on("zoomend", arrange.places);
    map.on("resize", () => { measure(); arrange.places(); });
    measure();
    arrange.places();
  }

  /** The spot round a place where its name hides the fewest buildings and touches no name. */
  function freeSpot({ place, half, height }, marks, taken, zoom) {
    const at = map.project(place.at, zoom);
    const [up, side] = [height / 2 + 8, half + 8];
    let best = null;
    const foot = kit.iconsFrom <= zoom && groups.icons && map.hasLayer(groups.icons) ? 28 : 5; // the mark, and what hangs below it
    const spots = [[0, -up], [0, up], [side, 0], [-side, 0], [-half, -up],
      [half, -up], [-half, up], [half, up], [0, -2 * up], [0, 2 * up]];
    for (const [dx, dy] of spots) {
      const box = [at.x + dx - half, at.y + dy - height / 2, at.x + dx + half, at.y + dy + height / 2];
      if (taken.some((o) => box[0] < o[2] && o[0] < box[2] && box[1] < o[3] && o[1] < box[3])) continue;
      // A name that would run off the county's edge may be cut off by the page's.
      const [left, right] = [0, 1].map((corner) => map.project(data.bounds[corner], zoom).x);
      const off = box[0] < left - 12 || box[2] > right + 12 ? 1000 : 0;
      const hidden = off + marks.filter((m) =>
        m.x > box[0] - 4 && m.x < box[2] + 4 && m.y > box[1] - foot && m.y < box[3] + 5).length;
      if (!best || hidden < best.hidden) best = { dx, dy, box, hidden };
      if (!hidden) break;
    }
    // A lesser name in a crowd waits for a closer view.
    return best && best.hidden > MOST_HIDDEN && place.rank > 0 ? null : best;
  }

  // --- cells shaded by minutes -----------------------------------------------------------

  function cells() {
    groups.cells = cellShapes("cells", "cell", drawn.cells).addTo(map);
    shade();
  }

  /** A set of the cells' shapes in a pane of their own, each put into `into`. */
  function cellShapes(paneName, className, into) {
    const group = L.featureGroup();
    data.cells.shapes.forEach((parts, index) => {
      const shape = L.polygon(polygons(parts), { pane: paneName, smoothFactor: 0, weight: 0.7,
        opacity: 1, fillOpacity: 1, className });
      shape.cell = index;
      mouseOnly(shape);
      shape.on("add", () => { shape.getElement().dataset.cell = index; });
      into.push(shape);
      group.addLayer(shape);
    });
    group.bindTooltip((shape) => cellText(shape.cell), { sticky: true, className: "tip" });
    group.bindPopup((shape) => cellPopup(shape.cell), popup(340));
    return group;
  }

  /** How one cell is drawn: {fill, hatched, key, lost, won}. */
  function looks(index, when) {
    if (state.reach) return reachLook(state.reach.minutes.get(index));
    const standard = data.standards[state.standard];
    const times = data.cells.times[standard.id];
    const inside = { before: times.in_before[index] === "1", after: times.in_after[index] === "1" };
    if (when === "change") {
      const [was, is] = [times.before[index], times.after[index]];
      const lost = inside.before && !inside.after;
      const won = !inside.before && inside.after;
      if (was === null && is === null) return { ...data.no_route, key: "none", lost, won };
      const change = was === null ? -Infinity : is === null ? Infinity : is - was;
      const bands = data.change_bands[standard.unit];
      const key = bandOf(bands, change);
      return { ...bands[key], key, lost, won };
    }
    const value = times[when][index];
    if (value === null) return { ...data.no_route, key: "none" };
    const key = bandOf(standard.bands, value);
    const firstBeyond = standard.bands.findIndex((band) => band.hatched);
    // The run's own flag decides on which side of the limit a cell is drawn.
    const held = inside[when] ? Math.min(key, firstBeyond - 1) : Math.max(key, firstBeyond);
    return { ...standard.bands[held], key: held };
  }

  const BEYOND = { colour: "#f7f5ef", key: "far" };

  /** How a cell is drawn while the reach of one building is shown. */
  function reachLook(value) {
    if (value === undefined) return BEYOND;
    const key = bandOf(data.reach.bands, value);
    return { ...data.reach.bands[key], key };
  }

  function bandOf(bands, value) {
    // A hundredth of forgiveness to the rounding of what was sent, so that edges are inclusive.
    const at = bands.findIndex((band) => band.upto !== null && value <= band.upto + 0.0051);
    return at < 0 ? bands.length - 1 : at;
  }

  /** A hatched fill of a colour, made once. */
  function hatch(colour) {
    const id = `hatch-${colour.slice(1)}`;
    if (!$(id)) {
      const pattern = document.createElementNS(SVG, "pattern");
      const set = (node, values) => Object.entries(values).forEach(([k, v]) => node.setAttribute(k, v));
      set(pattern, { id, width: 6, height: 6, patternUnits: "userSpaceOnUse",
        patternTransform: "rotate(45)" });
      const ground = document.createElementNS(SVG, "rect");
      set(ground, { width: 6, height: 6, fill: colour });
      const line = document.createElementNS(SVG, "path");
      set(line, { d: "M0 0V6", stroke: "#4a1d06", "stroke-opacity": 0.3, "stroke-width": 1.3 });
      pattern.append(ground, line);
      $("plan-defs").append(pattern);
    }
    return `url(#${id})`;
  }

  const fillOf = (look) => (look.hatched ? hatch(look.colour) : look.colour);

  /** The times shown where only one set of them is: side by side has the other beside it. */
  const main = () => (state.when === "side" ? "after" : state.when);

  function shade() {
    if (!groups.cells) return;
    const bare = state.standard === null && !state.reach;
    if (bare) map.removeLayer(groups.cells);
    else groups.cells.addTo(map);
    const before = hooks.before(); // the picture on the left of the line, if there is one
    legend(bare ? null : paint(drawn.cells, main()), before);
    changed();
  }

  /** Shade shapes of the cells by the times before, after or their change; people by shade. */
  function paint(shapes, when) {
    const totals = { lost: 0, won: 0, close: 0 };
    const standard = data.standards[state.standard];
    shapes.forEach((shape, index) => {
      const look = looks(index, when);
      const count = data.cells.people[index];
      totals[look.key] = (totals[look.key] || 0) + count;
      const edge = look.lost ? "#7a1530" : look.won ? "#0b3f7a" : look.colour;
      const marked = look.lost || look.won;
      const unsure = !state.reach && close(standard, index, when === "before" ? "before" : "after");
      shape.setStyle({ fillColor: fillOf(look), color: unsure && !marked ? CLOSE : edge,
        weight: marked ? 2.2 : unsure ? 1.6 : 0.7, dashArray: unsure ? "4 3" : null });
      if (look.lost) totals.lost += count;
      if (look.won) totals.won += count;
      if (unsure) totals.close += count;
      if (marked || unsure) shape.bringToFront();
    });
    return totals;
  }

  function changed() {
    for (const listener of hooks.changed) listener();
  }

  /** The shades with their people: two columns of them where two pictures are side by side. */
  function legend(totals, before) {
    const table = $("legend");
    if (!table) return; // no standard, so nothing to shade by
    table.tBodies[0].replaceChildren();
    table.hidden = totals === null;
    $("when").disabled = totals === null || state.reach !== null;
    $("time-summary").textContent = totals === null ? "The areas are not shaded." : "";
    $("time-sure").textContent = "";
    if (totals === null) return;
    const heads = before ? ["Before", "After"] : ["People"];
    table.tHead.rows[0].replaceChildren(element("th", { scope: "col", id: "legend-what" }),
      ...heads.map((text) => element("th", { scope: "col" }, text)));
    const columns = before ? [before, totals] : [totals];
    if (state.reach) reachLegend(table.tBodies[0], totals);
    else standardLegend(table.tBodies[0], columns);
  }

  function standardLegend(rows, columns) {
    const standard = data.standards[state.standard];
    const change = state.when === "change";
    const longest = standard.low_end ? ", at their longest" : "";
    const what = standard.unit_words;
    $("legend-what").textContent = (change ? `Change, ${what}`
      : `${what[0].toUpperCase()}${what.slice(1)}, ${standard.mode}`) + longest;
    const bands = change ? data.change_bands[standard.unit] : standard.bands;
    const counts = (key) => columns.map((totals) => totals[key] || 0);
    const any = (key) => counts(key).some((count) => count > 0);
    bands.forEach((band, key) => {
      if (!change && band.hatched && !bands[key - 1].hatched) {
        rows.append(note(`Beyond ${standard.limit}`, columns.length));
      }
      rows.append(legendRow(fillOf(band), band.colour, band.label, counts(key)));
    });
    if (any("none")) rows.append(legendRow(data.no_route.colour, data.no_route.colour, data.no_route.label, counts("none")));
    if (change) {
      rows.append(legendRow("none", "#7a1530", "now outside the standard", counts("lost")));
      rows.append(legendRow("none", "#0b3f7a", "now inside the standard", counts("won")));
    }
    if (any("close")) {
      rows.append(note("Within the error of the times", columns.length));
      rows.append(legendRow("none", CLOSE, "too close to call", counts("close")));
    }
    summary(standard);
  }

  function reachLegend(rows, totals) {
    const { name, words, land } = state.reach;
    $("legend-what").textContent = `Minutes, ${words}`;
    $("time-summary").replaceChildren(element("b", {}, "Reach of "), named("b", name), `: ${words}.`);
    $("time-sure").textContent = "Minutes on the way alone: no time to take a call or turn out is in them.";
    if (land) {
      for (const { upto, people: count } of land) {
        const { colour } = data.reach.bands.find((band) => band.upto === null || upto <= band.upto);
        rows.append(legendRow(colour, colour, `to ${upto} min`, [count]));
      }
      return;
    }
    data.reach.bands.forEach((band, key) => {
      if (totals[key] || band.upto !== null) {
        rows.append(legendRow(fillOf(band), band.colour, band.label, [totals[key] || 0]));
      }
    });
    rows.append(legendRow(BEYOND.colour, BEYOND.colour, "farther away", [totals.far || 0]));
  }

  function summary(standard) {
    const bold = (text) => element("b", {}, text);
    const target = standard.target === "none" ? "" : `; target ${standard.target}: ${standard.met}${standard.error ? ` ${standard.held}` : ""}`;
    const [was, is] = standard.central;
    const central = was || is ? ` (central estimates ${was || standard.before} and ${is || standard.after})` : "";
    $("time-summary").replaceChildren(
      bold(standard.asked), ": ", bold(standard.before), " before, ",
      bold(standard.after), ` after${central}${target} (${standard.kind}).`);
    if (state.when === "side") {
      $("time-sure").textContent = `Left of the line before the plan: ${standard.people[0]}. Right of it after the plan: ${standard.people[1]}. Buildings left of the line stand as today, all drawn alike.`
        + (standard.error ? ` ${standard.error}.` : "");
      return;
    }
    const when = state.when === "before" ? 0 : 1;
    $("time-sure").textContent = `${["Before the plan", "After the plan"][when]}: ${standard.people[when]}.`
      + (standard.error ? ` ${standard.error}.` : "");
  }

  /** Whether the error of the times decides if a cell is in time. */
  function close(standard, index, when) {
    const times = data.cells.times[standard.id];
    const [least, most] = ["low", "high"].map((end) => times[`in_${when}_${end}`]);
    return least !== undefined && least[index] !== most[index];
  }

  function note(text, columns) {
    return element("tr", { class: "beyond" }, element("th", { colspan: 1 + columns, scope: "rowgroup" }, text));
  }

  function legendRow(fill, edge, label, counts) {
    const svg = document.createElementNS(SVG, "svg");
    svg.setAttribute("width", 26);
    svg.setAttribute("height", 14);
    svg.setAttribute("aria-hidden", "true");
    const box = document.createElementNS(SVG, "rect");
    const values = { x: 1, y: 1, width: 24, height: 12, fill, stroke: fill === "none" ? edge : "#8b979e",
      "stroke-width": fill === "none" ? 2.2 : 0.8,
      ...(edge === CLOSE ? { "stroke-dasharray": "4 3", "stroke-width": 1.6 } : {}) };
    Object.entries(values).forEach(([k, v]) => box.setAttribute(k, v));
    svg.append(box);
    return element("tr", {}, element("th", { scope: "row" }, svg, label),
      ...counts.map((count) => element("td", {}, count === null ? "not counted" : people(Math.round(count)))));
  }

  const wards = new Map(data.areas.filter(({ kind }) => kind === "ward").map(({ id, name }) => [id, name]));

  /** The ward a cell lies in, by name; "" where the run does not say. */
  const wardOf = (index) => wards.get(data.cells.wards[index]) || "";

  function cellText(index) {
    const box = element("div", {}, named("b", data.cells.names[index]));
    if (wardOf(index)) box.append(" ", named("small", wardOf(index)));
    if (state.reach) {
      if (state.reach.land) return box;
      const value = state.reach.minutes.get(index);
      box.append(element("br"), value === undefined ? "farther away" : `within ${value} min`);
      return box;
    }
    if (state.standard === null) return box;
    const standard = data.standards[state.standard];
    const [was, is] = beforeAfter(standard, index);
    box.append(element("br"), was === is ? is : `${was} \u2192 ${is}`);
    return box;
  }

  function beforeAfter(standard, index) {
    const times = data.cells.times[standard.id];
    return ["before", "after"].map((when) =>
      minutes(times[when][index], standard.threshold, times[`in_${when}`][index] === "1", standard.unit));
  }

  function cellPopup(index) {
    const rows = data.standards.map((standard) => {
      const times = data.cells.times[standard.id];
      const unsure = close(standard, index, "after");
      const out = !unsure && times.in_after[index] !== "1";
      const [was, is] = beforeAfter(standard, index);
      const side = unsure ? "too close to call" : out ? "outside" : "inside";
      const title = named("th", standard.title, { scope: "row" });
      if (standard.low_end) title.append(element("small", {}, "minutes at their longest"));
      return element("tr", { class: out ? "out" : "" }, title,
        element("td", {}, was), element("td", {}, is, element("small", {}, side)));
    });
    return element("article", { class: "card", tabindex: -1 },
      named("h3", data.cells.names[index]),
      element("p", { class: "what" }, `${people(Math.round(data.cells.people[index]))} people`,
        ...(wardOf(index) ? [", ", named("span", wardOf(index))] : [])),
      table(["Standard", "Before", "After"], rows));
  }

  function table(heads, rows) {
    return element("table", { class: "figures" },
      element("thead", {}, element("tr", {}, ...heads.map((h) => element("th", { scope: "col" }, h)))),
      element("tbody", {}, ...rows));
  }

  // --- wards, pilot areas and other outlines ----------------------------------------------

  function areas() {
    const kinds = [...new Set(data.areas.map((area) => area.kind))];
    kinds.forEach((kind, index) => {
      const group = L.featureGroup();
      for (const area of data.areas.filter((one) => one.kind === kind)) {
        const shape = L.polygon(polygons(area.shape), { pane: "areas", weight: 1.6, fillOpacity: 0,
          className: `area area-${index}` });
        shape.area = area;
        shape.group = `area-${index}`;
        mouseOnly(shape);
        shape.on("mouseover", () => shape.setStyle({ fillOpacity: 0.18 }));
        shape.on("mouseout", () => shape.setStyle({ fillOpacity: 0 }));
        drawn.areas.push(shape);
        group.addLayer(shape);
      }
      group.bindTooltip((shape) => named("b", shape.area.name), { sticky: true, className: "tip" });
      group.bindPopup((shape) => areaPopup(shape.area), popup(440));
      group.on("click", ({ layer }) => announce("area", layer.area.id));
      groups[`area-${index}`] = group;
    });
  }

  function areaPopup(area) {
    const titles = new Map(data.standards.map((s) => [s.id, s.title]));
    const rows = area.figures.map(([id, group, was, is, meanWas, meanIs, change, total]) => {
      const text = titles.get(id) || id;
      return element("tr", {}, named("th", group ? `${text} (${group})` : text, { scope: "row" }),
        element("td", {}, was, element("small", {}, meanWas)),
        element("td", {}, is, element("small", {}, meanIs)),
        element("td", { title: `of ${total}` }, change || "0"));
    });
    const total = area.figures.length ? `${area.figures[0][7]}. ` : "";
    return element("article", { class: "card", tabindex: -1 }, named("h3", area.name),
      element("p", { class: "what" }, `${total}Each standard\u2019s figure; beside a share the mean, beside a time the share in time:`),
      rows.length ? table(["Standard", "Before", "After", "People \u00b1"], rows)
        : element("p", {}, "No figures for this area."));
  }

  // --- buildings ----------------------------------------------------------------------------

  function buildings() {
    groups.buildings = L.layerGroup().addTo(map);
    const order = new Map(data.decisions.map((d, index) => [d.key, index]));
    data.decisions.forEach((d, index) => state.decisions.add(index));
    for (const building of data.buildings) {
      const index = order.get(building.decision);
      const look = data.decisions[index];
      const html = picture(index, look.size);
      const mark = element("span", { class: `building ${building.decision === "not_built" ? "faint" : ""}`, style: `--size:${look.size}px` }, html);
      mark.dataset.asset = building.id;
      mark.dataset.decision = building.decision;
      const icon = L.divIcon({ className: "building-at", html: mark, iconSize: [0, 0] });
      const marker = L.marker(building.at, { icon, keyboard: false, riseOnHover: true,
        zIndexOffset: (data.decisions.length - index) * 1000 });
      marker.bindTooltip(() => element("div", {}, named("b", building.name), element("br"),
        done(data.timeline.buildings[building.id]) ? look.label : `${look.label}, in ${data.timeline.years[data.timeline.buildings[building.id]]}`),
        { className: "tip", direction: "top", offset: [0, -8] });
      marker.bindPopup(() => buildingPopup(building, index), { ...popup(340), offset: [0, -4] });
      marker.on("popupopen", () => { follow(building.id); announce("building", building.id); });
      marker.on("popupclose", () => follow(null));
      drawn.buildings.set(building.id, { building, index, marker, mark });
    }
    const fit = () => {
      const grown = Math.min(1.7, Math.max(0.75, 0.95 + (map.getZoom() - 9.5) * 0.22));
      map.getContainer().style.setProperty("--grown", grown.toFixed(3));
    };
    map.on("zoomend", fit);
    fit();
    filter();
  }

  const wanted = ({ building, index }) => state.decisions.has(index)
    && (!state.owner || building.owner === state.owner)
    && (!state.service || [...building.kinds_now, ...building.kinds_after].includes(state.service));

  /** Whether something dated is done by the year shown; what has no date always is. */
  const done = (when) => when === undefined || when < state.year;

  /** Whether any of the services of an arrow or a mark is of the kind and by the year shown. */
  const unitsShown = ({ ids, kinds }) => ids.some((id, index) => done(data.timeline.units[id])
    && (!state.service || kinds[index] === state.service));

  function filter() {
    for (const entry of drawn.buildings.values()) showIf(entry.marker, groups.buildings, wanted(entry));
    arrange.moves();
    arrange.places();
    for (const { gone, marker } of drawn.withdrawals) {
      showIf(marker, groups.withdrawals, ownerOf(gone.from) && unitsShown(gone));
    }
    changed();
  }

  const ownerOf = (id) => !state.owner || drawn.buildings.get(id)?.building.owner === state.owner;

  function showIf(layer, group, shown) {
    if (shown) group.addLayer(layer);
    else group.removeLayer(layer);
  }

  function buildingPopup(building, index) {
    const look = data.decisions[index];
    const card = element("article", { class: "card", tabindex: -1 }, named("h3", building.name),
      element("p", { class: "what" }, picture(index, 18), element("b", {}, look.label),
        look.meaning ? ` \u2013 ${look.meaning}` : ""),
      named("p", `${building.kind}, ${building.owner}`, { class: "owner" }));
    if (building.reason) card.append(element("p", { class: "why" }, element("b", {}, "Why: "), named("span", building.reason)));
    for (const add of hooks.facts) card.append(...add(building));
    if (building.withheld) card.append(element("p", { class: "held" }, data.withheld));
    if (building.money.length) {
      card.append(element("table", { class: "figures sums" }, element("tbody", {}, ...building.money.map(
        ([label, sum]) => element("tr", {}, element("th", { scope: "row" }, label), element("td", {}, sum))))));
    } else if (!building.withheld) {
      card.append(element("p", { class: "quiet" }, data.audience === "exempt" ? "No capital, receipt or saving."
        : "Sums of money by building are left out of this version."));
    }
    for (const add of hooks.acts) card.append(...add(building));
    card.append(holds("Now", building.now, building.kinds_now),
      holds("After the plan", building.after, building.kinds_after));
    for (const add of hooks.card) card.append(...add(building));
    return card;
  }

  /** A button in a popup that leads to another building; its bare name where it is not shown. */
  function linked(id, name) {
    if (!drawn.buildings.has(id)) return named("span", name);
    const link = named("button", name || drawn.buildings.get(id).building.name, { type: "button", class: "link" });
    link.addEventListener("click", () => show(id));
    return link;
  }

  /** The picture of a kind of service, or its first letters where there is none. */
  function serviceIcon(kind, size) {
    const service = data.services.find(({ key }) => key === kind);
    const svg = document.createElementNS(SVG, "svg");
    const set = (node, values) => Object.entries(values).forEach(([k, v]) => node.setAttribute(k, v));
    set(svg, { width: size, height: size, viewBox: "0 0 16 16", class: "service", "aria-hidden": "true" });
    if (service && service.icon) {
      const path = document.createElementNS(SVG, "path");
      set(path, { d: service.icon });
      svg.append(path);
    } else {
      const text = document.createElementNS(SVG, "text");
      set(text, { x: 8, y: 12, "text-anchor": "middle" });
      text.textContent = service ? service.letters : "?";
      svg.append(text);
    }
    return svg;
  }

  function holds(title, units, kinds) {
    const box = element("div", { class: "holds" }, element("h4", {}, title));
    if (!units.length) box.append(element("p", { class: "quiet" }, "Nothing"));
    else {
      box.append(element("ul", { class: "units" }, ...units.map(([unit, verb, name, id], index) => {
        const row = element("li", {}, serviceIcon(kinds[index], 16), named("span", unit));
        if (verb) row.append(`, ${verb} `);
        if (name) row.append(linked(id, name));
        return row;
      })));
    }
    return box;
  }

  /** Zoom to a building and open it, whatever the filters hide. */
  function show(id) {
    const entry = drawn.buildings.get(id);
    if (!wanted(entry)) {
      if (state.owner && entry.building.owner !== state.owner) {
        state.owner = "";
        $("owner").value = "";
      }
      if (state.service) {
        state.service = "";
        $("service").value = "";
      }
      state.decisions.add(entry.index);
      $("decisions").querySelector(`input[value="${entry.index}"]`).checked = true;
      filter();
    }
    map.setView(entry.building.at, Math.max(map.getZoom(), 13), { animate: false });
    entry.marker.openPopup();
  }

  // --- moves ----------------------------------------------------------------------------------

  /** A gentle curve, so that moves there and back do not hide each other. */
  function curve([a, b]) {
    const squeeze = Math.cos((a[0] * Math.PI) / 180);
    const [dx, dy] = [(b[1] - a[1]) * squeeze, b[0] - a[0]];
    const bend = [(a[0] + b[0]) / 2 + dx * 0.16, (a[1] + b[1]) / 2 - (dy * 0.16) / squeeze];
    return Array.from({ length: 17 }, (_, i) => {
      const t = i / 16;
      return [0, 1].map((k) => (1 - t) ** 2 * a[k] + 2 * t * (1 - t) * bend[k] + t * t * b[k]);
    });
  }

  function moves() {
    groups.moves = L.layerGroup().addTo(map);
    groups.withdrawals = L.layerGroup().addTo(map);
    for (const move of data.moves) {
      const line = L.polyline(curve(move.line), { pane: "moves", color: "#3b1d60", smoothFactor: 0,
        weight: Math.min(4, 1.3 + 0.5 * move.units.length), opacity: 0.85, noClip: true, className: "move" });
      mouseOnly(line);
      line.on("add", () => line.getElement().setAttribute("marker-end", "url(#arrow-head)"));
      line.bindTooltip(() => moveText(move), { sticky: true, className: "tip" });
      line.bindPopup(() => moveText(move), popup(300));
      drawn.moves.push({ move, line });
    }
    // An arrow shorter than its own head is only clutter: it waits for a closer view.
    arrange.moves = () => {
      for (const { move, line } of drawn.moves) {
        const [a, b] = move.line.map((at) => map.project(at, map.getZoom()));
        showIf(line, groups.moves, a.distanceTo(b) >= SHORTEST_ARROW && ownerOf(move.from) && unitsShown(move));
      }
    };
    map.on("zoomend", arrange.moves);
    arrange.moves();
    for (const gone of data.withdrawals) {
      const mark = element("span", { class: "withdrawn" }, picture("withdrawn", 14));
      const icon = L.divIcon({ className: "building-at", html: mark, iconSize: [0, 0] });
      const marker = L.marker(gone.at, { icon, keyboard: false, zIndexOffset: 9000 });
      const text = () => element("div", {}, element("b", {}, "Withdrawn from "), named("b", gone.name),
        element("ul", {}, ...gone.units.map((unit) => named("li", unit))));
      marker.bindTooltip(text, { className: "tip", direction: "top" });
      marker.bindPopup(text, popup(300));
      drawn.withdrawals.push({ gone, marker });
      groups.withdrawals.addLayer(marker);
    }
  }

  function moveText(move) {
    return element("div", {}, named("b", move.names[0]), " \u2192 ", named("b", move.names[1]),
      element("ul", {}, ...move.units.map((unit) => named("li", unit))));
  }

  /** Bring out the moves of one building and hush the others; null shows all alike. */
  function follow(id) {
    for (const { move, line } of drawn.moves) {
      const its = id === null || move.from === id || move.to === id;
      line.getElement()?.classList.toggle("hushed", !its);
    }
  }

  function showArea(shape) {
    const box = $("layers").querySelector(`input[value="${shape.group}"]`);
    if (!box.checked) {
      box.checked = true;
      groups[shape.group].addTo(map);
    }
    map.fitBounds(shape.getBounds(), { padding: [30, 30], animate: false });
    // The group's popup answers clicks; this one is opened from the keyboard.
    L.popup(popup(440)).setLatLng(shape.getBounds().getCenter())
      .setContent(areaPopup(shape.area)).openOn(map);
    announce("area", shape.area.id);
  }

  // --- what the rest of a page hears and says --------------------------------------------------

  /** Tell the page what was chosen: of a place, where it is as well. */
  function announce(kind, id, at) {
    for (const listener of listeners) listener(kind, id, at);
  }

  function showPlace(place) {
    map.setView(place.at, 13, { animate: false });
    announce("place", place.id, place.at);
  }

  function showStandard(id) {
    const index = data.standards.findIndex((standard) => standard.id === id);
    if (index < 0 || !$("standard")) return;
    $("standard").value = String(index);
    state.standard = index;
    state.reach = null;
    shade();
    announce("standard", id);
  }

  /** Show a building, area, standard or place on the map, as if it had been chosen there. */
  function choose(kind, id) {
    if (kind === "building" && drawn.buildings.has(id)) show(id);
    if (kind === "standard") showStandard(id);
    const shape = kind === "area" && drawn.areas.find(({ area }) => area.id === id);
    if (shape) showArea(shape);
    const place = kind === "place" && data.places.find((one) => one.id === id);
    if (place) showPlace(place);
  }

  /** Escape anywhere on the map closes what is open and goes back to the search box. */
  function escapes() {
    map.getContainer().addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || !map.getPane("popupPane").hasChildNodes()) return;
      map.closePopup();
      $("find").focus();
    });
  }

  // --- wiring -----------------------------------------------------------------------------------

  function controls() {
    $("standard")?.addEventListener("change", (event) => {
      state.standard = event.target.value === "" ? null : Number(event.target.value);
      state.reach = null;
      shade();
      if (state.standard !== null) announce("standard", data.standards[state.standard].id);
    });
    $("when")?.addEventListener("change", (event) => {
      state.when = event.target.value;
      shade();
    });
    $("decisions").addEventListener("change", (event) => {
      const index = Number(event.target.value);
      if (event.target.checked) state.decisions.add(index);
      else state.decisions.delete(index);
      filter();
    });
    $("owner").addEventListener("change", (event) => {
      state.owner = event.target.value;
      filter();
    });
    $("service").addEventListener("change", (event) => {
      state.service = event.target.value;
      filter();
    });
    for (const id of ["layers", "outside-key"]) {
      $(id)?.addEventListener("change", (event) => {
        const group = groups[event.target.value];
        if (event.target.checked) group.addTo(map);
        else map.removeLayer(group);
        changed();
      });
    }
    escapes();
  }

  const draw = { land, cells, roads, areas, moves, buildings, places };

  const kit = { iconsFrom: 11.75, $, SVG, data, state, drawn, groups, arrange, hooks, narrow, element, named, picture, symbol,
    serviceIcon, wardOf, linked, people, minutes, points, polygons, popup, pane, cellShapes, paint, shade, close,
    filter, wanted, done, showIf, show, showArea, showPlace, announce, table };

  return {
    start,
    choose,
    data,
    /** Add a part of the map that another file holds: called with `kit` once the map stands. */
    part: (add) => parts.push(add),
    /** Call `listener(kind, id)` whenever something is chosen on the map. */
    on: (listener) => listeners.push(listener),
    layer: (_, kind) => draw[kind](),
    /** Called last: wires the controls and notes when the first picture stood. */
    ready() {
      kit.map = map;
      for (const add of parts) add(kit);
      controls();
      requestAnimationFrame(() => requestAnimationFrame(() => {
        window.groundplanReady = performance.now();
      }));
    },
  };
})();
