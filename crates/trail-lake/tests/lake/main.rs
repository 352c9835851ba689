//! The lake from outside: what it keeps, through restarts, crashes, other writers and upkeep, and what others read in it.

mod crash;
mod keep;
mod once;
mod peers;
mod s3;
mod world;
