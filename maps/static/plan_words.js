/* What the map shows, in words: the same for those who cannot see it, kept up with every control. */
"use strict";
groundplan.part((kit) => {
  const { $, map, data, state, drawn, element, named } = kit;
  const MOST = 12;
  const part = $("words-part");
  const box = $("map-words");

  const sentence = (...content) => element("p", {}, ...content);
  const listed = (items) => element("ul", {}, ...items.map((content) => element("li", {}, ...[content].flat())));
  const whenWords = { before: "before the plan", after: "after the plan", change: "as the change the plan makes",
    side: "before the plan left of a line and after it on the right" };

  function shading() {
    if (state.reach) return [sentence("The map is shaded by the minutes from ", named("b", state.reach.name), ` (${state.reach.words}).`)];
    if (state.standard === null || !data.cells.shapes.length) return [sentence("The areas are not shaded.")];
    const standard = data.standards[state.standard];
    return [sentence("The map is shaded by the time to: ", named("b", standard.title), `, ${whenWords[state.when]}. `,
      `${standard.asked}: ${standard.before} before, ${standard.after} after.`), ...outside()];
  }

  /** The areas outside the standard, most people first; of a change, those it puts outside. */
  function outside() {
    const people = data.cells.people;
    const before = new Set(kit.outside(state.standard, "before"));
    const after = kit.outside(state.standard, "after");
    const change = state.when === "change";
    const cells = change ? after.filter((index) => !before.has(index)) : state.when === "before" ? [...before] : after;
    const what = change ? "put outside the standard by the plan" : `outside the standard ${state.when === "before" ? "before" : "after"} the plan`;
    const total = kit.people(Math.round(cells.reduce((sum, index) => sum + people[index], 0)));
    if (!cells.length) return [sentence(`No area is ${what}.`)];
    const most = [...cells].sort((a, b) => people[b] - people[a]).slice(0, MOST);
    return [sentence(`${cells.length} of ${people.length} areas are ${what}: ${total} people. `, cells.length > MOST ? `The ${MOST} with the most people:` : "They are:"),
      listed(most.map((index) => [named("span", data.cells.names[index]), kit.wardOf(index) ? " in " : "", named("span", kit.wardOf(index)), `, ${kit.people(Math.round(people[index]))} people`]))];
  }

  /** The buildings in the view by what happens to them, each a way to its card. */
  function buildings() {
    const view = map.getBounds();
    const all = [...drawn.buildings.values()].filter(kit.wanted);
    const here = all.filter(({ building }) => view.contains(building.at));
    const out = [sentence(`${here.length} of the ${all.length} buildings shown are in the view${state.service || state.owner ? " (filtered)" : ""}.`)];
    data.decisions.forEach((d, index) => {
      const those = here.filter((entry) => entry.index === index).map(({ building }) => building)
        .sort((a, b) => a.name.localeCompare(b.name));
      if (!those.length) return;
      const names = those.slice(0, MOST).map((one) => kit.linked(one.id, one.name));
      out.push(element("details", {}, element("summary", {}, `${d.label}: ${those.length}`), listed(names),
        those.length > MOST ? sentence(`and ${those.length - MOST} more: zoom in, or find them by name.`) : ""));
    });
    return out;
  }

  let waiting = 0;
  function refresh() {
    if (!part.open || waiting) return;
    waiting = requestAnimationFrame(() => {
      waiting = 0;
      const year = $("year") ? [sentence(`Year shown: ${$("year-now").textContent}. ${$("year-words").textContent}`)] : [];
      box.replaceChildren(...shading(), ...year, ...buildings());
    });
  }

  part.addEventListener("toggle", refresh);
  kit.hooks.changed.push(refresh);
  map.on("moveend", refresh);
});
