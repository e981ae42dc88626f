// On paper the map stands as it does on the screen, shrunk to the sheet; figures are unfolded.
(() => {
  const map = document.querySelector(".document .stage .folium-map");
  const mm = 96 / 25.4, room = { width: 205 * mm, height: 158 * mm };
  const shut = [];
  addEventListener("beforeprint", () => {
    if (map && map.clientWidth && map.clientHeight) {
      const [width, height] = [map.clientWidth, map.clientHeight];
      map.style.setProperty("--map-w", `${width}px`);
      map.style.setProperty("--map-h", `${height}px`);
      map.style.setProperty("--shrink", String(Math.min(room.width / width, room.height / height)));
    }
    shut.splice(0, shut.length, ...document.querySelectorAll("details.numbers:not([open]), details.left-out:not([open])"));
    shut.forEach((part) => { part.open = true; });
  });
  addEventListener("afterprint", () => { shut.forEach((part) => { part.open = false; }); });
})();
