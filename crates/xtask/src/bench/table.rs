//! The lines that the bench prints.

use std::fmt;

use super::jobs::Figures;

/// A ratio and its target.
pub(super) struct Line {
    name: &'static str,
    /// `None` where one side was not measured.
    ratio: Option<f64>,
    target: f64,
    at_least: bool,
}

impl Line {
    pub(super) fn at_least(name: &'static str, target: f64, a: Option<f64>, b: Option<f64>) -> Line {
        Line { name, ratio: ratio(a, b), target, at_least: true }
    }

    pub(super) fn at_most(name: &'static str, target: f64, a: Option<f64>, b: Option<f64>) -> Line {
        Line { name, ratio: ratio(a, b), target, at_least: false }
    }

    pub(super) fn missed(&self) -> bool {
        self.ratio.is_some_and(|ratio| if self.at_least { ratio < self.target } else { ratio > self.target })
    }
}

fn ratio(a: Option<f64>, b: Option<f64>) -> Option<f64> {
    Some(a? / b?)
}

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.at_least { ">=" } else { "<=" };
        match self.ratio {
            Some(ratio) => {
                let verdict = if self.missed() { "MISSED" } else { "ok" };
                write!(f, "{:<52} {ratio:>8.2}  {sign} {:<6} {verdict}", self.name, self.target)
            }
            None => write!(f, "{:<52} {:>8}  {sign} {:<6} not measured", self.name, "-", self.target),
        }
    }
}

/// What one job took.
pub(super) fn measured(job: &str, figures: &Figures, events: u64) -> String {
    let million = events as f64 / 1e6;
    format!(
        "{job:<24} {:>8.2} CPU s {:>8.2} wall s {:>8.2} CPU s/M events {:>7.0} MiB",
        figures.cpu,
        figures.wall,
        figures.cpu / million,
        figures.peak_mib
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn targets() {
        let check = |line: &Line, missed: bool, ending: &str| {
            assert_eq!(line.missed(), missed, "{line}");
            assert!(line.to_string().ends_with(ending), "{line}");
        };
        check(&Line::at_least("x", 2.0, Some(6.0), Some(2.0)), false, "3.00  >= 2      ok");
        check(&Line::at_least("x", 2.0, Some(3.0), Some(2.0)), true, "MISSED");
        check(&Line::at_most("x", 2.2, Some(3.0), Some(1.0)), true, "MISSED");
        check(&Line::at_most("x", 2.2, None, Some(1.0)), false, "not measured");
    }
}
