/* The page round the map: sorts and narrows its tables, and ties them to the map both ways.
   Text from data is only ever set as text, never as HTML. */
"use strict";
(() => {
  const FINDABLE = 12; // rows from which on a table can be searched
  const LINKED = 3; // tables named for what is chosen
  const { $, calm, element, plainText } = pageKit;
  const tables = [...document.querySelectorAll("table.data")].map((table) => ({
    table,
    body: table.tBodies[0],
    rows: [...table.tBodies[0].rows],
    heads: [...table.tHead.rows[0].cells],
    title: table.caption.textContent,
    filters: [],
    sought: "",
  }));

  // --- sorting -----------------------------------------------------------------------------

  function keyOf(row, column) {
    const cell = row.cells[column];
    if (!cell.hasAttribute("data-sort")) return plainText(cell.textContent);
    const value = Number(cell.dataset.sort);
    return Number.isNaN(value) ? null : value;
  }

  /** What is not known stays last, whichever way a column is sorted. */
  function compare(a, b, way) {
    if (a === null || b === null) return (a === null) - (b === null);
    if (typeof a === "number" && typeof b === "number") return way * (a - b);
    return way * String(a).localeCompare(String(b), "en-GB", { numeric: true });
  }

  function sort(entry, column, way) {
    const keyed = entry.rows.map((row) => [keyOf(row, column), row]);
    keyed.sort(([a], [b]) => compare(a, b, way));
    entry.body.append(...keyed.map(([, row]) => row));
    entry.heads.forEach((head, index) => {
      if (index === column) head.setAttribute("aria-sort", way > 0 ? "ascending" : "descending");
      else head.removeAttribute("aria-sort");
    });
  }

  function sorting(entry) {
    entry.heads.forEach((head, column) => {
      head.querySelector("button.sort").addEventListener("click", () => {
        // Figures are looked at largest first, names from A.
        const first = head.classList.contains("number") ? "descending" : "ascending";
        const other = first === "ascending" ? "descending" : "ascending";
        const next = head.getAttribute("aria-sort") === first ? other : first;
        sort(entry, column, next === "ascending" ? 1 : -1);
      });
    });
  }

  // --- narrowing ---------------------------------------------------------------------------

  function narrow(entry) {
    let shown = 0;
    for (const row of entry.rows) {
      const wanted = entry.filters.every(({ column, select }) =>
        !select.value || row.cells[column].textContent === select.value)
        && (!entry.keep || entry.keep(row))
        && (!entry.sought || plainText(row.textContent).includes(entry.sought));
      row.hidden = !wanted;
      shown += wanted;
    }
    if (entry.said) {
      entry.said.textContent = shown === entry.rows.length ? `${shown} rows`
        : `${shown} of ${entry.rows.length} rows`;
    }
  }

  function filtering(entry) {
    const box = document.querySelector(`.filters[data-for="${entry.table.id.replace("data-", "")}"]`);
    const id = entry.table.id;
    entry.heads.forEach((head, column) => {
      if (!head.hasAttribute("data-filter")) return;
      const values = [...new Set(entry.rows.map((row) => row.cells[column].textContent))];
      if (values.length < 2) return;
      const label = head.querySelector("button").textContent;
      const select = element("select", { id: `${id}-filter-${column}` }, element("option", { value: "" }, "All"),
        ...values.filter(Boolean).map((value) => element("option", {}, value)));
      select.addEventListener("change", () => narrow(entry));
      entry.filters.push({ column, select });
      box.append(element("label", { for: select.id }, `${label} `, select));
    });
    if (entry.rows.length >= FINDABLE) {
      const find = element("input", { type: "search", id: `${id}-find`, autocomplete: "off" });
      find.addEventListener("input", () => { entry.sought = plainText(find.value.trim()); narrow(entry); });
      entry.find = find;
      box.append(element("label", { for: find.id }, "Find in this table ", find));
    }
    if (!box.hasChildNodes()) return;
    entry.said = element("span", { class: "said", role: "status" });
    box.append(entry.said);
    narrow(entry);
  }

  // --- tables and map, both ways -------------------------------------------------------------

  const picks = [...document.querySelectorAll("button.pick")];
  const bar = element("div", { class: "chosen-bar", role: "region", "aria-label": "Chosen" });
  let back = null; // where the reader was before being taken to the map

  function move(node) {
    node.scrollIntoView({ behavior: calm ? "auto" : "smooth", block: "start" });
  }

  function toTable(row) {
    const entry = tables.find(({ rows }) => rows.includes(row));
    if (row.hidden) {
      for (const { select } of entry.filters) select.value = "";
      if (entry.find) entry.find.value = "";
      entry.sought = "";
      narrow(entry);
    }
    const details = row.closest("details");
    if (details) details.open = true;
    row.scrollIntoView({ behavior: calm ? "auto" : "smooth", block: "center" });
    row.querySelector("button.pick").focus({ preventScroll: true });
  }

  /** Narrow tables of every standard to the one chosen on the map. */
  function follow(kind, id) {
    if (kind !== "standard") return;
    for (const entry of tables) {
      for (const { column, select } of entry.filters) {
        const pick = entry.rows.map((row) => row.cells[column].querySelector("button.pick"))
          .find((one) => one && one.dataset.kind === kind && one.dataset.id === id);
        if (!pick) continue;
        select.value = pick.textContent;
        narrow(entry);
      }
    }
  }

  function choose(kind, id) {
    for (const row of document.querySelectorAll("tr.chosen")) {
      row.classList.remove("chosen");
      row.removeAttribute("aria-current");
    }
    const mine = picks.filter((pick) => pick.dataset.kind === kind && pick.dataset.id === id);
    for (const pick of mine) {
      pick.closest("tr").classList.add("chosen");
      pick.closest("tr").setAttribute("aria-current", "true");
    }
    follow(kind, id);
    say(kind, id, mine);
  }

  function nameOf(kind, id, mine) {
    const { data } = groundplan;
    const found = { building: data.buildings, area: data.areas, standard: data.standards }[kind]
      ?.find((one) => one.id === id);
    return found ? found.name || found.title : mine.length ? mine[0].textContent : "";
  }

  function say(kind, id, mine) {
    const name = nameOf(kind, id, mine);
    bar.replaceChildren();
    if (!name) return;
    bar.append(element("span", { class: "chosen-name" }, "Chosen: ", element("b", { dir: "auto" }, name)));
    const rows = new Map();
    for (const pick of mine) {
      const entry = tables.find(({ rows: all }) => all.includes(pick.closest("tr")));
      if (!rows.has(entry)) rows.set(entry, pick.closest("tr"));
    }
    for (const [entry, row] of [...rows].slice(0, LINKED)) {
      const link = element("button", { type: "button", class: "link" }, entry.title);
      link.addEventListener("click", () => toTable(row));
      bar.append(link);
    }
    if (kind === "area" && $("my-area-pick")) {
      const link = element("button", { type: "button", class: "link" }, "This area alone");
      link.addEventListener("click", () => move($("my-area")));
      bar.append(link);
    }
    if (back) {
      const link = element("button", { type: "button", class: "link" }, "Back to where I was");
      const from = back;
      link.addEventListener("click", () => {
        from.scrollIntoView({ behavior: calm ? "auto" : "smooth", block: "center" });
        from.focus({ preventScroll: true });
      });
      bar.append(link);
    }
    const shut = element("button", { type: "button", class: "shut", "aria-label": "Nothing chosen any more" }, "\u00d7");
    shut.addEventListener("click", () => { bar.replaceChildren(); choose("", ""); });
    bar.append(shut);
  }

  function picking() {
    document.querySelector("main").addEventListener("click", (event) => {
      const pick = event.target.closest("button.pick");
      if (!pick) return;
      back = pick;
      groundplan.choose(pick.dataset.kind, pick.dataset.id);
      move($("map-part"));
      // The card that opened is what the reader asked for.
      document.querySelector(".leaflet-popup .card")?.focus({ preventScroll: true });
    });
    groundplan.on((kind, id) => { choose(kind, id); back = null; });
  }

  /** The wheel scrolls the page until the reader has turned to the map. */
  function wheel() {
    const box = map_plan.getContainer();
    map_plan.scrollWheelZoom.disable();
    box.addEventListener("click", () => map_plan.scrollWheelZoom.enable());
    box.addEventListener("mouseleave", () => map_plan.scrollWheelZoom.disable());
  }

  /** Show only those rows of a table that a script of the page's own wants. */
  function keep(id, wanted) {
    const entry = tables.find(({ table }) => table.id === `data-${id}`);
    if (!entry) return;
    entry.keep = wanted;
    narrow(entry);
  }

  document.body.append(bar);
  for (const entry of tables) {
    sorting(entry);
    filtering(entry);
  }
  picking();
  groundplan.keep = keep;
  document.addEventListener("DOMContentLoaded", wheel);
})();
