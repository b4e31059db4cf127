/**
 * A platform without Rust, for looking at pages (`npm run dev:fake`) and for tests of the pages' looks. The address
 * chooses the scene: `?host=server`, `?phase=enrol`, `?sync=sending`, `?theme=dark`, `?language=tn`.
 *
 * Each file beside this one gives the commands of one kind of page as `handlers`.
 */
import type { Args, Command, Commands, Platform, Reply } from "../index";
import { failure, PlatformFailure } from "../index";
import { handlers as records } from "./records";
import { sceneOf, type Scene } from "./scene";

export type Handlers = {
  [K in keyof Commands]?: (args: Commands[K]["args"], scene: Scene) => Commands[K]["answer"];
};

const files = import.meta.glob<{ handlers: Handlers }>(
  ["./*.ts", "!./index.ts", "!./scene.ts", "!./sample.ts"],
  {
    eager: true,
  },
);

export function fakePlatform(location: { search: string }): Platform {
  const scene = sceneOf(location.search);
  const handlers: Handlers = {};
  for (const file of Object.values(files)) Object.assign(handlers, file.handlers ?? {});
  // Knows the sample, and hands all else to the worksite.
  Object.assign(handlers, records);
  return {
    host: scene.host,
    async call<K extends Command>(command: K, args: Args<K>): Promise<Reply<K>> {
      await new Promise((resolve) => setTimeout(resolve, 20));
      const handler = handlers[command];
      if (!handler) throw new PlatformFailure(failure("unlisted", { error: `no fake of ${command}` }));
      // What crosses a real platform is JSON: nothing is shared with the page.
      return JSON.parse(
        JSON.stringify(handler(JSON.parse(JSON.stringify(args)) as Args<K>, scene)),
      ) as Reply<K>;
    },
  };
}
