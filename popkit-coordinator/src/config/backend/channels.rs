//! `channels`.

use crate::config::read::{Report, block, rule};

block! {
    /// The block `channels`: under which names a session has its channels and keys. All are
    /// made from the prefix; a name that is not, is refused.
    ChannelsConfig {
        /// The first word of every channel and key: a name of at most 32 bytes.
        prefix: String where rule::prefix = "pop".to_owned(),
        /// The channel from the coordinator to all agents.
        broadcast: String = "pop:broadcast".to_owned(),
        /// The channel of heartbeats.
        heartbeat: String = "pop:heartbeat".to_owned(),
        /// The channel of results.
        results: String = "pop:results".to_owned(),
        /// The channel of insights.
        insights: String = "pop:insights".to_owned(),
        /// The channel to the coordinator.
        coordinator: String = "pop:coordinator".to_owned(),
        /// The channel of requests for a decision.
        human: String = "pop:human".to_owned(),
    }
}

impl ChannelsConfig {
    /// Names that the file leaves out follow the prefix; others must.
    pub(in crate::config) fn settle(&mut self, report: &mut Report<'_>) {
        let prefix = self.prefix.clone();
        for (key, name) in [
            ("broadcast", &mut self.broadcast),
            ("heartbeat", &mut self.heartbeat),
            ("results", &mut self.results),
            ("insights", &mut self.insights),
            ("coordinator", &mut self.coordinator),
            ("human", &mut self.human),
        ] {
            let own = format!("{prefix}:{key}");
            let path = format!("channels.{key}");
            if *name != own && report.has(&path) {
                let found = popkit_protocol::limits::cut(name, 60);
                let mend = format!("leave it out or write {own:?}; channels.prefix renames all");
                report.refuse(&path, format!("found the string {found:?}: {mend}"));
            }
            *name = own;
        }
    }
}
