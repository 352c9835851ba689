//! The queue itself: its address, and the calls that are made to it.

use std::time::Duration;

use aws_config::{Region, SdkConfig};
use aws_sdk_sqs::Client;
use aws_sdk_sqs::types::{
    BatchResultErrorEntry, ChangeMessageVisibilityBatchRequestEntry, DeleteMessageBatchRequestEntry, Message,
    MessageSystemAttributeName,
};
use futures::{StreamExt, stream};
use tokio::sync::OnceCell;

use super::held::Receipt;
use crate::error::SourceError;
use crate::layout;
use crate::sdk_error::{Doing, from_sdk};

/// The most messages of one call.
const BATCH: usize = 10;
/// Calls under way at a time when many messages are deleted or kept alive.
const AT_A_TIME: usize = 8;
/// How often a part of a batch that failed is tried again.
const TRIES: u32 = 4;
const FIRST_WAIT: Duration = Duration::from_millis(100);

const FORMS: &str = "write `sqs://name`, `sqs://account/name`, the queue's URL, or its ARN";

/// A queue by what the settings say of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Address {
    pub(super) name: String,
    pub(super) account: Option<String>,
    pub(super) region: Option<String>,
    url: Option<String>,
}

impl Address {
    pub(super) fn parse(text: &str) -> Result<Self, SourceError> {
        Self::read(text).ok_or_else(|| SourceError::setting("queue", text, FORMS))
    }

    fn read(text: &str) -> Option<Self> {
        let address = if let Some(arn) = text.strip_prefix("arn:") {
            let [_, "sqs", region, account, name] = arn.split(':').collect::<Vec<_>>()[..] else { return None };
            Self { name: name.into(), account: Some(account.into()), region: Some(region.into()), url: None }
        } else if let Some(rest) = text.strip_prefix("sqs://") {
            let (account, name) =
                rest.split_once('/').map_or((None, rest), |(account, name)| (Some(account.to_owned()), name));
            Self { name: name.into(), account, region: None, url: None }
        } else {
            let (_, rest) = text.split_once("://").filter(|(scheme, _)| ["http", "https"].contains(scheme))?;
            let [host, account, name] = rest.split('/').collect::<Vec<_>>()[..] else { return None };
            let region = host.strip_prefix("sqs.").and_then(|host| host.split('.').next());
            let region = region.filter(|region| layout::is_region(region)).map(str::to_owned);
            Self { name: name.into(), account: Some(account.into()), region, url: Some(text.into()) }
        };
        let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
        let stem = address.name.strip_suffix(".fifo").unwrap_or(&address.name);
        let named = (1..=80).contains(&stem.len()) && stem.bytes().all(fits);
        let placed = address.account.as_deref().is_none_or(layout::is_account)
            && address.region.as_deref().is_none_or(layout::is_region);
        (named && placed).then_some(address)
    }
}

/// A queue that can be asked.
#[derive(Debug)]
pub(super) struct Queue {
    client: Client,
    address: Address,
    /// The queue as settings and errors name it.
    shown: String,
    url: OnceCell<String>,
}

impl Queue {
    pub(super) fn new(sdk: &SdkConfig, address: Address, shown: String) -> Self {
        let mut config = aws_sdk_sqs::config::Builder::from(sdk);
        if let Some(region) = &address.region {
            config = config.region(Region::new(region.clone()));
        }
        let client = Client::from_conf(config.build());
        Self { client, url: OnceCell::new_with(address.url.clone()), address, shown }
    }

    /// The queue as the addresses of objects name it.
    pub(super) fn uri(&self) -> String {
        let Address { account, name, .. } = &self.address;
        account.as_ref().map_or_else(|| format!("sqs://{name}"), |account| format!("sqs://{account}/{name}"))
    }

    fn doing(&self, call: &'static str) -> Doing<'_> {
        Doing::Calling { call, place: &self.shown }
    }

    async fn url(&self) -> Result<&str, SourceError> {
        let ask = async || {
            let request = self.client.get_queue_url().queue_name(&self.address.name);
            let answer = request.set_queue_owner_aws_account_id(self.address.account.clone()).send().await;
            let answer = answer.map_err(|error| from_sdk(&self.doing("sqs:GetQueueUrl"), &error))?;
            let missing = || SourceError::Call {
                call: "sqs:GetQueueUrl",
                place: self.shown.clone(),
                reason: "the answer has no URL".to_owned(),
            };
            answer.queue_url().map(str::to_owned).ok_or_else(missing)
        };
        self.url.get_or_try_init(ask).await.map(String::as_str)
    }

    /// The next messages, at most ten: waits for the first so long.
    pub(super) async fn receive(&self, wait: Duration, visibility: Duration) -> Result<Vec<Message>, SourceError> {
        let request = self
            .client
            .receive_message()
            .queue_url(self.url().await?)
            .max_number_of_messages(BATCH as i32)
            .wait_time_seconds(seconds(wait))
            .visibility_timeout(seconds(visibility))
            .message_system_attribute_names(MessageSystemAttributeName::ApproximateReceiveCount)
            .message_system_attribute_names(MessageSystemAttributeName::SentTimestamp);
        let answer = request.send().await.map_err(|error| from_sdk(&self.doing("sqs:ReceiveMessage"), &error))?;
        Ok(answer.messages.unwrap_or_default())
    }

    /// Deletes messages. What could not be deleted after some tries comes again, and is told as one error.
    pub(super) async fn delete(&self, receipts: Vec<Receipt>) -> Result<(), SourceError> {
        let orders: Vec<Order> =
            receipts.into_iter().map(|receipt| Order { receipt, length: Duration::ZERO }).collect();
        self.tell(Call::Delete, &orders).await
    }

    /// Hides messages from everyone, each for so long from now on; zero shows it at once.
    pub(super) async fn hide(
        &self,
        receipts: Vec<Receipt>,
        length: impl Fn(&Receipt) -> Duration,
    ) -> Result<(), SourceError> {
        let order = |receipt| Order { length: length(&receipt), receipt };
        self.tell(Call::Hide, &receipts.into_iter().map(order).collect::<Vec<_>>()).await
    }

    async fn tell(&self, call: Call, orders: &[Order]) -> Result<(), SourceError> {
        if orders.is_empty() {
            return Ok(());
        }
        let batches: Vec<_> = orders.chunks(BATCH).map(|batch| self.insist(call, batch)).collect();
        let failed: Vec<String> = stream::iter(batches).buffer_unordered(AT_A_TIME).concat().await;
        let Some(first) = failed.first() else { return Ok(()) };
        let reason = format!("{} of {} messages, for one: {first}", failed.len(), orders.len());
        Err(SourceError::Call { call: call.action(), place: self.shown.clone(), reason })
    }

    /// One batch, and the parts of it that failed again where that may help; why the others failed.
    async fn insist(&self, call: Call, batch: &[Order]) -> Vec<String> {
        let mut reasons = Vec::new();
        let mut batch: Vec<&Order> = batch.iter().collect();
        let mut wait = FIRST_WAIT;
        for last in (0..TRIES).map(|attempt| attempt + 1 == TRIES) {
            let failed = match self.once(call, &batch).await {
                Ok(failed) => failed,
                // The SDK has tried this often enough.
                Err(error) => {
                    reasons.extend(batch.iter().map(|_| error.to_string()));
                    break;
                }
            };
            let (hopeless, again): (Vec<_>, Vec<_>) =
                failed.into_iter().partition(|failed| last || failed.sender_fault());
            reasons.extend(
                hopeless
                    .iter()
                    .map(|failed| format!("{}: {}", failed.code(), failed.message().unwrap_or("no reason given"))),
            );
            let number = |failed: &BatchResultErrorEntry| failed.id().parse::<usize>().ok();
            batch = again.iter().filter_map(number).filter_map(|number| batch.get(number).copied()).collect();
            if batch.is_empty() {
                break;
            }
            tokio::time::sleep(wait).await;
            wait *= 2;
        }
        reasons
    }

    /// One call; the entries that failed.
    async fn once(&self, call: Call, batch: &[&Order]) -> Result<Vec<BatchResultErrorEntry>, SourceError> {
        let url = self.url().await?;
        let doing = self.doing(call.action());
        let orders = batch.iter().enumerate();
        match call {
            Call::Delete => {
                let entries = orders.filter_map(|(number, order)| {
                    let entry = DeleteMessageBatchRequestEntry::builder().id(number.to_string());
                    entry.receipt_handle(&order.receipt.handle).build().ok()
                });
                let request = self.client.delete_message_batch().queue_url(url).set_entries(Some(entries.collect()));
                request.send().await.map(|answer| answer.failed).map_err(|error| from_sdk(&doing, &error))
            }
            Call::Hide => {
                let entries = orders.filter_map(|(number, order)| {
                    let entry = ChangeMessageVisibilityBatchRequestEntry::builder().id(number.to_string());
                    let entry = entry.receipt_handle(&order.receipt.handle).visibility_timeout(seconds(order.length));
                    entry.build().ok()
                });
                let request =
                    self.client.change_message_visibility_batch().queue_url(url).set_entries(Some(entries.collect()));
                request.send().await.map(|answer| answer.failed).map_err(|error| from_sdk(&doing, &error))
            }
        }
    }
}

/// What is asked of a message.
#[derive(Debug)]
struct Order {
    receipt: Receipt,
    /// How long it is hidden.
    length: Duration,
}

#[derive(Debug, Clone, Copy)]
enum Call {
    Delete,
    Hide,
}

impl Call {
    fn action(self) -> &'static str {
        match self {
            Self::Delete => "sqs:DeleteMessage",
            Self::Hide => "sqs:ChangeMessageVisibility",
        }
    }
}

fn seconds(length: Duration) -> i32 {
    i32::try_from(length.as_secs()).unwrap_or(i32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &str) {
        let shown = Address::parse(text).map_or_else(
            |error| error.to_string(),
            |Address { name, account, region, .. }| {
                format!("{name} {} {}", account.as_deref().unwrap_or("-"), region.as_deref().unwrap_or("-"))
            },
        );
        assert_eq!(shown, expected);
    }

    #[test]
    fn queues_are_named_in_four_ways() {
        check("sqs://trail-logs", "trail-logs - -");
        check("sqs://111111111111/trail_logs.fifo", "trail_logs.fifo 111111111111 -");
        check("arn:aws-cn:sqs:cn-north-1:111111111111:q", "q 111111111111 cn-north-1");
        check("https://sqs.eu-west-1.amazonaws.com/111111111111/q", "q 111111111111 eu-west-1");
        check("http://127.0.0.1:5000/111111111111/q", "q 111111111111 -");
        for wrong in [
            "trail-logs",
            "sqs://",
            "sqs://a b",
            "sqs://1234/q",
            "sqs://111111111111/q/r",
            "arn:aws:sns:eu-west-1:111111111111:q",
            "https://sqs.eu-west-1.amazonaws.com/q",
            "ftp://x/111111111111/q",
        ] {
            check(wrong, &format!("`{wrong}` is not a valid `queue`: {FORMS}"));
        }
    }
}
