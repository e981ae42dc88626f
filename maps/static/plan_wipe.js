/* Side by side: before the plan left of a line, after it right of it; the line can be moved. */
"use strict";
groundplan.part((kit) => {
  const { map, state, data, drawn, hooks, element } = kit;
  const STEP = { ArrowLeft: -2, ArrowDown: -2, ArrowRight: 2, ArrowUp: 2, PageDown: -10, PageUp: 10,
    Home: -100, End: 100 };
  const LEFT = ["cells-before", "outside-before"];
  const RIGHT = ["outside", "moves"];
  const shapes = []; // the cells a second time, made when first asked for
  let group = null;
  let percent = 50;
  let wipe = null;
  let handle = null;

  kit.pane("cells-before", 260);
  kit.pane("wipe", 645);
  const on = () => state.when === "side" && !state.reach;

  /** The line with its handle and the names of its two sides. */
  function line() {
    handle = element("button", { type: "button", class: "wipe-handle", role: "slider", "aria-orientation": "horizontal",
      "aria-label": "Line between before and after", "aria-valuemin": 0, "aria-valuemax": 100 }, "\u25c2\u2009\u25b8");
    wipe = element("div", { class: "wipe" }, element("span", { class: "wipe-name wipe-before" }, "Before"),
      element("span", { class: "wipe-name wipe-after" }, "After"), handle);
    const drag = (event) => {
      const box = map.getContainer().getBoundingClientRect();
      moveTo((100 * (event.clientX - box.left)) / box.width);
    };
    handle.addEventListener("pointerdown", (event) => handle.setPointerCapture(event.pointerId));
    handle.addEventListener("pointermove", (event) => {
      if (handle.hasPointerCapture(event.pointerId)) drag(event);
    });
    handle.addEventListener("keydown", (event) => {
      if (STEP[event.key] === undefined) return;
      event.preventDefault();
      event.stopPropagation(); // else the map would move as well
      moveTo(percent + STEP[event.key]);
    });
    L.DomEvent.disableClickPropagation(handle);
    map.getPane("wipe").append(wipe); // below the popups, which the line may not cross
  }

  function moveTo(value) {
    percent = Math.min(100, Math.max(0, value));
    place();
  }

  /** Cut the pictures at the line: what is left of it is before, what is right of it after. */
  function place() {
    if (!on()) return;
    const size = map.getSize();
    const [low, high] = [[-size.x, -size.y], [2 * size.x, 2 * size.y]].map((at) => map.containerPointToLayerPoint(at));
    const x = (percent / 100) * size.x;
    const cut = map.containerPointToLayerPoint([x, 0]).x;
    const box = (from, to) => `polygon(${from}px ${low.y}px, ${to}px ${low.y}px, ${to}px ${high.y}px, ${from}px ${high.y}px)`;
    clip(box(low.x, cut), box(cut, high.x));
    L.DomUtil.setPosition(wipe, map.containerPointToLayerPoint([x, 0]));
    wipe.style.height = `${size.y}px`;
    handle.setAttribute("aria-valuenow", Math.round(percent));
    handle.setAttribute("aria-valuetext", `${Math.round(percent)}% of the map shows before, the rest after`);
    marks((at) => map.latLngToContainerPoint(at).x < x);
    kit.refreshIcons(); // what a building holds depends on its side of the line
  }

  function clip(left, right) {
    for (const name of LEFT) if (map.getPane(name)) map.getPane(name).style.clipPath = left;
    for (const name of RIGHT) if (map.getPane(name)) map.getPane(name).style.clipPath = right;
  }

  /** Left of the line buildings stand as they do today: all alike, none built yet. */
  function marks(today) {
    for (const { building, mark } of drawn.buildings.values()) mark.classList.toggle("today", today(building.at));
    for (const { gone, marker } of drawn.withdrawals) marker.getElement()?.classList.toggle("after-only", today(gone.at));
  }

  function start() {
    if (!wipe) {
      line();
      for (const { mark } of drawn.buildings.values()) mark.append(kit.picture("today", 12));
    }
    if (data.cells.shapes.length && !group) group = kit.cellShapes("cells-before", "cell-before", shapes);
    wipe.hidden = false;
  }

  function stop() {
    if (!wipe || wipe.hidden) return;
    wipe.hidden = true;
    clip("", "");
    marks(() => false);
    if (group) map.removeLayer(group);
  }

  kit.symbol("today", "M10 4a6 6 0 1 1 0 12a6 6 0 1 1 0-12z", { fill: "#3f4b55", stroke: "#ffffff", "stroke-width": 2 });
  hooks.before = () => {
    if (!on()) return null;
    start();
    if (state.standard === null) {
      map.removeLayer(group);
      return null;
    }
    group.addTo(map);
    return kit.paint(shapes, "before");
  };
  hooks.changed.push(() => (on() ? place() : stop()));
  map.on("move zoomend resize viewreset", place);
});
