//! Trino's types as the engine's: `JSON`, `IPADDRESS`, `ROW`, `MAP`, and timestamps of its precision.

use std::sync::Arc;

use arrow::datatypes::{DataType, Field, FieldRef};
use datafusion::common::{Result, plan_err};
use datafusion::logical_expr::planner::TypePlanner;
use datafusion::sql::sqlparser::ast::{ArrayElemTypeDef, DataType as Written, TimezoneInfo};

use crate::functions::function::{ADDRESS, JSON, civil, list_of, map_of, moment};

#[derive(Debug)]
pub(crate) struct Types;

impl TypePlanner for Types {
    fn plan_type_field(&self, written: &Written) -> Result<Option<FieldRef>> {
        Ok(kind(written)?.map(|kind| Arc::new(Field::new("", kind, true))))
    }
}

/// The type; `None` leaves it to the engine.
fn kind(written: &Written) -> Result<Option<DataType>> {
    Ok(Some(match written {
        Written::JSON | Written::JSONB => JSON,
        Written::Varchar(_) | Written::Char(_) | Written::Text | Written::String(_) | Written::Uuid => {
            DataType::Utf8View
        }
        Written::Varbinary(_) => DataType::Binary,
        Written::Timestamp(_, TimezoneInfo::WithTimeZone | TimezoneInfo::Tz) => moment(),
        Written::Timestamp(..) => civil(),
        Written::Array(ArrayElemTypeDef::AngleBracket(inner)) => list_of(inner_kind(inner)?),
        Written::Map(key, value) => map_of(inner_kind(key)?, inner_kind(value)?),
        Written::Struct(fields, _) => {
            let fields = fields.iter().enumerate().map(|(at, field)| {
                let name = field.field_name.as_ref().map_or(format!("field{at}"), |name| name.value.to_lowercase());
                Ok(Field::new(name, inner_kind(&field.field_type)?, true))
            });
            DataType::Struct(fields.collect::<Result<_>>()?)
        }
        Written::Custom(name, _) => match name.to_string().to_ascii_lowercase().as_str() {
            "ipaddress" => ADDRESS,
            "varbinary" => DataType::Binary,
            "json" => JSON,
            _ => return Ok(None),
        },
        _ => return Ok(None),
    }))
}

fn inner_kind(written: &Written) -> Result<DataType> {
    if let Some(kind) = kind(written)? {
        return Ok(kind);
    }
    Ok(match written {
        Written::Boolean | Written::Bool => DataType::Boolean,
        Written::TinyInt(_) => DataType::Int8,
        Written::SmallInt(_) => DataType::Int16,
        Written::Int(_) | Written::Integer(_) => DataType::Int32,
        Written::BigInt(_) => DataType::Int64,
        Written::Real | Written::Float(_) => DataType::Float32,
        Written::Double(_) | Written::DoublePrecision | Written::Decimal(_) => DataType::Float64,
        Written::Date => DataType::Date32,
        other => return plan_err!("the type `{other}` is not known here"),
    })
}
