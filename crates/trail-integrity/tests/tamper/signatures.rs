//! Digests signed with other keys, signatures that are lost, keys that are not CloudTrail's or not of the time.

use serde_json::json;
use trail_integrity::{PublicKey, PublicKeys, Severity};

use super::{HOURS, ROTATION, SIGNERS, World, check, hour};

#[test]
fn a_digest_signed_with_another_key() {
    let [_, known, stranger] = &*SIGNERS;
    // The content is as it was, which the newer digest proves, and so the log files are good.
    for signer in [stranger, known] {
        check(|world| world.digest(300).sign(signer), &["digest-resigned d300"], &["!d300"]);
    }
    // The digest names the key that it is signed with.
    let name = |world: &mut World, number: usize| {
        let digest = world.digest(number);
        digest.fields().insert("digestPublicKeyFingerprint".to_owned(), json!(stranger.key.fingerprint));
        digest.sign(stranger);
    };
    let logs = |number: usize| (0..3).map(move |at| format!("?l{number}.{at}"));
    for number in [300, 719] {
        let verdicts: Vec<String> = std::iter::once(format!("!d{number}")).chain(logs(number)).collect();
        let verdicts: Vec<&str> = verdicts.iter().map(String::as_str).collect();
        check(|world| name(world, number), &[&format!("digest-resigned d{number}")], &verdicts);
    }
    // Of keys without a region nobody knows whether they are all.
    let without_region = |world: &mut World| {
        name(world, 719);
        let keys: Vec<PublicKey> = world.forged.keys.iter().cloned().collect();
        keys.into_iter().for_each(|key| world.forged.keys.add(PublicKey { region: None, ..key }));
    };
    check(without_region, &["key-unknown d719"], &["?d719", "?l719.0", "?l719.1", "?l719.2"]);
}

#[test]
fn metadata_lost() {
    let report = check(|world| world.digest(300).metadata.clear(), &["signature-lost d300"], &[]);
    assert_eq!(report.worst(), Some(Severity::Low), "the newer digest proves it");
    let report = check(
        |world| world.digest(719).metadata.clear(),
        &["signature-lost d719"],
        &["?d719", "?l719.0", "?l719.1", "?l719.2"],
    );
    assert_eq!(report.worst(), Some(Severity::High), "nothing else proves it");
    check(
        |world| (0..HOURS as usize).for_each(|number| world.digest(number).metadata.clear()),
        &["signature-lost d719 x720"],
        &["?d719", "?l719.0", "?l719.1", "?l719.2"],
    );
    // The digest before it is gone, and so is what repeats its signature.
    check(
        |world| {
            world.digest(299).metadata.clear();
            world.forged.digests.remove(300);
        },
        &["digest-missing d300", "signature-lost d299"],
        &["!d300", "?d299", "?l299.0", "?l299.1", "?l299.2", "?l300.0", "?l300.1", "?l300.2"],
    );
}

#[test]
fn a_key_outside_its_time() {
    let later = |hours: i32| {
        move |world: &mut World| {
            let key = PublicKey { from: hour(ROTATION + hours), ..SIGNERS[1].key.clone() };
            world.forged.keys.add(key);
        }
    };
    // A digest is signed up to two hours after its end.
    check(later(2), &[], &[]);
    check(later(6), &["key-outside-time d362 x3"], &["!d360", "!d361", "!d362"]);
    let ended = |world: &mut World| {
        let key = PublicKey { until: hour(718), ..SIGNERS[1].key.clone() };
        world.forged.keys.add(key);
    };
    check(
        ended,
        &["key-outside-time d719 x2"],
        &["!d718", "!d719", "?l718.0", "?l718.1", "?l718.2", "?l719.0", "?l719.1", "?l719.2"],
    );
}

#[test]
fn keys_that_are_not_there_or_not_usable() {
    let none = |world: &mut World| {
        world.forged.keys = PublicKeys::default();
        world.forged.digests.drain(2..);
        world.forged.log_files.clear();
        world.to = None;
    };
    check(none, &["key-unknown d1 x2"], &["?d0", "?d1", "?l0.0", "?l0.1", "?l0.2", "?l1.0", "?l1.1", "?l1.2"]);
    // Without the older key, the newer digests still prove the older ones.
    check(
        |world| {
            world.forged.keys = PublicKeys::default();
            world.forged.keys.add(SIGNERS[1].key.clone());
        },
        &["key-unknown d359 x360"],
        &[],
    );
    check(
        |world| {
            world.forged.keys.add(PublicKey { der: vec![1, 2, 3], ..SIGNERS[1].key.clone() });
            world.forged.digests.drain(..719);
            world.from = None;
        },
        &["key-unusable d719"],
        &["?d719", "?l719.0", "?l719.1", "?l719.2"],
    );
    check(|world| world.forged.keys.add(PublicKey { der: SIGNERS[1].x509(), ..SIGNERS[1].key.clone() }), &[], &[]);
}
