// One test with its own folder and its own things to end: the latest made is ended first, whatever happened.
import { mkdtempSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import test from "node:test";

/**
 * Declares a test, by default of at most two minutes. Its body gets a scene, which the other parts of the harness
 * tie what they start to.
 */
export function scenario(name, body, { seconds = 120 } = {}) {
  test(name, { timeout: seconds * 1000 }, () => inScene(name, body));
}

/** Does something in a scene and ends what it started; returns what it returns. */
export async function inScene(name, body) {
  const scene = new Scene(name);
  try {
    return await body(scene);
  } catch (error) {
    scene.failed = true;
    throw error;
  } finally {
    await scene.end();
  }
}

class Scene {
  #endings = [];

  constructor(name) {
    this.name = name;
    this.failed = false;
    /** How many windows it has opened. */
    this.windows = 0;
    const made = mkdtempSync(path.join(os.tmpdir(), "tsela-window-"));
    this.atEnd(() => rmSync(made, { recursive: true, force: true, maxRetries: 5 }));
    /** A path inside this test's own folder. */
    this.path = (...parts) => path.join(made, ...parts);
  }

  /** Has `ending` run when the test is over. */
  atEnd(ending) {
    this.#endings.push(ending);
  }

  async end() {
    const troubles = [];
    for (const ending of this.#endings.reverse()) {
      await Promise.resolve()
        .then(ending)
        .catch((error) => troubles.push(error));
    }
    if (troubles.length > 0) throw new AggregateError(troubles, "the test left something behind");
  }
}
