/** One record with everything that can be odd about a record: conflicts, findings, long names, other scripts. */
import type { HistoryLine, RecordDetail, RecordRow } from "@/generated/rpc";

export const ago = (seconds: number) => new Date(Date.now() - seconds * 1_000).toISOString();

export const LESEDI = "01980000-0000-7000-8000-00000000aa01";
export const THABO = "01980000-0000-7000-8000-00000000aa02";
export const SAMPLE_ID = "01980000-0000-7000-8000-0000000000c0";
const HOUSEHOLD = "01980000-0000-7000-8000-0000000000c1";

export function row(changes: Partial<RecordRow> = {}): RecordRow {
  return {
    id: SAMPLE_ID,
    model: "participant",
    key: "066-10-A01-0007-K",
    label: "OTENG “Oti” D’ALMEIDA-NKWE",
    status: "attention",
    fields: {
      household: HOUSEHOLD,
      first_name: "OTENG",
      last_name: "D’ALMEIDA-NKWE",
      initials: "ON",
      gender: "F",
      dob: "1962-12-15",
      identity: "203421975",
      identity_type: "omang",
      phone: "71234567",
      physical_address: `Plot 14, behind the kgotla 🌳 ${"a very long way down the same road ".repeat(8)}`,
    },
    references: {
      household: { id: HOUSEHOLD, model: "household", key: "MO-A01-0003-2", label: "Mochudi, plot 14" },
    },
    conflicts: ["phone", "_void"],
    findings: 2,
    is_void: false,
    modified_at: ago(4_000),
    modified_by: "Thabo O’Reilly-Kgosi",
    ...changes,
  };
}

/** Rows as lists show them: names of all kinds. */
export function rows(): RecordRow[] {
  const names = [
    "שרה לוי",
    "نور الهدى",
    "KABELO MODISE",
    "X".repeat(300),
    "🦁 NALEDI",
    "MPHO O’NEIL-SERETSE",
  ];
  const states = ["ready", "with_driver", "attention", "received", "ready", "draft"] as const;
  return names.map((label, i) =>
    row({
      id: `01980000-0000-7000-8000-00000000010${i}`,
      label,
      key: `066-10-A01-000${i}-K`,
      status: states[i] ?? "ready",
      conflicts: i === 2 ? ["phone"] : [],
      findings: i === 2 || i === 4 ? i : 0,
      modified_at: ago(600 * (i + 1) ** 2),
    }),
  );
}

export function detail(): RecordDetail {
  return {
    row: row(),
    conflicts: [
      {
        field: "phone",
        candidates: [
          { value: "71234567", dots: ["B02:14"], at: ago(4_000), user: THABO },
          { value: "72999888", dots: ["A01:31"], at: ago(9_000), user: LESEDI },
        ],
      },
      {
        field: "_void",
        candidates: [
          { value: true, dots: ["B02:15"], at: ago(3_900), user: THABO },
          { value: false, dots: ["A01:32"], at: ago(8_900), user: LESEDI },
        ],
      },
    ],
    findings: [
      {
        record: SAMPLE_ID,
        code: "participant.identity_gender",
        severity: "error",
        field: "identity",
        message: "The fifth digit of an Omang is 1 for a man and 2 for a woman. Compare with the card.",
        params: {},
        related: [],
      },
      {
        record: SAMPLE_ID,
        code: "participant.same_person",
        severity: "warning",
        field: null,
        message:
          "Another participant has the same names and date of birth. Look whether it is the same person.",
        params: {},
        related: [{ id: HOUSEHOLD, model: "participant", key: "066-10-B02-0001-4", label: "OTENG NKWE" }],
      },
    ],
    children: rows()
      .slice(0, 3)
      .map((child) => ({ ...child, model: "visit" })),
    void_reason: null,
    driver: null,
  };
}

function line(changes: Partial<HistoryLine>): HistoryLine {
  return {
    dot: "A01:7",
    op: "update",
    at: ago(9_000),
    tz: "+02:00",
    user: LESEDI,
    user_name: "Lesedi Motswagole",
    device: "laptop-07",
    app: "tsela 0.1.0",
    changes: [],
    reason: null,
    source: null,
    received: true,
    ...changes,
  };
}

export function history(): HistoryLine[] {
  const thabo = { user: THABO, user_name: "Thabo O’Reilly-Kgosi", device: "laptop-11" };
  return [
    line({
      op: "insert",
      at: ago(90_000),
      changes: [
        { field: "first_name", old: null, new: "OTENG" },
        { field: "gender", old: null, new: "F" },
        { field: "phone", old: null, new: "71000000" },
      ],
    }),
    line({
      dot: "A01:31",
      changes: [{ field: "phone", old: "71000000", new: "72999888" }],
      reason: "She has a new number",
    }),
    line({
      ...thabo,
      dot: "B02:14",
      at: ago(4_000),
      changes: [{ field: "phone", old: "71000000", new: "71234567" }],
      reason: "Corrected from the paper form",
      source: "paper",
    }),
    line({
      op: "event",
      dot: "A01:40",
      at: ago(3_950),
      changes: [
        { field: "copies", old: null, new: 2 },
        { field: "kind", old: null, new: "print" },
        { field: "to", old: null, new: "tcp://10.0.0.7:9100" },
      ],
      reason: "The first one was torn",
    }),
    line({
      ...thabo,
      dot: "B02:15",
      at: ago(3_900),
      changes: [{ field: "_void", old: null, new: true }],
      reason: "Entered twice",
      received: false,
    }),
  ];
}
