//! The commands of the server's pages, each for the roles that may give it.

#![allow(clippy::result_large_err, reason = "the trait's answers hold a failure in words; it is made once a call")]

use std::{
    borrow::Cow,
    net::IpAddr,
    sync::{Mutex, PoisonError},
};

use tsela_rpc::schema::{
    Answer, Nothing,
    client::ListArgs,
    common::{HistoryLine, RecordArgs, RecordDetail, RecordPage},
    forms::{Forms, ResolveArgs},
    handover::{
        CancelHandoverArgs, HandoverArgs, HandoverDetailsArgs, HandoverView, Handovers, LateTubesArgs, SeeTubeArgs,
        SignHandoverArgs, TubeOutcomeArgs, TubeSeen, UnexpectedTubeArgs, VoidSignatureArgs,
    },
    lab::{
        Arriving, BeginDeliveryArgs, ChaseTubeArgs, DecideTubesArgs, MissingTubes, ReceivedTubes, Report, ReportArgs,
        ReportFile,
    },
    server::{
        AdmitEntriesArgs, CloseForkArgs, CodeRow, ConflictRow, DeviceRow, FindingPage, FindingRow, ForkRow, HeldRow,
        NewCode, NewCodeArgs, PageArgs, RenewArgs, RescueCode, RescueCodeArgs, Resolved, RevokeArgs, ServerHost,
        ServerState, ServerUser,
    },
    settings::SignInArgs,
};
use tsela_rpc::{handover, views};
use tsela_store::{records, server::sessions};
use zeroize::Zeroizing;

use super::{
    rows,
    rpc::failure,
    session::{self, SignedIn},
};
use crate::{
    admin::{ADMINISTRATOR, By, ConflictFound, DATA_MANAGER, DRIVER, FindingFound, LAB_ASSISTANT, LABORATORY, Rescue},
    error::{Refusal, Result},
    laboratory::LabDesk,
    server::Server,
};

/// The study that is shown as a demonstration.
const DEMONSTRATION: &str = "018f3b1c-6a00-7000-8000-000000000001";

/// A new session's secret, or `None` to take the cookie away.
type CookieChange = Option<Zeroizing<String>>;

/// The pages as one caller has them.
pub(super) struct Pages<'a> {
    server: &'a Server,
    signed_in: Option<SignedIn>,
    address: IpAddr,
    cookie: Mutex<Option<CookieChange>>,
}

/// Who may give a command.
const REVIEWERS: &[&str] = &[ADMINISTRATOR, DATA_MANAGER];
const ADMINISTRATORS: &[&str] = &[ADMINISTRATOR];
/// Who sees what is on the road.
const ROAD: &[&str] = &[LAB_ASSISTANT, DATA_MANAGER, ADMINISTRATOR, DRIVER];

impl<'a> Pages<'a> {
    pub fn new(server: &'a Server, signed_in: Option<SignedIn>, address: IpAddr) -> Self {
        Self { server, signed_in, address, cookie: Mutex::new(None) }
    }

    /// Returns what must become of the cookie, if anything.
    pub fn into_cookie(self) -> Option<CookieChange> {
        self.cookie.into_inner().unwrap_or_else(PoisonError::into_inner)
    }

    fn set_cookie(&self, change: CookieChange) {
        *self.cookie.lock().unwrap_or_else(PoisonError::into_inner) = Some(change);
    }

    /// Returns who is signed in, with one of these roles.
    fn one_of(&self, roles: &[&str]) -> Answer<By> {
        let allowed = || -> Result<By, Refusal> {
            let signed_in = self.signed_in.as_ref().ok_or_else(|| {
                Refusal::new(401, "signed_out", "You are not signed in.", "Sign in; nothing was lost.")
            })?;
            let account = &signed_in.account;
            if !roles.contains(&account.role.as_str()) {
                let detail = "Ask somebody with another role to do this.";
                return Err(Refusal::new(403, "not_allowed", "Your role does not include this.", detail));
            }
            Ok(By { user: account.id, name: account.name.clone(), role: account.role.clone() })
        };
        allowed().map_err(failure)
    }

    /// Runs a command on behalf of a person with one of these roles.
    fn as_one_of<T>(&self, roles: &[&str], work: impl FnOnce(&Server, &By) -> Result<T>) -> Answer<T> {
        let by = self.one_of(roles)?;
        work(self.server, &by).map_err(|error| failure(Refusal::of(error)))
    }

    /// Runs a command of the laboratory's desk.
    fn at_lab<T>(&self, work: impl FnOnce(&LabDesk<'_>) -> Answer<T>) -> Answer<T> {
        let by = Cow::Owned(self.one_of(LABORATORY)?);
        work(&LabDesk::of(self.server, by))
    }

    /// Runs a command that writes at the laboratory's desk, one after the other: what it has read still holds when it saves.
    fn write_at_lab<T>(&self, work: impl FnOnce(&LabDesk<'_>) -> Answer<T>) -> Answer<T> {
        self.at_lab(|desk| {
            let _turn = self.server.inner().desk.lock().unwrap_or_else(PoisonError::into_inner);
            work(desk)
        })
    }

    fn state(&self, signed_in: Option<&SignedIn>) -> Answer<ServerState> {
        let state = || -> Result<ServerState> {
            let server = self.server;
            let reviewer = signed_in.filter(|s| REVIEWERS.contains(&s.account.role.as_str()));
            let incarnation = server.life().id.to_string();
            let package = server.newest_package()?.package;
            Ok(ServerState {
                study: package.name.clone(),
                demonstration: server.study().to_string() == DEMONSTRATION,
                server: server.identity().name.clone(),
                version: env!("CARGO_PKG_VERSION").to_owned(),
                now: server.now(),
                today: server.now().date(package.utc_offset_minutes).to_string(),
                user: signed_in.map(|s| ServerUser { name: s.account.name.clone(), role: s.account.role.clone() }),
                incarnation: incarnation.rsplit('-').next().unwrap_or_default().to_owned(),
                counts: reviewer.map(|_| server.counts()).transpose()?,
                areas: signed_in.map(|s| areas(&s.account.role)).unwrap_or_default(),
            })
        };
        state().map_err(|error| failure(Refusal::of(error)))
    }
}

/// Returns which parts of the pages a role includes.
fn areas(role: &str) -> Vec<String> {
    let areas: [(&str, &[&str]); 3] = [("desk", REVIEWERS), ("laboratory", LABORATORY), ("driver", &[DRIVER])];
    areas.iter().filter(|(_, roles)| roles.contains(&role)).map(|(area, _)| (*area).to_owned()).collect()
}

impl ServerHost for Pages<'_> {
    fn server_state(&self, _: Nothing) -> Answer<ServerState> {
        self.state(self.signed_in.as_ref())
    }

    fn server_sign_in(&self, args: SignInArgs) -> Answer<ServerState> {
        let passphrase = Zeroizing::new(args.passphrase);
        let sign_in = || -> Result<SignedIn> {
            self.server.inner().limits.sign_in.take(self.address, 1.0, self.server.now())?;
            let account = self.server.check_passphrase(&args.user, &passphrase)?;
            if areas(&account.role).is_empty() {
                let detail = "These pages are for administrators, data managers, the laboratory and drivers.";
                return Err(Refusal::new(403, "not_allowed", "Your role does not include this.", detail).into());
            }
            let secret = session::begin(self.server, &account)?;
            self.set_cookie(Some(secret));
            Ok(SignedIn { account, hash: [0; 32] })
        };
        let signed_in = sign_in().map_err(|error| failure(Refusal::of(error)))?;
        self.state(Some(&signed_in))
    }

    fn server_sign_out(&self, _: Nothing) -> Answer<ServerState> {
        if let Some(SignedIn { account, hash }) = &self.signed_in {
            let by = By { user: account.id, name: account.name.clone(), role: account.role.clone() };
            let end = || -> Result<()> {
                self.server.write(|tx| Ok(sessions::end(tx, hash)?))?;
                self.server.event(&by, "sign_out", &[])
            };
            end().map_err(|error| failure(Refusal::of(error)))?;
        }
        self.set_cookie(None);
        self.state(None)
    }

    fn devices(&self, _: Nothing) -> Answer<Vec<DeviceRow>> {
        self.as_one_of(REVIEWERS, |server, _| server.devices())
    }

    fn revoke(&self, args: RevokeArgs) -> Answer<Vec<DeviceRow>> {
        self.as_one_of(ADMINISTRATORS, |server, by| {
            server.revoke(args.device, &args.reason, by)?;
            server.devices()
        })
    }

    fn rescue_code(&self, args: RescueCodeArgs) -> Answer<RescueCode> {
        self.as_one_of(ADMINISTRATORS, |server, by| {
            let what = if args.admit { Rescue::Admit } else { Rescue::Unlock };
            let code = server.rescue_code(args.device, &args.request, what, &args.user, &args.reason, by)?;
            Ok(RescueCode { code })
        })
    }

    fn renew(&self, args: RenewArgs) -> Answer<Vec<DeviceRow>> {
        self.as_one_of(ADMINISTRATORS, |server, by| {
            server.renew(args.device, by)?;
            server.devices()
        })
    }

    fn codes(&self, _: Nothing) -> Answer<Vec<CodeRow>> {
        self.as_one_of(ADMINISTRATORS, |server, _| server.codes())
    }

    fn new_code(&self, args: NewCodeArgs) -> Answer<NewCode> {
        self.as_one_of(ADMINISTRATORS, |server, by| {
            let minutes = args.hours.clamp(1, 168) * 60;
            let made = server.make_code(&args.role, Some(minutes), &args.note, None, by)?;
            Ok(NewCode { code: made.code.to_string(), qr_svg: made.qr_svg()?, expires_at: made.expires_at })
        })
    }

    fn held(&self, _: Nothing) -> Answer<Vec<HeldRow>> {
        self.as_one_of(REVIEWERS, |server, _| server.held())
    }

    fn findings(&self, args: PageArgs) -> Answer<FindingPage> {
        self.as_one_of(REVIEWERS, |server, _| {
            let (total, found) = server.findings(args.offset, args.limit)?;
            let rows = server.read(|conn| {
                let names = server.names(conn)?;
                let row = |found: &FindingFound| {
                    Ok(FindingRow {
                        record: rows::arrived(views::row(conn, &found.record, &names)?),
                        finding: views::finding(conn, &found.record.state, &found.finding)?,
                    })
                };
                found.iter().map(row).collect()
            })?;
            Ok(FindingPage { total, rows })
        })
    }

    fn conflicts(&self, _: Nothing) -> Answer<Vec<ConflictRow>> {
        self.as_one_of(REVIEWERS, |server, _| {
            let found = server.conflicts()?;
            server.read(|conn| {
                let names = server.names(conn)?;
                let row = |found: ConflictFound| {
                    Ok(ConflictRow {
                        conflicts: found.record.state.conflicts(),
                        authors: found.authors.into_iter().map(|(dot, who)| (dot.to_string(), who)).collect(),
                        record: rows::arrived(views::row(conn, &found.record, &names)?),
                    })
                };
                found.into_iter().map(row).collect()
            })
        })
    }

    fn server_resolve(&self, args: ResolveArgs) -> Answer<Resolved> {
        self.as_one_of(REVIEWERS, |server, by| {
            server.resolve(args.record, &args.field, args.value, &args.reason, by)?;
            Ok(Resolved { record: args.record })
        })
    }

    fn forks(&self, _: Nothing) -> Answer<Vec<ForkRow>> {
        self.as_one_of(REVIEWERS, |server, _| server.forks())
    }

    fn admit_entries(&self, args: AdmitEntriesArgs) -> Answer<Vec<ForkRow>> {
        self.as_one_of(REVIEWERS, |server, by| {
            server.admit(args.stream, args.through, &args.reason, by)?;
            server.forks()
        })
    }

    fn close_fork(&self, args: CloseForkArgs) -> Answer<Vec<ForkRow>> {
        self.as_one_of(REVIEWERS, |server, by| {
            server.close_fork(args.stream, &args.reason, by)?;
            server.forks()
        })
    }

    fn server_forms(&self, _: Nothing) -> Answer<Forms> {
        self.as_one_of(LABORATORY, |server, _| Ok(rows::forms(&server.newest_package()?.package)))
    }

    fn server_list(&self, args: ListArgs) -> Answer<RecordPage> {
        self.as_one_of(REVIEWERS, |server, _| {
            server.read(|conn| {
                let filter = records::Filter {
                    model: Some(args.model.as_str()).filter(|model| !model.is_empty()),
                    parent: args.parent,
                    text: &args.text,
                    with_void: args.with_void,
                    offset: args.offset,
                    limit: args.limit.min(500),
                };
                let mut page = views::page(conn, &filter, &server.names(conn)?)?;
                page.rows = page.rows.into_iter().map(rows::arrived).collect();
                Ok(page)
            })
        })
    }

    fn server_record(&self, args: RecordArgs) -> Answer<RecordDetail> {
        self.as_one_of(REVIEWERS, |server, _| {
            server.read(|conn| {
                let missing = || Refusal::not_found("There is no such record here.");
                let mut detail = views::detail(conn, args.id, &server.names(conn)?)?.ok_or_else(missing)?;
                detail.row = rows::arrived(detail.row);
                detail.children = detail.children.into_iter().map(rows::arrived).collect();
                Ok(detail)
            })
        })
    }

    fn server_history(&self, args: RecordArgs) -> Answer<Vec<HistoryLine>> {
        self.as_one_of(REVIEWERS, |server, _| {
            server.read(|conn| {
                let lines = views::history(conn, args.id, &server.names(conn)?)?;
                Ok(lines.into_iter().map(rows::arrived_line).collect())
            })
        })
    }

    fn arriving(&self, _: Nothing) -> Answer<Arriving> {
        let by = self.one_of(ROAD)?;
        let sees_participants = by.role != DRIVER;
        LabDesk { server: self.server, by: Cow::Owned(by), sees_participants }.arriving()
    }

    fn begin_delivery(&self, args: BeginDeliveryArgs) -> Answer<HandoverView> {
        self.write_at_lab(|desk| desk.begin(&args))
    }

    fn handovers(&self, _: Nothing) -> Answer<Handovers> {
        self.at_lab(|desk| handover::all(desk))
    }

    fn handover(&self, args: HandoverArgs) -> Answer<HandoverView> {
        self.at_lab(|desk| handover::one(desk, args.transfer))
    }

    fn add_late_tubes(&self, args: LateTubesArgs) -> Answer<HandoverView> {
        self.write_at_lab(|desk| handover::let_join(desk, &args))
    }

    fn see_tube(&self, args: SeeTubeArgs) -> Answer<TubeSeen> {
        self.write_at_lab(|desk| handover::see(desk, &args))
    }

    fn unexpected_tube(&self, args: UnexpectedTubeArgs) -> Answer<HandoverView> {
        self.write_at_lab(|desk| handover::unexpected(desk, &args))
    }

    fn tube_outcome(&self, args: TubeOutcomeArgs) -> Answer<HandoverView> {
        self.write_at_lab(|desk| handover::say(desk, &args))
    }

    fn handover_details(&self, args: HandoverDetailsArgs) -> Answer<HandoverView> {
        self.write_at_lab(|desk| handover::look_besides(desk, &args))
    }

    fn sign_handover(&self, args: SignHandoverArgs) -> Answer<HandoverView> {
        self.write_at_lab(|desk| handover::sign(desk, &args))
    }

    fn void_handover_signature(&self, args: VoidSignatureArgs) -> Answer<HandoverView> {
        self.write_at_lab(|desk| handover::take_back(desk, &args))
    }

    fn cancel_handover(&self, args: CancelHandoverArgs) -> Answer<Handovers> {
        self.write_at_lab(|desk| handover::give_up(desk, &args))
    }

    fn received_tubes(&self, _: Nothing) -> Answer<ReceivedTubes> {
        self.at_lab(|desk| desk.received())
    }

    fn decide_tubes(&self, args: DecideTubesArgs) -> Answer<ReceivedTubes> {
        self.write_at_lab(|desk| desk.decide(&args))
    }

    fn missing_tubes(&self, _: Nothing) -> Answer<MissingTubes> {
        self.at_lab(|desk| desk.missing())
    }

    fn chase_tube(&self, args: ChaseTubeArgs) -> Answer<MissingTubes> {
        self.write_at_lab(|desk| desk.chase(&args))
    }

    fn report(&self, args: ReportArgs) -> Answer<Report> {
        self.at_lab(|desk| desk.report(&args))
    }

    fn report_csv(&self, args: ReportArgs) -> Answer<ReportFile> {
        self.at_lab(|desk| desk.report_csv(&args))
    }
}
