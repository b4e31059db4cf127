use super::*;

type Part = (&'static str, String);

fn parts() -> Vec<Part> {
    demonstration_parts().iter().map(|(name, text)| (*name, (*text).to_owned())).collect()
}

fn read(parts: &[Part]) -> Result<StudyPackage, PackageError> {
    let borrowed: Vec<(&str, &str)> = parts.iter().map(|(name, text)| (*name, text.as_str())).collect();
    StudyPackage::from_parts(&borrowed)
}

/// Replaces a text in a file and returns what the reader says.
fn spoiled(file: &str, from: &str, to: &str) -> String {
    let mut parts = parts();
    let (_, text) = parts.iter_mut().find(|(name, _)| *name == file).unwrap();
    assert!(text.contains(from), "{file} has no {from}");
    *text = text.replacen(from, to, 1);
    read(&parts).unwrap_err().to_string()
}

#[test]
fn the_demonstration_study_is_whole() {
    let package = demonstration().unwrap();
    let communities: Vec<&str> = package.communities.iter().map(|community| community.name.as_str()).collect();
    assert_eq!(communities, ["Digawana", "Lentsweletau", "Letlhakeng", "Mmankgodi", "Otse", "Ranaka"]);
    let panels: Vec<&str> = package.panels.iter().map(|panel| panel.code.as_str()).collect();
    let expected = [
        "viral_load",
        "cd4",
        "fbc",
        "chemistry",
        "glucose",
        "elisa",
        "microtube",
        "dbs",
        "sputum",
        "research_blood_draw",
    ];
    assert_eq!(panels, expected);
    assert!(CompiledPackage::new(package).is_ok());
}

#[test]
fn every_field_of_a_form_has_a_name_in_every_language() {
    let package = demonstration().unwrap();
    for model in crate::model::describe(&package) {
        let records = model.kind == crate::model::ModelKind::Record;
        for field in model.fields.iter().filter(|_| records) {
            for language in &package.languages {
                assert!(
                    field.labels.contains_key(&language.code),
                    "{}.{} in {}",
                    model.name,
                    field.name,
                    language.code
                );
            }
        }
    }
}

#[test]
fn a_package_survives_its_json() {
    let package = demonstration().unwrap();
    let text = serde_json::to_string(&package).unwrap();
    assert_eq!(serde_json::from_str::<StudyPackage>(&text).unwrap(), package);
}

#[test]
fn keys_of_a_newer_program_are_left_out() {
    let mut parts = parts();
    parts.push(("newer.json", r#"{"drone_routes": [1, 2]}"#.to_owned()));
    assert!(read(&parts).is_ok());
    let mut package = serde_json::to_value(demonstration().unwrap()).unwrap();
    package["drone_routes"] = 1.into();
    package["limits"]["altitude_m"] = 900.into();
    assert!(serde_json::from_value::<StudyPackage>(package).is_ok());
}

#[test]
fn errors_name_file_and_key() {
    for (file, from, to, said) in [
        ("panels.json", "{", "[", "panels.json: not a JSON object"),
        ("panels.json", "\"abbreviation\": \"VL\", ", "", "panels.json: panels: missing field `abbreviation`"),
        (
            "panels.json",
            "\"low\": \"8\"",
            "\"low\": \"11\"",
            "panels.json: panels.viral_load.volume_ml: low 11 is above high 10",
        ),
        (
            "panels.json",
            "\"edta\"",
            "\"glass\"",
            "panels.json: panels.viral_load.tube_type: \"glass\" is not in the code list",
        ),
        (
            "panels.json",
            "\"tn\": \"Selekanyo sa mogare\"",
            "\"tn\": \" \"",
            "panels.json: panels.viral_load.labels: has no label in \"tn\"",
        ),
        (
            "communities.json",
            "\"site\": \"40\"",
            "\"site\": \"41\"",
            "communities.json: communities.Digawana: there is no site \"41\"",
        ),
        (
            "communities.json",
            "\"code\": \"DG\"",
            "\"code\": \"TA\"",
            "communities.json: communities: \"TA\" is there twice",
        ),
        (
            "communities.json",
            "\"code\": \"DG\"",
            "\"code\": \"LO\"",
            "communities.json: communities.Digawana: the code must be two characters",
        ),
        (
            "study.json",
            "\"protocol\": \"066\"",
            "\"protocol\": \"66\"",
            "study.json: protocol: must be three characters",
        ),
        ("study.json", "\"version\": 1", "\"version\": \"1\"", "study.json: version: invalid type: string \"1\""),
        (
            "study.json",
            "\"country\": \"BW\"",
            "\"country\": \"ZA\"",
            "formats.json: formats: has nothing for the country \"ZA\"",
        ),
        (
            "formats.json",
            "[0-9]{9}",
            "[0-9",
            "formats.json: formats.BW.identities.omang: the pattern \"[0-9\" cannot be used",
        ),
        (
            "code_lists.json",
            "\"gps_source\"",
            "\"gps_sauce\"",
            "code_lists.json: code_lists: the list \"gps_source\" is missing",
        ),
        (
            "code_lists.json",
            "\"code\": \"head\"",
            "\"code\": \"boss\"",
            "code_lists.json: code_lists.relation: the code \"head\" is missing",
        ),
        ("limits.json", "\"low\": 16", "\"low\": 66", "limits.json: limits.consent_age: low 66 is above high 64"),
        ("limits.json", "\"full_age\": 18,", "", "limits.json: limits: missing field `full_age`"),
        (
            "labels.json",
            "\"household.plot\"",
            "\"household.plott\"",
            "labels.json: field_labels.household.plott: is not a field",
        ),
        ("policies.json", "\"sync\"", "\"version\"", "policies.json: version is in study.json too"),
    ] {
        let error = spoiled(file, from, to);
        assert!(error.contains(said), "{error}\nshould say: {said}");
    }
}

#[test]
fn a_missing_key_is_named() {
    let without: Vec<Part> = parts().into_iter().filter(|(name, _)| *name != "limits.json").collect();
    assert_eq!(read(&without).unwrap_err().to_string(), "limits is in none of the files; add it");
}

#[test]
fn formats_are_those_of_the_country() {
    let package = CompiledPackage::new(demonstration().unwrap()).unwrap();
    for (phone, fits) in [
        ("71234567", true),
        ("78234567", true),
        ("79234567", false),
        ("7123456", true),
        ("1123456", false),
        ("", false),
        ("712345678", false),
    ] {
        assert_eq!(package.phone_fits(phone), fits, "{phone}");
    }
    assert!(package.identity_fits("omang", "203411975") && !package.identity_fits("omang", "20341197"));
    assert!(package.identity_fits("other", "whatever"), "a type without a format takes any");
    assert!(package.identity_contradicts_gender("omang", "203411975", "F"));
    assert!(!package.identity_contradicts_gender("omang", "203411975", "M"));
    assert!(!package.identity_contradicts_gender("passport", "203411975", "F"));
}
