//! What a digest's signature is over, and whether it fits: RSA PKCS #1 v1.5 with SHA-256.

use aws_lc_rs::signature::{ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256};
use jiff::{SignedDuration, Timestamp};

use crate::content::{self, FileHash};
use crate::digest::{Digest, DigestFile};
use crate::keys::PublicKey;

/// A digest is signed at its end or soon after it; the AWS CLI, too, asks for the keys of two hours more.
const AFTER_END: SignedDuration = SignedDuration::from_hours(2);
/// A backfill digest is signed when it is made, give or take.
const AROUND_BACKFILL: SignedDuration = SignedDuration::from_hours(1);

/// What CloudTrail signs. A first digest has the word `null` for the signature before it.
pub fn string_to_sign(digest: &Digest, hash: &FileHash) -> String {
    let previous = digest.previous_signature.as_deref().unwrap_or("null");
    format!("{}\n{}/{}\n{hash}\n{previous}", digest.end_text, digest.bucket, digest.key)
}

/// How a signature looks to a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fit {
    /// It is this key's signature of the digest.
    Good,
    /// It is not.
    Bad,
    /// The key cannot be read.
    KeyUnusable,
}

/// Whether a key made this signature (in hex) of the digest.
pub(crate) fn verify(key: &PublicKey, digest: &Digest, hash: &FileHash, signature: &str) -> Fit {
    // Takes PKCS #1, and the form with an X.509 header, too.
    let Ok(parsed) = ParsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, &key.der) else { return Fit::KeyUnusable };
    let Some(signature) = content::unhex(signature) else { return Fit::Bad };
    match parsed.verify_sig(string_to_sign(digest, hash).as_bytes(), &signature) {
        Ok(()) => Fit::Good,
        Err(_) => Fit::Bad,
    }
}

/// Whether CloudTrail signed with this key when it signed the digest.
pub(crate) fn in_time(key: &PublicKey, file: &DigestFile, digest: &Digest, backfill: bool) -> bool {
    let overlaps = |from: Timestamp, until: Timestamp| key.from <= until && from <= key.until;
    match (backfill, file.metadata.backfill_made) {
        (true, Some(made)) => overlaps(made - AROUND_BACKFILL, made + AROUND_BACKFILL),
        // When it was made is lost: some time after its end.
        (true, None) => digest.end <= key.until,
        (false, _) => overlaps(digest.end, digest.end + AFTER_END),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::forge::{Plan, Signer};

    #[track_caller]
    fn check(key: (&str, &str), backfill: bool, made: Option<&str>, expected: bool) {
        let at = |text: &str| text.parse::<Timestamp>().expect("a time");
        let signer = Signer::new("eu-west-1", at("2026-01-01T00:00:00Z"), at("2027-01-01T00:00:00Z"));
        let forged = Plan { hours: 1, ..Plan::new(at("2026-03-01T11:00:00Z")) }.forge(std::slice::from_ref(&signer));
        let mut file = forged.digest_files().remove(0);
        file.metadata.backfill_made = made.map(at);
        let digest = file.digest.clone().expect("a digest");
        let key = PublicKey { from: at(key.0), until: at(key.1), ..signer.key };
        assert_eq!(in_time(&key, &file, &digest, backfill), expected);
    }

    #[test]
    fn keys_have_their_time() {
        // The digest ends at noon.
        check(("2026-03-01T00:00:00Z", "2026-04-01T00:00:00Z"), false, None, true);
        check(("2026-03-01T13:59:00Z", "2026-04-01T00:00:00Z"), false, None, true);
        check(("2026-03-01T14:01:00Z", "2026-04-01T00:00:00Z"), false, None, false);
        check(("2026-01-01T00:00:00Z", "2026-03-01T12:00:00Z"), false, None, true);
        check(("2026-01-01T00:00:00Z", "2026-03-01T11:59:59Z"), false, None, false);
        check(("2026-05-01T00:00:00Z", "2026-06-01T00:00:00Z"), true, Some("2026-05-20T00:00:00Z"), true);
        check(("2026-05-01T00:00:00Z", "2026-06-01T00:00:00Z"), true, Some("2026-04-20T00:00:00Z"), false);
        check(("2026-05-01T00:00:00Z", "2026-06-01T00:00:00Z"), true, None, true);
        check(("2026-01-01T00:00:00Z", "2026-02-01T00:00:00Z"), true, None, false);
    }

    #[test]
    fn the_string_is_what_aws_signs() {
        let text = br#"{"awsAccountId": "1", "digestStartTime": "2026-03-01T11:00:00Z", "digestEndTime": "2026-03-01T12:00:00Z",
            "digestS3Bucket": "b", "digestS3Object": "k/x", "digestPublicKeyFingerprint": "f",
            "digestSignatureAlgorithm": "SHA256withRSA", "previousDigestSignature": null, "logFiles": []}"#;
        let mut digest = Digest::parse(text).expect("a digest");
        let hash = FileHash::of(b"abc");
        assert_eq!(string_to_sign(&digest, &hash), format!("2026-03-01T12:00:00Z\nb/k/x\n{hash}\nnull"));
        digest.previous_signature = Some("0aff".to_owned());
        assert_eq!(string_to_sign(&digest, &hash), format!("2026-03-01T12:00:00Z\nb/k/x\n{hash}\n0aff"));
    }
}
