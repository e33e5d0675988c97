//! The keys of the file, written down by hand from the table of the design.

/// All keys that hold a value, a block a line.
pub(super) const KEYS: &[&str] = &[
    "$schema description version mode_priority",
    "native: enabled min_claude_code_version max_parallel_agents poll_interval_ms \
     sync_timeout_seconds use_insights_file insights_file_path state_file_path",
    "native.plan_mode: enabled min_claude_code_version timeout_seconds auto_approve_on_timeout \
     notes",
    "tier_limits.free: mode max_agents features",
    "tier_limits.premium: mode max_agents features",
    "tier_limits.pro: mode max_agents redis_fallback features",
    "redis: host port db password socket_timeout retry_on_timeout health_check_interval",
    "channels: prefix broadcast heartbeat results insights coordinator human",
    "intervals: checkin_every_n_tools heartbeat_seconds agent_timeout_seconds \
     sync_timeout_seconds insight_ttl_seconds message_ttl_seconds",
    "limits: max_insights_per_pull max_parallel_agents max_tool_calls_per_agent \
     max_runtime_minutes max_retries_on_failure max_orphaned_task_age_seconds",
    "guardrails: human_required_actions protected_paths unconventional_patterns",
    "guardrails.drift_detection: enabled file_scope_enforcement silent_agent_threshold_seconds \
     tool_call_overdue_threshold",
    "failover: heartbeat_miss_threshold auto_reassign_orphaned enabled \
     preserve_context_on_reassign max_reassign_attempts",
    "insights: auto_share_discoveries",
    "insights.relevance_matching: enabled min_tag_overlap boost_same_phase",
    "insights.deduplication: enabled similarity_threshold",
    "phases: default_phases sync_between_phases allow_phase_skip phase_timeout_multiplier",
    "phases.documentation_barrier: enabled required_agent timeout_seconds checks",
    "output: checkin_style result_style verbose_logging store_session_transcript",
    "coordinator: mode auto_breakdown_tasks smart_agent_selection aggregate_results \
     conflict_resolution human_escalation_enabled",
    "learning: enabled store_patterns pattern_retention_hours share_patterns_across_sessions \
     success_pattern_threshold",
    "cloud: use_workflows api_url fallback_to_local sync_on_result sync_on_phase_change",
    "consensus: threshold require_unanimous_for",
    "streaming: broadcast_chunks",
];

/// Their whole paths.
pub(super) fn paths() -> Vec<String> {
    let paths = KEYS.iter().flat_map(|line| match line.split_once(": ") {
        Some((block, keys)) => {
            keys.split_whitespace().map(|key| format!("{block}.{key}")).collect::<Vec<_>>()
        }
        None => line.split_whitespace().map(str::to_owned).collect(),
    });
    paths.collect()
}

#[test]
fn the_table_has_more_than_a_hundred_keys() {
    let paths = paths();
    assert_eq!(paths.len(), 102, "{paths:#?}");
}
