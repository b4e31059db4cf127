/** The frame of a spec over the fake platform: one browser and server for all, a fresh page for each test. */
import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, expect } from "vitest";
import { launch, openPage, serveFake, type Opened, type Served } from "./browser";

/** Returns what opens a page of a world. A page that complained of anything fails its test. */
export function fakePages(): (route: string, world: string) => Promise<Page> {
  let browser: Browser;
  let served: Served;
  let opened: Opened[] = [];

  beforeAll(async () => {
    [browser, served] = await Promise.all([launch(), serveFake()]);
  });
  afterEach(async () => {
    const done = opened;
    opened = [];
    expect(done.flatMap(({ complaints }) => complaints)).toEqual([]);
    for (const { page } of done) await page.context().close();
  });
  afterAll(async () => {
    await browser.close();
    await served.close();
  });
  return async (route, world) => {
    const one = await openPage(browser, `${served.url}/?${world}#${route}`);
    opened.push(one);
    return one.page;
  };
}
