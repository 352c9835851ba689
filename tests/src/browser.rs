//! Chromium without a screen: what a person would see of a page.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::{Ran, optional, skip};

/// A picture of a page, as PNG.
#[derive(Debug)]
pub struct Picture {
    /// Where it lies: beside the page.
    pub path: PathBuf,
    /// In pixels.
    pub width: u32,
    /// In pixels.
    pub height: u32,
    /// Of the file. A page without anything on it compresses to next to nothing.
    pub bytes: usize,
}

/// Draws a page; none, with a word on standard error, where there is no Chromium.
pub fn picture(page: &Path, width: u32, height: u32) -> Option<Picture> {
    let Some(chromium) = optional("TRAILWARDEN_TEST_CHROMIUM") else {
        skip("TRAILWARDEN_TEST_CHROMIUM is not set: no Chromium on this machine");
        return None;
    };
    let path = page.with_extension("png");
    let profile = tempfile::tempdir().expect("a temporary folder");
    let output = Command::new(chromium)
        .args(["--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars"])
        .arg(format!("--user-data-dir={}", profile.path().display()))
        .arg(format!("--window-size={width},{height}"))
        .arg(format!("--screenshot={}", path.display()))
        .arg(format!("file://{}", page.display()))
        .output()
        .expect("Chromium starts");
    Ran::new(output, format!("chromium {}", page.display())).ok();
    let png = std::fs::read(&path).expect("Chromium writes a picture");
    assert_eq!(png[..8], *b"\x89PNG\r\n\x1a\n", "{}", path.display());
    // The first chunk is the header: its length and name, then width and height.
    let number = |at: usize| u32::from_be_bytes(png[at..at + 4].try_into().expect("four bytes"));
    Some(Picture { width: number(16), height: number(20), bytes: png.len(), path })
}
