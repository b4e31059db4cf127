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

export type Announcement = { 
/**
 * The laptop on which they were drawn.
 */
device: string, 
/**
 * When the manifest was written, by that laptop's clock.
 */
at: Timestamp, 
/**
 * The tubes, most urgent first.
 */
tubes: Array<HandedTube>, };

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
 * Whether it is a driver's laptop; known while somebody is signed in.
 */
carrier: boolean, 
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

export type Arriving = { 
/**
 * What drivers have, the most urgent first.
 */
deliveries: Array<Delivery>, 
/**
 * What manifests announce; the newest first.
 */
announced: Array<Announcement>, 
/**
 * How many drawn tubes of the last days are still with assistants, as far as the server knows.
 */
with_assistants: number, 
/**
 * Deliveries that are being received.
 */
open: Array<HandoverRow>, };

export type AttachArgs = { 
/**
 * The record.
 */
about: RecordId, 
/**
 * The file's name.
 */
file_name: string, 
/**
 * Its bytes, as base64.
 */
content: string, 
/**
 * What it shows, in a few words; may be empty.
 */
shows: string, };

export type AttachmentFile = { 
/**
 * What kind of file it is, as its bytes say.
 */
media_type: string, 
/**
 * Its name.
 */
file_name: string, 
/**
 * Its bytes, as base64.
 */
content: string, };

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

export type Balance = { 
/**
 * Tubes that should be there.
 */
expected: number, 
/**
 * Expected and there.
 */
matched: number, 
/**
 * Expected and not there.
 */
missing: number, 
/**
 * There and not taken.
 */
rejected: number, 
/**
 * There and kept for later.
 */
held_back: number, 
/**
 * Not looked for yet.
 */
unseen: number, 
/**
 * There and not expected.
 */
unexpected: number, 
/**
 * Whether it comes out even.
 */
even: boolean, };

export type BeginCountArgs = { 
/**
 * The giver's laptop.
 */
author: DeviceId, };

export type BeginDeliveryArgs = { 
/**
 * Who brings it.
 */
giver: string, 
/**
 * Where it is received.
 */
place: string, 
/**
 * The hand-overs whose tubes are expected; may be empty, for somebody who walks in.
 */
transfers: Array<RecordId>, 
/**
 * Announced tubes that are expected too, by specimen identifier.
 */
tubes: Array<string>, };

export type BeginHandoverArgs = { 
/**
 * Who takes the tubes.
 */
taker: string, 
/**
 * Where.
 */
place: string, 
/**
 * The bags that are handed over.
 */
bags: Array<RecordId>, 
/**
 * Also the tubes that are in no bag.
 */
loose: boolean, };

export type CancelHandoverArgs = { 
/**
 * The hand-over.
 */
transfer: RecordId, 
/**
 * Why.
 */
reason: string, };

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

export type CarriedLoad = { 
/**
 * The laptop.
 */
author: DeviceId, 
/**
 * Its name.
 */
name: string, 
/**
 * When it was met last.
 */
met_at: Timestamp, 
/**
 * Bundles that are still to be delivered.
 */
pending: number, 
/**
 * Their bytes.
 */
bytes: number, 
/**
 * Bundles that a server has taken.
 */
delivered: number, 
/**
 * When the last of them was.
 */
delivered_at: Timestamp | null, 
/**
 * Why a server did not take a bundle, the last time.
 */
refused: string | null, 
/**
 * Whether a receipt waits to be given back.
 */
receipt: boolean, 
/**
 * When its newest list of tubes was made, by its own clock.
 */
manifest_at: Timestamp | null, 
/**
 * The number of that list.
 */
manifest: number | null, 
/**
 * The tubes in it, most urgent first.
 */
tubes: Array<CarriedTube>, };

export type CarriedTube = { 
/**
 * What is printed on it.
 */
specimen: string, 
/**
 * The panel's short form.
 */
panel: string, 
/**
 * The kind of tube.
 */
tube_type: string, 
/**
 * Where it was when the list was made.
 */
state: string, 
/**
 * Time since it was drawn, seconds.
 */
age_seconds: number, 
/**
 * Hours that it may take from there to the laboratory.
 */
hours_to_lab: number, 
/**
 * How much of that is gone.
 */
urgency: Urgency, };

export type CarrierPlace = { 
/**
 * Address and port, to be typed.
 */
host: string, 
/**
 * The same with its key, to be pasted.
 */
address: string, 
/**
 * The same as a QR picture: SVG text.
 */
qr_svg: string, };

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

export type ChaseTubeArgs = { 
/**
 * Its specimen identifier.
 */
tube: string, 
/**
 * Who looks for it.
 */
owner: string, 
/**
 * What is known.
 */
note: string, 
/**
 * `lost`, `destroyed` or `never_drawn` to give it up; none to look for it.
 */
conclusion: string | null, };

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

export type CollectArgs = { 
/**
 * On or off.
 */
on: boolean, };

export type CollectView = { 
/**
 * Whether it collects.
 */
on: boolean, 
/**
 * Whether this network is told of it, so that assistants find it by name.
 */
announced: boolean, 
/**
 * Where assistants reach it.
 */
places: Array<CarrierPlace>, 
/**
 * Who is or was here, the newest first.
 */
meetings: Array<MeetingView>, 
/**
 * Bytes that are carried.
 */
carried_bytes: number, 
/**
 * Bytes that can be.
 */
room_bytes: number, 
/**
 * Bundles that are still to be delivered.
 */
pending: number, 
/**
 * What is carried for whom, the one met last first.
 */
loads: Array<CarriedLoad>, };

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

export type CountDiffers = { 
/**
 * What is printed on it; empty if it has no label that can be read.
 */
tube: string, 
/**
 * What the hand-over says; empty if it does not name the tube.
 */
here: string, 
/**
 * What was counted.
 */
counted: string, };

export type CountList = { 
/**
 * Its number.
 */
number: number, 
/**
 * When it was made, by the giver's clock.
 */
at: Timestamp, 
/**
 * The number of the newer one.
 */
newer_number: number | null, 
/**
 * When that was made.
 */
newer_at: Timestamp | null, 
/**
 * Tubes that the newer one expects besides.
 */
more: Array<string>, 
/**
 * Tubes that it does not expect any more.
 */
gone: Array<string>, };

export type CountedArgs = { 
/**
 * The hand-over.
 */
transfer: RecordId | null, };

export type CountedView = { 
/**
 * Names the count.
 */
count: RecordId, 
/**
 * The driver's laptop.
 */
carrier: string, 
/**
 * Who counted.
 */
by: string, 
/**
 * When it was begun, by the driver's clock.
 */
begun_at: Timestamp, 
/**
 * When something was said last.
 */
changed_at: Timestamp, 
/**
 * The number of the list that it goes by.
 */
manifest: number, 
/**
 * When that list was made here.
 */
manifest_at: Timestamp, 
/**
 * What was counted.
 */
balance: Balance, 
/**
 * Tubes that the hand-over can take over.
 */
to_take: number, 
/**
 * Tubes of which it says something else; nothing of them is overwritten.
 */
differs: Array<CountDiffers>, 
/**
 * Tubes that were counted and belong to no hand-over that can take them: another one names them, or somebody has them.
 */
elsewhere: Array<string>, 
/**
 * Tubes of the hand-over that the driver's list did not name.
 */
not_counted: Array<string>, };

export type CountersignArgs = { 
/**
 * The hand-over.
 */
transfer: RecordId, 
/**
 * The printed name.
 */
name: string, 
/**
 * The passphrase of the person signed in.
 */
passphrase: string, };

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
 * Out: unsent files of attachments, all of which were written and read back.
 */
files: number, 
/**
 * Out: bytes of all of it.
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

export type DecideTubesArgs = { 
/**
 * Their specimen identifiers, as scanned or chosen; at most 400.
 */
tubes: Array<string>, 
/**
 * `accepted`, `rejected` or `recollect`: rejected, and to be drawn again.
 */
decision: string, 
/**
 * What is wrong; not for accepted tubes.
 */
discrepancy: string | null, 
/**
 * Why; for a change of what was decided before it is needed.
 */
explanation: string, };

export type Delivery = { 
/**
 * Who has them.
 */
driver: string, 
/**
 * The hand-overs by which the driver has got them, oldest first.
 */
transfers: Array<RecordRef>, 
/**
 * Who gave them.
 */
givers: Array<string>, 
/**
 * Where.
 */
places: Array<string>, 
/**
 * When the first of them was handed over.
 */
handed_at: Timestamp | null, 
/**
 * When the most urgent tube must be at the laboratory; none if its data are not here.
 */
due_at: Timestamp | null, 
/**
 * Whether the driver has signed all of the hand-overs, as far as the server knows.
 */
signed: boolean, 
/**
 * The bags.
 */
bags: Array<RecordRef>, 
/**
 * The tubes, most urgent first.
 */
tubes: Array<HandedTube>, };

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

export type DigitsArgs = { 
/**
 * Whether both screens show the same.
 */
same: boolean, };

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

export type HandOverPhase = "idle" | "compare" | "waiting" | "sending" | "signing" | "done" | "failed";

export type HandOverView = { 
/**
 * Where it stands.
 */
phase: HandOverPhase, 
/**
 * The driver's laptop.
 */
carrier: string, 
/**
 * The six digits.
 */
digits: string, 
/**
 * Receipts that the driver has brought.
 */
receipts: number, 
/**
 * Bundles that the driver has taken.
 */
bundles: number, 
/**
 * Their bytes.
 */
bytes: number, 
/**
 * Entries that are still to be handed over.
 */
entries_left: number, 
/**
 * Tubes in the list that goes along.
 */
tubes: number, 
/**
 * Hand-overs of tubes that the driver is to sign.
 */
to_sign: number, 
/**
 * Those of them that the driver has signed.
 */
signed: number, 
/**
 * Tubes that the driver has counted on the driver's laptop.
 */
counted: number, 
/**
 * Why it failed.
 */
failure: Failure | null, };

export type HandedTube = { 
/**
 * The code on its label; empty if it has none that can be read.
 */
identifier: string, 
/**
 * The specimen, if it is here.
 */
specimen: RecordId | null, 
/**
 * The participant, by subject identifier and initials; empty on a carrier.
 */
participant: string, 
/**
 * The panel's abbreviation; empty if nothing is known of the tube.
 */
panel: string, 
/**
 * Tube type in words.
 */
tube_type: string, 
/**
 * Its clock; none if nothing is known of the tube.
 */
clock: TubeClock | null, 
/**
 * The bag it is in.
 */
bag: RecordRef | null, 
/**
 * What the laboratory knew of it beforehand; none on a laptop.
 */
source: TubeSource | null, };

export type HandoverArgs = { 
/**
 * The hand-over.
 */
transfer: RecordId, };

export type HandoverDetailsArgs = { 
/**
 * The hand-over.
 */
transfer: RecordId, 
/**
 * The number of the seal.
 */
seal: string, 
/**
 * Whether the seal was intact.
 */
seal_intact: boolean | null, 
/**
 * The temperature measured, °C.
 */
celsius: string, 
/**
 * Remarks.
 */
comments: string, 
/**
 * Why something that was said before is changed; not needed to say it for the first time.
 */
reason: string | null, };

export type HandoverLine = { 
/**
 * The line.
 */
line: RecordId, 
/**
 * The tube.
 */
tube: HandedTube, 
/**
 * `unseen`, `matched`, `missing`, `rejected`, `held_back` or `unexpected`.
 */
outcome: string, 
/**
 * When somebody had it in hand.
 */
seen_at: Timestamp | null, 
/**
 * `scanned`, `typed` or `by_hand`.
 */
identified_by: string | null, 
/**
 * Why it was not scanned.
 */
identified_reason: string | null, 
/**
 * What is wrong with it.
 */
discrepancy: string | null, 
/**
 * How it comes here, or why it is not handed over.
 */
explanation: string | null, 
/**
 * Whether it is to be drawn again.
 */
recollect: boolean, };

export type HandoverRow = { 
/**
 * The hand-over.
 */
transfer: RecordRef, 
/**
 * `to_carrier` or `to_lab`.
 */
stage: string, 
/**
 * Who gives.
 */
giver: string, 
/**
 * Who takes.
 */
taker: string, 
/**
 * Where.
 */
place: string, 
/**
 * When it was begun.
 */
handed_at: Timestamp | null, 
/**
 * How far it has come.
 */
state: HandoverState, 
/**
 * Whether a signature does not hold, as the hand-over says something else now.
 */
stale: boolean, 
/**
 * Its balance.
 */
balance: Balance, };

export type HandoverState = "open" | "signed" | "closed";

export type HandoverView = { 
/**
 * What a list shows of it.
 */
row: HandoverRow, 
/**
 * The number of the seal; empty if there is none.
 */
seal: string, 
/**
 * Whether the seal was intact.
 */
seal_intact: boolean | null, 
/**
 * The temperature measured, °C; empty if it was not.
 */
celsius: string, 
/**
 * Remarks.
 */
comments: string, 
/**
 * Its tubes, most urgent first; those without a clock at the end.
 */
lines: Array<HandoverLine>, 
/**
 * Its signatures.
 */
signatures: Array<SignatureView>, };

export type Handovers = { 
/**
 * Those that are not closed, newest first.
 */
open: Array<HandoverRow>, 
/**
 * Those that are, newest first.
 */
closed: Array<HandoverRow>, };

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

export type LateTubesArgs = { 
/**
 * The hand-over.
 */
transfer: RecordId, 
/**
 * Their specimen identifiers.
 */
tubes: Array<string>, };

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

export type MeetArgs = { 
/**
 * As it was typed, read from a picture, or listed.
 */
address: string, };

export type MeetingArgs = { 
/**
 * Which meeting.
 */
meeting: string, 
/**
 * Whether both screens show the same digits.
 */
same: boolean, };

export type MeetingStage = "compare" | "agreed" | "declined" | "finished";

export type MeetingView = { 
/**
 * Names the meeting.
 */
meeting: string, 
/**
 * The assistant's laptop.
 */
name: string, 
/**
 * The six digits.
 */
digits: string, 
/**
 * Where it stands.
 */
stage: MeetingStage, 
/**
 * Bundles that came.
 */
bundles: number, 
/**
 * Their bytes.
 */
bytes: number, 
/**
 * When it began.
 */
began_at: Timestamp, };

export type MissingTubeView = { 
/**
 * The tube.
 */
tube: HandedTube, 
/**
 * Why it is looked for.
 */
why: MissingWhy, 
/**
 * Since when: the hand-over that missed it, or the end of its time.
 */
since: Timestamp, 
/**
 * Seconds since then.
 */
age_seconds: number, 
/**
 * Where it is as far as the server knows: `collected`, `packed`, `with_carrier`, `missing`, `received` …
 */
state: string, 
/**
 * Who had it last.
 */
last_with: string, 
/**
 * The hand-over that missed it.
 */
transfer: RecordRef | null, 
/**
 * Who looks for it; empty if nobody does.
 */
owner: string, 
/**
 * What is known.
 */
note: string, 
/**
 * `lost`, `destroyed` or `never_drawn`, if it is not looked for any more.
 */
conclusion: string | null, };

export type MissingTubes = { 
/**
 * Those that are looked for, the longest missing first.
 */
open: Array<MissingTubeView>, 
/**
 * Those that were looked for and have come, the newest first.
 */
found: Array<MissingTubeView>, 
/**
 * Those that were given up.
 */
given_up: Array<MissingTubeView>, 
/**
 * Who may look for tubes: the people with an account for the laboratory.
 */
people: Array<string>, };

export type MissingWhy = "missed" | "overdue";

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

export type NearbyCarrier = { 
/**
 * What it calls itself.
 */
name: string, 
/**
 * Its address, for people.
 */
host: string, 
/**
 * Its address with its key, to be handed over to.
 */
address: string, };

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

export type OfferView = { 
/**
 * Names the hand-over.
 */
transfer: RecordId, 
/**
 * The giver's laptop.
 */
from: string, 
/**
 * What is printed on it.
 */
identifier: string, 
/**
 * Who gives.
 */
giver: string, 
/**
 * Who takes, as the giver wrote it.
 */
taker: string, 
/**
 * Where.
 */
place: string, 
/**
 * When, by the giver's clock.
 */
handed_at: string, 
/**
 * The seal's number; empty without one.
 */
seal: string, 
/**
 * The temperature measured, degrees Celsius; empty if none was.
 */
celsius: string, 
/**
 * What the giver remarked.
 */
comments: string, 
/**
 * What was counted.
 */
balance: Balance, 
/**
 * The tubes, the most urgent first.
 */
tubes: Array<OfferedTube>, 
/**
 * Tubes of which it says something else than was counted on this laptop. Not judged any more once it is signed.
 */
differs: Array<CountDiffers>, 
/**
 * When the giver signed.
 */
given_at: Timestamp, 
/**
 * The name with which this laptop's person has signed; empty before.
 */
signed_by: string, 
/**
 * When that was.
 */
signed_at: Timestamp | null, };

export type OfferedTube = { 
/**
 * What is printed on it; empty if it has no label that can be read.
 */
tube: string, 
/**
 * The panel; empty if this laptop's list does not name the tube.
 */
panel: string, 
/**
 * Its clock; `None` without a time of collection, and if the list does not name it.
 */
clock: TubeClock | null, 
/**
 * What was seen of it.
 */
outcome: string, 
/**
 * How it was identified; empty if nobody had it in hand.
 */
identified_by: string, 
/**
 * What is wrong with it; empty if nothing is.
 */
discrepancy: string, 
/**
 * Why it was not scanned, or how it comes here.
 */
explanation: string, };

export type Op = "insert" | "update" | "resolve" | "event";

export type OutboxView = { 
/**
 * Unsent records in it.
 */
records: number, 
/**
 * Unsent files of attachments in it.
 */
files: number, 
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
 * The way to which it was written at the last try because the server was not in reach. It is not received by that.
 */
written: string | null, 
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

export type ReceivedTube = { 
/**
 * The tube.
 */
tube: HandedTube, 
/**
 * `received`, `accepted`, `rejected` or `recollection_requested`.
 */
state: string, 
/**
 * The delivery by which it came.
 */
delivery: RecordRef | null, 
/**
 * When it was in hand there.
 */
received_at: Timestamp | null, 
/**
 * What is wrong with it.
 */
discrepancy: string | null, 
/**
 * What was said of it.
 */
explanation: string | null, 
/**
 * When it was decided.
 */
decided_at: Timestamp | null, 
/**
 * By whom.
 */
decided_by: string | null, };

export type ReceivedTubes = { 
/**
 * Those that wait for a decision, most urgent first.
 */
undecided: Array<ReceivedTube>, 
/**
 * Those that were accepted or rejected, the newest first.
 */
decided: Array<ReceivedTube>, };

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
void_reason: string | null, 
/**
 * Which driver has its newest change that no receipt covers.
 */
driver: WithDriver | null, };

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

export type Report = { 
/**
 * The rows, in the order of their keys.
 */
rows: Array<ReportRow>, 
/**
 * Their sums.
 */
total: ReportRow, 
/**
 * When it was made, by the server's clock.
 */
at: Timestamp, };

export type ReportArgs = { 
/**
 * First day, `2026-03-02`.
 */
from: string, 
/**
 * Last day; at most 92 days.
 */
to: string, 
/**
 * By what they are counted.
 */
by: ReportBy, };

export type ReportBy = "day" | "community" | "assistant" | "driver" | "panel";

export type ReportFile = { 
/**
 * Its name.
 */
name: string, 
/**
 * Its text: comma-separated values (RFC 4180), UTF-8, with a row of names; no cell is taken for a formula.
 */
text: string, };

export type ReportRow = { 
/**
 * What is counted: a day, a code or a name; empty in the row of sums, and for what has none.
 */
key: string, 
/**
 * How it is shown.
 */
label: string, 
/**
 * Containers asked for.
 */
requisitioned: number, 
/**
 * Drawn, with a checked label.
 */
collected: number, 
/**
 * Put into a bag, or handed over without one.
 */
packed: number, 
/**
 * Taken by a driver, or brought to the laboratory without one.
 */
with_driver: number, 
/**
 * In hand at the laboratory.
 */
received: number, 
/**
 * Accepted there.
 */
accepted: number, 
/**
 * Rejected there.
 */
rejected: number, 
/**
 * Missing now.
 */
missing: number, };

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

export type SeeTubeArgs = { 
/**
 * The hand-over.
 */
transfer: RecordId, 
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
 * The day that it is in the study's zone, `2026-03-02`.
 */
today: string, 
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
counts: ServerCounts | null, 
/**
 * Which parts of the pages the person's role includes: `desk` (devices, findings, records), `laboratory`, `driver`.
 */
areas: Array<string>, };

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

export type SignHandoverArgs = { 
/**
 * The hand-over.
 */
transfer: RecordId, 
/**
 * What the signature means: `giver` hands the tubes over, `taker` takes them.
 */
side: string, 
/**
 * The name as it is printed under it.
 */
name: string, 
/**
 * The passphrase of the one who signs.
 */
passphrase: string, 
/**
 * At the laboratory: the account of the one who signs, if that is not the person signed in.
 */
account: string | null, };

export type SignInArgs = { 
/**
 * Name.
 */
user: string, 
/**
 * Passphrase.
 */
passphrase: string, };

export type SignatureView = { 
/**
 * The signature.
 */
id: RecordId, 
/**
 * `giver` or `taker`.
 */
side: string, 
/**
 * Printed name.
 */
name: string, 
/**
 * Who signed, by the name at sign-in.
 */
user: string, 
/**
 * When.
 */
signed_at: Timestamp | null, 
/**
 * Whether the hand-over still says what was signed.
 */
holds: boolean, };

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
 * Those of them that a driver has taken along.
 */
with_driver: number, 
/**
 * Unsent records by model.
 */
unsent_by_model: Record<string, number>, 
/**
 * Unsent files of attachments, which are not counted among the records.
 */
unsent_files: number, 
/**
 * Their bytes.
 */
unsent_file_bytes: number, 
/**
 * Those of them that a driver has taken along.
 */
files_with_driver: number, 
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
 * Tubes of which the laboratory says something that nobody here has looked at yet: rejected, missing.
 */
tube_news: number, 
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

export type TakeCountArgs = { 
/**
 * The hand-over that takes it over.
 */
transfer: RecordId, 
/**
 * The count.
 */
count: RecordId, };

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

export type TubeClock = { 
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
urgency: Urgency, };

export type TubeOutcomeArgs = { 
/**
 * The hand-over.
 */
transfer: RecordId, 
/**
 * The tube's line.
 */
line: RecordId, 
/**
 * `missing`, `rejected`, `held_back` or `unseen`; the last takes an unexpected tube out again.
 */
outcome: string, 
/**
 * What is wrong with it; for a rejected tube.
 */
discrepancy: string | null, 
/**
 * Whether a rejected tube is to be drawn again.
 */
recollect: boolean, 
/**
 * Why.
 */
reason: string, };

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
 * Where it is: `planned` until its label was checked, then `collected`; in the end as the laboratory says.
 */
custody: string, 
/**
 * What the laboratory says is wrong with it, as a code.
 */
discrepancy: string | null, 
/**
 * When that was so: when the laboratory had it in hand, decided or missed it.
 */
custody_at: Timestamp | null, 
/**
 * Whether nobody has looked at what the laboratory says of it yet.
 */
is_news: boolean, 
/**
 * The bag it is in.
 */
bag: RecordRef | null, 
/**
 * How many labels of it were printed.
 */
prints: number, };

export type TubeSeen = { 
/**
 * The tube as it was seen.
 */
line: HandoverLine, 
/**
 * The balance now.
 */
balance: Balance, };

export type TubeSource = "dispatched" | "announced" | "undispatched" | "unknown";

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

export type UnexpectedTubeArgs = { 
/**
 * The tube, as it was identified; an empty code if it has none that can be read.
 */
seen: SeeTubeArgs, 
/**
 * How it comes here.
 */
explanation: string, 
/**
 * What is wrong with it, if anything is.
 */
discrepancy: string | null, };

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

export type VoidSignatureArgs = { 
/**
 * The hand-over.
 */
transfer: RecordId, 
/**
 * The signature.
 */
signature: RecordId, 
/**
 * Why.
 */
reason: string, };

export type WaitingBag = { 
/**
 * The bag; its key is its barcode.
 */
bag: RecordRef, 
/**
 * How many of its tubes can be handed over.
 */
tubes: number, 
/**
 * Whether it was closed.
 */
closed: boolean, };

export type WaitingTubes = { 
/**
 * Tubes with a checked label that nobody else has and no open hand-over names, most urgent first.
 */
tubes: Array<HandedTube>, 
/**
 * The bags they are in, newest first.
 */
bags: Array<WaitingBag>, 
/**
 * Tubes whose label was not checked: they are not handed over.
 */
unchecked: number, 
/**
 * Most tubes with which a hand-over begins.
 */
most: number, };

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

export type WithDriver = { 
/**
 * Its name.
 */
name: string, 
/**
 * Since when, by its own clock.
 */
at: Timestamp, };

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
  carriers_nearby: { args: Nothing; answer: Array<NearbyCarrier> };
  meet_carrier: { args: MeetArgs; answer: HandOverView };
  answer_digits: { args: DigitsArgs; answer: HandOverView };
  handing_over: { args: Nothing; answer: HandOverView };
  collect: { args: CollectArgs; answer: CollectView };
  collecting: { args: Nothing; answer: CollectView };
  answer_meeting: { args: MeetingArgs; answer: CollectView };
  offers: { args: Nothing; answer: Array<OfferView> };
  countersign: { args: CountersignArgs; answer: Array<OfferView> };
  begin_count: { args: BeginCountArgs; answer: HandoverView };
  count_list: { args: HandoverArgs; answer: CountList };
  count_newer: { args: HandoverArgs; answer: HandoverView };
  counted: { args: CountedArgs; answer: Array<CountedView> };
  take_count: { args: TakeCountArgs; answer: HandoverView };
  carry_again: { args: Nothing; answer: CollectView };
  set_preferences: { args: PreferencesArgs; answer: AppState };
  forms: { args: Nothing; answer: Forms };
  home: { args: Nothing; answer: Home };
  list: { args: ListArgs; answer: RecordPage };
  search: { args: SearchArgs; answer: Array<RecordRow> };
  record: { args: RecordArgs; answer: RecordDetail };
  history: { args: RecordArgs; answer: Array<HistoryLine> };
  tubes: { args: TubesArgs; answer: TubePage };
  tube_news: { args: Nothing; answer: Array<TubeRow> };
  tube_news_seen: { args: Nothing; answer: SyncStatus };
  new_ids: { args: NewIdsArgs; answer: Array<RecordId> };
  check: { args: CheckArgs; answer: CheckAnswer };
  save: { args: SaveArgs; answer: Saved };
  resolve: { args: ResolveArgs; answer: Saved };
  attach: { args: AttachArgs; answer: RecordRow };
  attachment_file: { args: RecordArgs; answer: AttachmentFile };
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
  handovers: { args: Nothing; answer: Handovers };
  waiting_tubes: { args: Nothing; answer: WaitingTubes };
  begin_handover: { args: BeginHandoverArgs; answer: HandoverView };
  handover: { args: HandoverArgs; answer: HandoverView };
  add_late_tubes: { args: LateTubesArgs; answer: HandoverView };
  see_tube: { args: SeeTubeArgs; answer: TubeSeen };
  unexpected_tube: { args: UnexpectedTubeArgs; answer: HandoverView };
  tube_outcome: { args: TubeOutcomeArgs; answer: HandoverView };
  handover_details: { args: HandoverDetailsArgs; answer: HandoverView };
  sign_handover: { args: SignHandoverArgs; answer: HandoverView };
  void_handover_signature: { args: VoidSignatureArgs; answer: HandoverView };
  cancel_handover: { args: CancelHandoverArgs; answer: Handovers };
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
  arriving: { args: Nothing; answer: Arriving };
  begin_delivery: { args: BeginDeliveryArgs; answer: HandoverView };
  handovers: { args: Nothing; answer: Handovers };
  handover: { args: HandoverArgs; answer: HandoverView };
  add_late_tubes: { args: LateTubesArgs; answer: HandoverView };
  see_tube: { args: SeeTubeArgs; answer: TubeSeen };
  unexpected_tube: { args: UnexpectedTubeArgs; answer: HandoverView };
  tube_outcome: { args: TubeOutcomeArgs; answer: HandoverView };
  handover_details: { args: HandoverDetailsArgs; answer: HandoverView };
  sign_handover: { args: SignHandoverArgs; answer: HandoverView };
  void_handover_signature: { args: VoidSignatureArgs; answer: HandoverView };
  cancel_handover: { args: CancelHandoverArgs; answer: Handovers };
  received_tubes: { args: Nothing; answer: ReceivedTubes };
  decide_tubes: { args: DecideTubesArgs; answer: ReceivedTubes };
  missing_tubes: { args: Nothing; answer: MissingTubes };
  chase_tube: { args: ChaseTubeArgs; answer: MissingTubes };
  report: { args: ReportArgs; answer: Report };
  report_csv: { args: ReportArgs; answer: ReportFile };
};
