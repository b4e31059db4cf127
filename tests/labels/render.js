// Draws the ZPL of standard input: one PNG for each label, into the folder of the first argument, as 0.png, 1.png …
// The size of a label in millimetres and the printer's dots for each millimetre are the other arguments.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ready } from "zpl-renderer-js";

const [folder, width, height, dots] = process.argv.slice(2);
const { api } = await ready;
const zpl = readFileSync(0, "utf8");
const labels = await api.zplToBase64MultipleAsync(zpl, Number(width), Number(height), Number(dots));
labels.forEach((label, n) => writeFileSync(join(folder, `${n}.png`), Buffer.from(label, "base64")));
process.exit(0);
