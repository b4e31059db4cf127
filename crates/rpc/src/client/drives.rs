//! Removable drives and shares that are there now, so that a person chooses one instead of typing its path.

use crate::schema::ways::Drive;

/// Lists them, by path.
pub fn list() -> Vec<Drive> {
    let mut drives = found();
    drives.sort_by(|a, b| a.path.cmp(&b.path));
    drives.dedup_by(|a, b| a.path == b.path);
    drives
}

#[cfg(target_os = "linux")]
fn found() -> Vec<Drive> {
    mounted(&std::fs::read_to_string("/proc/self/mounts").unwrap_or_default())
}

/// Letters but for the system's own, with something in them.
#[cfg(windows)]
fn found() -> Vec<Drive> {
    let system = std::env::var("SystemDrive").unwrap_or_else(|_| "C:".to_owned());
    let paths = ('A'..='Z').map(|letter| format!("{letter}:\\"));
    let is_there = |path: &String| !path.starts_with(&system) && std::fs::read_dir(path).is_ok();
    paths.filter(is_there).map(|path| Drive { name: path.clone(), path, read_only: false }).collect()
}

#[cfg(not(any(target_os = "linux", windows)))]
fn found() -> Vec<Drive> {
    let volumes = std::fs::read_dir("/Volumes").into_iter().flatten().flatten();
    // The system's own volume is a link there.
    let volumes = volumes.filter(|volume| volume.file_type().is_ok_and(|kind| kind.is_dir()));
    let drive = |volume: std::fs::DirEntry| Drive {
        path: volume.path().display().to_string(),
        name: volume.file_name().to_string_lossy().into_owned(),
        read_only: false,
    };
    volumes.map(drive).collect()
}

/// Reads the kernel's table of mounts: what a desktop or a person has mounted where drives are.
#[cfg_attr(not(target_os = "linux"), allow(dead_code))]
fn mounted(table: &str) -> Vec<Drive> {
    table.lines().filter_map(drive_of).collect()
}

fn drive_of(line: &str) -> Option<Drive> {
    let mut columns = line.split(' ').skip(1);
    let path = unescaped(columns.next()?)?;
    let options = columns.nth(1)?;
    let below = ["/media/", "/run/media/", "/mnt/"].into_iter().find(|above| path.starts_with(above));
    if below.is_none() && path != "/mnt" {
        return None;
    }
    let name = path.rsplit('/').next()?.to_owned();
    let read_only = options.split(',').any(|option| option == "ro");
    Some(Drive { name, path, read_only })
}

/// Reads `\040` and its like; `None` if that gives no text, or characters that steer a terminal.
fn unescaped(text: &str) -> Option<String> {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let [first, after @ ..] = rest {
        let octal = match (first, after) {
            (b'\\', [a @ b'0'..=b'3', b @ b'0'..=b'7', c @ b'0'..=b'7', ..]) => {
                Some((a - b'0') * 64 + (b - b'0') * 8 + (c - b'0'))
            }
            _ => None,
        };
        bytes.push(octal.unwrap_or(*first));
        rest = rest.get(if octal.is_some() { 4 } else { 1 }..).unwrap_or_default();
    }
    String::from_utf8(bytes).ok().filter(|text| !text.chars().any(char::is_control))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_mounted_where_drives_are_is_a_drive() {
        let table = "\
/dev/sda1 / ext4 rw,relatime 0 0
proc /proc proc rw 0 0
/dev/sdb1 /media/lesedi/KINGSTON vfat rw,nosuid 0 0
/dev/sdc1 /run/media/lesedi/two\\040words exfat ro,nosuid 0 0
//clinic/share /mnt/clinic cifs rw 0 0
/dev/sdd1 /mnt ext4 rw 0 0
/dev/sde1 /media/lesedi/odd\\033name vfat rw 0 0
/dev/sdf1 /mediation ext4 rw 0 0
broken
";
        let drives: Vec<_> =
            mounted(table).into_iter().map(|drive| (drive.path, drive.name, drive.read_only)).collect();
        let expected = [
            ("/media/lesedi/KINGSTON", "KINGSTON", false),
            ("/run/media/lesedi/two words", "two words", true),
            ("/mnt/clinic", "clinic", false),
            ("/mnt", "mnt", false),
        ];
        assert_eq!(drives, expected.map(|(path, name, ro)| (path.to_owned(), name.to_owned(), ro)));
    }

    #[test]
    fn the_drives_of_this_computer_can_be_listed() {
        let drives = list();
        assert!(drives.windows(2).all(|two| two[0].path < two[1].path), "{drives:?}");
    }
}
