//! `tsela unlock`: back in with an administrator's code, on a laptop that may have no network.

use std::{path::PathBuf, sync::Arc, time::Duration};

use clap::Args;
use tsela_core::rescue::{AnswerCode, RescueError};
use tsela_rpc::client::laptop::Laptop;
use tsela_sync::clock::SystemClock;

use crate::{
    exit::{DATA, Exit},
    output, passphrase, place,
};

/// Arguments.
#[derive(Debug, Args)]
pub struct UnlockArgs {
    /// The laptop's folder.
    #[arg(long, value_name = "DIR")]
    dir: PathBuf,
    /// Who is to be let in, by name.
    #[arg(long, value_name = "NAME", requires = "code")]
    user: Option<String>,
    /// The administrator's code; without it, the request to be told to the administrator is printed.
    #[arg(long, value_name = "CODE", requires = "user")]
    code: Option<String>,
}

/// Prints a request, or uses a code: one of two groups ends a lock-out, one of four gives a new passphrase.
///
/// # Errors
/// Exit code 65 for a mistyped code, 77 for a wrong one, which is counted.
pub fn run(args: &UnlockArgs) -> anyhow::Result<()> {
    place::laptop_only(&args.dir)?;
    let laptop = Laptop::at(&args.dir, Arc::new(SystemClock::new()));
    let (Some(user), Some(code)) = (&args.user, &args.code) else {
        output::line(&laptop.rescue_request()?.to_string())?;
        eprintln!("Tell this to the administrator, with the laptop's and the person's name.");
        return Ok(());
    };
    let code = code.parse::<AnswerCode>().map_err(|error: RescueError| Exit::new(DATA, error.to_string()))?;
    match code {
        AnswerCode::Unlock(code) => {
            laptop.end_lock_out(user, &code)?;
            eprintln!("{user} can sign in again.");
        }
        AnswerCode::Admit(code) => {
            let passphrase = passphrase::new()?;
            let _lock = laptop.lock("tsela unlock", Duration::from_secs(1))?;
            laptop.admit_with_code(user, &code, &passphrase)?;
            eprintln!("{user} can sign in with the new passphrase.");
        }
    }
    Ok(())
}
