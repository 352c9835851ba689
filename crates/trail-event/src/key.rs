//! The key that tells one event from another, so that each is kept once however often it is delivered.

use arrow::array::{Array, AsArray, RecordBatch, StringViewArray};
use arrow::datatypes::Int32Type;
use sha2::{Digest, Sha256};

/// Odd, so that multiplying by it loses nothing; spreads account numbers over all bits.
const SPREAD: u128 = 0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835;

/// The deduplication key of each row: recipient account and event id, or where either is missing the object and the
/// record's number in it. Stable from run to run and from version to version.
///
/// An event id is a UUID and stands for itself; all else is hashed with SHA-256. Needs the columns `recipientaccountid`,
/// `eventid`, `_object` and `_record` of [`crate::schema`]; a batch without them is a fault of the caller and panics.
pub fn keys(batch: &RecordBatch) -> Vec<u128> {
    let text = |name: &str| -> &StringViewArray {
        batch.column_by_name(name).expect("the batch has the columns of a key").as_string_view()
    };
    let (accounts, events, objects) = (text("recipientaccountid"), text("eventid"), text("_object"));
    let numbers = batch.column_by_name("_record").expect("the batch has `_record`").as_primitive::<Int32Type>();
    (0..batch.num_rows())
        .map(|row| {
            let account = if accounts.is_valid(row) { accounts.value(row) } else { "" };
            let event = if events.is_valid(row) { events.value(row) } else { "" };
            let object = if objects.is_valid(row) { objects.value(row) } else { "" };
            key(account, event, object, numbers.value(row))
        })
        .collect()
}

/// The key of one event, see [`keys`].
pub fn key(account: &str, event: &str, object: &str, record: i32) -> u128 {
    if account.is_empty() || event.is_empty() {
        return hash(b"record", object, &record.to_string());
    }
    match (uuid(event.as_bytes()), account.parse::<u64>()) {
        (Some(id), Ok(account)) => id.wrapping_add(u128::from(account).wrapping_mul(SPREAD)),
        _ => hash(b"event", account, event),
    }
}

fn hash(kind: &[u8], one: &str, other: &str) -> u128 {
    let digest = Sha256::new_with_prefix(kind)
        .chain_update((one.len() as u64).to_le_bytes())
        .chain_update(one)
        .chain_update(other)
        .finalize();
    u128::from_le_bytes(*digest.first_chunk().expect("SHA-256 has 32 bytes"))
}

/// The 128 bits of a UUID in its usual form, of either case.
fn uuid(text: &[u8]) -> Option<u128> {
    if text.len() != 36 || [8, 13, 18, 23].iter().any(|&at| text[at] != b'-') {
        return None;
    }
    text.iter()
        .filter(|&&byte| byte != b'-')
        .try_fold((0_u128, 0), |(value, count), &byte| {
            Some((value << 4 | u128::from(char::from(byte).to_digit(16)?), count + 1))
        })
        .filter(|&(_, count)| count == 32)
        .map(|(value, _)| value)
}

#[cfg(test)]
mod tests {
    use super::key;

    const ID: &str = "1b9d6bcd-bbfd-4b2d-9b5d-ab8dfbbd4bed";

    #[test]
    fn equal_and_distinct() {
        assert_eq!(key("111122223333", ID, "a", 1), key("111122223333", &ID.to_uppercase(), "b", 2));
        let distinct = [
            key("111122223333", ID, "a", 1),
            key("111122223334", ID, "a", 1),
            key("111122223333", "1", "a", 1),
            key("11112222333", "31", "a", 1),
            key("", ID, "a", 1),
            key("", ID, "a", 2),
            key("", "", "b", 1),
            key("111122223333", "1b9d6bcd-bbfd-4b2d-9b5d-ab8dfbbd4be-", "a", 1),
        ];
        for (at, one) in distinct.iter().enumerate() {
            assert!(!distinct[at + 1..].contains(one), "{at}");
        }
    }
}
