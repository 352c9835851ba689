//! The event schema flattened: every nested field is a column of its own, `useridentity.sessioncontext.attributes`.
//!
//! Rules name a handful of nested fields. Picking those arrays out of a batch costs nothing, and rows can then be taken
//! from them alone, where taking rows from the whole `useridentity` would copy thirty columns.

use std::cell::OnceCell;
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, ListArray, RecordBatch, RecordBatchOptions, StructArray, UInt32Array, new_empty_array,
    new_null_array,
};
use arrow::compute::{concat, take};
use arrow::datatypes::{DataType, Field, FieldRef, Fields, Schema, SchemaRef};
use arrow::error::ArrowError;
use datafusion::common::Column;
use datafusion::common::tree_node::{Transformed, TreeNode};
use datafusion::logical_expr::Expr;

/// Every field of the schema at any depth, by its path.
#[derive(Debug)]
pub(crate) struct Leaves {
    fields: Vec<FieldRef>,
    index: HashMap<String, usize>,
}

impl Leaves {
    pub(crate) fn new(schema: &Schema) -> Leaves {
        let mut leaves = Leaves { fields: Vec::new(), index: HashMap::new() };
        leaves.walk("", schema.fields());
        leaves
    }

    fn walk(&mut self, prefix: &str, fields: &Fields) {
        for field in fields {
            let path = if prefix.is_empty() { field.name().clone() } else { format!("{prefix}.{}", field.name()) };
            self.index.insert(path.clone(), self.fields.len());
            self.fields.push(Arc::new(Field::new(&path, field.data_type().clone(), true)));
            if let DataType::Struct(children) = field.data_type() {
                self.walk(&path, children);
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

    /// The array of a leaf; one of nulls where the batch was read without it.
    fn array(&self, batch: &RecordBatch, leaf: usize) -> ArrayRef {
        let field = &self.fields[leaf];
        let mut names = field.name().split('.');
        let mut array = names.next().and_then(|name| batch.column_by_name(name)).cloned();
        for name in names {
            array = array.as_ref().and_then(|parent| parent.as_struct_opt()?.column_by_name(name).cloned());
        }
        array
            .filter(|array| array.data_type() == field.data_type())
            .unwrap_or_else(|| new_null_array(field.data_type(), batch.num_rows()))
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

/// Some batches seen as one through [`Leaves`]: each array is looked up, and put together, only when somebody asks.
pub(crate) struct Frame<'a> {
    leaves: &'a Leaves,
    batches: &'a [RecordBatch],
    rows: usize,
    arrays: Vec<OnceCell<ArrayRef>>,
}

impl<'a> Frame<'a> {
    pub(crate) fn new(leaves: &'a Leaves, batches: &'a [RecordBatch]) -> Frame<'a> {
        let rows = batches.iter().map(RecordBatch::num_rows).sum();
        Frame { leaves, batches, rows, arrays: vec![OnceCell::new(); leaves.len()] }
    }

    pub(crate) fn rows(&self) -> usize {
        self.rows
    }

    /// The array of a leaf over all batches.
    pub(crate) fn array(&self, leaf: usize) -> &ArrayRef {
        self.arrays[leaf].get_or_init(|| {
            let parts: Vec<ArrayRef> = self.batches.iter().map(|batch| self.leaves.array(batch, leaf)).collect();
            let kind = self.leaves.field(leaf).data_type();
            match &parts[..] {
                [] => new_empty_array(kind),
                [one] => one.clone(),
                many => {
                    let many: Vec<&dyn Array> = many.iter().map(AsRef::as_ref).collect();
                    concat(&many).unwrap_or_else(|_| new_null_array(kind, self.rows))
                }
            }
        })
    }

    pub(crate) fn leaves(&self) -> &Leaves {
        self.leaves
    }
}

/// A schema with only some of the nested fields, and the way from a frame to it.
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

    /// The paths of the kept fields that are no structs.
    pub(crate) fn paths(&self) -> Vec<String> {
        let leaves = Leaves::new(&self.schema);
        let plain = |field: &&FieldRef| !matches!(field.data_type(), DataType::Struct(_));
        leaves.fields.iter().filter(plain).map(|field| field.name().clone()).collect()
    }

    /// Copies the kept columns of some rows, together with what their views point at.
    pub(crate) fn take(&self, frame: &Frame<'_>, rows: &UInt32Array) -> Result<RecordBatch, ArrowError> {
        let columns: Result<Vec<ArrayRef>, ArrowError> =
            self.schema.fields().iter().map(|field| take_field(field.name(), field, frame, rows)).collect();
        let options = RecordBatchOptions::new().with_row_count(Some(rows.len()));
        RecordBatch::try_new_with_options(self.schema.clone(), columns?, &options)
    }
}

fn take_field(path: &str, field: &Field, frame: &Frame<'_>, rows: &UInt32Array) -> Result<ArrayRef, ArrowError> {
    if let DataType::Struct(children) = field.data_type() {
        let arrays: Result<Vec<ArrayRef>, ArrowError> =
            children.iter().map(|child| take_field(&format!("{path}.{}", child.name()), child, frame, rows)).collect();
        return Ok(Arc::new(StructArray::try_new(children.clone(), arrays?, None)?));
    }
    let leaf = frame.leaves().get(path).ok_or_else(|| ArrowError::SchemaError(format!("no column `{path}`")))?;
    compact(&take(frame.array(leaf), rows, None)?)
}

/// Copies what the views of an array point at, so that the buffers that it was taken from can go.
fn compact(array: &ArrayRef) -> Result<ArrayRef, ArrowError> {
    Ok(match array.data_type() {
        DataType::Utf8View => Arc::new(array.as_string_view().gc()),
        DataType::Struct(fields) => {
            let children: Result<Vec<ArrayRef>, ArrowError> = array.as_struct().columns().iter().map(compact).collect();
            Arc::new(StructArray::try_new(fields.clone(), children?, array.nulls().cloned())?)
        }
        DataType::List(field) => {
            let list = array.as_list::<i32>();
            let values = compact(list.values())?;
            Arc::new(ListArray::try_new(field.clone(), list.offsets().clone(), values, list.nulls().cloned())?)
        }
        _ => array.clone(),
    })
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
