/** A command of a dialog: sent once, however often Enter is pressed, with its failure to be shown in the dialog. */
import { ref } from "vue";
import type { Args, Command, Reply } from "@/platform";
import { useDo } from "./call";

export function useOnce<K extends Command>(command: K, done: (reply: Reply<K>) => void | Promise<void>) {
  const { runAsync, failure, reset } = useDo(command, { quiet: true });
  const busy = ref(false);

  async function run(args: Args<K>): Promise<void> {
    if (busy.value) return;
    busy.value = true;
    try {
      // What fails is in `failure`.
      const reply = await runAsync(args).catch(() => undefined);
      if (reply !== undefined) await done(reply);
    } finally {
      busy.value = false;
    }
  }
  return { run, busy, failure, reset };
}
