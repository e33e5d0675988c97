//! What is published, by whom, into which channel.

use std::path::{Path, PathBuf};

use popkit_benches::Failure;
use popkit_protocol::Channel;
use popkit_protocol::layer::SplitMix64;
use popkit_transport::Delivery;

use crate::Args;

/// The race as every process of it knows it.
#[derive(Debug, Clone)]
pub(crate) struct Job {
    folder: PathBuf,
    url: String,
    tight: String,
    pub(crate) run: String,
    pub(crate) publishers: u64,
    pub(crate) readers: u64,
    pub(crate) messages: u64,
    pub(crate) keep: u64,
    pub(crate) seed: u64,
    channels: Vec<Channel>,
}

/// One message: who published it, the number of its channel, and which of the publisher's
/// messages there it is, from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Name {
    pub(crate) publisher: u64,
    pub(crate) channel: usize,
    pub(crate) number: u64,
}

impl Job {
    pub(crate) fn new(args: &Args, folder: PathBuf, run: String) -> Result<Self, Failure> {
        let default = || format!("file:{}", folder.join("messages").display());
        let url = args.transport.clone().unwrap_or_else(default);
        let tight = args.tight.clone().unwrap_or_else(|| {
            let sign = if url.contains('?') { '&' } else { '?' };
            format!("{url}{sign}keep_messages={}", args.keep)
        });
        let names = (0..args.channels).map(|n| format!("race:{run}:{n}"));
        let channels = names.chain([format!("race:{run}:tight")]).map(Channel::new);
        Ok(Self {
            channels: channels.collect::<Result<_, _>>()?,
            folder,
            url,
            tight,
            run,
            publishers: args.publishers,
            readers: args.readers,
            messages: args.messages,
            keep: args.keep,
            seed: args.seed,
        })
    }

    /// Where the processes write down what they saw.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// The URL that this publisher opens.
    pub(crate) fn url_of(&self, publisher: u64) -> &str {
        if publisher == self.tight_publisher() { &self.tight } else { &self.url }
    }

    /// The channels that keep everything, with their numbers.
    pub(crate) fn channels(&self) -> &[Channel] {
        self.channels.split_last().map_or(&[], |(_, all)| all)
    }

    pub(crate) fn channel(&self, number: usize) -> Result<&Channel, Failure> {
        self.channels.get(number).ok_or_else(|| format!("no channel {number}").into())
    }

    /// The number of the channel that keeps little.
    pub(crate) fn tight_channel(&self) -> usize {
        self.channels.len() - 1
    }

    /// Its one publisher. It is never killed: what it repeated would be counted by the gaps, and
    /// nobody could say how often.
    pub(crate) fn tight_publisher(&self) -> u64 {
        self.publishers
    }

    pub(crate) fn late_reader(&self) -> u64 {
        self.readers
    }

    /// The reader of the channel that keeps little.
    pub(crate) fn slow_reader(&self) -> u64 {
        self.readers + 1
    }

    /// How many messages a publisher has for a channel.
    pub(crate) fn quota(&self, publisher: u64, channel: usize) -> u64 {
        if publisher >= self.tight_publisher() || channel >= self.tight_channel() {
            let tight = publisher == self.tight_publisher() && channel == self.tight_channel();
            return if tight { self.keep * 10 } else { 0 };
        }
        let count = self.channels().len() as u64;
        let (pairs, pair) = (self.publishers * count, publisher * count + channel as u64);
        self.messages / pairs + u64::from(pair < self.messages % pairs)
    }

    /// How many of them may be published before the last kill: nine tenths.
    pub(crate) fn early(&self, publisher: u64, channel: usize) -> u64 {
        let quota = self.quota(publisher, channel);
        quota - quota.div_ceil(10)
    }

    /// The channels, by number, that a publisher has messages for.
    pub(crate) fn channels_of(&self, publisher: u64) -> impl Iterator<Item = usize> {
        (0..self.channels.len()).filter(move |channel| self.quota(publisher, *channel) > 0)
    }

    /// What a message says. Some are long.
    pub(crate) fn payload(&self, name: Name) -> Vec<u8> {
        let Name { publisher, channel, number } = name;
        let seed = self.seed ^ publisher << 56 ^ (channel as u64) << 48 ^ number;
        let mut dice = SplitMix64::new(seed);
        let length = if dice.draw().is_multiple_of(250) { 16 * 1024 } else { dice.draw() % 200 };
        let mut payload = format!("{publisher} {channel} {number} ").into_bytes();
        payload.extend((0..length).map(|_| b'a' + (dice.draw() % 26) as u8));
        payload
    }

    /// Which message this is: with its payload whole, in its channel, under its stamp.
    pub(crate) fn name(&self, message: &Delivery) -> Option<Name> {
        let text = str::from_utf8(&message.payload).ok()?;
        let mut words = text.split(' ');
        let name = Name {
            publisher: words.next()?.parse().ok()?,
            channel: words.next()?.parse().ok()?,
            number: words.next()?.parse().ok()?,
        };
        let fits = self.channels.get(name.channel) == Some(&message.channel)
            && (1..=self.quota(name.publisher, name.channel)).contains(&name.number)
            && message.stamp.is_some_and(|stamp| stamp.sequence == name.number)
            && message.payload == self.payload(name);
        fits.then_some(name)
    }
}
