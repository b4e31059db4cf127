//! The one table that a run prints.

/// One row: what was measured, what came out, and what it should be.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    /// What was measured.
    pub what: String,
    /// What came out.
    pub came: String,
    /// What it should be; empty if there is no goal.
    pub goal: String,
    /// Whether it is; `None` without a goal or a measurement.
    pub met: Option<bool>,
}

impl Row {
    /// A number that says something and has no goal.
    pub fn told(what: impl Into<String>, came: impl Into<String>) -> Self {
        Self { what: what.into(), came: came.into(), goal: String::new(), met: None }
    }

    /// A number with a goal.
    pub fn judged(what: impl Into<String>, came: impl Into<String>, goal: impl Into<String>, met: bool) -> Self {
        Self { met: Some(met), goal: goal.into(), ..Self::told(what, came) }
    }
}

/// Prints the rows as a table that is readable as text and as Markdown.
pub(crate) fn print(rows: &[Row]) {
    let verdict = |row: &Row| match row.met {
        Some(true) => "met",
        Some(false) => "MISSED",
        None => "",
    };
    let cells: Vec<[String; 4]> = std::iter::once(["measured", "result", "goal", ""].map(str::to_owned))
        .chain(rows.iter().map(|row| [row.what.clone(), row.came.clone(), row.goal.clone(), verdict(row).to_owned()]))
        .collect();
    let mut widths = [0; 4];
    for line in &cells {
        for (width, cell) in widths.iter_mut().zip(line) {
            *width = cell.chars().count().max(*width);
        }
    }
    for (n, line) in cells.iter().enumerate() {
        let padded: Vec<String> = line.iter().zip(widths).map(|(cell, width)| format!("{cell:width$}")).collect();
        println!("| {} |", padded.join(" | "));
        if n == 0 {
            println!("|{}|", widths.map(|width| "-".repeat(width + 2)).join("|"));
        }
    }
}
