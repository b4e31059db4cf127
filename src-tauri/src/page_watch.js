// Debug builds only: collects from the first moment on what a person would see in a console.
(() => {
  const complaints = [];
  Object.defineProperty(window, "__complaints", { value: complaints });
  const keep = (kind, text) => complaints.push(`${kind}: ${text}`);
  addEventListener("error", (event) => keep("error", event.message ?? event.target?.src), true);
  addEventListener("unhandledrejection", (event) => keep("rejection", String(event.reason)));
  document.addEventListener("securitypolicyviolation", (event) =>
    keep("policy", `${event.effectiveDirective} ${event.blockedURI} ${event.sample}`),
  );
  for (const level of ["error", "warn"]) {
    const original = console[level];
    console[level] = (...parts) => {
      keep(level, parts.map(String).join(" "));
      original.apply(console, parts);
    };
  }
})();
