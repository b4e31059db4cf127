/** The driver's pages, and the assistant's towards a driver. */
export const DRIVER_SCENES = [
  { name: "collect-off", world: "carrier", route: "/collect" },
  { name: "collect", world: "carrier&collect=some", route: "/collect" },
  { name: "collect-full", world: "carrier&collect=full", route: "/collect" },
  { name: "deliver", world: "carrier&collect=full", route: "/deliver" },
  { name: "deliver-nothing", world: "carrier", route: "/deliver" },
  { name: "reconcile", world: "carrier&collect=some", route: "/reconcile" },
  { name: "reconcile-nothing", world: "carrier", route: "/reconcile" },
  { name: "driver", route: "/driver" },
];
