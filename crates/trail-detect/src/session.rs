//! The SQL session in which rules are planned and run.

use std::sync::Arc;

use arrow::datatypes::{Field, Schema};
use datafusion::prelude::{SessionConfig, SessionContext};

use crate::plan::{EVENTS, Shape, WINDOW};
use crate::settings::Settings;

pub(crate) fn context(_settings: &Settings) -> SessionContext {
    let context = SessionContext::new_with_config(SessionConfig::new().with_target_partitions(1));
    context.register_udf(crate::seam::json_text());
    context
}

/// Registers every table that a rule may name, without rows.
pub(crate) fn register_shapes(context: &SessionContext) -> datafusion::error::Result<()> {
    let mut fields: Vec<_> = trail_event::schema().fields().iter().cloned().collect();
    fields.push(Arc::new(Field::new(WINDOW, trail_event::timestamp(), true)));
    context.register_table(EVENTS, Arc::new(Shape(Arc::new(Schema::new(fields)))))?;
    Ok(())
}
