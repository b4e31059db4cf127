// Generated from crates/rpc/src/schema by `cargo test -p tsela-rpc`. Do not edit.

export type AdmitArgs = { 
/**
 * Name; must be a user of the study package.
 */
user: string, 
/**
 * The passphrase that person will use.
 */
passphrase: string, };

export type AdmitEntriesArgs = { 
/**
 * The stream.
 */
stream: StreamCode, 
/**
 * The last entry to be admitted; as far as they lead if none.
 */
through: number | null, 
/**
 * Why.
 */
reason: string, };

export type AppState = { 
/**
 * Which page to show.
 */
phase: Phase, 
/**
 * The study's name; empty before enrolment.
 */
study: string, 
/**
 * Whether the study is a demonstration, which the pages say.
 */
demonstration: boolean, 
/**
 * In a demonstration, the sign-in to show on the sign-in page: name and passphrase.
 */
demonstration_sign_in: [string, string] | null, 
/**
 * The laptop's name.
 */
device: string, 
/**
 * The people who may sign in here.
 */
users: Array<LocalUser>, 
/**
 * Who is signed in.
 */
user: LocalUser | null, 
/**
 * Version of the program.
 */
version: string, 
/**
 * Interface language, `en` or `tn`.
 */
language: string, 
/**
 * `light`, `dark` or `system`.
 */
theme: string, 
/**
 * Minutes without use until the screen locks.
 */
auto_lock_minutes: number, 
/**
 * This laptop's time.
 */
now: Timestamp, 
/**
 * Why the store cannot be used.
 */
problem: Failure | null, 
/**
 * The badge; `None` while signed out.
 */
sync: SyncStatus | null, 
/**
 * What was packed at sign-out and can be sent without a key; `None` if there is none, and while signed in.
 */
outbox: OutboxView | null, };

export type AutoArgs = { 
/**
 * On or off.
 */
auto: boolean, 
/**
 * Minutes between automatic pushes, 1 to 1440.
 */
interval_minutes: number, };

export type BackupView = { 
/**
 * File name.
 */
name: string, 
/**
 * When it was made.
 */
at: Timestamp, 
/**
 * Size, bytes.
 */
bytes: number, };

export type BagView = { 
/**
 * The bag; its key is its barcode.
 */
bag: RecordRef, 
/**
 * Coldest, °C.
 */
celsius_low: number, 
/**
 * Warmest, °C.
 */
celsius_high: number, 
/**
 * The number of its seal; empty while it is open.
 */
seal: string, 
/**
 * When it was closed; it is open while this is empty.
 */
sealed_at: Timestamp | null, 
/**
 * Its tubes, most urgent first.
 */
tubes: Array<TubeRow>, };

export type Bags = { 
/**
 * Bags of which a tube is still here, or that have none yet; newest first.
 */
bags: Array<BagView>, 
/**
 * Tubes that are in no bag and were not handed over, most urgent first.
 */
loose: Array<TubeRow>, 
/**
 * The temperatures at which the study's panels travel, narrowest first.
 */
ranges: Array<CelsiusRange>, };

export type Candidate = { 
/**
 * The value.
 */
value: string | number | boolean | null, 
/**
 * The writes that hold it.
 */
dots: Array<Dot>, 
/**
 * When the latest of them was made.
 */
at: Timestamp, 
/**
 * Who made it.
 */
user: UserId, };

export type CelsiusRange = { 
/**
 * Coldest, °C.
 */
low: number, 
/**
 * Warmest, °C.
 */
high: number, 
/**
 * The abbreviations of the panels.
 */
panels: Array<string>, };

export type ChangePassphraseArgs = { 
/**
 * The present one.
 */
old: string, 
/**
 * The new one, at least 8 characters.
 */
new: string, };

export type CheckAnswer = { 
/**
 * Problems, errors first.
 */
problems: Array<Problem>, 
/**
 * Values that the rules compute from the others, to be shown beside what was typed.
 */
derived: Record<string, string | number | boolean | null>, };

export type CheckArgs = { 
/**
 * The change being typed.
 */
change: FormChange, 
/**
 * Changes of the same save that it may refer to.
 */
with: Array<FormChange>, };

export type CheckLabelArgs = { 
/**
 * What was scanned or typed; empty for a tick by hand.
 */
code: string, 
/**
 * The specimens of which it may be one; one of them for a tick by hand, none for any.
 */
among: Array<RecordId>, 
/**
 * `scanned`, `typed` or `by_hand`.
 */
by: string, 
/**
 * Why it was not scanned.
 */
reason: string | null, };

export type ChoiceDescription = { 
/**
 * The code in records.
 */
code: string, 
/**
 * Its name by language.
 */
labels: { [key in string]: string }, 
/**
 * The gender that it implies.
 */
gender: string | null, };

export type CloseBagArgs = { 
/**
 * The bag.
 */
bag: RecordId, 
/**
 * The number of its seal; may be empty.
 */
seal: string, };

export type CloseForkArgs = { 
/**
 * The stream.
 */
stream: StreamCode, 
/**
 * What was found out.
 */
reason: string, };

export type ClosedForkView = { 
/**
 * When.
 */
at: Timestamp, 
/**
 * Who.
 */
by: string, 
/**
 * Why nothing more is to be done.
 */
reason: string, };

export type CodeArgs = { 
/**
 * The code.
 */
code: string, };

export type CodeRow = { 
/**
 * When it was made.
 */
created_at: Timestamp, 
/**
 * By whom.
 */
created_by: string, 
/**
 * When it expires.
 */
expires_at: Timestamp, 
/**
 * Role it gives.
 */
role: string, 
/**
 * The note.
 */
note: string, 
/**
 * `open`, `used` or `expired`.
 */
state: string, 
/**
 * The device that used it.
 */
used_by: string | null, };

export type CodeView = { 
/**
 * The server's address.
 */
url: string, 
/**
 * Fingerprint of the study's root key, in groups for comparing by eye.
 */
fingerprint: string, };

export type Comparison = { 
/**
 * Whether both hold the same.
 */
equal: boolean, 
/**
 * When the server answered.
 */
at: Timestamp, 
/**
 * The streams compared.
 */
streams: Array<StreamCode>, 
/**
 * One row a model, and `total`.
 */
rows: Array<ComparisonRow>, };

export type ComparisonRow = { 
/**
 * Model, or `total`.
 */
model: string, 
/**
 * Records here.
 */
here_count: number, 
/**
 * Hash here.
 */
here_hash: string, 
/**
 * Records there.
 */
there_count: number, 
/**
 * Hash there.
 */
there_hash: string, };

export type Conflict = { 
/**
 * The field.
 */
field: string, 
/**
 * The values, the one shown meanwhile first.
 */
candidates: Array<Candidate>, };

export type ConflictRow = { 
/**
 * The record.
 */
record: RecordRow, 
/**
 * Its conflicts.
 */
conflicts: Array<Conflict>, 
/**
 * The names of the people and devices behind the values, by dot.
 */
authors: Record<string, string>, };

export type CourierArgs = { 
/**
 * A folder, or `sftp://user@host:port/folder`.
 */
place: string, 
/**
 * For an SFTP server: a private key's file; empty to sign in by password.
 */
identity: string, 
/**
 * For an SFTP server: the password, or what opens the key file. Never kept.
 */
secret: string, 
/**
 * For an SFTP server: the key that the person has just confirmed; empty otherwise.
 */
host_key: string, };

export type CourierOutcome = { 
/**
 * Out or in.
 */
task: CourierTask, 
/**
 * To or from where.
 */
place: string, 
/**
 * The configured way, if it was one.
 */
way: number | null, 
/**
 * Whether that is a folder, which may be a stick to be pulled out.
 */
is_folder: boolean, 
/**
 * When it ended.
 */
at: Timestamp, 
/**
 * Out: unsent records, all of which were written and read back.
 */
records: number, 
/**
 * Out: bytes of them.
 */
bytes: number, 
/**
 * In: receipts that were believed.
 */
receipts: number, 
/**
 * In: records that are unsent still.
 */
unsent: number, 
/**
 * In: files that were left where they are.
 */
left: Array<LeftFile>, 
/**
 * What stood in the way.
 */
problem: SyncProblem | null, };

export type CourierStatus = { 
/**
 * What is under way.
 */
work: CourierWork | null, 
/**
 * How the last one ended, since this person signed in.
 */
last: CourierOutcome | null, };

export type CourierTask = "export" | "import" | "send";

export type CourierWork = { 
/**
 * Out or in.
 */
task: CourierTask, 
/**
 * To or from where.
 */
place: string, 
/**
 * Entries written and read back, or files looked at.
 */
done: number, 
/**
 * Of how many; 0 while that is not known.
 */
total: number, 
/**
 * Bytes written or read.
 */
bytes: number, 
/**
 * Whether it was told to end.
 */
stopping: boolean, };

export type DeviceId = string;

export type DeviceRow = { 
/**
 * The device.
 */
device: DeviceId, 
/**
 * Its name.
 */
name: string, 
/**
 * Its role.
 */
role: string, 
/**
 * Its people.
 */
users: Array<string>, 
/**
 * Its streams with what is stored of each.
 */
streams: Array<DeviceStream>, 
/**
 * When it was enrolled.
 */
enrolled_at: Timestamp, 
/**
 * When it was last heard of.
 */
last_heard_at: Timestamp | null, 
/**
 * When it last sent entries.
 */
last_sent_at: Timestamp | null, 
/**
 * What it last sent, in words: `17 entries, A01 1–17`.
 */
last_sent: string, 
/**
 * The server's clock minus the device's, seconds.
 */
clock_drift_seconds: number | null, 
/**
 * When it was revoked.
 */
revoked_at: Timestamp | null, 
/**
 * When its credential ends, by the server's clock; it renews by itself while the device comes by.
 */
credential_until: Timestamp, 
/**
 * Whether it has ended: the device is refused until somebody renews it.
 */
expired: boolean, 
/**
 * Version of the program it last reported.
 */
app: string, };

export type DeviceStream = { 
/**
 * Code.
 */
code: StreamCode, 
/**
 * Stored through this entry.
 */
stored_through: number, 
/**
 * Folded through this entry.
 */
applied_through: number, 
/**
 * `open`, `forked` or `revoked`.
 */
state: string, };

export type DeviceView = { 
/**
 * The laptop.
 */
device: DeviceId, 
/**
 * Its name.
 */
name: string, 
/**
 * Its role.
 */
role: string, 
/**
 * The study.
 */
study: StudyId, 
/**
 * The study's name.
 */
study_name: string, 
/**
 * The stream that entries go to now.
 */
stream: StreamCode | null, 
/**
 * All streams this laptop has written.
 */
streams: Array<StreamView>, 
/**
 * Codes left for a new stream.
 */
spare_codes: number, 
/**
 * Version of the study package.
 */
package: number, 
/**
 * The server's address.
 */
remote_url: string, 
/**
 * The server's name.
 */
remote_name: string, 
/**
 * The pinned TLS key, SHA-256 in hexadecimal.
 */
pinned_key: string, 
/**
 * Folder of the store.
 */
folder: string, 
/**
 * Size of the store, bytes.
 */
store_bytes: number, 
/**
 * Program version.
 */
version: string, 
/**
 * Version of SQLite and SQLCipher.
 */
sqlite: string, };

export type Dot = string;

export type Draft = { 
/**
 * Its id.
 */
id: string, 
/**
 * Which form, such as `participant` or `requisition`.
 */
form: string, 
/**
 * Where to open it again: a route of the interface.
 */
route: string, 
/**
 * One line for the list of drafts, such as a name.
 */
label: string, 
/**
 * The form's content as the interface keeps it: JSON text, at most 256 KiB.
 */
content: string, 
/**
 * When it was last kept.
 */
updated_at: Timestamp, };

export type DraftArgs = { 
/**
 * Its id.
 */
id: string, };

export type DraftPutArgs = { 
/**
 * Its id, made by the interface.
 */
id: string, 
/**
 * Which form.
 */
form: string, 
/**
 * Where to open it again.
 */
route: string, 
/**
 * One line for the list of drafts.
 */
label: string, 
/**
 * The form's content: JSON text, at most 256 KiB.
 */
content: string, };

export type Drive = { 
/**
 * Where it is found.
 */
path: string, 
/**
 * What people call it.
 */
name: string, 
/**
 * Whether it cannot be written to.
 */
read_only: boolean, };

export type EnrolArgs = { 
/**
 * The enrolment code, pasted or read from a file.
 */
code: string, 
/**
 * The person's name.
 */
user: string, 
/**
 * The passphrase that person will sign in with, at least 8 characters.
 */
passphrase: string, 
/**
 * A name for the laptop; the computer's own if empty.
 */
device_name: string, };

export type Failure = { 
/**
 * For the interface to branch on: `offline`, `locked`, `busy`, `invalid`, `wrong_passphrase`, `disk` …
 */
code: string, 
/**
 * One line: what happened.
 */
title: string, 
/**
 * Its likely cause, and that nothing was lost.
 */
detail: string, 
/**
 * The one thing to do next; empty if there is none.
 */
action: string, 
/**
 * Values for translated texts, such as minutes to wait.
 */
params: { [key in string]: string }, 
/**
 * For a refused save: what is wrong, change by change, in the order of the changes.
 */
problems: Array<Array<Problem>>, };

export type FieldChange = { 
/**
 * The field.
 */
field: string, 
/**
 * Value before, as its author saw it.
 */
old: string | number | boolean | null, 
/**
 * Value after.
 */
new: string | number | boolean | null, };

export type FieldDescription = { 
/**
 * Name in entries and files.
 */
name: string, 
/**
 * Name on screen by language; `en` is always there.
 */
labels: { [key in string]: string }, 
/**
 * `text name full_name initials integer decimal bool date date_time choice reference phone identity identifier`.
 */
kind: string, 
/**
 * Whether it must always be filled in.
 */
required: boolean, 
/**
 * The case in which it must be filled in, in English.
 */
required_when: string | null, 
/**
 * Whether it is asked for but not kept.
 */
transient: boolean, 
/**
 * Whether the program fills it in.
 */
computed: boolean, 
/**
 * Whether it stays as it was once saved.
 */
locked: boolean, 
/**
 * Whether a carrier may see it.
 */
carrier: boolean, 
/**
 * Whether it tells of something that has happened.
 */
past: boolean, 
/**
 * Longest, in characters.
 */
max_length: number | null, 
/**
 * Smallest, as a decimal.
 */
min: string | null, 
/**
 * Largest, as a decimal.
 */
max: string | null, 
/**
 * Most places after the point.
 */
places: number | null, 
/**
 * The codes to choose from, in the package's order.
 */
choices: Array<ChoiceDescription>, 
/**
 * The model that a reference names.
 */
references: string | null, };

export type FindingPage = { 
/**
 * How many there are in all.
 */
total: number, 
/**
 * The rows, with their records.
 */
rows: Array<FindingRow>, };

export type FindingRow = { 
/**
 * The record.
 */
record: RecordRow, 
/**
 * The finding.
 */
finding: FindingView, };

export type FindingView = { 
/**
 * The record it is about.
 */
record: RecordId, 
/**
 * Stable code; the interface may translate it.
 */
code: string, 
/**
 * `error` or `warning`.
 */
severity: string, 
/**
 * The field, if it is about one.
 */
field: string | null, 
/**
 * In words: what is wrong and what to do.
 */
message: string, 
/**
 * Values for translated texts.
 */
params: { [key in string]: string }, 
/**
 * Other records concerned.
 */
related: Array<RecordRef>, };

export type ForkRow = { 
/**
 * Stream.
 */
stream: StreamCode, 
/**
 * The device's name.
 */
device: string, 
/**
 * `fork`, or `revoked` for entries that came after the device was revoked.
 */
kind: string, 
/**
 * The first entry of which two versions exist, or the first that came after the revocation.
 */
seq: number, 
/**
 * How many entries are kept.
 */
entries: number, 
/**
 * When it was noticed.
 */
noticed_at: Timestamp, 
/**
 * Up to which entries a person may admit, in rising order; empty for a fork.
 */
admissible: number[], 
/**
 * What somebody said of the fork, if it is closed.
 */
closed: ClosedForkView | null, 
/**
 * What to do, in words.
 */
advice: string, };

export type FormChange = { 
/**
 * `insert`, `update`, `void` or `restore`.
 */
op: string, 
/**
 * The model.
 */
model: string, 
/**
 * The record; for an insert, an id made by [`new_ids`](super::client::ClientHost::new_ids), so that other changes
 * of the same save can refer to it.
 */
record: RecordId, 
/**
 * The new values.
 */
set: Record<string, string | number | boolean | null>, 
/**
 * Why; needed after finalising, and where there are warnings.
 */
reason: string | null, 
/**
 * `paper` for data entered later from paper.
 */
source: string | null, };

export type Forms = { 
/**
 * All models that people fill in.
 */
models: Array<ModelDescription>, 
/**
 * Panels of the study, for requisitions.
 */
panels: Array<PanelView>, };

export type HeldRow = { 
/**
 * Stream.
 */
stream: StreamCode, 
/**
 * Number.
 */
seq: number, 
/**
 * The device's name.
 */
device: string, 
/**
 * Why, in words.
 */
reason: string, 
/**
 * Since when.
 */
since: Timestamp, 
/**
 * Seconds it has been held.
 */
age_seconds: number, };

export type HistoryLine = { 
/**
 * The entry.
 */
dot: Dot, 
/**
 * What it did.
 */
op: Op, 
/**
 * When, by the author's clock.
 */
at: Timestamp, 
/**
 * The author's zone, `+02:00`.
 */
tz: string, 
/**
 * Who.
 */
user: UserId, 
/**
 * Who, by name; the id if the name is not known here.
 */
user_name: string, 
/**
 * The device whose stream it is, by name if known.
 */
device: string, 
/**
 * Program and version.
 */
app: string, 
/**
 * What changed, field by field.
 */
changes: Array<FieldChange>, 
/**
 * Why.
 */
reason: string | null, 
/**
 * Where it came from, such as `paper`.
 */
source: string | null, 
/**
 * Whether a receipt covers it.
 */
received: boolean, };

export type Home = { 
/**
 * Records made today on this laptop, by model.
 */
today: Record<string, number>, 
/**
 * Tubes that are still here, most urgent first.
 */
tubes: Array<TubeRow>, 
/**
 * Forms not finished.
 */
drafts: Array<Draft>, };

export type LabelArgs = { 
/**
 * The specimen.
 */
specimen: RecordId, };

export type LabelChecked = { 
/**
 * The tube.
 */
tube: TubeRow, 
/**
 * Whether it had been checked before; nothing was written then.
 */
again: boolean, };

export type LabelSettings = { 
/**
 * The printer's address, `tcp://HOST:PORT` or `file:/dev/usb/lp0`; empty if none was chosen.
 */
printer: string, 
/**
 * The template's code; empty if the study has none that can be printed.
 */
template: string, 
/**
 * The study's templates.
 */
templates: Array<TemplateView>, 
/**
 * Rolls of labels printed beforehand.
 */
rolls: Array<RollView>, 
/**
 * Codes left on this laptop; the first labels of a roll take one, and one is always kept.
 */
spare_codes: number, };

export type LabelView = { 
/**
 * The specimen with its clock.
 */
tube: TubeRow, 
/**
 * Picture: PNG as a data URL, one pixel for each dot of the printer.
 */
picture: string, 
/**
 * What stands on it, for those who do not see the picture.
 */
text: string, 
/**
 * Width, tenths of a millimetre.
 */
width_tenth_mm: number, 
/**
 * Height, tenths of a millimetre.
 */
height_tenth_mm: number, };

export type LastReceipt = { 
/**
 * When the server made it, by the server's clock.
 */
at: Timestamp, 
/**
 * The server's name.
 */
from: string, 
/**
 * Its number.
 */
number: number, };

export type LeftFile = { 
/**
 * Its name.
 */
name: string, 
/**
 * Why: `no_receipt`, `damaged`, `other_life` or `not_ours`.
 */
why: string, };

export type ListArgs = { 
/**
 * The model.
 */
model: string, 
/**
 * Only records that refer to this one.
 */
parent: RecordId | null, 
/**
 * Words to search for; empty for all.
 */
text: string, 
/**
 * Also void records.
 */
with_void: boolean, 
/**
 * Rows to leave out.
 */
offset: number, 
/**
 * Rows to return, at most 500.
 */
limit: number, };

export type LocalUser = { 
/**
 * Id given by the server.
 */
id: UserId, 
/**
 * Name.
 */
name: string, 
/**
 * Role, such as `research_assistant`.
 */
role: string, 
/**
 * Locked after wrong passphrases until then.
 */
locked_until: Timestamp | null, };

export type ModelDescription = { 
/**
 * Name in entries and files.
 */
name: string, 
/**
 * Name on screen, in English.
 */
label: string, 
/**
 * Version of its fields.
 */
version: number, 
/**
 * Whether it is gathered or reference data.
 */
kind: ModelKind, 
/**
 * Whether its records travel in the journal.
 */
syncs: boolean, 
/**
 * The models it refers to.
 */
dependencies: Array<string>, 
/**
 * Its fields, in the order of the form.
 */
fields: Array<FieldDescription>, };

export type ModelKind = "record" | "reference";

export type NewBagArgs = { 
/**
 * Coldest, °C.
 */
celsius_low: number, 
/**
 * Warmest, °C.
 */
celsius_high: number, };

export type NewCode = { 
/**
 * The code as text.
 */
code: string, 
/**
 * The code as a QR picture, SVG text.
 */
qr_svg: string, 
/**
 * When it expires.
 */
expires_at: Timestamp, };

export type NewCodeArgs = { 
/**
 * Role of the device: `field`, `relay`.
 */
role: string, 
/**
 * Hours until it expires, 1 to 168.
 */
hours: number, 
/**
 * A note for the list, such as a laptop's inventory number.
 */
note: string, };

export type NewIdsArgs = { 
/**
 * How many, at most 100.
 */
count: number, };

export type Nothing = Record<symbol, never>;

export type Op = "insert" | "update" | "resolve" | "event";

export type OutboxView = { 
/**
 * Unsent records in it.
 */
records: number, 
/**
 * Whether the server has answered for all of it. *Received* it is when somebody has signed in.
 */
answered: boolean, 
/**
 * Whether it is sent by itself when the server is in reach.
 */
auto: boolean, 
/**
 * The server's name.
 */
server: string, 
/**
 * What stood in the way of the last try.
 */
problem: SyncProblem | null, };

export type PackArgs = { 
/**
 * The bag.
 */
bag: RecordId, 
/**
 * What was scanned or typed; for a tick by hand, the specimen identifier.
 */
code: string, 
/**
 * `scanned`, `typed` or `by_hand`.
 */
by: string, 
/**
 * Why it was not scanned.
 */
reason: string | null, };

export type PageArgs = { 
/**
 * Rows to leave out.
 */
offset: number, 
/**
 * Rows to return, at most 500.
 */
limit: number, };

export type PanelView = { 
/**
 * Code stored in a requisition.
 */
code: string, 
/**
 * Name in words.
 */
name: string, 
/**
 * As printed on labels.
 */
abbreviation: string, 
/**
 * Item type (tube, microtube, dbs_card …).
 */
item_type: string, 
/**
 * Tube type, such as EDTA.
 */
tube_type: string, 
/**
 * Colour of the cap, a CSS colour; shown with the tube type in words.
 */
colour: string, 
/**
 * How many items are drawn as a rule.
 */
item_count: number, 
/**
 * Smallest volume, mL.
 */
volume_min: string, 
/**
 * Largest volume, mL.
 */
volume_max: string, 
/**
 * Hours from collection to lab.
 */
hours_to_lab: number, };

export type PendingArgs = { 
/**
 * Only these states; all of `ready`, `with_driver`, `attention` if empty.
 */
status: Array<RecordStatus>, 
/**
 * Only these models.
 */
models: Array<string>, 
/**
 * Only changes at least this old, seconds.
 */
older_than_seconds: number | null, 
/**
 * Words to search for.
 */
text: string, 
/**
 * Rows to leave out.
 */
offset: number, 
/**
 * Rows to return, at most 500.
 */
limit: number, };

export type Phase = "enrol" | "sign_in" | "locked" | "open" | "blocked";

export type PreferencesArgs = { 
/**
 * `en` or `tn`.
 */
language: string, 
/**
 * `light`, `dark` or `system`.
 */
theme: string, };

export type PrintArgs = { 
/**
 * The specimens, at most 500.
 */
specimens: Array<RecordId>, 
/**
 * Copies of each, 1 to 20.
 */
copies: number, 
/**
 * Why again; needed if one of them was printed before.
 */
reason: string | null, };

export type Printed = { 
/**
 * How many labels.
 */
labels: number, 
/**
 * `answered`: the printer said that it has all of them; `sent`: it does not say.
 */
delivery: string, 
/**
 * Where they went.
 */
printer: string, };

export type PrinterArgs = { 
/**
 * The printer's address; empty for none.
 */
printer: string, 
/**
 * The template's code.
 */
template: string, };

export type Problem = { 
/**
 * The rule's code, for translation.
 */
code: string, 
/**
 * How much it weighs.
 */
severity: Severity, 
/**
 * The form's model.
 */
model: string, 
/**
 * The field beside which to show it.
 */
field: string, 
/**
 * The sentence in English.
 */
message: string, 
/**
 * Values for the places of a translated sentence; `field` is the field's English label.
 */
params: { [key in string]: string }, 
/**
 * Other records concerned.
 */
related: Array<RecordId>, };

export type Progress = { 
/**
 * Entries that a receipt covers, of this push.
 */
entries_done: number, 
/**
 * Entries in this push.
 */
entries_total: number, 
/**
 * Bytes sent.
 */
bytes_sent: number, 
/**
 * Bytes to send, estimated.
 */
bytes_total: number, 
/**
 * Seconds left at the present rate, if known.
 */
seconds_left: number | null, };

export type PushRecord = { 
/**
 * When it began.
 */
started_at: Timestamp, 
/**
 * When it ended.
 */
ended_at: Timestamp | null, 
/**
 * `done`, `failed`, `cancelled`, `under_way` or `interrupted`.
 */
outcome: string, 
/**
 * Who pressed Push; empty for an automatic one.
 */
by: string, 
/**
 * Entries that receipts covered in it.
 */
entries: number, 
/**
 * Bytes sent.
 */
bytes: number, 
/**
 * The problem that ended it.
 */
problem: SyncProblem | null, };

export type PutWayArgs = { 
/**
 * What people call it.
 */
name: string, 
/**
 * A folder, or `sftp://user@host:port/folder`.
 */
place: string, 
/**
 * A private key's file; empty to sign in by password.
 */
identity: string, 
/**
 * The password, or what opens the key file. Kept in the encrypted store, and never shown.
 */
secret: string, };

export type RecordArgs = { 
/**
 * Its id.
 */
id: RecordId, };

export type RecordDetail = { 
/**
 * The record.
 */
row: RecordRow, 
/**
 * Conflicts with all their values.
 */
conflicts: Array<Conflict>, 
/**
 * Open findings.
 */
findings: Array<FindingView>, 
/**
 * Records that refer to this one, oldest first (visits, requisitions, specimens, members …).
 */
children: Array<RecordRow>, 
/**
 * Why it is void, if it is.
 */
void_reason: string | null, };

export type RecordId = string;

export type RecordPage = { 
/**
 * How many there are in all.
 */
total: number, 
/**
 * The rows asked for.
 */
rows: Array<RecordRow>, };

export type RecordRef = { 
/**
 * Id.
 */
id: RecordId, 
/**
 * Model.
 */
model: string, 
/**
 * Natural key as shown.
 */
key: string, 
/**
 * A short description, such as a participant's name; empty if there is none.
 */
label: string, };

export type RecordRow = { 
/**
 * Id.
 */
id: RecordId, 
/**
 * Model.
 */
model: string, 
/**
 * Natural key as shown.
 */
key: string, 
/**
 * A short description, such as a participant's name.
 */
label: string, 
/**
 * Where it stands.
 */
status: RecordStatus, 
/**
 * Shown values.
 */
fields: Record<string, string | number | boolean | null>, 
/**
 * For each reference field, the record it names.
 */
references: { [key in string]: RecordRef }, 
/**
 * Names of fields in conflict.
 */
conflicts: Array<string>, 
/**
 * How many findings are open.
 */
findings: number, 
/**
 * Void records stay readable.
 */
is_void: boolean, 
/**
 * When it was last changed, by the author's clock.
 */
modified_at: Timestamp, 
/**
 * Who changed it last.
 */
modified_by: string, };

export type RecordStatus = "draft" | "ready" | "with_driver" | "received" | "attention";

export type RenewArgs = { 
/**
 * The device.
 */
device: DeviceId, };

export type RescueArgs = { 
/**
 * The person's name.
 */
user: string, 
/**
 * The code.
 */
code: string, 
/**
 * The new passphrase, for a code that lets the person choose one.
 */
passphrase: string, };

export type RescueCode = { 
/**
 * The code, in groups, to be told to the person.
 */
code: string, };

export type RescueCodeArgs = { 
/**
 * The device.
 */
device: DeviceId, 
/**
 * The request that the laptop shows.
 */
request: string, 
/**
 * The person's name.
 */
user: string, 
/**
 * Whether the person may choose a new passphrase; otherwise only a lock-out ends.
 */
admit: boolean, 
/**
 * Why.
 */
reason: string, };

export type RescueRequest = { 
/**
 * The request, in groups.
 */
request: string, };

export type ResolveArgs = { 
/**
 * The record.
 */
record: RecordId, 
/**
 * The field in conflict.
 */
field: string, 
/**
 * The value chosen.
 */
value: string | number | boolean | null, 
/**
 * Why.
 */
reason: string, };

export type Resolved = { 
/**
 * The record.
 */
record: RecordId, };

export type RevokeArgs = { 
/**
 * The device.
 */
device: DeviceId, 
/**
 * Why.
 */
reason: string, };

export type RollArgs = { 
/**
 * Labels, 1 to 500.
 */
labels: number, };

export type RollView = { 
/**
 * The code with which its labels begin.
 */
code: StreamCode, 
/**
 * Labels printed.
 */
printed: number, 
/**
 * Labels that are on a tube.
 */
used: number, };

export type SaveArgs = { 
/**
 * The changes, in order.
 */
changes: Array<FormChange>, 
/**
 * The draft that this save finalises.
 */
draft: string | null, };

export type SaveId = string;

export type Saved = { 
/**
 * The save.
 */
save: SaveId, 
/**
 * The records it touched, with their natural keys.
 */
records: Array<RecordRef>, 
/**
 * Warnings that were accepted with a reason.
 */
warnings: Array<Problem>, };

export type SearchArgs = { 
/**
 * What was typed or scanned.
 */
text: string, 
/**
 * Only these models; all if empty.
 */
models: Array<string>, 
/**
 * Rows to return, at most 100.
 */
limit: number, };

export type SendByArgs = { 
/**
 * Its number.
 */
id: number, 
/**
 * For an SFTP server: the key that the person has just confirmed; empty otherwise.
 */
host_key: string, };

export type ServerCounts = { 
/**
 * Devices enrolled.
 */
devices: number, 
/**
 * Entries held.
 */
held: number, 
/**
 * Open findings.
 */
findings: number, 
/**
 * Records in conflict.
 */
conflicts: number, 
/**
 * Quarantined streams that wait for somebody: open forks, and entries that came after a revocation.
 */
forks: number, };

export type ServerState = { 
/**
 * The study's name.
 */
study: string, 
/**
 * Whether the study is a demonstration.
 */
demonstration: boolean, 
/**
 * The server's name.
 */
server: string, 
/**
 * Program version.
 */
version: string, 
/**
 * The server's time.
 */
now: Timestamp, 
/**
 * Who is signed in.
 */
user: ServerUser | null, 
/**
 * The server's incarnation, in short form; changes when it is restored from a backup.
 */
incarnation: string, 
/**
 * Counts for the navigation.
 */
counts: ServerCounts | null, };

export type ServerUser = { 
/**
 * Name.
 */
name: string, 
/**
 * Role: `administrator`, `data_manager` …
 */
role: string, };

export type Severity = "error" | "warning";

export type SheetArgs = { 
/**
 * The labels, as for the label printer.
 */
print: PrintArgs, 
/**
 * Places of the first sheet that are used up.
 */
skip: number, };

export type SheetView = { 
/**
 * Each sheet: PNG as a data URL.
 */
pages: Array<string>, 
/**
 * How many labels are on them.
 */
labels: number, };

export type ShiftWayArgs = { 
/**
 * Its number.
 */
id: number, 
/**
 * Tried earlier than now, or later.
 */
earlier: boolean, };

export type SignInArgs = { 
/**
 * Name.
 */
user: string, 
/**
 * Passphrase.
 */
passphrase: string, };

export type StreamCode = string;

export type StreamView = { 
/**
 * Its code.
 */
code: StreamCode, 
/**
 * `active`, `closed` or `spare`.
 */
state: string, 
/**
 * Entries in it.
 */
entries: number, 
/**
 * Last entry that a receipt covers.
 */
acked_through: number, };

export type StudyId = string;

export type SyncNotice = { 
/**
 * `server_restored`, `laptop_restored`, `laptop_copied`, `clock_drift`, `codes_low`, `held`, `fork` …
 */
code: string, 
/**
 * In words.
 */
message: string, 
/**
 * Values for translated texts.
 */
params: { [key in string]: string }, };

export type SyncPhase = "idle" | "offline" | "connecting" | "sending" | "receiving" | "paused" | "problem";

export type SyncProblem = { 
/**
 * `no_network`, `name_not_found`, `refused`, `portal`, `wrong_key`, `clock`, `revoked`, `disk_full`, `server_error`,
 * `fork`, `too_old` …
 */
code: string, 
/**
 * One line.
 */
title: string, 
/**
 * Its likely cause, and that nothing was lost.
 */
detail: string, 
/**
 * The one thing to do.
 */
action: string, 
/**
 * Values for translated texts.
 */
params: { [key in string]: string }, };

export type SyncStatus = { 
/**
 * What the engine is doing.
 */
phase: SyncPhase, 
/**
 * The remote's name.
 */
remote: string, 
/**
 * Saved records that no receipt covers yet.
 */
unsent_records: number, 
/**
 * Unsent records by model.
 */
unsent_by_model: Record<string, number>, 
/**
 * Seconds since the oldest unsent change, by this laptop's clock.
 */
oldest_unsent_seconds: number | null, 
/**
 * Records that need attention.
 */
attention: number, 
/**
 * Records that the server has received.
 */
received: number, 
/**
 * Progress of the push under way.
 */
progress: Progress | null, 
/**
 * The last receipt.
 */
last_receipt: LastReceipt | null, 
/**
 * When the engine will try again by itself.
 */
next_try_at: Timestamp | null, 
/**
 * What stands in the way.
 */
problem: SyncProblem | null, 
/**
 * Things to know that do not stop anything: server restored from a backup, this laptop restored, clock drift.
 */
notices: Array<SyncNotice>, 
/**
 * Whether to push by itself when the server appears.
 */
auto: boolean, 
/**
 * Minutes between automatic pushes.
 */
auto_interval_minutes: number, 
/**
 * Server's clock minus this laptop's, seconds; known after the first health answer.
 */
clock_drift_seconds: number | null, 
/**
 * When the server last answered.
 */
last_contact_at: Timestamp | null, };

export type TemplateView = { 
/**
 * Its code.
 */
code: string, 
/**
 * Its name by language.
 */
labels: { [key in string]: string }, 
/**
 * Whether it leaves out initials and date of birth.
 */
reduced: boolean, };

export type Timestamp = string;

export type TubePage = { 
/**
 * How many there are in all.
 */
total: number, 
/**
 * The rows asked for, most urgent first.
 */
rows: Array<TubeRow>, };

export type TubeRow = { 
/**
 * The specimen.
 */
specimen: RecordRow, 
/**
 * The specimen identifier.
 */
identifier: string, 
/**
 * The participant, by subject identifier and initials.
 */
participant: string, 
/**
 * The panel's abbreviation.
 */
panel: string, 
/**
 * Tube type in words.
 */
tube_type: string, 
/**
 * Seconds since it was collected, by this laptop's clock.
 */
age_seconds: number, 
/**
 * Hours from collection to lab that the panel allows.
 */
hours_to_lab: number, 
/**
 * How urgent it is.
 */
urgency: Urgency, 
/**
 * Where it is: `planned` until its label was checked, then `collected`.
 */
custody: string, 
/**
 * The bag it is in.
 */
bag: RecordRef | null, 
/**
 * How many labels of it were printed.
 */
prints: number, };

export type TubesArgs = { 
/**
 * Words or an identifier to search for.
 */
text: string, 
/**
 * Rows to leave out.
 */
offset: number, 
/**
 * Rows to return, at most 500.
 */
limit: number, };

export type UnlockArgs = { 
/**
 * Passphrase.
 */
passphrase: string, };

export type UnpackArgs = { 
/**
 * The specimen.
 */
specimen: RecordId, 
/**
 * Why.
 */
reason: string, };

export type Urgency = "calm" | "warning" | "alarm";

export type UserId = string;

export type WayArgs = { 
/**
 * Its number.
 */
id: number, };

export type WayView = { 
/**
 * Its number.
 */
id: number, 
/**
 * What people call it.
 */
name: string, 
/**
 * A folder, or an SFTP address.
 */
place: string, 
/**
 * Whether that is a folder.
 */
is_folder: boolean, 
/**
 * When it was tried last.
 */
tried_at: Timestamp | null, 
/**
 * When it last worked.
 */
worked_at: Timestamp | null, 
/**
 * What stood in the way when it was tried last.
 */
problem: SyncProblem | null, };

export type ClientHostCommands = {
  app_state: { args: Nothing; answer: AppState };
  read_code: { args: CodeArgs; answer: CodeView };
  enrol: { args: EnrolArgs; answer: AppState };
  sign_in: { args: SignInArgs; answer: AppState };
  rescue_request: { args: Nothing; answer: RescueRequest };
  rescue: { args: RescueArgs; answer: AppState };
  send_outbox: { args: Nothing; answer: AppState };
  sign_out: { args: Nothing; answer: AppState };
  lock: { args: Nothing; answer: AppState };
  unlock: { args: UnlockArgs; answer: AppState };
  change_passphrase: { args: ChangePassphraseArgs; answer: Nothing };
  admit_user: { args: AdmitArgs; answer: AppState };
  set_preferences: { args: PreferencesArgs; answer: AppState };
  forms: { args: Nothing; answer: Forms };
  home: { args: Nothing; answer: Home };
  list: { args: ListArgs; answer: RecordPage };
  search: { args: SearchArgs; answer: Array<RecordRow> };
  record: { args: RecordArgs; answer: RecordDetail };
  history: { args: RecordArgs; answer: Array<HistoryLine> };
  tubes: { args: TubesArgs; answer: TubePage };
  new_ids: { args: NewIdsArgs; answer: Array<RecordId> };
  check: { args: CheckArgs; answer: CheckAnswer };
  save: { args: SaveArgs; answer: Saved };
  resolve: { args: ResolveArgs; answer: Saved };
  draft_put: { args: DraftPutArgs; answer: Nothing };
  draft_get: { args: DraftArgs; answer: Draft | null };
  draft_list: { args: Nothing; answer: Array<Draft> };
  draft_delete: { args: DraftArgs; answer: Nothing };
  sync_status: { args: Nothing; answer: SyncStatus };
  push: { args: Nothing; answer: SyncStatus };
  pause: { args: Nothing; answer: SyncStatus };
  resume: { args: Nothing; answer: SyncStatus };
  cancel: { args: Nothing; answer: SyncStatus };
  set_auto: { args: AutoArgs; answer: SyncStatus };
  push_history: { args: Nothing; answer: Array<PushRecord> };
  compare: { args: Nothing; answer: Comparison };
  pending: { args: PendingArgs; answer: RecordPage };
  drives: { args: Nothing; answer: Array<Drive> };
  courier_status: { args: Nothing; answer: CourierStatus };
  courier_export: { args: CourierArgs; answer: CourierStatus };
  courier_import: { args: CourierArgs; answer: CourierStatus };
  ways: { args: Nothing; answer: Array<WayView> };
  put_way: { args: PutWayArgs; answer: Array<WayView> };
  remove_way: { args: WayArgs; answer: Array<WayView> };
  shift_way: { args: ShiftWayArgs; answer: Array<WayView> };
  send_by_way: { args: SendByArgs; answer: CourierStatus };
  courier_stop: { args: Nothing; answer: CourierStatus };
  label: { args: LabelArgs; answer: LabelView };
  label_settings: { args: Nothing; answer: LabelSettings };
  set_printer: { args: PrinterArgs; answer: LabelSettings };
  print_labels: { args: PrintArgs; answer: Printed };
  print_test: { args: Nothing; answer: Printed };
  label_sheets: { args: SheetArgs; answer: SheetView };
  print_roll: { args: RollArgs; answer: LabelSettings };
  check_label: { args: CheckLabelArgs; answer: LabelChecked };
  bags: { args: Nothing; answer: Bags };
  new_bag: { args: NewBagArgs; answer: BagView };
  pack: { args: PackArgs; answer: BagView };
  unpack: { args: UnpackArgs; answer: Bags };
  close_bag: { args: CloseBagArgs; answer: Bags };
  device: { args: Nothing; answer: DeviceView };
  backups: { args: Nothing; answer: Array<BackupView> };
  backup_now: { args: Nothing; answer: Array<BackupView> };
};

export type ServerHostCommands = {
  server_state: { args: Nothing; answer: ServerState };
  server_sign_in: { args: SignInArgs; answer: ServerState };
  server_sign_out: { args: Nothing; answer: ServerState };
  devices: { args: Nothing; answer: Array<DeviceRow> };
  revoke: { args: RevokeArgs; answer: Array<DeviceRow> };
  rescue_code: { args: RescueCodeArgs; answer: RescueCode };
  renew: { args: RenewArgs; answer: Array<DeviceRow> };
  codes: { args: Nothing; answer: Array<CodeRow> };
  new_code: { args: NewCodeArgs; answer: NewCode };
  held: { args: Nothing; answer: Array<HeldRow> };
  findings: { args: PageArgs; answer: FindingPage };
  conflicts: { args: Nothing; answer: Array<ConflictRow> };
  server_resolve: { args: ResolveArgs; answer: Resolved };
  forks: { args: Nothing; answer: Array<ForkRow> };
  admit_entries: { args: AdmitEntriesArgs; answer: Array<ForkRow> };
  close_fork: { args: CloseForkArgs; answer: Array<ForkRow> };
  server_forms: { args: Nothing; answer: Forms };
  server_list: { args: ListArgs; answer: RecordPage };
  server_record: { args: RecordArgs; answer: RecordDetail };
  server_history: { args: RecordArgs; answer: Array<HistoryLine> };
};
