//! The calls of Flight SQL. A ticket holds the statement itself, so that nothing is kept between the call that asks for it and
//! the one that fetches the rows.

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use arrow::array::{Array, RecordBatch};
use arrow::datatypes::{DataType, Field, Schema};
use arrow_flight::decode::FlightRecordBatchStream;
use arrow_flight::encode::FlightDataEncoderBuilder;
use arrow_flight::error::FlightError;
use arrow_flight::flight_service_server::FlightService;
use arrow_flight::sql::server::{FlightSqlService, PeekableFlightDataStream};
use arrow_flight::sql::{
    ActionCancelQueryRequest, ActionCancelQueryResult, ActionClosePreparedStatementRequest,
    ActionCreatePreparedStatementRequest, ActionCreatePreparedStatementResult, Any, CommandGetCatalogs,
    CommandGetCrossReference, CommandGetDbSchemas, CommandGetExportedKeys, CommandGetImportedKeys,
    CommandGetPrimaryKeys, CommandGetSqlInfo, CommandGetTableTypes, CommandGetTables, CommandPreparedStatementQuery,
    CommandStatementQuery, CommandStatementUpdate, DoPutPreparedStatementResult, ProstMessageExt, SqlInfo,
    TicketStatementQuery,
};
use arrow_flight::{
    Action, ActionType, CancelFlightInfoRequest, CancelFlightInfoResult, CancelStatus, FlightData, FlightDescriptor,
    FlightEndpoint, FlightInfo, HandshakeRequest, HandshakeResponse, IpcMessage, SchemaAsIpc, Ticket,
};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use bytes::Bytes;
use datafusion::common::ScalarValue;
use futures::{Stream, StreamExt, TryStreamExt};
use prost::Message;
use tokio_util::sync::CancellationToken;
use tonic::metadata::MetadataMap;
use tonic::{Request, Response, Status, Streaming};
use trail_query::write::visible;

use super::handles::{HANDLE, Handle, Handles};
use super::status::{flight, internal, of, stopped};
use super::{From, about, plain};
use crate::door::{Caller, Door, House, Planned};
use crate::limits::Places;
use crate::params;
use crate::text::numbered;

/// Who asks where there are no users.
const ANYBODY: &str = "local";
/// A wrong password costs so long.
const WRONG: Duration = Duration::from_millis(500);
/// A newer way to cancel than `CancelQuery`.
const CANCEL_FLIGHT_INFO: &str = "CancelFlightInfo";

type Get = Pin<Box<dyn Stream<Item = Result<FlightData, Status>> + Send + 'static>>;

/// What an asynchronous method of the trait gives, written out: a macro's expansion is not rewritten by another.
type Call<'a, T> = Pin<Box<dyn Future<Output = Result<Response<T>, Status>> + Send + 'a>>;

/// The service of a door.
pub(super) struct Service {
    house: Arc<House>,
    places: Places,
    handles: Handles,
    stop: CancellationToken,
}

impl Service {
    pub(super) fn new(house: Arc<House>, places: Places, stop: CancellationToken) -> Self {
        Self { house, places, handles: Handles::default(), stop }
    }

    /// Who asks: by a token of ours, or by user and password in each call.
    async fn caller<T>(&self, request: &Request<T>) -> Result<Caller, Status> {
        let from = request.extensions().get::<From>().ok_or_else(|| Status::internal("a call from nowhere"))?.0;
        let caller = |who: &str| Caller { who: who.to_owned(), door: Door::Flight, from };
        let users = &self.house.users;
        if users.is_empty() {
            return Ok(caller(ANYBODY));
        }
        let shown = shown(request.metadata());
        let (found, name) = match &shown {
            Some(Shown::Bearer(token)) => (users.bearer(token), "?"),
            Some(Shown::Basic(name, password)) => (users.verify(name, password), name.as_str()),
            None => return Err(Status::unauthenticated("this door asks for a user and a password")),
        };
        let Some(found) = found else {
            let who: String = visible(name).chars().take(100).collect();
            tracing::warn!(target: "audit", who, door = "flight", %from, "refused: wrong user, password or token");
            tokio::time::sleep(WRONG).await;
            return Err(Status::unauthenticated("wrong user or password, or a token that is no longer good"));
        };
        Ok(caller(found))
    }

    async fn plan(&self, caller: &Caller, sql: &str) -> Result<Planned, Status> {
        self.house.plan(caller, &numbered(sql), None).await.map_err(|error| of(&error))
    }

    /// The rows of a statement as messages.
    async fn rows(
        &self,
        caller: &Caller,
        planned: &Planned,
        values: Vec<ScalarValue>,
        handle: Handle,
    ) -> Result<Response<Get>, Status> {
        let place = self.places.of(&caller.who).ok_or_else(|| {
            let most = self.places.most_of_one();
            Status::resource_exhausted(format!(
                "too many statements of `{}` at a time (`serve.connections_per_user` is {most})",
                caller.who
            ))
        })?;
        let running = self.handles.run(handle, &caller.who, self.stop.child_token());
        let rows = self.house.run(caller, planned, values, None, running.cancel.clone()).await;
        let rows = rows.map_err(|error| stopped(&error))?;
        let schema = plain::schema(&rows.schema());
        let wanted = schema.clone();
        let batches = rows.map(move |batch| {
            // Held for as long as rows come.
            let _held = (&place, &running);
            let batch = batch.map_err(|error| flight(&error))?;
            plain::batch(&batch, &wanted).map_err(FlightError::from)
        });
        let messages = FlightDataEncoderBuilder::new().with_schema(schema).build(batches);
        Ok(Response::new(Box::pin(messages.map_err(Status::from))))
    }
}

enum Shown {
    Bearer(String),
    Basic(String, String),
}

fn shown(metadata: &MetadataMap) -> Option<Shown> {
    let header = metadata.get("authorization")?.to_str().ok()?;
    let (kind, rest) = header.split_once(' ')?;
    let rest = rest.trim();
    if kind.eq_ignore_ascii_case("bearer") {
        return Some(Shown::Bearer(rest.to_owned()));
    }
    if !kind.eq_ignore_ascii_case("basic") {
        return None;
    }
    let bytes =
        BASE64_STANDARD.decode(rest).ok().or_else(|| base64::prelude::BASE64_STANDARD_NO_PAD.decode(rest).ok())?;
    let (name, password) = String::from_utf8(bytes).ok()?.split_once(':').map(|(n, p)| (n.to_owned(), p.to_owned()))?;
    Some(Shown::Basic(name, password))
}

/// What a client needs to fetch rows: their schema, and a ticket.
fn info(schema: &Schema, ticket: Bytes, descriptor: FlightDescriptor) -> Result<Response<FlightInfo>, Status> {
    let endpoint = FlightEndpoint::new().with_ticket(Ticket { ticket });
    let info = FlightInfo::new().try_with_schema(schema).map_err(internal)?;
    Ok(Response::new(info.with_endpoint(endpoint).with_descriptor(descriptor)))
}

/// The answer of a call about the catalog, whose ticket is the call itself.
fn told(
    batch: &RecordBatch,
    command: &impl ProstMessageExt,
    descriptor: FlightDescriptor,
) -> Result<Response<FlightInfo>, Status> {
    info(&batch.schema(), command.as_any().encode_to_vec().into(), descriptor)
}

fn one(batch: RecordBatch) -> Response<Get> {
    let schema = batch.schema();
    let messages = FlightDataEncoderBuilder::new().with_schema(schema).build(futures::stream::iter([Ok(batch)]));
    Response::new(Box::pin(messages.map_err(Status::from)))
}

fn bytes(schema: &Schema) -> Result<Bytes, Status> {
    let IpcMessage(bytes) = SchemaAsIpc::new(schema, &Default::default()).try_into().map_err(internal)?;
    Ok(bytes)
}

fn fresh() -> Result<Handle, Status> {
    Handles::fresh().ok_or_else(|| Status::internal("the system gives no random numbers"))
}

/// The handle in the ticket of a `FlightInfo`.
fn running_of(info: &FlightInfo) -> Option<Bytes> {
    let ticket = &info.endpoint.first()?.ticket.as_ref()?.ticket;
    let any = Any::decode(ticket.as_ref()).ok()?;
    if let Ok(Some(ticket)) = any.unpack::<TicketStatementQuery>() {
        return ticket.statement_handle.get(..HANDLE).map(Bytes::copy_from_slice);
    }
    let prepared = any.unpack::<CommandPreparedStatementQuery>().ok()??;
    Some(prepared.prepared_statement_handle)
}

const UNKNOWN: &str = "there is no such prepared statement: prepare it again";

/// Calls about the catalog: each tells its schema, and then its rows.
macro_rules! catalog_calls {
    ($($info:ident, $get:ident, $command:ty, |$this:ident, $asked:ident| $batch:expr;)*) => { $(
        fn $info<'life0, 'async_trait>(&'life0 self, command: $command, request: Request<FlightDescriptor>) -> Call<'async_trait, FlightInfo>
        where
            'life0: 'async_trait,
            Self: 'async_trait,
        {
            Box::pin(async move {
                self.caller(&request).await?;
                let ($this, $asked) = (self, command.clone());
                let _ = ($this, &$asked);
                told(&$batch.map_err(internal)?, &command, request.into_inner())
            })
        }

        fn $get<'life0, 'async_trait>(&'life0 self, command: $command, request: Request<Ticket>) -> Call<'async_trait, Get>
        where
            'life0: 'async_trait,
            Self: 'async_trait,
        {
            Box::pin(async move {
                self.caller(&request).await?;
                let ($this, $asked) = (self, command);
                let _ = ($this, &$asked);
                Ok(one($batch.map_err(internal)?))
            })
        }
    )* };
}

#[tonic::async_trait]
impl FlightSqlService for Service {
    type FlightService = Service;

    async fn do_handshake(
        &self,
        request: Request<Streaming<HandshakeRequest>>,
    ) -> Result<Response<Pin<Box<dyn Stream<Item = Result<HandshakeResponse, Status>> + Send>>>, Status> {
        let caller = self.caller(&request).await?;
        let token = self.house.users.token(&caller.who);
        let payload = Bytes::from(token.clone().into_bytes());
        let answer = HandshakeResponse { protocol_version: 0, payload };
        let mut response: Response<Pin<Box<dyn Stream<Item = _> + Send>>> =
            Response::new(Box::pin(futures::stream::iter([Ok(answer)])));
        let bearer = format!("Bearer {token}").parse().map_err(internal)?;
        response.metadata_mut().insert("authorization", bearer);
        Ok(response)
    }

    async fn get_flight_info_statement(
        &self,
        query: CommandStatementQuery,
        request: Request<FlightDescriptor>,
    ) -> Result<Response<FlightInfo>, Status> {
        let caller = self.caller(&request).await?;
        let planned = self.plan(&caller, &query.query).await?;
        let statement_handle = [fresh()?.as_slice(), query.query.as_bytes()].concat().into();
        let ticket = TicketStatementQuery { statement_handle }.as_any().encode_to_vec();
        info(&plain::schema(&planned.schema()), ticket.into(), request.into_inner())
    }

    async fn do_get_statement(
        &self,
        ticket: TicketStatementQuery,
        request: Request<Ticket>,
    ) -> Result<Response<Get>, Status> {
        let caller = self.caller(&request).await?;
        let split = ticket.statement_handle.split_at_checked(HANDLE);
        let found =
            split.and_then(|(handle, sql)| Some((Handle::try_from(handle).ok()?, std::str::from_utf8(sql).ok()?)));
        let (handle, sql) = found.ok_or_else(|| Status::invalid_argument("this is no ticket of ours"))?;
        let planned = self.plan(&caller, sql).await?;
        self.rows(&caller, &planned, Vec::new(), handle).await
    }

    async fn do_action_create_prepared_statement(
        &self,
        query: ActionCreatePreparedStatementRequest,
        request: Request<Action>,
    ) -> Result<ActionCreatePreparedStatementResult, Status> {
        let caller = self.caller(&request).await?;
        let planned = self.plan(&caller, &query.query).await?;
        let known = planned.parameters().map_err(|error| of(&error))?;
        let count = known.last_key_value().map_or(0, |(number, _)| *number);
        let field = |number: usize| {
            let kind = known.get(&number).cloned().flatten().unwrap_or(DataType::Utf8);
            Field::new(format!("${number}"), kind, true)
        };
        let parameters = plain::schema(&Schema::new((1..=count.min(1_000)).map(field).collect::<Vec<_>>()));
        let dataset = plain::schema(&planned.schema());
        let handle = fresh()?;
        self.handles.store(handle, &caller.who, Arc::new(planned));
        Ok(ActionCreatePreparedStatementResult {
            prepared_statement_handle: Bytes::copy_from_slice(&handle),
            dataset_schema: bytes(&dataset)?,
            parameter_schema: bytes(&parameters)?,
        })
    }

    async fn do_action_close_prepared_statement(
        &self,
        query: ActionClosePreparedStatementRequest,
        request: Request<Action>,
    ) -> Result<(), Status> {
        let caller = self.caller(&request).await?;
        self.handles.close(&query.prepared_statement_handle, &caller.who);
        Ok(())
    }

    async fn do_put_prepared_statement_query(
        &self,
        query: CommandPreparedStatementQuery,
        request: Request<PeekableFlightDataStream>,
    ) -> Result<DoPutPreparedStatementResult, Status> {
        let caller = self.caller(&request).await?;
        let handle = query.prepared_statement_handle;
        let stored = self.handles.stored(&handle, &caller.who).ok_or_else(|| Status::not_found(UNKNOWN))?;
        let wanted = stored.planned.parameters().map_err(|error| of(&error))?;
        let mut batches = FlightRecordBatchStream::new_from_flight_data(request.into_inner().map_err(Into::into));
        let mut values = None;
        while let Some(batch) = batches.try_next().await.map_err(Status::from)? {
            if batch.num_rows() > 1 || (values.is_some() && batch.num_rows() == 1) {
                return Err(Status::invalid_argument("bind one row of values at a time"));
            }
            if batch.num_rows() == 1 {
                let value = |(at, column): (usize, &Arc<dyn Array>)| {
                    let value = ScalarValue::try_from_array(column, 0).map_err(internal)?;
                    match wanted.get(&(at + 1)).and_then(Option::as_ref) {
                        Some(kind) => params::fit(at + 1, value, kind).map_err(Status::invalid_argument),
                        None => Ok(value),
                    }
                };
                values = Some(batch.columns().iter().enumerate().map(value).collect::<Result<Vec<_>, Status>>()?);
            }
        }
        self.handles.bind(&handle, values.unwrap_or_default());
        Ok(DoPutPreparedStatementResult { prepared_statement_handle: Some(handle) })
    }

    async fn get_flight_info_prepared_statement(
        &self,
        query: CommandPreparedStatementQuery,
        request: Request<FlightDescriptor>,
    ) -> Result<Response<FlightInfo>, Status> {
        let caller = self.caller(&request).await?;
        let stored = self.handles.stored(&query.prepared_statement_handle, &caller.who);
        let stored = stored.ok_or_else(|| Status::not_found(UNKNOWN))?;
        let schema = plain::schema(&stored.planned.schema());
        info(&schema, query.as_any().encode_to_vec().into(), request.into_inner())
    }

    async fn do_get_prepared_statement(
        &self,
        query: CommandPreparedStatementQuery,
        request: Request<Ticket>,
    ) -> Result<Response<Get>, Status> {
        let caller = self.caller(&request).await?;
        let handle = &query.prepared_statement_handle;
        let stored = self.handles.stored(handle, &caller.who).ok_or_else(|| Status::not_found(UNKNOWN))?;
        let handle = Handle::try_from(handle.as_ref()).map_err(internal)?;
        self.rows(&caller, &stored.planned, stored.values, handle).await
    }

    async fn do_put_statement_update(
        &self,
        command: CommandStatementUpdate,
        request: Request<PeekableFlightDataStream>,
    ) -> Result<i64, Status> {
        let caller = self.caller(&request).await?;
        // The engine says why not.
        self.plan(&caller, &command.query).await?;
        Err(Status::invalid_argument("this statement has rows: run it as a query"))
    }

    async fn do_action_cancel_query(
        &self,
        query: ActionCancelQueryRequest,
        request: Request<Action>,
    ) -> Result<ActionCancelQueryResult, Status> {
        let caller = self.caller(&request).await?;
        let info = FlightInfo::decode(query.info).map_err(|error| Status::invalid_argument(error.to_string()))?;
        let ran = running_of(&info).is_some_and(|handle| self.handles.cancel(&handle, &caller.who));
        // Cancelled, or not to be cancelled.
        Ok(ActionCancelQueryResult { result: if ran { 1 } else { 3 } })
    }

    async fn do_action_fallback(
        &self,
        request: Request<Action>,
    ) -> Result<Response<<Self as FlightService>::DoActionStream>, Status> {
        let caller = self.caller(&request).await?;
        let action = request.into_inner();
        if action.r#type != CANCEL_FLIGHT_INFO {
            return Err(Status::unimplemented(format!("there is no action `{}`", visible(&action.r#type))));
        }
        let asked = CancelFlightInfoRequest::decode(action.body)
            .map_err(|error| Status::invalid_argument(error.to_string()))?;
        let handle = asked.info.as_ref().and_then(running_of);
        let ran = handle.is_some_and(|handle| self.handles.cancel(&handle, &caller.who));
        let status = if ran { CancelStatus::Cancelled } else { CancelStatus::NotCancellable };
        let body = CancelFlightInfoResult { status: status.into() }.encode_to_vec().into();
        Ok(Response::new(Box::pin(futures::stream::iter([Ok(arrow_flight::Result { body })]))))
    }

    async fn list_custom_actions(&self) -> Option<Vec<Result<ActionType, Status>>> {
        let description = "Stops a statement: CancelFlightInfoRequest to CancelFlightInfoResult".to_owned();
        Some(vec![Ok(ActionType { r#type: CANCEL_FLIGHT_INFO.to_owned(), description })])
    }

    catalog_calls! {
        get_flight_info_catalogs, do_get_catalogs, CommandGetCatalogs, |this, asked| about::catalogs(asked);
        get_flight_info_schemas, do_get_schemas, CommandGetDbSchemas, |this, asked| about::schemas(asked);
        get_flight_info_tables, do_get_tables, CommandGetTables, |this, asked| about::tables(asked, this.house.catalog.tables());
        get_flight_info_table_types, do_get_table_types, CommandGetTableTypes, |this, asked| about::table_types(asked);
        get_flight_info_sql_info, do_get_sql_info, CommandGetSqlInfo, |this, asked| about::sql_info(asked);
        get_flight_info_primary_keys, do_get_primary_keys, CommandGetPrimaryKeys, |this, asked| Ok::<_, Status>(about::primary_keys());
        get_flight_info_exported_keys, do_get_exported_keys, CommandGetExportedKeys, |this, asked| Ok::<_, Status>(about::foreign_keys());
        get_flight_info_imported_keys, do_get_imported_keys, CommandGetImportedKeys, |this, asked| Ok::<_, Status>(about::foreign_keys());
        get_flight_info_cross_reference, do_get_cross_reference, CommandGetCrossReference, |this, asked| Ok::<_, Status>(about::foreign_keys());
    }

    async fn register_sql_info(&self, _: i32, _: &SqlInfo) {}
}
