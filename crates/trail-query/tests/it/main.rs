//! The engine as its callers use it: SQL in, rows out.

mod dialect;
mod forms;
mod investigations;
mod lake;
mod lake_scan;
mod layout;
mod limits;
mod names;
mod prepared;
mod raw_logs;
mod real_logs;
mod rows;
mod trino;
mod uses;
mod views;
