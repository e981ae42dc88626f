/* Which scenarios are looked at: the choices at the head of the page, and who listens to them.
   Text from data is only ever set as text, never as HTML. */
"use strict";
const groundplan = (() => {
  const PICKED = 15; // values up to which a key is chosen from a list
  const { $, data, element } = pageKit;
  const listeners = [];
  const narrowed = [];
  const wanted = []; // one test of a scenario's number for each choice
  const shown = data.scenarios.map(() => true);

  // --- figures in words ------------------------------------------------------------------------

  const grouped = (value, digits) => Math.abs(value).toLocaleString("en-GB", { minimumFractionDigits: digits, maximumFractionDigits: digits });
  const sign = (value, text) => (value < 0 && /[1-9]/.test(text) ? "\u2212" : "");

  function money(value) {
    const size = Math.abs(value);
    const text = size >= 999500 ? `\u00a3${grouped(size / 1e6, 1)}m` : size >= 1000 ? `\u00a3${grouped(size / 1e3, 0)}k` : `\u00a3${grouped(size, 0)}`;
    return sign(value, text) + text;
  }

  function words(value, kind) {
    if (value === null || value === undefined) return "not known";
    if (kind === "gbp") return money(value);
    if (kind === "share") return `${(100 * value).toFixed(1)}%`;
    if (kind === "count") return sign(value, grouped(value, 0)) + grouped(value, 0);
    if (kind === "text") return String(value);
    const plain = String(Number(value.toPrecision(6))).replace("-", "\u2212");
    return kind === "min" || kind === "miles" ? `${plain} ${kind}` : plain;
  }

  // --- choices ---------------------------------------------------------------------------------

  function labelled(label, ...controls) {
    return element("label", {}, element("span", { dir: "auto" }, label), ...controls);
  }

  /** A choice among values, "all" first; `value` gives that of the scenario of a number. */
  function among(label, options, value) {
    const select = element("select", {}, element("option", { value: "" }, "all"),
      ...options.map((option, n) => element("option", { value: String(n) }, option.label)));
    const test = (n) => select.value === "" || value(n) === options[Number(select.value)].value;
    wanted.push(test);
    select.addEventListener("change", apply);
    return labelled(label, select);
  }

  /** From a value to a value, either of them open; shares are typed as percentages. */
  function between(label, choose) {
    const ends = [1, -1].map((way) => {
      const input = element("input", { type: "number", step: "any", "aria-label": `${label}, ${way > 0 ? "at least" : "at most"}` });
      input.addEventListener("input", apply);
      wanted.push((n) => {
        if (input.value === "") return true;
        const { values, kind } = choose();
        const value = values[n];
        return value !== null && way * (kind === "share" ? 100 * value : value) >= way * Number(input.value) - 1e-9;
      });
      return input;
    });
    return labelled(label, "from", ends[0], "to", ends[1]);
  }

  function ofKey(measure) {
    const values = [...new Set(measure.values.filter((value) => value !== null))];
    if (values.length > PICKED && measure.kind !== "text") return between(measure.label, () => measure);
    const sorted = values.sort((a, b) => (typeof a === "number" ? a - b : String(a).localeCompare(String(b), "en-GB", { numeric: true })));
    const options = sorted.map((value) => ({ value, label: words(value, measure.kind) }));
    return among(measure.label, options, (n) => measure.values[n]);
  }

  function ofFigure() {
    const figures = data.measures.filter(({ asked, kind }) => !asked && kind !== "text");
    if (!figures.length) return [];
    const select = element("select", { "aria-label": "A figure of the plan" },
      ...figures.map(({ label, kind }, n) => element("option", { value: String(n) },
        kind === "share" ? `${label}, %` : kind === "gbp" ? `${label}, \u00a3` : label)));
    select.addEventListener("change", apply);
    const box = between("Figure", () => figures[Number(select.value)]);
    box.insertBefore(select, box.childNodes[1]);
    return [box];
  }

  function choices() {
    const plain = (of) => [...new Set(data.scenarios.map(of).filter(Boolean))].map((value) => ({ value, label: value }));
    const sweeps = plain(({ sweep }) => sweep);
    const results = plain(({ status }) => status);
    const boxes = [];
    if (sweeps.length) boxes.push(among("Sweep", sweeps, (n) => data.scenarios[n].sweep));
    if (results.length > 1) boxes.push(among("Result", results, (n) => data.scenarios[n].status));
    boxes.push(...data.measures.filter(({ asked }) => asked).map(ofKey), ...ofFigure());
    const all = element("button", { type: "button", class: "act" }, "All scenarios");
    all.addEventListener("click", () => {
      for (const control of $("choices").querySelectorAll("select, input")) {
        if (control.tagName === "INPUT") control.value = "";
        else if (control.options[0].value === "") control.value = "";
      }
      apply();
    });
    $("choices").replaceChildren(...boxes, all);
  }

  function apply() {
    data.scenarios.forEach((_, n) => { shown[n] = wanted.every((test) => test(n)); });
    const count = shown.filter(Boolean).length;
    const found = data.scenarios.filter(({ found: has }, n) => has && shown[n]).length;
    $("shown-count").textContent = `${count} of ${data.scenarios.length} scenarios, ${found} of them with a plan`;
    const ids = new Set(data.scenarios.filter((_, n) => shown[n]).map(({ id }) => id));
    api.keep("scenarios", (row) => ids.has(row.querySelector("button.pick").dataset.id));
    for (const tell of narrowed) tell();
  }

  function choose(kind, id) {
    for (const listener of listeners) listener(kind, id);
  }

  const api = {
    data, shown, words, choose, apply, choices,
    keep: () => {}, // the tables' script puts its own here
    on: (listener) => listeners.push(listener),
    onNarrowed: (tell) => narrowed.push(tell),
  };
  return api;
})();
