use popkit_protocol::Namespace;
use popkit_redis::Keyspace;

use super::*;
