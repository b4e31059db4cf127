//! `tsela enrol`: making a folder a laptop of the study.

use std::{path::PathBuf, sync::Arc, time::Duration};

use clap::Args;
use tsela_rpc::client::laptop::{Laptop, LaptopError};
use tsela_sync::{
    clock::SystemClock,
    enrol::{Applicant, NewDevice},
    problem::ProblemCode,
};

use crate::{
    exit::{DATA, Exit},
    passphrase, runtime,
};

/// How often a try whose answer was lost is repeated.
const TRIES: u32 = 3;

/// Arguments.
#[derive(Debug, Args)]
pub struct EnrolArgs {
    /// An empty or new folder, which becomes the laptop's.
    #[arg(long, value_name = "DIR")]
    dir: PathBuf,
    /// The enrolment code, as `tsela server code` prints it; `-` reads it from standard input.
    #[arg(long, value_name = "CODE")]
    code: String,
    /// Name of the person who will sign in.
    #[arg(long, value_name = "NAME")]
    user: String,
    /// What people will call the laptop [default: this computer's name].
    #[arg(long, value_name = "NAME")]
    device_name: Option<String>,
}

/// Enrols. The passphrase is the one with which the person will sign in.
///
/// # Errors
/// Exit code 65 for a code that cannot be used, 69 if the server is not in reach, 76 if it is not the study's.
pub fn run(args: &EnrolArgs) -> anyhow::Result<()> {
    if tsela_store::Folder::new(&args.dir).server_key().exists() {
        let message = format!("{} is a server's folder: choose an empty one", args.dir.display());
        return Err(Exit::new(DATA, message).into());
    }
    let code = code(&args.code)?;
    let passphrase = passphrase::new()?;
    let clock = Arc::new(SystemClock::new());
    let laptop = Laptop::at(&args.dir, clock.clone());
    let device = NewDevice::generate(clock.as_ref(), &mut rand_core::UnwrapErr(getrandom::SysRng));
    let name = args.device_name.clone().unwrap_or_else(computer_name);
    let applicant = Applicant { device_name: &name, user: args.user.trim() };
    runtime::block_on(async {
        let mut tries = 1;
        loop {
            match laptop.enrol(&code, &device, &applicant, &passphrase, false).await {
                Err(error) if tries < TRIES && is_lost_answer(&error) => tries += 1,
                ended => return ended,
            }
            // The same keys again are safe: the server gives the same answer.
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
    })??;
    eprintln!("Enrolled {name} for {}.", args.user.trim());
    Ok(())
}

fn is_lost_answer(error: &LaptopError) -> bool {
    let LaptopError::Enrol(error) = error else { return false };
    matches!(error.problem.code(), ProblemCode::Timeout | ProblemCode::Cut)
}

fn code(given: &str) -> anyhow::Result<String> {
    if given != "-" {
        return Ok(given.trim().to_owned());
    }
    let mut line = String::new();
    std::io::stdin().read_line(&mut line)?;
    Ok(line.trim().to_owned())
}

fn computer_name() -> String {
    let variables = ["COMPUTERNAME", "HOSTNAME"].into_iter().filter_map(|name| std::env::var(name).ok());
    let file = std::fs::read_to_string("/etc/hostname").ok();
    let mut names = variables.chain(file).map(|name| name.trim().to_owned()).filter(|name| !name.is_empty());
    names.next().unwrap_or_else(|| "laptop".to_owned())
}
