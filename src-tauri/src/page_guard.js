// Runs before any page of the window.
// The web view's own menu offers "Reload" and "Back", which make no sense in a form; text fields keep theirs
// for cut, copy and paste. A file dropped on the window is not opened.
(() => {
  const isText = (target) =>
    target instanceof Element && target.closest("input, textarea, [contenteditable]:not([contenteditable='false'])");
  addEventListener("contextmenu", (event) => isText(event.target) || event.preventDefault());
  for (const kind of ["dragover", "drop"]) {
    addEventListener(kind, (event) => event.dataTransfer?.types.includes("Files") && event.preventDefault());
  }
})();
