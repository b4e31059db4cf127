//! Short days on which everything goes wrong, by their seeds; see [`tsela_tests::simulation`].
//!
//! Two hundred of them are part of `make test`; `make simulate SEEDS=2000` runs as many as one likes. `TSELA_SEED=n` repeats
//! one.

use std::panic::catch_unwind;

use tsela_tests::simulation::{Forks, Happened, run};

/// Seeds of one test, so that several run at a time.
const EACH: u64 = 25;

/// Returns the seed that is asked for, if one is.
fn asked() -> Option<u64> {
    std::env::var("TSELA_SEED").ok().map(|seed| seed.parse().expect("TSELA_SEED is a number"))
}

/// Runs one part of the usual seeds, or the one that is asked for. A part on which nothing happened would prove nothing.
fn part(number: u64) {
    if let Some(seed) = asked() {
        if number == 0 {
            println!("{:?}", run(seed, Forks::Quarantined));
        }
        return;
    }
    let seeds = number * EACH + 1..=(number + 1) * EACH;
    let happened: Happened = seeds.map(|seed| run(seed, Forks::Quarantined)).sum();
    println!("{happened:?}");
    let Happened { saves, records, closed, forks, restored, cloned, server_restored, at_lab, by_stick } = happened;
    assert!(saves > 25 * 30 && records > 25 * 20, "{happened:?}");
    let all = [closed, forks, restored, cloned, server_restored, at_lab, by_stick];
    assert!(all.iter().all(|times| *times > 0), "{happened:?}");
}

#[test]
fn days_of_the_first_part() {
    part(0);
}

#[test]
fn days_of_the_second_part() {
    part(1);
}

#[test]
fn days_of_the_third_part() {
    part(2);
}

#[test]
fn days_of_the_fourth_part() {
    part(3);
}

#[test]
fn days_of_the_fifth_part() {
    part(4);
}

#[test]
fn days_of_the_sixth_part() {
    part(5);
}

#[test]
fn days_of_the_seventh_part() {
    part(6);
}

#[test]
fn days_of_the_eighth_part() {
    part(7);
}

/// The control: were forks ignored, a few dozen days would show it.
#[test]
fn a_server_that_ignores_forks_is_found_out() {
    let found = (1..=60).find_map(|seed| catch_unwind(|| run(seed, Forks::Ignored)).err());
    let found = found.expect("sixty days, and nobody has noticed");
    let said = found.downcast_ref::<String>().map_or("", String::as_str);
    assert!(said.contains("the fork of stream"), "{said}");
}

/// As many days as `TSELA_SEEDS` says, from any seed on, on all cores.
#[test]
#[ignore = "as long as one likes: make simulate SEEDS=2000"]
fn as_many_days_as_asked_for() {
    let days: u64 = std::env::var("TSELA_SEEDS").map_or(200, |days| days.parse().expect("TSELA_SEEDS is a number"));
    let first = asked().unwrap_or_else(|| uuid::Uuid::now_v7().as_u64_pair().1 >> 1);
    println!("{days} days from TSELA_SEED={first} on");
    let cores = std::thread::available_parallelism().map_or(1, |cores| cores.get() as u64);
    let wrong: Vec<u64> = std::thread::scope(|scope| {
        let days_of =
            |core| move || (first + core..first + days).step_by(cores as usize).filter(|seed| goes_wrong(*seed));
        let working: Vec<_> = (0..cores).map(|core| scope.spawn(move || days_of(core)().collect::<Vec<_>>())).collect();
        working.into_iter().flat_map(|core| core.join().expect("a core ends")).collect()
    });
    assert!(wrong.is_empty(), "{} of {days} days went wrong: TSELA_SEED={wrong:?}", wrong.len());
}

fn goes_wrong(seed: u64) -> bool {
    catch_unwind(|| run(seed, Forks::Quarantined)).is_err()
}
