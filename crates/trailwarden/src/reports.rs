//! A finished report as files.

use std::path::Path;

use anyhow::Context as _;
use trail_report::Report;

/// Writes a report's files into a folder.
pub(crate) fn write(report: &Report, folder: &Path) -> anyhow::Result<()> {
    let put = |name: &str, bytes: &[u8]| {
        let path = folder.join(name);
        std::fs::write(&path, bytes).with_context(|| format!("cannot write `{}`", path.display()))
    };
    std::fs::create_dir_all(folder).with_context(|| format!("cannot make the folder `{}`", folder.display()))?;
    put("access.html", report.html.as_bytes())?;
    put("access.json", &report.json)?;
    report.csvs.iter().try_for_each(|(name, bytes)| put(name, bytes))
}
