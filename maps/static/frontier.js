/* A trade-off curve's page: it has no map, and tables ask the page for one. */
"use strict";
const groundplan = { data: {}, choose() {}, on() {} };
const map_plan = {
  getContainer: () => document.getElementById("content"),
  scrollWheelZoom: { enable() {}, disable() {} },
};
window.groundplanReady = performance.now();
