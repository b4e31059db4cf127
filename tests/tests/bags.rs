//! Bags: what may be packed together, and what is refused in words.

use serde_json::{Value, json};
use tsela_tests::{
    bin::{PASSPHRASE, Study},
    browser::Browser,
    day::tubes_of_the_sample,
};

/// A laptop with the sample day's first tubes, its host, and the tubes: microtubes, a CD4, a chemistry …
struct Packing {
    study: Study,
    browser: Browser,
    tubes: Vec<Value>,
}

impl Packing {
    fn begin() -> Self {
        let study = Study::open();
        study.enrol("lesedi");
        study
            .command(&["enter", "--dir", "lesedi", "--moved-to-today", "-"])
            .input(tubes_of_the_sample(8))
            .run()
            .expect(0);
        let tubes = study.tsela(&["tubes", "--dir", "lesedi", "--json"]).quietly().json_lines();
        let browser = Browser::open(&study);
        browser.call("sign_in", &json!({ "user": "lesedi", "passphrase": PASSPHRASE }));
        Self { study, browser, tubes }
    }

    /// A tube of a panel, by its abbreviation.
    fn tube(&self, panel: &str) -> &Value {
        self.tubes
            .iter()
            .find(|tube| tube["panel"] == panel)
            .unwrap_or_else(|| panic!("no {panel} in {:?}", self.tubes))
    }

    fn label(&self, tube: &Value) {
        let args = json!({ "code": tube["specimen"], "among": [], "by": "scanned", "reason": null });
        let checked = self.browser.call("check_label", &args);
        assert_eq!(checked["ok"]["tube"]["custody"], "collected", "{checked}");
    }

    fn bag(&self, low: i16, high: i16) -> Value {
        let bag = self.browser.call("new_bag", &json!({ "celsius_low": low, "celsius_high": high }));
        assert!(bag["ok"]["bag"]["key"].as_str().is_some_and(|key| key.starts_with("M-")), "{bag}");
        bag["ok"]["bag"].clone()
    }

    fn pack(&self, bag: &Value, code: &Value, by: &str, reason: Value) -> Value {
        self.browser.call("pack", &json!({ "bag": bag["id"], "code": code, "by": by, "reason": reason }))
    }

    fn custody(&self, tube: &Value) -> (Value, Value) {
        let tubes = self.study.tsela(&["tubes", "--dir", "lesedi", "--json"]).quietly().json_lines();
        let now = tubes.into_iter().find(|now| now["id"] == tube["id"]).unwrap();
        (now["custody"].clone(), now["bag"].clone())
    }
}

#[test]
fn a_tube_is_packed_once_labelled_and_only_at_a_temperature_that_it_bears() {
    let day = Packing::begin();
    let (cd4, chemistry) = (day.tube("CD4"), day.tube("CHEM"));
    let (warm, cold) = (day.bag(18, 25), day.bag(2, 8));
    let code = |answer: &Value| answer["failure"]["problems"][0][0]["code"].clone();

    let unlabelled = day.pack(&warm, &cd4["specimen"], "scanned", Value::Null);
    assert_eq!(code(&unlabelled), "specimen.unlabelled", "{unlabelled}");
    day.label(cd4);
    day.label(chemistry);
    let too_cold = day.pack(&cold, &cd4["specimen"], "scanned", Value::Null);
    assert_eq!(code(&too_cold), "specimen.bag_range", "{too_cold}");
    assert_eq!(day.custody(cd4), (json!("collected"), Value::Null));

    let packed = day.pack(&warm, &json!(cd4["specimen"].as_str().unwrap().to_lowercase()), "scanned", Value::Null);
    assert_eq!(packed["ok"]["tubes"][0]["identifier"], cd4["specimen"], "{packed}");
    assert_eq!(day.custody(cd4), (json!("packed"), warm["key"].clone()));
    for (bag, failure) in [(&warm, "already_packed"), (&cold, "in_other_bag")] {
        let again = day.pack(bag, &cd4["specimen"], "scanned", Value::Null);
        assert_eq!(again["failure"]["code"], failure, "{again}");
    }
    for (scanned, failure) in [("ZZZ", "unreadable_label"), ("A7K0001012", "unreadable_label")] {
        let refused = day.pack(&warm, &json!(scanned), "scanned", Value::Null);
        assert_eq!(refused["failure"]["code"], failure, "{refused}");
    }
    let foreign = tsela_core::identifiers::specimen("ZZZ".parse().unwrap(), 7, 1).to_string();
    assert_eq!(day.pack(&warm, &json!(foreign), "scanned", Value::Null)["failure"]["code"], "unknown_label");

    let typed = day.pack(&cold, &chemistry["specimen"], "typed", Value::Null);
    assert_eq!(code(&typed), "specimen.packed_why", "{typed}");
    let typed = day.pack(&cold, &chemistry["specimen"], "typed", json!("reader flat"));
    assert_eq!(typed["ok"]["tubes"][0]["identifier"], chemistry["specimen"], "{typed}");
}

#[test]
fn a_tube_is_taken_out_with_a_reason_and_a_closed_bag_takes_no_more() {
    let day = Packing::begin();
    let (first, second) = (day.tube("CD4"), day.tube("FBC"));
    day.label(first);
    day.label(second);
    let bag = day.bag(18, 25);
    let close = |day: &Packing, seal: &str| day.browser.call("close_bag", &json!({ "bag": bag["id"], "seal": seal }));
    assert_eq!(close(&day, "1")["failure"]["code"], "empty_bag");
    day.pack(&bag, &first["specimen"], "scanned", Value::Null);
    let out = day.browser.call("unpack", &json!({ "specimen": first["id"], "reason": "wrong bag" }));
    assert_eq!(out["ok"]["bags"][0]["tubes"], json!([]), "{out}");
    assert_eq!(day.custody(first), (json!("collected"), Value::Null));
    let again = day.browser.call("unpack", &json!({ "specimen": first["id"], "reason": "again" }));
    assert_eq!(again["failure"]["code"], "not_packed", "{again}");

    day.pack(&bag, &first["specimen"], "scanned", Value::Null);
    let closed = close(&day, " 4711 ");
    assert_eq!(closed["ok"]["bags"][0]["seal"], "4711", "{closed}");
    let late = day.pack(&bag, &second["specimen"], "scanned", Value::Null);
    assert_eq!(late["failure"]["code"], "bag_closed", "{late}");
    let out = day.browser.call("unpack", &json!({ "specimen": first["id"], "reason": "late" }));
    assert_eq!(out["failure"]["code"], "bag_closed", "{out}");
    assert!(closed["ok"]["loose"].as_array().unwrap().iter().any(|tube| tube["identifier"] == second["specimen"]));

    // Bags travel as all records do.
    let packed = first["specimen"].clone();
    let Packing { study, browser, .. } = day;
    drop(browser);
    study.tsela(&["push", "--dir", "lesedi"]).expect(0);
    let (here, there) = study.digests("lesedi");
    assert_eq!(here, there);
    let at_server = study.tsela(&["tubes", "--dir", "S", "--json"]).quietly().json_lines();
    let tube = at_server.iter().find(|tube| tube["specimen"] == packed).unwrap();
    assert_eq!((&tube["custody"], &tube["bag"]), (&json!("packed"), &bag["key"]));
    let findings: Vec<Value> = study.tsela(&["list", "specimen", "--dir", "S", "--json"]).quietly().json_lines();
    assert!(findings.iter().all(|line| line["findings"] == json!([])), "{findings:?}");
}
