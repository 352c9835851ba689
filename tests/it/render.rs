//! What people get to see, drawn by a browser: the mail of a finding and the access report.

use std::path::{Path, PathBuf};

use trailwarden_tests::{Picture, Sandbox, picture};

/// Draws a page and keeps the picture under the build folder, where a person can look at it.
pub(crate) fn look(html: &str, name: &str, height: u32) {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("pictures");
    std::fs::create_dir_all(&folder).expect("a folder");
    let draw = |name: &str, html: &str| -> Option<Picture> {
        let page: PathBuf = folder.join(name).with_extension("html");
        std::fs::write(&page, html).expect("a page");
        picture(&page, 1000, height)
    };
    let Some(blank) = draw(&format!("{name}-blank"), "<!doctype html><title>nothing</title>") else { return };
    let Some(drawn) = draw(name, html) else { return };
    #[expect(clippy::print_stderr, reason = "who runs the test may want to look at the picture")]
    {
        eprintln!("{name}: {}", drawn.path.display());
    }
    assert_eq!((drawn.width, drawn.height), (1000, height));
    assert!(drawn.bytes > 8 * blank.bytes, "{} bytes, a blank page has {}", drawn.bytes, blank.bytes);
}

#[test]
fn the_access_report() {
    let sandbox = Sandbox::new();
    sandbox.synthetic_logs("logs", &["--events", "3000"]);
    let period = ["--from", "2026-03-01", "--to", "2026-03-31"];
    sandbox.ingest("lake", "logs");
    let from_lake = ["report", "access", "--lake", "lake", "--out", "report"];
    sandbox.run(&[&from_lake, &period[..]].concat()).ok();
    let html = std::fs::read_to_string(sandbox.path("report/access.html")).expect("a page");
    // One file that needs nothing from anywhere, and runs nothing.
    for never in ["<script", "http-equiv=\"refresh\"", "<link", "src=\"http", "@import", "url(http"] {
        assert!(!html.contains(never), "`{never}`");
    }
    assert!(html.contains("<svg"), "no chart");
    look(&html, "access-report", 2400);

    let json = std::fs::read(sandbox.path("report/access.json")).expect("the same as JSON");
    let json: serde_json::Value = serde_json::from_slice(&json).expect("JSON");
    assert!(json.is_object());
    let csvs = sandbox.path("report").read_dir().expect("a folder").filter(|entry| {
        entry.as_ref().is_ok_and(|entry| entry.path().extension().is_some_and(|extension| extension == "csv"))
    });
    assert!(csvs.count() > 3);

    // Straight from the logs it tells the same of who used what.
    let from_logs = ["report", "access", "--logs", "logs", "--out", "raw"];
    sandbox.run(&[&from_logs, &period[..]].concat()).ok();
    let principals =
        |folder: &str| std::fs::read_to_string(sandbox.path(folder).join("principals.csv")).expect("a table");
    assert_eq!(principals("report"), principals("raw"));
}
