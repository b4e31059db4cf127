/**
 * A Chromium and something to serve the built pages, as the hosts do: with the same content security policy, so that a
 * page that needs more fails here. Tests of the real hosts (`real/`) use `openPage` with their address.
 */
import { createReadStream, existsSync } from "node:fs";
import { copyFile, mkdir } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { extname, join, normalize, resolve } from "node:path";
import AxeBuilder from "@axe-core/playwright";
import type { Browser, Page } from "playwright-core";
import { chromium } from "playwright-core";
import { expect } from "vitest";
import configuration from "../../../tauri.conf.json";

export const SCREENS = resolve(import.meta.dirname, "../../test-results/screens");
const FAKE = resolve(import.meta.dirname, "../../test-results/fake");

/** What the servers send: the window's own policy, but for the road to Rust. */
const POLICY = Object.entries({ ...configuration.app.security.csp, "connect-src": "'self'" })
  .map(([directive, sources]) => `${directive} ${sources}`)
  .join("; ");

const TYPES: Record<string, string> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript",
  ".css": "text/css",
  ".svg": "image/svg+xml",
  ".woff2": "font/woff2",
};

export interface Served {
  url: string;
  close(): Promise<void>;
}

/** Serves the fake build on a loopback port of its own. */
export async function serveFake(): Promise<Served> {
  const server = createServer((request, response) => {
    const path = normalize(new URL(request.url ?? "/", "http://x").pathname);
    const file = join(FAKE, path === "/" ? "index.html" : path);
    if (!file.startsWith(FAKE) || !existsSync(file)) {
      response.writeHead(404).end();
      return;
    }
    response.writeHead(200, {
      "Content-Type": TYPES[extname(file)] ?? "application/octet-stream",
      "Content-Security-Policy": POLICY,
    });
    createReadStream(file).pipe(response);
  });
  await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () => new Promise((closed) => server.close(() => closed())),
  };
}

export function launch(): Promise<Browser> {
  return chromium.launch({
    executablePath: process.env["TSELA_CHROMIUM"] ?? "/usr/bin/chromium",
    args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"],
  });
}

export interface Opened {
  page: Page;
  /** Errors of scripts, refused resources and breaches of the policy since the page was opened. */
  complaints: string[];
}

/** Opens a page at 1280 × 720 and listens to what it complains of. A server's certificate is its own. */
export async function openPage(
  browser: Browser,
  url: string,
  colorScheme: "light" | "dark" = "light",
): Promise<Opened> {
  const context = await browser.newContext({
    viewport: { width: 1280, height: 720 },
    reducedMotion: "reduce",
    ignoreHTTPSErrors: true,
    colorScheme,
  });
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on("pageerror", (error) => complaints.push(`error: ${error.message}`));
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type()))
      complaints.push(`${message.type()}: ${message.text()}`);
  });
  page.on("response", (response) => {
    if (response.status() >= 400) complaints.push(`${response.status()}: ${response.url()}`);
  });
  await page.goto(url);
  await settled(page);
  return { page, complaints };
}

/** Waits until a heading is there and nothing is loading. */
export async function settled(page: Page): Promise<void> {
  await page.locator("h1").first().waitFor({ timeout: 10_000 });
  await page.waitForFunction(() => !document.querySelector(".v-progress-circular, [aria-busy=true]"));
  await page.evaluate(() => document.fonts.ready.then(() => undefined));
  // What fades in is pale for a moment. What moves for ever, such as a bar of progress, is not waited for.
  await page.waitForFunction(() => {
    const ends = (moves: Animation) => Number.isFinite(moves.effect?.getComputedTiming().endTime);
    return !document.getAnimations().some((moves) => moves.playState === "running" && ends(moves));
  });
  // Two frames: what was just put in place is laid out and painted.
  await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
}

/** What axe finds, one line each. */
export async function axe(page: Page): Promise<string[]> {
  const { violations } = await new AxeBuilder({ page }).analyze();
  return violations.flatMap((v) =>
    v.nodes.map((node) => `${v.id}: ${node.target.join(" ")} ${node.html.slice(0, 160)}`),
  );
}

/** By how many pixels the page is wider than the window. */
export function overflow(page: Page): Promise<number> {
  return page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
}

/** Leaves a picture of the page, and checks what every page must be: accessible and no wider than the window. */
export async function looksWell(page: Page, name: string): Promise<void> {
  await settled(page);
  await screenshot(page, name);
  expect(await axe(page)).toEqual([]);
  expect(await overflow(page)).toBe(0);
}

/** Pictures of the user guide, by the name of the look; `TSELA_PICTURES=1` makes them anew. */
const GUIDE: Record<string, string> = {
  "driver-compare": "driver-compare",
  "driver-done": "driver-done",
  "collect-tubes": "collect-tubes",
  "reconcile-signed": "reconcile-signed",
  "deliver-light-en": "deliver",
  counting: "counting",
  "guide-news": "laboratory-news",
  "guide-arriving": "laboratory-arriving",
  "guide-receive": "laboratory-receive",
  "guide-received": "laboratory-received",
  "guide-missing": "laboratory-missing",
  "guide-report": "laboratory-report",
};

export async function screenshot(page: Page, name: string): Promise<void> {
  await mkdir(SCREENS, { recursive: true });
  await page.screenshot({ path: join(SCREENS, `${name}.png`) });
  const guide = GUIDE[name];
  if (!process.env["TSELA_PICTURES"] || guide === undefined) return;
  const pictures = resolve(import.meta.dirname, "../../../docs/pictures/guide");
  await mkdir(pictures, { recursive: true });
  await copyFile(join(SCREENS, `${name}.png`), join(pictures, `${guide}.png`));
}
