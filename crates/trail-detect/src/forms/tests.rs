//! Tests of the forms: what must be there is there, and no name does more than be one.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::rule::{Kind, Rule};
use crate::severity::Severity;

const CREATED: i64 = 1_793_491_200_123_456;

fn finding(text: &str) -> Finding {
    Finding {
        id: "abcd".to_owned(),
        detection: "root-console-login".to_owned(),
        topics: vec![12],
        severity: Severity::High,
        title: format!("{text} signed in"),
        principal: Some(format!("arn:aws:iam::111122223333:user/{text}")),
        account: Some("111122223333".to_owned()),
        region: Some("eu-west-1".to_owned()),
        first: Some(1_793_491_100_000_999),
        last: Some(1_793_491_150_000_000),
        count: 7,
        event_ids: vec!["e1".to_owned(), text.to_owned()],
        details: [(text.to_owned(), json!(text)), ("list".to_owned(), json!([text, 1]))].into_iter().collect(),
        kind: Kind::Match,
    }
}

fn rule() -> Rule {
    let library = trail_query::Library::embedded().unwrap();
    crate::rules::Rules::load(&library).unwrap().get("root-console-login").unwrap().clone()
}

/// Every attribute that the class, its objects and the cloud profile require.
fn check_ocsf(event: &Value) {
    assert_eq!(
        (&event["class_uid"], &event["category_uid"], &event["type_uid"]),
        (&json!(2004), &json!(2), &json!(200_401))
    );
    assert_eq!((&event["activity_id"], &event["metadata"]["version"]), (&json!(1), &json!("1.5.0")));
    for required in ["time", "severity_id", "count"] {
        assert!(event[required].is_i64() || event[required].is_u64(), "{required}");
    }
    for required in [
        "/finding_info/uid",
        "/finding_info/title",
        "/metadata/product/name",
        "/metadata/product/vendor_name",
        "/cloud/provider",
    ] {
        assert!(
            event.pointer(required).is_some_and(|value| value.as_str().is_some_and(|text| !text.is_empty())),
            "{required}"
        );
    }
    assert!(event["finding_info"]["analytic"]["type_id"].is_u64());
    for related in event["finding_info"]["related_events"].as_array().unwrap() {
        assert!(related["uid"].is_string());
    }
}

/// What `BatchImportFindings` requires, within the lengths that it takes.
fn check_asff(finding: &Value) {
    let text = |name: &str| finding[name].as_str().unwrap_or_else(|| panic!("{name}"));
    let lengths = [("Title", 256), ("Description", 1_024), ("GeneratorId", 512), ("Id", 512), ("ProductArn", 2_048)];
    for (name, most) in lengths {
        assert!(!text(name).trim().is_empty() && text(name).chars().count() <= most, "{name}");
    }
    for time in ["CreatedAt", "UpdatedAt", "FirstObservedAt", "LastObservedAt"] {
        assert!(finding[time].is_null() || text(time).parse::<jiff::Timestamp>().is_ok(), "{time}");
    }
    assert_eq!((text("SchemaVersion"), text("AwsAccountId").len()), ("2018-10-08", 12));
    for required in
        ["/Severity/Label", "/FindingProviderFields/Severity/Label", "/Resources/0/Type", "/Resources/0/Id", "/Types/0"]
    {
        assert!(finding.pointer(required).is_some_and(Value::is_string), "{required}");
    }
    let fields = finding["ProductFields"].as_object().unwrap();
    assert!(fields.len() <= 50);
    assert!(
        fields
            .iter()
            .all(|(k, v)| k.chars().count() <= 128 && (1..=2_048).contains(&v.as_str().unwrap().chars().count()))
    );
    assert!(finding.to_string().len() < 240_000);
}

#[test]
fn a_finding_in_both_forms() {
    let (finding, rule) = (finding("anna"), rule());
    let event = ocsf(&finding, Some(&rule), CREATED);
    check_ocsf(&event);
    assert_eq!((&event["time"], &event["start_time"]), (&json!(1_793_491_200_123_i64), &json!(1_793_491_100_000_i64)));
    assert_eq!(
        event["cloud"],
        json!({"provider": "AWS", "region": "eu-west-1", "account": {"uid": "111122223333", "type_id": 10, "type": "AWS Account"}})
    );
    let user = &event["evidences"][0]["actor"]["user"];
    assert_eq!((&user["name"], &user["type_id"]), (&json!("anna"), &json!(1)));
    assert_eq!(event["finding_info"]["desc"], json!(rule.why));
    assert_eq!(event["unmapped"]["topics"], json!([12]));

    let asff = asff(&finding, Some(&rule), CREATED);
    check_asff(&asff);
    assert_eq!(
        (&asff["Severity"]["Label"], &asff["CreatedAt"]),
        (&json!("HIGH"), &json!("2026-11-01T00:00:00.123456Z"))
    );
    assert_eq!(
        asff["Resources"],
        json!([{"Type": "AwsIamUser", "Id": "arn:aws:iam::111122223333:user/anna", "Partition": "aws", "Region": "eu-west-1"}])
    );
    assert_eq!(asff["ProductArn"], "arn:aws:securityhub:eu-west-1:111122223333:product/111122223333/default");
    assert_eq!(asff["ProductFields"]["trailwarden/details/list"], "[\"anna\",1]");
}

#[test]
fn what_is_not_known_is_left_out() {
    let bare = Finding {
        principal: None,
        account: None,
        region: None,
        first: None,
        last: None,
        event_ids: Vec::new(),
        title: String::new(),
        ..finding("x")
    };
    let event = ocsf(&bare, None, 0);
    assert!(event["evidences"].is_null() && event["start_time"].is_null() && event["cloud"]["account"].is_null());
    let asff = asff(&bare, None, 0);
    check_asff(&asff);
    assert_eq!(asff["Resources"][0]["Id"], "AWS::::Account:000000000000");
}

#[test]
fn techniques_and_principals() {
    fn check(principal: &str, kind: &str, user_type: u32) {
        let finding = Finding { principal: Some(principal.to_owned()), ..finding("x") };
        assert_eq!(asff(&finding, None, 0)["Resources"][0]["Type"], kind, "{principal}");
        assert_eq!(ocsf(&finding, None, 0)["evidences"][0]["actor"]["user"]["type_id"], user_type, "{principal}");
    }
    check("arn:aws:iam::111122223333:role/a/b", "AwsIamRole", 99);
    check("arn:aws:iam::111122223333:root", "AwsAccount", 2);
    check("config.amazonaws.com", "Other", 0);
    let mut rule = rule();
    rule.mitre = vec!["T1078.004".to_owned(), "T1098".to_owned()];
    let event = ocsf(&finding("x"), Some(&rule), 0);
    let want = json!([{"technique": {"uid": "T1078"}, "sub_technique": {"uid": "T1078.004"}}, {"technique": {"uid": "T1098"}}]);
    assert_eq!(event["finding_info"]["attacks"], want);
}

proptest! {
    #[test]
    fn hostile_names_stay_values(text in any::<String>(), times in 1usize..300) {
        let text = text.repeat(times);
        let finding = finding(&text);
        let event = ocsf(&finding, None, CREATED);
        check_ocsf(&event);
        check_asff(&asff(&finding, None, CREATED));
        let back: Value = serde_json::from_str(&event.to_string()).unwrap();
        prop_assert_eq!(&back["finding_info"]["related_events"][1]["uid"], &json!(text));
    }
}
