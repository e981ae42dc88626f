// Searching, sorting and printing of the pages for reading; they work without a script too.
"use strict";
const all = (where, what) => [...where.querySelectorAll(what)];
const plain = (text) => text.toLowerCase().normalize("NFKD").replace(/[\u0300-\u036f]/g, "");
const hide = (node, away) => node.toggleAttribute("data-hidden", away);

(() => {
  // --- sort -------------------------------------------------------------------------------
  const value = (row, place) => {
    const cell = row.cells[place];
    const text = cell.dataset.v ?? cell.textContent.trim();
    const number = /^[-+\u2212×£]?\s*£?[0-9][0-9,.]*\s*(m|%)?$/.test(text)
      ? Number(text.replace("\u2212", "-").replace(/[^0-9.-]/g, "")) : NaN;
    return Number.isFinite(number) ? number : text;
  };
  const order = (a, b) =>
    typeof a === "number" && typeof b === "number" ? a - b
      : typeof a === "number" ? -1
      : typeof b === "number" ? 1
      : a.localeCompare(b, "en-GB", { numeric: true });

  for (const table of all(document, "table.sortable")) {
    const heads = all(table, "thead th");
    heads.forEach((head, place) => {
      if (head.querySelector(".hidden")) return;
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = head.textContent;
      head.replaceChildren(button);
      button.addEventListener("click", () => {
        const down = head.getAttribute("aria-sort") === "ascending";
        heads.forEach((other) => other.removeAttribute("aria-sort"));
        head.setAttribute("aria-sort", down ? "descending" : "ascending");
        const rows = [...table.tBodies[0].rows].sort((a, b) => order(value(a, place), value(b, place)));
        table.tBodies[0].append(...(down ? rows.reverse() : rows));
      });
    });
  }

  // --- print ------------------------------------------------------------------------------
  // On paper nothing can be unfolded: parts are opened, and shut again afterwards.
  let shut = [];
  addEventListener("beforeprint", () => {
    shut = all(document, "details:not(.fold):not([open])");
    shut.forEach((part) => { part.open = true; });
  });
  addEventListener("afterprint", () => { shut.forEach((part) => { part.open = false; }); });
})();
