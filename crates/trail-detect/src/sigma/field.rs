//! Where a field that a Sigma rule names stands in the table `cloudtrail`.

use arrow::datatypes::DataType;

use crate::leaves::Leaves;

/// How the values of a column are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// Text as it is.
    Text,
    /// JSON text.
    Json,
    /// A list, a struct, a time, a boolean: read by its JSON form.
    Typed,
}

/// A column, and the way into its JSON.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Place {
    /// The path of a leaf of the schema.
    pub(super) column: String,
    /// The rest of the name; empty for the whole column.
    pub(super) path: String,
    pub(super) form: Form,
    /// Whether the schema has the field; one that it does not have is looked for among those that have no column.
    pub(super) known: bool,
}

/// Names of Elastic's common schema that are not CloudTrail's own with underscores.
const ELASTIC: [(&str, &str); 22] = [
    ("@timestamp", "eventTime"),
    ("event.action", "eventName"),
    ("event.provider", "eventSource"),
    ("event.id", "eventID"),
    ("event.created", "eventTime"),
    ("cloud.region", "awsRegion"),
    ("cloud.account.id", "recipientAccountId"),
    ("source.ip", "sourceIPAddress"),
    ("source.address", "sourceIPAddress"),
    ("client.ip", "sourceIPAddress"),
    ("user_agent", "userAgent"),
    ("user_agent.original", "userAgent"),
    ("user.name", "userIdentity.userName"),
    ("user.id", "userIdentity.principalId"),
    ("role.name", "userIdentity.sessionContext.sessionIssuer.userName"),
    (
        "aws.cloudtrail.user_identity.session_context.mfa_authenticated",
        "userIdentity.sessionContext.attributes.mfaAuthenticated",
    ),
    (
        "aws.cloudtrail.user_identity.session_context.creation_date",
        "userIdentity.sessionContext.attributes.creationDate",
    ),
    ("aws.cloudtrail.console_login.additional_eventdata.mfa_used", "additionalEventData.MFAUsed"),
    ("aws.cloudtrail.console_login.additional_eventdata.mobile_version", "additionalEventData.MobileVersion"),
    ("aws.cloudtrail.console_login.additional_eventdata.login_to", "additionalEventData.LoginTo"),
    ("tls.client.server_name", "tlsDetails.clientProvidedHostHeader"),
    ("tls.cipher", "tlsDetails.cipherSuite"),
];

/// What Elastic computes when it takes an event in.
const COMPUTED: [&str; 8] = [
    "event.outcome",
    "event.kind",
    "event.type",
    "event.category",
    "event.module",
    "event.dataset",
    "related.user",
    "source.geo",
];

impl Place {
    /// Finds a field by its CloudTrail name, in any case, or by its name in Elastic's common schema.
    pub(super) fn find(field: &str, leaves: &Leaves) -> Result<Place, String> {
        let name = rsigma_parser::fieldpath::unescape_brackets(field);
        let lower = name.to_ascii_lowercase();
        if COMPUTED.iter().any(|computed| within(&lower, computed)) {
            return Err(format!(
                "`{name}` is computed by Elastic and in no log (compare `errorCode`, `eventType` and their like)"
            ));
        }
        if let Some((_, own)) = ELASTIC.iter().find(|(elastic, _)| *elastic == lower) {
            return Ok(Place::named(own, leaves));
        }
        let stripped = lower.strip_prefix("aws.cloudtrail.").map(|rest| {
            let rest = rest.strip_prefix("flattened.").unwrap_or(rest);
            &name[name.len() - rest.len()..]
        });
        Ok(match stripped {
            Some(rest) => Place::with_underscores(rest, leaves),
            None => Place::named(&name, leaves),
        })
    }

    /// A name whose first parts are CloudTrail's with underscores: `user_identity.session_context`, `request_parameters.userName`.
    fn with_underscores(name: &str, leaves: &Leaves) -> Place {
        let parts: Vec<&str> = name.split('.').collect();
        for own in (1..=parts.len()).rev() {
            let head = parts[..own].join(".").replace('_', "");
            if leaves.get(&head.to_ascii_lowercase()).is_some() {
                return Place::named(&[&[head.as_str()], &parts[own..]].concat().join("."), leaves);
            }
        }
        Place::named(name, leaves)
    }

    /// The longest part of the name that is a column, and what is left of it.
    fn named(name: &str, leaves: &Leaves) -> Place {
        let lower = name.to_ascii_lowercase();
        let ends = std::iter::once(lower.len()).chain(lower.rmatch_indices('.').map(|(dot, _)| dot));
        for end in ends {
            let Some(leaf) = leaves.get(&lower[..end]) else { continue };
            let path = name.get(end + 1..).unwrap_or_default().to_owned();
            let json = trail_event::JSON_COLUMNS.contains(&&lower[..end]);
            let form = match leaves.field(leaf).data_type() {
                DataType::Utf8View if json || !path.is_empty() => Form::Json,
                DataType::Utf8View => Form::Text,
                // A field that the schema does not know, inside an object that it does.
                DataType::Struct(_) if !path.is_empty() => break,
                _ => Form::Typed,
            };
            return Place { column: lower[..end].to_owned(), path, form, known: true };
        }
        Place { column: "_extra".to_owned(), path: name.to_owned(), form: Form::Json, known: false }
    }
}

fn within(name: &str, parent: &str) -> bool {
    name.strip_prefix(parent).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_find_columns() {
        let leaves = Leaves::new(&trail_event::schema());
        for (name, column, path, form) in [
            ("eventName", "eventname", "", Form::Text),
            ("USERIDENTITY.Type", "useridentity.type", "", Form::Text),
            ("userIdentity", "useridentity", "", Form::Typed),
            (
                "userIdentity.sessionContext.sessionIssuer.userName",
                "useridentity.sessioncontext.sessionissuer.username",
                "",
                Form::Text,
            ),
            ("userIdentity.newThing.x", "_extra", "userIdentity.newThing.x", Form::Json),
            ("requestParameters", "requestparameters", "", Form::Json),
            ("requestParameters.Tag.x", "requestparameters", "Tag.x", Form::Json),
            ("resources.ARN", "resources", "ARN", Form::Typed),
            ("readOnly", "readonly", "", Form::Typed),
            ("status", "_extra", "status", Form::Json),
            ("event.action", "eventname", "", Form::Text),
            ("aws.cloudtrail.user_identity.access_key_id", "useridentity.accesskeyid", "", Form::Text),
            ("aws.cloudtrail.request_parameters", "requestparameters", "", Form::Json),
            ("aws.cloudtrail.flattened.request_parameters.user_name", "requestparameters", "user_name", Form::Json),
            (
                "aws.cloudtrail.console_login.additional_eventdata.mfa_used",
                "additionaleventdata",
                "MFAUsed",
                Form::Json,
            ),
        ] {
            let place = Place::find(name, &leaves).unwrap();
            assert_eq!((place.column.as_str(), place.path.as_str(), place.form), (column, path, form), "{name}");
        }
        assert!(Place::find("event.outcome", &leaves).unwrap_err().contains("errorCode"));
    }
}
