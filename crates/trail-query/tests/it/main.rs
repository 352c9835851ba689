//! The engine as its callers use it: SQL in, rows out.

mod forms;
mod lake;
mod lake_scan;
mod limits;
mod names;
mod prepared;
mod raw_logs;
mod real_logs;
mod rows;
mod views;
