//! The trait's methods, each handed to the part of the host that does it.

use tsela_core::ids::RecordId;
use tsela_store::{tube_outcomes, ways};

use super::ClientHostState;
use crate::client::drives;
use crate::handover;
use crate::schema::{
    Answer, Nothing,
    attachments::{AttachArgs, AttachmentFile},
    carrier::{
        BeginCountArgs, CollectArgs, CollectView, CountList, CountedArgs, CountedView, CountersignArgs, DigitsArgs,
        HandOverView, MeetArgs, MeetingArgs, NearbyCarrier, OfferView, TakeCountArgs,
    },
    client::{ClientHost, Home, ListArgs, SearchArgs, TubePage, TubeRow, TubesArgs},
    common::{CheckAnswer, HistoryLine, RecordArgs, RecordDetail, RecordPage, RecordRow},
    custody::{BagView, Bags, CloseBagArgs, NewBagArgs, PackArgs, UnpackArgs},
    forms::{CheckArgs, Draft, DraftArgs, DraftPutArgs, Forms, NewIdsArgs, ResolveArgs, SaveArgs, Saved},
    handover::{
        BeginHandoverArgs, CancelHandoverArgs, HandoverArgs, HandoverDetailsArgs, HandoverView, Handovers,
        LateTubesArgs, SeeTubeArgs, SignHandoverArgs, TubeOutcomeArgs, TubeSeen, UnexpectedTubeArgs, VoidSignatureArgs,
        WaitingTubes,
    },
    labels::{
        CheckLabelArgs, LabelArgs, LabelChecked, LabelSettings, LabelView, PrintArgs, Printed, PrinterArgs, RollArgs,
        SheetArgs, SheetView,
    },
    settings::{
        AdmitArgs, AppState, BackupView, ChangePassphraseArgs, CodeArgs, CodeView, DeviceView, EnrolArgs,
        PreferencesArgs, RescueArgs, RescueRequest, SignInArgs, UnlockArgs,
    },
    sync::{AutoArgs, Comparison, PendingArgs, PushRecord, SyncStatus},
    ways::{CourierArgs, CourierStatus, CourierTask, Drive, PutWayArgs, SendByArgs, ShiftWayArgs, WayArgs, WayView},
};

impl ClientHost for ClientHostState {
    fn app_state(&self, _: Nothing) -> Answer<AppState> {
        Ok(self.state())
    }

    fn read_code(&self, args: CodeArgs) -> Answer<CodeView> {
        Self::code_view(&args.code)
    }

    fn enrol(&self, args: EnrolArgs) -> Answer<AppState> {
        self.enrol_now(&args.code, &args.user, &args.passphrase, &args.device_name)?;
        self.open(args.user.trim(), &args.passphrase)?;
        Ok(self.state())
    }

    fn sign_in(&self, args: SignInArgs) -> Answer<AppState> {
        self.sign_in_as(&args.user, &args.passphrase)
    }

    fn rescue_request(&self, _: Nothing) -> Answer<RescueRequest> {
        Ok(RescueRequest { request: self.laptop.rescue_request()?.to_string() })
    }

    fn rescue(&self, args: RescueArgs) -> Answer<AppState> {
        self.let_in(&args)
    }

    fn send_outbox(&self, _: Nothing) -> Answer<AppState> {
        self.send_outbox_now()
    }

    fn sign_out(&self, _: Nothing) -> Answer<AppState> {
        self.leave()
    }

    fn lock(&self, _: Nothing) -> Answer<AppState> {
        let mut inner = self.inner();
        inner.is_locked = inner.session.is_some();
        drop(inner);
        Ok(self.state())
    }

    fn unlock(&self, args: UnlockArgs) -> Answer<AppState> {
        self.unlock_screen(&args.passphrase)
    }

    fn change_passphrase(&self, args: ChangePassphraseArgs) -> Answer<Nothing> {
        let session = self.session()?;
        session.opened.change_passphrase(&args.old, &args.new)?;
        session.opened.journal_sign_ins()?;
        Ok(Nothing {})
    }

    fn admit_user(&self, args: AdmitArgs) -> Answer<AppState> {
        let session = self.session()?;
        session.opened.admit(&args.user, &args.passphrase)?;
        session.opened.journal_sign_ins()?;
        Ok(self.state())
    }

    fn set_preferences(&self, args: PreferencesArgs) -> Answer<AppState> {
        self.prefer(args)
    }

    fn forms(&self, _: Nothing) -> Answer<Forms> {
        self.describe_forms()
    }

    fn home(&self, _: Nothing) -> Answer<Home> {
        self.todays_work()
    }

    fn list(&self, args: ListArgs) -> Answer<RecordPage> {
        self.list_records(&args)
    }

    fn search(&self, args: SearchArgs) -> Answer<Vec<RecordRow>> {
        self.search_records(&args)
    }

    fn record(&self, args: RecordArgs) -> Answer<RecordDetail> {
        self.record_detail(args.id)
    }

    fn history(&self, args: RecordArgs) -> Answer<Vec<HistoryLine>> {
        self.record_history(args.id)
    }

    fn tubes(&self, args: TubesArgs) -> Answer<TubePage> {
        self.tube_page(&args)
    }

    fn tube_news(&self, _: Nothing) -> Answer<Vec<TubeRow>> {
        self.news_of_tubes()
    }

    fn tube_news_seen(&self, _: Nothing) -> Answer<SyncStatus> {
        let session = self.session()?;
        session.opened.store.write(|tx| tube_outcomes::looked(tx))?;
        self.sync(&session)
    }

    fn carriers_nearby(&self, _: Nothing) -> Answer<Vec<NearbyCarrier>> {
        ClientHostState::carriers_nearby(self)
    }

    fn meet_carrier(&self, args: MeetArgs) -> Answer<HandOverView> {
        ClientHostState::meet_carrier(self, &args.address)
    }

    fn answer_digits(&self, args: DigitsArgs) -> Answer<HandOverView> {
        ClientHostState::answer_digits(self, args.same)
    }

    fn handing_over(&self, _: Nothing) -> Answer<HandOverView> {
        self.hand_over_view()
    }

    fn collect(&self, args: CollectArgs) -> Answer<CollectView> {
        ClientHostState::collect(self, args.on)
    }

    fn collecting(&self, _: Nothing) -> Answer<CollectView> {
        ClientHostState::collecting(self)
    }

    fn answer_meeting(&self, args: MeetingArgs) -> Answer<CollectView> {
        ClientHostState::answer_meeting(self, &args.meeting, args.same)
    }

    fn offers(&self, _: Nothing) -> Answer<Vec<OfferView>> {
        self.offers_here()
    }

    fn countersign(&self, args: CountersignArgs) -> Answer<Vec<OfferView>> {
        self.countersign_offer(&args)
    }

    fn begin_count(&self, args: BeginCountArgs) -> Answer<HandoverView> {
        self.begin_count_of(args.author)
    }

    fn count_list(&self, args: HandoverArgs) -> Answer<CountList> {
        self.list_of_count(args.transfer)
    }

    fn count_newer(&self, args: HandoverArgs) -> Answer<HandoverView> {
        self.count_by_newest(args.transfer)
    }

    fn counted(&self, args: CountedArgs) -> Answer<Vec<CountedView>> {
        self.counted_of(args.transfer)
    }

    fn take_count(&self, args: TakeCountArgs) -> Answer<HandoverView> {
        self.take_count_over(&args)
    }

    fn carry_again(&self, _: Nothing) -> Answer<CollectView> {
        self.carried_again()
    }

    fn new_ids(&self, args: NewIdsArgs) -> Answer<Vec<RecordId>> {
        let session = self.session()?;
        Ok((0..args.count.min(100)).map(|_| RecordId(session.opened.fresh_id())).collect())
    }

    fn check(&self, args: CheckArgs) -> Answer<CheckAnswer> {
        self.check_form(args)
    }

    fn save(&self, args: SaveArgs) -> Answer<Saved> {
        self.save_form(args)
    }

    fn attach(&self, args: AttachArgs) -> Answer<RecordRow> {
        self.attach_file(&args)
    }

    fn attachment_file(&self, args: RecordArgs) -> Answer<AttachmentFile> {
        self.file_of(args)
    }

    fn resolve(&self, args: ResolveArgs) -> Answer<Saved> {
        self.settle_conflict(args)
    }

    fn draft_put(&self, args: DraftPutArgs) -> Answer<Nothing> {
        self.put_draft(args)
    }

    fn draft_get(&self, args: DraftArgs) -> Answer<Option<Draft>> {
        self.get_draft(args.id)
    }

    fn draft_list(&self, _: Nothing) -> Answer<Vec<Draft>> {
        self.list_drafts()
    }

    fn draft_delete(&self, args: DraftArgs) -> Answer<Nothing> {
        self.delete_draft(args.id)
    }

    fn sync_status(&self, _: Nothing) -> Answer<SyncStatus> {
        let session = self.session()?;
        self.sync(&session)
    }

    fn push(&self, _: Nothing) -> Answer<SyncStatus> {
        let session = self.session()?;
        let by = session.opened.user.name.clone();
        session.engine(|engine| engine.push(&by))?;
        self.sync(&session)
    }

    fn pause(&self, _: Nothing) -> Answer<SyncStatus> {
        self.steer(|engine| engine.pause())
    }

    fn resume(&self, _: Nothing) -> Answer<SyncStatus> {
        self.steer(|engine| engine.resume())
    }

    fn cancel(&self, _: Nothing) -> Answer<SyncStatus> {
        self.steer(|engine| engine.cancel())
    }

    fn set_auto(&self, args: AutoArgs) -> Answer<SyncStatus> {
        self.steer(|engine| engine.set_auto(args.auto, args.interval_minutes.clamp(1, 1440) * 60))
    }

    fn drives(&self, _: Nothing) -> Answer<Vec<Drive>> {
        Ok(drives::list())
    }

    fn courier_status(&self, _: Nothing) -> Answer<CourierStatus> {
        self.courier_view()
    }

    fn courier_export(&self, args: CourierArgs) -> Answer<CourierStatus> {
        self.carry(CourierTask::Export, args)
    }

    fn courier_import(&self, args: CourierArgs) -> Answer<CourierStatus> {
        self.carry(CourierTask::Import, args)
    }

    fn ways(&self, _: Nothing) -> Answer<Vec<WayView>> {
        self.way_views()
    }

    fn put_way(&self, args: PutWayArgs) -> Answer<Vec<WayView>> {
        self.session()?.opened.put_way(&args.name, &args.place, &args.identity, &args.secret)?;
        self.way_views()
    }

    fn remove_way(&self, args: WayArgs) -> Answer<Vec<WayView>> {
        self.session()?.opened.store.write(|tx| ways::remove(tx, args.id))?;
        self.way_views()
    }

    fn shift_way(&self, args: ShiftWayArgs) -> Answer<Vec<WayView>> {
        self.session()?.opened.store.write(|tx| ways::shift(tx, args.id, args.earlier))?;
        self.way_views()
    }

    fn send_by_way(&self, args: SendByArgs) -> Answer<CourierStatus> {
        self.send_by_now(&args)
    }

    fn courier_stop(&self, _: Nothing) -> Answer<CourierStatus> {
        self.stop_courier()
    }

    fn push_history(&self, _: Nothing) -> Answer<Vec<PushRecord>> {
        self.pushes()
    }

    fn compare(&self, _: Nothing) -> Answer<Comparison> {
        self.compare_with_server()
    }

    fn pending(&self, args: PendingArgs) -> Answer<RecordPage> {
        self.pending_records(&args)
    }

    fn label(&self, args: LabelArgs) -> Answer<LabelView> {
        self.label_of(&args)
    }

    fn label_settings(&self, _: Nothing) -> Answer<LabelSettings> {
        self.printer_settings()
    }

    fn set_printer(&self, args: PrinterArgs) -> Answer<LabelSettings> {
        self.choose_printer(args)
    }

    fn print_labels(&self, args: PrintArgs) -> Answer<Printed> {
        self.print(&args)
    }

    fn print_test(&self, _: Nothing) -> Answer<Printed> {
        self.print_test_label()
    }

    fn label_sheets(&self, args: SheetArgs) -> Answer<SheetView> {
        self.sheets_of(&args)
    }

    fn print_roll(&self, args: RollArgs) -> Answer<LabelSettings> {
        self.print_of_roll(&args)
    }

    fn check_label(&self, args: CheckLabelArgs) -> Answer<LabelChecked> {
        self.label_checked(args)
    }

    fn bags(&self, _: Nothing) -> Answer<Bags> {
        self.bags_here()
    }

    fn new_bag(&self, args: NewBagArgs) -> Answer<BagView> {
        self.begin_bag(&args)
    }

    fn pack(&self, args: PackArgs) -> Answer<BagView> {
        self.pack_tube(&args)
    }

    fn unpack(&self, args: UnpackArgs) -> Answer<Bags> {
        self.unpack_tube(&args)
    }

    fn close_bag(&self, args: CloseBagArgs) -> Answer<Bags> {
        self.close_bag_now(&args)
    }

    fn handovers(&self, _: Nothing) -> Answer<Handovers> {
        if self.session()?.is_carrier() { self.counts_here() } else { handover::all(&self.desk()?) }
    }

    fn waiting_tubes(&self, _: Nothing) -> Answer<WaitingTubes> {
        self.tubes_to_hand_over()
    }

    fn begin_handover(&self, args: BeginHandoverArgs) -> Answer<HandoverView> {
        self.begin_hand_over(&args)
    }

    fn handover(&self, args: HandoverArgs) -> Answer<HandoverView> {
        if self.session()?.is_carrier() {
            self.count_now(args.transfer)
        } else {
            handover::one(&self.desk()?, args.transfer)
        }
    }

    fn add_late_tubes(&self, args: LateTubesArgs) -> Answer<HandoverView> {
        handover::let_join(&self.desk()?, &args)
    }

    fn see_tube(&self, args: SeeTubeArgs) -> Answer<TubeSeen> {
        if self.session()?.is_carrier() { self.count_tube(&args) } else { handover::see(&self.desk()?, &args) }
    }

    fn unexpected_tube(&self, args: UnexpectedTubeArgs) -> Answer<HandoverView> {
        if self.session()?.is_carrier() {
            self.count_unexpected(&args)
        } else {
            handover::unexpected(&self.desk()?, &args)
        }
    }

    fn tube_outcome(&self, args: TubeOutcomeArgs) -> Answer<HandoverView> {
        if self.session()?.is_carrier() { self.count_otherwise(&args) } else { handover::say(&self.desk()?, &args) }
    }

    fn handover_details(&self, args: HandoverDetailsArgs) -> Answer<HandoverView> {
        handover::look_besides(&self.desk()?, &args)
    }

    fn sign_handover(&self, args: SignHandoverArgs) -> Answer<HandoverView> {
        handover::sign(&self.desk()?, &args)
    }

    fn void_handover_signature(&self, args: VoidSignatureArgs) -> Answer<HandoverView> {
        handover::take_back(&self.desk()?, &args)
    }

    fn cancel_handover(&self, args: CancelHandoverArgs) -> Answer<Handovers> {
        if self.session()?.is_carrier() { self.give_count_up(&args) } else { handover::give_up(&self.desk()?, &args) }
    }

    fn device(&self, _: Nothing) -> Answer<DeviceView> {
        self.device_view()
    }

    fn backups(&self, _: Nothing) -> Answer<Vec<BackupView>> {
        self.session()?;
        self.backup_views()
    }

    fn backup_now(&self, _: Nothing) -> Answer<Vec<BackupView>> {
        let session = self.session()?;
        session.opened.backup()?;
        self.backup_views()
    }
}
