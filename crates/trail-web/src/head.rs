//! The head of a request, under limits: nothing that is asked here needs a body, or more than a few headers.

/// The longest head that is read.
pub(crate) const MOST_BYTES: usize = 8 << 10;
const MOST_HEADERS: usize = 48;

/// What of a request's head matters here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Head {
    pub(crate) method: String,
    /// Without what follows a question mark.
    pub(crate) path: String,
    /// What `Authorization: Bearer` shows.
    pub(crate) bearer: Option<Vec<u8>>,
    /// Whether OpenMetrics is understood.
    pub(crate) open_metrics: bool,
}

impl Head {
    /// Reads what has come so far; nothing while that is not a whole head.
    pub(crate) fn parse(bytes: &[u8]) -> Result<Option<Self>, httparse::Error> {
        let mut headers = [httparse::EMPTY_HEADER; MOST_HEADERS];
        let mut request = httparse::Request::new(&mut headers);
        if request.parse(bytes)?.is_partial() {
            return Ok(None);
        }
        let path = request.path.unwrap_or_default();
        let value = |name: &str| {
            request.headers.iter().find(|header| header.name.eq_ignore_ascii_case(name)).map(|header| header.value)
        };
        let bearer = value("Authorization").and_then(|shown| {
            let (scheme, token) = shown.split_at_checked(7)?;
            scheme.eq_ignore_ascii_case(b"Bearer ").then(|| token.trim_ascii().to_vec())
        });
        let accept = value("Accept").unwrap_or_default();
        Ok(Some(Self {
            method: request.method.unwrap_or_default().to_owned(),
            path: path.split_once('?').map_or(path, |(path, _)| path).to_owned(),
            bearer,
            open_metrics: String::from_utf8_lossy(accept).contains("application/openmetrics-text"),
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(bytes: &[u8], expected: &str) {
        let found = match Head::parse(bytes) {
            Ok(Some(head)) => format!("{} {} {:?} {}", head.method, head.path, head.bearer, head.open_metrics),
            Ok(None) => "more".to_owned(),
            Err(error) => error.to_string(),
        };
        assert_eq!(found, expected);
    }

    #[test]
    fn heads() {
        check(b"GET /ready?a=b HTTP/1.1\r\n\r\n", "GET /ready None false");
        check(b"GET / HTTP/1.0\r\nAuthorization: Bearer  \xff\r\n\r\n", "GET / Some([255]) false");
        check(b"GET / HTTP/1.1\r\nAuthorization: Bear\r\n\r\n", "GET / None false");
        check(b"GET / HTTP/1.1\r\naccept: text/html,application/openmetrics-text\r\n\r\n", "GET / None true");
        check(b"GET / HTTP/1.1\r\nHost: x\r\n", "more");
        check(b"", "more");
        check(b"\x16\x03\x01\x02\x00", "invalid token");
        let many = format!("GET / HTTP/1.1\r\n{}\r\n", "a: b\r\n".repeat(MOST_HEADERS + 1));
        check(many.as_bytes(), "too many headers");
    }
}
