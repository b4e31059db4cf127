//! The declarations: what the user interface may ask, and what it is told.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use ts_rs::TS;

pub mod attachments;
pub mod carrier;
pub mod client;
pub mod common;
pub mod custody;
pub mod forms;
pub mod handover;
pub mod lab;
pub mod labels;
pub mod server;
pub mod settings;
pub mod sync;
pub mod ways;

/// One call: the command's name and its arguments.
#[derive(Debug, Deserialize, Serialize)]
pub struct Call {
    /// Name of the command.
    pub command: String,
    /// Its arguments, an object; empty for commands without any.
    #[serde(default)]
    pub args: Value,
}

/// What went wrong, in words for the person at the screen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Failure {
    /// For the interface to branch on: `offline`, `locked`, `busy`, `invalid`, `wrong_passphrase`, `disk` …
    pub code: String,
    /// One line: what happened.
    pub title: String,
    /// Its likely cause, and that nothing was lost.
    pub detail: String,
    /// The one thing to do next; empty if there is none.
    pub action: String,
    /// Values for translated texts, such as minutes to wait.
    pub params: std::collections::BTreeMap<String, String>,
    /// For a refused save: what is wrong, change by change, in the order of the changes.
    pub problems: Vec<Vec<tsela_core::problem::Problem>>,
}

impl Failure {
    /// Makes a failure without parameters and problems.
    pub fn new(code: &str, title: impl Into<String>, detail: impl Into<String>, action: impl Into<String>) -> Self {
        Self {
            code: code.to_owned(),
            title: title.into(),
            detail: detail.into(),
            action: action.into(),
            params: std::collections::BTreeMap::new(),
            problems: Vec::new(),
        }
    }
}

/// What a command answers.
pub type Answer<T> = Result<T, Failure>;

/// No arguments, or nothing to answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Nothing {}

/// Declares the commands of a host: the trait it implements, the dispatch by name, and the TypeScript map.
macro_rules! commands {
    ($(#[$host_doc:meta])* $host:ident, $dispatch:ident, $typescript:ident:
     $($(#[$doc:meta])* $name:ident($args:ty) -> $answer:ty;)*) => {
        $(#[$host_doc])*
        pub trait $host {
            $($(#[$doc])* fn $name(&self, args: $args) -> $crate::schema::Answer<$answer>;)*
        }

        /// Calls the host's method of that name; blocks while it works.
        ///
        /// # Errors
        /// The command's own failure; `unknown_command` and `bad_arguments` if the call is not one of ours.
        pub fn $dispatch<H: $host + ?Sized>(
            host: &H,
            call: $crate::schema::Call,
        ) -> $crate::schema::Answer<serde_json::Value> {
            match call.command.as_str() {
                $(stringify!($name) => {
                    let args = $crate::schema::arguments::<$args>(call.args)?;
                    $crate::schema::answer(host.$name(args)?)
                })*
                other => Err($crate::schema::unknown_command(other)),
            }
        }

        /// Lists each command with the TypeScript of its arguments and answer.
        pub fn $typescript(collect: &mut $crate::typescript::Collector) {
            $(collect.command::<$args, $answer>(stringify!($host), stringify!($name));)*
        }
    };
}
pub(crate) use commands;

pub(crate) fn arguments<T: serde::de::DeserializeOwned>(args: Value) -> Answer<T> {
    let args = if args.is_null() { Value::Object(serde_json::Map::new()) } else { args };
    serde_json::from_value(args).map_err(|error| {
        Failure::new("bad_arguments", "This page asked for something Tsela did not understand.", error.to_string(), "")
    })
}

pub(crate) fn answer<T: Serialize>(value: T) -> Answer<Value> {
    serde_json::to_value(value)
        .map_err(|error| Failure::new("internal", "The answer could not be written.", error.to_string(), ""))
}

pub(crate) fn unknown_command(name: &str) -> Failure {
    Failure::new("unknown_command", "This page asked for something Tsela does not do.", name, "")
}
