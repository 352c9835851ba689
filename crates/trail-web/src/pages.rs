//! What is asked for, and what is answered.

use crate::config::Token;
use crate::head::Head;

/// What the pages say.
pub trait Pages: Send + Sync + 'static {
    /// All metrics, in OpenMetrics' text form.
    fn metrics(&self) -> String;

    /// Whether the process does its work.
    ///
    /// # Errors
    /// What of it does not, in words that anybody may read.
    fn alive(&self) -> Result<(), String>;

    /// Whether what was to be done before the first event can be seen has been done.
    ///
    /// # Errors
    /// What is still missing, in words that anybody may read.
    fn ready(&self) -> Result<(), String>;
}

/// An answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) status: &'static str,
    pub(crate) kind: &'static str,
    /// A header of its own, whole.
    pub(crate) header: &'static str,
    pub(crate) body: String,
}

const TEXT: &str = "text/plain; charset=utf-8";
const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";
const PROMETHEUS: &str = "text/plain; version=0.0.4; charset=utf-8";

impl Answer {
    pub(crate) fn text(status: &'static str, body: impl Into<String>) -> Self {
        Self { status, kind: TEXT, header: "", body: format!("{}\n", body.into()) }
    }
}

/// Answers one request. Only what counts events and names sources asks for the token: whoever restarts or routes must be able
/// to see whether it is alive.
pub(crate) fn answer(head: &Head, pages: &dyn Pages, token: Option<&Token>) -> Answer {
    if head.method != "GET" && head.method != "HEAD" {
        let refused = Answer::text("405 Method Not Allowed", "there is nothing here but pages to read");
        return Answer { header: "Allow: GET, HEAD\r\n", ..refused };
    }
    match head.path.as_str() {
        "/health" => status(pages.alive(), "alive"),
        "/ready" => status(pages.ready(), "ready"),
        "/metrics" if token.is_none_or(|token| head.bearer.as_deref().is_some_and(|shown| token.is(shown))) => {
            let text = pages.metrics();
            match head.open_metrics {
                true => Answer { status: "200 OK", kind: OPEN_METRICS, header: "", body: text },
                false => Answer { status: "200 OK", kind: PROMETHEUS, header: "", body: classic(&text) },
            }
        }
        "/metrics" => {
            let refused = Answer::text("401 Unauthorized", "show the token that `web` names, as a Bearer token");
            Answer { header: "WWW-Authenticate: Bearer\r\n", ..refused }
        }
        _ => Answer::text("404 Not Found", "there is /metrics, /health and /ready"),
    }
}

fn status(found: Result<(), String>, fine: &str) -> Answer {
    match found {
        Ok(()) => Answer::text("200 OK", fine),
        Err(missing) => Answer::text("503 Service Unavailable", missing),
    }
}

/// OpenMetrics' text in the older form of Prometheus, where the comments of a counter and of build info name them with their
/// endings.
fn classic(text: &str) -> String {
    let mut ending = std::collections::HashMap::new();
    for line in text.lines() {
        if let Some((name, kind)) = line.strip_prefix("# TYPE ").and_then(|rest| rest.split_once(' ')) {
            match kind {
                "counter" => ending.insert(name, ("_total", "counter")),
                "info" => ending.insert(name, ("_info", "gauge")),
                _ => None,
            };
        }
    }
    let mut out = String::with_capacity(text.len() + 1024);
    for line in text.lines().filter(|line| *line != "# EOF") {
        let comment = ["# HELP ", "# TYPE "].into_iter().find_map(|mark| Some((mark, line.strip_prefix(mark)?)));
        let named = comment.and_then(|(mark, rest)| Some((mark, rest.split_once(' ')?)));
        match named.and_then(|(mark, (name, rest))| Some((mark, name, rest, ending.get(name)?))) {
            Some(("# TYPE ", name, _, (end, kind))) => out.extend(["# TYPE ", name, *end, " ", *kind]),
            Some((mark, name, rest, (end, _))) => out.extend([mark, name, *end, " ", rest]),
            None => out.push_str(line),
        }
        out.push('\n');
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Config;

    struct Here;

    impl Pages for Here {
        fn metrics(&self) -> String {
            "# HELP build It.\n# TYPE build info\nbuild_info{v=\"1\"} 1\n# HELP a Some.\n# TYPE a counter\na_total 7\n# TYPE b gauge\nb 1\n# EOF\n".to_owned()
        }

        fn alive(&self) -> Result<(), String> {
            Ok(())
        }

        fn ready(&self) -> Result<(), String> {
            Err("1 of 2 sources is not listed yet".to_owned())
        }
    }

    #[track_caller]
    fn check(request: &str, token: bool, status: &str, says: &str) {
        let config = Config { token_env: Some("T".to_owned()), ..Config::default() };
        let token = token.then(|| config.token(Some("0123456789abcdef".to_owned())).unwrap().unwrap());
        let head = Head::parse(request.as_bytes()).unwrap().expect("a whole head");
        let answer = answer(&head, &Here, token.as_ref());
        assert!(answer.status.starts_with(status) && answer.body.contains(says), "{request}: {answer:?}");
    }

    #[test]
    fn pages_and_tokens() {
        let with = |path: &str, header: &str| format!("GET {path} HTTP/1.1\r\nHost: x\r\n{header}\r\n");
        check(&with("/health", ""), true, "200", "alive");
        check(&with("/ready?verbose", ""), true, "503", "1 of 2 sources");
        check(&with("/metrics", ""), false, "200", "# TYPE a_total counter");
        check(&with("/metrics", "Accept: application/openmetrics-text;version=1.0.0\r\n"), false, "200", "# EOF");
        check(&with("/metrics", ""), true, "401", "Bearer");
        check(&with("/metrics", "Authorization: Bearer 0123456789abcdeg\r\n"), true, "401", "Bearer");
        check(&with("/metrics", "Authorization: Basic 0123456789abcdef\r\n"), true, "401", "Bearer");
        check(&with("/metrics", "authorization: bearer 0123456789abcdef\r\n"), true, "200", "a_total 7");
        check(&with("/", ""), true, "404", "/metrics");
        check(&with("/../metrics", ""), true, "404", "");
        check("POST /metrics HTTP/1.1\r\n\r\n", true, "405", "");
    }

    #[test]
    fn both_forms_of_metrics() {
        let classic = classic(&Here.metrics());
        let expected = "# HELP build_info It.\n# TYPE build_info gauge\nbuild_info{v=\"1\"} 1\n# HELP a_total Some.\n# TYPE a_total counter\na_total 7\n# TYPE b gauge\nb 1\n";
        assert_eq!(classic, expected);
    }
}
