use serde_json::{Value, json};

use super::*;
use crate::{entry::Fields, world::day::Day};

fn normal(model: &str, field: &str, value: Value) -> Value {
    normalise(find(model).unwrap(), field, &value).unwrap_or_else(|problem| panic!("{problem}"))
}

#[test]
fn the_registry_is_consistent() {
    for (position, model) in all().iter().enumerate() {
        let name = model.name;
        assert!(model.version >= 1 && model.syncs == (model.kind == ModelKind::Record), "{name}");
        assert!(model.field(model.key_field).is_some(), "{name} has no field {}", model.key_field);
        let mut names: Vec<&str> = model.fields.iter().map(|field| field.name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), model.fields.len(), "{name} has a field twice");
        for dependency in model.dependencies() {
            let at = all().iter().position(|other| other.name == dependency);
            assert!(at.is_some_and(|at| at < position), "{name} comes before {dependency}, to which it refers");
        }
    }
    assert_eq!(all().iter().filter(|model| model.syncs).count(), 16);
}

#[test]
fn a_carrier_sees_tubes_and_no_person() {
    let seen: Vec<String> = all()
        .iter()
        .flat_map(|model| model.carrier_fields().map(|field| format!("{}.{}", model.name, field.name)))
        .collect();
    let of_tubes = ["requisition.", "specimen.", "bag.", "custody_"];
    assert!(seen.iter().all(|name| of_tubes.iter().any(|tube| name.starts_with(tube))), "{seen:?}");
    for hidden in ["participant", "visit", "comments", "clinician_initials", "reason_not_drawn"] {
        assert!(!seen.contains(&format!("requisition.{hidden}")), "{hidden}");
    }
    assert!(seen.contains(&"specimen.specimen_identifier".to_owned()));
}

#[test]
fn keys_are_made_of_their_parts() {
    let day = Day::new();
    let key = |model: &str, changes: Value| find(model).unwrap().natural_key(&day.form(model, &changes));
    let at = |model: &str| day.id(model).to_string();
    assert_eq!(key("household_visit", json!({})), Some(format!("{}|2026-03-02|1", at("household"))));
    assert_eq!(key("household_member", json!({})), Some(format!("{}|OTENG|ON|", at("household"))));
    assert_eq!(key("household_member", json!({"disambiguator": "2"})), Some(format!("{}|OTENG|ON|2", at("household"))));
    assert_eq!(key("household_member", json!({"first_name": null})), None);
    assert_eq!(key("eligibility", json!({})), Some(format!("{}|2026-03-02", at("household_member"))));
    assert_eq!(key("consent", json!({})), Some(format!("{}|3", at("participant"))));
    assert_eq!(key("visit", json!({})), Some(format!("{}|1000|0", at("participant"))));
    assert_eq!(key("participant", json!({"subject_identifier": null})), None);
}

#[test]
fn match_keys_are_those_by_which_duplicates_meet() {
    let day = Day::new();
    let keys = find("participant").unwrap().match_keys(&day.forms["participant"]);
    let expected = [(SAME_IDENTITY, "omang|203411975"), (SAME_PERSON, "OTENG|NKWE|1962-12-15")];
    assert_eq!(keys, expected.map(|(kind, value)| (kind, value.to_owned())));
    assert_eq!(find("participant").unwrap().match_keys(&Fields::new()), []);
}

#[test]
fn references_name_records_and_the_one_merged_into() {
    let day = Day::new();
    let mut form = day.forms["participant"].clone();
    form.insert("_merged_into".to_owned(), json!(day.id("consent")));
    let named = find("participant").unwrap().references(&form);
    let expected = [("household", "household"), ("member", "household_member"), ("_merged_into", "consent")];
    assert_eq!(named, expected.map(|(field, model)| (field, day.id(model))));
}

#[test]
fn values_take_the_form_in_which_they_are_compared() {
    for (model, field, typed, stored) in [
        ("requisition", "estimated_volume", json!("4.0"), json!("4")),
        ("requisition", "estimated_volume", json!(4), json!("4")),
        ("household", "gps_lat", json!("-24.341320"), json!("-24.34132")),
        ("household", "notes", json!("  "), json!(null)),
        ("household", "notes", json!(" Gate is blue; dog. "), json!("Gate is blue; dog.")),
        ("participant", "first_name", json!(" thabo  neo"), json!("THABO NEO")),
        ("participant", "first_name", json!("Zoe\u{308}"), json!("ZO\u{cb}")),
        ("participant", "last_name", json!("ß"), json!("SS")),
        ("participant", "first_name", json!("ǆemal"), json!("ǄEMAL")),
        ("participant", "last_name", json!("O\u{2019}Neill-Sámi"), json!("O\u{2019}NEILL-SÁMI")),
        ("participant", "first_name", json!("राजेश्वरी"), json!("राजेश्वरी")),
        ("participant", "first_name", json!("王小明"), json!("王小明")),
        ("participant", "first_name", json!("محمد"), json!("محمد")),
        ("participant", "initials", json!("on"), json!("ON")),
        ("participant", "phone", json!("74 62-87 45"), json!("74628745")),
        ("participant", "identity", json!(" bn 123456 "), json!("BN123456")),
        ("consent", "witness_name", json!("Seretse, Thabo"), json!("SERETSE, THABO")),
        ("visit", "report_datetime", json!("2026-03-02T07:37:00+02:00"), json!("2026-03-02T05:37:00Z")),
        ("visit", "report_datetime", json!("2026-03-02T05:37:00.000Z"), json!("2026-03-02T05:37:00Z")),
        ("visit", "report_datetime", json!("2026-03-02T05:37:00.250Z"), json!("2026-03-02T05:37:00.250Z")),
        ("visit", "report_datetime", json!("2026-03-02t05:37:00z"), json!("2026-03-02T05:37:00Z")),
        (
            "specimen",
            "requisition",
            json!("018F3B1C-6A00-7000-8000-000000000001"),
            json!("018f3b1c-6a00-7000-8000-000000000001"),
        ),
        ("specimen", "item", json!(1), json!(1)),
    ] {
        let once = normal(model, field, typed.clone());
        assert_eq!(once, stored, "{model}.{field} from {typed}");
        assert_eq!(normal(model, field, once.clone()), once, "a second reading of {typed} changes it");
    }
}

#[test]
fn what_is_in_form_is_borrowed() {
    let day = Day::new();
    for (name, form) in &day.forms {
        for (field, value) in form {
            let field = find(name).unwrap().field(field).unwrap();
            let normal = field.normalise(value).unwrap_or_else(|_| panic!("{name}.{} is unfit", field.name));
            let identifier = matches!(field.kind, FieldKind::Identifier(_));
            assert!(identifier || matches!(normal, std::borrow::Cow::Borrowed(_)), "{name}.{} is copied", field.name);
        }
    }
}

#[test]
fn what_is_not_of_its_kind_is_refused() {
    for (model, field, typed, code) in [
        ("participant", "first_name", json!("-NEO"), "value.name"),
        ("participant", "first_name", json!("NEO\u{202e}"), "value.name"),
        ("participant", "first_name", json!("NEO<b>"), "value.name"),
        ("participant", "initials", json!("ABCD"), "value.initials"),
        ("participant", "initials", json!("A1"), "value.initials"),
        ("participant", "citizen", json!("true"), "value.not_yes_no"),
        ("participant", "dob", json!("15/12/1962"), "value.not_date"),
        ("participant", "dob", json!("1862-12-15"), "value.not_date"),
        ("visit", "report_datetime", json!("2026-03-02T05:37:00"), "value.not_time"),
        ("specimen", "item", json!(1.5), "value.not_integer"),
        ("specimen", "item", json!(0), "value.range"),
        ("specimen", "volume_ml", json!(true), "value.not_decimal"),
        ("specimen", "volume_ml", json!("-1"), "value.range"),
        ("specimen", "requisition", json!("@r1"), "value.not_reference"),
    ] {
        let problem = normalise(find(model).unwrap(), field, &typed).unwrap_err();
        assert_eq!(problem.code, code, "{model}.{field} from {typed}: {problem}");
    }
}

proptest::proptest! {
    #[test]
    fn a_second_reading_changes_nothing(text in "\\PC{0,20}", number in proptest::num::i64::ANY) {
        for model in all() {
            for field in model.fields {
                for value in [json!(text), json!(number), json!(format!("{number}.50"))] {
                    if let Ok(once) = field.normalise(&value) {
                        let again = field.normalise(&once).map(std::borrow::Cow::into_owned);
                        proptest::prop_assert_eq!(again.as_ref(), Ok(once.as_ref()), "{}.{}", model.name, field.name);
                    }
                }
            }
        }
    }
}

#[test]
fn one_value_in_two_spellings_is_no_conflict() {
    use crate::{
        entry::Op,
        fold::RecordState,
        world::day::{entry, fields, id, stream},
    };
    let write = |value: &str| entry(Op::Insert, "requisition", id(1), 1, fields(json!({"estimated_volume": value})));
    let other = "B02".parse().unwrap();
    for (value, conflicts) in [("4", 0), ("4.00", 0), ("4.1", 1)] {
        let mut state = RecordState::begin(stream(), write("4.0"));
        state.apply(other, &write(value));
        assert_eq!(state.conflicts().len(), conflicts, "4.0 beside {value}");
    }
}

#[test]
fn a_description_is_enough_to_build_a_form() {
    let package = crate::package::demonstration().unwrap();
    let described = describe(&package);
    assert_eq!(described.len(), all().len());
    let participant = described.iter().find(|model| model.name == "participant").unwrap();
    let field = |name: &str| participant.fields.iter().find(|field| field.name == name).unwrap();
    assert_eq!(participant.dependencies, ["household", "household_member"]);
    assert_eq!(field("member").references.as_deref(), Some("household_member"));
    assert!(field("confirm_identity").transient && field("confirm_identity").required_when.is_some());
    assert!(field("subject_identifier").computed && field("last_name").required && !field("phone").required);
    let genders: Vec<(&str, &str)> =
        field("gender").choices.iter().map(|choice| (choice.code.as_str(), choice.labels["tn"].as_str())).collect();
    assert_eq!(genders, [("M", "Monna"), ("F", "Mosadi")]);
    let household = described.iter().find(|model| model.name == "household").unwrap();
    assert_eq!(household.fields.iter().find(|field| field.name == "community").unwrap().choices.len(), 6);
    for field in described.iter().flat_map(|model| &model.fields) {
        assert!(field.kind != "choice" || !field.choices.is_empty(), "{} has nothing to choose", field.name);
    }
}
