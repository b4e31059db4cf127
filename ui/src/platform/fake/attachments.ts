/**
 * Attachments without Rust. `?disk=full`: there is no room. What is larger than 8 MiB, or none of the kinds that are
 * taken, is refused as the rules would.
 */
import { failure, PlatformFailure } from "../index";
import type { Handlers } from "./index";
import type { Scene } from "./scene";
import { get, insert, newId, of, rowOf } from "./work/store";
import { work } from "./worksite";

const LIMIT = 8 * 1024 * 1024;
const SIGNATURES: [string, string][] = [
  ["/9j/", "image/jpeg"],
  ["iVBORw0KGgo", "image/png"],
  ["UklGR", "image/webp"],
  ["JVBERi0", "application/pdf"],
];

const contents = new Map<string, string>();

/** The sizes of files that are unsent. */
export function unsentFiles(scene: Scene): number[] {
  work(scene);
  const unsent = of("attachment").filter((kept) => !kept.isVoid && kept.status !== "received");
  return unsent.map((kept) => Number(kept.fields["size"]));
}

function refuse(code: string, params: Record<string, string> = {}): never {
  throw new PlatformFailure(failure(code, params));
}

export const handlers: Handlers = {
  attach: ({ about, file_name, content, shows }, scene) => {
    work(scene);
    if (scene.options.get("disk") === "full") refuse("disk");
    const size = Math.floor((content.length * 3) / 4) - (/=*$/.exec(content)?.[0].length ?? 0);
    if (size === 0) refuse("attachment_empty");
    if (size > LIMIT) refuse("attachment_too_large", { size: String(size), limit: String(LIMIT) });
    const media_type = SIGNATURES.find(([begin]) => content.startsWith(begin))?.[1];
    if (!media_type) refuse("attachment_kind");
    const fields = { about, content: "ab".repeat(32), media_type, size, file_name, shows };
    const kept = insert("attachment", newId(), fields, new Date().toISOString());
    contents.set(kept.id, content);
    return rowOf(kept);
  },
  attachment_file: ({ id }) => {
    const kept = get(id) ?? refuse("not_found");
    return {
      media_type: String(kept.fields["media_type"]),
      file_name: String(kept.fields["file_name"]),
      content: contents.get(id) ?? refuse("not_found"),
    };
  },
};
