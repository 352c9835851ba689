//! Findings imported into AWS Security Hub, by its call `BatchImportFindings`.
//!
//! The call is signed and posted here: the SDK's crate for Security Hub costs more to build than the rest of this one, for one call.
//! Limits are those of the API reference: 100 findings a call, 240 KB each. With the product ARN that every account has, findings must
//! bear the account that imports them; the account that they are about stays in their resources.

use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use aws_config::SdkConfig;
use aws_credential_types::provider::ProvideCredentials;
use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::http::{Post, Poster};
use super::{Channel, Format, OpenError, SendError, SendErrorKind, Shared};
use crate::clean;
use crate::config::Problems;
use crate::rate::Rate;
use crate::render::Parcel;
use crate::wait;

const FINDINGS: usize = 100;
const FINDING_BYTES: usize = 240_000;
/// Well below what the API takes in one call.
const CALL_BYTES: usize = 4 * 1024 * 1024;

/// Settings of a channel of kind `securityhub`. Credentials come from the AWS settings of the program.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SecurityHubConfig {
    /// The region whose hub gets the findings.
    pub region: String,
    /// The account that the credentials are of.
    pub account: String,
    /// The ARN of the product, if it is not the one that every account has.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub product_arn: Option<String>,
    /// Another endpoint than AWS's own, such as a VPC endpoint.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub endpoint_url: Option<String>,
    /// The longest time for one delivery.
    #[serde(default = "default_limit", with = "wait")]
    pub time_limit: Duration,
    /// How many deliveries go out in a time, such as `30/1m`.
    #[serde(default = "Rate::none")]
    pub rate: Rate,
}

fn default_limit() -> Duration {
    Duration::from_secs(60)
}

impl SecurityHubConfig {
    pub(crate) fn check(&self, key: &str, found: &mut Problems) {
        let mut add = |part: &str, text: String| found.add(&format!("{key}.{part}"), text);
        let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
        if self.region.is_empty() || !self.region.bytes().all(plain) {
            add("region", format!("is no region: `{}`", clean::line(&self.region, 60)));
        }
        if self.account.len() != 12 || !self.account.bytes().all(|b| b.is_ascii_digit()) {
            add("account", format!("is no account of 12 digits: `{}`", clean::line(&self.account, 60)));
        }
        if self.product_arn.as_ref().is_some_and(|arn| !arn.contains(":product/")) {
            add(
                "product_arn",
                "is no product (write `arn:aws:securityhub:<region>:<account>:product/<company>/<name>`)".to_owned(),
            );
        }
        if self.endpoint_url.as_ref().is_some_and(|url| !url.starts_with("https://") && !url.starts_with("http://")) {
            add("endpoint_url", "is no URL (begin it with `https://`)".to_owned());
        }
        if self.time_limit.is_zero() {
            add("time_limit", "is 0 (use `60s`)".to_owned());
        }
    }

    fn product_arn(&self) -> String {
        let (region, account) = (&self.region, &self.account);
        let ours = || format!("arn:{}:securityhub:{region}:{account}:product/{account}/default", partition(region));
        self.product_arn.clone().unwrap_or_else(ours)
    }
}

fn partition(region: &str) -> &'static str {
    match region {
        cn if cn.starts_with("cn-") => "aws-cn",
        gov if gov.starts_with("us-gov-") => "aws-us-gov",
        _ => "aws",
    }
}

pub(crate) struct SecurityHub {
    aws: SdkConfig,
    url: String,
    product_arn: String,
    config: SecurityHubConfig,
    poster: Poster,
}

impl SecurityHub {
    pub(crate) fn open(config: &SecurityHubConfig, wiring: &Shared) -> Result<Self, OpenError> {
        let aws = wiring.aws.clone();
        let aws = aws.ok_or_else(|| OpenError::new("kind", "is `securityhub`, but no AWS settings were loaded"))?;
        let suffix = if partition(&config.region) == "aws-cn" { "amazonaws.com.cn" } else { "amazonaws.com" };
        let usual = format!("https://securityhub.{}.{suffix}", config.region);
        let endpoint = config.endpoint_url.as_deref().or_else(|| aws.endpoint_url()).unwrap_or(&usual);
        let url = format!("{}/findings/import", endpoint.trim_end_matches('/'));
        let poster = Poster::open(None)?;
        Ok(Self { url, product_arn: config.product_arn(), config: config.clone(), poster, aws })
    }

    /// The bodies of the calls that a delivery takes.
    fn calls(&self, parcel: &Parcel) -> Result<Vec<String>, SendError> {
        let mut findings = Vec::new();
        for value in parcel.values_in(Format::Asff) {
            let broken = |error: serde_json::Error| SendError::new(SendErrorKind::Permanent, error.to_string());
            let mut finding: Value = serde_json::from_str(&value).map_err(broken)?;
            finding["AwsAccountId"] = Value::from(self.config.account.as_str());
            finding["ProductArn"] = Value::from(self.product_arn.as_str());
            let text = clean::json(&finding.to_string());
            if text.len() > FINDING_BYTES {
                let text = format!("a finding takes {} bytes, and Security Hub at most {FINDING_BYTES}", text.len());
                return Err(SendError::new(SendErrorKind::Permanent, text));
            }
            findings.push(text);
        }
        let mut calls: Vec<Vec<String>> = Vec::new();
        let mut bytes = 0;
        for finding in findings {
            bytes += finding.len();
            match calls.last_mut() {
                Some(call) if call.len() < FINDINGS && bytes <= CALL_BYTES => call.push(finding),
                _ => {
                    bytes = finding.len();
                    calls.push(vec![finding]);
                }
            }
        }
        Ok(calls.into_iter().map(|call| format!("{{\"Findings\":[{}]}}", call.join(","))).collect())
    }

    async fn headers(&self, body: &str, now: SystemTime) -> Result<Vec<(String, String)>, SendError> {
        let down = |text: String| SendError::new(SendErrorKind::Down, clean::line(&text, 300));
        let provider = self.aws.credentials_provider();
        let provider = provider.ok_or_else(|| down("no AWS credentials are configured".to_owned()))?;
        let found = provider.provide_credentials().await;
        let identity = found.map_err(|error| down(format!("no AWS credentials: {error}")))?.into();
        let parameters = v4::SigningParams::builder()
            .identity(&identity)
            .region(&self.config.region)
            .name("securityhub")
            .time(now)
            .settings(SigningSettings::default())
            .build()
            .map_err(|error| down(error.to_string()))?
            .into();
        let content_type = ("content-type", "application/json");
        let request = SignableRequest::new(
            "POST",
            self.url.as_str(),
            [content_type].into_iter(),
            SignableBody::Bytes(body.as_bytes()),
        );
        let signed = request.and_then(|request| sign(request, &parameters)).map_err(|error| down(error.to_string()))?;
        let (instructions, _) = signed.into_parts();
        let headers = instructions.headers().chain([content_type]);
        Ok(headers.map(|(name, value)| (name.to_owned(), value.to_owned())).collect())
    }
}

#[async_trait]
impl Channel for SecurityHub {
    fn time_limit(&self) -> Duration {
        self.config.time_limit
    }

    fn rate(&self) -> Rate {
        self.config.rate
    }

    fn for_people(&self) -> bool {
        false
    }

    async fn send(&self, parcel: &Parcel) -> Result<(), SendError> {
        for body in self.calls(parcel)? {
            let headers = self.headers(&body, SystemTime::from(parcel.now)).await?;
            // An import that comes again updates what is there.
            let answer = self.poster.post(Post { url: &self.url, headers, body, secrets: Vec::new() }).await?;
            refused(&answer)?;
        }
        Ok(())
    }
}

/// Security Hub says yes to a call and no to single findings in it.
fn refused(answer: &str) -> Result<(), SendError> {
    let answer: Value = serde_json::from_str(answer).unwrap_or_default();
    let failed = answer["FailedCount"].as_u64().unwrap_or(0);
    if failed == 0 {
        return Ok(());
    }
    let of = |name: &str| answer["FailedFindings"][0][name].as_str().unwrap_or("?").to_owned();
    let text = format!("{failed} findings were refused; `{}`: {}: {}", of("Id"), of("ErrorCode"), of("ErrorMessage"));
    // Its own trouble passes; a finding that it does not understand stays one.
    let kind = if of("ErrorCode").contains("Internal") { SendErrorKind::Transient } else { SendErrorKind::Permanent };
    Err(SendError::new(kind, clean::line(&text, 500)))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::sample;

    fn hub(more: &str) -> SecurityHub {
        let text = format!("region = \"eu-west-1\"\naccount = \"999900001111\"\n{more}");
        let wiring = super::super::Wiring { aws: Some(SdkConfig::builder().build()), ..Default::default() };
        SecurityHub::open(&toml::from_str(&text).unwrap(), &Shared::from(wiring)).unwrap()
    }

    #[test]
    fn a_hundred_findings_a_call_under_the_account_that_imports() {
        let mut parcel = sample::parcel(230);
        for (n, notice) in parcel.notices.iter_mut().enumerate() {
            notice.forms.insert(Format::Asff, json!({"Id": n, "AwsAccountId": "111122223333", "ProductArn": "x"}));
        }
        let calls = hub("").calls(&parcel).unwrap();
        let calls: Vec<Value> = calls.iter().map(|call| serde_json::from_str(call).unwrap()).collect();
        let lengths: Vec<_> = calls.iter().map(|call| call["Findings"].as_array().unwrap().len()).collect();
        assert_eq!(lengths, [100, 100, 30]);
        let want = json!({"Id": 229, "AwsAccountId": "999900001111",
            "ProductArn": "arn:aws:securityhub:eu-west-1:999900001111:product/999900001111/default"});
        assert_eq!(calls[2]["Findings"][29], want);
        parcel.notices[0].forms.insert(Format::Asff, json!({"Description": "x".repeat(240_000)}));
        assert_eq!(hub("").calls(&parcel).unwrap_err().kind, SendErrorKind::Permanent);
    }

    #[test]
    fn endpoints() {
        assert_eq!(hub("").url, "https://securityhub.eu-west-1.amazonaws.com/findings/import");
        assert_eq!(hub("endpoint_url = \"http://localhost:1/\"").url, "http://localhost:1/findings/import");
        assert_eq!((partition("cn-north-1"), partition("us-gov-east-1")), ("aws-cn", "aws-us-gov"));
    }

    #[test]
    fn single_findings_that_are_refused_show() {
        assert_eq!(refused(r#"{"FailedCount": 0, "SuccessCount": 3}"#), Ok(()));
        let answer = r#"{"FailedCount": 1, "FailedFindings": [{"Id": "f", "ErrorCode": "InvalidInput", "ErrorMessage": "no Title"}]}"#;
        let error = refused(answer).unwrap_err();
        assert_eq!(error.text, "1 findings were refused; `f`: InvalidInput: no Title");
        assert_eq!(error.kind, SendErrorKind::Permanent);
    }
}
