/* A year to choose: what is done by then looks done, the rest hollow. */
"use strict";
groundplan.part((kit) => {
  const { $, data, state, drawn, element, named } = kit;
  const range = $("year");
  if (!range) return;
  const { years, buildings, units, received } = data.timeline;
  const pictures = new Map(); // asset id -> the picture of its decision
  const decided = (id) => data.decisions[drawn.buildings.get(id).index];
  const dated = Object.keys(buildings).filter((id) => drawn.buildings.has(id));
  const gone = dated.filter((id) => decided(id).key === "dispose");
  const works = dated.filter((id) => decided(id).key !== "dispose");

  /** Hollow pictures of the decisions: the same outlines, not yet filled. */
  function hollow() {
    data.decisions.forEach((d, index) => kit.symbol(`later-${index}`, d.shape,
      { fill: "#ffffff", stroke: d.colour, "stroke-width": 2.4, "stroke-dasharray": "3 1.6" }));
    for (const id of dated) pictures.set(id, drawn.buildings.get(id).mark.querySelector("use"));
  }

  const said = (index) => (index === 0 ? "Today" : index === years.length ? `${years[index - 1]}: the whole plan` : `By the end of ${years[index - 1]}`);
  const by = (ids, index) => ids.filter((id) => buildings[id] < index).length;
  const some = (count, all, what) => (all ? [`${count} of ${all} ${what}`] : []);

  function show(index) {
    state.year = index;
    for (const [id, use] of pictures) {
      const later = !kit.done(buildings[id]);
      use.setAttribute("href", `#shape-${later ? "later-" : ""}${drawn.buildings.get(id).index}`);
      drawn.buildings.get(id).mark.classList.toggle("later", later);
    }
    const dates = Object.values(units);
    const text = [...some(by(gone, index), gone.length, "buildings let go"), ...some(by(works, index), works.length, "built, altered or shared"),
      ...some(dates.filter((when) => when < index).length, dates.length, "services moved or withdrawn")].join(", ");
    range.setAttribute("aria-valuetext", `${said(index)}: ${text}`);
    $("year-now").textContent = said(index);
    $("year-words").textContent = `${text}.`;
    list(index);
    kit.filter();
  }

  /** The buildings let go in the year itself, by name. */
  function list(index) {
    const then = gone.filter((id) => buildings[id] === index - 1)
      .map((id) => drawn.buildings.get(id).building).sort((a, b) => a.name.localeCompare(b.name));
    $("year-list").parentElement.hidden = index === 0;
    $("year-title").textContent = index === 0 ? "" : `Let go in ${years[index - 1]}: ${then.length}`;
    $("year-list").replaceChildren(...then.map((one) => element("li", {}, kit.linked(one.id, one.name))));
  }

  /** When a building is let go or worked on, for its card. */
  function card(building) {
    const when = buildings[building.id];
    if (when === undefined) return [];
    const away = building.decision === "dispose";
    const paid = away && received[building.id] ? `; money of the sale in ${received[building.id]}` : "";
    return [element("p", { class: "when" }, element("b", {}, "When: "), `${away ? "let go" : "done"} in ${years[when]}${paid}`)];
  }

  hollow();
  kit.hooks.facts.push(card);
  range.addEventListener("input", () => show(Number(range.value)));
  range.value = String(years.length);
  show(years.length);
});
