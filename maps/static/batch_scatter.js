/* One mark for each scenario, of any two figures. */
"use strict";
(() => {
  const WIDTH = 640, HEIGHT = 430, LEFT = 84, RIGHT = 620, TOP = 16, BOTTOM = 370;
  const INK = "#17242c", LINE = "#d3dade", SOFT = "#4a5a64";
  const MARKS = [
    ["#0b4f7d", "M-5.5 0a5.5 5.5 0 1 1 11 0a5.5 5.5 0 1 1-11 0z"], ["#c4561a", "M0-6.5L6.5 5.5H-6.5z"],
    ["#00694a", "M-5-5H5V5H-5z"], ["#6a3d9a", "M0-7L7 0L0 7L-7 0z"],
    ["#8a6500", "M0 6.5L6.5-5.5H-6.5z"], ["#b0003a", "M-5.5-3L-3-5.5L0-2.5L3-5.5L5.5-3L2.5 0L5.5 3L3 5.5L0 2.5L-3 5.5L-5.5 3L-2.5 0z"],
  ];
  const REST = ["#5d6870", "M-4 0a4 4 0 1 1 8 0a4 4 0 1 1-8 0z"];
  const STAR = ["#17242c", "M0-9L2.6-2.8L9.2-2.6L4 1.6L5.8 8L0 4.2L-5.8 8L-4 1.6L-9.2-2.6L-2.6-2.8z"];
  const { $, data, drawn, element } = pageKit;
  const { shown, words } = groundplan;
  const axes = data.measures.filter(({ kind }) => kind !== "text");
  const kinds = [
    { label: "sweep", of: (n) => data.scenarios[n].sweep || "named" },
    { label: "result", of: (n) => data.scenarios[n].status },
    ...data.measures.filter(({ asked, values }) => asked && new Set(values).size <= MARKS.length)
      .map((one) => ({ label: one.label, of: (n) => words(one.values[n], one.kind) })),
  ];
  const state = { x: 0, y: 0, by: 0, chosen: "" };

  function step(span) {
    const rough = Math.max(span, 1e-12) / 5;
    const power = 10 ** Math.floor(Math.log10(rough));
    return [1, 2, 5, 10].map((m) => m * power).find((one) => one >= rough * (1 - 1e-9));
  }

  function scale(values, start, end) {
    let low = Math.min(...values), high = Math.max(...values);
    // Nearer than a number can tell apart, they are the same: else no tick would follow another.
    if (high - low <= 1e-9 * Math.max(Math.abs(low), Math.abs(high))) { const pad = Math.abs(low) * 0.05 || 1; low -= pad; high += pad; }
    const margin = 0.05 * (high - low);
    low -= margin;
    high += margin;
    const size = step(high - low), ticks = [];
    for (let k = Math.ceil(low / size); k * size <= high; k += 1) ticks.push(k * size);
    return { at: (value) => start + (end - start) * (value - low) / (high - low), ticks };
  }

  const text = (x, y, told, attributes) => drawn("text", { x, y, "font-size": 14, fill: INK, ...attributes }, told);

  function frame(x, y, mx, my) {
    const parts = [];
    for (const tick of y.ticks) {
      parts.push(drawn("path", { d: `M${LEFT} ${y.at(tick)}H${RIGHT}`, stroke: LINE }));
      parts.push(text(LEFT - 7, y.at(tick) + 5, words(tick, my.kind), { "text-anchor": "end", fill: SOFT }));
    }
    for (const tick of x.ticks) {
      parts.push(drawn("path", { d: `M${x.at(tick)} ${TOP}V${BOTTOM}`, stroke: LINE }));
      parts.push(text(x.at(tick), BOTTOM + 20, words(tick, mx.kind), { "text-anchor": "middle", fill: SOFT }));
    }
    parts.push(drawn("path", { d: `M${LEFT} ${TOP}V${BOTTOM}H${RIGHT}`, stroke: SOFT, fill: "none" }));
    parts.push(text(RIGHT, HEIGHT - 14, `${mx.label} \u2192`, { "text-anchor": "end", "font-weight": 700 }));
    parts.push(text(0, 0, `${my.label} \u2192`, { "text-anchor": "end", "font-weight": 700, transform: `translate(16 ${TOP}) rotate(-90)` }));
    return parts;
  }

  /** Values of the colouring, the most frequent first, each with its mark. */
  function marks(numbers) {
    const often = new Map();
    for (const n of numbers) {
      if (!data.scenarios[n].base) often.set(kinds[state.by].of(n), (often.get(kinds[state.by].of(n)) || 0) + 1);
    }
    const names = [...often].sort((a, b) => b[1] - a[1] || a[0].localeCompare(b[0])).map(([name]) => name);
    return new Map(names.map((name, k) => [name, MARKS[k] || REST]));
  }

  function spot(n, x, y, mark, mx, my) {
    const one = data.scenarios[n];
    const [colour, d] = mark;
    const told = `${one.name}: ${mx.label} ${words(mx.values[n], mx.kind)}, ${my.label} ${words(my.values[n], my.kind)}`;
    const group = drawn("g", {
      class: one.id === state.chosen ? "spot chosen" : "spot", tabindex: "-1", role: "button", "aria-label": told,
      transform: `translate(${x.at(mx.values[n]).toFixed(1)} ${y.at(my.values[n]).toFixed(1)})`,
    }, drawn("title", {}, told), drawn("circle", { r: 12, fill: "none", "pointer-events": "all" }),
    drawn("path", { d, fill: one.proved ? colour : "#ffffff", stroke: one.proved ? "#ffffff" : colour, "stroke-width": one.proved ? 1 : 2 }));
    group.addEventListener("click", () => groundplan.choose("scenario", one.id));
    group.addEventListener("keydown", (event) => walk(event, group, one.id));
    return group;
  }

  /** One stop for the Tab key; the arrows go from mark to mark, from left to right. */
  function walk(event, group, id) {
    if (event.key === "Enter" || event.key === " ") {
      event.preventDefault();
      groundplan.choose("scenario", id);
      return;
    }
    const way = { ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1 }[event.key];
    if (!way) return;
    event.preventDefault();
    const all = [...$("scatter").querySelectorAll(".spot")];
    const next = all[all.indexOf(group) + way];
    if (!next) return;
    group.setAttribute("tabindex", "-1");
    next.setAttribute("tabindex", "0");
    next.focus();
  }

  function draw() {
    const mx = axes[state.x], my = axes[state.y];
    const known = data.scenarios.map((_, n) => n).filter((n) => shown[n] && mx.values[n] !== null && my.values[n] !== null);
    known.sort((a, b) => mx.values[a] - mx.values[b] || a - b);
    const total = shown.filter(Boolean).length;
    $("scatter-says").textContent = `${known.length} of the ${total} scenarios shown are drawn${known.length < total ? "; the others have no plan, or no such figure" : ""}. Hollow marks: not proved within the gap asked for.`;
    if (!known.length) {
      $("scatter").replaceChildren(element("p", { class: "empty" }, "No scenario to draw."));
      $("scatter-key").replaceChildren();
      return;
    }
    const x = scale(known.map((n) => mx.values[n]), LEFT, RIGHT);
    const y = scale(known.map((n) => my.values[n]), BOTTOM, TOP);
    const look = marks(known);
    const spots = known.map((n) => spot(n, x, y, data.scenarios[n].base ? STAR : look.get(kinds[state.by].of(n)), mx, my));
    (spots.find((one) => one.classList.contains("chosen")) || spots[0]).setAttribute("tabindex", "0");
    $("scatter").replaceChildren(drawn("svg", {
      viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "group", "aria-labelledby": "scatter-title",
    }, ...frame(x, y, mx, my), ...spots));
    key(look, known);
  }

  function key(look, known) {
    const rows = [...look].filter(([, mark]) => mark !== REST);
    if (rows.length < look.size) rows.push(["others", REST]);
    if (known.some((n) => data.scenarios[n].base)) rows.push(["as the file stands", STAR]);
    $("scatter-key").replaceChildren(...rows.map(([name, [colour, d]]) => element("li", {},
      drawn("svg", { width: 20, height: 20, viewBox: "-10 -10 20 20", "aria-hidden": "true" }, drawn("path", { d, fill: colour })),
      element("span", { dir: "auto" }, name))));
  }

  function card() {
    const box = $("scenario-card");
    const n = data.scenarios.findIndex(({ id }) => id === state.chosen);
    if (n < 0) {
      box.replaceChildren("Choose a mark, or a scenario in the table, to read what it asks and what comes of it.");
      return;
    }
    const one = data.scenarios[n];
    const lines = data.measures.filter(({ asked, values }) => !asked && values[n] !== null).slice(0, 6)
      .map(({ label, kind, values }) => `${label}: ${words(values[n], kind)}`);
    const parts = [element("b", { dir: "auto" }, one.name), element("p", { dir: "auto" }, one.differs || "Nothing is changed in the file.")];
    parts.push(element("p", { dir: "auto" }, `${one.status}${lines.length ? `. ${lines.join("; ")}.` : "."}`));
    if (one.href) parts.push(element("a", { href: one.href }, "Open the plan"));
    box.replaceChildren(...parts);
  }

  function pick(label, options, name, first) {
    const select = element("select", {}, ...options.map((option, n) => element("option", { value: String(n) }, option)));
    state[name] = first;
    select.value = String(first);
    select.addEventListener("change", () => { state[name] = Number(select.value); draw(); });
    return element("label", {}, label, select);
  }

  /** The key with most values across, net present value up, where there are such. */
  function firstAxes() {
    const spread = axes.map(({ asked, values }) => (asked ? new Set(values).size : 0));
    const most = Math.max(0, ...spread);
    const across = most > 1 ? spread.indexOf(most) : axes.findIndex(({ key: k }) => k === "receipts_gbp");
    const up = axes.findIndex(({ key: k }) => k === "npv_gbp");
    return [Math.max(0, across), Math.max(0, up)];
  }

  function begin() {
    card();
    if (!axes.length) {
      $("scatter").replaceChildren(element("p", { class: "empty" }, "No scenario has a plan yet."));
      return;
    }
    const [across, up] = firstAxes();
    const labels = axes.map(({ label }) => label);
    $("axes").replaceChildren(pick("Across", labels, "x", across), pick("Up", labels, "y", up),
      pick("Marked by", kinds.map(({ label }) => label), "by", 0));
    groundplan.onNarrowed(draw);
    groundplan.on((kind, id) => {
      if (kind !== "scenario" && kind !== "") return;
      state.chosen = id;
      draw();
      card();
    });
  }

  begin();
})();
