//! Forms: describing, checking, saving, drafts.

use serde::{Deserialize, Serialize};
use tsela_core::{
    ids::{RecordId, SaveId},
    model,
};
use tsela_store::{
    draft,
    journal::{Change, ChangeOp, Warnings},
    records,
};
use uuid::Uuid;

use super::ClientHostState;
use crate::{
    schema::{
        Answer, Failure, Nothing,
        common::CheckAnswer,
        forms::{CheckArgs, Draft, DraftPutArgs, FormChange, Forms, PanelView, ResolveArgs, SaveArgs, Saved},
    },
    views,
};

/// What a draft's row holds: the page's own content, and how to find the page again.
#[derive(Serialize, Deserialize)]
struct Kept {
    route: String,
    label: String,
    content: String,
}

impl ClientHostState {
    pub(super) fn describe_forms(&self) -> Answer<Forms> {
        let session = self.session()?;
        let packages = session.opened.packages();
        let package = packages.newest()?.package();
        let panels = package.panels.iter().map(|panel| PanelView {
            code: panel.code.clone(),
            name: panel.labels.get("en").cloned().unwrap_or_else(|| panel.code.clone()),
            abbreviation: panel.abbreviation.clone(),
            item_type: panel.item_type.clone(),
            tube_type: panel.tube_type.clone(),
            colour: panel.colour.clone(),
            item_count: panel.item_count.into(),
            volume_min: panel.volume_ml.low.to_string(),
            volume_max: panel.volume_ml.high.to_string(),
            hours_to_lab: panel.hours_to_lab.into(),
        });
        let models = model::describe(package).into_iter().filter(|model| model.syncs).collect();
        Ok(Forms { models, panels: panels.collect() })
    }

    pub(super) fn check_form(&self, args: CheckArgs) -> Answer<CheckAnswer> {
        let session = self.session()?;
        let typed = args.change.set.clone();
        let changes: Vec<Change> = args.with.into_iter().chain([args.change]).map(change).collect::<Answer<_>>()?;
        let preview = session.opened.preview(&changes)?;
        let derived = preview.fields.into_iter().filter(|(name, value)| typed.get(name) != Some(value)).collect();
        Ok(CheckAnswer { problems: preview.problems, derived })
    }

    pub(super) fn save_form(&self, args: SaveArgs) -> Answer<Saved> {
        let changes: Vec<Change> = args.changes.into_iter().map(change).collect::<Answer<_>>()?;
        self.save_changes(&changes, args.draft)
    }

    pub(super) fn settle_conflict(&self, args: ResolveArgs) -> Answer<Saved> {
        let session = self.session()?;
        let state = session.opened.store.read(|conn| records::state(conn, args.record))?.ok_or_else(super::not_here)?;
        let change = Change {
            op: ChangeOp::Resolve,
            model: state.model.clone(),
            record: args.record,
            set: [(args.field, args.value)].into(),
            reason: Some(args.reason),
            source: None,
        };
        self.save_changes(&[change], None)
    }

    fn save_changes(&self, changes: &[Change], draft: Option<Uuid>) -> Answer<Saved> {
        let session = self.session()?;
        let save = SaveId(session.opened.fresh_id());
        let saved = session.opened.save(save, changes, draft, Warnings::NeedReason)?;
        session.engine(|engine| engine.local_save())?;
        let references = |conn: &tsela_store::Connection| {
            let mut shown: Vec<RecordId> = Vec::new();
            let mut records = Vec::new();
            for id in saved.records.iter().filter(|id| !shown.contains(id)).copied().collect::<Vec<_>>() {
                if let Some(state) = records::state(conn, id)?
                    && !shown.contains(&id)
                {
                    records.push(views::reference(conn, &state)?);
                    shown.push(id);
                }
            }
            Ok(records)
        };
        let records = session.opened.store.read(references)?;
        Ok(Saved { save: saved.save, records, warnings: saved.warnings })
    }

    pub(super) fn put_draft(&self, args: DraftPutArgs) -> Answer<Nothing> {
        let session = self.session()?;
        let kept = Kept { route: args.route, label: args.label, content: args.content };
        let form = serde_json::to_string(&kept).expect("three texts");
        let row = draft::Draft {
            id: args.id,
            user: session.opened.user.id,
            model: args.form,
            record: None,
            form,
            updated_at: self.now(),
        };
        session.opened.store.write(|tx| draft::put(tx, &row))?;
        Ok(Nothing {})
    }

    pub(super) fn get_draft(&self, id: Uuid) -> Answer<Option<Draft>> {
        let session = self.session()?;
        let found = session.opened.store.read(|conn| draft::get(conn, id))?;
        Ok(found.filter(|row| row.user == session.opened.user.id).and_then(draft_view))
    }

    pub(super) fn list_drafts(&self) -> Answer<Vec<Draft>> {
        let session = self.session()?;
        let rows = session.opened.store.read(|conn| draft::list(conn, session.opened.user.id))?;
        let mut drafts: Vec<Draft> = rows.into_iter().filter_map(draft_view).collect();
        drafts.sort_by_key(|draft| std::cmp::Reverse(draft.updated_at));
        Ok(drafts)
    }

    pub(super) fn delete_draft(&self, id: Uuid) -> Answer<Nothing> {
        let session = self.session()?;
        if self.get_draft(id)?.is_some() {
            session.opened.store.write(|tx| draft::delete(tx, id))?;
        }
        Ok(Nothing {})
    }
}

fn draft_view(row: draft::Draft) -> Option<Draft> {
    let kept: Kept = serde_json::from_str(&row.form).ok()?;
    let (route, label, content) = (kept.route, kept.label, kept.content);
    Some(Draft { id: row.id, form: row.model, route, label, content, updated_at: row.updated_at })
}

fn change(form: FormChange) -> Answer<Change> {
    let op = match form.op.as_str() {
        "insert" => ChangeOp::Insert,
        "update" => ChangeOp::Update,
        "void" => ChangeOp::Void,
        "restore" => ChangeOp::Restore,
        other => {
            return Err(Failure::new("bad_arguments", "This page asked for an unknown change.", other, ""));
        }
    };
    let FormChange { model, record, set, reason, source, .. } = form;
    Ok(Change { op, model, record, set, reason, source })
}
