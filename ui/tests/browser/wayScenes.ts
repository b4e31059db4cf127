/** The page of the ways to send, in every state that the address can choose. */
export const WAY_SCENES = [
  { name: "ways", route: "/ways" },
  { name: "ways-some", world: "ways=some", route: "/ways" },
  { name: "ways-no-drive", world: "drives=none", route: "/ways" },
  { name: "ways-two-drives", world: "drives=two", route: "/ways" },
  { name: "ways-working", world: "courier=working", route: "/ways" },
  { name: "ways-done", world: "courier=done", route: "/ways" },
  { name: "ways-brought", world: "courier=brought", route: "/ways" },
  { name: "ways-full", world: "courier=full", route: "/ways" },
  { name: "ways-unknown-host", world: "courier=unknown", route: "/ways" },
  { name: "ways-changed-host", world: "courier=changed", route: "/ways" },
];
