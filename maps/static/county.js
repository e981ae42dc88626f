/* The ground that maps of several plans are drawn on: land, roads, names. Text from data is only
   ever set as text. */
"use strict";
const countyMap = (() => {
  const { data, element, points, polygons } = pageKit;

  /** A map in the box of this id, the whole county in view. */
  function create(id, { labelledby, description, attribution }) {
    const map = L.map(id, {
      attributionControl: attribution, zoomSnap: 0.25, zoomDelta: 0.5, maxZoom: 17,
      preferCanvas: true, zoomAnimation: false, fadeAnimation: false, inertia: false,
      maxBounds: L.latLngBounds(data.bounds).pad(1),
    });
    // Without a glide two maps never part, and nobody who asked for less motion sees one.
    map.panBy = (offset, options) => L.Map.prototype.panBy.call(map, offset, { ...options, animate: false });
    const box = map.getContainer();
    box.setAttribute("role", "application");
    box.setAttribute("aria-labelledby", labelledby);
    box.setAttribute("aria-description", description);
    if (attribution && data.attribution) {
      const words = element("span", {}, data.attribution).innerHTML; // escaped by the browser
      map.attributionControl.setPrefix("Leaflet").addAttribution(words);
    }
    map.fitBounds(data.bounds, { animate: false });
    map.setMinZoom(Math.max(4, map.getZoom() - 1));
    return map;
  }

  function ground(map) {
    L.polygon(polygons(data.outline), {
      color: "#7c8b95", weight: 1.2, fillColor: "#f6f4ee", fillOpacity: 1, interactive: false,
    }).addTo(map);
  }

  /** Roads, and names that do not lie over one another, the larger places first. */
  function over(map) {
    for (const road of data.roads) {
      L.polyline(road.lines.map(points), {
        color: road.colour, weight: road.width, interactive: false,
      }).addTo(map);
    }
    map.createPane("names").style.zIndex = 450; // under the buildings
    const shown = data.places.map((place) => L.tooltip({
      permanent: true, direction: "top", offset: [0, -5], className: "place-name", interactive: false,
      pane: "names",
    }).setLatLng(place.at).setContent(element("span", { dir: "auto" }, place.name)));
    map.on("zoomend resize", () => names(map, shown));
    names(map, shown);
  }

  function names(map, shown) {
    const taken = [];
    for (const name of shown) {
      const at = map.latLngToLayerPoint(name.getLatLng());
      const half = 4 * name.getContent().textContent.length + 6;
      const free = taken.every((one) => Math.abs(one.at.y - at.y) > 17 || Math.abs(one.at.x - at.x) > one.half + half);
      if (free) {
        taken.push({ at, half });
        name.addTo(map);
      } else name.remove();
    }
  }

  /** What a click tells: a name, and lines under it. */
  function card(name, lines) {
    return element("div", { class: "card", tabindex: "-1" },
      element("span", { class: "card-name", dir: "auto" }, name),
      ...lines.map((line) => element("span", { class: "card-line", dir: "auto" }, line)));
  }

  return { create, ground, over, card, whole: (map) => map.fitBounds(data.bounds, { animate: false }) };
})();
