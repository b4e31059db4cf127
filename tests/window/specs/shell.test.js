// The shell itself: the page appears, and reaches Rust through one command and nothing else.
import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import http from "node:http";
import { end, start } from "../harness/children.js";
import { desktopBinary } from "../harness/places.js";
import { until } from "../harness/ports.js";
import { scenario } from "../harness/scenario.js";
import { openWindow } from "../harness/window.js";

scenario("the window opens on the application's page, and the page has nothing to complain of", async (scene) => {
  const window = await openWindow(scene, { dir: scene.path("lesedi") });
  await window.see("#app h1");
  assert.match(await window.web.getTitle(), /Tsela$/);
  await window.picture("first page");
  assert.deepEqual(await window.complaints(), []);
  assert.deepEqual(await window.axe(), []);
});

scenario("a command that the host does not know is answered with an error", async (scene) => {
  const window = await openWindow(scene, { dir: scene.path("lesedi") });
  const { answer, refused } = await window.invoke("rpc", { request: { command: "no.such.command", args: {} } });
  assert.equal(refused, undefined);
  assert.ok(answer.failure?.code, JSON.stringify(answer));
});

scenario("anything but the one command is refused", async (scene) => {
  const window = await openWindow(scene, { dir: scene.path("lesedi") });
  const unlisted = [
    ["rpc2", {}],
    ["plugin:window|close", {}],
    ["plugin:window|set_title", { value: "other" }],
    ["plugin:event|listen", { event: "x", target: { kind: "Any" }, handler: 0 }],
    ["plugin:webview|create_webview_window", { options: { label: "other", url: "https://example.org" } }],
    ["plugin:path|resolve_directory", { directory: 1 }],
    ["plugin:window-state|save_window_state", { flags: 1 }],
    ["plugin:app|version", {}],
  ];
  for (const [command, args] of unlisted) {
    const { answer, refused } = await window.invoke(command, args);
    assert.match(refused ?? `answered ${JSON.stringify(answer)}`, /not allowed|not found/, command);
  }
});

scenario("the window goes nowhere else and loads nothing from elsewhere", async (scene) => {
  const asked = [];
  const elsewhere = http.createServer((request, response) => {
    asked.push(request.url);
    response.setHeader("access-control-allow-origin", "*").end("<p>elsewhere</p>");
  });
  await new Promise((resolve) => elsewhere.listen(0, "127.0.0.1", resolve));
  scene.atEnd(() => elsewhere.close());
  const there = `http://127.0.0.1:${elsewhere.address().port}`;

  const window = await openWindow(scene, { dir: scene.path("lesedi") });
  await window.see("#app h1");
  const here = await window.web.getCurrentUrl();
  await window.web.executeScript("location.href = arguments[0]", `${there}/page`);
  await window.web.executeScript("open(arguments[0])", `${there}/window`);
  const fetched = await window.web.executeAsyncScript(
    "fetch(arguments[0]).then(() => arguments[1]('fetched'), () => arguments[1]('refused'))",
    `${there}/fetch`,
  );
  await window.web.executeAsyncScript(
    `const image = new Image(); image.onload = image.onerror = () => arguments[1](); image.src = arguments[0];`,
    `${there}/image`,
  );
  assert.equal(fetched, "refused");
  assert.equal(await window.web.getCurrentUrl(), here);
  assert.equal((await window.web.getAllWindowHandles()).length, 1);
  assert.deepEqual(asked, []);
});

scenario("script that was written into the page does not run", async (scene) => {
  const window = await openWindow(scene, { dir: scene.path("lesedi") });
  await window.see("#app > *");
  await window.web.executeScript(`
    const script = document.createElement("script");
    script.textContent = "window.ranInline = true";
    document.body.append(script);
    const image = document.createElement("div");
    image.innerHTML = '<img src="data:," onerror="window.ranHandler = true">';
    document.body.append(image);`);
  const breaches = () => window.complaints().then((all) => all.filter((line) => line.startsWith("policy: script-src")));
  await until(async () => (await breaches()).length >= 2, { words: "two breaches of the policy" });
  assert.deepEqual(await window.web.executeScript("return [window.ranInline, window.ranHandler]"), [null, null]);
});

scenario("a folder that cannot be used is told in the window, and in the exit code", async (scene) => {
  writeFileSync(scene.path("a file"), "");
  const dir = scene.path("a file", "lesedi");
  const window = await openWindow(scene, { dir, application: keepsExitCode(scene) });
  await window.seeText("Tsela cannot use its folder.");
  await window.seeText(dir);
  await window.picture("folder that cannot be used");
  assert.deepEqual(await window.axe(), []);
  const { refused } = await window.invoke("rpc", { request: { command: "no.such.command" } });
  assert.match(refused, /not allowed/);
  // The program may be gone before it can say that it was clicked.
  await (await window.see("a.close")).click().catch(() => {});
  const ended = () => existsSync(scene.path("code")) && readFileSync(scene.path("code"), "utf8").trim();
  const code = await until(ended, { words: "the program has not ended" });
  assert.equal(code, "74");
});

scenario("what the program is told wrongly is a message and not a window", async (scene) => {
  mkdirSync(scene.path("home"));
  const program = start(desktopBinary, ["--folder", scene.path("lesedi")]);
  scene.atEnd(() => end(program));
  const { code } = await program.ended;
  assert.equal(code, 2);
  assert.match(program.output, /--folder/);
});

/** A program that runs `tsela-desktop` and leaves its exit code in the scene's file `code`. */
function keepsExitCode(scene) {
  const file = scene.path("keeps-exit-code");
  writeFileSync(file, `#!/bin/sh\n"${desktopBinary}" "$@"\necho $? > "${scene.path("code")}"\n`, { mode: 0o755 });
  return file;
}
