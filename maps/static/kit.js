/* What the scripts of every page with a map are made with.
   Text from data is only ever set as text, never as HTML. */
"use strict";
const pageKit = (() => {
  const SVG = "http://www.w3.org/2000/svg";
  const SCALE = 1e5; // whole numbers per degree

  function filled(node, attributes, children) {
    for (const [name, value] of Object.entries(attributes || {})) node.setAttribute(name, value);
    node.append(...children);
    return node;
  }

  const element = (tag, attributes, ...children) => filled(document.createElement(tag), attributes, children);

  /** The same within a drawing. */
  const drawn = (tag, attributes, ...children) => filled(document.createElementNS(SVG, tag), attributes, children);

  /** Text of unknown direction, kept from turning its neighbours round. */
  const named = (tag, text, attributes) => element(tag, { dir: "auto", ...attributes }, text);

  /** Whole-number steps back to [lat, lon] points. */
  function points(steps) {
    const out = [];
    for (let i = 0, x = 0, y = 0; i < steps.length; i += 2) {
      x += steps[i];
      y += steps[i + 1];
      out.push([y / SCALE, x / SCALE]);
    }
    return out;
  }

  return {
    element,
    drawn,
    named,
    points,
    polygons: (parts) => parts.map((rings) => rings.map(points)),
    $: (id) => document.getElementById(id),
    /** Text as it is sought: without accents and capitals. */
    plainText: (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase(),
    calm: window.matchMedia("(prefers-reduced-motion: reduce)").matches,
    data: JSON.parse(document.getElementById("plan-data").textContent),
  };
})();
