//! Rules of an attachment: it is not larger than the study allows, and names its content.

use super::judge::Judge;
use crate::{
    attachment::ContentId,
    problem::{Broken, Rule},
};

pub(super) static RULES: &[&Rule] = &[&TOO_LARGE, &NO_CONTENT];

static TOO_LARGE: Rule = Rule::error(
    "attachment.too_large",
    "{field}: the file has {size} bytes, and this study allows {limit}. Make the picture smaller, or photograph it again \
     with a lower resolution.",
);
static NO_CONTENT: Rule =
    Rule::error("attachment.no_content", "{field} is not the hash of a file. Attach the file again.");

pub(super) fn judge(judge: &Judge<'_>) {
    let limit = judge.limits().attachment_bytes;
    if let Some(size) = judge.values.integer("size").filter(|size| *size > limit) {
        judge.note(Broken::at(&TOO_LARGE, "size").with("size", size).with("limit", limit));
    }
    if judge.values.text("content").is_some_and(|content| content.parse::<ContentId>().is_err()) {
        judge.breaks(&NO_CONTENT, "content");
    }
}
