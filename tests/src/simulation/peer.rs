//! A laptop of the day: its folder, whatever happens to that, and the person at it.

use std::{
    collections::{BTreeMap, VecDeque},
    fs,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use tsela_core::{
    api::EnrolRequest,
    credential::Credential,
    enrolment::EnrolmentCode,
    entry::Fields,
    ids::{DeviceId, RecordId, SaveId},
    seal::{SealingKey, SigningKey},
    trust::{ServerKeyDoc, Signed},
};
use tsela_rpc::client::laptop::{Laptop, Opened};
use tsela_server::{Server, admin::By};
use tsela_store::{
    Connection, Folder, Kdf, LockRules, backup, identity as identity_row,
    journal::{Change, ChangeOp, SaveError, Warnings},
    lines::Names,
};
use tsela_sync::{
    clock::Clock,
    enrol::Enrolment,
    identity::{DeviceIdentity, RemoteServer, compile},
    machine::{Event, Machine},
    road::pin::Spki,
};
use zeroize::Zeroizing;

use super::{
    clock::{Hands, Time},
    dice::Dice,
    push::Sending,
    road::BadRoad,
};

/// What everybody types to sign in.
const PASSPHRASE: &str = "pula e na thata";
/// Between two pushes, milliseconds.
const INTERVAL: u64 = 60_000;

/// Every file of a folder, as an image of the disk has it.
type Image = BTreeMap<PathBuf, Vec<u8>>;

/// A laptop.
pub struct Peer {
    /// What people call it.
    pub name: String,
    /// Its device.
    pub device: DeviceId,
    /// Whether it is a driver's.
    pub carries: bool,
    /// Its wall clock.
    pub clock: Hands,
    /// The time that passes.
    pub time: Time,
    /// The lines of the day that are still to be entered.
    pub lines: VecDeque<String>,
    /// What earlier lines have named.
    pub names: Names,
    /// Its road to the server.
    pub road: BadRoad,
    /// The engine's states.
    pub machine: Machine,
    /// What the engine has on the road.
    pub sending: Sending,
    /// Whether it ever said something again because of a fork.
    pub forked: bool,
    /// What stood in the way of the last push.
    pub refused: Option<&'static str>,
    laptop: Laptop,
    dir: PathBuf,
    opened: Option<Opened>,
    image: Option<Image>,
    backup: Option<PathBuf>,
}

impl Peer {
    /// Enrols a laptop with the server.
    pub fn enrol(dir: &Path, name: &str, carries: bool, server: &Server, time: &Time, dice: &mut Dice) -> Self {
        let clock = Hands::of(time);
        let role = if carries { "carrier" } else { "field" };
        let code = server.make_code(role, None, "", Some("https://clinic.example:8443"), &By::operator());
        let enrolment = enrolment(&code.expect("a code").code, name, server, &clock, dice);
        let laptop = Laptop::at(dir, Arc::new(clock.clone())).with_kdf(Kdf::CHEAP_FOR_TESTS);
        laptop.build(&enrolment, PASSPHRASE, &mut dice.0).expect("a laptop is built");
        let device = enrolment.device.device;
        let mut peer = Self {
            name: name.to_owned(),
            device,
            carries,
            clock,
            time: time.clone(),
            lines: VecDeque::new(),
            names: Names::default(),
            road: BadRoad::new(Default::default(), dice.apart()),
            machine: Machine::new(true, INTERVAL, false),
            sending: Sending::default(),
            forked: false,
            refused: None,
            laptop,
            dir: dir.to_path_buf(),
            opened: None,
            image: None,
            backup: None,
        };
        peer.open(dice);
        peer
    }

    fn open(&mut self, dice: &mut Dice) {
        let mut opened = self.laptop.open_locked(None, PASSPHRASE).expect("the laptop opens");
        // What the engine would have kept in mind of the server's life lies in the store.
        let remote = opened.store.read(tsela_store::remote::get).expect("the remote can be read");
        opened.remote.incarnation = remote.map_or(opened.remote.incarnation, |remote| remote.incarnation);
        let unsent = opened.store.read(tsela_store::outgoing::is_anything_unsent).expect("the store can be read");
        self.opened = Some(opened);
        self.machine = Machine::new(true, INTERVAL, unsent);
        self.sending = Sending::default();
        self.machine.on(Event::Start, self.millis(), &mut dice.0);
    }

    /// Returns the laptop as its person has opened it.
    pub fn opened(&self) -> &Opened {
        self.opened.as_ref().expect("the laptop is open but for moments")
    }

    /// As [`Self::opened`], to change what it knows of the server.
    pub fn opened_mut(&mut self) -> &mut Opened {
        self.opened.as_mut().expect("the laptop is open but for moments")
    }

    /// Reads its store.
    pub fn read<T>(&self, ask: impl FnOnce(&Connection) -> tsela_store::Result<T>) -> T {
        self.opened().store.read(ask).expect("the laptop's store can be read")
    }

    /// Remembers whether it has said something again because of a fork, whatever the road by which it heard of that.
    pub fn note_forks(&mut self) {
        let sql = "SELECT EXISTS (SELECT 1 FROM meta WHERE key LIKE 'reissued%')";
        self.forked |= self.read(|conn| Ok(conn.query_row(sql, [], |row| row.get::<_, bool>(0))?));
    }

    /// Returns the milliseconds of its steady clock.
    pub fn millis(&self) -> u64 {
        u64::try_from(self.clock.monotonic().as_millis()).unwrap_or(u64::MAX)
    }

    /// Returns its newest credential, as it shows it to others.
    pub fn credential(&self) -> Credential {
        let row = self.read(identity_row::get).expect("an enrolled laptop has an identity");
        let signed: Signed<Credential> = serde_json::from_str(&row.credential).expect("a credential");
        signed.read_unverified().expect("a credential")
    }

    /// Saves changes; says whether they were taken. What the rules refuse is refused, as on a form.
    pub fn save(&mut self, changes: &[Change], dice: &mut Dice) -> bool {
        let save = SaveId(dice.id(self.clock.now()));
        match self.opened().save(save, changes, None, Warnings::Accept) {
            Ok(_) => {
                self.machine.on(Event::LocalSave, self.millis(), &mut dice.0);
                true
            }
            Err(SaveError::Refused(_)) => false,
            Err(error) if has_no_code(&error) => false,
            Err(error) => panic!("{} cannot save: {error}", self.name),
        }
    }

    /// Makes an id for a record.
    pub fn fresh(&self, dice: &mut Dice) -> RecordId {
        RecordId(dice.id(self.clock.now()))
    }

    /// Closes it as a person does who goes home.
    pub fn close(&mut self) {
        if let Some(opened) = self.opened.take() {
            opened.advance_marker().expect("the marker is written");
        }
    }

    /// Loses power: what was committed is there, and nothing else was noted.
    pub fn crash(&mut self, dice: &mut Dice) {
        self.opened = None;
        self.open(dice);
    }

    /// Takes an image of the whole disk.
    pub fn take_image(&mut self, dice: &mut Dice) {
        self.close();
        self.image = Some(files(&self.dir));
        self.open(dice);
    }

    /// Puts the image back in place, of which nothing on the laptop can tell. Says whether there was one.
    pub fn put_image_back(&mut self, dice: &mut Dice) -> bool {
        let Some(image) = self.image.take() else { return false };
        self.opened = None;
        for gone in files(&self.dir).keys().filter(|path| !image.contains_key(*path)) {
            fs::remove_file(self.dir.join(gone)).expect("a file is removed");
        }
        for (path, bytes) in image {
            fs::write(self.dir.join(path), bytes).expect("a file is put back");
        }
        self.open(dice);
        true
    }

    /// Makes a backup.
    pub fn back_up(&mut self) {
        self.backup = Some(self.opened().backup().expect("a backup is made").path);
    }

    /// Restores its last backup. Says whether there was one.
    pub fn restore(&mut self, dice: &mut Dice) -> bool {
        let Some(path) = self.backup.take().filter(|path| path.exists()) else { return false };
        let key = self.opened().store.key().clone();
        self.close();
        let lock = self.laptop.lock("restore", Duration::ZERO).expect("nobody has it open");
        let now = self.clock.now();
        backup::restore(&path, &Folder::new(&self.dir), &key, &lock, now).expect("the backup is restored");
        drop(lock);
        self.open(dice);
        true
    }

    /// Becomes two: a copy of the folder, which somebody goes on working with.
    pub fn cloned(&mut self, dir: &Path, dice: &mut Dice) -> Self {
        self.close();
        for (path, bytes) in files(&self.dir) {
            let to = dir.join(path);
            fs::create_dir_all(to.parent().expect("a file lies in a folder")).expect("a folder is made");
            fs::write(to, bytes).expect("a file is copied");
        }
        self.open(dice);
        let clock = Hands::of(&self.time);
        let laptop = Laptop::at(dir, Arc::new(clock.clone())).with_kdf(Kdf::CHEAP_FOR_TESTS);
        let mut copy = Self {
            name: format!("{}'s copy", self.name),
            device: self.device,
            carries: self.carries,
            clock,
            time: self.time.clone(),
            lines: VecDeque::new(),
            names: self.names.clone(),
            road: BadRoad::new(self.road.weather, dice.apart()),
            machine: Machine::new(true, INTERVAL, false),
            sending: Sending::default(),
            forked: self.forked,
            refused: None,
            laptop,
            dir: dir.to_path_buf(),
            opened: None,
            image: None,
            backup: None,
        };
        copy.open(dice);
        copy
    }
}

/// Says whether no stream code is left: nothing can be written until the server has given new ones.
pub fn has_no_code(error: &SaveError) -> bool {
    matches!(error, SaveError::Store(error) if error.code() == tsela_store::Code::Invalid)
}

/// What a person does to a record.
pub fn change(op: ChangeOp, model: &str, record: RecordId, set: Fields, reason: Option<&str>) -> Change {
    Change { op, model: model.to_owned(), record, set, reason: reason.map(str::to_owned), source: None }
}

/// Every file below a folder, by its path in it.
fn files(dir: &Path) -> Image {
    let (mut found, mut folders) = (Image::new(), vec![dir.to_path_buf()]);
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("a folder can be read") {
            let path = entry.expect("a folder can be read").path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let name = path.strip_prefix(dir).expect("it lies below the folder").to_path_buf();
                found.insert(name, fs::read(&path).expect("a file can be read"));
            }
        }
    }
    found
}

/// Asks the server as a laptop does, without a network between the two.
fn enrolment(code: &EnrolmentCode, name: &str, server: &Server, clock: &Hands, dice: &mut Dice) -> Enrolment {
    let (signing_key, sealing_key) = (SigningKey::generate(&mut dice.0), SealingKey::generate(&mut dice.0));
    let device = DeviceId(dice.id(clock.now()));
    let request = EnrolRequest {
        secret: *code.secret().as_bytes(),
        device,
        device_name: name.to_owned(),
        user: name.to_owned(),
        verify_key: signing_key.verify_key(),
        sealing_key: sealing_key.public(),
        app: tsela_sync::road::http::APP.to_owned(),
    };
    let answer = server.enrol(&request).expect("the server enrols a laptop");
    let root = server.identity().root;
    let keys = ServerKeyDoc::first(&answer.server_key, &root, code.root()).expect("the study's server");
    let credential = Credential::check_signature(&answer.credential, &keys).expect("a credential of this server");
    let package = compile(&answer.package.verify(&keys.verify_key).expect("signed by this server"));
    let package = package.expect("a study package").package().clone();
    let role = if credential.role == tsela_core::credential::DeviceRole::Carrier { "carrier" } else { "field" };
    Enrolment {
        device: DeviceIdentity {
            study: keys.study,
            device,
            name: name.to_owned(),
            signing_key,
            sealing_key,
            credential: answer.credential,
        },
        remote: RemoteServer {
            name: answer.server_name,
            url: code.url().to_owned(),
            token: Zeroizing::new(answer.token),
            spki: Spki(keys.tls_spki_sha256),
            root,
            signed_keys: answer.server_key,
            keys,
            incarnation: answer.incarnation,
            auto: true,
            interval_seconds: 60,
        },
        role: role.to_owned(),
        codes: credential.codes,
        user: answer.user,
        user_name: name.to_owned(),
        user_role: answer.user_role,
        lock: LockRules::from(&package.lock),
        package_version: package.version,
        package: answer.package,
    }
}
