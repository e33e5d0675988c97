//! A connection on which commands are asked, one after the other.

use std::io::{self, BufReader, Error, ErrorKind, Read, Write};
use std::net::TcpStream;
use std::os::unix::net::UnixStream;

use super::access::Endpoint;
use super::reply::Reply;
use crate::redis::DEADLINE;

/// An open connection.
pub(super) struct Link {
    reader: BufReader<Box<dyn Read>>,
    writer: Box<dyn Write>,
}

impl Link {
    /// Connects; every later wait on this connection ends at the deadline.
    pub(super) fn open(endpoint: &Endpoint) -> io::Result<Self> {
        match endpoint {
            Endpoint::Tcp(addr) => {
                let stream = TcpStream::connect_timeout(addr, DEADLINE)?;
                stream.set_nodelay(true)?;
                stream.set_read_timeout(Some(DEADLINE))?;
                stream.set_write_timeout(Some(DEADLINE))?;
                Ok(Self::over(stream.try_clone()?, stream))
            }
            Endpoint::Unix(path) => {
                let stream = UnixStream::connect(path)?;
                stream.set_read_timeout(Some(DEADLINE))?;
                stream.set_write_timeout(Some(DEADLINE))?;
                Ok(Self::over(stream.try_clone()?, stream))
            }
        }
    }

    fn over(reader: impl Read + 'static, writer: impl Write + 'static) -> Self {
        Self { reader: BufReader::new(Box::new(reader)), writer: Box::new(writer) }
    }

    /// Sends one command and reads its answer; an error that the server answers is a [`Reply`].
    pub(super) fn ask(&mut self, command: &[&str]) -> io::Result<Reply> {
        self.writer.write_all(&encode(command))?;
        Reply::read(&mut self.reader).map_err(|error| match error.kind() {
            ErrorKind::WouldBlock | ErrorKind::TimedOut => {
                Error::new(ErrorKind::TimedOut, format!("no answer within {DEADLINE:?}"))
            }
            _ => error,
        })
    }
}

fn encode(command: &[&str]) -> Vec<u8> {
    let mut wire = format!("*{}\r\n", command.len()).into_bytes();
    for word in command {
        wire.extend_from_slice(format!("${}\r\n{word}\r\n", word.len()).as_bytes());
    }
    wire
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_is_a_list_of_counted_words() {
        assert_eq!(encode(&["GET", "ü"]), "*2\r\n$3\r\nGET\r\n$2\r\nü\r\n".as_bytes());
    }
}
