//! A receipt on its way: packed for its device and the carriers, and taken out with every check.

use rand_core::CryptoRng;

use super::{CarrierReceipt, MAX_BYTES, Receipt, ReceiptError};
use crate::{
    bundle::{BundleKind, BundleView, PackError, PackRequest, SectionName, SectionRequest, pack},
    ids::DeviceId,
    seal::{SealingKey, SealingPublic, SigningKey},
    trust::ServerKeyDoc,
};

impl Receipt {
    /// Packs the receipt: the whole for its device, the carrier's part for the device and the carriers.
    ///
    /// # Errors
    /// [`PackError::TooLarge`] if it must be split: fewer changed records, the others in the next receipt.
    pub fn seal(
        &self,
        server: &SigningKey,
        device: SealingPublic,
        carriers: &[SealingPublic],
        rng: &mut (impl CryptoRng + ?Sized),
    ) -> Result<Vec<u8>, PackError> {
        let (whole, part) = (self.to_bytes(), self.for_carrier().to_bytes());
        if whole.len() > MAX_BYTES {
            return Err(PackError::TooLarge(whole.len()));
        }
        let to_carriers = [&[device], carriers].concat();
        let sections = vec![
            SectionRequest { name: SectionName::Manifest, plaintext: &part, recipients: to_carriers },
            SectionRequest { name: SectionName::Payload, plaintext: &whole, recipients: vec![device] },
        ];
        let (study, packer) = (self.study, self.server);
        pack(PackRequest { kind: BundleKind::Receipt, study, packer, signing_key: server, sections }, rng)
    }

    /// Takes a receipt out of its file: signed by this server, sealed to and written for this device.
    pub fn open(
        file: &[u8],
        server: &ServerKeyDoc,
        device: DeviceId,
        keys: &[SealingKey],
    ) -> Result<Self, ReceiptError> {
        let view = verified(file, server)?;
        let receipt = Self::from_bytes(&view.open(SectionName::Payload, keys)?)?;
        let agrees = [
            ("study", receipt.study == server.study),
            ("server", receipt.server == server.server),
            ("device", receipt.device == device),
        ];
        match agrees.into_iter().find(|(_, agrees)| !agrees) {
            Some((what, _)) => Err(ReceiptError::NotOurs(what)),
            None => Ok(receipt),
        }
    }
}

impl CarrierReceipt {
    /// Takes the carrier's part out of a receipt's file.
    pub fn open(file: &[u8], server: &ServerKeyDoc, keys: &[SealingKey]) -> Result<Self, ReceiptError> {
        let receipt = Self::from_bytes(&verified(file, server)?.open(SectionName::Manifest, keys)?)?;
        if receipt.server == server.server { Ok(receipt) } else { Err(ReceiptError::NotOurs("server")) }
    }
}

fn verified<'a>(file: &'a [u8], server: &ServerKeyDoc) -> Result<BundleView<'a>, ReceiptError> {
    let view = BundleView::parse(file)?;
    view.verify(&server.verify_key)?;
    let agrees = [
        ("kind", view.kind() == BundleKind::Receipt),
        ("study", view.study() == server.study),
        ("server", view.packer() == server.server),
    ];
    match agrees.into_iter().find(|(_, agrees)| !agrees) {
        Some((what, _)) => Err(ReceiptError::NotOurs(what)),
        None => Ok(view),
    }
}
