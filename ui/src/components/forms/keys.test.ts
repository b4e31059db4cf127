import { beforeEach, describe, expect, it } from "vitest";
import { meansNext, moveOn, stopsOf } from "./enterMoves";
import { optionForKey } from "./widgets/options";

describe("choosing by a key", () => {
  const yesNo = [
    { value: true, label: "Yes" },
    { value: false, label: "No" },
  ];

  it("takes the number or the letter", () => {
    expect(optionForKey(yesNo, "1")?.value).toBe(true);
    expect(optionForKey(yesNo, "2")?.value).toBe(false);
    expect(optionForKey(yesNo, "n")?.value).toBe(false);
    expect(optionForKey(yesNo, "Y")?.value).toBe(true);
  });

  it("takes the letters of the language", () => {
    const tn = [
      { value: true, label: "Ee" },
      { value: false, label: "Nnyaa" },
    ];
    expect(optionForKey(tn, "e")?.value).toBe(true);
    expect(optionForKey(tn, "y")).toBeUndefined();
  });

  it("does not choose between two that begin alike, nor by other keys", () => {
    const alike = [
      { value: "omang", label: "Omang" },
      { value: "omang_receipt", label: "Omang receipt" },
    ];
    expect(optionForKey(alike, "o")).toBeUndefined();
    expect(optionForKey(yesNo, "3")).toBeUndefined();
    expect(optionForKey(yesNo, "Tab")).toBeUndefined();
  });
});

describe("Enter", () => {
  let form: HTMLFormElement;
  beforeEach(() => {
    document.body.innerHTML = `<form>
      <input name="a"><button type="button" id="pick">x</button>
      <input type="radio" name="g" id="g1"><input type="radio" name="g" id="g2" checked>
      <input name="off" disabled><textarea name="t"></textarea><input name="last">
      <button id="save">Save</button></form>`;
    form = document.querySelector("form") as HTMLFormElement;
  });
  const at = (selector: string) => form.querySelector(selector) as HTMLElement;
  const press = (target: HTMLElement, more: KeyboardEventInit = {}) => {
    const event = new KeyboardEvent("keydown", { key: "Enter", bubbles: true, ...more });
    target.dispatchEvent(event);
    return meansNext(event);
  };

  it("stops at inputs, once for a group, and not at what is switched off", () => {
    expect(stopsOf(form)).toEqual([at("[name=a]"), at("#g2"), at("textarea"), at("[name=last]")]);
  });

  it("moves on, and from the last field to Save", () => {
    moveOn(form, at("[name=a]"), at("#save"));
    expect(document.activeElement).toBe(at("#g2"));
    moveOn(form, at("#g1"), at("#save"));
    expect(document.activeElement).toBe(at("textarea"));
    moveOn(form, at("[name=last]"), at("#save"));
    expect(document.activeElement).toBe(at("#save"));
  });

  it("means a new line in a long text, and next with Ctrl", () => {
    expect(press(at("textarea"))).toBe(false);
    expect(press(at("textarea"), { ctrlKey: true })).toBe(true);
    expect(press(at("[name=a]"))).toBe(true);
  });

  it("is left to an open list, to buttons, and to writing systems that compose", () => {
    at("[name=a]").setAttribute("aria-expanded", "true");
    expect(press(at("[name=a]"))).toBe(false);
    expect(press(at("#pick"))).toBe(false);
    expect(press(at("[name=last]"), { isComposing: true })).toBe(false);
  });
});
