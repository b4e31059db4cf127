/** What the laboratory says of a laptop's tubes: `?lab=news`. */
import type { TubeRow } from "@/generated/rpc";
import type { Scene } from "../scene";

type Word = Pick<TubeRow, "custody" | "discrepancy" | "custody_at" | "is_news">;

const at = (hours: number) => new Date(Date.now() - hours * 3_600_000).toISOString();
const word = (custody: string, discrepancy: string | null, is_news: boolean): Word => ({
  custody,
  discrepancy,
  custody_at: at(1),
  is_news,
});
/** In the order of the tubes that are the longest under way. */
const WORDS: Word[] = [
  word("accepted", null, false),
  word("recollection_requested", "haemolysed", true),
  word("rejected", "short_volume", true),
  word("missing", null, true),
  word("received", null, false),
];

let noted = false;

export function newsOf(scene: Scene): Word[] {
  if (scene.options.get("lab") !== "news" || noted) return [];
  return WORDS.filter(({ is_news }) => is_news);
}
export function note(): void {
  noted = true;
}
/** What is said of the tube at this place among those with a checked label, if anything. */
export function wordOf(scene: Scene | undefined, place: number): Word | undefined {
  if (scene?.options.get("lab") !== "news") return undefined;
  const said = WORDS[place];
  return said && { ...said, is_news: said.is_news && !noted };
}
