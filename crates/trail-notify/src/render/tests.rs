//! Tests of the rendered forms.
