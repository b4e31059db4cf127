/** A text once the typing has paused, so that not every letter asks Rust. */
import { onScopeDispose, readonly, ref, watch, type Ref } from "vue";

export function useSettled(source: Ref<string | null>, milliseconds = 200): Readonly<Ref<string>> {
  const settled = ref(source.value ?? "");
  let timer: ReturnType<typeof setTimeout> | undefined;
  watch(source, (text) => {
    clearTimeout(timer);
    timer = setTimeout(() => (settled.value = text ?? ""), milliseconds);
  });
  onScopeDispose(() => clearTimeout(timer));
  return readonly(settled);
}
