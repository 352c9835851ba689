//! The event schema flattened: every nested field is a column of its own, `useridentity.sessioncontext.attributes`.
//!
//! Rules name a handful of nested fields. Picking those arrays out of a batch costs nothing, and rows can then be taken
//! from them alone, where taking rows from the whole `useridentity` would copy thirty columns.

use std::cell::OnceCell;
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, RecordBatch, StructArray};
use arrow::datatypes::{DataType, Field, FieldRef, Fields, Schema, SchemaRef};
use datafusion::common::Column;
use datafusion::common::tree_node::{Transformed, TreeNode};
use datafusion::logical_expr::Expr;

/// Every field of the schema at any depth, by its path.
#[derive(Debug)]
pub(crate) struct Leaves {
    fields: Vec<FieldRef>,
    steps: Vec<Vec<usize>>,
    index: HashMap<String, usize>,
}

impl Leaves {
    pub(crate) fn new(schema: &Schema) -> Leaves {
        let mut leaves = Leaves { fields: Vec::new(), steps: Vec::new(), index: HashMap::new() };
        leaves.walk("", &[], schema.fields());
        leaves
    }

    fn walk(&mut self, prefix: &str, steps: &[usize], fields: &Fields) {
        for (at, field) in fields.iter().enumerate() {
            let path = if prefix.is_empty() { field.name().clone() } else { format!("{prefix}.{}", field.name()) };
            let steps = [steps, &[at]].concat();
            self.index.insert(path.clone(), self.fields.len());
            self.fields.push(Arc::new(Field::new(&path, field.data_type().clone(), true)));
            self.steps.push(steps.clone());
            if let DataType::Struct(children) = field.data_type() {
                self.walk(&path, &steps, children);
            }
        }
    }

    pub(crate) fn get(&self, path: &str) -> Option<usize> {
        self.index.get(path).copied()
    }

    pub(crate) fn field(&self, leaf: usize) -> &FieldRef {
        &self.fields[leaf]
    }

    pub(crate) fn len(&self) -> usize {
        self.fields.len()
    }

    fn array(&self, batch: &RecordBatch, leaf: usize) -> ArrayRef {
        let steps = &self.steps[leaf];
        let mut array = batch.column(steps[0]).clone();
        for step in &steps[1..] {
            let child = array.as_any().downcast_ref::<StructArray>().map(|parent| parent.column(*step).clone());
            array = child.unwrap_or(array);
        }
        array
    }
}

/// Turns `get_field(useridentity, 'type')` into the column `useridentity.type`, and drops table names from columns.
pub(crate) fn flatten(expr: Expr) -> datafusion::common::Result<Expr> {
    expr.transform_up(|expr| {
        Ok(match expr {
            Expr::Column(column) if column.relation.is_some() => {
                Transformed::yes(Expr::Column(Column::new_unqualified(column.name)))
            }
            Expr::ScalarFunction(call) if call.func.name() == "get_field" => match nested_path(&call.args) {
                Some(path) => Transformed::yes(Expr::Column(Column::new_unqualified(path))),
                None => Transformed::no(Expr::ScalarFunction(call)),
            },
            other => Transformed::no(other),
        })
    })
    .map(|done| done.data)
}

fn nested_path(args: &[Expr]) -> Option<String> {
    let (Expr::Column(base), names) = args.split_first().map(|(base, names)| (base.clone(), names))? else {
        return None;
    };
    let mut path = base.name;
    for name in names {
        let Expr::Literal(value, _) = name else { return None };
        path.push('.');
        path.push_str(value.try_as_str()??);
    }
    Some(path)
}

/// One batch seen through [`Leaves`]: each array is looked up once.
pub(crate) struct Frame<'a> {
    leaves: &'a Leaves,
    batch: &'a RecordBatch,
    arrays: Vec<OnceCell<ArrayRef>>,
}

impl<'a> Frame<'a> {
    pub(crate) fn new(leaves: &'a Leaves, batch: &'a RecordBatch) -> Frame<'a> {
        Frame { leaves, batch, arrays: vec![OnceCell::new(); leaves.len()] }
    }

    pub(crate) fn rows(&self) -> usize {
        self.batch.num_rows()
    }

    pub(crate) fn array(&self, leaf: usize) -> &ArrayRef {
        self.arrays[leaf].get_or_init(|| self.leaves.array(self.batch, leaf))
    }

    pub(crate) fn batch(&self) -> &RecordBatch {
        self.batch
    }
}

/// A schema with only some of the nested fields, and the way from a full batch to it.
#[derive(Debug, Clone)]
pub(crate) struct Narrow {
    schema: SchemaRef,
}

impl Narrow {
    /// Keeps the given paths of a schema. A path to a struct keeps all of it.
    pub(crate) fn new(schema: &Schema, keep: &BTreeSet<String>) -> Narrow {
        let fields = narrow_fields("", schema.fields(), keep);
        Narrow { schema: Arc::new(Schema::new(fields)) }
    }

    pub(crate) fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    /// The kept columns of a batch, not copied.
    pub(crate) fn batch(&self, batch: &RecordBatch) -> Result<RecordBatch, arrow::error::ArrowError> {
        let columns = self
            .schema
            .fields()
            .iter()
            .filter_map(|field| batch.column_by_name(field.name()).map(|array| narrow_array(field.data_type(), array)))
            .collect();
        let options = arrow::array::RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
        RecordBatch::try_new_with_options(self.schema.clone(), columns, &options)
    }
}

fn narrow_fields(prefix: &str, fields: &Fields, keep: &BTreeSet<String>) -> Vec<Field> {
    let mut kept = Vec::new();
    for field in fields {
        let path = if prefix.is_empty() { field.name().clone() } else { format!("{prefix}.{}", field.name()) };
        if keep.contains(&path) {
            kept.push(field.as_ref().clone());
        } else if let DataType::Struct(children) = field.data_type() {
            let children = narrow_fields(&path, children, keep);
            if !children.is_empty() {
                kept.push(Field::new(field.name(), DataType::Struct(Fields::from(children)), true));
            }
        }
    }
    kept
}

fn narrow_array(wanted: &DataType, array: &ArrayRef) -> ArrayRef {
    match (wanted, array.as_any().downcast_ref::<StructArray>()) {
        (DataType::Struct(fields), Some(parent)) if array.data_type() != wanted => {
            let children = fields
                .iter()
                .filter_map(|field| {
                    parent.column_by_name(field.name()).map(|child| narrow_array(field.data_type(), child))
                })
                .collect();
            Arc::new(StructArray::new(fields.clone(), children, parent.nulls().cloned()))
        }
        _ => array.clone(),
    }
}
