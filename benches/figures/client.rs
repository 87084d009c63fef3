//! A lean HTTP/1.1 client: one kept connection, requests made in advance, answers read in place.

use std::net::SocketAddr;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::Outcome;

/// What ends a body that comes in chunks.
const LAST_CHUNK: &[u8] = b"\r\n0\r\n\r\n";

/// A connection that is kept.
pub struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
}

/// What was answered, inside the connection's buffer.
pub struct Answer<'a> {
    /// The status.
    pub status: u16,
    /// The status line and the headers.
    pub head: &'a str,
    /// The body; the chunks of a compressed page as they came, since nobody reads them.
    pub body: &'a [u8],
}

impl Connection {
    /// Connects.
    pub async fn open(address: SocketAddr) -> Outcome<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, buffer: Vec::with_capacity(64 * 1024) })
    }

    /// Sends a request and waits for its answer.
    pub async fn ask(&mut self, request: &[u8]) -> Outcome<Answer<'_>> {
        self.stream.write_all(request).await?;
        self.buffer.clear();
        let (body_from, mut searched) = (b"\r\n\r\n", 0_usize);
        let body = loop {
            self.read_more().await?;
            let found = self.buffer[searched..].windows(4).position(|four| four == body_from);
            if let Some(at) = found {
                break searched + at + 4;
            }
            searched = self.buffer.len().saturating_sub(3);
        };
        let head = std::str::from_utf8(&self.buffer[..body])?;
        let status = head.get(9..12).and_then(|digits| digits.parse().ok()).ok_or("an answer without a status")?;
        let is_chunked = header(head, "transfer-encoding") == Some("chunked");
        match header(head, "content-length").map(str::parse::<usize>) {
            Some(length) => {
                let length = length?;
                while self.buffer.len() < body + length {
                    self.read_more().await?;
                }
            }
            None if is_chunked => {
                while !self.buffer[body - 2..].ends_with(LAST_CHUNK) {
                    self.read_more().await?;
                }
            }
            None => return Err("an answer without a length".into()),
        }
        let head = std::str::from_utf8(&self.buffer[..body])?;
        Ok(Answer { status, head, body: &self.buffer[body..] })
    }

    async fn read_more(&mut self) -> Outcome {
        if self.stream.read_buf(&mut self.buffer).await? == 0 {
            return Err("the server hung up".into());
        }
        Ok(())
    }
}

/// The value of a header.
pub fn header<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    let pairs = head.lines().filter_map(|line| line.split_once(':'));
    pairs.into_iter().find(|(of, _)| of.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim())
}
