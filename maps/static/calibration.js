// Sorting and printing are in paper.js; the page needs nothing else.
window.groundplanReady = 1;
