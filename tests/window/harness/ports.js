// Ports and waiting for them.
import net from "node:net";
import { setTimeout as pause } from "node:timers/promises";

/** A port of this machine that nobody uses at the moment. */
export function freePort() {
  return new Promise((resolve, reject) => {
    const probe = net.createServer().once("error", reject);
    probe.listen(0, "127.0.0.1", () => {
      const { port } = probe.address();
      probe.close(() => resolve(port));
    });
  });
}

/** Waits until something accepts connections on `port`, or `child` ends. */
export async function listening(port, child, seconds = 60) {
  const words = `nothing listens on port ${port}`;
  await until(() => accepts(port), { seconds, words, unless: () => child.exitCode !== null && child.output });
}

/** Asks `question` again and again until its answer is truthy, and returns that. */
export async function until(question, { seconds = 20, words = String(question), unless = () => false } = {}) {
  const deadline = Date.now() + seconds * 1000;
  for (;;) {
    const answer = await question();
    if (answer) return answer;
    const reason = unless();
    if (reason !== false) throw new Error(`${words}: ${reason}`);
    if (Date.now() > deadline) throw new Error(`${words}, after ${seconds} s`);
    await pause(50);
  }
}

function accepts(port) {
  return new Promise((resolve) => {
    const socket = net.connect(port, "127.0.0.1");
    socket.once("connect", () => resolve(true)).once("error", () => resolve(false));
    socket.once("connect", () => socket.destroy());
  });
}
