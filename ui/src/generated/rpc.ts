// Generated from crates/rpc/src/schema by `cargo test -p tsela-rpc`. Do not edit.

export type AdmitArgs = { user: string, passphrase: string, };

export type AppState = { phase: Phase, study: string, demonstration: boolean, demonstration_sign_in: [string, string] | null, device: string, users: Array<LocalUser>, user: LocalUser | null, version: string, language: string, theme: string, auto_lock_minutes: number, now: string, problem: Failure | null, sync: SyncStatus | null, };

export type AutoArgs = { auto: boolean, interval_minutes: number, };

export type BackupView = { name: string, at: string, bytes: number, entries: number, };

export type Candidate = { value: string | number | boolean | null, dots: Array<string>, at: string, user: string, };

export type ChangePassphraseArgs = { old: string, new: string, };

export type CheckAnswer = { problems: Array<Problem>, derived: Record<string, string | number | boolean | null>, };

export type CheckArgs = { change: FormChange, with: Array<FormChange>, };

export type ChoiceDescription = { code: string, labels: Record<string, string>, gender: string | null, };

export type CodeArgs = { code: string, };

export type CodeRow = { created_at: string, created_by: string, expires_at: string, role: string, note: string, state: string, used_by: string | null, };

export type CodeView = { url: string, fingerprint: string, };

export type Comparison = { equal: boolean, at: string, streams: Array<string>, rows: Array<ComparisonRow>, };

export type ComparisonRow = { model: string, here_count: number, here_hash: string, there_count: number, there_hash: string, };

export type Conflict = { field: string, candidates: Array<Candidate>, };

export type ConflictRow = { record: RecordRow, conflicts: Array<Conflict>, authors: Record<string, string>, };

export type DeviceRow = { device: string, name: string, role: string, users: Array<string>, streams: Array<DeviceStream>, enrolled_at: string, last_heard_at: string | null, last_sent_at: string | null, last_sent: string, clock_drift_seconds: number | null, revoked_at: string | null, app: string, };

export type DeviceStream = { code: string, stored_through: number, applied_through: number, state: string, };

export type DeviceView = { device: string, name: string, role: string, study: string, study_name: string, stream: string | null, streams: Array<StreamView>, spare_codes: number, package: number, remote_url: string, remote_name: string, pinned_key: string, folder: string, store_bytes: number, version: string, sqlite: string, };

export type Draft = { id: string, form: string, route: string, label: string, content: string, updated_at: string, };

export type DraftArgs = { id: string, };

export type DraftPutArgs = { id: string, form: string, route: string, label: string, content: string, };

export type EnrolArgs = { code: string, user: string, passphrase: string, device_name: string, };

export type Failure = { code: string, title: string, detail: string, action: string, params: Record<string, string>, problems: Array<Array<Problem>>, };

export type FieldChange = { field: string, old: string | number | boolean | null, new: string | number | boolean | null, };

export type FieldDescription = { name: string, labels: Record<string, string>, kind: string, required: boolean, required_when: string | null, transient: boolean, computed: boolean, locked: boolean, carrier: boolean, past: boolean, max_length: number | null, min: string | null, max: string | null, places: number | null, choices: Array<ChoiceDescription>, references: string | null, };

export type FindingPage = { total: number, rows: Array<FindingRow>, };

export type FindingRow = { record: RecordRow, finding: FindingView, };

export type FindingView = { record: string, code: string, severity: string, field: string | null, message: string, params: Record<string, string>, related: Array<RecordRef>, };

export type ForkRow = { stream: string, device: string, seq: number, noticed_at: string, advice: string, };

export type FormChange = { op: string, model: string, record: string, set: Record<string, string | number | boolean | null>, reason: string | null, source: string | null, };

export type Forms = { models: Array<ModelDescription>, panels: Array<PanelView>, };

export type HeldRow = { stream: string, seq: number, device: string, reason: string, since: string, age_seconds: number, };

export type HistoryLine = { dot: string, op: Op, at: string, tz: string, user: string, user_name: string, device: string, app: string, changes: Array<FieldChange>, reason: string | null, source: string | null, received: boolean, };

export type Home = { today: Record<string, number>, tubes: Array<TubeRow>, drafts: Array<Draft>, };

export type LastReceipt = { at: string, from: string, number: number, };

export type ListArgs = { model: string, parent: string | null, text: string, with_void: boolean, offset: number, limit: number, };

export type LocalUser = { id: string, name: string, role: string, locked_until: string | null, };

export type ModelDescription = { name: string, label: string, version: number, kind: ModelKind, syncs: boolean, dependencies: Array<string>, fields: Array<FieldDescription>, };

export type ModelKind = "record" | "reference";

export type Moment = { at: string, dot: string, user: string, package: number, };

export type NewCode = { code: string, qr_svg: string, expires_at: string, };

export type NewCodeArgs = { role: string, hours: number, note: string, };

export type NewIdsArgs = { count: number, };

export type Nothing = Record<string, never>;

export type Op = "insert" | "update" | "resolve" | "event";

export type PageArgs = { offset: number, limit: number, };

export type PanelView = { code: string, name: string, abbreviation: string, item_type: string, tube_type: string, colour: string, item_count: number, volume_min: string, volume_max: string, hours_to_lab: number, };

export type PendingArgs = { status: Array<RecordStatus>, models: Array<string>, older_than_seconds: number | null, text: string, offset: number, limit: number, };

export type Phase = "enrol" | "sign_in" | "locked" | "open" | "blocked";

export type PreferencesArgs = { language: string, theme: string, };

export type Problem = { code: string, severity: Severity, model: string, field: string, message: string, params: Record<string, string>, related: Array<string>, };

export type Progress = { entries_done: number, entries_total: number, bytes_sent: number, bytes_total: number, seconds_left: number | null, };

export type PushRecord = { started_at: string, ended_at: string | null, outcome: string, by: string, entries: number, bytes: number, problem: SyncProblem | null, };

export type RecordArgs = { id: string, };

export type RecordDetail = { row: RecordRow, conflicts: Array<Conflict>, findings: Array<FindingView>, children: Array<RecordRow>, void_reason: string | null, };

export type RecordPage = { total: number, rows: Array<RecordRow>, };

export type RecordRef = { id: string, model: string, key: string, label: string, };

export type RecordRow = { id: string, model: string, key: string, label: string, status: RecordStatus, fields: Record<string, string | number | boolean | null>, references: Record<string, RecordRef>, conflicts: Array<string>, findings: number, is_void: boolean, modified_at: string, modified_by: string, };

export type RecordStatus = "draft" | "ready" | "with_driver" | "received" | "attention";

export type ResolveArgs = { record: string, field: string, value: string | number | boolean | null, reason: string, };

export type Resolved = { record: string, };

export type RevokeArgs = { device: string, reason: string, };

export type SaveArgs = { changes: Array<FormChange>, draft: string | null, };

export type Saved = { save: string, records: Array<RecordRef>, warnings: Array<Problem>, };

export type SearchArgs = { text: string, models: Array<string>, limit: number, };

export type ServerCounts = { devices: number, held: number, findings: number, conflicts: number, forks: number, };

export type ServerState = { study: string, demonstration: boolean, server: string, version: string, now: string, user: ServerUser | null, incarnation: string, counts: ServerCounts | null, };

export type ServerUser = { name: string, role: string, };

export type Severity = "error" | "warning";

export type SignInArgs = { user: string, passphrase: string, };

export type StreamView = { code: string, state: string, entries: number, acked_through: number, };

export type SyncNotice = { code: string, message: string, params: Record<string, string>, };

export type SyncPhase = "idle" | "offline" | "connecting" | "sending" | "receiving" | "paused" | "problem";

export type SyncProblem = { code: string, title: string, detail: string, action: string, params: Record<string, string>, };

export type SyncStatus = { phase: SyncPhase, remote: string, unsent_records: number, unsent_by_model: Record<string, number>, oldest_unsent_seconds: number | null, attention: number, received: number, progress: Progress | null, last_receipt: LastReceipt | null, next_try_at: string | null, problem: SyncProblem | null, notices: Array<SyncNotice>, auto: boolean, auto_interval_minutes: number, clock_drift_seconds: number | null, last_contact_at: string | null, };

export type TubePage = { total: number, rows: Array<TubeRow>, };

export type TubeRow = { specimen: RecordRow, identifier: string, participant: string, panel: string, tube_type: string, age_seconds: number, hours_to_lab: number, urgency: string, custody: string, };

export type TubesArgs = { text: string, offset: number, limit: number, };

export type UnlockArgs = { passphrase: string, };

export type ClientHostCommands = {
  app_state: { args: Nothing; answer: AppState };
  read_code: { args: CodeArgs; answer: CodeView };
  enrol: { args: EnrolArgs; answer: AppState };
  sign_in: { args: SignInArgs; answer: AppState };
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
  new_ids: { args: NewIdsArgs; answer: Array<string> };
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
  codes: { args: Nothing; answer: Array<CodeRow> };
  new_code: { args: NewCodeArgs; answer: NewCode };
  held: { args: Nothing; answer: Array<HeldRow> };
  findings: { args: PageArgs; answer: FindingPage };
  conflicts: { args: Nothing; answer: Array<ConflictRow> };
  server_resolve: { args: ResolveArgs; answer: Resolved };
  forks: { args: Nothing; answer: Array<ForkRow> };
  server_forms: { args: Nothing; answer: Forms };
  server_list: { args: ListArgs; answer: RecordPage };
  server_record: { args: RecordArgs; answer: RecordDetail };
  server_history: { args: RecordArgs; answer: Array<HistoryLine> };
};
