//! The commands of the field client.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::{
    Nothing,
    attachments::{AttachArgs, AttachmentFile},
    carrier::{
        BeginCountArgs, CollectArgs, CollectView, CountList, CountedArgs, CountedView, CountersignArgs, DigitsArgs,
        HandOverView, MeetArgs, MeetingArgs, NearbyCarrier, OfferView, TakeCountArgs,
    },
    commands,
    common::{CheckAnswer, HistoryLine, RecordArgs, RecordDetail, RecordPage, RecordRef, RecordRow},
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
    ways::{CourierArgs, CourierStatus, Drive, PutWayArgs, SendByArgs, ShiftWayArgs, WayArgs, WayView},
};
use tsela_core::{custody::Urgency, ids::RecordId, time::Timestamp};

/// Which records to list.
#[derive(Clone, Debug, Default, Serialize, Deserialize, TS)]
pub struct ListArgs {
    /// The model.
    pub model: String,
    /// Only records that refer to this one.
    pub parent: Option<RecordId>,
    /// Words to search for; empty for all.
    pub text: String,
    /// Also void records.
    pub with_void: bool,
    /// Rows to leave out.
    #[ts(type = "number")]
    pub offset: usize,
    /// Rows to return, at most 500.
    #[ts(type = "number")]
    pub limit: usize,
}

/// A search over names, initials, identities, phones and identifiers.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
pub struct SearchArgs {
    /// What was typed or scanned.
    pub text: String,
    /// Only these models; all if empty.
    pub models: Vec<String>,
    /// Rows to return, at most 100.
    #[ts(type = "number")]
    pub limit: usize,
}

/// Today's work.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
pub struct Home {
    /// Records made today on this laptop, by model.
    #[ts(type = "Record<string, number>")]
    pub today: std::collections::BTreeMap<String, usize>,
    /// Tubes that are still here, most urgent first.
    pub tubes: Vec<TubeRow>,
    /// Forms not finished.
    pub drafts: Vec<Draft>,
}

/// A tube and its clock.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
pub struct TubeRow {
    /// The specimen.
    pub specimen: RecordRow,
    /// The specimen identifier.
    pub identifier: String,
    /// The participant, by subject identifier and initials.
    pub participant: String,
    /// The panel's abbreviation.
    pub panel: String,
    /// Tube type in words.
    pub tube_type: String,
    /// Seconds since it was collected, by this laptop's clock.
    #[ts(type = "number")]
    pub age_seconds: i64,
    /// Hours from collection to lab that the panel allows.
    pub hours_to_lab: u32,
    /// How urgent it is.
    pub urgency: Urgency,
    /// Where it is: `planned` until its label was checked, then `collected`; in the end as the laboratory says.
    pub custody: String,
    /// What the laboratory says is wrong with it, as a code.
    pub discrepancy: Option<String>,
    /// When that was so: when the laboratory had it in hand, decided or missed it.
    pub custody_at: Option<Timestamp>,
    /// Whether nobody has looked at what the laboratory says of it yet.
    pub is_news: bool,
    /// The bag it is in.
    pub bag: Option<RecordRef>,
    /// How many labels of it were printed.
    #[ts(type = "number")]
    pub prints: u64,
}

/// Which specimens to list.
#[derive(Clone, Debug, Default, Serialize, Deserialize, TS)]
pub struct TubesArgs {
    /// Words or an identifier to search for.
    pub text: String,
    /// Rows to leave out.
    #[ts(type = "number")]
    pub offset: usize,
    /// Rows to return, at most 500.
    #[ts(type = "number")]
    pub limit: usize,
}

/// One page of tubes.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
pub struct TubePage {
    /// How many there are in all.
    #[ts(type = "number")]
    pub total: usize,
    /// The rows asked for, most urgent first.
    pub rows: Vec<TubeRow>,
}

commands! {
    /// What the field client does for its pages. One method a command; each may block and runs off the UI thread.
    ClientHost, dispatch_client, client_typescript:

    /// Says which page to show, who is signed in, and what the badge says.
    app_state(Nothing) -> AppState;
    /// Reads an enrolment code without using it.
    read_code(CodeArgs) -> CodeView;
    /// Enrols this laptop and signs the person in.
    enrol(EnrolArgs) -> AppState;
    /// Signs in.
    sign_in(SignInArgs) -> AppState;
    /// What to tell the administrator when a person is locked out or has forgotten the passphrase.
    rescue_request(Nothing) -> RescueRequest;
    /// Uses an administrator's code: ends a lock-out, or gives a new passphrase and signs in with it.
    rescue(RescueArgs) -> AppState;
    /// Sends what was packed at sign-out; needs no passphrase.
    send_outbox(Nothing) -> AppState;
    /// Signs out; first packs what is unsent into the sealed outbox and makes a backup.
    sign_out(Nothing) -> AppState;
    /// Hides the screen while the engine goes on.
    lock(Nothing) -> AppState;
    /// Shows the screen again.
    unlock(UnlockArgs) -> AppState;
    /// Changes one's own passphrase.
    change_passphrase(ChangePassphraseArgs) -> Nothing;
    /// Admits another person to this laptop.
    admit_user(AdmitArgs) -> AppState;
    /// Looks for drivers' laptops in this network, for some seconds.
    carriers_nearby(Nothing) -> Vec<NearbyCarrier>;
    /// Meets a driver's laptop: both prove who they are, and show six digits. Nothing is handed over yet.
    meet_carrier(MeetArgs) -> HandOverView;
    /// Says whether the digits are the same: then everything goes along once the driver says so too.
    answer_digits(DigitsArgs) -> HandOverView;
    /// How far the hand-over has come.
    handing_over(Nothing) -> HandOverView;
    /// On a driver's laptop: begins or ends to collect.
    collect(CollectArgs) -> CollectView;
    /// Who hands over to this driver, and what is carried.
    collecting(Nothing) -> CollectView;
    /// Says whether an assistant's screen shows the same digits.
    answer_meeting(MeetingArgs) -> CollectView;
    /// The hand-overs of tubes that givers have signed, for this driver to sign; newest first.
    offers(Nothing) -> Vec<OfferView>;
    /// Signs one of them as the taker.
    countersign(CountersignArgs) -> Vec<OfferView>;
    /// On a driver's laptop: counts the tubes of a laptop's list, or goes on where that stopped. What counts a hand-over
    /// counts this, too.
    begin_count(BeginCountArgs) -> HandoverView;
    /// The list that a count goes by, and what of a newer one differs.
    count_list(HandoverArgs) -> CountList;
    /// Goes on counting by the newest list; no scan is lost.
    count_newer(HandoverArgs) -> HandoverView;
    /// What drivers have counted of this laptop's tubes and not signed for yet.
    counted(CountedArgs) -> Vec<CountedView>;
    /// Takes over what a driver has counted; what was said here stays.
    take_count(TakeCountArgs) -> HandoverView;
    /// Tries once more what the server did not take.
    carry_again(Nothing) -> CollectView;
    /// Chooses language and appearance.
    set_preferences(PreferencesArgs) -> AppState;

    /// Describes all forms of the study.
    forms(Nothing) -> Forms;
    /// Today's work.
    home(Nothing) -> Home;
    /// Lists records of one model, newest first; with words, best match first.
    list(ListArgs) -> RecordPage;
    /// Searches all models.
    search(SearchArgs) -> Vec<RecordRow>;
    /// Everything about one record.
    record(RecordArgs) -> RecordDetail;
    /// Who changed what in a record, when and why; oldest first.
    history(RecordArgs) -> Vec<HistoryLine>;
    /// Specimens with their clocks.
    tubes(TubesArgs) -> TubePage;
    /// The tubes of which the laboratory says that something is wrong, the newest first.
    tube_news(Nothing) -> Vec<TubeRow>;
    /// Notes that somebody has looked at them.
    tube_news_seen(Nothing) -> SyncStatus;

    /// Makes record ids for inserts.
    new_ids(NewIdsArgs) -> Vec<RecordId>;
    /// Says what is wrong with a form so far.
    check(CheckArgs) -> CheckAnswer;
    /// Saves a form. Answers once it is on disk.
    save(SaveArgs) -> Saved;
    /// Settles a conflict.
    resolve(ResolveArgs) -> Saved;
    /// Attaches a file to a record; the same file at the same record again changes nothing.
    attach(AttachArgs) -> RecordRow;
    /// The file of an attachment.
    attachment_file(RecordArgs) -> AttachmentFile;
    /// Keeps a draft as it is typed.
    draft_put(DraftPutArgs) -> Nothing;
    /// One draft.
    draft_get(DraftArgs) -> Option<Draft>;
    /// All drafts of the person signed in, newest first.
    draft_list(Nothing) -> Vec<Draft>;
    /// Throws a draft away.
    draft_delete(DraftArgs) -> Nothing;

    /// The sync panel.
    sync_status(Nothing) -> SyncStatus;
    /// Pushes now. Pressing again is always safe.
    push(Nothing) -> SyncStatus;
    /// Pauses the push under way after the bundle that is on its way.
    pause(Nothing) -> SyncStatus;
    /// Goes on with a paused push.
    resume(Nothing) -> SyncStatus;
    /// Ends the push under way; what was received stays received.
    cancel(Nothing) -> SyncStatus;
    /// Switches automatic pushing.
    set_auto(AutoArgs) -> SyncStatus;
    /// Pushes of the past, newest first.
    push_history(Nothing) -> Vec<PushRecord>;
    /// Compares laptop and server, model by model.
    compare(Nothing) -> Comparison;
    /// Records that are not yet received or need attention.
    pending(PendingArgs) -> RecordPage;

    /// Removable drives and shares that are there now.
    drives(Nothing) -> Vec<Drive>;
    /// What the courier does, and what came of the last time.
    courier_status(Nothing) -> CourierStatus;
    /// Begins to write all that is unsent for a courier.
    courier_export(CourierArgs) -> CourierStatus;
    /// Begins to take in the receipts that a courier has brought.
    courier_import(CourierArgs) -> CourierStatus;
    /// The configured ways beside the network, the first to be tried first.
    ways(Nothing) -> Vec<WayView>;
    /// Adds a way, or replaces the one of this name.
    put_way(PutWayArgs) -> Vec<WayView>;
    /// Removes a way; what lies there stays.
    remove_way(WayArgs) -> Vec<WayView>;
    /// Has a way tried earlier or later.
    shift_way(ShiftWayArgs) -> Vec<WayView>;
    /// Begins to send by a way, and to take in what lies there.
    send_by_way(SendByArgs) -> CourierStatus;
    /// Ends the courier's work after the file that is on its way.
    courier_stop(Nothing) -> CourierStatus;

    /// A specimen's label as it is printed.
    label(LabelArgs) -> LabelView;
    /// Where and how this laptop prints, and its rolls.
    label_settings(Nothing) -> LabelSettings;
    /// Chooses printer and template.
    set_printer(PrinterArgs) -> LabelSettings;
    /// Prints labels; the journal is told before the first one leaves.
    print_labels(PrintArgs) -> Printed;
    /// Prints a label that is nobody's.
    print_test(Nothing) -> Printed;
    /// Lays labels out on sheets for the system's print dialog; the journal is told.
    label_sheets(SheetArgs) -> SheetView;
    /// Prints labels of a roll beforehand.
    print_roll(RollArgs) -> LabelSettings;
    /// Takes down that the label on a tube was looked at.
    check_label(CheckLabelArgs) -> LabelChecked;

    /// The bags that are here, and the tubes in none.
    bags(Nothing) -> Bags;
    /// Begins a bag that is kept at a temperature.
    new_bag(NewBagArgs) -> BagView;
    /// Puts a tube into a bag.
    pack(PackArgs) -> BagView;
    /// Takes a tube out of its bag.
    unpack(UnpackArgs) -> Bags;
    /// Closes a bag; nothing more goes in.
    close_bag(CloseBagArgs) -> Bags;

    /// Hand-overs: the open ones first.
    handovers(Nothing) -> Handovers;
    /// The tubes that can be handed over.
    waiting_tubes(Nothing) -> WaitingTubes;
    /// Begins a hand-over to a driver: every tube is expected, and none is seen.
    begin_handover(BeginHandoverArgs) -> HandoverView;
    /// Everything about one hand-over.
    handover(HandoverArgs) -> HandoverView;
    /// Lets tubes join an open hand-over.
    add_late_tubes(LateTubesArgs) -> HandoverView;
    /// Takes down that an expected tube is there.
    see_tube(SeeTubeArgs) -> TubeSeen;
    /// Takes down a tube that is there and was not expected.
    unexpected_tube(UnexpectedTubeArgs) -> HandoverView;
    /// Says of a tube that it is missing, rejected or held back, or takes back what was said.
    tube_outcome(TubeOutcomeArgs) -> HandoverView;
    /// Takes down seal, temperature and remarks.
    handover_details(HandoverDetailsArgs) -> HandoverView;
    /// Signs as giver or taker, once the hand-over comes out even.
    sign_handover(SignHandoverArgs) -> HandoverView;
    /// Takes a signature back while the hand-over is not closed.
    void_handover_signature(VoidSignatureArgs) -> HandoverView;
    /// Gives a hand-over up that nobody has signed; its tubes can be handed over again.
    cancel_handover(CancelHandoverArgs) -> Handovers;

    /// About this laptop.
    device(Nothing) -> DeviceView;
    /// Backups, newest first.
    backups(Nothing) -> Vec<BackupView>;
    /// Makes a backup now and verifies it.
    backup_now(Nothing) -> Vec<BackupView>;
}
