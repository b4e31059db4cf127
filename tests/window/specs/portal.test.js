// The captive portal of the harness is one: the tests that stand on it would otherwise prove nothing.
import assert from "node:assert/strict";
import http from "node:http";
import https from "node:https";
import { portal } from "../harness/portal.js";
import { scenario } from "../harness/scenario.js";

scenario("the captive portal answers 200 with a page to everything, in HTTP and in TLS", async (scene) => {
  const { port, asked } = await portal(scene, 0);
  const address = { host: "127.0.0.1", port, rejectUnauthorized: false };
  const plain = await get(http, { ...address, path: "/v1/health" });
  const secure = await get(https, { ...address, path: "/v1/bundles/x", method: "PUT", headers: { authorization: "Bearer x" } });
  for (const { status, body } of [plain, secure]) {
    assert.equal(status, 200);
    assert.match(body, /Wi-Fi/);
  }
  assert.deepEqual(asked, ["GET /v1/health", "PUT /v1/bundles/x with credentials"]);
});

function get(protocol, options) {
  return new Promise((resolve, reject) => {
    const request = protocol.request({ ...options, agent: false }, async (response) => {
      let body = "";
      for await (const part of response.setEncoding("utf8")) body += part;
      resolve({ status: response.statusCode, body });
    });
    request.once("error", reject).end();
  });
}
