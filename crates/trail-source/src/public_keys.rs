//! The public keys with which CloudTrail's digests are checked, asked of CloudTrail. Needs `cloudtrail:ListPublicKeys`.

use aws_sdk_cloudtrail::Client;
use aws_sdk_cloudtrail::primitives::DateTime;
use aws_sdk_cloudtrail::types::PublicKey;
use jiff::Timestamp;

use crate::aws::AwsConfig;
use crate::error::SourceError;
use crate::sdk_error::{Doing, from_sdk};

const CALL: &str = "cloudtrail:ListPublicKeys";
/// Pages that are asked for at most: keys change a few times a year.
const MOST_PAGES: usize = 100;

/// A key with which CloudTrail signed digests in one region.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SigningKey {
    /// The region.
    pub region: String,
    /// Its fingerprint, by which digests name it.
    pub fingerprint: String,
    /// The key in DER, PKCS #1.
    pub der: Vec<u8>,
    /// When CloudTrail began to sign with it.
    pub from: Timestamp,
    /// When it stopped.
    pub until: Timestamp,
}

/// The keys with which CloudTrail signed digests in this region between two times. Each region has keys of its own.
pub async fn signing_keys(
    aws: &AwsConfig,
    region: &str,
    from: Timestamp,
    until: Timestamp,
) -> Result<Vec<SigningKey>, SourceError> {
    let aws = AwsConfig { region: Some(region.to_owned()), ..aws.clone() };
    let client = Client::new(&aws.load().await?);
    let mut keys = Vec::new();
    let mut token = None;
    for _ in 0..MOST_PAGES {
        let time = |at: Timestamp| DateTime::from_secs(at.as_second());
        let page = client.list_public_keys().start_time(time(from)).end_time(time(until)).set_next_token(token);
        let page = page.send().await.map_err(|error| from_sdk(&Doing::Iam { call: CALL }, &error))?;
        keys.extend(page.public_key_list().iter().filter_map(|key| signing_key(region, key)));
        token = page.next_token().map(str::to_owned);
        if token.is_none() {
            return Ok(keys);
        }
    }
    Err(SourceError::Iam { call: CALL, reason: format!("the answer has more than {MOST_PAGES} pages") })
}

/// None where a part of it is missing: it could verify nothing.
fn signing_key(region: &str, key: &PublicKey) -> Option<SigningKey> {
    Some(SigningKey {
        region: region.to_owned(),
        fingerprint: key.fingerprint()?.to_owned(),
        der: key.value()?.as_ref().to_vec(),
        from: timestamp(key.validity_start_time()?)?,
        until: timestamp(key.validity_end_time()?)?,
    })
}

fn timestamp(at: &DateTime) -> Option<Timestamp> {
    Timestamp::new(at.secs(), i32::try_from(at.subsec_nanos()).ok()?).ok()
}
