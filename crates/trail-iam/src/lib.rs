//! What AWS identity and access management text means: ARNs, principals, policy documents, denials and actions.
//!
//! The bottom of the house: pure functions over text, without Arrow, network, SQL or a clock, so every layer above may
//! use them. All input is hostile: nothing here panics, and sizes, depths and list lengths are capped.
//!
//! - [`arn`]: an ARN and its parts; [`role_arns`]: the roles that a request names (what `iam:PassRole` was needed for).
//! - [`principal`]: what a policy's principal entry means.
//! - [`identity`]: who made a CloudTrail event: the stable principal key, and which sort of caller it is.
//! - [`denial`]: was a call denied, and what does the message say about why.
//! - [`policy`]: documents, grants and their class, the difference of two documents, the power of a statement.
//! - [`action`]: the IAM actions that an event needed.

pub mod action;
pub mod arn;
pub mod denial;
pub mod identity;
pub mod policy;
pub mod principal;

mod pass_role;
mod wildcard;

pub use action::iam_actions;
pub use arn::Arn;
pub use denial::denied;
pub use identity::{Caller, Identity, Request, caller, principal_key};
pub use pass_role::role_arns;
pub use principal::Principal;
