//! A stick between a laptop and a server that never meet: everything arrives, nothing is claimed before a receipt is back,
//! and whatever else lies on the stick does no harm.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use serde_json::{Value, json};
use tsela_tests::{
    bin::{Ran, Study},
    day::tubes_of_the_sample,
};

/// A laptop that has seen the server once, at its enrolment, and a stick.
fn apart(laptops: &[&str]) -> (Study, String) {
    let mut study = Study::open();
    for laptop in laptops {
        study.enrol(laptop);
        study
            .command(&["enter", "--dir", laptop, "--moved-to-today", "-"])
            .input(tubes_of_the_sample(3))
            .run()
            .expect(0);
    }
    study.kill_server();
    let stick = study.path("stick");
    fs::create_dir(&stick).unwrap();
    (study, stick)
}

fn export(study: &Study, laptop: &str, stick: &str) -> Ran {
    study.tsela(&["export", "--dir", laptop, "--to", stick, "--json"])
}

fn import(study: &Study, folder: &str, stick: &str) -> Ran {
    study.tsela(&["import", "--dir", folder, "--from", stick, "--json"])
}

fn unsent(study: &Study, laptop: &str) -> u64 {
    study.status(laptop)["unsent"].as_u64().unwrap()
}

/// All files below a folder.
fn files(folder: impl AsRef<Path>) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if entry.file_type().unwrap().is_dir() { found.extend(files(path)) } else { found.push(path) }
    }
    found.sort();
    found
}

#[test]
fn what_a_stick_carries_is_received_once_its_receipt_is_back() {
    let (study, stick) = apart(&["lesedi", "thabo"]);
    let records = unsent(&study, "lesedi");
    let written = export(&study, "lesedi", &stick).quietly().json();
    assert_eq!(written["records"], records, "{written}");
    export(&study, "thabo", &stick).quietly();
    assert_eq!(unsent(&study, "lesedi"), records, "a file that was written says nothing of what is received");

    // Nobody who finds the stick learns anything of a participant.
    let participant = &study.tsela(&["list", "participant", "--dir", "lesedi", "--json"]).quietly().json_lines()[0];
    for file in files(&stick) {
        let bytes = fs::read(&file).unwrap();
        let text = String::from_utf8_lossy(&bytes);
        for field in ["last_name", "identity", "subject_identifier"] {
            let canary = participant["fields"][field].as_str().unwrap();
            assert!(!text.contains(canary), "{} tells {canary}", file.display());
        }
    }

    let taken = import(&study, "S", &stick).quietly().json();
    assert_eq!(taken["devices"], json!(devices(&study)), "{taken}");
    let (here, there) = study.digests("lesedi");
    assert_eq!(here, there);
    assert_eq!(unsent(&study, "lesedi"), records, "its receipt is still on the way");

    for laptop in ["lesedi", "thabo"] {
        let back = import(&study, laptop, &stick).quietly().json();
        assert_eq!((&back["receipts"], &back["unsent"]), (&json!(1), &json!(0)), "{back}");
        assert_eq!(unsent(&study, laptop), 0);
    }
    assert_eq!(export(&study, "lesedi", &stick).quietly().json()["bundles"], 0, "nothing is unsent");
    // Again, both ways, nothing changes.
    assert_eq!(import(&study, "S", &stick).quietly().json()["bundles"], 0);
    assert_eq!(import(&study, "lesedi", &stick).quietly().json()["receipts"], 0);
    study.tsela(&["verify", "--dir", "S"]).expect(0);
}

/// The names of the laptops, in the order of their ids.
fn devices(study: &Study) -> Vec<String> {
    let mut devices = study.tsela(&["server", "devices", "--dir", "S", "--json"]).quietly().json_lines();
    devices.retain(|device| device["role"] == "field");
    devices.sort_by_key(|device| device["device"].as_str().unwrap().to_owned());
    devices.iter().map(|device| device["name"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn a_stick_that_is_lost_or_comes_twice_costs_nothing() {
    let (mut study, stick) = apart(&["lesedi"]);
    export(&study, "lesedi", &stick).quietly();
    // The first stick is copied before it is lost; a second one is written later, with more.
    let copy = study.path("copy");
    assert!(Command::new("cp").args(["-r", &stick, &copy]).status().unwrap().success());
    study.enter("lesedi", "{\"model\":\"household\",\"set\":{\"community\":\"Otse\",\"status\":\"absent\"}}\n");
    let second = study.path("second");
    fs::create_dir(&second).unwrap();
    export(&study, "lesedi", &second).quietly();
    import(&study, "S", &second).quietly();
    let again = import(&study, "S", &copy).quietly().json();
    assert_eq!(again["new_entries"], 0, "{again}");
    // The receipt of the older stick is older than that of the newer one, and does no harm before or after it.
    for stick in [&copy, &second] {
        import(&study, "lesedi", stick).quietly();
    }
    assert_eq!(unsent(&study, "lesedi"), 0);
    // What came by stick is known by network, too.
    study.serve();
    study.tsela(&["push", "--dir", "lesedi"]).expect(0);
    let (here, there) = study.digests("lesedi");
    assert_eq!(here, there);
}

#[test]
fn what_is_damaged_or_foreign_is_told_of_and_keeps_nothing_else_back() {
    let (study, stick) = apart(&["lesedi"]);
    let other = Study::open();
    other.enrol("thabo");
    other.command(&["enter", "--dir", "thabo", "--moved-to-today", "-"]).input(tubes_of_the_sample(1)).run().expect(0);
    other.command(&["export", "--dir", "thabo", "--to", &stick]).run().expect(0);
    export(&study, "lesedi", &stick).quietly();
    let to_server = Path::new(&stick).join("tsela/to-server");
    let own = files(&to_server).into_iter().find(|file| {
        let device = devices_of(&study);
        file.to_str().unwrap().contains(&device)
    });
    let own = own.unwrap();
    let folder = own.parent().unwrap();
    let bytes = fs::read(&own).unwrap();
    let named = |bytes: &[u8]| folder.join(format!("{}.tsela", blake3_name(bytes)));
    // Under its own name with a flipped bit; as a whole file of another content; cut off; huge; a link; a picture.
    let mut flipped = bytes.clone();
    let middle = flipped.len() / 2;
    flipped[middle] ^= 1;
    fs::write(named(b"another name"), &bytes).unwrap();
    fs::write(named(&flipped), &flipped).unwrap();
    fs::write(named(&bytes[..bytes.len() / 2]), &bytes[..bytes.len() / 2]).unwrap();
    fs::File::create(named(b"huge")).unwrap().set_len(1 << 40).unwrap();
    fs::write(folder.join("holiday.jpg"), b"x").unwrap();
    #[cfg(unix)]
    std::os::unix::fs::symlink("/dev/zero", named(b"link")).unwrap();

    let taken = import(&study, "S", &stick).expect(65);
    assert_eq!(taken.json()["bundles"], 1, "{}", taken.err);
    let told = taken.err.lines().count() - 1;
    assert_eq!(told, if cfg!(unix) { 7 } else { 6 }, "{}", taken.err);
    let (here, there) = study.digests("lesedi");
    assert_eq!(here, there, "the bundle that was whole has arrived");
    assert!(!own.exists() && folder.join("holiday.jpg").exists());
    // The other study's bundle lies where it was, for its own server.
    assert_eq!(
        other.command(&["import", "--dir", "S", "--from", &stick, "--json"]).run().expect(65).json()["bundles"],
        1
    );
    assert_eq!(import(&study, "lesedi", &stick).quietly().json()["unsent"], 0);
}

fn devices_of(study: &Study) -> String {
    let devices = study.tsela(&["server", "devices", "--dir", "S", "--json"]).quietly().json_lines();
    devices.iter().find(|device| device["role"] == "field").unwrap()["device"].as_str().unwrap().to_owned()
}

fn blake3_name(bytes: &[u8]) -> String {
    tsela_core::bundle::BundleId::of(bytes).to_string()
}

#[test]
fn a_stick_that_cannot_be_used_is_said_so_and_everything_stays_unsent() {
    let (study, stick) = apart(&["lesedi"]);
    let records = unsent(&study, "lesedi");
    let nowhere = export(&study, "lesedi", &study.path("nowhere")).expect(65);
    assert!(nowhere.err.contains("plug the stick in"), "{}", nowhere.err);
    fs::write(Path::new(&stick).join("tsela"), "a file in the way").unwrap();
    let in_the_way = export(&study, "lesedi", &stick).expect(74);
    assert!(in_the_way.err.contains("cannot write to"), "{}", in_the_way.err);
    assert_eq!(unsent(&study, "lesedi"), records);
}

#[test]
fn bundles_that_come_one_by_one_in_any_order_arrive_all_the_same() {
    let (study, stick) = apart(&["lesedi"]);
    study.command(&["enter", "--dir", "lesedi", "-"]).input(many_households(2_500)).run().expect(0);
    export(&study, "lesedi", &stick).quietly();
    let bundles = files(Path::new(&stick).join("tsela/to-server"));
    assert!(bundles.len() >= 3, "{} bundles", bundles.len());
    // One stick for each bundle, the order of which nobody knows; those that come too early are left where they are.
    let sticks: Vec<String> = (0..bundles.len()).map(|n| study.path(&format!("stick-{n}"))).collect();
    for (bundle, to) in bundles.iter().zip(&sticks) {
        let folder = Path::new(to).join(bundle.parent().unwrap().strip_prefix(&stick).unwrap());
        fs::create_dir_all(&folder).unwrap();
        fs::copy(bundle, folder.join(bundle.file_name().unwrap())).unwrap();
    }
    for _ in 0..sticks.len() {
        for stick in &sticks {
            let taken = import(&study, "S", stick);
            let early = taken.err.contains("Entries before it are missing");
            assert!(taken.code == Some(0) || (taken.code == Some(65) && early), "{}", taken.err);
        }
    }
    let (here, there) = study.digests("lesedi");
    assert_eq!(here, there);
    for stick in &sticks {
        import(&study, "lesedi", stick).quietly();
    }
    assert_eq!(unsent(&study, "lesedi"), 0);
    // All of them on one stick come in one go.
    let (other, stick) = apart(&["lesedi"]);
    other.command(&["enter", "--dir", "lesedi", "-"]).input(many_households(2_500)).run().expect(0);
    export(&other, "lesedi", &stick).quietly();
    import(&other, "S", &stick).quietly();
    assert_eq!(import(&other, "lesedi", &stick).quietly().json()["unsent"], 0);
}

/// A small disk of its own; `None` where this computer lets nobody make one.
struct SmallDisk(String);

impl SmallDisk {
    fn mount(at: &str, options: &str) -> Option<Self> {
        fs::create_dir_all(at).ok()?;
        let mounted = Command::new("mount").args(["-t", "tmpfs", "-o", options, "tmpfs", at]).output().ok()?;
        if !mounted.status.success() {
            eprintln!("skipped: mounting a small disk needs an administrator");
            return None;
        }
        Some(Self(at.to_owned()))
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(&self.0).status();
    }
}

#[test]
fn a_full_or_read_only_stick_keeps_what_was_on_it() {
    let (study, stick) = apart(&["lesedi"]);
    let Some(disk) = SmallDisk::mount(&stick, "size=64k") else { return };
    export(&study, "lesedi", &stick).quietly();
    let before = files(Path::new(&stick).join("tsela/to-server"));
    study.command(&["enter", "--dir", "lesedi", "-"]).input(many_households(2_000)).run().expect(0);
    let full = export(&study, "lesedi", &stick).expect(74);
    assert!(full.err.contains("Free some space"), "{}", full.err);
    for file in &before {
        assert!(file.exists(), "{} was there before and is gone", file.display());
    }
    // What was written whole is taken in; the rest is unsent and goes with the next stick.
    let taken = import(&study, "S", &stick).quietly().json();
    assert!(taken["bundles"].as_u64().unwrap() >= 1, "{taken}");
    assert!(unsent(&study, "lesedi") > 0);

    let remounted = Command::new("mount").args(["-o", "remount,ro", &stick]).status().unwrap();
    assert!(remounted.success());
    let read_only = export(&study, "lesedi", &stick).expect(74);
    assert!(read_only.err.contains("cannot write to"), "{}", read_only.err);
    drop(disk);
    let larger = study.path("larger");
    fs::create_dir(&larger).unwrap();
    export(&study, "lesedi", &larger).quietly();
    import(&study, "S", &larger).quietly();
    let back = import(&study, "lesedi", &larger).quietly().json();
    assert_eq!(back["unsent"], 0, "{back}");
    let (here, there) = study.digests("lesedi");
    assert_eq!(here, there);
}

fn many_households(n: usize) -> String {
    let line = |n: usize| {
        let set = json!({"community": "Otse", "status": "enumerated", "section": format!("S{n}"),
            "notes": blake3_name(&n.to_string().into_bytes())});
        json!({ "model": "household", "set": set }).to_string() + "\n"
    };
    (0..n).map(line).collect()
}

#[test]
fn a_program_that_is_killed_while_it_writes_leaves_whole_bundles_or_none() {
    let (study, stick) = apart(&["lesedi"]);
    study.command(&["enter", "--dir", "lesedi", "-"]).input(many_households(1_500)).run().expect(0);
    for round in 0..6 {
        let mut running = study.command(&["export", "--dir", "lesedi", "--to", &stick]).start();
        std::thread::sleep(std::time::Duration::from_millis(120 + 40 * round));
        running.kill();
        let taken = import(&study, "S", &stick);
        // Half a file has another name and is told of; no file of a bundle's name is half.
        assert!(taken.err.lines().all(|line| line.contains(".part") || line.contains("1 files")), "{}", taken.err);
    }
    export(&study, "lesedi", &stick).quietly();
    import(&study, "S", &stick).quietly();
    import(&study, "lesedi", &stick).quietly();
    assert_eq!(unsent(&study, "lesedi"), 0);
    let (here, there) = study.digests("lesedi");
    assert_eq!(here, there);
}

#[test]
fn a_revoked_laptop_is_not_let_in_through_the_back_door() {
    let (study, stick) = apart(&["lesedi"]);
    export(&study, "lesedi", &stick).quietly();
    let device = devices_of(&study);
    study.tsela(&["server", "revoke", "--dir", "S", &device, "--reason", "lost"]).expect(0);
    let taken = import(&study, "S", &stick).expect(65);
    assert_eq!(taken.json()["bundles"], 0, "{}", taken.err);
    let kept: Vec<Value> = study.tsela(&["server", "quarantine", "--dir", "S", "--json"]).quietly().json_lines();
    assert!(!kept.is_empty(), "what it brought is kept apart, as by the network");
    assert!(study.tsela(&["list", "household", "--dir", "S", "--json"]).quietly().json_lines().is_empty());
}
