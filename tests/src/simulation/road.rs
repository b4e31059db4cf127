//! A bad road: what goes along it is lost, comes twice, comes late, comes cut off, or comes with bits turned over.

use tsela_core::bundle::BundleId;

use super::dice::Dice;

/// How bad a road is: in how many of a thousand cases.
#[derive(Clone, Copy, Debug, Default)]
pub struct Weather {
    /// It does not arrive.
    pub lost: usize,
    /// It arrives twice.
    pub twice: usize,
    /// It arrives with what comes after it, and overtaken by that.
    pub late: usize,
    /// Its end is missing.
    pub cut: usize,
    /// Some bits are turned over.
    pub flipped: usize,
}

/// A road in its weather.
#[derive(Debug)]
pub struct BadRoad {
    /// How bad it is now.
    pub weather: Weather,
    dice: Dice,
    late: Vec<Parcel>,
}

/// Bytes under the name of a bundle.
pub type Parcel = (BundleId, Vec<u8>);

impl Weather {
    /// Rolls a weather: on some days nothing goes wrong.
    pub fn roll(dice: &mut Dice) -> Self {
        let worst = [0, 60, 150, 300][dice.below(4)];
        let mut some = || dice.below(worst + 1);
        Self { lost: some(), twice: some(), late: some(), cut: some() / 2, flipped: some() / 2 }
    }
}

impl BadRoad {
    /// Opens a road.
    pub fn new(weather: Weather, dice: Dice) -> Self {
        Self { weather, dice, late: Vec::new() }
    }

    /// Mends the road for good. What is late comes with what is sent next.
    pub fn mend(&mut self) {
        self.weather = Weather::default();
    }

    /// Returns what arrives when this is sent, in the order of arrival; what is late of earlier journeys comes last. Something
    /// damaged comes under the name of what was sent, or under one that fits what it is now.
    pub fn carry(&mut self, sent: &[u8]) -> Vec<Parcel> {
        let mut arriving = Vec::new();
        let earlier = std::mem::take(&mut self.late);
        let times = 1 + usize::from(self.dice.chance(self.weather.twice));
        for _ in 0..times {
            if self.dice.chance(self.weather.lost) {
                continue;
            }
            let came = self.damage(sent.to_vec());
            let name = BundleId::of(if self.dice.chance(500) { sent } else { &came });
            if self.dice.chance(self.weather.late) { self.late.push((name, came)) } else { arriving.push((name, came)) }
        }
        arriving.extend(earlier);
        arriving
    }

    /// Says whether an answer, or a question without content, gets through.
    pub fn is_open(&mut self) -> bool {
        !self.dice.chance(self.weather.lost)
    }

    /// Does to bytes what the weather does.
    pub fn damage(&mut self, mut bytes: Vec<u8>) -> Vec<u8> {
        if self.dice.chance(self.weather.cut) {
            bytes.truncate(self.dice.below(bytes.len() + 1));
        }
        if !bytes.is_empty() && self.dice.chance(self.weather.flipped) {
            for _ in 0..=self.dice.below(3) {
                let at = self.dice.below(bytes.len());
                bytes[at] ^= 1 << self.dice.below(8);
            }
        }
        bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_road_does_all_of_it_and_a_mended_one_nothing() {
        let weather = Weather { lost: 200, twice: 200, late: 200, cut: 200, flipped: 200 };
        let mut road = BadRoad::new(weather, Dice::new(1));
        let sent = [7; 64];
        let (mut none, mut whole, mut short, mut other) = (0, 0, 0, 0);
        for _ in 0..500 {
            let came = road.carry(&sent);
            none += usize::from(came.is_empty());
            for (_, came) in came {
                match came {
                    came if came == sent => whole += 1,
                    came if came.len() < sent.len() => short += 1,
                    _ => other += 1,
                }
            }
        }
        assert!(none > 20 && whole > 100 && short > 20 && other > 20, "{none} {whole} {short} {other}");
        road.mend();
        road.carry(&sent);
        assert!((0..100).all(|_| road.carry(&sent) == [(BundleId::of(&sent), sent.to_vec())] && road.is_open()));
    }
}
