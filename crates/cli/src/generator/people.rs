//! People who do not exist, no two of them the same.

use chrono::{Days, NaiveDate};
use tsela_core::rules::age_on;

use super::{Dice, texts};

/// Identities are eight digits around the one that tells the gender.
const IDENTITIES: u64 = 100_000_000;
/// How many people a seed has for itself.
const A_SEED: u64 = 100_000;
/// The youngest are 16 years and some months on the first day, so that all stay in range for the four months.
const YOUNGEST: u64 = 16 * 366;
/// Days of birth: up to 64 years less some months.
const BIRTHDAYS: u64 = 47 * 365;

/// The people of a seed, one after the other.
#[derive(Debug)]
pub(super) struct People {
    seed: u64,
    start: NaiveDate,
    hostile: bool,
    met: u64,
}

/// One person.
#[derive(Clone, Debug)]
pub(super) struct Person {
    pub number: u64,
    pub first: String,
    pub last: String,
    pub initials: String,
    pub gender: &'static str,
    pub dob: NaiveDate,
    pub identity: String,
}

impl People {
    pub fn new(seed: u64, start: NaiveDate, hostile: bool) -> Self {
        Self { seed, start, hostile, met: 0 }
    }

    pub fn next(&mut self, dice: &mut Dice) -> Person {
        self.met += 1;
        let index = (self.seed % 1_000) * A_SEED + self.met;
        let gender = dice.of(&["M", "F"]);
        let names = texts::names(gender, self.hostile);
        let pairs = (names.first.len() * names.last.len()) as u64;
        // People with the same names differ in the number of the round, and so in their birthdays.
        let (pair, round) = (scattered(index % pairs, pairs), index / pairs);
        let at = |list: &[&str], n: u64| {
            let n = usize::try_from(n).unwrap_or(0) % list.len().max(1);
            list.get(n).copied().unwrap_or_default().to_owned()
        };
        let (first, last) = (at(names.first, pair), at(names.last, pair / names.first.len() as u64));
        let days = YOUNGEST + (pair * 7_919 + round) % BIRTHDAYS;
        let dob = self.start.checked_sub_days(Days::new(days)).unwrap_or(self.start);
        let identity = identity(index, gender);
        let initials = [&first, &last].iter().filter_map(|name| name.chars().next()).collect();
        Person { number: self.met, first, last, initials, gender, dob, identity }
    }
}

impl Person {
    pub fn age_on(&self, date: NaiveDate) -> i64 {
        age_on(self.dob, date)
    }
}

/// Numbers the people so that neighbours have nothing in common; every number is met once.
fn identity(index: u64, gender: &str) -> String {
    let n = index.wrapping_mul(48_271) % IDENTITIES;
    let digits = format!("{n:08}");
    let (before, after) = digits.split_at_checked(4).unwrap_or((&digits, ""));
    format!("{before}{}{after}", if gender == "M" { 1 } else { 2 })
}

/// Permutes the numbers below `n`: the factor is a prime that divides none of the list lengths' products.
fn scattered(index: u64, n: u64) -> u64 {
    (index * 7_877) % n
}
