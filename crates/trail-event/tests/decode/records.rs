//! What a record's fields become: every kind of identity and event, odd values, and fields that nobody knows yet.

use crate::{column, decode, only, record};

/// A record, and the values that these columns must have.
#[track_caller]
fn check(record: &str, columns: &[(&str, Option<&str>)]) {
    let decoded = decode(record.as_bytes());
    assert!(decoded.rejects.is_empty(), "{:#?}", decoded.rejects);
    for (path, value) in columns {
        assert_eq!(only(&decoded, path).as_deref(), *value, "`{path}` of {record}");
    }
}

/// The identity, the principal's key and the sort of caller that it makes.
#[track_caller]
fn identity(identity: &str, principal: Option<&str>, caller: &str) {
    let record =
        format!(r#"{{"eventVersion":"1.11","userIdentity":{identity},"eventName":"X","eventType":"AwsApiCall"}}"#);
    check(&record, &[("principal", principal), ("caller", Some(caller)), ("denied", Some("false")), ("_extra", None)]);
}

#[test]
fn identities() {
    identity(
        r#"{"type":"Root","principalId":"111122223333","arn":"arn:aws:iam::111122223333:root","accountId":"111122223333"}"#,
        Some("arn:aws:iam::111122223333:root"),
        "human",
    );
    identity(
        r#"{"type":"IAMUser","principalId":"AIDA","arn":"arn:aws:iam::111122223333:user/ann","accountId":"111122223333","userName":"ann"}"#,
        Some("arn:aws:iam::111122223333:user/ann"),
        "unknown",
    );
    identity(
        r#"{"type":"AssumedRole","principalId":"AROA:s","arn":"arn:aws:sts::111122223333:assumed-role/r/s","accountId":"111122223333","sessionContext":{"sessionIssuer":{"type":"Role","principalId":"AROA","arn":"arn:aws:iam::111122223333:role/p/r","accountId":"111122223333","userName":"r"},"webIdFederationData":{},"attributes":{"creationDate":"2026-03-01T11:00:00Z","mfaAuthenticated":"false"}}}"#,
        Some("arn:aws:iam::111122223333:role/p/r"),
        "workload",
    );
    identity(r#"{"type":"AWSService","invokedBy":"ec2.amazonaws.com"}"#, Some("ec2.amazonaws.com"), "aws_service");
    identity(
        r#"{"invokedBy":"ec2.amazonaws.com","accountId":"111122223333"}"#,
        Some("ec2.amazonaws.com"),
        "aws_service",
    );
    for kind in [
        "Role",
        "FederatedUser",
        "AWSAccount",
        "IdentityCenterUser",
        "Directory",
        "Unknown",
        "SAMLUser",
        "WebIdentityUser",
        "NewKind",
    ] {
        let record = format!(
            r#"{{"eventVersion":"1.11","userIdentity":{{"type":"{kind}","principalId":"P:{kind}","accountId":"111122223333","userName":"u"}}}}"#
        );
        let decoded = decode(record.as_bytes());
        assert!(
            decoded.rejects.is_empty() && only(&decoded, "principal").is_some() && only(&decoded, "caller").is_some(),
            "{kind}"
        );
        assert_eq!(only(&decoded, "useridentity.type").as_deref(), Some(kind));
    }
    check(
        r#"{"eventVersion":"1.08","userIdentity":null,"eventName":"X"}"#,
        &[("useridentity", None), ("eventname", Some("X"))],
    );
    check(
        r#"{"eventVersion":"1.08","userIdentity":{},"eventName":"X"}"#,
        &[("useridentity.arn", None), ("principal", None)],
    );
}

#[test]
fn every_field_of_an_identity() {
    let identity = r#"{"type":"AssumedRole","principalId":"P","arn":"A","accountId":"1","accessKeyId":"ASIA","userName":"U","invokedBy":"I","credentialId":"C","identityProvider":"IP","invokedByDelegate":{"accountId":"2"},"onBehalfOf":{"userId":"3","identityStoreArn":"S"},"inScopeOf":{"sourceArn":"4","sourceAccount":"5","issuerType":"AWS::Lambda::Function","credentialsIssuedTo":"6"},"sessionContext":{"sessionIssuer":{"type":"Role","userName":"r","principalId":"q","arn":"R","accountId":"7"},"webIdFederationData":{"federatedProvider":"F","attributes":{"aud":"x"}},"attributes":{"creationDate":"2026","mfaAuthenticated":"true"},"sourceIdentity":"N","ec2RoleDelivery":"2.0","assumedRoot":"true","signInSessionArn":"L"}}"#;
    let expected = [
        ("type", "AssumedRole"),
        ("principalid", "P"),
        ("arn", "A"),
        ("accountid", "1"),
        ("accesskeyid", "ASIA"),
        ("username", "U"),
        ("invokedby", "I"),
        ("credentialid", "C"),
        ("identityprovider", "IP"),
        ("invokedbydelegate.accountid", "2"),
        ("onbehalfof.userid", "3"),
        ("onbehalfof.identitystorearn", "S"),
        ("inscopeof.sourcearn", "4"),
        ("inscopeof.sourceaccount", "5"),
        ("inscopeof.issuertype", "AWS::Lambda::Function"),
        ("inscopeof.credentialsissuedto", "6"),
        ("sessioncontext.sessionissuer.type", "Role"),
        ("sessioncontext.sessionissuer.username", "r"),
        ("sessioncontext.sessionissuer.principalid", "q"),
        ("sessioncontext.sessionissuer.arn", "R"),
        ("sessioncontext.sessionissuer.accountid", "7"),
        ("sessioncontext.webidfederationdata.federatedprovider", "F"),
        ("sessioncontext.webidfederationdata.attributes", r#"{"aud":"x"}"#),
        ("sessioncontext.attributes.creationdate", "2026"),
        ("sessioncontext.attributes.mfaauthenticated", "true"),
        ("sessioncontext.sourceidentity", "N"),
        ("sessioncontext.ec2roledelivery", "2.0"),
        ("sessioncontext.assumedroot", "true"),
        ("sessioncontext.signinsessionarn", "L"),
    ];
    let paths: Vec<String> = expected.iter().map(|(path, _)| format!("useridentity.{path}")).collect();
    let columns: Vec<(&str, Option<&str>)> =
        paths.iter().zip(&expected).map(|(path, (_, value))| (path.as_str(), Some(*value))).collect();
    check(&format!(r#"{{"eventVersion":"1.11","userIdentity":{identity}}}"#), &columns);
}

#[test]
fn every_field_of_a_record() {
    let record = r#"{"eventVersion":"1.11","eventTime":"2026-03-01T12:00:00.25Z","eventSource":"s","eventName":"n","awsRegion":"r","sourceIPAddress":"2001:db8:1:2::5","userAgent":"Boto3/1.26","errorCode":"AccessDenied","errorMessage":"no","requestParameters":{"a":[1, 2]},"responseElements":"x","additionalEventData":{"b":2},"requestID":"q","eventID":"i","readOnly":"true","resources":[{"ARN":"one","accountId":"1","type":"t"},{"ARNPrefix":"two"}],"eventType":"AwsApiCall","apiVersion":20260301,"managementEvent":true,"recipientAccountId":"2","serviceEventDetails":{"c":3},"sharedEventID":"h","vpcEndpointId":"v","vpcEndpointAccountId":"w","eventCategory":"Management","addendum":{"reason":"UPDATED_DATA","updatedFields":"a,b","originalRequestID":"o","originalEventID":"p"},"sessionCredentialFromConsole":"true","eventContext":{"requestContext":{}},"edgeDeviceDetails":[{"d":4}],"tlsDetails":{"tlsVersion":"TLSv1.3","cipherSuite":"c","clientProvidedHostHeader":"h","keyExchange":"X25519MLKEM768"}}"#;
    check(
        record,
        &[
            ("eventversion", Some("1.11")),
            ("eventtime", Some("2026-03-01T12:00:00.250Z")),
            ("eventsource", Some("s")),
            ("eventname", Some("n")),
            ("awsregion", Some("r")),
            ("sourceipaddress", Some("2001:db8:1:2::5")),
            ("useragent", Some("Boto3/1.26")),
            ("errorcode", Some("AccessDenied")),
            ("errormessage", Some("no")),
            ("requestparameters", Some(r#"{"a":[1, 2]}"#)),
            ("responseelements", Some("\"x\"")),
            ("additionaleventdata", Some(r#"{"b":2}"#)),
            ("requestid", Some("q")),
            ("eventid", Some("i")),
            ("readonly", Some("true")),
            (
                "resources",
                Some("[{arn: one, arnprefix: , accountid: 1, type: t}, {arn: , arnprefix: two, accountid: , type: }]"),
            ),
            ("eventtype", Some("AwsApiCall")),
            ("apiversion", Some("20260301")),
            ("managementevent", Some("true")),
            ("recipientaccountid", Some("2")),
            ("serviceeventdetails", Some(r#"{"c":3}"#)),
            ("sharedeventid", Some("h")),
            ("vpcendpointid", Some("v")),
            ("vpcendpointaccountid", Some("w")),
            ("eventcategory", Some("Management")),
            ("addendum.reason", Some("UPDATED_DATA")),
            ("addendum.updatedfields", Some("a,b")),
            ("addendum.originalrequestid", Some("o")),
            ("addendum.originaleventid", Some("p")),
            ("sessioncredentialfromconsole", Some("true")),
            ("eventcontext", Some(r#"{"requestContext":{}}"#)),
            ("edgedevicedetails", Some(r#"[{"d":4}]"#)),
            ("tlsdetails.tlsversion", Some("TLSv1.3")),
            ("tlsdetails.ciphersuite", Some("c")),
            ("tlsdetails.clientprovidedhostheader", Some("h")),
            ("tlsdetails.keyexchange", Some("X25519MLKEM768")),
            ("denied", Some("true")),
            ("network", Some("2001:db8:1::/48")),
            ("agent", Some("Boto3")),
            ("_extra", None),
            ("_record", Some("0")),
        ],
    );
}

#[test]
fn other_events() {
    check(
        r#"{"eventVersion":"1.07","eventTime":"2026-03-01T12:00:00Z","awsRegion":"us-east-1","eventID":"i","eventType":"AwsCloudTrailInsight","recipientAccountId":"1","sharedEventID":"s","insightDetails":{"state":"Start","eventSource":"iam.amazonaws.com","eventName":"X","insightType":"ApiCallRateInsight"},"eventCategory":"Insight"}"#,
        &[
            (
                "insightdetails",
                Some(
                    r#"{"state":"Start","eventSource":"iam.amazonaws.com","eventName":"X","insightType":"ApiCallRateInsight"}"#,
                ),
            ),
            ("eventname", None),
            ("eventcategory", Some("Insight")),
        ],
    );
    check(
        r#"{"eventVersion":"1.11","eventCategory":"Insight","insightSource":"x","insightState":"End","insightContext":{"baselineAverage":1.5}}"#,
        &[("_extra", Some(r#"{"insightSource":"x","insightState":"End","insightContext":{"baselineAverage":1.5}}"#))],
    );
    check(
        r#"{"eventVersion":"1.09","userIdentity":{"type":"AWSAccount","principalId":"AIDA","accountId":"1"},"eventTime":"2026-03-01T12:00:00Z","eventName":"Decrypt","errorCode":"VpceAccessDenied","errorMessage":"The request was denied due to a VPC endpoint policy","eventType":"AwsVpceEvent","vpcEndpointId":"vpce-1","vpcEndpointAccountId":"1","eventCategory":"NetworkActivity"}"#,
        &[("eventcategory", Some("NetworkActivity")), ("denied", Some("true")), ("vpcendpointid", Some("vpce-1"))],
    );
}

#[test]
fn aggregated_events() {
    let summed = r#"{"eventVersion":"1.11","accountId":"111122223333","eventId":"i","eventType":"AwsAggregatedEvent","eventCategory":"Aggregated","awsRegion":"us-east-1","timeWindow":{"windowStart":"2026-03-01T12:00:00Z","windowEnd":"2026-03-01T12:05:00Z","windowSize":"PT5M"},"summary":{"primaryDimension":{"dimension":"resourceARN","statistics":[{"name":"a","value":7}],"aggregationType":"Count"}}}"#;
    check(
        summed,
        &[
            ("recipientaccountid", Some("111122223333")),
            ("eventid", Some("i")),
            ("eventtime", Some("2026-03-01T12:00:00Z")),
            ("eventcategory", Some("Aggregated")),
            (
                "_extra",
                Some(
                    r#"{"accountId":"111122223333","timeWindow":{"windowStart":"2026-03-01T12:00:00Z","windowEnd":"2026-03-01T12:05:00Z","windowSize":"PT5M"},"summary":{"primaryDimension":{"dimension":"resourceARN","statistics":[{"name":"a","value":7}],"aggregationType":"Count"}}}"#,
                ),
            ),
        ],
    );
    assert_eq!(decode(summed.as_bytes()).span, Some((1_772_366_400_000_000, 1_772_366_400_000_000)));
    // A record that has its own says what it says, and an odd window is no fault.
    check(
        r#"{"eventVersion":"1.11","accountId":"1","recipientAccountId":"2"}"#,
        &[("recipientaccountid", Some("2")), ("_extra", Some(r#"{"accountId":"1"}"#))],
    );
    check(r#"{"eventVersion":"1.11","timeWindow":[1],"accountId":"1"}"#, &[("eventtime", None)]);
    check(r#"{"eventVersion":"1.11","timeWindow":{"windowStart":"soon"}}"#, &[("eventtime", None)]);
}

#[test]
fn unknown_fields() {
    check(
        r#"{"newField":{"a": [1,2]},"eventVersion":"2.0","userIdentity":{"type":"IAMUser","planet":"Mars","sessionContext":{"moon":null,"attributes":{"x":1}}},"tlsDetails":{"new":[]},"resources":[{"ARN":"a","colour":"red"}],"other":1E400}"#,
        &[(
            "_extra",
            Some(
                r#"{"newField":{"a": [1,2]},"useridentity.planet":"Mars","useridentity.sessioncontext.moon":null,"useridentity.sessioncontext.attributes.x":1,"tlsdetails.new":[],"resources[].colour":"red","other":1E400}"#,
            ),
        )],
    );
    // An empty error code is none, and yet what was delivered.
    check(
        r#"{"eventVersion":"1.05","errorCode":"","eventName":"DeleteBucket"}"#,
        &[("errorcode", None), ("denied", Some("false")), ("_extra", Some(r#"{"errorCode":""}"#))],
    );
    check(
        r#"{"eventVersion":"1.05","newField":1,"errorCode":"","eventName":"DeleteBucket"}"#,
        &[("_extra", Some(r#"{"errorCode":"","newField":1}"#))],
    );
    // What the schema adds is not the log's to say.
    check(
        r#"{"eventVersion":"1.08","principal":"me","denied":true,"_object":"x","_record":7}"#,
        &[
            ("principal", None),
            ("denied", Some("false")),
            ("_object", Some("s3://logs/object")),
            ("_record", Some("0")),
            ("_extra", Some(r#"{"principal":"me","denied":true,"_object":"x","_record":7}"#)),
        ],
    );
}

#[test]
fn odd_values() {
    let parameters = r#"{"big":123456789012345678901234567890,"negative":-99999999999999999999,"far":1E400,"half":"\ud83d","text":"\u0000"}"#;
    check(
        &record("x").replace(r#""responseElements":null"#, &format!(r#""responseElements":{parameters}"#)),
        &[("responseelements", Some(parameters))],
    );
    check(
        r#"{"eventVersion":"1.08","apiVersion":123456789012345678901234567890,"requestID":1E400,"eventName":true}"#,
        &[
            ("apiversion", Some("123456789012345678901234567890")),
            ("requestid", Some("1E400")),
            ("eventname", Some("true")),
        ],
    );
    // Half a surrogate pair is no character: the column shows a stand-in, and what was delivered is kept.
    check(
        r#"{"eventVersion":"1.08","userIdentity":{"userName":"a\ud83db"},"userAgent":"\ude00"}"#,
        &[
            ("useridentity.username", Some("a\u{fffd}b")),
            ("useragent", Some("\u{fffd}")),
            ("_extra", Some(r#"{"useridentity.userName":"a\ud83db","userAgent":"\ude00"}"#)),
        ],
    );
    check(
        r#"{"eventVersion":"1.08","eventName":"\ud83d\ude00 \u00e9 \"q\" \\ \/ \n","userAgent":""}"#,
        &[("eventname", Some("😀 é \"q\" \\ / \n")), ("useragent", Some("")), ("agent", None), ("_extra", None)],
    );
    check(
        r#"{"eventVersion":"1.08","eventTime":null,"readOnly":null,"resources":null,"requestParameters":null,"tlsDetails":null}"#,
        &[
            ("eventtime", None),
            ("readonly", None),
            ("resources", None),
            ("requestparameters", None),
            ("tlsdetails", None),
        ],
    );
}

#[test]
fn times() {
    let time = |written: &str| {
        let decoded = decode(format!(r#"{{"eventVersion":"1.08","eventTime":"{written}"}}"#).as_bytes());
        assert!(decoded.rejects.is_empty(), "{:#?}", decoded.rejects);
        only(&decoded, "eventtime")
    };
    assert_eq!(time("2026-03-01T12:00:00Z").as_deref(), Some("2026-03-01T12:00:00Z"));
    assert_eq!(time("2026-03-01T12:00:00.123456789Z").as_deref(), Some("2026-03-01T12:00:00.123456Z"));
    assert_eq!(time("2026-03-01T14:00:00+02:00").as_deref(), Some("2026-03-01T12:00:00Z"));
    assert_eq!(time("2026-03-01 12:00:00").as_deref(), Some("2026-03-01T12:00:00Z"));
    assert_eq!(time(r"2026-03-01T12:00:00\u005a").as_deref(), Some("2026-03-01T12:00:00Z"));
    // What is no time is kept as it stands: the event is one all the same.
    for odd in ["redacted", "", "2026-02-30T12:00:00Z", "2026-13-01T12:00:00Z", "2026-03-01T25:00:00Z", "1772366400"] {
        let record = format!(r#"{{"eventVersion":"1.08","eventTime":"{odd}"}}"#);
        check(&record, &[("eventtime", None), ("_extra", Some(&format!(r#"{{"eventTime":"{odd}"}}"#)))]);
    }
    assert_eq!(time("0000-01-01T00:00:00Z").as_deref(), Some("0000-01-01T00:00:00Z"));
}

#[test]
fn batches_are_cut() {
    let limits = trail_event::Limits { max_batch_rows: 10, ..trail_event::Limits::default() };
    let items: Vec<String> = (0..25).map(|at| record(&format!("a long event id {at}"))).collect();
    let text = format!("[{}]", items.join(","));
    let decoded = trail_event::Decoder::new(limits, false).decode("s3://logs/object", 0, text.as_bytes());
    let rows: Vec<usize> = decoded.batches.iter().map(arrow::array::RecordBatch::num_rows).collect();
    assert_eq!(rows, [10, 10, 5]);
    let expected: Vec<Option<String>> = (0..25).map(|at| Some(format!("a long event id {at}"))).collect();
    assert_eq!(column(&decoded, "eventid"), expected);
    assert_eq!(column(&decoded, "network"), vec![Some("198.51.100.0/24".to_owned()); 25]);
    assert_eq!(column(&decoded, "_object"), vec![Some("s3://logs/object".to_owned()); 25]);
}
