//! Small pieces of syntax trees, for those who rewrite them.

use datafusion::sql::sqlparser::ast::helpers::attached_token::AttachedToken;
use datafusion::sql::sqlparser::ast::{
    BinaryOperator, CaseWhen, CastKind, DataType, Expr, Function, FunctionArg, FunctionArgExpr, FunctionArgumentClause,
    FunctionArgumentList, FunctionArguments, Ident, ObjectName, OrderByExpr, OrderByOptions, UnaryOperator, Value,
};

pub(super) fn name(text: &str) -> ObjectName {
    ObjectName::from(vec![Ident::new(text)])
}

pub(super) fn text(value: &str) -> Expr {
    Expr::value(Value::SingleQuotedString(value.to_owned()))
}

pub(super) fn number(value: i64) -> Expr {
    Expr::value(Value::Number(value.to_string(), false))
}

pub(super) fn column(name: &str) -> Expr {
    Expr::Identifier(Ident::new(name))
}

pub(super) fn null() -> Expr {
    Expr::value(Value::Null)
}

pub(super) fn call(of: &str, args: Vec<Expr>) -> Expr {
    Expr::Function(function(of, args))
}

pub(super) fn function(of: &str, args: Vec<Expr>) -> Function {
    let args = args.into_iter().map(|arg| FunctionArg::Unnamed(FunctionArgExpr::Expr(arg))).collect();
    let args = FunctionArgumentList { duplicate_treatment: None, args, clauses: Vec::new() };
    Function {
        name: name(of),
        uses_odbc_syntax: false,
        parameters: FunctionArguments::None,
        args: FunctionArguments::List(args),
        filter: None,
        null_treatment: None,
        over: None,
        within_group: Vec::new(),
    }
}

pub(super) fn list_mut(function: &mut Function) -> Option<&mut FunctionArgumentList> {
    match &mut function.args {
        FunctionArguments::List(list) => Some(list),
        _ => None,
    }
}

/// The arguments, if all of them are plain expressions.
pub(super) fn plain_args(function: &Function) -> Option<Vec<Expr>> {
    let FunctionArguments::List(list) = &function.args else { return None };
    let plain = |arg: &FunctionArg| match arg {
        FunctionArg::Unnamed(FunctionArgExpr::Expr(expr)) => Some(expr.clone()),
        _ => None,
    };
    list.args.iter().map(plain).collect()
}

/// The aggregate of another name over other arguments; filter, window and order stay.
pub(super) fn instead(of: &Function, by: &str, args: Vec<Expr>) -> Function {
    let mut other = function(by, args);
    other.filter.clone_from(&of.filter);
    other.over.clone_from(&of.over);
    if let (FunctionArguments::List(from), Some(to)) = (&of.args, list_mut(&mut other)) {
        to.duplicate_treatment = from.duplicate_treatment;
        to.clauses.clone_from(&from.clauses);
    }
    other
}

/// The aggregate over the rows where a condition holds too.
pub(super) fn filtered(mut of: Function, condition: Expr) -> Function {
    of.filter = Some(Box::new(match of.filter.take() {
        Some(filter) => binary(Expr::Nested(filter), BinaryOperator::And, condition),
        None => condition,
    }));
    of
}

/// An order with NULL at its end.
pub(super) fn order(expr: Expr, asc: bool) -> OrderByExpr {
    OrderByExpr { expr, options: OrderByOptions { asc: Some(asc), nulls_first: Some(false) }, with_fill: None }
}

pub(super) fn ordered(mut of: Function, by: Vec<(Expr, bool)>) -> Function {
    let by = by.into_iter().map(|(expr, asc)| order(expr, asc)).collect();
    if let Some(list) = list_mut(&mut of) {
        list.clauses = vec![FunctionArgumentClause::OrderBy(by)];
    }
    of
}

pub(super) fn binary(left: Expr, op: BinaryOperator, right: Expr) -> Expr {
    Expr::BinaryOp { left: Box::new(left), op, right: Box::new(right) }
}

pub(super) fn nested(expr: Expr) -> Expr {
    Expr::Nested(Box::new(expr))
}

pub(super) fn is_null(expr: Expr) -> Expr {
    Expr::IsNull(Box::new(nested(expr)))
}

pub(super) fn is_not_null(expr: Expr) -> Expr {
    Expr::IsNotNull(Box::new(nested(expr)))
}

pub(super) fn not(expr: Expr) -> Expr {
    Expr::UnaryOp { op: UnaryOperator::Not, expr: Box::new(nested(expr)) }
}

pub(super) fn case(condition: Expr, then: Expr, otherwise: Option<Expr>) -> Expr {
    Expr::Case {
        case_token: AttachedToken::empty(),
        end_token: AttachedToken::empty(),
        operand: None,
        conditions: vec![CaseWhen { condition, result: then }],
        else_result: otherwise.map(Box::new),
    }
}

pub(super) fn cast(expr: Expr, data_type: DataType) -> Expr {
    Expr::Cast { kind: CastKind::Cast, expr: Box::new(expr), data_type, array: false, format: None }
}
