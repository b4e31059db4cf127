/** What a form needs before its first field can be shown: its draft, if there is one, and ids for what it will make. */
import { ref, shallowRef } from "vue";
import { useRoute } from "vue-router";
import type { Failure } from "@/generated/rpc";
import { failureOf, usePlatform } from "@/platform";
import { findDraft, readDraft } from "./draftContent";

export interface FormStart<T> {
  draftId: string;
  /** The content of the draft that is continued. */
  content: T | undefined;
  /** When that draft was kept. */
  keptAt: Date | undefined;
  ids: string[];
}

/** `ids` is how many ids to make; none for a draft, which has its own, unless `always`. */
export function useFormStart<T extends { version: number }>(form: string, ids: number, always = false) {
  const platform = usePlatform();
  const route = useRoute();
  const start = shallowRef<FormStart<T>>();
  const failure = ref<Failure>();

  async function open(): Promise<void> {
    const asked = typeof route.query["draft"] === "string" ? route.query["draft"] : undefined;
    const found = findDraft(await platform.call("draft_list", {}), form, route.path, asked);
    const content = readDraft<T>(found);
    const fresh = ids > 0 && (always || !content) ? await platform.call("new_ids", { count: ids }) : [];
    const keptAt = content && found ? new Date(found.updated_at) : undefined;
    start.value = {
      keptAt,
      draftId: content && found ? found.id : crypto.randomUUID(),
      content,
      ids: fresh,
    };
  }

  async function begin(): Promise<void> {
    start.value = undefined;
    failure.value = undefined;
    try {
      await open();
    } catch (thrown) {
      failure.value = failureOf(thrown);
    }
  }

  return { start, failure, begin, route: route.path };
}
