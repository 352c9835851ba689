//! The way out: the next delivery of a channel that is due; where too many wait, they are gathered into a digest first.

use jiff::Timestamp;
use rusqlite::{OptionalExtension, Row, Transaction, params};

use super::submit::MAX_NOTICES;
use super::{COLUMNS, Delivery, Outbox, OutboxError, delivery};
use crate::identity;
use crate::notice::{Attachment, Notice};
use crate::tally::Tally;

/// The group of all digests of a channel.
const DIGEST: &str = "(digest)";

/// How a channel wants its deliveries.
#[derive(Debug, Clone)]
pub(crate) struct Shape {
    /// Whether people read them: they get counts of what is too much to list, programs get everything.
    pub(crate) for_people: bool,
    /// More than this is too much to list: deliveries that wait, and notices of one.
    pub(crate) digest_over: usize,
    /// How many notices a digest lists.
    pub(crate) rows: usize,
    /// The tags that it counts by.
    pub(crate) digest_by: Vec<String>,
}

/// A delivery taken out to be tried.
#[derive(Debug)]
pub(crate) struct Due {
    pub(crate) delivery: Delivery,
    /// All of its notices, or the gravest where there is a tally.
    pub(crate) notices: Vec<Notice>,
    pub(crate) tally: Option<Tally>,
}

impl Outbox {
    /// Takes out the gravest delivery of a channel that is due at `now`, and closes it to further notices. Where more wait that
    /// were never tried than may be sent now (`free`), or than people read one by one, they become one digest first.
    pub(crate) async fn due(
        &self,
        channel: &str,
        free: u32,
        shape: &Shape,
        now: Timestamp,
    ) -> Result<Option<Due>, OutboxError> {
        let (channel, shape) = (channel.to_owned(), shape.clone());
        self.run(move |tx| {
            gather(tx, &channel, free, &shape, now.as_millisecond())?;
            loop {
                let sql = format!(
                    "SELECT {COLUMNS} FROM delivery WHERE state = 'pending' AND channel = ?1 AND next_try <= ?2
                     ORDER BY severity DESC, gathers = 0, next_try, rowid LIMIT 1"
                );
                let found =
                    tx.prepare_cached(&sql)?.query_row(params![channel, now.as_millisecond()], delivery).optional()?;
                let Some(delivery) = found else { return Ok(None) };
                match members(tx, &delivery, &shape)? {
                    Ok((notices, tally)) => {
                        tx.execute("UPDATE delivery SET closed = 1 WHERE id = ?1 AND closed = 0", [&delivery.id])?;
                        return Ok(Some(Due { delivery, notices, tally }));
                    }
                    // One that nobody can read must not stand in the way of the others.
                    Err(error) => {
                        let sql =
                            "UPDATE delivery SET state = 'dead', closed = 1, last_error = ?2, done = ?3 WHERE id = ?1";
                        let error = format!("a stored notice cannot be read: {error}");
                        tx.execute(sql, params![delivery.id, error, now.as_millisecond()])?;
                    }
                }
            }
        })
        .await
    }
}

/// Makes one digest of what waits, if that is too much. Its id comes from the first delivery in it, which is in no other.
fn gather(tx: &Transaction<'_>, channel: &str, free: u32, shape: &Shape, now: i64) -> Result<(), rusqlite::Error> {
    // What was tried has its content fixed. A file cannot be counted, so what has one goes by itself.
    let sql = "SELECT id, notices FROM delivery
               WHERE state = 'pending' AND channel = ?1 AND next_try <= ?2 AND closed = 0 AND attempts = 0 AND NOT EXISTS (
                   SELECT 1 FROM member JOIN attachment ON attachment.notice = member.notice WHERE member.delivery = delivery.id)
               ORDER BY severity DESC, opened, rowid";
    let pair = |row: &Row<'_>| Ok((row.get::<_, String>(0)?, row.get::<_, i64>(1)?));
    let waiting: Vec<_> = tx.prepare_cached(sql)?.query_map(params![channel, now], pair)?.collect::<Result<_, _>>()?;
    let too_many = waiting.len() > free as usize || (shape.for_people && waiting.len() > shape.digest_over);
    // Programs get all of it, so that what one message holds must be bounded.
    let most = if shape.for_people { i64::MAX } else { MAX_NOTICES };
    let mut room = most;
    let chosen: Vec<_> = waiting
        .into_iter()
        .take_while(|(_, notices)| {
            room = room.saturating_sub(*notices);
            room >= 0
        })
        .collect();
    if !too_many || chosen.len() < 2 {
        return Ok(());
    }
    let digest = identity::digest(channel, &chosen[0].0);
    let sql = "INSERT INTO delivery (id, channel, group_key, severity, state, closed, opened, next_try, gathers)
               VALUES (?1, ?2, ?3, 0, 'pending', 1, ?4, ?4, ?5)";
    tx.execute(sql, params![digest, channel, DIGEST, now, chosen.len() as i64])?;
    let mut position = 0;
    for (id, notices) in &chosen {
        let sql = "UPDATE member SET delivery = ?1, position = position + ?2 WHERE delivery = ?3";
        tx.prepare_cached(sql)?.execute(params![digest, position, id])?;
        position += notices;
        let sql = "UPDATE delivery SET state = 'digested', closed = 1, done = ?2, digest = ?3 WHERE id = ?1";
        tx.prepare_cached(sql)?.execute(params![id, now, digest])?;
    }
    let sql = "UPDATE delivery SET notices = ?2, (severity, opened) =
                   (SELECT max(severity), min(opened) FROM delivery AS one WHERE one.digest = ?1) WHERE id = ?1";
    tx.execute(sql, params![digest, position])?;
    Ok(())
}

type Members = Result<(Vec<Notice>, Option<Tally>), serde_json::Error>;

/// The notices of a delivery in their order (of one that is too much to list, the gravest), or why one of them cannot be read.
fn members(tx: &Transaction<'_>, delivery: &Delivery, shape: &Shape) -> Result<Members, rusqlite::Error> {
    let digest = delivery.gathers > 0 || delivery.notices as usize > shape.digest_over;
    let mut tally = (shape.for_people && digest).then(|| Tally::new(&shape.digest_by, shape.rows));
    let sql = "SELECT coalesce(notice.body, '') FROM member JOIN notice ON notice.id = member.notice
               WHERE member.delivery = ?1 ORDER BY member.position";
    let mut statement = tx.prepare_cached(sql)?;
    let mut rows = statement.query([&delivery.id])?;
    let mut notices = Vec::new();
    while let Some(row) = rows.next()? {
        match (serde_json::from_str::<Notice>(&row.get::<_, String>(0)?), &mut tally) {
            (Ok(notice), Some(tally)) => tally.add(notice),
            (Ok(notice), None) => notices.push(notice),
            (Err(error), _) => return Ok(Err(error)),
        }
    }
    if let Some(tally) = &mut tally {
        notices = tally.take_worst();
    }
    for notice in &mut notices {
        notice.attachments = attachments(tx, &notice.id)?;
    }
    Ok(Ok((notices, tally)))
}

fn attachments(tx: &Transaction<'_>, notice: &str) -> Result<Vec<Attachment>, rusqlite::Error> {
    let sql = "SELECT name, mime, bytes FROM attachment WHERE notice = ?1 ORDER BY position";
    let file = |row: &Row<'_>| Ok(Attachment { name: row.get(0)?, mime: row.get(1)?, bytes: row.get(2)? });
    tx.prepare_cached(sql)?.query_map([notice], file)?.collect()
}
