/* My area: finds a ward or place and tells what changes there alone.
   Text from data is only ever set as text, never as HTML. */
"use strict";
(() => {
  const MOST_FOUND = 12; // areas offered for what is typed
  const SIDE = 340; // of the sketch, in its own units
  const EDGE = 22;
  const MOST_NEAREST = 4; // buildings told of a standard
  const { $, data, drawn, element, points } = pageKit;
  const plainText = (text) => pageKit.plainText(text).replace(/\s+/g, " ").trim();
  const { areas, finds, weights } = data.my_area;
  const byId = new Map(data.buildings.map((building) => [building.id, building]));
  const decisions = new Map(data.decisions.map((decision, index) => [decision.key, { ...decision, index }]));
  let shown = null; // index of the area told

  const fullName = (area) => `${area.name} (${area.kind_words})`;

  // --- finding ---------------------------------------------------------------------------------

  /** Areas whose name, or a place or postcode in which, is or holds what is typed: best first. */
  function matches(text) {
    const sought = plainText(text);
    const ranked = new Map();
    const offer = (name, index, label) => {
      const own = plainText(name);
      const rank = own === sought ? 0 : own.startsWith(sought) ? 1 : own.includes(sought) ? 2 : 3;
      if (rank < 3 && !(ranked.get(index)?.rank <= rank)) ranked.set(index, { index, rank, label });
    };
    areas.forEach((area, index) => offer(area.name, index, fullName(area)));
    for (const { name, kind, area } of finds) {
      offer(name, area, `${name} (${kind}), in ${fullName(areas[area])}`);
    }
    for (const [index, area] of areas.entries()) {
      for (const id of area.inside) {
        const building = byId.get(id);
        if (building) offer(building.name, index, `${building.name}, in ${fullName(area)}`);
      }
    }
    return [...ranked.values()].sort((a, b) => a.rank - b.rank || a.index - b.index);
  }

  function find(text) {
    $("my-area-found").replaceChildren();
    if (!text.trim()) { say("Type a ward, a place or the first part of a postcode."); return; }
    const found = matches(text);
    const exact = found.filter(({ rank }) => rank === 0);
    if (!found.length) { say("Nothing of that name lies in an area of this plan."); return; }
    if (exact.length === 1 || found.length === 1) { tell((exact[0] || found[0]).index, true); return; }
    const offered = found.slice(0, MOST_FOUND);
    say(`${found.length} found${found.length > offered.length ? `, the first ${offered.length} shown` : ""}. Choose one.`);
    $("my-area-found").append(...offered.map(({ index, label }) => {
      const button = element("button", { type: "button", dir: "auto" }, label);
      button.addEventListener("click", () => tell(index, true));
      return element("li", {}, button);
    }));
  }

  function say(text) { $("my-area-said").textContent = text; }

  // --- telling ---------------------------------------------------------------------------------

  function tell(index, onMap) {
    const area = areas[index];
    const changed = shown !== index;
    shown = index;
    $("my-area-pick").value = String(index);
    $("my-area-found").replaceChildren();
    $("my-area-print").hidden = false;
    $("my-area").classList.add("told");
    const told = $("my-area-told");
    if (changed) told.replaceChildren(head(area), times(area), inside(area), used(area), foot(area));
    say(`Shown below: ${fullName(area)}.`);
    if (onMap && changed) groundplan.choose("area", area.id);
    if (onMap) told.querySelector("h3").focus({ preventScroll: false });
  }

  function head(area) {
    const counts = area.counts.map(([label, text]) =>
      element("div", {}, element("dd", {}, text), element("dt", {}, label)));
    const title = element("h3", { tabindex: "-1", dir: "auto" }, fullName(area));
    const words = element("ul", { class: "my-area-words" },
      ...sentences(area).map((text) => element("li", { dir: "auto" }, text)));
    const plan = element("p", { class: "my-area-only-print", dir: "auto" },
      `Proposal for consultation: nothing here has been decided. ${document.querySelector("h1").textContent}`);
    return element("div", { class: "my-area-head" },
      element("div", {}, plan, title, element("dl", { class: "my-area-counts" }, ...counts), words),
      sketch(area));
  }

  const few = (number, one, many) => `${number === 1 ? "One" : number} ${number === 1 ? one : many}`;

  /** What matters most, in a few sentences: buildings, services, who loses, who has no car. */
  function sentences(area) {
    const buildings = area.inside.map((id) => byId.get(id)).filter(Boolean);
    const count = (key) => buildings.filter(({ decision }) => decision === key).length;
    const told = [];
    const gone = count("dispose");
    const standing = buildings.filter(({ decision }) => !["build", "not_built"].includes(decision)).length;
    told.push(gone ? `${few(gone, "building", "buildings")} of ${standing} here would be let go.`
      : `No building here would be let go, of ${standing}.`);
    const leaving = buildings.flatMap(({ id, now }) => now.filter(([, how, , to]) =>
      how === "withdrawn" || (how && !area.inside.includes(to))).map((unit) => [id, unit]));
    const coming = buildings.flatMap(({ after }) => after.filter(([, how, , from]) => how && !area.inside.includes(from)));
    if (leaving.length) told.push(`${few(leaving.length, "service leaves", "services leave")} the area or ${leaving.length === 1 ? "ends" : "end"}.`);
    if (coming.length) told.push(`${few(coming.length, "service comes", "services come")} into the area.`);
    for (const [place, group, was, is, , , , , , , more, total, longer] of area.figures) {
      if (!more && !longer) continue;
      const name = `${data.standards[Number(place)].title}${group ? ` (${group.toLowerCase()})` : ""}`;
      const reached = more ? `${was} today, ${is} in the plan (${more} of ${total})` : `${was} today and in the plan`;
      told.push(`${name}: ${reached}${longer ? `; on average ${longer}` : ""}.`);
    }
    if (area.figures.length && area.figures.every((row) => !row[10] && !row[12])) {
      told.push("As many people are reached in time as today, and about as soon, on every standard.");
    }
    told.push(area.no_car ? `Households without a car: ${area.no_car}. Drive times do not serve them.`
      : "How many households have no car is not in this plan's data; drive times do not serve them.");
    return told;
  }

  function table(id, title, lead, columns, rows, empty) {
    const heads = columns.map(([label, number]) =>
      element("th", number ? { scope: "col", class: "number" } : { scope: "col" }, label));
    const body = rows.map((cells) => element("tr", {}, ...cells.map((cell, index) =>
      element(index ? "td" : "th", index ? (columns[index][1] ? { class: "number" } : { dir: "auto" })
        : { scope: "row", dir: "auto" }, ...[cell].flat()))));
    const name = `my-area-${id}-title`;
    const held = rows.length ? element("div", { class: "table-scroll", tabindex: "0", role: "region", "aria-labelledby": name },
      element("table", { class: "data" }, element("caption", { class: "hidden" }, title),
        element("thead", {}, element("tr", {}, ...heads)), element("tbody", {}, ...body)))
      : element("p", { class: "empty" }, empty);
    return element("div", { class: "my-area-block" }, element("h4", { id: name }, title),
      ...(lead ? [element("p", { class: "lead" }, lead)] : []), held);
  }

  const change = (was, is) => (was === is ? is : `${was} \u2192 ${is}`);

  function pick(kind, id, text) {
    const button = element("button", { type: "button", class: "pick" }, text);
    button.addEventListener("click", () => groundplan.choose(kind, id));
    return button;
  }

  function times(area) {
    const rows = area.figures.map(([place, group, was, is, besideWas, besideIs, p90Was, p90Is, worstWas, worstIs, people, total]) => {
      const standard = data.standards[Number(place)];
      const what = [pick("standard", standard.id, standard.title)];
      if (group) what.push(element("small", {}, ` ${group.toLowerCase()}`));
      const loss = people.startsWith("\u2212") || people.startsWith("-");
      return [what, was, is, people ? element("span", loss ? { class: "loss" } : {}, people) : "none",
        change(besideWas, besideIs), change(p90Was, p90Is), change(worstWas, worstIs), total];
    });
    return table("times", "How long it takes from here", "Today, and if the plan were carried out; an arrow where it changes.",
      [["Standard"], ["Today", 1], ["In the plan", 1], ["More or fewer in time", 1], ["On average", 1],
        ["Nine in ten within", 1], ["Farthest", 1], ["Of", 1]], rows, "The run tells no times for this area.");
  }

  function inside(area) {
    const rows = area.inside.map((id) => byId.get(id)).filter(Boolean).map((building, index) => {
      const look = decisions.get(building.decision);
      const label = [look ? look.label : building.decision];
      if (look) label.unshift(symbol(look, { width: "16", height: "16", "aria-hidden": "true" }));
      return [[`${index + 1} `, pick("building", building.id, building.name)], label,
        list(building.now), asNow(building) ? "the same" : list(building.after), building.reason];
    });
    return table("inside", "Buildings here, and the services in them", "The numbers are those on the sketch.",
      [["Building"], ["Proposed"], ["Services today"], ["Services in the plan"], ["Why"]], rows,
      "The plan knows no building here.");
  }

  /** Whether a building holds in the plan just what it holds today. */
  const asNow = ({ now, after }) => now.length === after.length && now.length > 0
    && [...now, ...after].every(([, how]) => !how);

  function list(units) {
    if (!units.length) return "none";
    return element("ul", {}, ...units.map(([what, how, where]) =>
      element("li", {}, how ? `${what}: ${how}${where ? ` ${where}` : ""}` : what)));
  }

  function used(area) {
    const rows = area.used.map(([place, served]) => [data.standards[place].title,
      nearest(served, 2), same(served) ? "the same" : nearest(served, 3), weights[place]]);
    return table("used", "Which buildings are nearest by road for people here",
      "Counted from the roads: the building nearest to each place that holds the service. Nobody has to go to the nearest.",
      [["Standard"], ["Nearest today"], ["Nearest in the plan"], ["Counted"]], rows,
      "This run does not tell which building is nearest to which place.");
  }

  const same = (served) => served.every(([, , before, after]) => before === after);

  /** Buildings with how many are nearest to each (`column` 2 today, 3 in the plan), most first. */
  function nearest(served, column) {
    const some = served.filter((row) => row[column]).sort((a, b) => b[column] - a[column]);
    const items = some.slice(0, MOST_NEAREST).map(([id, name, ...numbers]) => element("li", {},
      id ? pick("building", id, name) : name, `: ${numbers[column - 2].toLocaleString("en-GB")}`));
    const more = some.slice(MOST_NEAREST).reduce((sum, row) => sum + row[column], 0);
    if (more) items.push(element("li", {}, `${some.length - MOST_NEAREST} others: ${more.toLocaleString("en-GB")}`));
    return element("ul", {}, ...items);
  }

  function foot() {
    return element("p", { class: "my-area-only-print" },
      "Times are worked out from the road network, not measured. Made by Groundplan.");
  }

  // --- the sketch --------------------------------------------------------------------------------

  function symbol(look, attributes) {
    return drawn("svg", attributes, drawn("use", { href: `#shape-${look.index}` }));
  }

  /** Points of a ring as [lon, lat]. */
  const degrees = (ring) => points(ring).map(([lat, lon]) => [lon, lat]);

  function sketch(area) {
    const outline = data.areas.find(({ id, kind }) => id === area.id && kind === area.kind);
    const figure = element("figure", { class: "my-area-sketch" });
    if (!outline || !outline.shape.length) return figure;
    const rings = outline.shape.flat().map(degrees);
    const every = rings.flat();
    const squeeze = Math.cos((every[0][1] * Math.PI) / 180);
    const xs = every.map(([x]) => x * squeeze), ys = every.map(([, y]) => y);
    const [west, east] = [Math.min(...xs), Math.max(...xs)], [south, north] = [Math.min(...ys), Math.max(...ys)];
    const scale = (SIDE - 2 * EDGE) / Math.max(east - west, north - south, 1e-9);
    const height = Math.max(120, (north - south) * scale + 2 * EDGE);
    const at = ([x, y]) => [EDGE + (x * squeeze - west) * scale, EDGE + (north - y) * scale];
    const path = (points, end) => `M${points.map((p) => at(p).map((v) => v.toFixed(1)).join(" ")).join("L")}${end}`;
    const picture = drawn("svg", { viewBox: `0 0 ${SIDE} ${height.toFixed(0)}`, role: "img",
      "aria-label": `Sketch of ${fullName(area)} with its buildings, numbered as in the table below` });
    picture.append(drawn("path", { class: "edge", "fill-rule": "evenodd", d: rings.map((ring) => path(ring, "Z")).join("") }));
    roads(picture, { path, west: west / squeeze, east: east / squeeze, south, north });
    area.inside.map((id) => byId.get(id)).filter(Boolean).forEach((building, index) => {
      const [x, y] = at([building.at[1], building.at[0]]);
      const look = decisions.get(building.decision);
      if (look) picture.append(symbol(look, { x: x - 8, y: y - 8, width: 16, height: 16 }));
      picture.append(drawn("text", { x: x + 8, y: y + 4 }, String(index + 1)));
    });
    figure.append(picture, element("figcaption", {}, "North is up. Symbols as on the map: what is proposed."));
    return figure;
  }

  /** Roads of the map that run through the frame. */
  function roads(picture, { path, west, east, south, north }) {
    for (const { lines } of data.roads.filter(({ zoom }) => zoom <= 11)) {
      for (const line of lines) {
        const way = degrees(line);
        const near = (i) => [way[i - 1], way[i], way[i + 1]].some((p) =>
          p && p[0] >= west && p[0] <= east && p[1] >= south && p[1] <= north);
        let run = [];
        way.forEach((point, i) => {
          if (near(i)) { run.push(point); return; }
          if (run.length > 1) picture.append(drawn("path", { class: "road", d: path(run, "") }));
          run = [];
        });
        if (run.length > 1) picture.append(drawn("path", { class: "road", d: path(run, "") }));
      }
    }
  }

  // --- wiring ------------------------------------------------------------------------------------

  function offerAreas() {
    const groups = new Map();
    areas.forEach((area, index) => {
      if (!groups.has(area.kind)) groups.set(area.kind, element("optgroup", { label: `${area.kind_words[0].toUpperCase()}${area.kind_words.slice(1)}s` }));
      groups.get(area.kind).append(element("option", { value: index }, area.name));
    });
    $("my-area-pick").append(...groups.values());
  }

  function print() {
    document.documentElement.classList.add("only-my-area");
    window.print();
  }

  if (!areas.length) {
    $("my-area-find").hidden = true;
    say("This run has no wards, towns, districts or pilot areas.");
    return;
  }
  offerAreas();
  $("my-area-find").addEventListener("submit", (event) => { event.preventDefault(); find($("my-area-text").value); });
  $("my-area-pick").addEventListener("change", (event) => { if (event.target.value !== "") tell(Number(event.target.value), true); });
  $("my-area-print").addEventListener("click", print);
  window.addEventListener("afterprint", () => document.documentElement.classList.remove("only-my-area"));
  groundplan.on((kind, id) => {
    const index = kind === "area" ? areas.findIndex((area) => area.id === id) : -1;
    if (index >= 0 && index !== shown) tell(index, false);
  });
})();
