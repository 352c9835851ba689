//! CloudTrail's names in every spelling, times as people write them, and our functions.

use crate::rows::{check, engine};

const LINES: &str = r#"
{"eventtime":"2023-01-05T13:51:00Z","eventsource":"iam.amazonaws.com","eventname":"CreateUser","awsregion":"us-east-1","sourceipaddress":"3.238.12.183","readonly":false,"useridentity":{"type":"AssumedRole","arn":"arn:aws:sts::123456789012:assumed-role/app/s1","accountid":"123456789012","sessioncontext":{"sessionissuer":{"arn":"arn:aws:iam::123456789012:role/app"},"attributes":{"mfaauthenticated":"false"}}},"requestparameters":"{\"userName\": \"bob\", \"tags\": [{\"key\":\"a\"}], \"n\": 3, \"on\": true}","resources":[{"arn":"arn:aws:iam::123456789012:user/bob","accountid":"123456789012","type":"AWS::IAM::User"}],"eventid":"1","denied":false}
{"eventtime":"2023-01-05T13:52:00Z","eventsource":"s3.amazonaws.com","eventname":"GetObject","awsregion":"eu-west-1","sourceipaddress":"AWS Internal","readonly":true,"useridentity":{"type":"IAMUser","arn":"arn:aws:iam::123456789012:user/ann"},"requestparameters":"not json","eventid":"2","denied":true}
"#;

#[test]
fn names_ignore_case_and_quotes() {
    let engine = engine(LINES);
    check(&engine, "SELECT eventName FROM cloudTrail WHERE eventID = '1'", "eventname\nCreateUser");
    check(
        &engine,
        r#"SELECT "eventName", t."awsRegion" FROM "CloudTrail" t WHERE "eventID" = '2'"#,
        "eventName,awsRegion\nGetObject,eu-west-1",
    );
    check(
        &engine,
        "SELECT userIdentity.sessionContext.sessionIssuer.arn AS issuer FROM cloudtrail ORDER BY eventtime",
        "issuer\narn:aws:iam::123456789012:role/app\nNULL",
    );
    check(
        &engine,
        r#"SELECT c."userIdentity"."accountId" AS a FROM cloudtrail c WHERE c.userIdentity.type = 'AssumedRole'"#,
        "a\n123456789012",
    );
    check(
        &engine,
        "SELECT resources[1].accountId, r.ARN FROM (SELECT resources, resources[1] AS r FROM cloudtrail WHERE eventid = '1')",
        "accountid,arn\n123456789012,arn:aws:iam::123456789012:user/bob",
    );
    check(
        &engine,
        r#"SELECT "eventSource" AS "Source", count(*) AS "Number Of" FROM cloudtrail GROUP BY "eventSource" ORDER BY "Number Of", "Source""#,
        "Source,Number Of\niam.amazonaws.com,1\ns3.amazonaws.com,1",
    );
    check(
        &engine,
        r#"WITH "A" AS (SELECT eventName AS "N" FROM cloudtrail) SELECT "a"."n" FROM "a" ORDER BY 1"#,
        "n\nCreateUser\nGetObject",
    );
    check(
        &engine,
        "SELECT array_transform(resources, r -> r.type) AS kinds FROM cloudtrail WHERE eventid = '1'",
        "kinds\n[AWS::IAM::User]",
    );
    check(
        &engine,
        "SELECT userIdentity.arn, c.useridentity.sessioncontext.sessionissuer.arn, c.eventID FROM cloudtrail c ORDER BY useridentity.arn LIMIT 1",
        "arn,arn_2,eventid\narn:aws:iam::123456789012:user/ann,NULL,2",
    );
    check(
        &engine,
        "SELECT arn, count(*) AS n FROM (SELECT useridentity.arn FROM cloudtrail) GROUP BY arn ORDER BY 1 LIMIT 1",
        "arn,n\narn:aws:iam::123456789012:user/ann,1",
    );
    check(
        &engine,
        "SELECT useridentity.type, count(*) AS n FROM cloudtrail GROUP BY useridentity.type ORDER BY useridentity.type",
        "type,n\nAssumedRole,1\nIAMUser,1",
    );
    check(
        &engine,
        "SELECT eventnam FROM (SELECT eventname, eventid FROM cloudtrail)",
        "error: no column `eventnam` (there are: eventname, eventid)",
    );
}

#[test]
fn distinct_binds_as_people_read_it() {
    let engine = engine(LINES);
    for (test, found) in [
        ("errorcode IS NOT DISTINCT FROM NULL AND eventid = '1'", "1"),
        ("eventid IS DISTINCT FROM '1' AND denied OR eventid = '3'", "2"),
        ("NOT (eventid IS DISTINCT FROM '1' OR denied)", "1"),
        ("eventid IS DISTINCT FROM '1' AND eventname IS DISTINCT FROM 'CreateUser' AND true", "2"),
    ] {
        check(&engine, &format!("SELECT eventid FROM cloudtrail WHERE {test}"), &format!("eventid\n{found}"));
    }
}

#[test]
fn lambdas_survive_views_and_projections() {
    let engine = engine(LINES);
    for (sql, expected) in [
        (
            "SELECT array_transform(r, x -> x.type) AS t, id FROM (SELECT eventid AS id, resources AS r, awsregion FROM cloudtrail) WHERE id = '1'",
            "t,id\n[AWS::IAM::User],1",
        ),
        (
            "SELECT count(*) AS n FROM (SELECT eventname, resources AS r FROM cloudtrail) WHERE array_length(array_filter(r, x -> x.accountid = '123456789012')) = 1",
            "n\n1",
        ),
        (
            "WITH a AS (SELECT eventtime, resources, recipientaccountid AS acc, eventid FROM cloudtrail WHERE readonly = false) SELECT eventid, array_transform(resources, x -> arn_part(x.arn, 'account')) AS accounts FROM a ORDER BY eventtime",
            "eventid,accounts\n1,[123456789012]",
        ),
        (
            "SELECT v.k, v.a, array_transform(policy_grants(v.d, v.a), g -> g.class) AS c, v.b FROM (SELECT eventname AS k, recipientaccountid AS a, coalesce(eventid, resources[1].arn) AS b, CASE WHEN eventname = 'CreateUser' THEN '{\"Statement\":{\"Effect\":\"Allow\",\"Principal\":\"*\",\"Action\":\"sts:AssumeRole\"}}' END AS d, eventtime FROM cloudtrail WHERE eventsource <> 'x') v ORDER BY v.eventtime, v.b",
            "k,a,c,b\nCreateUser,NULL,[public],1\nGetObject,NULL,NULL,2",
        ),
    ] {
        check(&engine, sql, expected);
    }
}

#[test]
fn times_compare_with_text() {
    let engine = engine(LINES);
    for test in [
        "eventTime > '2023-01-05T13:51:00Z'",
        "eventtime >= '2023-01-05 13:51:01'",
        "eventtime BETWEEN '2023-01-05 13:51:30' AND '2023-01-06'",
        "eventtime = timestamp '2023-01-05 13:52:00'",
        "eventtime > timestamp '2023-01-05 13:51:00' AND eventtime < now()",
        "eventtime - interval '1' minute = '2023-01-05 13:51:00'",
        "date_trunc('minute', eventtime) = '2023-01-05T13:52:00+00:00'",
        "eventtime = '2023-01-05T15:52:00+02:00'",
    ] {
        check(&engine, &format!("SELECT eventid FROM cloudtrail WHERE {test}"), "eventid\n2");
    }
}

#[test]
fn functions_read_what_logs_hold() {
    let engine = engine(LINES);
    check(
        &engine,
        "SELECT json_extract_scalar(requestParameters, '$.userName') AS a, json_extract_scalar(requestparameters, '$.tags[0].key') AS b, json_extract_scalar(requestparameters, '$.n') AS c, json_extract_scalar(requestparameters, '$.tags') AS d FROM cloudtrail ORDER BY eventtime",
        "a,b,c,d\nbob,a,3,NULL\nNULL,NULL,NULL,NULL",
    );
    check(
        &engine,
        "SELECT json_text(requestparameters, 'tags') AS a, json_text(requestparameters, 'on') AS b FROM cloudtrail ORDER BY eventtime",
        "a,b\n\"[{\"\"key\"\":\"\"a\"\"}]\",true\nNULL,NULL",
    );
    check(
        &engine,
        "SELECT json_extract_scalar(requestparameters, '$..x') FROM cloudtrail",
        "error: empty name in JSON path `$..x` (write `$.name`, `$['name']` or `$[0]`)",
    );
    check(
        &engine,
        "SELECT json_extract_scalar('{\"a\":1}', '$.a') AS a, json_extract_scalar(NULL, '$.a') AS b",
        "a,b\n1,NULL",
    );
    check(
        &engine,
        "SELECT ip_in(sourceIPAddress, '3.0.0.0/8') AS a, ip_in(sourceipaddress, '10.0.0.0/8') AS b FROM cloudtrail ORDER BY eventtime",
        "a,b\ntrue,false\nNULL,NULL",
    );
    check(
        &engine,
        "SELECT ip_in('::ffff:10.1.2.3', '10.0.0.0/8') AS a, ip_in('2001:db8::1', '2001:db8::/32') AS b, ip_in('10.0.0.1', '10.0.0.1') AS c",
        "a,b,c\ntrue,true,true",
    );
    check(
        &engine,
        "SELECT arn_part(useridentity.arn, 'session') AS s, arn_part(useridentity.arn, 'region') AS r, arn_part(eventname, 'account') AS n FROM cloudtrail ORDER BY eventtime",
        "s,r,n\ns1,NULL,NULL\nNULL,NULL,NULL",
    );
    check(
        &engine,
        "SELECT arn_part(eventname, 'acount') FROM cloudtrail",
        "error: an ARN has no part `acount` (there are: partition, service, region, account, resource, resource_type, resource_id, path, name, role, user, session)",
    );
    check(
        &engine,
        "SELECT iam_action(eventsource, eventname) AS a, iam_action('sts.amazonaws.com', 'GetCallerIdentity') AS b FROM cloudtrail ORDER BY eventtime",
        "a,b\niam:CreateUser,NULL\ns3:GetObject,NULL",
    );
    check(
        &engine,
        "SELECT ip_in(sourceipaddress, '3.0.0.0/80') FROM cloudtrail",
        "error: `3.0.0.0/80` is not a network (write `10.0.0.0/8` or an address)",
    );
}

#[test]
fn policies_become_rows() {
    let engine = engine(LINES);
    let policy = r#"'{"Statement":{"Effect":"Allow","Principal":{"AWS":["111122223333","arn:aws:iam::444455556666:role/r"]},"Action":"sts:AssumeRole"}}'"#;
    check(
        &engine,
        &format!(
            "SELECT g.principal, g.class, g.actions, g.weaknesses FROM (SELECT unnest(policy_grants({policy}, '111122223333')) AS g) ORDER BY 1"
        ),
        "principal,class,actions,weaknesses\n111122223333,same_account,[sts:AssumeRole],[]\narn:aws:iam::444455556666:role/r,external_principal,[sts:AssumeRole],[no_external_id]",
    );
    check(
        &engine,
        "SELECT policy_grants(requestparameters) IS NULL AS none, policy_grants('{}') AS empty FROM cloudtrail",
        "none,empty\ntrue,NULL\ntrue,NULL",
    );
}

#[test]
fn the_catalog_can_be_asked() {
    let engine = engine(LINES);
    check(
        &engine,
        "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'",
        "table_name\ncloudtrail",
    );
    check(
        &engine,
        "SELECT count(*) > 40 AS many FROM information_schema.columns WHERE table_name = 'cloudtrail'",
        "many\ntrue",
    );
    check(
        &engine,
        "SHOW datafusion.execution.target_partitions",
        "name,value\ndatafusion.execution.target_partitions,2",
    );
}
