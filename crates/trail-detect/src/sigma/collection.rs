//! All files together: rules by their files, filters over them, correlations of them, and the ids that findings bear.

use std::collections::BTreeSet;

use datafusion::logical_expr::Expr;
use rsigma_parser::{FilterRule, FilterRuleTarget, LogSource, SigmaCollection, SigmaRule};

use super::condition::Translator;
use super::values::Placeholders;
use super::{Document, Fate, Sigma, Source, Translation, correlation, rule};
use crate::leaves::Leaves;

/// A detection rule, translated or not.
pub(super) struct Base<'a> {
    /// The number of its file.
    file: usize,
    pub(super) rule: &'a SigmaRule,
    pub(super) condition: Result<Expr, String>,
    remarks: Vec<String>,
}

/// Translates what was read.
pub(super) fn translate(sources: &[Source], placeholders: &Placeholders) -> Sigma {
    let leaves = Leaves::new(&trail_event::schema());
    let translator = || Translator { leaves: &leaves, placeholders, unknown: Vec::new() };
    let parsed = || sources.iter().enumerate().filter_map(|(file, source)| Some((file, source.parsed.as_ref().ok()?)));

    let mut bases: Vec<Base<'_>> = Vec::new();
    for (file, parsed) in parsed() {
        for rule in &parsed.rules {
            let mut translator = translator();
            let about = supported(&rule.logsource, rule.sigma_version);
            let condition = about.and_then(|()| translator.rule(&rule.detection));
            bases.push(Base { file, rule, condition, remarks: translator.remarks() });
        }
    }
    let mut filters = Vec::new();
    for (file, parsed) in parsed() {
        for filter in &parsed.filters {
            let mut translator = translator();
            let done = narrow(filter, &mut bases, &mut translator);
            let fate = done.map_or_else(Fate::Refused, |()| Fate::Serves);
            filters.push((file, document(&sources[file], &filter.title, fate, translator.remarks())));
        }
    }
    // Rules that are correlated make no findings of their own unless a correlation says so.
    let (mut serving, mut generating) = (BTreeSet::<usize>::new(), BTreeSet::<usize>::new());
    let mut correlations = Vec::new();
    for (file, parsed) in parsed() {
        for rule in &parsed.correlations {
            let mut translator = translator();
            let made = correlation::translate(rule, &bases, &mut translator);
            if let Ok((_, used)) = &made {
                let list = if rule.generate { &mut generating } else { &mut serving };
                list.extend(used);
            }
            correlations.push((file, rule, made, translator.remarks()));
        }
    }

    let mut sigma = Sigma::default();
    let mut names = BTreeSet::new();
    for (file, source) in sources.iter().enumerate() {
        let (lost, remarks) = troubles(&source.parsed);
        sigma.documents.extend(lost.into_iter().map(|reason| document(source, "", Fate::Refused(reason), Vec::new())));
        for (number, base) in bases.iter().enumerate().filter(|(_, base)| base.file == file) {
            let fate = match &base.condition {
                Err(reason) => Fate::Refused(reason.clone()),
                Ok(_) if serving.contains(&number) && !generating.contains(&number) => Fate::Serves,
                Ok(condition) => {
                    let id = name(source, &mut names);
                    let translation = Translation::Match(condition.clone());
                    sigma.rules.push(rule::detection(&id, source, base.rule, translation));
                    Fate::Runs(id)
                }
            };
            let remarks = [&remarks[..], &base.remarks].concat();
            sigma.documents.push(document(source, &base.rule.title, fate, remarks));
        }
        for (_, rule, made, remarks) in correlations.iter().filter(|(of, ..)| *of == file) {
            let fate = match made {
                Err(reason) => Fate::Refused(reason.clone()),
                Ok((correlation, _)) => {
                    let id = name(source, &mut names);
                    sigma.rules.push(rule::correlation(&id, source, rule, correlation));
                    Fate::Runs(id)
                }
            };
            sigma.documents.push(document(source, &rule.title, fate, remarks.clone()));
        }
        sigma.documents.extend(filters.iter().filter(|(of, _)| *of == file).map(|(_, document)| document.clone()));
    }
    sigma
}

fn document(source: &Source, title: &str, fate: Fate, remarks: Vec<String>) -> Document {
    Document { file: source.path.display().to_string(), title: title.to_owned(), fate, remarks }
}

/// What of a file is lost, and what its rules do without.
fn troubles(parsed: &Result<SigmaCollection, String>) -> (Vec<String>, Vec<String>) {
    match parsed {
        Err(reason) => (vec![reason.clone()], Vec::new()),
        Ok(parsed) if parsed.is_empty() && parsed.errors.is_empty() => {
            (vec!["there is no rule in it".to_owned()], Vec::new())
        }
        // A key that the parser passes over costs no rule.
        Ok(parsed) => {
            parsed.errors.iter().cloned().partition(|error| {
                !["invalid ", "related[", "'related'"].iter().any(|remark| error.starts_with(remark))
            })
        }
    }
}

/// The id of the next rule of a file: its name; where that is taken, its path within the folder; then with a number.
fn name(source: &Source, taken: &mut BTreeSet<String>) -> String {
    let file = source.path.file_name().unwrap_or_default().to_string_lossy();
    let short = format!("sigma/{file}");
    let numbered = (2..).map(|number| format!("{short}#{number}"));
    let mut names = [short.clone(), format!("sigma/{}", source.within)].into_iter().chain(numbered);
    let free = names.find(|name| !taken.contains(name)).unwrap_or_default();
    taken.insert(free.clone());
    free
}

/// Whether a rule is about CloudTrail, in a version of Sigma that we know.
fn supported(logsource: &LogSource, version: Option<u32>) -> Result<(), String> {
    if rsigma_parser::is_unsupported(version) {
        return Err(format!("it is of Sigma {}, which is not known here", version.unwrap_or_default()));
    }
    let is = |own: &Option<String>, word: &str| own.as_ref().is_none_or(|own| own.eq_ignore_ascii_case(word));
    let named = logsource.product.is_some() || logsource.service.is_some();
    if named && is(&logsource.product, "aws") && is(&logsource.service, "cloudtrail") && logsource.category.is_none() {
        return Ok(());
    }
    let words = [("product", &logsource.product), ("service", &logsource.service), ("category", &logsource.category)];
    let words = words.iter().filter_map(|(name, value)| Some(format!("{name} {}", value.as_ref()?)));
    let words = words.collect::<Vec<_>>().join(", ");
    let words = if words.is_empty() { "not said" } else { &words };
    Err(format!("its log source is not product aws, service cloudtrail: {words}"))
}

/// Narrows the rules that a filter names.
fn narrow(filter: &FilterRule, bases: &mut [Base<'_>], translator: &mut Translator<'_>) -> Result<(), String> {
    if let Some(logsource) = &filter.logsource {
        supported(logsource, filter.sigma_version)?;
    }
    let condition = translator.rule(&filter.detection)?;
    let mut found = 0;
    for base in bases {
        let wanted = match &filter.rules {
            FilterRuleTarget::Any => true,
            FilterRuleTarget::Specific(names) => names.iter().any(|name| is_named(base.rule, name)),
        };
        if let (true, Ok(own)) = (wanted, &mut base.condition) {
            found += 1;
            *own = own.clone().and(condition.clone());
        }
    }
    if found > 0 { Ok(()) } else { Err("none of the rules that it filters runs".to_owned()) }
}

/// Whether a rule is the one that others call so: by id, by name, by title.
pub(super) fn is_named(rule: &SigmaRule, name: &str) -> bool {
    rule.id.as_deref() == Some(name) || rule.name.as_deref() == Some(name) || rule.title == name
}
