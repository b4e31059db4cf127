//! Letting people back in without a network: a laptop shows a short request, an administrator answers with a code that
//! can be read out over the telephone.
//!
//! Laptop and server share a secret that both derive from the device's token at enrolment. From it come
//!
//! - the **unlock key**, with which an [`UnlockCode`] is made: a truncated MAC over the request and the person. It ends a
//!   lock-out and opens nothing. A laptop keeps this key readable beside its store, as it has to check the code while the
//!   store is closed; who can read it there could as well change the counter that it resets.
//! - for each number a **wrapping key**, under which the laptop keeps its data key beside the store. An [`AdmitCode`] is
//!   that key, masked with the person's name. It is used once: afterwards the laptop wraps anew under the next number.
//!
//! All texts are groups of eight characters as in `groups`. A request is two groups: 20 bits that tell laptops apart, 15
//! bits of the wrapping's number, and 35 bits of challenge. An unlock code is two groups (70 bits), an admit code four (136
//! bits and four zeros). Their groups are checked as if they stood at different places, so that one cannot be taken for
//! another. Nothing here looks at a clock: a code ends by use, by wrong guesses, or by a newer request.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use zeroize::{Zeroize, ZeroizeOnDrop};

use crate::{
    alphabet,
    groups::{self, GROUP, Slip, from_digits, to_digits},
    ids::{DeviceId, UserId},
    seal::hex,
};

/// Bytes of an admit code.
const ADMIT: usize = 17;
/// Characters of an unlock code that carry data: 70 bits.
const UNLOCK: usize = 14;
/// The highest number of a wrapping: 15 bits.
pub const MAX_NUMBER: u16 = 0x7fff;
/// Bits of a challenge.
const CHALLENGE_BITS: u32 = 35;

/// What a laptop and its server share for these codes. Wiped when dropped, never printed.
#[derive(Clone, PartialEq, Eq, Zeroize, ZeroizeOnDrop)]
pub struct RescueSecret([u8; 32]);

/// Makes and checks unlock codes.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct UnlockKey(#[serde(with = "hex::array")] [u8; 32]);

/// What a laptop asks with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Request {
    device: u32,
    number: u16,
    challenge: u64,
}

/// Ends a lock-out of one person on one laptop.
#[derive(Clone, PartialEq, Eq)]
pub struct UnlockCode([char; UNLOCK]);

/// Opens a laptop's data key for one person. Wiped when dropped.
#[derive(Clone, PartialEq, Eq, Zeroize, ZeroizeOnDrop)]
pub struct AdmitCode([u8; ADMIT]);

/// An administrator's code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AnswerCode {
    /// Ends a lock-out.
    Unlock(UnlockCode),
    /// Opens the data key.
    Admit(AdmitCode),
}

/// Why a text is not a request or a code.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RescueError {
    /// A group is mistyped.
    #[error(transparent)]
    Slip(#[from] Slip),
    /// Too few or too many characters.
    #[error("{what} has {expected} characters, not {found}: compare it with the original")]
    Length {
        /// What it is not.
        what: &'static str,
        /// Characters found.
        found: usize,
        /// Characters that it has, in words.
        expected: &'static str,
    },
    /// All groups fit but the whole does not.
    #[error("this code is damaged: compare it with the original")]
    Damaged,
}

impl RescueSecret {
    /// Derives the secret from a device's token.
    pub fn from_token(token: &str) -> Self {
        Self(blake3::derive_key("tsela/rescue/1", token.as_bytes()))
    }

    /// Takes the bytes of a secret.
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// Returns the bytes, for the server's store.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Returns what makes and checks unlock codes; nothing else can be derived from it.
    pub fn unlock_key(&self) -> UnlockKey {
        UnlockKey(blake3::derive_key("tsela/rescue-unlock-key/1", &self.0))
    }

    /// Returns the key under which a laptop keeps its data key, for the wrapping of this number.
    pub fn wrapping_key(&self, device: DeviceId, number: u16) -> [u8; 32] {
        wrapping_key(device, &self.admit_key(device, number))
    }

    /// Answers a request with a code that lets the person of this (folded) name choose a passphrase.
    pub fn admit(&self, device: DeviceId, request: &Request, name: &str) -> AdmitCode {
        AdmitCode(masked(self.admit_key(device, request.number), device, name))
    }

    fn admit_key(&self, device: DeviceId, number: u16) -> [u8; ADMIT] {
        let mut key = [0; ADMIT];
        let mut hasher = blake3::Hasher::new_derive_key("tsela/rescue-admit/1");
        hasher.update(&self.0).update(device.0.as_bytes()).update(&number.to_le_bytes());
        hasher.finalize_xof().fill(&mut key);
        key
    }
}

impl UnlockKey {
    /// Answers a request with a code that ends the lock-out of this person.
    pub fn unlock(&self, device: DeviceId, request: &Request, user: UserId) -> UnlockCode {
        let mut hasher = blake3::Hasher::new_keyed(&self.0);
        hasher.update(b"tsela/rescue-unlock/1").update(device.0.as_bytes()).update(user.0.as_bytes());
        hasher.update(&request.number.to_le_bytes()).update(&request.challenge.to_le_bytes());
        let digits = to_digits(hasher.finalize().as_bytes());
        UnlockCode(std::array::from_fn(|place| digits.get(place).copied().unwrap_or('0')))
    }
}

impl fmt::Debug for RescueSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RescueSecret(…)")
    }
}

impl fmt::Debug for UnlockKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("UnlockKey(…)")
    }
}

impl Request {
    /// Puts a request together; of the challenge 35 bits are used.
    pub fn new(device: DeviceId, number: u16, challenge: u64) -> Self {
        let challenge = challenge & ((1 << CHALLENGE_BITS) - 1);
        Self { device: device_tag(device), number: number.min(MAX_NUMBER), challenge }
    }

    /// Says whether the request can come from this laptop. Two laptops in a million look alike here; their codes differ.
    pub fn is_from(&self, device: DeviceId) -> bool {
        self.device == device_tag(device)
    }
}

impl UnlockCode {
    /// Compares two codes without telling by the time how much of them is equal.
    pub fn is(&self, other: &Self) -> bool {
        let hash = |code: &Self| blake3::hash(code.0.iter().collect::<String>().as_bytes());
        hash(self) == hash(other)
    }
}

impl AdmitCode {
    /// Returns the key under which the laptop keeps its data key, if the code is for the person of this (folded) name.
    pub fn wrapping_key(&self, device: DeviceId, name: &str) -> [u8; 32] {
        wrapping_key(device, &masked(self.0, device, name))
    }
}

/// Frozen: laptops keep what is wrapped under it.
fn wrapping_key(device: DeviceId, admit_key: &[u8; ADMIT]) -> [u8; 32] {
    let mut hasher = blake3::Hasher::new_derive_key("tsela/rescue-wrapping/1");
    hasher.update(device.0.as_bytes()).update(admit_key);
    *hasher.finalize().as_bytes()
}

/// Masks or unmasks: the same name twice gives the key again, another name gives another key.
fn masked(mut key: [u8; ADMIT], device: DeviceId, name: &str) -> [u8; ADMIT] {
    let mut mask = [0; ADMIT];
    let mut hasher = blake3::Hasher::new_derive_key("tsela/rescue-name/1");
    hasher.update(device.0.as_bytes()).update(name.as_bytes()).finalize_xof().fill(&mut mask);
    key.iter_mut().zip(mask).for_each(|(byte, mask)| *byte ^= mask);
    key
}

fn device_tag(device: DeviceId) -> u32 {
    let mut tag = [0; 4];
    let mut hasher = blake3::Hasher::new_derive_key("tsela/rescue-device/1");
    hasher.update(device.0.as_bytes()).finalize_xof().fill(&mut tag);
    u32::from_le_bytes(tag) & 0xf_ffff
}

/// Where the groups of each kind of text are checked as if they stood.
#[derive(Clone, Copy)]
struct Kind {
    what: &'static str,
    from: usize,
    groups: usize,
    length: &'static str,
}

const REQUEST: Kind = Kind { what: "a request", from: 100, groups: 2, length: "16" };
const UNLOCK_CODE: Kind = Kind { what: "an administrator's code", from: 110, groups: 2, length: "16 or 32" };
const ADMIT_CODE: Kind = Kind { what: "an administrator's code", from: 120, groups: 4, length: "16 or 32" };

/// Reads the data characters of a text; case, spaces and hyphens do not matter.
fn read_groups(text: &str, kind: Kind) -> Result<Vec<char>, RescueError> {
    let characters = significant(text);
    let digits = groups::read(&characters, kind.from)?;
    if characters.len() != kind.groups * GROUP {
        return Err(RescueError::Length { what: kind.what, found: characters.len(), expected: kind.length });
    }
    Ok(digits.into_iter().map(alphabet::character).collect())
}

/// Takes no more than tells that a text is too long.
fn significant(text: &str) -> Vec<char> {
    groups::significant(text).take(4 * GROUP + 1).collect()
}

impl fmt::Display for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = [
            alphabet::number(u64::from(self.device), 4),
            alphabet::number(u64::from(self.number), 3),
            alphabet::number(self.challenge, 7),
        ];
        groups::write(f, REQUEST.from, &text.concat().chars().collect::<Vec<_>>())
    }
}

impl FromStr for Request {
    type Err = RescueError;

    fn from_str(text: &str) -> Result<Self, RescueError> {
        let data = read_groups(text, REQUEST)?;
        let number = |skip: usize, take: usize| {
            alphabet::parse_number(&data.iter().skip(skip).take(take).collect::<String>()).ok_or(RescueError::Damaged)
        };
        let (device, wrapping) = (number(0, 4)?, number(4, 3)?);
        Ok(Self {
            device: u32::try_from(device).map_err(|_| RescueError::Damaged)?,
            number: u16::try_from(wrapping).map_err(|_| RescueError::Damaged)?,
            challenge: number(7, 7)?,
        })
    }
}

impl fmt::Display for UnlockCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        groups::write(f, UNLOCK_CODE.from, &self.0)
    }
}

impl fmt::Display for AdmitCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        groups::write(f, ADMIT_CODE.from, &to_digits(&self.0))
    }
}

impl FromStr for AnswerCode {
    type Err = RescueError;

    /// Tells the two kinds apart by their length.
    fn from_str(text: &str) -> Result<Self, RescueError> {
        if significant(text).len() <= UNLOCK_CODE.groups * GROUP {
            let data = read_groups(text, UNLOCK_CODE)?;
            return Ok(Self::Unlock(UnlockCode(data.try_into().map_err(|_| RescueError::Damaged)?)));
        }
        let data = read_groups(text, ADMIT_CODE)?;
        let values: Vec<u8> = data.iter().filter_map(|c| alphabet::value(*c)).collect();
        let bytes: [u8; ADMIT] = from_digits(&values).try_into().map_err(|_| RescueError::Damaged)?;
        let code = AdmitCode(bytes);
        if to_digits(&code.0) != data {
            return Err(RescueError::Damaged);
        }
        Ok(Self::Admit(code))
    }
}

impl fmt::Debug for UnlockCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("UnlockCode(…)")
    }
}

impl fmt::Debug for AdmitCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AdmitCode(…)")
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing)]
mod tests;
