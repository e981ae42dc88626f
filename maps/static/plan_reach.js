/* Whom a building serves, where they go in the plan, and the reach of a building on demand. */
"use strict";
groundplan.part((kit) => {
  const { $, map, data, state, drawn, element, named } = kit;
  const MOST_ROWS = 6;
  const FROM = 1, TO = 2, PEOPLE = 3, BEFORE = 4, AFTER = 5; // places in a row of users
  const back = $("reach-back");
  const polygons = L.featureGroup();
  kit.pane("reach", 255, true);
  map.addLayer(polygons);

  // --- who is served, and where its users go ---------------------------------------------

  const sum = (rows) => rows.reduce((total, row) => total + row[PEOPLE], 0);
  const count = (rows, which) => `${kit.people(Math.round(sum(rows)))} ${data.users.units[which]}`;

  /** Mean of a column of the rows by people, in words; "" where none is known. */
  function mean(rows, column, which) {
    const known = rows.filter((row) => row[column] !== null && row[PEOPLE] > 0);
    if (!known.length) return "";
    const total = known.reduce((all, row) => all + row[column] * row[PEOPLE], 0);
    return `${(total / sum(known)).toFixed(1)} ${data.standards[which].unit}`;
  }

  function served(building) {
    const its = (column) => data.users.rows.filter((row) => row[column] === building.id);
    const [now, then] = [its(FROM), its(TO)];
    if (!now.length && !then.length) return [];
    const rows = data.standards.map((standard, which) => {
      const [was, is] = [now, then].map((list) => list.filter((row) => row[0] === which));
      if (!was.length && !is.length) return null;
      const cell = (list, column) => element("td", {}, list.length ? count(list, which) : "none",
        element("small", {}, mean(list, column, which)));
      return element("tr", {}, named("th", standard.title, { scope: "row" }), cell(was, BEFORE), cell(is, AFTER));
    }).filter(Boolean);
    return [element("div", { class: "served" }, element("h4", {}, "Who is nearest to it, and their mean time"),
      kit.table(["Standard", "Today", "In the plan"], rows)), ...gone(building, now)];
  }

  /** Where those served today go, if it is not here; the most people first. */
  function gone(building, now) {
    const away = now.filter((row) => row[TO] !== building.id).sort((a, b) => b[PEOPLE] - a[PEOPLE]);
    if (!away.length) return [];
    const item = (row) => {
      const [was, is] = [mean([row], BEFORE, row[0]), mean([row], AFTER, row[0])];
      const name = data.users.names[row[TO]] || "";
      return element("li", {}, `${count([row], row[0])} to `,
        row[TO] ? kit.linked(row[TO], name) : "none: out of reach", was && is ? ` (${was} \u2192 ${is})` : "",
        element("small", {}, data.standards[row[0]].title));
    };
    const list = [element("h4", {}, "Where its users go"), element("ul", {}, ...away.slice(0, MOST_ROWS).map(item))];
    if (away.length > MOST_ROWS) list.push(element("p", { class: "quiet" }, `and ${count(away.slice(MOST_ROWS), away[0][0])} to ${away.length - MOST_ROWS} more`));
    return [element("div", { class: "goes" }, ...list)];
  }

  // --- reach ---------------------------------------------------------------------------------

  /** Cell -> minutes, out of the packed text (`maps.reach_bands`). */
  function unpack(text) {
    const bytes = atob(text);
    const found = new Map();
    let [cell, gap, shift] = [-1, 0, 0];
    for (let i = 0; i < bytes.length; i += 1) {
      const byte = bytes.charCodeAt(i);
      gap += (byte & 127) << shift;
      shift += 7;
      if (byte < 128) {
        cell += gap;
        i += 1;
        found.set(cell, bytes.charCodeAt(i) / 2);
        [gap, shift] = [0, 0];
      }
    }
    return found;
  }

  function buttons(building) {
    const texts = data.reach.of[building.id];
    if (!back) return []; // no areas, so nothing to shade
    const made = !texts ? [] : data.reach.profiles.flatMap(({ words }, which) => {
      if (!texts[which]) return [];
      const button = element("button", { type: "button", class: "act" }, `Show its reach: ${words}`);
      button.addEventListener("click", () => reach(building, which));
      return [button];
    });
    for (const words of new Set((data.land[building.id] || []).map(({ profile }) => profile))) {
      const button = element("button", { type: "button", class: "act" }, `Show its reach as land: ${words}`);
      button.addEventListener("click", () => land(building, words));
      made.push(button);
    }
    return made.length ? [element("div", { class: "acts" }, ...made)] : [];
  }

  /** Bands of land drawn beforehand, the widest beneath. */
  function land(building, words) {
    const bands = data.land[building.id].filter(({ profile }) => profile === words);
    state.reach = { id: building.id, name: building.name, words, minutes: new Map(), land: bands };
    polygons.clearLayers();
    for (const band of [...bands].reverse()) {
      const colour = data.reach.bands.find(({ upto }) => upto === null || band.upto <= upto).colour;
      L.polygon(kit.polygons(band.shape), { pane: "reach", interactive: false, weight: 0.8, color: "#17242c",
        fillColor: colour, fillOpacity: 1, smoothFactor: 0, className: "band" }).addTo(polygons);
    }
    map.closePopup();
    kit.shade();
    if (bands.length) map.fitBounds(polygons.getBounds().extend(building.at), { animate: false });
    back.focus();
  }

  function reach(building, which) {
    const { words } = data.reach.profiles[which];
    state.reach = { id: building.id, name: building.name, words, minutes: unpack(data.reach.of[building.id][which]) };
    polygons.clearLayers();
    map.closePopup();
    kit.shade();
    const cells = [...state.reach.minutes.keys()];
    if (cells.length) map.fitBounds(L.latLngBounds(cells.flatMap((cell) => kit.points(data.cells.shapes[cell][0][0]))).extend(building.at), { animate: false });
    back.focus();
  }

  back?.addEventListener("click", () => {
    const { id } = state.reach;
    state.reach = null;
    kit.shade();
    kit.show(id);
  });
  kit.hooks.card.push(served);
  kit.hooks.acts.push(buttons);
  kit.hooks.changed.push(() => {
    if (back) back.hidden = state.reach === null;
    if (!state.reach) polygons.clearLayers();
  });
});
