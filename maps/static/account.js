// Searching; what it needs is in paper.js.
(() => {
  const bar = document.querySelector(".find");
  const find = document.getElementById("find");
  const layer = document.getElementById("layer");
  const found = document.getElementById("found");

  function search() {
    const wanted = plain(find.value.trim());
    const only = layer ? layer.value : "";
    let shown = 0;
    for (const group of all(document, ".group")) {
      const here = !only || group.dataset.layer === only;
      const head = wanted !== "" && plain([...all(group, "h3, .message, .fix, .rule")].map((n) => n.textContent).join(" ")).includes(wanted);
      let lines = 0;
      for (const line of all(group, ".ids li, .chips li")) {
        const fits = wanted === "" || head || plain(line.textContent).includes(wanted);
        hide(line, !fits);
        lines += fits ? 1 : 0;
      }
      for (const table of all(group, ".ids, .fold")) {
        hide(table, wanted !== "" && !head && !table.querySelector("li:not([data-hidden])"));
        if (table.tagName === "DETAILS") table.open = wanted !== "" && !head && !table.hasAttribute("data-hidden");
      }
      const visible = here && (wanted === "" || head || lines > 0);
      hide(group, !visible);
      shown += visible ? 1 : 0;
    }
    const asked = wanted !== "" || only !== "";
    found.textContent = !asked ? "" : shown === 0 ? "Nothing found." : `${shown} of ${all(document, ".group").length} findings`;
  }

  if (bar) {
    bar.hidden = false;
    find.addEventListener("input", search);
    if (layer) layer.addEventListener("change", search);
  }

  window.groundplanReady = 1;
})();
