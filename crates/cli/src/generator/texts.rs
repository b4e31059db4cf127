//! Names and notes. The hostile ones are what real names and notes hold and programs trip over.

/// First and last names to combine.
pub(super) struct Names {
    pub first: &'static [&'static str],
    pub last: &'static [&'static str],
}

const MEN: &[&str] = &[
    "THABO",
    "KAGISO",
    "TSHEPO",
    "OTENG",
    "MPHO",
    "KABO",
    "TEBOGO",
    "LESEGO",
    "MODISE",
    "KGOSI",
    "TUMELO",
    "PULE",
    "MOTHUSI",
    "BOITUMELO",
    "THATO",
    "GAOLATHE",
    "KEABETSWE",
    "LETLHOGONOLO",
    "MOAGI",
    "ONALENNA",
    "PHENYO",
    "RAPULA",
    "SELLO",
    "TIRO",
    "UYAPO",
    "DITIRO",
    "GOFAONE",
    "ITUMELENG",
    "KOPANO",
    "LORATO",
    "MASEGO",
    "NTSIMA",
];
const WOMEN: &[&str] = &[
    "LESEDI",
    "NEO",
    "DINEO",
    "KEFILWE",
    "BONTLE",
    "GORATA",
    "MMAPULA",
    "NALEDI",
    "SEABELO",
    "TSHOLOFELO",
    "REFILWE",
    "PEO",
    "OLEBOGENG",
    "MALEBOGO",
    "KEITUMETSE",
    "GALALETSANG",
    "BOIPELO",
    "AMANTLE",
    "SETHUNYA",
    "WAME",
    "THANDIWE",
    "SEGAMETSI",
    "PONTSHO",
    "MMOLOKI",
    "LAONE",
    "KGOMOTSO",
    "ESTHER",
    "GRACE",
    "RUTH",
    "MARIA",
    "SARAH",
    "CHARITY",
];
const FAMILIES: &[&str] = &[
    "MOLEFE",
    "NKWE",
    "TAU",
    "SEBEGO",
    "PHIRI",
    "KGOSIDINTSI",
    "MODISE",
    "SEKGOMA",
    "MASIRE",
    "KHAMA",
    "MOGAE",
    "DUBE",
    "NDLOVU",
    "MOYO",
    "SIBANDA",
    "MOKGOSI",
    "RAMOTSWA",
    "SEROWE",
    "TLOU",
    "KWENA",
    "PITSE",
    "PHUTI",
    "TSHUKUDU",
    "NOKO",
    "MOSWEU",
    "MONTSHO",
    "LETSHOLO",
    "GABORONE",
    "SELEKA",
    "OTUKILE",
    "LEKOKO",
    "RADITLADI",
    "BATHOEN",
    "SECHELE",
    "LINCHWE",
    "MATHIBA",
    "TAWANA",
];
const HOSTILE_MEN: &[&str] =
    &["N'GOLO", "JEAN-LUC", "ÅKE", "ЙОСИФ", "محمد", "王", "ÑUÑO", "ŁUKASZ", "SEÁN", "Ἀλέξανδρος", "JOSÉ MARÍA", "NULL"];
const HOSTILE_WOMEN: &[&str] =
    &["D’ARCY", "ANNE-MARIE", "ØYVOR", "ОЛЬГА", "مريم", "花子", "ZOË", "ŻANETA", "SIOBHÁN", "Ἑλένη", "TRUE", "ÉLODIE"];
const HOSTILE_FAMILIES: &[&str] = &[
    "O'NEILL",
    "VAN DER MERWE",
    "ČAPEK-ŽIŽKOVÁ",
    "ГОРБАЧЁВ",
    "الحسن",
    "鈴木",
    "NGŨGĨ",
    "DROP TABLE",
    "D'ÂNGELO",
    "SMITH-JONES-WILLIAMS-BROWN-TAYLOR",
    "ÎLE",
    "UNDEFINED",
    "Παπαδόπουλος",
];

const NOTES: &[&str] =
    &["", "", "", "Call after 17:00", "Dog at the gate", "Blue door behind the clinic", "Ask for the grandmother"];
const HOSTILE_NOTES: &[&str] = &[
    "'; DROP TABLE entry; --",
    "<script>alert(\"x\")</script>&amp;",
    "two\nlines, a \"quote\", a back\\slash",
    "{\"model\":\"participant\"}",
    "@h1",
    "%s %n %00 ${HOME} $(reboot)",
    "😀 👩🏽‍⚕️ 🇧🇼",
    "\u{202e}txet neddih",
    "=1+1",
    "e\u{301} and é",
    "null",
    "  spaces around  ",
];

pub(super) fn names(gender: &str, hostile: bool) -> Names {
    match (gender, hostile) {
        ("M", false) => Names { first: MEN, last: FAMILIES },
        (_, false) => Names { first: WOMEN, last: FAMILIES },
        ("M", true) => Names { first: HOSTILE_MEN, last: HOSTILE_FAMILIES },
        (_, true) => Names { first: HOSTILE_WOMEN, last: HOSTILE_FAMILIES },
    }
}

pub(super) fn note(hostile: bool, n: u64) -> &'static str {
    let notes = if hostile { HOSTILE_NOTES } else { NOTES };
    let n = usize::try_from(n).unwrap_or(0) % notes.len().max(1);
    notes.get(n).copied().unwrap_or_default()
}
