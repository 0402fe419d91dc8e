//! What does not change while the server runs: scripts, pages, documents. Each has a tag, so that a caller who has it is
//! told 304.

use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, StatusCode, header};

use crate::{
    Problem,
    headers::{ETag, IfNoneMatch},
};

/// Bytes with their media type and tag. Cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct Asset {
    media_type: &'static str,
    bytes: Bytes,
    etag: ETag,
}

impl Asset {
    pub(crate) fn new(media_type: &'static str, bytes: impl Into<Bytes>) -> Self {
        let bytes = bytes.into();
        Self { media_type, etag: ETag::of_bytes(&bytes), bytes }
    }

    /// 200 with the bytes, or 304 to one who has them. A cache must ask before it uses what it has.
    pub(crate) fn answer(&self, asked: &HeaderMap) -> Response {
        let known = match IfNoneMatch::of(asked) {
            Ok(tags) => tags.is_some_and(|tags| tags.has(&self.etag)),
            Err(error) => return Problem::from(error).into_response(),
        };
        let mut response =
            if known { StatusCode::NOT_MODIFIED.into_response() } else { self.bytes.clone().into_response() };
        let headers = response.headers_mut();
        if !known {
            headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(self.media_type));
        }
        headers.insert(header::ETAG, HeaderValue::from(&self.etag));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
        headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_has_it_is_told_so() {
        let asset = Asset::new("text/plain", "hello");
        let first = asset.answer(&HeaderMap::new());
        assert_eq!(
            (first.status(), &first.headers()["content-type"]),
            (StatusCode::OK, &"text/plain".parse().unwrap())
        );
        let mut asked = HeaderMap::new();
        asked.insert(header::IF_NONE_MATCH, first.headers()[header::ETAG].clone());
        assert_eq!(asset.answer(&asked).status(), StatusCode::NOT_MODIFIED);
        assert_ne!(Asset::new("text/plain", "hello!").etag, asset.etag);
    }
}
