/** Hand-overs in memory, of whichever desk: what is asked of them and said of them is the same on a laptop and on the server. */
import type {
  Balance,
  HandedTube,
  HandoverLine,
  HandoverRow,
  Handovers,
  HandoverView,
  SignatureView,
} from "@/generated/rpc";
import { plainIdentifier } from "@/participants/scan";
import { failure, PlatformFailure } from "../../index";
import type { Handlers } from "../index";
import { newId } from "./store";

export type Transfer = Omit<HandoverView, "row" | "lines"> & { row: HandoverRow; lines: HandoverLine[] };

/** By id, in the order in which they began. */
const all = new Map<string, Transfer>();

export const left = ({ clock }: Pick<HandedTube, "clock">): number =>
  clock ? clock.hours_to_lab * 3_600 - clock.age_seconds : Infinity;

export function refused(what: string, title: string, detail: string, code = ""): never {
  throw new PlatformFailure({ ...failure(what, { code }), title, detail });
}

export const lineOf = (tube: HandedTube): HandoverLine => ({
  line: newId(),
  tube,
  outcome: "unseen",
  seen_at: null,
  identified_by: null,
  identified_reason: null,
  discrepancy: null,
  explanation: null,
  recollect: false,
});

function balanceOf({ row, lines }: Transfer): Balance {
  const count = (outcome: string) => lines.filter((line) => line.outcome === outcome).length;
  const [matched, missing, rejected, held_back] = [
    count("matched"),
    count("missing"),
    count("rejected"),
    count("held_back"),
  ];
  const { expected } = row.balance;
  const [unseen, unexpected] = [count("unseen"), count("unexpected")];
  const even = unseen === 0 && expected === matched + missing + rejected + held_back;
  return { expected, matched, missing, rejected, held_back, unseen, unexpected, even };
}

export function shown(one: Transfer): HandoverView {
  one.row.balance = balanceOf(one);
  const holds = one.signatures.filter((signature) => signature.holds).length;
  one.row.state = holds === 2 ? "closed" : one.signatures.length > 0 ? "signed" : "open";
  one.lines.sort((a, b) => left(a.tube) - left(b.tube));
  return one;
}

type Begun = Pick<HandoverRow, "stage" | "giver" | "taker" | "place">;

export function begin(id: string, begun: Begun, tubes: HandedTube[]): Transfer {
  const number = (all.size + 1).toString(32).toUpperCase().padStart(4, "0");
  const transfer = { id, model: "custody_transfer", key: `T-A7K-${number}-X`, label: begun.place };
  const balance = { expected: tubes.length } as Balance;
  const handed_at = new Date().toISOString();
  const made: Transfer = {
    row: { transfer, ...begun, handed_at, state: "open", stale: false, balance },
    seal: "",
    seal_intact: null,
    celsius: "",
    comments: "",
    lines: tubes.map(lineOf),
    signatures: [],
  };
  all.set(id, made);
  shown(made);
  return made;
}

export function see(line: HandoverLine, by: string, reason: string | null): void {
  const seen_at = new Date().toISOString();
  Object.assign(line, {
    outcome: "matched",
    seen_at,
    identified_by: by,
    identified_reason: reason,
    explanation: null,
  });
}

export function sign(one: Transfer, side: string, name: string): void {
  const signature: SignatureView = {
    id: newId(),
    side,
    name,
    user: side === "giver" ? "lesedi" : "tiro",
    signed_at: new Date().toISOString(),
    holds: true,
  };
  one.signatures.push(signature);
}

const named = (id: string): Transfer =>
  all.get(id) ?? refused("not_found", "It is not here", "It may have been given up.");

export const transfers = (): Transfer[] => [...all.values()];

export function handovers(): Handovers {
  const rows = transfers()
    .map((one) => shown(one).row)
    .reverse();
  const closed = rows.filter(({ state }) => state === "closed");
  return { open: rows.filter((row) => !closed.includes(row)), closed };
}

function read(code: string): string {
  const plain = plainIdentifier(code);
  if (!/^[0-9A-Z]{10,}$/.test(plain))
    refused(
      "unreadable_label",
      "This is not the code of a tube",
      `${code} is too short for a specimen.`,
      code,
    );
  return plain;
}

function wrongPassphrase(): never {
  throw new PlatformFailure({
    ...failure("wrong_passphrase", { left: "4", wait_seconds: "1" }),
    title: "The name or passphrase is wrong",
    detail: "4 attempts are left.",
  });
}

/** What a desk knows of tubes. */
export interface Tubes {
  handed(code: string): HandedTube;
  /** Says why a tube that no line names is not counted. */
  strange(code: string, transfer: string): never;
  /** The accounts of those who may give; anybody where it is not said. */
  givers?: string[];
}

/** The commands that both desks have. */
export const handlersOf = ({ handed, strange, givers }: Tubes): Handlers => ({
  handover: ({ transfer }) => shown(named(transfer)),
  add_late_tubes: ({ transfer, tubes }) => {
    const one = named(transfer);
    one.lines.push(...tubes.map((code) => lineOf(handed(code))));
    one.row.balance.expected += tubes.length;
    return shown(one);
  },
  see_tube: ({ transfer, code: scanned, by, reason }) => {
    const one = named(transfer);
    const code = read(scanned);
    const line = one.lines.find(({ tube }) => plainIdentifier(tube.identifier) === code);
    if (!line) return strange(code, transfer);
    if (line.outcome !== "unseen" && line.outcome !== "missing")
      refused("seen_already", "This tube was seen already", "Each tube is counted once.", code);
    see(line, by, reason);
    return { line, balance: shown(one).row.balance };
  },
  unexpected_tube: ({ seen, explanation, discrepancy }) => {
    const one = named(seen.transfer);
    const line = lineOf(handed(seen.code));
    see(line, seen.by, seen.reason);
    one.lines.push({ ...line, outcome: "unexpected", explanation, discrepancy });
    return shown(one);
  },
  tube_outcome: ({ transfer, line: id, outcome, discrepancy, recollect, reason }) => {
    const one = named(transfer);
    const line = one.lines.find((other) => other.line === id);
    if (line?.outcome === "unexpected") one.lines = one.lines.filter((other) => other.line !== id);
    else if (line) {
      const explanation = outcome === "unseen" ? null : reason;
      Object.assign(line, { outcome, discrepancy, recollect, explanation });
      if (outcome === "unseen" || outcome === "missing")
        Object.assign(line, { seen_at: null, identified_by: null, identified_reason: null });
    }
    return shown(one);
  },
  handover_details: ({ transfer, seal, seal_intact, celsius, comments }) =>
    shown(Object.assign(named(transfer), { seal, seal_intact, celsius, comments })),
  sign_handover: ({ transfer, side, name, passphrase, account }) => {
    const one = named(transfer);
    if (account && givers && !givers.includes(account))
      throw new PlatformFailure(failure("unknown_giver", { user: account }));
    if (passphrase.includes("wrong")) wrongPassphrase();
    sign(one, side, name);
    return shown(one);
  },
  void_handover_signature: ({ transfer, signature }) => {
    const one = named(transfer);
    one.signatures = one.signatures.filter(({ id }) => id !== signature);
    return shown(one);
  },
  cancel_handover: ({ transfer }) => {
    all.delete(transfer);
    return handovers();
  },
});
