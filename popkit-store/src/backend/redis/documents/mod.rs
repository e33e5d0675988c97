//! Documents on a Redis server: a key each, of the type that stock tools show.
//!
//! | Document | Type |
//! |---|---|
//! | text | string |
//! | map | hash |
//! | list | list, newest first |
//!
//! A document ends as its key does. Beside the documents lie three keys of their own, of which
//! the first knows, for each document, its version and a digest of the value that has it: so a
//! write by any other program is seen, and counts as one more version. A write of the value that
//! is there already is no change, and neither is another end. A document whose end another
//! program has taken away counts as made by that program, once the end it had has passed.
//!
//! An empty map or list, which Redis cannot keep, is known to those keys alone.
//!
//! # Where things are
//!
//! | Room | Holds |
//! |---|---|
//! | `store` | the seam |
//! | `script` | the scripts, one per operation, and what they all begin with |
//! | `handle` | calls of one document |
//! | `list` | pages of documents; `scan`: those that other programs made |
//! | `keys` | which key a document has |
//! | `answer` | what the scripts answer |
//! | `escape` | content that is no text, over a wire that carries nothing else |

mod answer;
mod escape;
mod handle;
mod keys;
mod list;
mod scan;
mod store;
