// A data manager at the server's pages, by the calls that those pages make.
import https from "node:https";
import { passphrase, tsela } from "./tsela.js";

/** Makes an account for a data manager and signs in; `call` gives a command of the pages. */
export async function dataManager(server, name = "Naledi") {
  await tsela(["server", "user", "--dir", server.dir, "--name", name, "--role", "data_manager"]);
  let cookie = "";
  const call = async (command, args) => {
    const { answer, headers } = await post(server.port, { command, args }, cookie);
    cookie = headers["set-cookie"]?.[0].split(";")[0] ?? cookie;
    if (answer.failure) throw new Error(`${command}: ${JSON.stringify(answer.failure)}`);
    return answer.ok;
  };
  await call("server_sign_in", { user: name, passphrase });
  return { call };
}

/** The server's certificate is its own; laptops pin its key, and this test runs on the same machine. */
function post(port, call, cookie) {
  const headers = { "content-type": "application/json", cookie };
  const options = { host: "127.0.0.1", port, path: "/rpc", method: "POST", headers, rejectUnauthorized: false };
  return new Promise((resolve, reject) => {
    const request = https.request(options, (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (part) => (text += part));
      response.on("end", () => {
        try {
          resolve({ answer: JSON.parse(text), headers: response.headers });
        } catch {
          reject(new Error(`the server answered ${response.statusCode}: ${text}`));
        }
      });
    });
    request.on("error", reject).end(JSON.stringify(call));
  });
}
