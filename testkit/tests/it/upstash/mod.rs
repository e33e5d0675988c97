//! The Upstash double, asked by a plain HTTP client.

mod client;
mod counts;
mod faults;
mod feed;
mod golden;
mod life;
mod limits;
mod replica;
mod scripts;
mod stream_faults;
mod tokens;
mod transactions;

use client::Client;
