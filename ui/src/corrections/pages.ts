/** Where a person looks at a record: its own page where it has one, else the page that any record has. */
const PAGES: Record<string, string> = {
  household: "/households",
  participant: "/participants",
  specimen: "/specimens",
};

export function pageOfRecord(model: string, id: string): string {
  return `${PAGES[model] ?? "/records"}/${id}`;
}
