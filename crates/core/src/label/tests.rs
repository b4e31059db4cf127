//! Labels as text: what stands on them, and that nothing typed can become a command.

use proptest::prelude::*;
use serde_json::json;

use super::{layout::What, *};
use crate::{
    package::{LabelElement, LabelSheet, StudyPackage, demonstration},
    world::day::{self, Day},
};

fn package() -> CompiledPackage {
    day::package()
}

fn standard() -> LabelLayout {
    package().label_template("standard").unwrap().clone()
}

fn content() -> LabelContent {
    LabelContent {
        specimen: "A05000501Y".to_owned(),
        subject: "066-40-A05-0003-Q".to_owned(),
        initials: "NS".to_owned(),
        gender: "F".to_owned(),
        born: "14MAR1987".to_owned(),
        drawn: "02MAR2026 07:43".to_owned(),
        panel: "MICRO".to_owned(),
        item: 1,
        total: 2,
        site: "Mochudi clinic".to_owned(),
        community: "Mochudi".to_owned(),
    }
}

/// Takes the fields of ZPL apart again: what stands between `^FD` and `^FS`, with `^FH_` undone.
fn fields(zpl: &str) -> Vec<String> {
    let data = zpl.split("^FD").skip(1).map(|rest| rest.split_once("^FS").unwrap().0);
    let undo = |text: &str| {
        let (mut bytes, mut rest) = (Vec::new(), text.as_bytes());
        while let [first, tail @ ..] = rest {
            if *first == b'_' {
                bytes.push(u8::from_str_radix(std::str::from_utf8(&tail[..2]).unwrap(), 16).unwrap());
                rest = &tail[2..];
            } else {
                bytes.push(*first);
                rest = tail;
            }
        }
        String::from_utf8(bytes).unwrap()
    };
    data.map(undo).collect()
}

#[test]
fn a_label_says_what_the_field_needs_on_a_tube() {
    let day = Day::new();
    let content = LabelContent::of(day::id(9), &package(), &day.world).unwrap();
    insta::assert_debug_snapshot!(content);
}

#[test]
fn the_text_for_the_printer_is_frozen() {
    let zpl = zpl(&standard(), &[content()], 2).unwrap();
    for command in ["^PW406", "^LL203", "^LH0,0", "^CI28", "^PQ2"] {
        assert!(zpl.contains(command), "{command} in {zpl}");
    }
    insta::assert_snapshot!(zpl.replace("^FO", "\n^FO"));
}

#[test]
fn every_template_of_the_demonstration_has_the_identifier_as_barcode_and_as_text() {
    for layout in package().label_templates() {
        let placed = layout::place(layout, &content());
        let barcode = placed.iter().any(|placed| match &placed.what {
            What::Code128 { data, .. } | What::DataMatrix { data, .. } => data == "A05000501Y",
            What::Text { .. } => false,
        });
        let text = placed.iter().any(|p| matches!(&p.what, What::Text { text, .. } if text == "A05000501Y"));
        assert!(barcode && text, "{}", layout.code);
        let told = fields(&zpl(layout, &[content()], 1).unwrap()).join(" ");
        assert_eq!(told.contains("NS"), !layout.reduced, "{}: {told}", layout.code);
    }
}

#[test]
fn a_reduced_template_that_tells_more_is_refused_and_so_is_one_that_does_not_fit() {
    let flaws = |change: &dyn Fn(&mut StudyPackage)| {
        let mut package = demonstration().unwrap();
        change(&mut package);
        package.flaws().iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    assert_eq!(flaws(&|_| {}), Vec::<String>::new());
    assert_eq!(
        flaws(&|p| p.label_templates[0].reduced = true),
        ["label_templates.standard.elements: {initials} may not stand on a reduced label; take it out"]
    );
    assert_eq!(
        flaws(&|p| p.label_templates[0].width_tenth_mm = 400),
        [
            "label_templates.standard.elements: the barcode is not wholly on the label; move it or make it smaller",
            "label_templates.standard.elements: the text \"{panel} {item}/{total}\" is not wholly on the label; move it or make it smaller",
            "label_templates.standard.elements: the text \"{subject} {initials} {gender}\" is not wholly on the label; move it or make it smaller",
            "label_templates.standard.elements: the text \"{drawn}\" is not wholly on the label; move it or make it smaller",
            "label_templates.standard.elements: the text \"{site}\" is not wholly on the label; move it or make it smaller",
        ]
    );
    let unknown = LabelElement::Text { text: "{name}".to_owned(), x: 0, y: 0, height: 20, width: 200 };
    assert_eq!(
        flaws(&|p| p.label_templates[1].elements.push(unknown.clone())),
        ["label_templates.reduced.elements: {name} is no place; correct its name"]
    );
    let narrow = LabelElement::Text { text: "{subject}".to_owned(), x: 0, y: 0, height: 30, width: 100 };
    assert_eq!(
        flaws(&|p| p.label_templates[0].elements.push(narrow.clone())),
        [
            "label_templates.standard.elements: the text \"{subject}\" has no room for a whole identifier; give it more width"
        ]
    );
    let endless = LabelElement::Code128 { x: u32::MAX, y: u32::MAX, height: u32::MAX, module_dots: u32::MAX };
    assert_eq!(flaws(&|p| p.label_templates[2].elements.push(endless.clone())).len(), 2);
    let sheet = LabelSheet { columns: 4, rows: 8, left: 100, top: 100, across: 508, down: u32::MAX };
    assert_eq!(flaws(&|p| p.label_templates[0].sheet = Some(sheet)).len(), 1);
    // What an earlier program wrote has no elements: it is no reason to refuse the whole package.
    assert_eq!(flaws(&|p| p.label_templates[0].elements.clear()), Vec::<String>::new());
}

#[test]
fn a_template_that_an_earlier_program_wrote_is_not_offered() {
    let mut package = demonstration().unwrap();
    for layout in &mut package.label_templates {
        layout.elements.clear();
    }
    let package = CompiledPackage::new(package).unwrap();
    assert_eq!(package.label_templates().count(), 0);
    assert_eq!(package.label_template("standard"), Err(LabelError::NoTemplate("standard".to_owned())));
}

#[test]
fn a_text_that_is_too_wide_becomes_smaller_and_then_is_cut() {
    let long = LabelContent { site: "Thabala ya kwa Ga-Mmatlapeng le Metsimotlhabe".repeat(7), ..content() };
    let placed = layout::place(&standard(), &long);
    let site = placed.iter().find_map(|placed| match &placed.what {
        What::Text { text, height } if text.starts_with("Thabala") => Some((text.clone(), *height)),
        _ => None,
    });
    let (text, height) = site.unwrap();
    assert!(text.ends_with("..."), "{text}");
    assert!(text::width(&text) * height <= 1000 * 368, "{text} at {height}");
}

#[test]
fn more_labels_than_anybody_wants_are_refused() {
    assert_eq!(zpl(&standard(), &vec![content(); 101], 5), Err(LabelError::TooMany(505)));
    assert_eq!(sheets(&standard(), &vec![content(); 501], 0), Err(LabelError::TooMany(501)));
}

#[test]
fn sheets_begin_where_labels_are_left() {
    let pages = |labels: usize, skip| sheets(&standard(), &vec![content(); labels], skip).unwrap();
    let count = |labels, skip| pages(labels, skip).pages.len();
    assert_eq!((count(33, 0), count(34, 0), count(33, 1), count(67, 1), count(0, 0)), (1, 2, 2, 3, 0));
    // The last place of three columns and eleven rows: 288 and 88 tenths of a millimetre are left at the edges.
    let last = pages(1, 32).pages.concat();
    let barcode = (dots(288 + 2 * 508) + dots(30), dots(88 + 10 * 254) + dots(14));
    assert!(last.contains(&format!("^FO{},{}^BY2", barcode.0, barcode.1)), "{last}");
}

fn dots(tenth_mm: u32) -> u32 {
    layout::dots(tenth_mm, 203)
}

#[test]
fn a_specimen_whose_participant_is_not_here_gets_no_half_label() {
    let mut day = Day::new();
    day.update(day::id(8), json!({ "participant": day::id(99).to_string() }));
    let error = LabelContent::of(day::id(9), &package(), &day.world).unwrap_err();
    assert!(matches!(error, LabelError::Incomplete { missing: "participant", .. }), "{error}");
    let error = LabelContent::of(day::id(5), &package(), &day.world).unwrap_err();
    assert!(matches!(error, LabelError::NoSpecimen(_)), "{error}");
}

proptest! {
    #[test]
    fn no_value_breaks_out_of_its_field(
        initials in ".{0,12}",
        site in "[\\^~_{}A-Za-z>;:,'\" \u{202e}\u{1f600}é]{0,40}",
    ) {
        let subject = "^XZ~JR".to_owned();
        let content = LabelContent { initials, site, subject, ..content() };
        let zpl = zpl(&standard(), &[content], 1).unwrap();
        prop_assert_eq!(zpl.matches('^').count(), commands(&zpl));
        prop_assert_eq!(zpl.matches('~').count(), 0);
        prop_assert!(zpl.starts_with("^XA") && zpl.ends_with("^XZ\n"));
        prop_assert!(fields(&zpl).iter().any(|field| field.starts_with("^XZ~JR")), "{}", zpl);
        prop_assert!(zpl.is_ascii());
    }
}

/// Returns how many commands the label should have: those around it, five for each text, six for the barcode.
fn commands(zpl: &str) -> usize {
    let (texts, codes) = (zpl.matches("^A0N").count(), zpl.matches("^BCN").count());
    7 + texts * 5 + codes * 6
}

#[test]
fn a_test_label_is_nobodys() {
    let content = LabelContent::test(&package(), day::instant(day::NOON));
    assert_eq!((content.initials.as_str(), content.specimen.as_str()), ("", "TEST"));
    assert!(fields(&zpl(&standard(), &[content], 1).unwrap()).contains(&"TEST LABEL".to_owned()));
}
