//! How to reach AWS, from flags and environment, for log sources and for lakes on S3.

use std::sync::Arc;

use anyhow::Context as _;
use async_trait::async_trait;
use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider};
use object_store::CredentialProvider;
use object_store::aws::AwsCredential;
use trail_source::AwsConfig;

/// Settings of S3 and the other AWS services.
#[derive(Debug, Clone, Default, clap::Args)]
#[command(next_help_heading = "AWS")]
pub(crate) struct AwsArgs {
    /// Another endpoint than AWS's own
    #[arg(long, value_name = "URL", env = "AWS_ENDPOINT_URL")]
    pub endpoint_url: Option<String>,
    /// The region
    #[arg(long, env = "AWS_REGION")]
    pub region: Option<String>,
    /// A profile of the AWS config files
    #[arg(long, env = "AWS_PROFILE")]
    pub profile: Option<String>,
    /// A role to assume first
    #[arg(long, value_name = "ARN", env = "TRAILWARDEN_ROLE_ARN")]
    pub role_arn: Option<String>,
    /// Name the bucket in the path, as other S3 servers want it
    #[arg(long, env = "TRAILWARDEN_PATH_STYLE")]
    pub path_style: bool,
}

impl AwsArgs {
    /// The same as the libraries take it.
    pub(crate) fn config(&self) -> AwsConfig {
        AwsConfig {
            endpoint_url: self.endpoint_url.clone(),
            region: self.region.clone(),
            profile: self.profile.clone(),
            role_arn: self.role_arn.clone(),
            path_style: self.path_style,
            ..AwsConfig::default()
        }
    }
}

/// The lake's own settings of S3, completed by the credentials that the AWS SDK finds: profiles, sign-in sessions, roles.
pub(crate) async fn lake_on_s3(mut lake: trail_lake::Config, aws: &AwsConfig) -> anyhow::Result<trail_lake::Config> {
    let loaded = aws.load().await?;
    let s3 = &mut lake.s3;
    // What the SDK finds by itself (AWS_ENDPOINT_URL, the profile) leads sources and lake to the same place.
    let endpoint = || aws.endpoint_url.clone().or_else(|| loaded.endpoint_url().map(str::to_owned));
    s3.endpoint_url = s3.endpoint_url.take().or_else(endpoint);
    s3.region = s3.region.take().or_else(|| loaded.region().map(ToString::to_string));
    s3.path_style |= aws.path_style;
    let provider =
        loaded.credentials_provider().context("no AWS credentials are configured (set a profile, a role or keys)")?;
    s3.credentials = Some(Arc::new(Credentials(provider)));
    Ok(lake)
}

/// The SDK's credentials as the lake's store asks for them. The SDK caches and renews them.
#[derive(Debug)]
struct Credentials(SharedCredentialsProvider);

#[async_trait]
impl CredentialProvider for Credentials {
    type Credential = AwsCredential;

    async fn get_credential(&self) -> object_store::Result<Arc<AwsCredential>> {
        let found = self
            .0
            .provide_credentials()
            .await
            .map_err(|source| object_store::Error::Generic { store: "S3", source: Box::new(source) })?;
        Ok(Arc::new(AwsCredential {
            key_id: found.access_key_id().to_owned(),
            secret_key: found.secret_access_key().to_owned(),
            token: found.session_token().map(str::to_owned),
        }))
    }
}
