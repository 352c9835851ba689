//! The IAM actions that an event needed. Nine in ten are the event source's prefix and the event's name; the rest are tables.
//!
//! Sources: AWS service authorization reference, and AWS, "Actions defined by Amazon S3" and "Required permissions for S3 API
//! operations".

/// Event sources whose prefix in IAM differs from the text before the first dot.
const PREFIXES: [(&str, &str); 13] = [
    ("monitoring.", "cloudwatch"),
    ("tagging.", "tag"),
    ("servicecatalog-appregistry.", "servicecatalog"),
    ("application-insights.", "applicationinsights"),
    ("appstream2.", "appstream"),
    ("models.lex.", "lex"),
    ("runtime.lex.", "lex"),
    ("mturk-requester.", "mechanicalturk"),
    ("streams.dynamodb.", "dynamodb"),
    ("email.", "ses"),
    ("rdsdata.", "rds-data"),
    ("rdsdataapi.", "rds-data"),
    ("cloudcontrolapi.", "cloudformation"),
];

/// S3 events whose action has another name. Not listed are those that [`s3_configuration`] derives.
const S3: [(&str, &[&str]); 33] = [
    ("AbortMultipartUpload", &["AbortMultipartUpload"]),
    ("CompleteMultipartUpload", &["PutObject"]),
    ("CopyObject", &["PutObject", "GetObject"]),
    ("CreateMultipartUpload", &["PutObject"]),
    ("DeleteAccountPublicAccessBlock", &["PutAccountPublicAccessBlock"]),
    ("DeleteBucketCors", &["PutBucketCORS"]),
    ("DeleteBucketOwnershipControls", &["PutBucketOwnershipControls"]),
    ("DeleteBucketPublicAccessBlock", &["PutBucketPublicAccessBlock"]),
    ("DeleteBucketTagging", &["PutBucketTagging"]),
    ("DeleteObjects", &["DeleteObject"]),
    ("DeletePublicAccessBlock", &["PutBucketPublicAccessBlock"]),
    ("GetBucketCors", &["GetBucketCORS"]),
    ("GetBucketNotificationConfiguration", &["GetBucketNotification"]),
    ("GetObjectLockConfiguration", &["GetBucketObjectLockConfiguration"]),
    ("GetPublicAccessBlock", &["GetBucketPublicAccessBlock"]),
    ("HeadBucket", &["ListBucket"]),
    ("HeadObject", &["GetObject"]),
    ("ListBuckets", &["ListAllMyBuckets"]),
    ("ListMultipartUploads", &["ListBucketMultipartUploads"]),
    ("ListObjectVersions", &["ListBucketVersions"]),
    ("ListObjects", &["ListBucket"]),
    ("ListObjectsV2", &["ListBucket"]),
    ("ListParts", &["ListMultipartUploadParts"]),
    ("PostObject", &["PutObject"]),
    ("PutBucketCors", &["PutBucketCORS"]),
    ("PutBucketNotificationConfiguration", &["PutBucketNotification"]),
    ("PutObjectLockConfiguration", &["PutBucketObjectLockConfiguration"]),
    ("PutPublicAccessBlock", &["PutBucketPublicAccessBlock"]),
    ("SelectObjectContent", &["GetObject"]),
    ("UploadPart", &["PutObject"]),
    ("UploadPartCopy", &["PutObject", "GetObject"]),
    ("GetBucketObjectLockConfiguration", &["GetBucketObjectLockConfiguration"]),
    ("HeadObjectVersion", &["GetObjectVersion"]),
];

/// S3 settings of a bucket whose actions drop `Bucket` and end in `Configuration`; a delete needs the put action, a list the
/// get action.
const S3_CONFIGURATIONS: [&str; 8] =
    ["Accelerate", "Analytics", "Encryption", "IntelligentTiering", "Inventory", "Lifecycle", "Metrics", "Replication"];

/// The IAM actions (`s3:GetObject`) that an event needed, by its source (`s3.amazonaws.com`) and name. Empty for calls that need
/// no permission (`sts:GetCallerIdentity`, sign-in) and for text that is no source or event name. Not told by the name alone,
/// and so not here: `iam:PassRole` (see [`crate::role_arns`]) and `ec2:CreateTags` on creation.
pub fn iam_actions(event_source: &str, event_name: &str) -> Vec<String> {
    let source = event_source.trim().to_ascii_lowercase();
    let name = without_date(event_name.trim());
    let plain =
        |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'));
    let prefix = PREFIXES.iter().find(|(start, _)| source.starts_with(start)).map(|(_, prefix)| *prefix);
    let prefix = prefix.unwrap_or_else(|| source.split_once('.').map_or(source.as_str(), |(prefix, _)| prefix));
    if !plain(prefix) || !plain(name) {
        return Vec::new();
    }
    let listed = |names: &[&str]| names.iter().map(|name| format!("{prefix}:{name}")).collect();
    match (prefix, name) {
        ("signin" | "billingconsole", _) | ("sts", "GetCallerIdentity" | "GetSessionToken") => Vec::new(),
        ("s3", _) => match S3.iter().find(|(event, _)| *event == name) {
            Some((_, actions)) => listed(actions),
            None => listed(&[&s3_configuration(name).unwrap_or_else(|| name.to_owned())]),
        },
        ("kms", "ReEncrypt") => listed(&["ReEncryptFrom", "ReEncryptTo"]),
        ("lambda", "Invoke") => listed(&["InvokeFunction"]),
        ("dynamodb", "ExecuteStatement" | "BatchExecuteStatement" | "ExecuteTransaction") => {
            listed(&["PartiQLSelect", "PartiQLInsert", "PartiQLUpdate", "PartiQLDelete"])
        }
        ("dynamodb", "TransactGetItems") => listed(&["GetItem"]),
        ("dynamodb", "TransactWriteItems") => listed(&["PutItem", "UpdateItem", "DeleteItem", "ConditionCheckItem"]),
        ("apigateway", _) => listed(api_gateway_verb(name).as_slice()),
        _ => listed(&[name]),
    }
}

/// The name without an API date: `CreateFunction20150331`, `UpdateFunctionCode20150331v2`, `CreateDistribution2020_05_31`.
/// Other digits at the end are part of a name and stay.
fn without_date(name: &str) -> &str {
    let unversioned = match name.rsplit_once('v') {
        Some((head, version)) if !version.is_empty() && version.bytes().all(|b| b.is_ascii_digit()) => head,
        _ => name,
    };
    // A version without a date before it is part of the name: then nothing is stripped at all.
    strip_date(unversioned).unwrap_or(name)
}

fn strip_date(name: &str) -> Option<&str> {
    fn two_digits(name: &str) -> Option<&str> {
        let head = name.get(..name.len().checked_sub(2)?)?;
        name[head.len()..].bytes().all(|b| b.is_ascii_digit()).then_some(head)
    }
    let head = two_digits(name)?;
    let head = two_digits(head.strip_suffix('_').unwrap_or(head))?;
    let head = two_digits(head.strip_suffix('_').unwrap_or(head))?;
    head.strip_suffix("20").filter(|head| !head.is_empty())
}

/// `PutBucketEncryption` -> `PutEncryptionConfiguration`.
fn s3_configuration(name: &str) -> Option<String> {
    let (verb, rest) = [("Get", "Get"), ("List", "Get"), ("Put", "Put"), ("Delete", "Put")]
        .iter()
        .find_map(|(event, action)| name.strip_prefix(event).map(|rest| (*action, rest)))?;
    let rest = rest.strip_prefix("Bucket").unwrap_or(rest);
    let rest = rest.strip_suffix('s').filter(|rest| rest.ends_with("Configuration")).unwrap_or(rest);
    let setting = rest.strip_suffix("Configuration").unwrap_or(rest);
    S3_CONFIGURATIONS.contains(&setting).then(|| format!("{verb}{setting}Configuration"))
}

/// API Gateway's management actions are HTTP verbs on paths.
fn api_gateway_verb(name: &str) -> Option<&'static str> {
    [
        ("Get", "GET"),
        ("Create", "POST"),
        ("Generate", "POST"),
        ("TestInvoke", "POST"),
        ("ImportRestApi", "POST"),
        ("ImportApiKeys", "POST"),
        ("ImportDocumentationParts", "PUT"),
        ("ImportApi", "PUT"),
        ("ReimportApi", "PUT"),
        ("Put", "PUT"),
        ("TagResource", "PUT"),
        ("Update", "PATCH"),
        ("Delete", "DELETE"),
        ("Flush", "DELETE"),
        ("UntagResource", "DELETE"),
    ]
    .iter()
    .find(|(start, _)| name.starts_with(start))
    .map(|(_, verb)| *verb)
}
