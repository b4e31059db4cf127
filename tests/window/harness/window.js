// The real desktop window, driven by WebDriver.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { Builder, By, Capabilities, until as webUntil } from "selenium-webdriver";
import { below, end, start } from "./children.js";
import { freePort, listening } from "./ports.js";
import { desktopBinary, driverBinary, results, root } from "./places.js";

/** Pictures that the README shows. */
const shownInDocuments = ["sign-in.png", "home.png", "sync.png"];

/** What Chromium says of Vuetify's label, which would move in the frame after its field has left the page. */
const fieldThatWent = /VTextField-\S+ 0 Invalid keyframe value for property transform: translate\(0px, 0px\) scale\(NaN\)$/;

const axeSource = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/**
 * Opens `tsela-desktop` and waits for its first page. The window ends with the scene; if the test fails, a
 * picture of the window is left in test-results/window.
 *
 * @param scene the test it belongs to
 * @param options.dir the client's folder
 * @param options.env more environment for the program
 * @param options.application a program that starts `tsela-desktop` in its turn
 */
export async function openWindow(scene, { dir, env = {}, application = desktopBinary }) {
  if (!existsSync(desktopBinary)) throw new Error(`${desktopBinary} is not built; \`make test\` builds it`);
  const [port, nativePort] = [await freePort(), await freePort()];
  const ports = ["--port", `${port}`, "--native-port", `${nativePort}`];
  // A home of its own keeps window state and WebKit's storage of one test from the next.
  const home = scene.path(`home of ${path.basename(dir)}`);
  mkdirSync(home, { recursive: true });
  const driver = start(driverBinary, [...ports, "--native-driver", "/usr/bin/WebKitWebDriver"], {
    env: { ...process.env, ...homeIn(home), ...env },
  });
  scene.atEnd(() => end(driver));
  await listening(port, driver);
  const options = { application, args: ["--dir", dir] };
  const capabilities = new Capabilities({ browserName: "wry", "tauri:options": options });
  return opened(scene, driver, port, capabilities, Window);
}

/**
 * Opens a Chromium at a community server's pages. It ends with the scene, and of a failed test leaves a picture.
 *
 * @param scene the test it belongs to
 * @param server the server, by its port; its certificate is its own, and nothing else is asked of this browser
 */
export async function openChromium(scene, server) {
  const port = await freePort();
  const driver = start("/usr/bin/chromedriver", [`--port=${port}`]);
  scene.atEnd(() => end(driver));
  await listening(port, driver);
  const args = ["--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run", "--window-size=1400,900"];
  const capabilities = new Capabilities({
    browserName: "chrome",
    acceptInsecureCerts: true,
    "goog:chromeOptions": { binary: process.env.TSELA_CHROMIUM ?? "/usr/bin/chromium", args },
    "goog:loggingPrefs": { browser: "WARNING" },
  });
  const window = await opened(scene, driver, port, capabilities, Chromium);
  await window.web.get(`https://127.0.0.1:${server.port}/`);
  return window;
}

async function opened(scene, driver, port, capabilities, Kind) {
  const web = await new Builder().usingServer(`http://127.0.0.1:${port}`).withCapabilities(capabilities).build();
  // WebDriver's own default is five minutes for a page, which hides what is wrong behind the test's time-out.
  await web.manage().setTimeouts({ pageLoad: 20_000, script: 20_000 });
  const window = new Kind(web, driver);
  scene.windows += 1;
  const nth = scene.windows;
  scene.atEnd(() => window.close(scene, nth));
  return window;
}

function homeIn(home) {
  return { XDG_DATA_HOME: home, XDG_CONFIG_HOME: home, XDG_CACHE_HOME: home };
}

class Window {
  #driver;

  constructor(web, driver) {
    /** The WebDriver session, for what the methods below do not cover. */
    this.web = web;
    this.#driver = driver;
  }

  /** Waits for an element that a person sees. */
  async see(selector, seconds = 20) {
    const element = await this.web.wait(webUntil.elementLocated(By.css(selector)), seconds * 1000, selector);
    return this.web.wait(webUntil.elementIsVisible(element), seconds * 1000, `${selector} to be visible`);
  }

  /** Waits until the page's visible text holds `text`. */
  async seeText(text, seconds = 20) {
    const holds = async () => (await this.text()).includes(text);
    await this.web.wait(holds, seconds * 1000, `the text "${text}" on the page`);
  }

  /** All visible text of the page. */
  async text() {
    return this.web.executeScript("return document.body.innerText");
  }

  /** Calls a command of the shell as the page would; `{ answer }` or `{ refused }`. */
  async invoke(command, args = {}) {
    return this.web.executeAsyncScript(
      `const [command, args, done] = arguments;
       window.__TAURI_INTERNALS__.invoke(command, args)
         .then((answer) => done({ answer }), (reason) => done({ refused: String(reason) }));`,
      command,
      args,
    );
  }

  /** What the page complained of since it was opened: errors, warnings, breaches of its content policy. */
  async complaints() {
    return this.web.executeScript("return [...(window.__complaints ?? ['the page is not watched'])]");
  }

  /** Waits until nothing has faded or moved for some frames; half faded in, any text is too pale to read. */
  async rests() {
    await this.web.executeAsyncScript(
      `const done = arguments[0];
       const moves = ({ playState }) => playState === "running";
       const look = (still) => {
         if (still === 12) return done();
         requestAnimationFrame(() => look(document.getAnimations().some(moves) ? 0 : still + 1));
       };
       look(0);`,
    );
  }

  /** Violations that axe finds on the page as it is now, one readable line for each. */
  async axe() {
    await this.rests();
    await this.web.executeScript(axeSource);
    const violations = await this.web.executeAsyncScript(
      `const done = arguments[0]; axe.run(document).then(({ violations }) => done(violations), (e) => done(String(e)));`,
    );
    if (typeof violations === "string") throw new Error(`axe did not run: ${violations}`);
    const where = ({ target, any }) => [target, ...any.map(({ message }) => message)].join(": ");
    return violations.map(({ id, help, nodes }) => `${id}: ${help} (${nodes.map(where).join("; ")})`);
  }

  /**
   * Leaves a picture of the window in test-results/window/NAME.png and returns where. With TSELA_PICTURES set, the
   * pictures that the documents show are made anew as well.
   */
  async picture(name) {
    const fileName = `${name.replaceAll(/[^a-z0-9]+/gi, "-")}.png`;
    const picture = await this.web.takeScreenshot();
    writeFileSync(path.join(results, fileName), picture, "base64");
    if (process.env.TSELA_PICTURES && shownInDocuments.includes(fileName)) {
      writeFileSync(path.join(root, "docs", "pictures", fileName), picture, "base64");
    }
    return path.join(results, fileName);
  }

  /** The process of the program itself. */
  pid() {
    const [pid] = below(this.#driver.pid, desktopBinary);
    if (pid === undefined) throw new Error("the program is not running");
    return pid;
  }

  /** The power goes: the program is killed with no chance to tidy up. */
  async kill() {
    const pids = below(this.#driver.pid, desktopBinary);
    if (pids.length === 0) throw new Error("the program is not running");
    pids.forEach((pid) => process.kill(pid, "SIGKILL"));
    await end(this.#driver);
  }

  /** Closes the window; of a failed test it leaves a picture first. */
  async close(scene, nth) {
    if (this.#driver.exitCode !== null || this.#driver.signalCode !== null) return;
    if (scene?.failed) await this.picture(`failed ${scene.name} ${nth}`).catch(() => {});
    await this.web.quit().catch(() => {});
    await end(this.#driver);
  }
}

class Chromium extends Window {
  #heard = [];

  /** What the browser's own log has of the pages, warnings and worse. */
  async complaints() {
    const entries = await this.web.manage().logs().get("browser");
    this.#heard.push(...entries.map(({ message }) => message).filter((message) => !fieldThatWent.test(message)));
    return [...this.#heard];
  }
}
