//! The engine as its callers use it: SQL in, rows out.

mod dialect;
mod forms;
mod lake;
mod lake_scan;
mod limits;
mod names;
mod raw_logs;
mod real_logs;
mod rows;
mod trino;
mod views;
