//! The engine as its callers use it: SQL in, rows out.

mod lake_scan;
mod limits;
mod names;
mod rows;
