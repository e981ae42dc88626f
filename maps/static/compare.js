// Searching; what it needs is in paper.js.
(() => {
  const bar = document.querySelector(".find");
  const find = document.getElementById("find");
  const found = document.getElementById("found");

  function search() {
    const wanted = plain(find.value.trim());
    let shown = 0;
    for (const part of all(document, ".part")) {
      let lines = 0;
      for (const line of all(part, "tbody tr")) {
        const fits = wanted === "" || plain(line.textContent).includes(wanted);
        hide(line, !fits);
        lines += fits ? 1 : 0;
      }
      for (const fold of all(part, "details.fold")) {
        const any = fold.querySelector("tbody tr:not([data-hidden])") !== null;
        hide(fold, wanted !== "" && !any);
        fold.open = wanted !== "" && any;
      }
      hide(part, wanted !== "" && lines === 0);
      shown += lines;
    }
    found.textContent = wanted === "" ? "" : shown === 0 ? "Nothing found." : `${shown.toLocaleString("en-GB")} line${shown === 1 ? "" : "s"} found`;
  }
  bar.hidden = false;
  find.addEventListener("input", search);

  window.groundplanReady = 1;
})();
