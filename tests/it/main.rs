//! The program from outside: the built binary against real servers, real logs where they are, and outside readers.

mod cli;
mod cluster;
mod crash;
mod faults;
mod integrity;
mod journey;
mod lake;
mod late;
mod lists;
mod logs;
mod operate;
mod oracles;
mod outbox;
mod panther;
mod render;
mod sans;
mod serve;
mod shell;
mod sigma;
mod soak;
mod verify;
