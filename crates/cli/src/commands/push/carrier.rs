//! `tsela push --to ADDRESS`: handing over to a driver's laptop.

use std::io::{IsTerminal as _, Write as _};

use serde_json::json;
use tsela_relay::{Author, CarrierAddress, MeetError, Met};
use tsela_rpc::client::laptop::Opened;
use tsela_store::outgoing;

use crate::{
    exit::{DISK, Exit, REFUSED, UNAVAILABLE},
    output, runtime,
};

/// Hands over once.
///
/// # Errors
/// Exit code 69 if the carrier is not in reach, 74 if it is full, 77 if one of the two does
/// not deal with the other.
pub fn run(opened: &Opened, address: &CarrierAddress, without_comparing: bool, json: bool) -> anyhow::Result<()> {
    runtime::block_on(hand_over(opened, address, without_comparing, json))?
}

async fn hand_over(
    opened: &Opened,
    address: &CarrierAddress,
    without_comparing: bool,
    json: bool,
) -> anyhow::Result<()> {
    let met = Author::new(opened.engine_config(true)).meet(address).await.map_err(exit)?;
    if !without_comparing && !is_right(&met)? {
        return Err(Exit::new(REFUSED, "nothing was handed over: the digits were not confirmed").into());
    }
    met.agreed().await.map_err(exit)?;
    let done = opened.hand_over(&met, |_| {}).await.map_err(exit)?;
    met.goodbye().await;
    let unsent = opened.store.read(outgoing::unsent)?;
    if json {
        return output::json(&json!({
            "carrier": done.carrier,
            "receipts": done.receipts,
            "bundles": done.bundles,
            "bytes": done.bytes,
            "tubes": done.tubes,
            "attachments": done.attachments,
            "with_driver": unsent.with_driver,
            "unsent": unsent.records,
        }));
    }
    let carrier = output::plain(&done.carrier);
    output::line(&format!(
        "{carrier} has taken {} bundles ({} bytes) and the list of {} tubes. {} records are with the driver; they are \
         received once a receipt says so.",
        done.bundles, done.bytes, done.tubes, unsent.with_driver
    ))
}

/// Asks whether both screens show the same.
fn is_right(met: &Met) -> anyhow::Result<bool> {
    eprintln!("{} shows the same six digits?  {}", output::plain(&met.carrier.name), met.digits);
    if !std::io::stdin().is_terminal() {
        let why = "comparing digits needs a terminal; --without-comparing hands over without";
        return Err(Exit::new(REFUSED, why).into());
    }
    eprint!("yes or no: ");
    std::io::stderr().flush()?;
    let mut answer = String::new();
    std::io::stdin().read_line(&mut answer)?;
    Ok(matches!(answer.trim().to_lowercase().as_str(), "y" | "yes"))
}

fn exit(error: MeetError) -> anyhow::Error {
    let code = match &error {
        MeetError::Store(_) => return error.into(),
        MeetError::Meeting(_) | MeetError::Declined => REFUSED,
        full if full.is_full() => DISK,
        unreachable if unreachable.is_unreachable() => UNAVAILABLE,
        MeetError::Road(tsela_sync::road::RoadError::Api { status: 401 | 403, .. }) => REFUSED,
        MeetError::Road(_) => 76,
    };
    Exit::new(code, error.to_string()).into()
}
