// A label printer at a real socket: it takes everything, and says how it is when asked.
import net from "node:net";

const ready =
  "\u0002030,0,0,0203,000,0,0,0,000,0,0,0\u0003\r\n\u0002000,0,0,0,0,2,6,0,00000000,1,000\u0003\r\n\u00021234,0\u0003\r\n";

/** Switches a printer on; it goes off with the scene. */
export async function printer(scene) {
  let taken = "";
  const server = net.createServer((socket) => {
    let asked = 0;
    let text = "";
    socket.on("error", () => {});
    socket.on("data", (part) => {
      text += part;
      taken += part;
      const questions = text.split("~HS").length - 1;
      for (; asked < questions; asked += 1) socket.write(ready);
    });
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  scene.atEnd(() => new Promise((resolve) => server.close(resolve)));
  return {
    address: `tcp://127.0.0.1:${server.address().port}`,
    /** The labels it has got, without the questions. */
    labels: () => taken.replaceAll("~HS\r\n", ""),
  };
}
