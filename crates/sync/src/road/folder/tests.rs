use tempfile::TempDir;
use uuid::Uuid;

use super::*;

const LAPTOP: DeviceId = DeviceId(Uuid::from_u128(7));
const OTHER: DeviceId = DeviceId(Uuid::from_u128(8));

fn stick() -> (TempDir, FolderRoad) {
    let dir = tempfile::tempdir().unwrap();
    let road = FolderRoad::at(dir.path()).unwrap();
    (dir, road)
}

#[test]
fn what_is_put_is_listed_read_and_archived() {
    let (dir, road) = stick();
    assert_eq!(road.list(Way::ToServer, None).unwrap(), Listing::default());
    let ids = [b"one".as_slice(), b"two"].map(|bundle| road.put(Way::ToServer, LAPTOP, bundle).unwrap());
    road.put(Way::ToServer, OTHER, b"three").unwrap();
    road.put(Way::ToDevice, LAPTOP, b"receipt").unwrap();
    let all = road.list(Way::ToServer, None).unwrap();
    assert_eq!((all.found.len(), all.others.len()), (3, 0));
    let own = road.list(Way::ToServer, Some(LAPTOP)).unwrap().found;
    assert!(own.iter().all(|found| ids.contains(&found.id)) && own.len() == 2);
    for found in &own {
        let Content::Whole(bytes) = road.get(Way::ToServer, found).unwrap() else { panic!("it is whole") };
        assert_eq!(BundleId::of(&bytes), found.id);
        road.archive(Way::ToServer, found).unwrap();
    }
    assert_eq!(road.list(Way::ToServer, Some(LAPTOP)).unwrap(), Listing::default());
    let archived = dir.path().join("tsela/archive/to-server").join(LAPTOP.to_string());
    assert_eq!(fs::read_dir(archived).unwrap().count(), 2);
    assert_eq!(road.list(Way::ToDevice, Some(LAPTOP)).unwrap().found.len(), 1);
}

#[test]
fn what_is_no_bundle_is_left_alone_and_told_of() {
    let (dir, road) = stick();
    let id = road.put(Way::ToServer, LAPTOP, b"one").unwrap();
    let folder = dir.path().join("tsela/to-server").join(LAPTOP.to_string());
    let whole = folder.join(format!("{id}.tsela"));
    fs::write(folder.join("holiday.jpg"), b"x").unwrap();
    fs::write(folder.join("half.part"), b"x").unwrap();
    fs::create_dir(folder.join(format!("{}.tsela", BundleId::of(b"folder")))).unwrap();
    fs::write(dir.path().join("tsela/to-server/notes.txt"), b"x").unwrap();
    #[cfg(unix)]
    std::os::unix::fs::symlink("/etc/passwd", folder.join(format!("{}.tsela", BundleId::of(b"link")))).unwrap();
    // A file of a bundle's name with something else in it, and one of a size that nobody should read.
    let (damaged, huge) = (BundleId::of(b"damaged"), BundleId::of(b"huge"));
    fs::write(folder.join(format!("{damaged}.tsela")), b"other").unwrap();
    File::create(folder.join(format!("{huge}.tsela"))).unwrap().set_len(1 << 40).unwrap();

    let listing = road.list(Way::ToServer, None).unwrap();
    assert_eq!(listing.found.len(), 3, "{listing:?}");
    assert_eq!(listing.others.len(), if cfg!(unix) { 5 } else { 4 }, "{listing:?}");
    for found in &listing.found {
        let expected = if found.id == id { Content::Whole(b"one".to_vec()) } else { Content::Damaged };
        assert_eq!(road.get(Way::ToServer, found).unwrap(), expected);
    }
    road.keep_only(Way::ToServer, LAPTOP, &[id]);
    assert!(whole.exists() && folder.join("holiday.jpg").exists());
    assert!(!folder.join("half.part").exists() && !folder.join(format!("{damaged}.tsela")).exists());
}

#[test]
fn a_folder_that_is_not_there_or_a_file_in_its_place_is_said_so() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("file");
    fs::write(&file, b"x").unwrap();
    for path in [dir.path().join("nowhere"), file.clone()] {
        let error = FolderRoad::at(&path).unwrap_err();
        assert!(matches!(error, FolderError::NoFolder { .. }), "{error}");
    }
    // Something stands where the road's own folder should be.
    fs::write(dir.path().join("tsela"), b"x").unwrap();
    let error = FolderRoad::at(dir.path()).unwrap().put(Way::ToServer, LAPTOP, b"one").unwrap_err();
    assert!(matches!(error, FilesError::Folder(FolderError::Write { .. })), "{error}");
}

#[test]
fn putting_the_same_again_changes_nothing() {
    let (_dir, road) = stick();
    let id = road.put(Way::ToServer, LAPTOP, b"one").unwrap();
    assert_eq!(road.put(Way::ToServer, LAPTOP, b"one").unwrap(), id);
    assert_eq!(road.list(Way::ToServer, None).unwrap().found.len(), 1);
}

#[cfg(unix)]
#[test]
fn nothing_is_written_or_removed_through_a_link_that_somebody_has_prepared() {
    use std::os::unix::fs::symlink;
    let own = tempfile::tempdir().unwrap();
    let store = own.path().join("store.db");
    fs::write(&store, "all that was entered").unwrap();
    let unharmed = || assert_eq!(fs::read_to_string(&store).unwrap(), "all that was entered");

    // A file of the stick that is a link to one of this computer's.
    let (dir, road) = stick();
    let folder = dir.path().join("tsela/to-server").join(LAPTOP.to_string());
    fs::create_dir_all(&folder).unwrap();
    let id = BundleId::of(b"one");
    symlink(&store, dir.path().join("tsela/README.txt")).unwrap();
    symlink(&store, dir.path().join("tsela/README.part")).unwrap();
    symlink(&store, folder.join(format!("{id}.part"))).unwrap();
    symlink(&store, folder.join(format!("{id}.tsela"))).unwrap();
    road.explain().unwrap();
    road.put(Way::ToServer, LAPTOP, b"one").unwrap();
    unharmed();
    assert!(fs::read_to_string(dir.path().join("tsela/README.txt")).unwrap().contains("sealed data"));
    assert_eq!(road.get(Way::ToServer, &Found { device: LAPTOP, id }).unwrap(), Content::Whole(b"one".to_vec()));

    // A folder of it that is a link, at each height.
    let device = LAPTOP.to_string();
    for linked in ["tsela", "tsela/to-server", &format!("tsela/to-server/{device}")] {
        let (dir, road) = stick();
        let link = dir.path().join(linked);
        fs::create_dir_all(link.parent().unwrap()).unwrap();
        symlink(own.path(), &link).unwrap();
        let refused = road.put(Way::ToServer, LAPTOP, b"one").unwrap_err();
        assert!(matches!(refused, FilesError::Folder(FolderError::Link(_))), "{linked}: {refused}");
        road.list(Way::ToServer, Some(LAPTOP)).unwrap_err();
        fs::write(own.path().join("rest.part"), "somebody else's").unwrap();
        road.keep_only(Way::ToServer, LAPTOP, &[]);
        assert_eq!(fs::read_dir(own.path()).unwrap().count(), 2, "{linked}");
        unharmed();
    }
}
