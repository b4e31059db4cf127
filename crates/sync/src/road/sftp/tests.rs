use rstest::rstest;

use super::*;

#[rstest]
#[case("sftp://lesedi@clinic.example", "lesedi", "clinic.example", 22, "", "sftp://lesedi@clinic.example:22/~/")]
#[case("SFTP://lesedi@Clinic:2222/", "lesedi", "clinic", 2222, "/", "sftp://lesedi@clinic:2222/")]
#[case("sftp://a%20b@10.0.0.7/srv/x%20y/", "a b", "10.0.0.7", 22, "/srv/x y", "sftp://a%20b@10.0.0.7:22/srv/x%20y")]
#[case("sftp://l@[::1]:2222/~/study", "l", "::1", 2222, "study", "sftp://l@[::1]:2222/~/study")]
#[case("sftp://l@h/~other", "l", "h", 22, "/~other", "sftp://l@h:22/~other")]
fn an_address_says_where_it_leads(
    #[case] typed: &str,
    #[case] user: &str,
    #[case] host: &str,
    #[case] port: u16,
    #[case] path: &str,
    #[case] shown: &str,
) {
    let address: SftpAddress = typed.parse().unwrap();
    assert_eq!((address.user.as_str(), address.host.as_str(), address.port), (user, host, port));
    assert_eq!((address.path.as_str(), address.to_string().as_str()), (path, shown));
    assert_eq!(shown.parse::<SftpAddress>().unwrap(), address, "what is shown can be typed");
}

#[rstest]
#[case("sftp://l:hunter2@h/x")]
#[case("sftp://l:hunter2@x@h/x")]
#[case("sftp://hunter2")]
#[case("sftp://@h/hunter2")]
#[case("sftp://l@/hunter2")]
#[case("sftp://l@h:0/hunter2")]
#[case("sftp://l@h:99999/hunter2")]
#[case("sftp://l@h:hunter2/x")]
#[case("sftp://l@h/%zz/hunter2")]
#[case("sftp://l@h/%1b[2J/hunter2")]
#[case("sftp://l@h/\u{1b}[2J/hunter2")]
#[case("sftp://l@h/hunter2?password=x")]
#[case("sftp://l@h/%ff/hunter2")]
#[case("sftp://l@[::1/hunter2")]
fn what_is_no_address_is_refused_and_never_repeated(#[case] typed: &str) {
    let error = typed.parse::<SftpAddress>().unwrap_err().to_string();
    assert!(!error.contains("hunter2"), "{error}");
}

#[test]
fn only_fingerprints_as_openssh_prints_them_are_host_keys() {
    let printed = "SHA256:uNiVztksCsDhcc0u9e8BrrhU2ZuUoQSvmQ5eX3bQzJA";
    let key: HostKey = printed.parse().unwrap();
    assert_eq!(key.to_string(), printed);
    assert_eq!(format!("{printed}=").parse::<HostKey>().unwrap(), key);
    let old = "MD5:16:27:ac:a5:76:28:2d:36:63:1b:56:4d:eb:df:a6:48";
    for bad in ["", "SHA256:", "SHA256:short", old, "uNiVztksCsDhcc0u9e8BrrhU2ZuUoQSvmQ5eX3bQzJA"] {
        assert!(bad.parse::<HostKey>().is_err(), "{bad}");
    }
}

#[test]
fn a_login_shows_no_secret_and_a_bad_key_file_is_said_so() {
    let login = Login::new(None, Some("hunter2".to_owned().into())).unwrap();
    assert!(!format!("{login:?}").contains("hunter2"));
    assert!(matches!(Login::new(None, None), Err(SftpError::NoLogin)));
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("id");
    std::fs::write(&file, "no key").unwrap();
    if cfg!(unix) {
        let said = Login::new(Some(&file), None).unwrap_err().to_string();
        assert!(said.contains("chmod 600"), "{said}");
    }
    let_only_its_owner_read(&file);
    for path in [file, dir.path().join("nowhere")] {
        assert!(matches!(Login::new(Some(&path), None), Err(SftpError::Identity { .. })));
    }
}

#[cfg(unix)]
fn let_only_its_owner_read(file: &std::path::Path) {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::set_permissions(file, std::fs::Permissions::from_mode(0o600)).unwrap();
}

#[cfg(not(unix))]
fn let_only_its_owner_read(_file: &std::path::Path) {}

#[test]
fn nobody_there_is_said_before_any_key_is_asked_for() {
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let login = Login::new(None, Some("hunter2".to_owned().into())).unwrap();
    let address = format!("sftp://l@127.0.0.1:{free}/").parse().unwrap();
    let error = SftpRoad::open(address, login, None).unwrap_err();
    assert!(matches!(error, SftpError::NoAnswer { .. }), "{error}");
}
