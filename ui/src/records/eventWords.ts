/** What an event that tells of a record says, in words: the journal has kind and values, such as a print's copies. */
import { useI18n } from "vue-i18n";
import type { HistoryLine } from "@/generated/rpc";

/** Where sheets went, as Rust writes it. */
const SHEET = "sheet";

export function useEventWords(): (line: HistoryLine) => string {
  const { t } = useI18n();
  return (line) => {
    const said = new Map(line.changes.map(({ field, new: value }) => [field, value]));
    const kind = said.get("kind");
    if (kind === "attachment_viewed") return t("record.events.attachment_viewed");
    if (kind !== "print") return t("record.events.other", { kind: String(kind ?? "") });
    const count = Number(said.get("copies") ?? 1);
    const to = String(said.get("to") ?? "");
    return t("record.events.join", {
      what: t("record.events.print"),
      copies: t("record.events.copies", { count }, count),
      where: to === SHEET ? t("record.events.on_sheet") : t("record.events.on", { to }),
    });
  };
}
