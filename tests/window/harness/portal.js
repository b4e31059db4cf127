// A captive portal: whatever is asked of it, in HTTP or in TLS, it answers 200 with a log-in page.
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import http from "node:http";
import https from "node:https";
import net from "node:net";

const page = "<!doctype html><title>Guest Wi-Fi</title><h1>Welcome! Please accept the terms to go on.</h1>";
const firstByteOfTls = 0x16;

/** Takes the place of a server on `port` (0: any); says what it was asked, request by request, and how to end it. */
export async function portal(scene, port) {
  const asked = [];
  const answer = (request, response) => {
    asked.push(`${request.method} ${request.url} ${request.headers.authorization ? "with credentials" : ""}`.trim());
    request.resume();
    response.writeHead(200, { "content-type": "text/html" }).end(page);
  };
  const plain = http.createServer(answer);
  const secure = https.createServer(certificate(scene), answer);
  const sockets = new Set();
  const door = net.createServer((socket) => {
    sockets.add(socket.on("close", () => sockets.delete(socket)).on("error", () => {}));
    socket.once("readable", () => {
      const start = socket.read();
      if (!start) return socket.destroy();
      socket.unshift(start);
      (start[0] === firstByteOfTls ? secure : plain).emit("connection", socket);
    });
  });
  await new Promise((resolve, reject) => door.once("error", reject).listen(port, "127.0.0.1", resolve));
  const close = () => {
    sockets.forEach((socket) => socket.destroy());
    return new Promise((resolve) => door.close(resolve));
  };
  scene.atEnd(close);
  return { asked, close, port: door.address().port };
}

function certificate(scene) {
  const [key, cert] = [scene.path("portal.key"), scene.path("portal.crt")];
  const kind = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=portal"];
  execFileSync("openssl", ["req", "-x509", ...kind, "-keyout", key, "-out", cert], { stdio: "pipe" });
  return { key: readFileSync(key), cert: readFileSync(cert) };
}
