/**
 * Labels without a printer. `?printer=none`: none was chosen, `?printer=off`: it does not answer, `?printer=mute`: it
 * does not say whether labels came out; `?rolls=none`, `?codes=0`: no roll, and none to be had.
 */
import type { LabelChecked, LabelSettings, Printed, PrintArgs, RollView } from "@/generated/rpc";
import policies from "../../../../demo/study/policies.json";
import { plainIdentifier } from "@/participants/scan";
import { failure, PlatformFailure } from "../index";
import type { Handlers } from "./index";
import { labelPicture, sheetPicture } from "./pictures";
import type { Scene } from "./scene";
import { get, of, prints, type Kept } from "./work/store";
import { tubeOf, work } from "./worksite";

const templates = policies.label_templates.map(({ code, labels, reduced }) => ({ code, labels, reduced }));
const rolls: RollView[] = [
  { code: "R07", printed: 100, used: 37 },
  { code: "R08", printed: 40, used: 0 },
];
const chosen = { printer: "tcp://10.0.0.7:9100", template: "standard" };
let asScene: Scene | undefined;
let codes = 3;

function refused(code: string, title: string, detail: string, params: Record<string, string> = {}): never {
  throw new PlatformFailure({ ...failure(code, params), title, detail });
}

function settings(scene: Scene): LabelSettings {
  if (asScene !== scene) {
    asScene = scene;
    if (scene.options.get("printer") === "none") chosen.printer = "";
    if (scene.options.get("rolls") === "none") rolls.length = 0;
    codes = Number(scene.options.get("codes") ?? codes);
  }
  return { ...chosen, templates, rolls, spare_codes: codes };
}

function printer(scene: Scene): string {
  const { printer } = settings(scene);
  if (printer === "")
    refused(
      "no_printer",
      "No printer has been chosen",
      "No label printer has been chosen on this laptop; choose one in Settings, or print on a sheet.",
    );
  if (scene.options.get("printer") === "off")
    refused(
      "printer_off",
      "The printer cannot be reached",
      `The printer at ${printer} does not answer (connection timed out); switch it on, and check cable or network.`,
    );
  return printer;
}

const specimen = (id: string): Kept =>
  get(id) ?? refused("not_found", "It is not here", "It may not have arrived yet.");

function tell({ specimens, copies, reason }: PrintArgs): number {
  const before = specimens.find((id) => (prints.get(id) ?? 0) > 0);
  if (before && !reason?.trim()) {
    const code = String(specimen(before).fields["specimen_identifier"]);
    refused(
      "print_reason",
      "This label was printed before",
      `The label of ${code} was printed before; say why it is printed again.`,
    );
  }
  for (const id of specimens) prints.set(id, (prints.get(id) ?? 0) + copies);
  return specimens.length * copies;
}

function sent(labels: number, to: string, scene: Scene): Printed {
  return { labels, delivery: scene.options.get("printer") === "mute" ? "sent" : "answered", printer: to };
}

function meant(code: string, among: string[], by: string): Kept {
  if (by === "by_hand") return specimen(among[0] ?? "");
  const plain = plainIdentifier(code);
  if (!/^[0-9A-Z]{10,}$/.test(plain))
    refused("unreadable_label", "This is not the code of a tube", `${code} is too short for a specimen.`);
  const found = of("specimen").find(
    (kept) => plainIdentifier(String(kept.fields["specimen_identifier"])) === plain,
  );
  if (!found)
    return refused(
      "unknown_label",
      "No tube on this laptop has this label",
      `${plain} belongs to no specimen here. Look whether it is another laptop's tube, or a label of a roll that was not taken up.`,
      { code: plain },
    );
  if (among.length > 0 && !among.includes(found.id))
    refused(
      "other_label",
      "This label belongs to another tube",
      `${plain} is not one of these tubes. Take it off, and print the right label again.`,
      { code: plain },
    );
  return found;
}

function checked(kept: Kept, by: string, reason: string | null): LabelChecked {
  if (kept.fields["labelled_at"]) return { tube: tubeOf(kept), again: true };
  Object.assign(kept.fields, { labelled_at: new Date().toISOString(), labelled_by: by });
  if (reason) kept.fields["labelled_reason"] = reason;
  kept.status = "ready";
  return { tube: tubeOf(kept), again: false };
}

export const handlers: Handlers = {
  label: ({ specimen: id }, scene) => {
    work(scene);
    const kept = specimen(id);
    const tube = tubeOf(kept);
    return {
      tube,
      picture: labelPicture(),
      text: `Code 128 ${tube.identifier}; ${tube.participant}; ${tube.panel}`,
      width_tenth_mm: 508,
      height_tenth_mm: 254,
    };
  },
  label_settings: (_args, scene) => settings(scene),
  set_printer: ({ printer, template }, scene) => {
    const address = printer.trim();
    if (address !== "" && !/^(tcp:\/\/\S+|file:\/\S+)$/.test(address))
      refused(
        "bad_address",
        "This is not a printer's address",
        `"${address}" is no address of a printer: write tcp://HOST or tcp://HOST:PORT, or file:/dev/usb/lp0.`,
      );
    settings(scene);
    Object.assign(chosen, { printer: address, template });
    return settings(scene);
  },
  print_labels: (args, scene) => {
    const to = printer(scene);
    return sent(tell(args), to, scene);
  },
  print_test: (_args, scene) => sent(1, printer(scene), scene),
  label_sheets: ({ print, skip }) => {
    const labels = tell(print);
    const pages = Math.ceil((skip + labels) / 24);
    return { pages: Array.from({ length: pages }, sheetPicture), labels };
  },
  print_roll: ({ labels }, scene) => {
    printer(scene);
    const last = rolls.at(-1);
    if (last) {
      last.printed += labels;
      return settings(scene);
    }
    codes -= 1;
    rolls.push({ code: "R07", printed: labels, used: 0 });
    return settings(scene);
  },
  check_label: ({ code, among, by, reason }, scene) => {
    work(scene);
    return checked(meant(code, among, by), by, reason);
  },
};
