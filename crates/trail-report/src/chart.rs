//! The geometry of the page's charts. The template draws them: data from logs reaches the SVG only through its escaping.

use jiff::civil::Date;
use serde::Serialize;

use crate::cell::{Cell, grouped};
use crate::section::Section;

/// Columns of a chart by days; more days are put together.
const MAX_COLUMNS: usize = 92;
const HEIGHT: f64 = 120.0;
const WIDTH: f64 = 1000.0;

/// One column of a chart by days: its events, and the denied ones within.
#[derive(Debug, Serialize, PartialEq)]
pub(crate) struct Bar {
    x: f64,
    width: f64,
    y: f64,
    height: f64,
    denied_y: f64,
    denied_height: f64,
    /// What it stands for, in words.
    hint: String,
}

/// A line at a round number.
#[derive(Debug, Serialize, PartialEq)]
pub(crate) struct Line {
    y: f64,
    label: String,
}

/// Events over time.
#[derive(Debug, Serialize, PartialEq)]
pub(crate) struct Days {
    title: String,
    width: f64,
    height: f64,
    bars: Vec<Bar>,
    lines: Vec<Line>,
    /// Where a date stands below, and which.
    ticks: Vec<(f64, String)>,
    /// Days of the period without any event.
    pub(crate) silent: Vec<String>,
}

impl Days {
    /// `section` has the columns day, events, denied. Days from `first` to `last` without a row count as none.
    pub(crate) fn new(section: &Section, first: Date, last: Date) -> Self {
        let of = |day: Date| {
            let row = section.rows.iter().find(|row| row.first() == Some(&Cell::Day(day)));
            row.map_or((0, 0), |row| (row[1].number(), row[2].number()))
        };
        let days: Vec<Date> = first.series(jiff::Span::new().days(1)).take_while(|day| *day <= last).collect();
        let silent = days.iter().filter(|day| of(**day).0 == 0).map(ToString::to_string).collect();
        let group = days.len().div_ceil(MAX_COLUMNS).max(1);
        let columns: Vec<(Date, Date, i64, i64)> = days
            .chunks(group)
            .map(|days| {
                let (events, denied) = days.iter().map(|day| of(*day)).fold((0, 0), |a, b| (a.0 + b.0, a.1 + b.1));
                (days[0], days[days.len() - 1], events, denied)
            })
            .collect();
        let most = columns.iter().map(|(_, _, events, _)| *events).max().unwrap_or(0);
        let (step, top) = scale(most);
        // What is there can be seen, however little.
        let up = |count: i64| if count > 0 { (count as f64 / top as f64 * HEIGHT).max(1.5) } else { 0.0 };
        let slot = WIDTH / columns.len().max(1) as f64;
        let bar = |(at, (from, to, events, denied)): (usize, &(Date, Date, i64, i64))| {
            let when = if from == to { from.to_string() } else { format!("{from} to {to}") };
            Bar {
                x: at as f64 * slot + slot * 0.1,
                width: slot * 0.8,
                y: HEIGHT - up(*events),
                height: up(*events),
                denied_y: HEIGHT - up(*denied),
                denied_height: up(*denied),
                hint: format!("{when}: {} events, {} denied", grouped(*events), grouped(*denied)),
            }
        };
        let every = columns.len().div_ceil(8).max(1);
        let ticks = columns.iter().enumerate().step_by(every);
        let lines = (1..).map(|n| n * step).take_while(|line| *line <= top);
        Self {
            title: section.head.title.clone(),
            width: WIDTH,
            height: HEIGHT,
            bars: columns.iter().enumerate().map(bar).collect(),
            lines: lines.map(|line| Line { y: HEIGHT - up(line), label: grouped(line) }).collect(),
            ticks: ticks.map(|(at, (from, ..))| ((at as f64 + 0.5) * slot, from.to_string())).collect(),
            silent,
        }
    }
}

/// A round step with two to five of them up to `most`, and the first multiple that is not below it.
fn scale(most: i64) -> (i64, i64) {
    let most = most.max(1);
    let mut power = 1;
    let step = loop {
        if let Some(step) = [1, 2, 5].iter().map(|factor| factor * power).find(|step| step * 5 >= most) {
            break step;
        }
        power *= 10;
    };
    (step, most.div_euclid(step).max(1) * step + if most > step && most % step > 0 { step } else { 0 })
}

/// A line of a ranking: a name and how much of the greatest it has.
#[derive(Debug, Serialize, PartialEq)]
pub(crate) struct Rank {
    label: String,
    kind: String,
    count: String,
    denied: String,
    /// Of the greatest, 0 to 100.
    share: f64,
    denied_share: f64,
}

/// Who has the most. `section` has a name first, maybe a kind, and the columns events and denied last.
pub(crate) fn ranks(section: &Section) -> Vec<Rank> {
    let width = section.columns.len();
    let most = section.rows.iter().map(|row| row[width - 2].number()).max().unwrap_or(1).max(1) as f64;
    let text = |cell: Option<&Cell>| if let Some(Cell::Text(text)) = cell { text.clone() } else { String::new() };
    let rank = |row: &Vec<Cell>| {
        let (events, denied) = (row[width - 2].number(), row[width - 1].number());
        Rank {
            label: text(row.first()),
            kind: if width > 3 { text(row.get(1)) } else { String::new() },
            count: grouped(events),
            denied: if denied > 0 { grouped(denied) } else { String::new() },
            share: events as f64 / most * 100.0,
            denied_share: denied as f64 / most * 100.0,
        }
    };
    section.rows.iter().map(rank).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scales_are_round() {
        for (most, expected) in [
            (0, (1, 1)),
            (1, (1, 1)),
            (4, (1, 4)),
            (7, (2, 8)),
            (100, (20, 100)),
            (101, (50, 150)),
            (23_981, (5000, 25_000)),
        ] {
            assert_eq!(scale(most), expected, "for {most}");
        }
    }
}
