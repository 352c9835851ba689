//! `policy_grants(document)` and `policy_grants(document, account)`: what a policy document grants, a struct for each statement
//! and principal. The account is the one that owns the role or resource: it tells what is external. NULL for what is no policy.

use std::sync::{Arc, LazyLock};

use arrow::array::{ArrayRef, BooleanBuilder, ListBuilder, StringBuilder, StructBuilder};
use arrow::datatypes::{DataType, Field, Fields};
use datafusion::common::Result;
use datafusion::logical_expr::{
    ColumnarValue, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, TypeSignature, Volatility,
};
use trail_iam::policy::{Document, Grant, Patterns, Trust};

use super::rows::Rows;

static GRANT: LazyLock<Fields> = LazyLock::new(|| {
    let text = |name: &str| Field::new(name, DataType::Utf8, true);
    let texts = |name: &str| Field::new(name, DataType::new_list(DataType::Utf8, true), true);
    let flag = |name: &str| Field::new(name, DataType::Boolean, true);
    Fields::from(vec![
        text("effect"),
        text("principal"),
        text("principal_kind"),
        text("principal_account"),
        text("class"),
        text("severity"),
        texts("weaknesses"),
        texts("actions"),
        flag("all_but_actions"),
        texts("resources"),
        text("condition"),
        flag("with_deny"),
        text("sentence"),
    ])
});

#[derive(Debug, PartialEq, Eq, Hash)]
pub(crate) struct PolicyGrants {
    signature: Signature,
}

impl PolicyGrants {
    pub(crate) fn udf() -> ScalarUDF {
        let arities = vec![TypeSignature::String(1), TypeSignature::String(2)];
        Self { signature: Signature::one_of(arities, Volatility::Immutable) }.into()
    }
}

impl ScalarUDFImpl for PolicyGrants {
    fn name(&self) -> &str {
        "policy_grants"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _arg_types: &[DataType]) -> Result<DataType> {
        Ok(DataType::new_list(DataType::Struct(GRANT.clone()), true))
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let rows = Rows::new(&args)?;
        let mut lists = ListBuilder::new(StructBuilder::from_fields(GRANT.clone(), rows.indices().len()));
        for row in rows.indices() {
            let document = rows.get(0, row).and_then(|text| Document::parse(text).ok());
            if let Some(document) = &document {
                let account = (args.args.len() > 1).then(|| rows.get(1, row)).flatten();
                let trust = Trust { account: account.map(str::to_owned), ..Trust::default() };
                document.grants(&trust).iter().for_each(|grant| append(lists.values(), grant));
            }
            lists.append(document.is_some());
        }
        rows.result(&(Arc::new(lists.finish()) as ArrayRef))
    }
}

fn append(row: &mut StructBuilder, grant: &Grant<'_>) {
    let statement = grant.statement;
    let principal = &grant.principal;
    let mut at = 0..;
    let mut next = || at.next().unwrap_or_default();
    fn text(row: &mut StructBuilder, at: usize, value: Option<&str>) {
        if let Some(builder) = row.field_builder::<StringBuilder>(at) {
            builder.append_option(value);
        }
    }
    fn flag(row: &mut StructBuilder, at: usize, value: bool) {
        if let Some(builder) = row.field_builder::<BooleanBuilder>(at) {
            builder.append_value(value);
        }
    }
    fn texts<'a>(row: &mut StructBuilder, at: usize, values: Option<impl Iterator<Item = &'a str>>) {
        type Texts = ListBuilder<Box<dyn arrow::array::ArrayBuilder>>;
        let Some(builder) = row.field_builder::<Texts>(at) else { return };
        let there = values.is_some();
        if let Some(inner) = builder.values().as_any_mut().downcast_mut::<StringBuilder>() {
            values.into_iter().flatten().for_each(|value| inner.append_value(value));
        }
        builder.append(there);
    }
    fn list(patterns: &Patterns) -> impl Iterator<Item = &str> {
        patterns.list().iter().map(String::as_str)
    }
    text(row, next(), Some(statement.effect.as_str()));
    text(row, next(), Some(&principal.id));
    text(row, next(), Some(principal.kind.as_str()));
    text(row, next(), principal.account.as_deref());
    text(row, next(), Some(grant.class.as_str()));
    text(row, next(), Some(grant.severity().as_str()));
    texts(row, next(), Some(grant.weaknesses.iter().map(|weakness| weakness.as_str())));
    texts(row, next(), Some(list(&statement.actions)));
    flag(row, next(), matches!(statement.actions, Patterns::AllBut(_)));
    texts(row, next(), statement.resources.as_ref().map(list));
    let condition = grant.condition_fingerprint();
    text(row, next(), Some(condition.as_str()).filter(|condition| !condition.is_empty()));
    flag(row, next(), grant.with_deny);
    text(row, next(), Some(&grant.sentence()));
    row.append(true);
}
