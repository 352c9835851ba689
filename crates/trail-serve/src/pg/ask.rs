//! Statements: a text at once (the simple protocol), or parsed, bound and executed (the extended one).

use std::fmt::Debug;
use std::sync::Arc;

use async_trait::async_trait;
use datafusion::common::ScalarValue;
use datafusion_postgres::arrow_pg::datatypes::into_pg_type;
use datafusion_postgres::pgwire::api::portal::{Format, Portal};
use datafusion_postgres::pgwire::api::query::{ExtendedQueryHandler, SimpleQueryHandler};
use datafusion_postgres::pgwire::api::results::{DataRowEncoder, FieldFormat, FieldInfo, QueryResponse, Response, Tag};
use datafusion_postgres::pgwire::api::stmt::{QueryParser, StoredStatement};
use datafusion_postgres::pgwire::api::store::{Entry, PortalStore};
use datafusion_postgres::pgwire::api::{ClientInfo, ClientPortalStore, DEFAULT_NAME, Type};
use datafusion_postgres::pgwire::error::{PgWireError, PgWireResult};
use datafusion_postgres::pgwire::messages::PgWireBackendMessage;
use datafusion_postgres::pgwire::messages::extendedquery::{
    Bind, BindComplete, Close, CloseComplete, Parse, ParseComplete, TARGET_TYPE_BYTE_PORTAL, TARGET_TYPE_BYTE_STATEMENT,
};
use futures::{Sink, SinkExt};

use super::answer;
use super::error::{of, plain, stopped};
use super::session::{MOST_NAMES, Named, Session};
use super::words::{Said, said, split};
use crate::door::{Caller, Planned};
use crate::params;

/// Statements that one text may have.
const MOST_STATEMENTS: usize = 100;
/// Values that one statement may have.
const MOST_VALUES: usize = 1_000;

/// A statement that was parsed.
#[derive(Debug, Clone)]
pub(super) enum Parsed {
    /// For us.
    Said(Said),
    /// For the engine, with what its parameters are told to be.
    Planned(Arc<Planned>, Vec<Type>),
}

/// Answers the statements of one connection.
pub(super) struct Asking {
    session: Arc<Session>,
}

impl Asking {
    pub(super) fn new(session: Arc<Session>) -> Self {
        Self { session }
    }

    fn caller(&self) -> PgWireResult<&Caller> {
        self.session.caller().ok_or(PgWireError::NotReadyForQuery)
    }

    async fn parse(&self, sql: &str) -> PgWireResult<Parsed> {
        if let Some(said) = said(sql, Some(self.timeout())) {
            return Ok(Parsed::Said(said));
        }
        let planned = self.session.house.plan(self.caller()?, sql, self.session.timeout());
        let planned = planned.await.map_err(|error| of(&error))?;
        let known = planned.parameters().map_err(|error| of(&error))?;
        let count = known.last_key_value().map_or(0, |(number, _)| *number);
        if count > MOST_VALUES {
            return Err(plain("54000", format!("`${count}` is one parameter too many ({MOST_VALUES} at most)")));
        }
        // Text is what a client can always send, and what the engine reads as it reads a literal.
        let told = |number| {
            known.get(&number).and_then(Option::as_ref).and_then(|kind| into_pg_type(kind).ok()).unwrap_or(Type::TEXT)
        };
        Ok(Parsed::Planned(Arc::new(planned), (1..=count).map(told).collect()))
    }

    async fn run(&self, planned: &Planned, values: Vec<ScalarValue>, format: &Format) -> PgWireResult<Response> {
        let (house, caller) = (&self.session.house, self.caller()?);
        let rows = house.run(caller, planned, values, self.session.timeout(), self.session.begin()).await;
        Ok(Response::Query(answer::response(rows.map_err(|error| stopped(&error))?, format)))
    }

    fn reply(&self, said: &Said, store: &impl PortalStore) -> PgWireResult<Response> {
        Ok(match said {
            Said::Done(tag) => Response::Execution(Tag::new(tag)),
            Said::Begin => Response::TransactionStart(Tag::new("BEGIN")),
            Said::End(tag) => Response::TransactionEnd(Tag::new(tag)),
            Said::Show(name, value) => {
                let fields = Arc::new(shown(name));
                let mut row = DataRowEncoder::new(fields.clone());
                row.encode_field(&Some(value.as_str()))?;
                let row = row.take_row();
                let mut response = QueryResponse::new(fields, futures::stream::iter([Ok(row)]));
                response.set_command_tag("SHOW");
                Response::Query(response)
            }
            Said::Unknown(name) => {
                return Err(plain("42704", format!("unrecognized configuration parameter \"{name}\"")));
            }
            Said::Timeout(timeout) => {
                self.session.set_timeout(*timeout);
                Response::Execution(Tag::new("SET"))
            }
            Said::Forget(name) => {
                match name {
                    Some(name) => {
                        self.session.forget(Named::Statement, name);
                        store.rm_statement(name);
                    }
                    None => self.session.forget_all(Named::Statement).iter().for_each(|name| store.rm_statement(name)),
                }
                Response::Execution(Tag::new("DEALLOCATE"))
            }
        })
    }

    fn timeout(&self) -> std::time::Duration {
        let most = self.session.house.config.statement_timeout;
        self.session.timeout().map_or(most, |timeout| timeout.min(most))
    }

    fn note(&self, kind: Named, name: &str) -> PgWireResult<()> {
        let what = match kind {
            Named::Statement => "prepared statements",
            Named::Portal => "portals",
        };
        let full = || plain("54000", format!("more than {MOST_NAMES} {what} are open in this connection: close some"));
        self.session.name(kind, name).then_some(()).ok_or_else(full)
    }
}

fn shown(name: &str) -> Vec<FieldInfo> {
    vec![FieldInfo::new(name.to_owned(), None, None, Type::TEXT, FieldFormat::Text)]
}

#[async_trait]
impl SimpleQueryHandler for Asking {
    async fn do_query<C>(&self, client: &mut C, query: &str) -> PgWireResult<Vec<Response>>
    where
        C: ClientInfo + ClientPortalStore + Sink<PgWireBackendMessage> + Unpin + Send + Sync,
        C::PortalStore: PortalStore,
        C::Error: Debug,
        PgWireError: From<<C as Sink<PgWireBackendMessage>>::Error>,
    {
        let statements = split(query);
        if statements.is_empty() {
            return Ok(vec![Response::EmptyQuery]);
        }
        if statements.len() > MOST_STATEMENTS {
            return Err(plain("54000", format!("more than {MOST_STATEMENTS} statements in one text")));
        }
        let mut responses = Vec::with_capacity(statements.len());
        for statement in statements {
            responses.push(match self.parse(statement).await? {
                Parsed::Said(said) => self.reply(&said, client.portal_store())?,
                Parsed::Planned(planned, parameters) if parameters.is_empty() => {
                    self.run(&planned, Vec::new(), &Format::UnifiedText).await?
                }
                Parsed::Planned(..) => {
                    return Err(plain("42P02", "there is no value for `$1`: prepare the statement, and bind it"));
                }
            });
        }
        Ok(responses)
    }
}

#[async_trait]
impl QueryParser for Asking {
    type Statement = Parsed;

    async fn parse_sql<C>(&self, _: &C, sql: &str, _: &[Option<Type>]) -> PgWireResult<Option<Parsed>>
    where
        C: ClientInfo + Unpin + Send + Sync,
    {
        match split(sql).as_slice() {
            [] => Ok(None),
            [one] => self.parse(one).await.map(Some),
            // The engine says what is wrong with it.
            _ => self.parse(sql).await.map(Some),
        }
    }

    fn get_parameter_types(&self, statement: &Parsed) -> PgWireResult<Vec<Type>> {
        Ok(match statement {
            Parsed::Said(_) => Vec::new(),
            Parsed::Planned(_, parameters) => parameters.clone(),
        })
    }

    fn get_result_schema(&self, statement: &Parsed, format: Option<&Format>) -> PgWireResult<Vec<FieldInfo>> {
        Ok(match statement {
            Parsed::Said(Said::Show(name, _)) => shown(name),
            Parsed::Said(_) => Vec::new(),
            Parsed::Planned(planned, _) => answer::fields(&planned.schema(), format.unwrap_or(&Format::UnifiedText)),
        })
    }
}

#[async_trait]
impl ExtendedQueryHandler for Asking {
    type Statement = Parsed;
    type QueryParser = Asking;

    fn query_parser(&self) -> Arc<Asking> {
        Arc::new(Asking::new(self.session.clone()))
    }

    async fn on_parse<C>(&self, client: &mut C, message: Parse) -> PgWireResult<()>
    where
        C: ClientInfo + ClientPortalStore + Sink<PgWireBackendMessage> + Unpin + Send + Sync,
        C::PortalStore: PortalStore<Statement = Parsed>,
        C::Error: Debug,
        PgWireError: From<<C as Sink<PgWireBackendMessage>>::Error>,
    {
        let name = message.name.clone().unwrap_or_else(|| DEFAULT_NAME.to_owned());
        self.note(Named::Statement, &name)?;
        match StoredStatement::parse(client, &message, self.query_parser()).await? {
            Some(statement) => client.portal_store().put_statement(Arc::new(statement)),
            None => client.portal_store().put_empty_statement(&name),
        }
        client.send(PgWireBackendMessage::ParseComplete(ParseComplete::new())).await?;
        Ok(())
    }

    async fn on_bind<C>(&self, client: &mut C, message: Bind) -> PgWireResult<()>
    where
        C: ClientInfo + ClientPortalStore + Sink<PgWireBackendMessage> + Unpin + Send + Sync,
        C::PortalStore: PortalStore<Statement = Parsed>,
        C::Error: Debug,
        PgWireError: From<<C as Sink<PgWireBackendMessage>>::Error>,
    {
        let portal = message.portal_name.as_deref().unwrap_or(DEFAULT_NAME);
        self.note(Named::Portal, portal)?;
        let statement = message.statement_name.as_deref().unwrap_or(DEFAULT_NAME);
        match client.portal_store().get_statement(statement) {
            Some(Entry::Value(statement)) => {
                let portal = Portal::try_new(&message, statement)?;
                client.portal_store().put_portal(Arc::new(portal));
            }
            Some(Entry::Empty) => client.portal_store().put_empty_portal(portal),
            None => return Err(PgWireError::StatementNotFound(statement.to_owned())),
        }
        client.send(PgWireBackendMessage::BindComplete(BindComplete::new())).await?;
        Ok(())
    }

    async fn on_close<C>(&self, client: &mut C, message: Close) -> PgWireResult<()>
    where
        C: ClientInfo + ClientPortalStore + Sink<PgWireBackendMessage> + Unpin + Send + Sync,
        C::PortalStore: PortalStore<Statement = Parsed>,
        C::Error: Debug,
        PgWireError: From<<C as Sink<PgWireBackendMessage>>::Error>,
    {
        let name = message.name.as_deref().unwrap_or(DEFAULT_NAME);
        match message.target_type {
            TARGET_TYPE_BYTE_STATEMENT => {
                self.session.forget(Named::Statement, name);
                client.portal_store().rm_statement(name);
            }
            TARGET_TYPE_BYTE_PORTAL => {
                self.session.forget(Named::Portal, name);
                client.portal_store().rm_portal(name);
            }
            _ => {}
        }
        client.send(PgWireBackendMessage::CloseComplete(CloseComplete::new())).await?;
        Ok(())
    }

    async fn do_query<C>(&self, client: &mut C, portal: &Portal<Parsed>, _: usize) -> PgWireResult<Response>
    where
        C: ClientInfo + ClientPortalStore + Sink<PgWireBackendMessage> + Unpin + Send + Sync,
        C::PortalStore: PortalStore<Statement = Parsed>,
        C::Error: Debug,
        PgWireError: From<<C as Sink<PgWireBackendMessage>>::Error>,
    {
        match &portal.statement.statement {
            Parsed::Said(said) => self.reply(said, client.portal_store()),
            Parsed::Planned(planned, told) => {
                let values = values(portal, planned, told)?;
                self.run(planned, values, &portal.result_column_format).await
            }
        }
    }
}

/// The values that a client has bound.
fn values(portal: &Portal<Parsed>, planned: &Planned, told: &[Type]) -> PgWireResult<Vec<ScalarValue>> {
    if portal.parameters.len() != told.len() {
        let (bound, wanted) = (portal.parameters.len(), told.len());
        return Err(plain("08P01", format!("{bound} values are bound, and the statement has {wanted} parameters")));
    }
    let wanted = planned.parameters().map_err(|error| of(&error))?;
    let binary = |at: usize| match &portal.parameter_format {
        Format::UnifiedText => false,
        Format::UnifiedBinary => true,
        Format::Individual(formats) => formats.get(at).is_some_and(|format| *format == 1),
    };
    let value = |(at, bytes): (usize, &Option<bytes::Bytes>)| {
        let meant = portal.statement.parameter_types.get(at).cloned().flatten();
        let hint = meant.filter(|hint| *hint != Type::UNKNOWN).unwrap_or_else(|| told[at].clone());
        let wanted = wanted.get(&(at + 1)).and_then(Option::as_ref);
        params::value(at + 1, bytes.as_deref(), binary(at), &hint, wanted).map_err(|text| plain("22P02", text))
    };
    portal.parameters.iter().enumerate().map(value).collect()
}
