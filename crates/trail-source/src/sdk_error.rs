//! One reading of the AWS SDK's errors: which mean wrong settings, which a missing permission, which a bad moment.

use std::error::Error;

use aws_config::timeout::TimeoutConfig;
use aws_credential_types::provider::error::CredentialsError;
use aws_sdk_s3::config::http::HttpResponse;
use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};

use crate::aws;
use crate::error::SourceError;

/// What was being done when the SDK failed.
pub(crate) enum Doing<'a> {
    /// Listing what the whole source hangs on.
    ListingRoot { bucket: &'a str, place: String },
    /// Listing one prefix among many.
    Listing { bucket: &'a str, place: String },
    /// Reading an object.
    Reading { bucket: &'a str, uri: &'a str },
    /// Asking IAM or STS.
    Iam { call: &'static str },
    /// Asking a queue, a log group or a trail.
    Calling { call: &'static str, place: &'a str },
}

impl Doing<'_> {
    fn place(&self) -> String {
        match self {
            Self::ListingRoot { place, .. } | Self::Listing { place, .. } => place.clone(),
            Self::Reading { uri, .. } => (*uri).to_owned(),
            Self::Iam { call } => (*call).to_owned(),
            Self::Calling { place, .. } => (*place).to_owned(),
        }
    }

    fn bucket(&self) -> String {
        match self {
            Self::ListingRoot { bucket, .. } | Self::Listing { bucket, .. } | Self::Reading { bucket, .. } => {
                (*bucket).to_owned()
            }
            Self::Iam { .. } | Self::Calling { .. } => String::new(),
        }
    }

    fn action(&self) -> &'static str {
        match self {
            Self::ListingRoot { .. } | Self::Listing { .. } => "s3:ListBucket",
            Self::Reading { .. } => "s3:GetObject",
            Self::Iam { call } | Self::Calling { call, .. } => call,
        }
    }

    fn may_skip(&self) -> bool {
        matches!(self, Self::Listing { .. } | Self::Reading { .. })
    }

    fn failed(&self, reason: String) -> SourceError {
        match self {
            Self::ListingRoot { place, .. } | Self::Listing { place, .. } => {
                SourceError::Listing { place: place.clone(), reason }
            }
            Self::Reading { uri, .. } => SourceError::Reading { uri: (*uri).to_owned(), reason },
            Self::Iam { call } => SourceError::Iam { call, reason },
            Self::Calling { call, place } => SourceError::Call { call, place: (*place).to_owned(), reason },
        }
    }
}

/// Turns the SDK's error into ours.
pub(crate) fn from_sdk<E>(doing: &Doing<'_>, error: &SdkError<E, HttpResponse>) -> SourceError
where
    E: Error + ProvideErrorMetadata + Send + Sync + 'static,
{
    if let Some(credentials) = find::<CredentialsError>(error) {
        let detail = match credentials {
            // The SDK's own words are of providers that were not enabled.
            CredentialsError::CredentialsNotLoaded(_) if credentials.source().is_none() => "there are none".to_owned(),
            other => chain(other),
        };
        return SourceError::Credentials { detail };
    }
    if matches!(error, SdkError::TimeoutError(_))
        || matches!(error, SdkError::DispatchFailure(failure) if failure.is_timeout())
    {
        let timeouts: TimeoutConfig = aws::timeouts();
        let after = timeouts.operation_timeout().or(timeouts.read_timeout()).unwrap_or_default();
        return SourceError::Timeout { place: doing.place(), after };
    }
    let (code, message) = (error.code().unwrap_or_default(), error.message().unwrap_or_default());
    let status = error.raw_response().map_or(0, |response| response.status().as_u16());
    match code {
        "QueueDoesNotExist" | "AWS.SimpleQueueService.NonExistentQueue" | "ResourceNotFoundException"
            if matches!(doing, Doing::Calling { .. }) =>
        {
            SourceError::NotThere { place: doing.place() }
        }
        "NoSuchBucket" => SourceError::NoBucket { bucket: doing.bucket() },
        "NoSuchKey" => SourceError::NotFound { uri: doing.place() },
        "PreconditionFailed" => SourceError::Changed { uri: doing.place() },
        "InvalidObjectState" => SourceError::Unreadable {
            uri: doing.place(),
            reason: "it lies in an archive storage class: restore it first".to_owned(),
        },
        "PermanentRedirect" | "AuthorizationHeaderMalformed" | "IllegalLocationConstraintException" => {
            let region = error.raw_response().and_then(|response| response.headers().get("x-amz-bucket-region"));
            SourceError::WrongRegion {
                bucket: doing.bucket(),
                region: region.unwrap_or("the bucket's own region").to_owned(),
            }
        }
        "InvalidAccessKeyId"
        | "SignatureDoesNotMatch"
        | "InvalidClientTokenId"
        | "UnrecognizedClientException"
        | "RequestTimeTooSkewed"
        | "InvalidToken" => SourceError::Credentials { detail: format!("{code}: {message}") },
        "AccessDenied" | "AccessDeniedException" | "AllAccessDisabled" | "AccountProblem" => {
            denied(doing, code, message)
        }
        _ if status == 403 && code.is_empty() => denied(doing, "403", "forbidden"),
        "" => doing.failed(chain(error)),
        _ => doing.failed(format!("{code}: {message}")),
    }
}

fn denied(doing: &Doing<'_>, code: &str, message: &str) -> SourceError {
    SourceError::Denied {
        place: doing.place(),
        action: doing.action(),
        detail: format!("{code}: {message}"),
        skip: doing.may_skip(),
    }
}

/// The first error of type `T` among an error and its causes.
fn find<'a, T: Error + 'static>(error: &'a (dyn Error + 'static)) -> Option<&'a T> {
    std::iter::successors(Some(error), |&error| error.source()).find_map(|error| error.downcast_ref())
}

/// An error and its causes in one line, without what repeats.
pub(crate) fn chain(error: &(dyn Error + 'static)) -> String {
    let mut text = String::new();
    for cause in std::iter::successors(Some(error), |&error| error.source()) {
        let cause = cause.to_string();
        if text.contains(&cause) {
            continue;
        }
        if !text.is_empty() {
            text.push_str(": ");
        }
        text.push_str(&cause);
    }
    text
}
