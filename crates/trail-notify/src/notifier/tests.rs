//! Tests of the pipeline with channels of the test's own.
