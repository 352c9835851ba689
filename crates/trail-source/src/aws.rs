//! How to reach AWS: the settings that every AWS client of a source shares, and the clients made from them.

use std::time::Duration;

use aws_config::environment::EnvironmentVariableRegionProvider;
use aws_config::meta::region::RegionProviderChain;
use aws_config::profile::{ProfileFileCredentialsProvider, ProfileFileRegionProvider};
use aws_config::provider_config::ProviderConfig;
use aws_config::retry::RetryConfig;
use aws_config::stalled_stream_protection::StalledStreamProtectionConfig;
use aws_config::sts::AssumeRoleProvider;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_sdk_s3::config::SharedCredentialsProvider;
use serde::{Deserialize, Serialize};

use crate::error::SourceError;

/// The region that stands in where an endpoint is named and a region is not: servers that are not AWS do not care, but every
/// signature needs one.
const ENDPOINT_REGION: &str = "us-east-1";
const SESSION_NAME: &str = "trailwarden";

/// Connections to AWS, or to a server that speaks its protocols. What is not set comes from the AWS SDK's usual places:
/// environment, profile files, container and instance roles. A private certificate authority is named by `SSL_CERT_FILE`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct AwsConfig {
    /// The URL of a server to speak to instead of AWS.
    pub endpoint_url: Option<String>,
    /// The region; for S3 the bucket's.
    pub region: Option<String>,
    /// A profile of the AWS configuration files.
    pub profile: Option<String>,
    /// A role to assume with the credentials found.
    pub role_arn: Option<String>,
    /// The external id that the role's trust policy asks for.
    pub external_id: Option<String>,
    /// The session name under which the role's use is logged; `trailwarden` by default.
    pub session_name: Option<String>,
    /// Put the bucket into the path of S3 URLs, not into the host name: many servers that are not AWS need it.
    pub path_style: bool,
}

impl AwsConfig {
    /// Checks the settings, and loads what the AWS SDK needs. Asks no server except, where no region is set and no endpoint is
    /// named, the instance's own metadata.
    pub async fn load(&self) -> Result<SdkConfig, SourceError> {
        self.check()?;
        let mut loader = aws_config::defaults(BehaviorVersion::latest())
            .timeout_config(timeouts())
            .retry_config(RetryConfig::standard().with_max_attempts(5))
            .stalled_stream_protection(
                StalledStreamProtectionConfig::enabled().grace_period(Duration::from_secs(20)).build(),
            );
        if let Some(profile) = &self.profile {
            loader = loader.profile_name(profile);
        }
        if let Some(region) = &self.region {
            loader = loader.region(Region::new(region.clone()));
        } else if self.endpoint_url.is_some() {
            loader = loader.region(self.region_beside_endpoint());
        }
        if let Some(url) = &self.endpoint_url {
            loader = loader.endpoint_url(url);
        }
        let sdk = loader.load().await;
        if sdk.region().is_none() {
            return Err(SourceError::setting(
                "region",
                "",
                "none is configured: set `region`, AWS_REGION, or a profile that has one",
            ));
        }
        let sdk = self.with_profile(sdk);
        let Some(role) = &self.role_arn else { return Ok(sdk) };
        let mut assume = AssumeRoleProvider::builder(role)
            .session_name(self.session_name.as_deref().unwrap_or(SESSION_NAME))
            .configure(&sdk);
        if let Some(id) = &self.external_id {
            assume = assume.external_id(id);
        }
        let provider = SharedCredentialsProvider::new(assume.build().await);
        Ok(sdk.into_builder().credentials_provider(provider).build())
    }

    /// A client for S3.
    pub async fn s3(&self) -> Result<aws_sdk_s3::Client, SourceError> {
        let config = aws_sdk_s3::config::Builder::from(&self.load().await?).force_path_style(self.path_style).build();
        Ok(aws_sdk_s3::Client::from_conf(config))
    }

    /// Checks what can be checked without asking anyone.
    pub(crate) fn check(&self) -> Result<(), SourceError> {
        if let Some(url) = &self.endpoint_url
            && !["http://", "https://"]
                .iter()
                .any(|scheme| url.strip_prefix(scheme).is_some_and(|host| !host.is_empty()))
        {
            return Err(SourceError::setting("endpoint_url", url, "write a URL such as `http://127.0.0.1:9000`"));
        }
        if let Some(role) = &self.role_arn
            && !(role.starts_with("arn:") && role.contains(":role/"))
        {
            return Err(SourceError::setting(
                "role_arn",
                role,
                "write an ARN such as `arn:aws:iam::123456789012:role/audit`",
            ));
        }
        if self.role_arn.is_none() {
            for (name, value) in [("external_id", &self.external_id), ("session_name", &self.session_name)] {
                if let Some(value) = value {
                    return Err(SourceError::setting(name, value, "it has a meaning only beside a `role_arn`"));
                }
            }
        }
        Ok(())
    }

    /// The credentials of a profile that is named, even where the environment holds others: who names one means it. The SDK's
    /// own order has the environment first.
    fn with_profile(&self, sdk: SdkConfig) -> SdkConfig {
        let Some(profile) = &self.profile else { return sdk };
        let provider = ProfileFileCredentialsProvider::builder()
            .configure(&ProviderConfig::without_region().with_region(sdk.region().cloned()))
            .profile_name(profile)
            .build();
        sdk.into_builder().credentials_provider(SharedCredentialsProvider::new(provider)).build()
    }

    fn region_beside_endpoint(&self) -> RegionProviderChain {
        let mut profile = ProfileFileRegionProvider::builder();
        if let Some(name) = &self.profile {
            profile = profile.profile_name(name);
        }
        RegionProviderChain::first_try(EnvironmentVariableRegionProvider::new())
            .or_else(profile.build())
            .or_else(Region::from_static(ENDPOINT_REGION))
    }
}

/// The time limits of every call, retries included in the last one. Bodies have limits of their own.
pub(crate) fn timeouts() -> TimeoutConfig {
    TimeoutConfig::builder()
        .connect_timeout(Duration::from_secs(5))
        .read_timeout(Duration::from_secs(30))
        .operation_attempt_timeout(Duration::from_secs(60))
        .operation_timeout(Duration::from_secs(180))
        .build()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(toml: &str, expected: &str) {
        let shown = match toml::from_str::<AwsConfig>(toml) {
            Ok(config) => config.check().map_or_else(|error| error.to_string(), |()| "good".to_owned()),
            Err(error) => error.message().to_owned(),
        };
        assert!(shown.starts_with(expected), "{shown}");
    }

    #[test]
    fn settings_are_checked() {
        check("", "good");
        check("endpoint_url = 'http://127.0.0.1:9000'\npath_style = true\nregion = 'eu-west-1'", "good");
        check("endpoint_url = '127.0.0.1:9000'", "`127.0.0.1:9000` is not a valid `endpoint_url`: write a URL");
        check("endpoint = 'http://x'", "unknown field `endpoint`, expected");
        check("role_arn = 'audit'", "`audit` is not a valid `role_arn`: write an ARN");
        check("external_id = 'x'", "`x` is not a valid `external_id`: it has a meaning only beside a `role_arn`");
        check("role_arn = 'arn:aws:iam::123456789012:role/audit'\nexternal_id = 'x'", "good");
    }
}
