//! Builds this crate again when a file is added under `queries/`, which is embedded in it.

fn main() {
    println!("cargo:rerun-if-changed=../../queries");
}
