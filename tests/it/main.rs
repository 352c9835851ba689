//! The program from outside: the built binary against real servers, real logs where they are, and outside readers.

mod cli;
mod crash;
mod journey;
mod lake;
mod logs;
mod oracles;
mod outbox;
mod render;
mod sans;
mod verify;
