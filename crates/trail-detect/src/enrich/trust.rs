//! `trust`: what a new version of a policy document grants that the one before did not.
//!
//! A row has the columns `resource` (whose policy it is) and `document` (the whole new document), or `statement` (one statement
//! that is added to it). A row with neither says that the resource or its policy is gone. What the step finds goes into
//! `change` (the gravest, in words), `changes` (all), `reach`, and the severity; rows that grant nothing new are dropped.

use std::collections::HashMap;

use serde_json::Value;
use trail_iam::policy::{Change, ChangeKind, Document, Severity, Trust, diff};

use super::Enrich;
use crate::row::Row;
use crate::settings::Settings;

/// Documents remembered at most; beyond that an older one may be compared with nothing.
const MAX_DOCUMENTS: usize = 100_000;
/// Changes told of one event.
const MAX_CHANGES: usize = 20;

pub(super) struct TrustChanges {
    trust: Trust,
    known: HashMap<(Option<String>, String), Document>,
}

impl TrustChanges {
    pub(super) fn new(settings: &Settings) -> TrustChanges {
        let trust = Trust {
            account: None,
            home_accounts: settings.home_accounts.clone(),
            organization: settings.org_id.clone(),
            trusted_accounts: settings.trusted_accounts.clone(),
        };
        TrustChanges { trust, known: HashMap::new() }
    }

    /// The new document of a row; the error says why there is none.
    fn document(old: Option<&Document>, row: &Row) -> Result<Option<Document>, String> {
        let text = |name: &str| row.details.get(name).and_then(Value::as_str).filter(|text| !text.trim().is_empty());
        if let Some(text) = text("document") {
            return Document::parse(text).map(Some).map_err(|error| error.to_string());
        }
        let Some(statement) = text("statement") else { return Ok(None) };
        let added = Document::parse(&format!("{{\"Statement\":[{statement}]}}")).map_err(|error| error.to_string())?;
        let mut statements = old.map_or_else(Vec::new, |old| old.statements.clone());
        for statement in added.statements {
            statements.retain(|have| have.sid.is_none() || have.sid != statement.sid);
            statements.push(statement);
        }
        Ok(Some(Document { version: None, id: None, statements }))
    }
}

impl Enrich for TrustChanges {
    fn enrich(&mut self, mut row: Row) -> Option<Row> {
        let resource = row.details.get("resource")?.as_str()?.to_owned();
        let key = (row.account.clone(), resource);
        let old = self.known.get(&key);
        let new = match TrustChanges::document(old, &row) {
            Ok(Some(new)) => new,
            Ok(None) => {
                self.known.remove(&key);
                return None;
            }
            Err(reason) => {
                // Accepted by AWS and not understood here: somebody should look, and the reason should get to us.
                row.details.insert("change".to_owned(), format!("has a policy that cannot be read: {reason}").into());
                row.severity = Some(crate::severity::Severity::Low);
                return Some(row);
            }
        };
        self.trust.account = row.account.clone();
        let changes: Vec<Change> = diff(old, &new, &self.trust)
            .into_iter()
            .filter(|change| {
                matches!(change.kind, ChangeKind::New | ChangeKind::Widened) && change.severity > Severity::Info
            })
            .take(MAX_CHANGES)
            .collect();
        let compared = if old.is_some() { "the document before" } else { "nothing: no document before is known" };
        if self.known.len() < MAX_DOCUMENTS || old.is_some() {
            self.known.insert(key, new);
        }
        let gravest = changes.first()?;
        row.severity = Some(super::severity(gravest.severity));
        row.details.insert("change".to_owned(), gravest.sentence.clone().into());
        row.details.insert("reach".to_owned(), gravest.class.as_str().into());
        row.details.insert(
            "gained_by".to_owned(),
            changes.iter().map(|change| Value::from(change.principal.id.clone())).collect(),
        );
        row.details
            .insert("changes".to_owned(), changes.iter().map(|change| Value::from(change.sentence.clone())).collect());
        row.details.insert("compared_with".to_owned(), compared.into());
        Some(row)
    }
}
