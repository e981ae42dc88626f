/* Finding a place, a building, a ward or a postcode by typing. */
"use strict";
groundplan.part((kit) => {
  const { $, map, data, drawn, narrow, element, named } = kit;
  const { plainText } = pageKit;
  // A postcode as typed: whole, with or without its space, or with it as far as its sector.
  const POSTCODE = /^([a-z]{1,2}[0-9][a-z0-9]?)(?: ([0-9])[a-z]{0,2}|([0-9])[a-z]{2})$/;

  function searchable() {
    const entries = data.places.map((place) => ({ name: place.name, what: place.kind, go: () => kit.showPlace(place) }));
    for (const shape of drawn.areas) {
      entries.push({ name: shape.area.name, what: shape.area.kind, go: () => kit.showArea(shape) });
    }
    for (const { building } of drawn.buildings.values()) {
      entries.push({ name: building.name, what: `${building.kind}, ${building.owner}`, go: () => kit.show(building.id) });
    }
    for (const code of data.postcodes) {
      const what = `${code.kind === "sector" ? "postcode sector" : code.kind}, ${code.count} building${code.count === 1 ? "" : "s"}`;
      entries.push({ name: code.name, what, go: () => showPostcode(code) });
    }
    return entries.map((entry) => ({ ...entry, plain: plainText(entry.name) }));
  }

  /** Where the buildings of a postcode district or sector are. */
  function showPostcode(code) {
    map.fitBounds(code.bounds, { padding: [60, 60], maxZoom: 14, animate: false });
    const centre = map.getCenter();
    kit.announce("place", code.name, [centre.lat, centre.lng]);
  }

  /** What is looked for, most exact first: a whole postcode also means its sector and district. */
  function askedFor(text) {
    const asked = plainText(text.trim());
    const [, district, spaced, joined] = asked.match(POSTCODE) || [];
    return district ? [asked, `${district} ${spaced || joined}`, district] : [asked];
  }

  function search() {
    const entries = searchable();
    const [input, list, said] = [$("find"), $("found"), $("find-count")];
    const close = () => list.replaceChildren();
    const pick = (entry) => {
      close();
      said.textContent = `Showing ${entry.name}`;
      entry.go();
      // On a phone the map is above the controls, out of sight while one searches.
      if (narrow.matches) map.getContainer().scrollIntoView({ block: "nearest" });
      map.getPane("popupPane").querySelector(".card")?.focus({ preventScroll: true });
    };
    const matches = () => {
      const [asked, ...wider] = askedFor(input.value);
      if (!asked) return [];
      const rank = (entry) => (entry.plain.startsWith(asked) ? 0 : entry.plain.includes(` ${asked}`) ? 1 : 2);
      const found = entries.filter((entry) => entry.plain.includes(asked)).sort((a, b) => rank(a) - rank(b));
      const around = wider.flatMap((code) => entries.filter((entry) => entry.plain === code && !found.includes(entry)));
      return [...found, ...around];
    };
    input.addEventListener("input", () => {
      const found = matches();
      list.replaceChildren(...found.slice(0, 8).map((entry) => {
        const button = element("button", { type: "button" }, named("span", entry.name),
          named("small", entry.what));
        button.addEventListener("click", () => pick(entry));
        return element("li", {}, button);
      }));
      said.textContent = input.value.trim() ? `${found.length} found` : "";
    });
    input.addEventListener("keydown", (event) => {
      if (event.key === "Escape") close();
      if (event.key === "Enter" && matches().length) pick(matches()[0]);
      if (event.key === "ArrowDown" && list.querySelector("button")) {
        event.preventDefault();
        list.querySelector("button").focus();
      }
    });
    list.addEventListener("keydown", (event) => {
      const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
      const buttons = [...list.querySelectorAll("button")];
      const next = step && buttons[buttons.indexOf(document.activeElement) + step];
      if (event.key === "Escape" || (step && !next)) input.focus();
      else if (next) next.focus();
      if (step) event.preventDefault();
    });
  }

  search();
});
