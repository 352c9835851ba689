//! Where log objects come from: folders and S3 today, queues and streams beside them. Knows nothing of what is inside the bytes.

mod object;

pub use object::{LogObject, Reader, Source, SourceError};
