//! A short day of the study, in one process, with everything going wrong that can: simulated by a seed.
//!
//! Two assistants without a network enter households, check labels, pack tubes and hand them over; a driver carries what he
//! cannot read, and delivers; sticks travel; somebody pushes directly; the laboratory receives, rejects, misses and decides. Meanwhile roads lose, repeat, reorder, cut and damage
//! what goes along them, machines lose power, are restored from backups and older images, laptops become two, clocks are off
//! by years. In the end the roads are mended, everything is sent until nothing moves any more, and [`checks`] asks whether what
//! had to hold does.
//!
//! Stores, bundles, receipts, hand-overs and the engine's machine are the real ones; the stores lie in a folder in memory
//! where there is one. A seed decides what happens, though not which keys and nonces the real code draws on its own, nor which
//! spare code a copied laptop chooses by its file's number: a day that hangs on these is seen again in most repetitions, not in
//! all.

use std::path::{Path, PathBuf};

use tempfile::TempDir;

mod checks;
mod clinic;
mod clock;
mod dice;
mod happened;
mod laboratory;
mod meeting;
mod model;
mod peer;
mod push;
mod road;
mod stick;
mod work;

pub use clinic::Forks;
pub use happened::Happened;

use clinic::Clinic;
use clock::{Hands, Time};
use dice::Dice;
use peer::Peer;
use road::{BadRoad, Weather};
use stick::Stick;

/// Most rounds in which everything is sent until nothing moves.
const ROUNDS: usize = 20;
/// In how many of them everybody meets the driver.
const MEETINGS: usize = 8;
/// After which of them the laboratory finishes what it has begun, so that word of it goes out as well.
const LABORATORY: usize = 1;
/// Steps that are told when a day goes wrong.
const TOLD: usize = 40;
/// Ten years, milliseconds.
const TEN_YEARS: i64 = 10 * 365 * 24 * 3_600_000;
/// Most laptops of one day, copies included.
const MOST_LAPTOPS: usize = 5;

/// Simulates one day.
///
/// # Panics
/// If something does not hold; the seed and the last steps are told then.
pub fn run(seed: u64, forks: Forks) -> Happened {
    let mut day = Day::begin(seed, forks);
    let steps = 70 + day.dice.below(50);
    for _ in 0..steps {
        day.step();
    }
    day.evening();
    let steps = 20 + day.dice.below(20);
    for _ in 0..steps {
        day.step_at_the_clinic();
    }
    day.send_everything();
    day.clinic.note_own();
    day.happened.records = checks::at_the_end(&day.peers, &day.clinic, &mut day.dice);
    day.stick.check();
    day.happened.forks = day.clinic.model.streams.values().filter(|stream| stream.forked_at.is_some()).count();
    let transfers = day.clinic.read(tsela_store::custody::transfers);
    day.happened.closed = transfers.iter().filter(|(_, closing)| closing.is_closed()).count();
    day.happened
}

/// What is done to the paper and the tubes; says whether it could be done.
type Work = fn(&mut Peer, &mut Dice) -> bool;

/// An assistant's work. Entering comes up most often.
const WORK: [(&str, Work); 12] = [
    ("enters", work::enter),
    ("enters", work::enter),
    ("checks a label", work::label),
    ("enters", work::enter),
    ("packs", work::pack),
    ("begins a hand-over", work::begin),
    ("enters", work::enter),
    ("looks at a tube", work::look),
    ("enters", work::enter),
    ("looks at a tube", work::look),
    ("signs", work::sign),
    ("corrects", work::correct),
];

/// A day under way.
struct Day {
    dice: Dice,
    time: Time,
    peers: Vec<Peer>,
    clinic: Clinic,
    stick: Stick,
    /// Between laptops that meet.
    between: BadRoad,
    happened: Happened,
    told: Told,
    dir: TempDir,
}

/// The last steps, told if the day goes wrong.
struct Told {
    seed: u64,
    steps: Vec<String>,
}

impl Drop for Told {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let from = self.steps.len().saturating_sub(TOLD);
            println!("TSELA_SEED={}: the last of {} steps:", self.seed, self.steps.len());
            self.steps.iter().skip(from).for_each(|step| println!("  {step}"));
        }
    }
}

/// A folder in memory, where the machine has such; otherwise one that goes away as well.
fn folder() -> TempDir {
    let memory = Path::new("/dev/shm");
    let dir = if memory.is_dir() { tempfile::tempdir_in(memory) } else { tempfile::tempdir() };
    dir.expect("a temporary folder")
}

impl Day {
    fn begin(seed: u64, forks: Forks) -> Self {
        let mut dice = Dice::new(seed);
        let (dir, time) = (folder(), Time::default());
        let clinic = Clinic::open(&dir.path().join("clinic"), Hands::of(&time), forks, &mut dice);
        let mut peers = Vec::new();
        for (name, carries) in [("lesedi", false), ("thabo", false), ("driver", true)] {
            let mut peer = Peer::enrol(&dir.path().join(name), name, carries, clinic.server(), &time, &mut dice);
            peer.road.weather = Weather::roll(&mut dice);
            if !carries {
                let lines = 18 + dice.below(12);
                peer.lines = work::day(&mut dice, lines).into();
            }
            peers.push(peer);
        }
        let between = BadRoad::new(Weather::roll(&mut dice), dice.apart());
        let stick = Stick::new(&dir.path().join("stick"));
        let told = Told { seed, steps: Vec::new() };
        Self { dice, time, peers, clinic, stick, between, happened: Happened::default(), told, dir }
    }

    fn tell(&mut self, what: &str, who: usize, came_to: impl std::fmt::Debug) {
        let name = self.peers.get(who).map_or("the clinic", |peer| peer.name.as_str());
        self.told.steps.push(format!("{:>9} ms  {name} {what}: {came_to:?}", self.time.millis()));
    }

    fn check(&mut self) {
        self.peers.iter_mut().for_each(Peer::note_forks);
        checks::after_step(&self.peers, &self.clinic);
    }

    /// Something happens.
    fn step(&mut self) {
        self.time.pass(1_000 + self.dice.below(120_000) as i64);
        let who = self.dice.below(self.peers.len());
        match self.dice.below(1_000) {
            0..640 if !self.peers[who].carries => self.works(who),
            0..160 => self.pushes(who),
            160..340 => self.meets(who),
            340..640 => self.signs(who),
            640..710 => self.pushes(who),
            710..800 => self.meets(who),
            800..850 => self.with_the_stick(who),
            850..890 => self.at_the_laboratory(),
            _ => self.accident(who),
        }
        self.check();
    }

    /// Something happens on the next day, when tubes and data come to the clinic by their several roads.
    fn step_at_the_clinic(&mut self) {
        self.time.pass(1_000 + self.dice.below(120_000) as i64);
        let who = self.dice.below(self.peers.len());
        match self.dice.below(1_000) {
            0..350 => self.at_the_laboratory(),
            350..600 => self.pushes(who),
            600..700 => self.meets(who),
            700..750 => {
                let driver = self.driver();
                self.signs(driver);
            }
            750..850 => self.with_the_stick(who),
            _ => self.accident(who),
        }
        self.check();
    }

    /// Does something of an assistant's work: what the dice say if it can be done, otherwise what can.
    fn works(&mut self, who: usize) {
        let (peer, dice) = (&mut self.peers[who], &mut self.dice);
        let first = dice.below(WORK.len());
        let mut work = WORK.iter().cycle().skip(first).take(WORK.len());
        let done = work.find(|(_, work)| work(peer, dice)).map(|(what, _)| *what);
        self.happened.saves += usize::from(done.is_some());
        self.tell("works", who, done);
    }

    fn pushes(&mut self, who: usize) {
        let (peer, clinic, dice) = (&mut self.peers[who], &mut self.clinic, &mut self.dice);
        if dice.chance(300) {
            push::wait(peer, clinic, dice)
        } else {
            push::push(peer, clinic, dice)
        }
        self.tell_push(who);
    }

    fn tell_push(&mut self, who: usize) {
        let peer = &self.peers[who];
        let came_to = (peer.machine.trouble().map(|trouble| trouble.kind), peer.refused);
        self.tell("pushes", who, came_to);
    }

    /// An assistant meets the driver, whoever of the two was drawn.
    fn meets(&mut self, who: usize) {
        let driver = self.driver();
        let givers: Vec<usize> = (0..self.peers.len()).filter(|n| !self.peers[*n].carries).collect();
        let giver = if self.peers[who].carries { *self.dice.pick(&givers).expect("an assistant") } else { who };
        let met = meeting::meet(&self.peers[giver], &self.peers[driver], &mut self.between);
        self.tell("meets the driver", giver, met);
    }

    fn driver(&self) -> usize {
        self.peers.iter().position(|peer| peer.carries).expect("there is a driver")
    }

    fn signs(&mut self, who: usize) {
        let signed = meeting::countersign(&mut self.peers[who], &mut self.dice);
        self.tell("signs for tubes", who, signed);
    }

    /// The laboratory does some things, one after the other.
    fn at_the_laboratory(&mut self) {
        for _ in 0..1 + self.dice.below(6) {
            let dice = &mut self.dice;
            let done = self.clinic.at_lab(|laboratory, server| laboratory.work(server, dice));
            self.happened.at_lab += usize::from(done.is_some());
            self.tell("works at the desk", usize::MAX, done);
        }
    }

    fn with_the_stick(&mut self, who: usize) {
        match self.dice.below(5) {
            0 | 1 => {
                let written = self.stick.export(&self.peers[who]);
                self.tell("exports", who, written);
            }
            2 => {
                let taken = self.stick.take_receipts(&self.peers[who]);
                self.tell("takes receipts from the stick", who, taken);
            }
            3 => {
                let taken = self.stick.take_in(&mut self.clinic);
                self.happened.by_stick += taken;
                self.tell("imports", usize::MAX, taken);
            }
            _ => {
                self.stick.suffer(&mut self.dice);
                self.tell("carries the stick badly", who, ());
            }
        }
    }

    fn accident(&mut self, who: usize) {
        let dice = &mut self.dice;
        let peer = &mut self.peers[who];
        match dice.below(16) {
            0 | 1 => {
                peer.crash(dice);
                self.tell("loses power", who, ());
            }
            2 | 14 => {
                peer.take_image(dice);
                self.tell("is imaged", who, ());
            }
            3 | 15 => {
                let done = peer.put_image_back(dice);
                self.happened.restored += usize::from(done);
                self.tell("is put back to its image", who, done);
            }
            4 => {
                peer.back_up();
                self.tell("is backed up", who, ());
            }
            5 => {
                let done = peer.restore(dice);
                self.happened.restored += usize::from(done);
                self.tell("is restored from its backup", who, done);
            }
            6 => self.becomes_two(who),
            7 | 8 => {
                let off = dice.below(usize::try_from(2 * TEN_YEARS).unwrap_or(1)) as i64 - TEN_YEARS;
                let off = if dice.chance(300) { 0 } else { off };
                peer.clock.set(off);
                self.tell("has its clock set", who, off);
            }
            9 => {
                self.clinic.crash();
                self.tell("loses power", usize::MAX, ());
            }
            10 | 11 => {
                self.clinic.back_up();
                self.tell("is backed up", usize::MAX, ());
            }
            12 => {
                let done = self.clinic.restore();
                self.happened.server_restored += usize::from(done);
                self.tell("is restored from its backup", usize::MAX, done);
            }
            _ => {
                self.peers[who].road.weather = Weather::roll(&mut self.dice);
                self.between.weather = Weather::roll(&mut self.dice);
                self.tell("sees the weather change", who, ());
            }
        }
    }

    fn becomes_two(&mut self, who: usize) {
        if self.peers.len() >= MOST_LAPTOPS || self.peers[who].carries {
            return;
        }
        let dir: PathBuf = self.dir.path().join(format!("copy-{}", self.peers.len()));
        let mut copy = self.peers[who].cloned(&dir, &mut self.dice);
        let lines = 4 + self.dice.below(8);
        copy.lines = work::day(&mut self.dice, lines).into();
        self.happened.cloned += 1;
        self.tell("becomes two", who, &copy.name);
        self.peers.push(copy);
    }

    /// The assistants finish their tubes, as far as it is in their hands.
    fn evening(&mut self) {
        for who in 0..self.peers.len() {
            let (peer, dice) = (&mut self.peers[who], &mut self.dice);
            if peer.carries || dice.chance(200) {
                continue;
            }
            let mut done = 0;
            for (work, times) in [(work::label as Work, 4), (work::begin, 1), (work::look, 8), (work::sign, 2)] {
                done += (0..times).filter(|_| work(peer, dice)).count();
            }
            self.happened.saves += done;
            self.tell("finishes the tubes", who, done);
        }
        self.check();
    }

    /// Mends the roads, sets the clocks right and sends everything until nothing moves any more.
    fn send_everything(&mut self) {
        self.between.mend();
        for peer in &mut self.peers {
            peer.road.mend();
            peer.clock.set(0);
        }
        let mut before = Vec::new();
        for round in 0..ROUNDS {
            let driver = self.driver();
            for giver in 0..self.peers.len() {
                // Each meeting is an event, which would be one thing more to deliver.
                if giver != driver && round < MEETINGS {
                    let met = meeting::meet(&self.peers[giver], &self.peers[driver], &mut self.between);
                    self.tell("meets the driver", giver, met);
                    self.stick.export(&self.peers[giver]);
                }
                self.signs(driver);
            }
            self.happened.by_stick += self.stick.take_in(&mut self.clinic);
            for who in 0..self.peers.len() {
                self.stick.take_receipts(&self.peers[who]);
                push::push(&mut self.peers[who], &mut self.clinic, &mut self.dice);
                self.tell_push(who);
            }
            self.check();
            if round == LABORATORY {
                let dice = &mut self.dice;
                let done = self.clinic.at_lab(|laboratory, server| laboratory.finish(server, dice));
                self.tell("finishes what it has begun", usize::MAX, done);
            }
            let now = self.fingerprint();
            self.tell("has sent everything there was", usize::MAX, round);
            if round > LABORATORY && now == before && checks::still_to_be_sent(&self.peers, &self.clinic).is_empty() {
                return;
            }
            before = now;
        }
        let still = checks::still_to_be_sent(&self.peers, &self.clinic);
        panic!("it never comes to rest: {still:?}");
    }

    /// How much every machine holds, but for events.
    fn fingerprint(&self) -> Vec<(i64, i64)> {
        let count = |conn: &tsela_store::Connection| {
            let sql = "SELECT (SELECT count(*) FROM entry WHERE record IS NOT NULL), coalesce(sum(length(state)), 0) FROM record";
            Ok(conn.query_row(sql, [], |row| Ok((row.get(0)?, row.get(1)?)))?)
        };
        let mut counts: Vec<(i64, i64)> = self.peers.iter().map(|peer| peer.read(count)).collect();
        counts.push(self.clinic.read(count));
        counts
    }
}
