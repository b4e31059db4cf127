//! Each command of the server's pages, by each role. A command without a row here fails the test.

use std::{collections::BTreeMap, fs};

use serde_json::{Value, json};

use crate::{clinic::Clinic, laptop::Laptop};

const ROLES: [&str; 4] = ["driver", "lab_assistant", "data_manager", "administrator"];

/// Each command with arguments that it understands, and the first role of [`ROLES`] that may call it; every later one may, too.
fn commands(laptop: &Laptop) -> BTreeMap<&'static str, (&'static str, Value)> {
    let (id, device) = ("01980000-0000-7000-8000-000000000001", laptop.device.to_string());
    let transfer = json!({ "transfer": id });
    let seen = json!({ "transfer": id, "code": "A010001011", "by": "scanned", "reason": null });
    let days = json!({ "from": "2026-03-01", "to": "2026-03-02", "by": "day" });
    let with = |base: &Value, more: Value| {
        let mut all = base.as_object().unwrap().clone();
        all.extend(more.as_object().unwrap().clone());
        Value::Object(all)
    };
    let unlock = json!({ "device": device, "request": "x", "user": "Lesedi", "admit": false, "reason": "locked" });
    let list = json!({ "model": "", "parent": null, "text": "", "with_void": false, "offset": 0, "limit": 1 });
    let outcome =
        json!({ "line": id, "outcome": "missing", "discrepancy": null, "recollect": false, "reason": "gone" });
    let details = json!({ "seal": "", "seal_intact": null, "celsius": "", "comments": "", "reason": null });
    let sign = json!({ "side": "taker", "name": "Kago", "passphrase": "x", "account": null });
    let decide = json!({ "tubes": ["A010001011"], "decision": "accepted", "discrepancy": null, "explanation": "" });
    let chase = json!({ "tube": "A010001011", "owner": "Kago", "note": "", "conclusion": null });
    [
        ("arriving", "driver", json!({})),
        ("server_forms", "lab_assistant", json!({})),
        ("begin_delivery", "lab_assistant", json!({ "giver": "", "place": "", "transfers": [id], "tubes": [] })),
        ("handovers", "lab_assistant", json!({})),
        ("handover", "lab_assistant", transfer.clone()),
        ("add_late_tubes", "lab_assistant", with(&transfer, json!({ "tubes": ["A010001011"] }))),
        ("see_tube", "lab_assistant", seen.clone()),
        ("unexpected_tube", "lab_assistant", json!({ "seen": seen, "explanation": "lay here", "discrepancy": null })),
        ("tube_outcome", "lab_assistant", with(&transfer, outcome)),
        ("handover_details", "lab_assistant", with(&transfer, details)),
        ("sign_handover", "lab_assistant", with(&transfer, sign)),
        ("void_handover_signature", "lab_assistant", with(&transfer, json!({ "signature": id, "reason": "wrong" }))),
        ("cancel_handover", "lab_assistant", with(&transfer, json!({ "reason": "wrong" }))),
        ("received_tubes", "lab_assistant", json!({})),
        ("decide_tubes", "lab_assistant", decide),
        ("missing_tubes", "lab_assistant", json!({})),
        ("chase_tube", "lab_assistant", chase),
        ("report", "lab_assistant", days.clone()),
        ("report_csv", "lab_assistant", days),
        ("devices", "data_manager", json!({})),
        ("held", "data_manager", json!({})),
        ("findings", "data_manager", json!({ "offset": 0, "limit": 1 })),
        ("conflicts", "data_manager", json!({})),
        ("server_resolve", "data_manager", json!({ "record": id, "field": "status", "value": "x", "reason": "asked" })),
        ("forks", "data_manager", json!({})),
        ("admit_entries", "data_manager", json!({ "stream": "ZZZ", "through": null, "reason": "found" })),
        ("close_fork", "data_manager", json!({ "stream": "ZZZ", "reason": "looked" })),
        ("server_list", "data_manager", list),
        ("server_record", "data_manager", json!({ "id": id })),
        ("server_history", "data_manager", json!({ "id": id })),
        ("codes", "administrator", json!({})),
        ("new_code", "administrator", json!({ "role": "field", "hours": 1, "note": "" })),
        ("rescue_code", "administrator", unlock),
        ("renew", "administrator", json!({ "device": device })),
        ("revoke", "administrator", json!({ "device": device, "reason": "lost" })),
    ]
    .map(|(command, role, args)| (command, (role, args)))
    .into()
}

/// The commands that the pages' interface declares, but for those by which one comes and goes.
fn declared() -> Vec<String> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../rpc/src/schema/server.rs");
    let text = fs::read_to_string(path).unwrap();
    let (_, declared) = text.split_once("commands! {").unwrap();
    let name =
        |line: &str| line.trim().split_once('(').filter(|_| line.contains("->")).map(|(name, _)| name.to_owned());
    let mut names: Vec<String> = declared.lines().filter_map(name).collect();
    names.retain(|name| !["server_state", "server_sign_in", "server_sign_out"].contains(&name.as_str()));
    names.sort();
    names
}

#[tokio::test(flavor = "multi_thread")]
async fn every_command_is_open_to_its_roles_and_to_nobody_else() {
    let clinic = Clinic::open().await;
    let laptop = Laptop::enrol(&clinic, 1, "Lesedi").await;
    let commands = commands(&laptop);
    assert_eq!(commands.keys().copied().collect::<Vec<_>>(), declared());
    let mut cookies = BTreeMap::new();
    for role in ROLES {
        cookies.insert(role, clinic.sign_in(role, role).await);
    }
    for (command, (from, args)) in &commands {
        let (answer, _) = clinic.page(None, command, args.clone()).await;
        assert_eq!(answer["failure"]["code"], "signed_out", "{command} by nobody");
        let first = ROLES.iter().position(|role| role == from).unwrap();
        for (rank, role) in ROLES.iter().enumerate() {
            let (answer, _) = clinic.page(Some(&cookies[role]), command, args.clone()).await;
            let code = answer["failure"]["code"].as_str().unwrap_or_default();
            if rank < first {
                assert_eq!(code, "not_allowed", "{command} by {role}: {answer}");
            } else {
                let refused = ["not_allowed", "signed_out", "bad_arguments", "unknown_command"].contains(&code);
                assert!(!refused, "{command} by {role}: {answer}");
            }
        }
    }
}
