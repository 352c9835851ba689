//! trail-iam
