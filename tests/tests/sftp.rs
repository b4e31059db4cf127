//! The SFTP road against a real OpenSSH server: the same promises as on a stick, a server that is known by its key, and
//! connections that break off.

use std::{
    fs,
    io::{Read as _, Write as _},
    net::TcpListener,
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use serde_json::json;
use tsela_tests::{
    bin::{Ran, Study},
    day::tubes_of_the_sample,
    proxy::{Link, Proxy},
    sshd::Sshd,
};

/// Laptops that have seen the server once, at their enrolment, and an SFTP server; `None` where there is none.
fn apart(laptops: &[&str]) -> Option<(Study, Sshd)> {
    let sshd = Sshd::start()?;
    let mut study = Study::open();
    for laptop in laptops {
        study.enrol(laptop);
        let lines = tubes_of_the_sample(3);
        study.command(&["enter", "--dir", laptop, "--moved-to-today", "-"]).input(lines).run().expect(0);
    }
    study.kill_server();
    Some((study, sshd))
}

fn export(study: &Study, laptop: &str, sshd: &Sshd, more: &[&str]) -> Ran {
    let (url, identity) = (sshd.url(), sshd.identity());
    let mut line = vec!["export", "--dir", laptop, "--to", &url, "--identity", &identity, "--json"];
    line.extend(more);
    study.tsela(&line)
}

fn import(study: &Study, folder: &str, sshd: &Sshd, more: &[&str]) -> Ran {
    let (url, identity) = (sshd.url(), sshd.identity());
    let mut line = vec!["import", "--dir", folder, "--from", &url, "--identity", &identity, "--json"];
    line.extend(more);
    study.tsela(&line)
}

/// Lets a folder's store know the server's key.
fn confirm(study: &Study, folders: &[&str], sshd: &Sshd) {
    let key = sshd.fingerprint("ed25519");
    for folder in folders {
        import(study, folder, sshd, &["--host-key", &key]).expect(0);
    }
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

fn many_households(n: usize) -> String {
    let line = |n: usize| {
        let notes = tsela_core::bundle::BundleId::of(&n.to_be_bytes()).to_string();
        let set = json!({"community": "Otse", "status": "enumerated", "section": format!("S{n}"), "notes": notes});
        json!({ "model": "household", "set": set }).to_string() + "\n"
    };
    (0..n).map(line).collect()
}

/// The folder of the laptops' bundles on the server.
fn to_server(sshd: &Sshd) -> PathBuf {
    sshd.folder().join("tsela/to-server")
}

#[test]
fn what_goes_by_sftp_is_received_once_its_receipt_is_back() {
    let Some((study, sshd)) = apart(&["lesedi", "thabo"]) else { return };
    let key = sshd.fingerprint("ed25519");
    let copies = study.path("copies");
    fs::create_dir(&copies).unwrap();
    for laptop in ["lesedi", "thabo"] {
        let records = unsent(&study, laptop);
        let written = export(&study, laptop, &sshd, &["--host-key", &key, "--copies", &copies]).quietly().json();
        assert_eq!(written["records"], records);
        assert_eq!(unsent(&study, laptop), records, "nothing counts as sent");
    }
    assert!(files(to_server(&sshd)).iter().all(|file| file.extension().unwrap() == "tsela"));
    assert!(sshd.folder().join("tsela/README.txt").exists());
    let taken = import(&study, "S", &sshd, &["--host-key", &key]).quietly().json();
    assert_eq!(taken["devices"].as_array().unwrap().len(), 2, "{taken}");
    assert!(files(to_server(&sshd)).is_empty());
    let archived = files(sshd.folder().join("tsela/archive/to-server"));
    assert_eq!(archived.len() as u64, taken["bundles"].as_u64().unwrap());
    // The key was confirmed once, by each.
    for laptop in ["lesedi", "thabo"] {
        let back = import(&study, laptop, &sshd, &["--copies", &copies]).quietly().json();
        assert!(back["receipts"].as_u64() > Some(0) && back["unsent"] == 0, "{back}");
        let (here, there) = study.digests(laptop);
        assert_eq!(here, there);
    }
    let names =
        |folder: &Path| -> Vec<_> { files(folder).iter().map(|file| file.file_name().unwrap().to_owned()).collect() };
    let archive = sshd.folder().join("tsela/archive");
    assert_eq!(names(&archive), names(&Path::new(&copies).join("tsela/archive")), "a copy of all of it is here");
    // Again, both ways, nothing changes.
    assert_eq!(export(&study, "lesedi", &sshd, &[]).quietly().json()["bundles"], 0);
    assert_eq!(import(&study, "S", &sshd, &[]).quietly().json()["bundles"], 0);
    assert_eq!(import(&study, "lesedi", &sshd, &[]).quietly().json()["receipts"], 0);
}

#[test]
fn a_server_whose_key_is_not_the_confirmed_one_gets_nothing() {
    let Some((study, mut sshd)) = apart(&["lesedi"]) else { return };
    let key = sshd.fingerprint("ed25519");
    for (folder, run) in [("lesedi", export as fn(&_, &_, &_, &[&str]) -> Ran), ("S", import)] {
        let unknown = run(&study, folder, &sshd, &[]).expect(76);
        assert!(unknown.err.contains(&key) && unknown.err.contains("--host-key"), "{}", unknown.err);
        let no_key = run(&study, folder, &sshd, &["--host-key", "SHA256:short"]).expect(65);
        assert!(no_key.err.contains("SHA256:"), "{}", no_key.err);
        // One that does not fit is not remembered.
        let other = "SHA256:uNiVztksCsDhcc0u9e8BrrhU2ZuUoQSvmQ5eX3bQzJA";
        let wrong = run(&study, folder, &sshd, &["--host-key", other]).expect(76);
        assert!(wrong.err.contains(&key) && wrong.err.contains(other), "{}", wrong.err);
        run(&study, folder, &sshd, &[]).expect(76);
        run(&study, folder, &sshd, &["--host-key", &key]).expect(0);
        run(&study, folder, &sshd, &[]).expect(0);
    }
    sshd.again(Sshd::renew_key);
    let new = sshd.fingerprint("ed25519");
    assert_ne!(key, new);
    for (folder, run) in [("lesedi", export as fn(&_, &_, &_, &[&str]) -> Ran), ("S", import)] {
        let before = files(sshd.folder());
        let changed = run(&study, folder, &sshd, &[]).expect(76);
        assert!(changed.err.contains(&key) && changed.err.contains(&new), "{}", changed.err);
        assert!(changed.err.contains("in between"), "{}", changed.err);
        assert_eq!(files(sshd.folder()), before);
        run(&study, folder, &sshd, &["--host-key", &new]).expect(0);
        run(&study, folder, &sshd, &[]).expect(0);
    }
}

#[test]
fn any_of_the_keys_of_a_server_may_be_the_confirmed_one() {
    let Some((study, mut sshd)) = apart(&["lesedi"]) else { return };
    let key = sshd.fingerprint("ecdsa");
    export(&study, "lesedi", &sshd, &["--host-key", &key]).quietly();
    sshd.again(|sshd| sshd.prefer("ecdsa"));
    export(&study, "lesedi", &sshd, &[]).quietly();
}

#[test]
fn no_secret_is_taken_from_an_address_or_shown() {
    let Some((study, mut sshd)) = apart(&["lesedi"]) else { return };
    let key = sshd.fingerprint("ed25519");
    let secret = "hunter2-and-more";
    let url = format!("sftp://{}:{secret}@127.0.0.1/x", sshd.user());
    let refused = study.tsela(&["export", "--dir", "lesedi", "--to", &url]).expect(65);
    assert!(refused.err.contains("TSELA_SFTP_PASSWORD") && !refused.err.contains(secret), "{}", refused.err);
    let none = study.tsela(&["export", "--dir", "lesedi", "--to", &sshd.url(), "--host-key", &key]).expect(77);
    assert!(none.err.contains("TSELA_SFTP_PASSWORD") && none.err.contains("--identity"), "{}", none.err);
    // A wrong password, with all that any library might log.
    sshd.again(|sshd| sshd.set("PasswordAuthentication yes\nKbdInteractiveAuthentication yes\n"));
    let wrong = study
        .command(&["export", "--dir", "lesedi", "--to", &sshd.url(), "--host-key", &key])
        .env("TSELA_SFTP_PASSWORD", secret)
        .env("RUST_LOG", "trace")
        .run()
        .expect(77);
    assert!(wrong.err.contains("does not let"), "{}", wrong.err);
    assert!(!wrong.err.contains(secret) && !wrong.err.contains("hunter2"), "a secret is logged");
    let journal = study.tsela(&["import", "--dir", "lesedi", "--from", &url]).expect(65);
    assert!(!journal.err.contains(secret));
}

#[test]
fn key_files_are_taken_as_ssh_takes_them() {
    let Some((study, sshd)) = apart(&["lesedi"]) else { return };
    let key = sshd.fingerprint("ed25519");
    let by = |identity: &str, secret: Option<&str>| {
        let identity = sshd.path(identity).to_str().unwrap().to_owned();
        let url = sshd.url();
        let line = ["export", "--dir", "lesedi", "--to", &url, "--host-key", &key, "--identity", &identity];
        let command = study.command(&line);
        match secret {
            Some(secret) => command.env("TSELA_SFTP_PASSWORD", secret).run(),
            None => command.run(),
        }
    };
    sshd.make_key("ed25519", "stranger", "");
    assert!(by("stranger", None).expect(77).err.contains("does not let"));
    sshd.make_key("ed25519", "locked", "open sesame");
    let mut known = fs::read_to_string(sshd.path("authorized_keys")).unwrap();
    known.push_str(&fs::read_to_string(sshd.path("locked.pub")).unwrap());
    fs::write(sshd.path("authorized_keys"), known).unwrap();
    assert!(by("locked", None).expect(65).err.contains("passphrase"));
    assert!(by("locked", Some("close sesame")).expect(65).err.contains("may be wrong"));
    by("locked", Some("open sesame")).quietly();
    sshd.make_key("rsa", "old", "");
    assert!(by("old", None).expect(65).err.contains("ssh-keygen -t ed25519"));
    assert!(by("nowhere", None).expect(65).err.contains("cannot be used"));
    let stick = study.path("stick");
    fs::create_dir(&stick).unwrap();
    let for_a_folder = study.tsela(&["export", "--dir", "lesedi", "--to", &stick, "--host-key", &key]).expect(65);
    assert!(for_a_folder.err.contains("are for an SFTP server"), "{}", for_a_folder.err);
}

#[test]
fn a_link_that_breaks_again_and_again_carries_all_of_it() {
    let Some((study, sshd)) = apart(&["lesedi"]) else { return };
    confirm(&study, &["S"], &sshd);
    study.command(&["enter", "--dir", "lesedi", "-"]).input(many_households(4_000)).run().expect(0);
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let link = Link {
        delay: Duration::from_millis(20),
        // Several seconds between cuts: signing in anew takes more than one of them where other tests run beside this one.
        bytes_per_second: Some(60_000),
        cut_between: Some((Duration::from_millis(5_000), Duration::from_millis(6_000))),
        black_hole: false,
    };
    let proxy = runtime.block_on(Proxy::start(sshd.address(), link, 7)).unwrap();
    let (url, key, identity) = (sshd.url_by(proxy.address().port()), sshd.fingerprint("ed25519"), sshd.identity());
    let line = ["export", "--dir", "lesedi", "--to", &url, "--host-key", &key, "--identity", &identity, "-v"];
    let ran = study.command(&line).run().expect(0);
    assert!(proxy.cuts() > 0 && ran.err.contains("broke off"), "{} cuts: {}", proxy.cuts(), ran.err);
    let names = files(to_server(&sshd));
    assert!(names.iter().all(|file| file.extension().unwrap() == "tsela"), "{names:?}");
    import(&study, "S", &sshd, &[]).quietly();
    import(&study, "lesedi", &sshd, &["--host-key", &key]).quietly();
    assert_eq!(unsent(&study, "lesedi"), 0);
    // Gone for good: said so, and everything is there still.
    study.enter("lesedi", "{\"model\":\"household\",\"set\":{\"community\":\"Otse\",\"status\":\"absent\"}}\n");
    proxy.refuse();
    let gone = study.command(&line).run().expect(69);
    assert!(gone.err.contains("does not answer"), "{}", gone.err);
    assert_eq!(unsent(&study, "lesedi"), 1);
}

#[test]
fn a_begun_upload_goes_on_only_with_its_own_beginning() {
    use tsela_core::{bundle::BundleId, ids::DeviceId};
    use tsela_sync::road::{
        files::{Content, FileRoad as _, Found, Way},
        sftp::{Login, SftpRoad},
    };
    let Some(sshd) = Sshd::start() else { return };
    let login = Login::new(Some(Path::new(&sshd.identity())), None).unwrap();
    let key = sshd.fingerprint("ed25519").parse().unwrap();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let proxy = runtime.block_on(Proxy::start(sshd.address(), Link::GOOD, 1)).unwrap();
    let url = sshd.url_by(proxy.address().port());
    let road = SftpRoad::open(url.parse().unwrap(), login, Some(key)).unwrap();
    let device: DeviceId = "018f3b1c-6a00-7000-8000-0000000000c1".parse().unwrap();
    let bundle: Vec<u8> = (0..900_000_u32).flat_map(u32::to_le_bytes).take(1 << 20).collect();
    let id = BundleId::of(&bundle);
    let folder = to_server(&sshd).join(device.to_string());
    let (part, whole) = (folder.join(format!("{id}.part")), folder.join(format!("{id}.tsela")));
    let other = vec![7; 1000];
    let longer = [bundle.as_slice(), b"more"].concat();
    for begun in [&bundle[..900_000], &bundle[..0], &bundle, &other, &longer] {
        fs::create_dir_all(&folder).unwrap();
        let _ = fs::remove_file(&whole);
        fs::write(&part, begun).unwrap();
        let before = proxy.bytes_up();
        assert_eq!(road.put(Way::ToServer, device, &bundle).unwrap(), id);
        assert!(fs::read(&whole).unwrap() == bundle && !part.exists(), "begun with {} bytes", begun.len());
        let uploaded = proxy.bytes_up() - before;
        let goes_on = bundle.starts_with(begun) && !begun.is_empty();
        assert_eq!(uploaded < 300_000, goes_on, "begun with {} bytes, {uploaded} uploaded", begun.len());
    }
    // A link in its place is replaced, and what it leads to is left alone.
    #[cfg(unix)]
    {
        let precious = sshd.path("precious");
        fs::write(&precious, b"precious").unwrap();
        for in_the_way in [&part, &whole] {
            let _ = fs::remove_file(in_the_way);
            std::os::unix::fs::symlink(&precious, in_the_way).unwrap();
        }
        road.put(Way::ToServer, device, &bundle).unwrap();
        assert!(whole.symlink_metadata().unwrap().is_file());
        assert_eq!(fs::read(&precious).unwrap(), b"precious");
    }
    // What stands there damaged is put there again, and the same again changes nothing.
    fs::write(&whole, b"damaged").unwrap();
    let found = Found { device, id };
    assert_eq!(road.get(Way::ToServer, &found).unwrap(), Content::Damaged);
    for _ in 0..2 {
        road.put(Way::ToServer, device, &bundle).unwrap();
        assert_eq!(road.get(Way::ToServer, &found).unwrap(), Content::Whole(bundle.clone()));
    }
    // What was read is not asked for again, until it is archived.
    let before = proxy.bytes_down();
    assert_eq!(road.get(Way::ToServer, &found).unwrap(), Content::Whole(bundle.clone()));
    assert_eq!(proxy.bytes_down(), before);
    // An archive that was cut off after the move is done with.
    for _ in 0..2 {
        road.archive(Way::ToServer, &found).unwrap();
    }
    assert!(road.list(Way::ToServer, None).unwrap().found.is_empty());
}

#[test]
fn an_upload_that_breaks_off_before_its_first_byte_is_begun_anew() {
    use tsela_core::{bundle::BundleId, ids::DeviceId};
    use tsela_sync::road::{
        files::{FileRoad as _, Way},
        sftp::{Login, SftpRoad},
    };
    let Some(sshd) = Sshd::start() else { return };
    let login = Login::new(Some(Path::new(&sshd.identity())), None).unwrap();
    let key = sshd.fingerprint("ed25519").parse().unwrap();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let proxy = runtime.block_on(Proxy::start(sshd.address(), Link::GOOD, 1)).unwrap();
    let road = SftpRoad::open(sshd.url_by(proxy.address().port()).parse().unwrap(), login, Some(key)).unwrap();
    let device: DeviceId = "018f3b1c-6a00-7000-8000-0000000000c1".parse().unwrap();
    let bundle = vec![7; 100_000];
    let id = BundleId::of(&bundle);
    let folder = to_server(&sshd).join(device.to_string());
    let (part, whole) = (folder.join(format!("{id}.part")), folder.join(format!("{id}.tsela")));
    // So slow that the first piece is still on its way when the file stands there, empty.
    proxy.set(Link { delay: Duration::from_millis(200), ..Link::GOOD });
    let was_empty = std::thread::scope(|scope| {
        let putting = scope.spawn(|| road.put(Way::ToServer, device, &bundle));
        while !part.exists() && !putting.is_finished() {
            std::thread::sleep(Duration::from_millis(1));
        }
        proxy.cut();
        let was_empty = fs::metadata(&part).is_ok_and(|part| part.len() == 0);
        proxy.set(Link::GOOD);
        assert_eq!(putting.join().unwrap().unwrap(), id);
        was_empty
    });
    assert!(was_empty, "it was not cut off before its first byte");
    assert!(fs::read(&whole).unwrap() == bundle && !part.exists());
}

#[test]
fn a_program_that_is_killed_while_it_uploads_leaves_whole_bundles_or_none() {
    let Some((study, sshd)) = apart(&["lesedi"]) else { return };
    confirm(&study, &["S", "lesedi"], &sshd);
    study.command(&["enter", "--dir", "lesedi", "-"]).input(many_households(1_500)).run().expect(0);
    let (url, identity) = (sshd.url(), sshd.identity());
    for round in 0..5 {
        let mut running = study.command(&["export", "--dir", "lesedi", "--to", &url, "--identity", &identity]).start();
        std::thread::sleep(Duration::from_millis(250 + 60 * round));
        running.kill();
        let taken = import(&study, "S", &sshd, &[]);
        assert!(taken.err.lines().all(|line| line.contains(".part") || line.contains("1 files")), "{}", taken.err);
    }
    export(&study, "lesedi", &sshd, &[]).quietly();
    import(&study, "S", &sshd, &[]).quietly();
    import(&study, "lesedi", &sshd, &[]).quietly();
    assert_eq!(unsent(&study, "lesedi"), 0);
    let (here, there) = study.digests("lesedi");
    assert_eq!(here, there);
}

#[test]
fn hostile_names_and_thousands_of_files_keep_nothing_back() {
    let Some((study, sshd)) = apart(&["lesedi"]) else { return };
    confirm(&study, &["S"], &sshd);
    let key = sshd.fingerprint("ed25519");
    export(&study, "lesedi", &sshd, &["--host-key", &key]).quietly();
    let own = files(to_server(&sshd)).pop().unwrap();
    let folder = own.parent().unwrap();
    let named = |n: u32| format!("{}.tsela", tsela_core::bundle::BundleId::of(&n.to_be_bytes()));
    for n in 0..3_000 {
        fs::write(folder.join(format!("holiday-{n}.jpg")), b"x").unwrap();
    }
    for n in 0..300 {
        fs::write(folder.join(named(n)), b"damaged").unwrap();
    }
    fs::File::create(folder.join(named(1_000))).unwrap().set_len(1 << 40).unwrap();
    fs::create_dir(folder.join(named(1_001))).unwrap();
    let upper = own.file_name().unwrap().to_str().unwrap().replace(".tsela", "").to_uppercase() + ".tsela";
    for name in ["\u{1b}[2Jx", "..tsela", "%2e%2e", &"x".repeat(250), &upper] {
        fs::write(folder.join(name), b"x").unwrap();
    }
    let mut odd = 5 + 1;
    #[cfg(unix)]
    {
        use std::os::unix::ffi::OsStrExt as _;
        fs::write(folder.join(std::ffi::OsStr::from_bytes(b"\xff\xfe.tsela")), b"x").unwrap();
        std::os::unix::fs::symlink("/dev/zero", folder.join(named(1_002))).unwrap();
        std::os::unix::fs::symlink("/", to_server(&sshd).join("018f3b1c-6a00-7000-8000-0000000000c1")).unwrap();
        assert!(Command::new("mkfifo").arg(folder.join(named(1_003))).status().unwrap().success());
        odd += 4;
    }
    let taken = import(&study, "S", &sshd, &[]).expect(65);
    assert!(taken.json()["bundles"].as_u64() > Some(0), "{}", taken.err);
    assert_eq!(taken.json()["left"], 3_000 + 300 + 1 + odd, "{}", taken.err);
    assert!(!taken.err.contains('\u{1b}'), "nothing steers a terminal");
    import(&study, "lesedi", &sshd, &[]).quietly();
    assert_eq!(unsent(&study, "lesedi"), 0);
}

/// A small disk of its own; `None` where this computer lets nobody make one.
struct SmallDisk(PathBuf);

impl SmallDisk {
    fn mount(at: PathBuf, options: &str) -> Option<Self> {
        let mounted = Command::new("mount").args(["-t", "tmpfs", "-o", options, "tmpfs"]).arg(&at).output().ok()?;
        if !mounted.status.success() {
            eprintln!("skipped: mounting a small disk needs an administrator");
            return None;
        }
        Some(Self(at))
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("--lazy").arg(&self.0).status();
    }
}

#[test]
fn a_full_or_read_only_disk_there_is_said_in_plain_words() {
    let Some((study, sshd)) = apart(&["lesedi"]) else { return };
    let Some(disk) = SmallDisk::mount(sshd.folder(), "size=120k") else { return };
    confirm(&study, &["S", "lesedi"], &sshd);
    export(&study, "lesedi", &sshd, &[]).quietly();
    let before = files(to_server(&sshd));
    study.command(&["enter", "--dir", "lesedi", "-"]).input(many_households(4_000)).run().expect(0);
    let full = export(&study, "lesedi", &sshd, &[]).expect(74);
    assert!(full.err.contains("is full"), "{}", full.err);
    assert!(before.iter().all(|file| file.exists()), "what was there before is there still");
    assert!(files(to_server(&sshd)).iter().all(|file| file.extension().unwrap() == "tsela"), "half a file is left");
    let remounted = Command::new("mount").args(["-o", "remount,ro"]).arg(sshd.folder()).status().unwrap();
    assert!(remounted.success());
    let read_only = export(&study, "lesedi", &sshd, &[]).expect(74);
    assert!(read_only.err.contains("is read-only"), "{}", read_only.err);
    drop(disk);
    export(&study, "lesedi", &sshd, &[]).quietly();
    import(&study, "S", &sshd, &[]).quietly();
    assert_eq!(import(&study, "lesedi", &sshd, &[]).quietly().json()["unsent"], 0);
}

#[test]
fn what_is_no_server_of_files_is_named() {
    let Some((study, mut sshd)) = apart(&["lesedi"]) else { return };
    let key = sshd.fingerprint("ed25519");
    let records = unsent(&study, "lesedi");
    let nowhere = format!("{}/nowhere", sshd.url());
    let identity = sshd.identity();
    let to = |url: &str| {
        let line = ["export", "--dir", "lesedi", "--to", url, "--host-key", &key, "--identity", &identity];
        study.tsela(&line)
    };
    assert!(to(&nowhere).expect(65).err.contains("is no folder"));
    sshd.again(|sshd| sshd.answer_with("internal-sftp -R"));
    let not_allowed = to(&sshd.url()).expect(77);
    assert!(not_allowed.err.contains("may not write"), "{}", not_allowed.err);
    sshd.again(|sshd| sshd.answer_with(""));
    assert!(to(&sshd.url()).expect(76).err.contains("no SFTP"));
    sshd.stop();
    assert!(to(&sshd.url()).expect(69).err.contains("does not answer"));
    assert!(to("sftp://lesedi@nowhere.invalid/x").expect(69).err.contains("no server of the name"));
    // A log-in page, and a service that closes at once.
    for answer in ["HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n<html>sign in</html>\r\n", ""] {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let answering = std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let _ = stream.read(&mut [0; 100]);
            let _ = stream.write_all(answer.as_bytes());
        });
        let other = to(&sshd.url_by(port)).expect(69);
        assert!(other.err.contains("no SSH server"), "{}", other.err);
        answering.join().unwrap();
    }
    assert_eq!(unsent(&study, "lesedi"), records);
}
