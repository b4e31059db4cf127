//! The English texts. Other languages are translated in the pages, by code and params.

use std::collections::BTreeMap;

use super::ProblemCode;

/// The texts of one problem; `{name}` are places to fill.
pub(super) struct Texts {
    pub(super) title: &'static str,
    pub(super) detail: &'static str,
    pub(super) action: &'static str,
}

const fn texts(title: &'static str, detail: &'static str, action: &'static str) -> Texts {
    Texts { title, detail, action }
}

/// Returns the texts of a problem.
pub(super) fn of(code: ProblemCode) -> Texts {
    use ProblemCode as P;
    match code {
        P::NoNetwork => texts(
            "No network",
            "This laptop is in no network. Everything is saved here and goes out when the server is in reach.",
            "Go on working; or connect to the clinic's Wi-Fi and press Push.",
        ),
        P::NameNotFound => texts(
            "The server's name is not found",
            "There is a network, but nobody in it knows {host}. It may be another Wi-Fi than the clinic's. Nothing is lost.",
            "Check which Wi-Fi this is, then press Push.",
        ),
        P::Refused => texts(
            "The server is not running",
            "The computer {host} is there, but the Tsela server on it does not answer. Nothing is lost.",
            "Ask at the clinic to start the server; pressing Push again is always safe.",
        ),
        P::Unreachable => texts(
            "The server is not in reach",
            "There is a network, but no way from it to {host}. Nothing is lost.",
            "Go on working; press Push when you are nearer or in the clinic's Wi-Fi.",
        ),
        P::Timeout => texts(
            "The server does not answer",
            "{host} gave no answer in time: the connection is very slow, or the server is off. Nothing is lost.",
            "Go on working; Tsela tries again by itself, and pressing Push again is always safe.",
        ),
        P::Cut => texts(
            "The connection broke off",
            "The connection to {host} broke in the middle. What has arrived stays arrived, the rest is still saved here.",
            "Wait: Tsela goes on by itself; pressing Push again is always safe.",
        ),
        P::Portal => texts(
            "A Wi-Fi log-in page answered",
            "Instead of the server, a log-in page of this Wi-Fi (or another device) answered. Nothing was sent to it and nothing is lost.",
            "Open a web browser, log in to the Wi-Fi, then press Push.",
        ),
        P::WrongKey => texts(
            "The certificate is not the one pinned",
            "Whoever answers as {host} does not hold the server's key. It may be another computer, or someone in between. Nothing was sent and nothing is lost.",
            "Do not go on in this network; tell the administrator.",
        ),
        P::Revoked => texts(
            "This device was revoked",
            "An administrator has revoked this laptop. What was entered stays on it, and a data manager can still admit it.",
            "Call the administrator.",
        ),
        P::Unauthorised => texts(
            "The server does not know this laptop",
            "The server does not accept what this laptop shows of itself. The server may have been set up anew. Nothing is lost.",
            "Call the administrator.",
        ),
        P::DiskFull => texts(
            "The server's disk is full",
            "The server at {host} has no room left. Nothing is lost: everything stays saved here until it has arrived.",
            "Tell the administrator; Tsela tries again by itself.",
        ),
        P::LocalDisk => texts(
            "This laptop's disk is full or failing",
            "{detail}.",
            "Free some space, close Tsela and open it again.",
        ),
        P::ServerBusy => texts(
            "The server is busy",
            "The server has much to do just now and asks to wait. Nothing is lost.",
            "Wait: Tsela tries again by itself.",
        ),
        P::ServerError => texts(
            "The server has a problem",
            "The server answered: {detail}. Nothing is lost.",
            "Wait a little and press Push; if it happens again, tell the administrator.",
        ),
        P::TooOld => texts(
            "This version of Tsela is too old",
            "The server needs a newer version of Tsela than this laptop has. Everything stays saved here.",
            "Ask the administrator for the new version.",
        ),
        P::Fork => texts(
            "Another copy of this laptop has sent data",
            "The server holds other entries under this laptop's code: its data was restored or copied. Nothing is lost; what is new goes out under a new code.",
            "Tell the data manager, who can see both.",
        ),
        P::EnrolmentCode => texts(
            "The enrolment code cannot be used",
            "It was used by another laptop, or its time is over.",
            "Ask the administrator for a new code.",
        ),
        P::UnknownUser => texts(
            "The server has no account of this name",
            "Nobody called {user} has an account in this study.",
            "Check the spelling, or ask the administrator for an account.",
        ),
        P::UserRefused => texts(
            "This name cannot be used on a laptop",
            "{user} is the name of an account on the server's own pages. Such a name is not used on laptops, so that nobody is taken for somebody else.",
            "Enrol with the name of the person who works on this laptop.",
        ),
        P::CodeTaken => texts(
            "Another laptop holds this laptop's code",
            "The server was restored from an old backup and has given one of this laptop's codes to another laptop. Nothing is lost: everything stays saved here.",
            "Keep this laptop as it is and call the administrator.",
        ),
        P::CredentialExpired => texts(
            "This laptop's credential has expired",
            "It was not renewed in time, as the laptop had not reached the server for long. Nothing is lost: everything stays saved here.",
            "Ask the administrator to renew this laptop, then press Push.",
        ),
        P::BadAnswer => texts(
            "The server's answer is not understood",
            "The server's answer could not be checked ({detail}). Nothing was taken from it and nothing is lost.",
            "Press Push again; if it happens again, tell the administrator.",
        ),
        P::Unknown => texts(
            "The push did not go through",
            "Something unexpected happened ({detail}). Nothing is lost.",
            "Press Push again; if it happens again, tell the administrator.",
        ),
    }
}

/// Fills the places of a text; an unknown place becomes an ellipsis.
pub(super) fn fill(text: &str, params: &BTreeMap<String, String>) -> String {
    let mut parts = text.split('{');
    let mut filled = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (place, rest) = part.split_once('}').unwrap_or((part, ""));
        filled.push_str(params.get(place).map_or("…", String::as_str));
        filled.push_str(rest);
    }
    filled
}
