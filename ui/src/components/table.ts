/** What pages tell {@link DataTable} of their columns. */
export interface Column<Row> {
  key: string;
  title: string;
  /** What to sort by; the row's own property of that name if absent. */
  value?: (row: Row) => string | number | boolean | null;
  sortable?: boolean;
  width?: string;
  align?: "start" | "end";
}

export interface Sort {
  key: string;
  order: "asc" | "desc";
}
