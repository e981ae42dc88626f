/* Pictures of the services beneath a building's mark, once the view is close enough for them. */
"use strict";
groundplan.part((kit) => {
  const { map, state, drawn, groups, hooks, element } = kit;
  const strips = new Map(); // asset id -> what its strip shows
  groups.icons = L.layerGroup().addTo(map); // holds nothing: whether it is there is the switch

  /** What a building holds in the picture shown. */
  function held({ building, mark }) {
    const early = state.when === "before" || mark.classList.contains("today") || !kit.done(kit.data.timeline.buildings[building.id]);
    const kinds = [...new Set(early ? building.kinds_now : building.kinds_after)];
    return state.service ? kinds.filter((kind) => kind === state.service) : kinds;
  }

  function refresh() {
    const shown = map.hasLayer(groups.icons) && map.getZoom() >= kit.iconsFrom;
    map.getContainer().classList.toggle("with-icons", shown);
    if (!shown) return;
    const around = map.getBounds().pad(0.2);
    for (const [id, entry] of drawn.buildings) {
      if (!around.contains(entry.building.at)) continue;
      const kinds = held(entry);
      if (strips.get(id) === kinds.join()) continue;
      strips.set(id, kinds.join());
      entry.mark.querySelector(".strip")?.remove();
      if (kinds.length) entry.mark.append(element("span", { class: "strip" }, ...kinds.map((kind) => kit.serviceIcon(kind, 14))));
    }
  }

  kit.refreshIcons = refresh;
  hooks.changed.push(refresh);
  map.on("moveend zoomend", refresh);
});
