//! Detection over a real lake in a folder: each commit is looked at once, findings grow and are not repeated.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use trail_detect::{Advanced, Finding, Rules, Settings, Sigma, Watch};
use trail_event::{Decoder, Limits};
use trail_lake::{Lake, Outcome, State};
use trail_query::{Engine, Library};

const NOW: i64 = 1_772_500_000_000_000;

struct Place {
    _folder: tempfile::TempDir,
    lake: Lake,
    engine: Engine,
    watch: Watch,
    objects: u32,
}

impl Place {
    async fn new() -> Place {
        Place::with(Rules::load(&Library::embedded().unwrap()).unwrap()).await
    }

    async fn with(rules: Rules) -> Place {
        let folder = tempfile::tempdir().unwrap();
        let lake = Lake::open(&folder.path().display().to_string(), trail_lake::Config::default()).await.unwrap();
        let engine = Engine::new(trail_query::Config::default()).unwrap();
        let watch = Watch::new(rules, Settings::default()).await.unwrap();
        Place { _folder: folder, lake, engine, watch, objects: 0 }
    }

    /// A clock that moves with each delivery.
    fn now(&self) -> i64 {
        NOW + i64::from(self.objects)
    }

    /// One log object with these events, in the lake.
    async fn deliver(&mut self, events: &[Value]) {
        self.objects += 1;
        let uri = format!("/logs/{}.json", self.objects);
        let text = json!({ "Records": events }).to_string();
        let decoded = Decoder::new(Limits::default(), false).decode(&uri, NOW, text.as_bytes());
        assert!(decoded.rejects.is_empty(), "{:?}", decoded.rejects);
        let outcome = Outcome {
            uri,
            version: "1".to_owned(),
            size: text.len() as u64,
            modified: None,
            sha256: None,
            state: State::Read,
            records: decoded.records,
            events: 0,
            duplicates: 0,
            rejects: 0,
            first: None,
            last: None,
        };
        let mut writer = self.lake.writer().await.unwrap();
        writer.add(decoded.batches, outcome, decoded.rejects).await.unwrap();
        writer.commit().await.unwrap();
        self.lake.fold().await.unwrap();
    }

    async fn advance(&self) -> Advanced {
        self.lake.refresh().await.unwrap();
        self.engine.attach_lake(&self.lake).await.unwrap();
        self.watch.advance(&self.lake, &self.engine, self.now()).await.unwrap()
    }

    async fn advance_windows(&self) -> Advanced {
        self.lake.refresh().await.unwrap();
        self.engine.attach_lake(&self.lake).await.unwrap();
        self.watch.advance_windows(&self.lake, &self.engine, self.now()).await.unwrap()
    }
}

fn event(number: usize, time: &str, source: &str, name: &str, request: &Value, error: Option<&str>) -> Value {
    json!({
        "eventVersion": "1.11", "eventTime": time, "eventID": format!("00000000-0000-4000-8000-{number:012}"),
        "eventType": "AwsApiCall", "eventSource": format!("{source}.amazonaws.com"), "eventName": name,
        "awsRegion": "us-east-1", "sourceIPAddress": "198.51.100.7", "userAgent": "aws-cli/2.17.0",
        "recipientAccountId": "111122223333", "errorCode": error, "requestParameters": request,
        "userIdentity": {
            "type": "IAMUser", "arn": "arn:aws:iam::111122223333:user/alice", "accountId": "111122223333",
            "principalId": "AIDAEXAMPLE000000001", "accessKeyId": "AKIAEXAMPLE000000001", "userName": "alice",
        },
    })
}

fn of<'a>(advanced: &'a Advanced, detection: &str) -> Option<&'a Finding> {
    advanced.findings.iter().find(|finding| finding.detection == detection)
}

#[tokio::test(flavor = "multi_thread")]
async fn matches_are_seen_once_and_add_up() {
    let mut place = Place::new().await;
    assert!(place.advance().await.version.is_none());

    let key_for = |number, user: &str| {
        let time = format!("2026-03-02T10:00:{number:02}Z");
        event(number, &time, "iam", "CreateAccessKey", &json!({ "userName": user }), None)
    };
    place.deliver(&[key_for(1, "bob")]).await;
    let first = place.advance().await;
    let finding = of(&first, "access-key-for-other").unwrap().clone();
    assert_eq!(finding.count, 1);
    assert!(place.advance().await.findings.is_empty(), "nothing is new");

    // The same event by another road, and one more of the same day.
    place.deliver(&[key_for(1, "bob")]).await;
    place.deliver(&[key_for(2, "bob")]).await;
    let second = place.advance().await;
    let again = of(&second, "access-key-for-other").unwrap();
    assert_eq!((again.id.as_str(), again.count, again.event_ids.len()), (finding.id.as_str(), 2, 2));

    // What is stored is what was said last.
    place.lake.refresh().await.unwrap();
    place.engine.attach_lake(&place.lake).await.unwrap();
    let sql = format!("SELECT * FROM findings WHERE id = '{}'", finding.id);
    let stored = place.engine.sql(&sql).await.unwrap().collect().await.unwrap();
    let stored: Vec<Finding> = stored.iter().flat_map(trail_detect::findings_from_batch).collect();
    assert_eq!(stored, std::slice::from_ref(again));
}

#[tokio::test(flavor = "multi_thread")]
async fn trust_is_compared_with_documents_of_earlier_commits() {
    let mut place = Place::new().await;
    let trust = |account: &str| {
        let principal = json!({ "AWS": format!("arn:aws:iam::{account}:root") });
        json!({ "Statement": [{ "Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole" }] }).to_string()
    };
    let create = json!({ "roleName": "app", "assumeRolePolicyDocument": trust("193672423079") });
    place.deliver(&[event(1, "2026-03-02T10:00:00Z", "iam", "CreateRole", &create, None)]).await;
    assert!(of(&place.advance().await, "role-trust-granted").is_some());

    let same = json!({ "roleName": "app", "policyDocument": trust("193672423079") });
    place.deliver(&[event(2, "2026-03-03T10:00:00Z", "iam", "UpdateAssumeRolePolicy", &same, None)]).await;
    assert!(of(&place.advance().await, "role-trust-granted").is_none(), "the same document grants nothing new");

    let other = json!({ "roleName": "app", "policyDocument": trust("846424999548") });
    place.deliver(&[event(3, "2026-03-03T11:00:00Z", "iam", "UpdateAssumeRolePolicy", &other, None)]).await;
    let advanced = place.advance().await;
    let finding = of(&advanced, "role-trust-granted").unwrap();
    assert!(finding.title.contains("846424999548"), "{}", finding.title);
    assert_eq!(finding.details["compared_with"], "the document before");
}

#[tokio::test(flavor = "multi_thread")]
async fn late_events_update_a_window() {
    let mut place = Place::new().await;
    let look = |number: usize, error| {
        let time = format!("2026-03-02T10:00:{number:02}Z");
        event(number, &time, &format!("svc{number}"), "ListThings", &Value::Null, error)
    };
    let calls: Vec<Value> = (1..=7).map(|number| look(number, Some("AccessDenied"))).collect();
    place.deliver(&calls).await;
    assert!(of(&place.advance_windows().await, "enumeration").is_none(), "seven calls are below the threshold");

    place.deliver(&[look(8, None), look(9, None)]).await;
    let advanced = place.advance_windows().await;
    let finding = of(&advanced, "enumeration").unwrap().clone();
    assert_eq!(finding.details["actions"], 9);
    assert!(place.advance_windows().await.version.is_none());

    place.deliver(&[look(10, None)]).await;
    let advanced = place.advance_windows().await;
    let later = of(&advanced, "enumeration").unwrap();
    assert_eq!((later.id.as_str(), &later.details["actions"]), (finding.id.as_str(), &json!(10)));
}

#[tokio::test(flavor = "multi_thread")]
async fn late_events_join_a_window_that_began_the_day_before() {
    let mut place = Place::new().await;
    let look = |number: usize, time: &str| {
        event(number, time, &format!("svc{number}"), "ListThings", &Value::Null, Some("AccessDenied"))
    };
    // Both days have their window, and what comes late touches the second day alone.
    let before: Vec<Value> = (1..=6).map(|number| look(number, &format!("2026-03-02T23:58:{number:02}Z"))).collect();
    place.deliver(&before).await;
    assert!(of(&place.advance_windows().await, "enumeration").is_none(), "six calls are below the threshold");
    let after: Vec<Value> = (7..=9).map(|number| look(number, &format!("2026-03-03T00:01:{number:02}Z"))).collect();
    place.deliver(&after).await;
    let advanced = place.advance_windows().await;
    let finding = of(&advanced, "enumeration").expect("nine calls within minutes").clone();
    assert_eq!((&finding.details["actions"], finding.count), (&json!(9), 9));

    place.deliver(&[look(10, "2026-03-03T00:01:30Z")]).await;
    let advanced = place.advance_windows().await;
    let later = of(&advanced, "enumeration").expect("an update");
    assert_eq!((later.id.as_str(), &later.details["actions"]), (finding.id.as_str(), &json!(10)));

    // A day later nothing of it is told again.
    place.deliver(&[look(11, "2026-03-04T12:00:00Z")]).await;
    assert!(of(&place.advance_windows().await, "enumeration").is_none());
    place.lake.refresh().await.unwrap();
    place.engine.attach_lake(&place.lake).await.unwrap();
    let sql = "SELECT id FROM findings WHERE detection = 'enumeration'";
    let rows: usize = place.engine.sql(sql).await.unwrap().collect().await.unwrap().iter().map(|b| b.num_rows()).sum();
    assert_eq!(rows, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn sigma_rules_watch_a_lake_and_their_windows_pass_midnight() {
    const HEAD: &str = "logsource: {product: aws, service: cloudtrail}\n";
    let folder = tempfile::tempdir().unwrap();
    let root = format!(
        "title: m\n{HEAD}detection: {{sel: {{userIdentity|contains: '\"username\":\"alice\"', eventName: makething}}, condition: sel}}\n"
    );
    let many = format!(
        "title: d\nname: d\n{HEAD}detection: {{sel: {{errorCode: accessdenied}}, condition: sel}}\n---\ntitle: c\ncorrelation: {{type: value_count, rules: [d], group-by: [userIdentity.arn], timespan: 2m, condition: {{field: eventName, gte: 3}}}}\n"
    );
    std::fs::write(folder.path().join("match.yml"), root).unwrap();
    std::fs::write(folder.path().join("many.yml"), many).unwrap();
    let sigma = Sigma::load(&[folder.path().to_owned()], &BTreeMap::new()).unwrap();
    assert_eq!(sigma.refused().count(), 0, "{:?}", sigma.documents);
    let mut rules = Rules::default();
    sigma.rules.into_iter().for_each(|rule| rules.insert(rule).unwrap());
    let mut place = Place::with(rules).await;

    let denied =
        |number: usize, time: &str, name: &str| event(number, time, "svc", name, &Value::Null, Some("AccessDenied"));
    place.deliver(&[denied(1, "2026-03-01T23:59:00Z", "A"), denied(2, "2026-03-01T23:59:30Z", "B")]).await;
    assert!(place.advance_windows().await.findings.is_empty());
    place.deliver(&[denied(3, "2026-03-02T00:00:30Z", "MakeThing")]).await;
    let advanced = place.advance_windows().await;
    let finding = of(&advanced, "sigma/many.yml").unwrap();
    assert_eq!((finding.count, &finding.details["value_count"]), (3, &json!(3)));
    let advanced = place.advance().await;
    assert_eq!(of(&advanced, "sigma/match.yml").unwrap().event_ids.len(), 1);
}
