/** What each metric of the service means, and what its label `kind` says. */
export const METRIC_HELP: Readonly<Record<string, string>> = {
  attune_rpc_ms: 'Milliseconds from a call to its answer, by method.',
  attune_rpc_failures_total: 'Calls that did not end with OK, by method and status.',
  attune_event_warnings_total:
    'What was odd about events that were accepted, by rule and source; `decide` for those within a Decide.',
  attune_identity_absorbs_total:
    'Customers who were taken in by another one, because an event named keys of both.',
  attune_identity_refused_total:
    'Keys that an event named together with others and that were not united, by reason: conflict (two people), explicit (a kind that unites nobody), crowded (as many keys as a person may have), busy_day (as many people as may become one in a day), unreadable (the customer is quarantined), kept_apart (parted by an Unlink), seen_later (a device that was seen with somebody else since).',
  attune_refusals_total:
    'Events, feedback and decide requests that were refused for good, by the first rule and the source; see `attune rejected`.',
  attune_decisions_total: 'Decisions that are in the log.',
  attune_considerations_total:
    'Customers whom the service considered by itself, by what came of it (treatment, later, nothing).',
  attune_enrolment_shards:
    'Shards that go through their stored customers, because a policy brought or changed when they are considered.',
  attune_audience_walk_shards:
    'Shards that go through who is in an audience, because another policy or a pause lets other customers stay.',
  attune_consideration_late_ms:
    'Milliseconds from when a customer was to be considered to when it was done: long after a standstill, or where more are due than a node takes in a second.',
  attune_shed_total:
    'Requests refused with RESOURCE_EXHAUSTED because a mailbox or memory was full, by priority (consideration, dryRun, placement, view, feedback, critical).',
  attune_scorer_late_total: 'Scorer runs that took longer than decisions wait for them.',
  attune_scorer_fallbacks_total:
    'Ticks that base rates answered: the scorer was late, a deadline was nearer, it is not waited for after late runs (resting), or it failed.',
  attune_core_faults_total: 'Requests that failed in the core: a bug.',
  attune_faults_total:
    'Lines written to the log with the level "error", those left out for being alike counted too.',
  attune_shard_rebuilds_total:
    'Shards rebuilt from archive and log because their snapshots could not be believed.',
  attune_damaged_places:
    'Places that a look through archive, log and images found damaged; each is a line of the log.',
  attune_records_set_aside_total:
    'Damaged records of the log that were set aside in the archive, so that those behind them could follow.',
  attune_images_written_total: 'Images of shards that were written and read back.',
  attune_images_damaged_total: 'Images that could not be read back: their shards keep the older one.',
  attune_snapshots_rebuilt_total: 'Damaged snapshots that were rebuilt from image, archive and log.',
  attune_quarantined:
    'Customers set aside, by shard: their facts fail again and again, or no copy has their damaged profile.',
  attune_health: 'The node’s state, 1 for the one that it is in: serving, degraded, not_serving.',
  attune_health_reasons: 'Why the node is not simply serving, 1 for each reason that holds.',
  attune_mailbox_depth: 'Requests that wait in the mailboxes of all shards.',
  attune_customers_resident: 'Profiles in memory.',
  attune_outbox_depth: 'Dispatches that are open.',
  attune_paused:
    'Things that are paused by a call, by what they are (outbound, channel, action); see `attune paused`.',
  attune_channel_failing:
    'By channel: 1 while its systems refuse for now, or stay silent, again and again, so that one delivery is tried at a time.',
  attune_channel_failures_total: 'How often a channel came to that, by channel.',
  attune_engine_total:
    'Milliseconds spent per stage of a tick since the start (begin, score, finish, append), and the number of ticks and requests.',
  attune_erasures_pending:
    'Erasures of which something is left to do: files to rewrite, channel systems that have not answered.',
  attune_segments_rewritten_total:
    'Archive segments that were rewritten without the facts of people who were forgotten.',
  attune_state_rewrites_total:
    'How often all profiles were stored anew, so that state.mdb has nothing of people who were forgotten.',
  attune_shards_served: 'Shards that this node serves.',
  attune_requests_awaiting_node:
    'In a cluster: requests that wait here for a node that serves their shard, as during a takeover.',
  attune_requests_forwarded_total:
    'In a cluster: requests that this node sent on to the node that serves their shard, by what is asked (event, decide, feedback, read, or what actors ask each other).',
  attune_shared_stale_ms:
    'In a cluster: how old what this node knows of a store that all nodes write to may be, in milliseconds, by store (policy, pauses, catalogue, erasures).',
  attune_metric_misuses_total: 'Uses of a metric’s name as another type: a bug.',
};
