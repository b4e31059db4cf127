//! From what went wrong on a road to what a person reads, and to when the machine tries again.

use reqwest::Url;
use tsela_core::api::codes;
use tsela_store::Code;

use crate::{
    machine::{Trouble, TroubleKind},
    problem::{Notice, Problem, ProblemCode},
    road::{NetworkError, RoadError, portal},
};

/// A clock that is off by less is not mentioned, milliseconds.
const TOLERATED_DRIFT: i64 = 5 * 60_000;
/// The least wait when the server says it is busy and not for how long, milliseconds.
const BUSY_WAIT: u64 = 5_000;

/// A failure, for people and for the machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnosis {
    /// For people.
    pub problem: Problem,
    /// For the machine.
    pub trouble: Trouble,
}

/// Finds out what went wrong. Where something other than the server seems to have answered, it looks once, in plain HTTP
/// and without credentials, whether a Wi-Fi's log-in page is in the way.
pub async fn diagnose(error: &RoadError, server: &Url) -> Diagnosis {
    let page = match error {
        RoadError::WrongKey(_) | RoadError::NotTls(_) => portal::answers_at(server).await,
        RoadError::NotTsela { content_type, .. } => {
            content_type.to_ascii_lowercase().contains("html") || portal::answers_at(server).await
        }
        _ => false,
    };
    let code = if page { ProblemCode::Portal } else { code_of(error) };
    let host = server.host_str().unwrap_or_default();
    let detail = match error {
        RoadError::Api { body, .. } if !body.title.is_empty() => body.title.clone(),
        other => other.to_string(),
    };
    let problem = Problem::new(code, &[("host", host), ("detail", &detail)]);
    Diagnosis { problem, trouble: trouble_of(code, error) }
}

/// Returns what an error means without looking at the network.
pub fn code_of(error: &RoadError) -> ProblemCode {
    match error {
        RoadError::Network { kind, .. } => match kind {
            NetworkError::NoNetwork => ProblemCode::NoNetwork,
            NetworkError::NameNotFound => ProblemCode::NameNotFound,
            NetworkError::Refused => ProblemCode::Refused,
            NetworkError::Unreachable => ProblemCode::Unreachable,
            NetworkError::Timeout => ProblemCode::Timeout,
            NetworkError::Cut => ProblemCode::Cut,
        },
        RoadError::WrongKey(_) => ProblemCode::WrongKey,
        RoadError::Api { status, body, .. } => of_api(*status, &body.code),
        RoadError::Store(error) if error.code() == Code::Disk => ProblemCode::LocalDisk,
        RoadError::NotTls(_) | RoadError::NotTsela { .. } | RoadError::TooLarge { .. } => ProblemCode::BadAnswer,
        RoadError::Malformed { .. } | RoadError::Untrusted(_) => ProblemCode::BadAnswer,
        RoadError::Store(_) | RoadError::BadAddress(_) | RoadError::Stopping => ProblemCode::Unknown,
    }
}

fn of_api(status: u16, code: &str) -> ProblemCode {
    match code {
        codes::REVOKED => ProblemCode::Revoked,
        codes::UNAUTHORISED => ProblemCode::Unauthorised,
        codes::ENROLMENT_CODE => ProblemCode::EnrolmentCode,
        codes::UNKNOWN_USER => ProblemCode::UnknownUser,
        codes::USER_REFUSED => ProblemCode::UserRefused,
        codes::INTRODUCTION => ProblemCode::Unauthorised,
        codes::CODE_TAKEN => ProblemCode::CodeTaken,
        codes::CREDENTIAL_EXPIRED => ProblemCode::CredentialExpired,
        codes::TOO_OLD => ProblemCode::TooOld,
        codes::BUSY => ProblemCode::ServerBusy,
        codes::DISK_FULL => ProblemCode::DiskFull,
        _ => match status {
            401 => ProblemCode::Unauthorised,
            426 => ProblemCode::TooOld,
            429 | 503 => ProblemCode::ServerBusy,
            507 => ProblemCode::DiskFull,
            _ => ProblemCode::ServerError,
        },
    }
}

fn trouble_of(code: ProblemCode, error: &RoadError) -> Trouble {
    use ProblemCode as P;
    let kind = match code {
        P::NoNetwork | P::NameNotFound | P::Refused | P::Unreachable | P::Timeout | P::Portal => TroubleKind::Offline,
        P::Cut | P::ServerBusy | P::ServerError | P::BadAnswer | P::Unknown => TroubleKind::Passing,
        P::WrongKey | P::Revoked | P::Unauthorised | P::DiskFull | P::LocalDisk | P::TooOld | P::Fork => {
            TroubleKind::Standing
        }
        P::EnrolmentCode | P::UnknownUser | P::UserRefused => TroubleKind::Standing,
        P::CodeTaken | P::CredentialExpired => TroubleKind::Standing,
    };
    let asked = match error {
        RoadError::Api { retry_after, .. } => retry_after.map(|seconds| seconds.saturating_mul(1000)),
        _ => None,
    };
    let not_before = if code == P::ServerBusy { Some(asked.unwrap_or(BUSY_WAIT)) } else { asked };
    Trouble { kind, not_before }
}

/// Says that this laptop's clock is wrong, if it is ahead of the server's by this many milliseconds (behind if
/// negative). It stops nothing: entries carry the drift's trace at the server, and a push goes on.
pub fn clock_notice(ahead_ms: i64) -> Option<Notice> {
    if ahead_ms.abs() <= TOLERATED_DRIFT {
        return None;
    }
    let by = in_words(ahead_ms.unsigned_abs() / 1000);
    let way = if ahead_ms > 0 { "ahead" } else { "behind" };
    let seconds = (ahead_ms / 1000).to_string();
    let message = format!(
        "This laptop's clock is wrong by {by}: it is {way} of the server's. Set the clock; what was entered is not lost, and pushing goes on."
    );
    Some(Notice::new("clock", message, &[("by", &by), ("way", way), ("seconds", &seconds)]))
}

/// Writes a length of time in words: the two largest units.
fn in_words(seconds: u64) -> String {
    let (days, hours, minutes) = (seconds / 86_400, seconds / 3_600 % 24, seconds / 60 % 60);
    let plural = |n: u64, unit: &str| if n == 1 { format!("1 {unit}") } else { format!("{n} {unit}s") };
    match (days, hours, minutes) {
        (0, 0, minutes) => format!("{minutes} min"),
        (0, hours, 0) => format!("{hours} h"),
        (0, hours, minutes) => format!("{hours} h {minutes} min"),
        (days, 0, _) => plural(days, "day"),
        (days, hours, _) => format!("{} {hours} h", plural(days, "day")),
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use tsela_core::api::ErrorBody;

    use super::*;

    #[rstest]
    #[case(0, None)]
    #[case(4 * 60_000, None)]
    #[case(3 * 3_600_000, Some("wrong by 3 h: it is ahead"))]
    #[case(-(3 * 3_600_000 + 20 * 60_000), Some("wrong by 3 h 20 min: it is behind"))]
    #[case(365 * 86_400_000, Some("wrong by 365 days: it is ahead"))]
    #[case(-86_400_000, Some("wrong by 1 day: it is behind"))]
    fn a_wrong_clock_is_named_with_by_how_much(#[case] ahead_ms: i64, #[case] says: Option<&str>) {
        let notice = clock_notice(ahead_ms);
        assert_eq!(notice.is_some(), says.is_some());
        if let (Some(notice), Some(says)) = (notice, says) {
            assert!(notice.message.contains(says), "{}", notice.message);
        }
    }

    #[rstest]
    #[case(403, codes::REVOKED, ProblemCode::Revoked, TroubleKind::Standing)]
    #[case(401, codes::UNAUTHORISED, ProblemCode::Unauthorised, TroubleKind::Standing)]
    #[case(429, codes::BUSY, ProblemCode::ServerBusy, TroubleKind::Passing)]
    #[case(503, "something newer", ProblemCode::ServerBusy, TroubleKind::Passing)]
    #[case(507, codes::DISK_FULL, ProblemCode::DiskFull, TroubleKind::Standing)]
    #[case(426, codes::TOO_OLD, ProblemCode::TooOld, TroubleKind::Standing)]
    #[case(422, codes::USER_REFUSED, ProblemCode::UserRefused, TroubleKind::Standing)]
    #[case(403, codes::INTRODUCTION, ProblemCode::Unauthorised, TroubleKind::Standing)]
    #[case(409, codes::CODE_TAKEN, ProblemCode::CodeTaken, TroubleKind::Standing)]
    #[case(403, codes::CREDENTIAL_EXPIRED, ProblemCode::CredentialExpired, TroubleKind::Standing)]
    #[case(500, codes::INTERNAL, ProblemCode::ServerError, TroubleKind::Passing)]
    #[case(413, codes::TOO_LARGE, ProblemCode::ServerError, TroubleKind::Passing)]
    fn refusals_of_the_server(
        #[case] status: u16,
        #[case] code: &str,
        #[case] problem: ProblemCode,
        #[case] kind: TroubleKind,
    ) {
        let body = ErrorBody { code: code.to_owned(), title: "…".to_owned(), detail: String::new() };
        let error = RoadError::Api { status, body, retry_after: Some(7) };
        assert_eq!(code_of(&error), problem);
        assert_eq!(trouble_of(problem, &error), Trouble { kind, not_before: Some(7_000) });
    }
}
