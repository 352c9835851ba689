//! Libraries that stand between a process and the C library, made when a test needs them.

use std::path::PathBuf;
use std::process::Command;

use crate::{Ran, Sandbox};

/// Compiles C source to a library for `LD_PRELOAD`.
pub(crate) fn shim(sandbox: &Sandbox, name: &str, source: &str) -> PathBuf {
    let source = sandbox.write(&format!("{name}.c"), source);
    let library = sandbox.path(&format!("{name}.so"));
    let output = Command::new("cc")
        .args(["-shared", "-fPIC", "-O1", "-o"])
        .args([&library, &source])
        .arg("-ldl")
        .output()
        .expect("a C compiler, which the build needs, too");
    Ran::new(output, format!("cc {name}.c")).ok();
    library
}
