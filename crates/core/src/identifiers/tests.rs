use super::*;

fn one_of_each() -> Vec<Identifier> {
    let code: StreamCode = "A7K".parse().unwrap();
    let far = 32u64.pow(4) + 31;
    let mut all = Vec::new();
    for number in [1, 4_711, far] {
        all.push(subject("066", "40", code, number));
        all.push(household("0T", code, number));
        all.push(requisition(code, number));
        all.push(specimen(code, number, 1));
        all.push(specimen(code, number, 99));
        all.push(bag(code, number));
        all.push(transfer(code, number));
    }
    all
}

#[test]
fn what_is_printed_is_read_back() {
    for made in one_of_each() {
        let printed = made.to_string();
        assert_eq!(parse(made.kind, &printed), Ok(made.clone()), "{printed}");
        assert_eq!(parse(made.kind, &format!("  {}\r\n", printed.to_lowercase())), Ok(made.clone()));
        assert_eq!(parse(made.kind, &printed.replace('-', "")), Ok(made.clone()));
        assert_eq!(parse(made.kind, &printed.replace('-', " ")), Ok(made.clone()));
        assert_eq!(parse(made.kind, &printed.replace('0', "o").replace('1', "l")), Ok(made));
    }
}

#[test]
fn the_layouts_are_those_on_the_labels() {
    let code: StreamCode = "A7K".parse().unwrap();
    let printed = [
        subject("066", "40", code, 7).to_string(),
        household("0T", code, 7).to_string(),
        requisition(code, 7).to_string(),
        specimen(code, 7, 1).to_string(),
        bag(code, 7).to_string(),
        transfer(code, 7).to_string(),
    ];
    let shapes = ["066-40-A7K-0007-", "0T-A7K-0007-", "A7K-0007-", "A7K000701", "M-A7K-0007-", "T-A7K-0007-"];
    for (text, shape) in printed.iter().zip(shapes) {
        assert!(text.starts_with(shape) && text.len() == shape.len() + 1, "{text} is not {shape}C");
    }
}

/// Counters grow, so a text with one character more or less may be well formed; equal lengths may not.
#[test]
fn every_single_character_error_is_caught() {
    for made in one_of_each() {
        let good: Vec<char> = made.to_string().chars().collect();
        for position in 0..good.len() {
            if good[position] == '-' {
                continue;
            }
            for v in 0..32 {
                let mut bad = good.clone();
                bad[position] = alphabet::character(v);
                let text: String = bad.iter().collect();
                assert_eq!(parse(made.kind, &text).is_ok(), bad == good, "{text} passes for {made}");
            }
        }
    }
}

#[test]
fn every_adjacent_transposition_is_caught() {
    for made in one_of_each() {
        let good: Vec<char> = made.to_string().chars().filter(|c| *c != '-').collect();
        for position in 1..good.len() {
            let mut bad = good.clone();
            bad.swap(position - 1, position);
            let text: String = bad.iter().collect();
            assert_eq!(parse(made.kind, &text).is_ok(), bad == good, "{text} passes for {made}");
        }
    }
}

#[test]
fn errors_say_what_to_look_at() {
    let good = requisition("A7K".parse().unwrap(), 7).to_string();
    let wrong = good.replace("0007", "0008");
    let message = parse(IdentifierKind::Requisition, &wrong).unwrap_err().to_string();
    assert!(message.starts_with("the check character does not fit: "), "{message}");
    let message = parse(IdentifierKind::Requisition, "A7K-0U07-1").unwrap_err().to_string();
    assert!(message.starts_with("'U' does not occur in identifiers"), "{message}");
    let message = parse(IdentifierKind::Subject, &good).unwrap_err().to_string();
    assert!(message.contains("is not built like a subject identifier: it looks like PPP-SS-DDD-NNNN-C"), "{message}");
    assert!(matches!(parse(IdentifierKind::Bag, ""), Err(BadIdentifier::Shape { .. })));
}

#[test]
fn a_number_has_one_printed_form() {
    let padded = "A7K-00007-";
    let text = format!("{padded}{}", alphabet::check_character(padded));
    assert!(parse(IdentifierKind::Requisition, &text).is_err(), "{text} is 7 with a needless zero");
    let zero = requisition("A7K".parse().unwrap(), 0).to_string();
    assert!(matches!(parse(IdentifierKind::Requisition, &zero), Err(BadIdentifier::Zero { .. })));
}

#[test]
fn no_two_streams_print_the_same() {
    let mut printed = std::collections::BTreeSet::new();
    for code in 0..40 {
        let code = StreamCode::from_number(code * 800).unwrap();
        for number in (1..60).chain(32u64.pow(4) - 2..32u64.pow(4) + 2) {
            assert!(printed.insert(requisition(code, number).to_string()));
        }
    }
}
