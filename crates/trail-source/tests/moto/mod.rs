//! How tests reach the moto server of the test command, whose URL is in `TRAILWARDEN_TEST_AWS`.

use trail_source::AwsConfig;

/// The server's settings, with buckets in paths.
#[expect(clippy::disallowed_methods, reason = "the test command tells where its servers are")]
pub(crate) fn aws() -> AwsConfig {
    let endpoint = std::env::var("TRAILWARDEN_TEST_AWS").expect("start through `cargo xtask test`");
    AwsConfig {
        endpoint_url: Some(endpoint),
        region: Some("us-east-1".to_owned()),
        path_style: true,
        ..AwsConfig::default()
    }
}
