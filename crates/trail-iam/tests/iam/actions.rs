//! From event to IAM action.

use trail_iam::iam_actions;

fn check(source: &str, name: &str, expected: &[&str]) {
    assert_eq!(iam_actions(source, name), expected, "{source} {name}");
}

#[test]
fn actions_of_events() {
    for (source, name, expected) in [
        ("iam.amazonaws.com", "CreateRole", &["iam:CreateRole"][..]),
        ("ec2.amazonaws.com", "RunInstances", &["ec2:RunInstances"]),
        ("monitoring.amazonaws.com", "PutMetricAlarm", &["cloudwatch:PutMetricAlarm"]),
        ("tagging.amazonaws.com", "GetResources", &["tag:GetResources"]),
        ("runtime.lex.amazonaws.com", "PostText", &["lex:PostText"]),
        ("models.lex.amazonaws.com", "GetBots", &["lex:GetBots"]),
        ("streams.dynamodb.amazonaws.com", "GetRecords", &["dynamodb:GetRecords"]),
        ("email.amazonaws.com", "SendEmail", &["ses:SendEmail"]),
        ("lambda.amazonaws.com", "CreateFunction20150331", &["lambda:CreateFunction"]),
        ("lambda.amazonaws.com", "UpdateFunctionCode20150331v2", &["lambda:UpdateFunctionCode"]),
        ("lambda.amazonaws.com", "PublishLayerVersion20181031", &["lambda:PublishLayerVersion"]),
        ("lambda.amazonaws.com", "Invoke", &["lambda:InvokeFunction"]),
        ("cloudfront.amazonaws.com", "CreateDistribution2020_05_31", &["cloudfront:CreateDistribution"]),
        ("inspector2.amazonaws.com", "Enable", &["inspector2:Enable"]),
        ("ecr.amazonaws.com", "ListThings2024", &["ecr:ListThings2024"]),
        ("elasticloadbalancing.amazonaws.com", "DescribeV2", &["elasticloadbalancing:DescribeV2"]),
        ("x.amazonaws.com", "20150331", &["x:20150331"]),
        ("s3.amazonaws.com", "ListBuckets", &["s3:ListAllMyBuckets"]),
        ("s3.amazonaws.com", "ListObjects", &["s3:ListBucket"]),
        ("s3.amazonaws.com", "HeadBucket", &["s3:ListBucket"]),
        ("s3.amazonaws.com", "HeadObject", &["s3:GetObject"]),
        ("s3.amazonaws.com", "CopyObject", &["s3:PutObject", "s3:GetObject"]),
        ("s3.amazonaws.com", "UploadPart", &["s3:PutObject"]),
        ("s3.amazonaws.com", "DeleteObjects", &["s3:DeleteObject"]),
        ("s3.amazonaws.com", "ListObjectVersions", &["s3:ListBucketVersions"]),
        ("s3.amazonaws.com", "GetBucketLifecycle", &["s3:GetLifecycleConfiguration"]),
        ("s3.amazonaws.com", "DeleteBucketLifecycle", &["s3:PutLifecycleConfiguration"]),
        ("s3.amazonaws.com", "PutBucketLifecycleConfiguration", &["s3:PutLifecycleConfiguration"]),
        ("s3.amazonaws.com", "PutBucketEncryption", &["s3:PutEncryptionConfiguration"]),
        ("s3.amazonaws.com", "DeleteBucketReplication", &["s3:PutReplicationConfiguration"]),
        ("s3.amazonaws.com", "GetAccelerateConfiguration", &["s3:GetAccelerateConfiguration"]),
        ("s3.amazonaws.com", "ListBucketInventoryConfigurations", &["s3:GetInventoryConfiguration"]),
        ("s3.amazonaws.com", "PutBucketMetricsConfiguration", &["s3:PutMetricsConfiguration"]),
        ("s3.amazonaws.com", "DeleteBucketCors", &["s3:PutBucketCORS"]),
        ("s3.amazonaws.com", "DeleteBucketTagging", &["s3:PutBucketTagging"]),
        ("s3.amazonaws.com", "GetBucketNotificationConfiguration", &["s3:GetBucketNotification"]),
        ("s3.amazonaws.com", "PutBucketPolicy", &["s3:PutBucketPolicy"]),
        ("s3.amazonaws.com", "GetBucketLogging", &["s3:GetBucketLogging"]),
        ("kms.amazonaws.com", "ReEncrypt", &["kms:ReEncryptFrom", "kms:ReEncryptTo"]),
        ("apigateway.amazonaws.com", "CreateRestApi", &["apigateway:POST"]),
        ("apigateway.amazonaws.com", "UpdateStage", &["apigateway:PATCH"]),
        ("apigateway.amazonaws.com", "ImportRestApi", &["apigateway:POST"]),
        ("apigateway.amazonaws.com", "Odd", &[]),
        ("dynamodb.amazonaws.com", "TransactGetItems", &["dynamodb:GetItem"]),
        ("sts.amazonaws.com", "GetCallerIdentity", &[]),
        ("sts.amazonaws.com", "GetSessionToken", &[]),
        ("sts.amazonaws.com", "AssumeRole", &["sts:AssumeRole"]),
        ("signin.amazonaws.com", "ConsoleLogin", &[]),
        ("billingconsole.amazonaws.com", "GetBill", &[]),
        ("", "CreateRole", &[]),
        ("iam.amazonaws.com", "", &[]),
        ("iam.amazonaws.com", "Create Role'; --", &[]),
        ("iam.amazonaws.com", "Ünicode", &[]),
        ("iam", "GetUser", &["iam:GetUser"]),
    ] {
        check(source, name, expected);
    }
}
