//! All rules that there are, from the library of queries.

use std::collections::BTreeMap;

use trail_query::Library;

use crate::rule::{Rule, RuleError};

/// Rules by id.
#[derive(Clone, Debug, Default)]
pub struct Rules {
    rules: BTreeMap<String, Rule>,
}

impl Rules {
    /// The rules under `detections/` of the library; two of one id are an error.
    ///
    /// # Errors
    /// When the head of a rule is wrong; the error names file and line.
    pub fn load(library: &Library) -> Result<Rules, RuleError> {
        let mut rules = Rules::default();
        for query in library.under("detections") {
            let cases = library.beside(query, "cases.yaml").map(|(_, text)| text.to_string());
            rules.insert(Rule::parse(query, cases)?)?;
        }
        Ok(rules)
    }

    /// Adds a rule; one of the same id must not be there yet.
    pub fn insert(&mut self, rule: Rule) -> Result<(), RuleError> {
        if let Some(other) = self.rules.get(&rule.id) {
            let reason = format!("the id `{}` is taken by {}", rule.id, other.file);
            return Err(RuleError { file: rule.file, line: 1, reason });
        }
        self.rules.insert(rule.id.clone(), rule);
        Ok(())
    }

    /// Those for which `first` says yes, and the others.
    pub(crate) fn split(self, first: impl Fn(&Rule) -> bool) -> (Rules, Rules) {
        let (yes, no) = self.rules.into_iter().partition(|(_, rule)| first(rule));
        (Rules { rules: yes }, Rules { rules: no })
    }

    /// All rules by id.
    pub fn iter(&self) -> impl Iterator<Item = &Rule> {
        self.rules.values()
    }

    /// The rule of that id.
    pub fn get(&self, id: &str) -> Option<&Rule> {
        self.rules.get(id)
    }
}
