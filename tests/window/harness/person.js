// Someone at the window: what a person types and presses, found by what the page calls it.
import { By, Key, error } from "selenium-webdriver";
import { passphrase } from "./tsela.js";

/** Where the field of a form is; `scope` names one of several forms on a page. */
const field = (name, scope = "f") => `[id="${scope}-${name}"]`;

/** Clicks once nothing is in the way, as a person waits for a dialog to come to rest. */
async function isClicked(element) {
  try {
    if (!(await element.isDisplayed())) return false;
    await element.click();
    return true;
  } catch (reason) {
    if (reason instanceof error.ElementNotInteractableError) return false;
    if (reason instanceof error.ElementClickInterceptedError) return false;
    if (reason instanceof error.StaleElementReferenceError) return false;
    throw reason;
  }
}

export class Person {
  constructor(window, name) {
    this.window = window;
    this.name = name;
  }

  get #web() {
    return this.window.web;
  }

  /** Goes to a page by its address within the application. */
  async goes(path) {
    await this.#web.executeScript("location.hash = arguments[0]", `#${path}`);
  }

  /** Presses keys wherever the focus is. */
  async presses(...keys) {
    await this.#web.actions().sendKeys(...keys).perform();
  }

  async #clicks(element) {
    await this.#web.executeScript("arguments[0].scrollIntoView({ block: 'center' })", element);
    await this.#web.wait(() => isClicked(element), 10_000, "it to be clicked");
  }

  async #focuses(selector) {
    const element = await this.window.see(selector);
    await this.#clicks(element);
    return element;
  }

  /** Types into a field, in place of what it holds. */
  async types(name, text, scope) {
    const element = await this.window.see(field(name, scope));
    await this.#web.executeScript("arguments[0].focus(); arguments[0].select()", element);
    await element.sendKeys(text);
  }

  /** Chooses from a list by typing the beginning of its words. */
  async picks(name, words, scope) {
    const element = await this.#focuses(field(name, scope));
    await element.sendKeys(words);
    await this.window.see(".v-overlay--active .v-list-item");
    await element.sendKeys(Key.ENTER);
  }

  /** Chooses one of a few options. */
  async chooses(name, option, scope = "f") {
    const selector = `input[name="${scope}-${name}"][data-option="${option}"]`;
    await this.window.see(selector);
    const input = await this.#web.findElement(By.css(selector));
    // A message that appears just before the press moves the page; a person sees that it missed, and clicks again.
    const chosen = async () => {
      await this.#clicks(input);
      return this.#web.wait(() => input.isSelected(), 1000).catch(() => false);
    };
    await this.#web.wait(chosen, 10_000, `${name} to be ${option}`);
  }

  /** Clicks what a selector finds. */
  async clicks(selector) {
    await this.#focuses(selector);
  }

  /** Clicks until what it opens is there: a page that moves just before the press makes people miss, and click again. */
  async opens(selector, opened) {
    const isOpen = async () => {
      await this.clicks(selector);
      return this.window.see(opened, 3).catch(() => false);
    };
    await this.#web.wait(isOpen, 20_000, `${selector} to open ${opened}`);
  }

  /** Clicks a button or link by its words. */
  async clicksText(words) {
    const path = `//*[self::button or self::a][normalize-space(.)="${words}" or starts-with(normalize-space(.), "${words} ")]`;
    const clicked = async () => {
      for (const found of await this.#web.findElements(By.xpath(path))) if (await isClicked(found)) return true;
      return false;
    };
    await this.#web.wait(clicked, 20_000, `a button "${words}"`);
  }

  /** Fills a field that stands alone, outside a form of a record. */
  async fills(name, text) {
    const input = await this.window.see(`input[name="${name}"]`);
    await this.#web.executeScript("arguments[0].focus(); arguments[0].select()", input);
    await input.sendKeys(text);
  }

  /** As a scanner that plays the keyboard does: all keys at once, and Enter. */
  async scans(name, code) {
    const input = await this.window.see(`input[name="${name}-code"]`);
    await this.#web.executeScript("arguments[0].focus()", input);
    await input.sendKeys(code, Key.ENTER);
  }

  /** Scans, and waits until the page says of this very code what it came to. */
  async scansTo(outcome, name, code) {
    await this.scans(name, code);
    const said = `return document.querySelector(arguments[0])?.innerText.includes(arguments[1]) ?? false`;
    const place = `[data-testid="scan-outcome"][data-outcome="${outcome}"]`;
    const isSaid = () => this.#web.executeScript(said, place, code);
    await this.#web.wait(isSaid, 20_000, `${code} to be ${outcome}`);
  }

  /** Saves the form and waits until its page is left. */
  async saves() {
    const here = await this.#web.getCurrentUrl();
    await this.#web.actions().keyDown(Key.CONTROL).sendKeys("s").keyUp(Key.CONTROL).perform();
    const left = async () => (await this.#web.getCurrentUrl()) !== here;
    try {
      await this.#web.wait(left, 10_000);
    } catch {
      throw new Error(`the form was not saved:\n${await this.window.text()}`);
    }
  }

  /** Enrols the laptop from its first page. */
  async enrols(code) {
    await (await this.window.see('[name="code"]')).sendKeys(code);
    await this.window.seeText("127.0.0.1");
    await (await this.window.see('[name="user"]')).sendKeys(this.name);
    await (await this.window.see('[name="passphrase"]')).sendKeys(passphrase);
    await (await this.window.see('[name="passphrase-again"]')).sendKeys(passphrase, Key.ENTER);
    await this.window.see("nav");
  }

  /** Signs in on an enrolled laptop. */
  async signsIn(words = passphrase) {
    const input = await this.window.see('input[type="password"]');
    await input.sendKeys(words, Key.ENTER);
  }
}
