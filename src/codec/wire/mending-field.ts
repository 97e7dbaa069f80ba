/** The field that would mend a message which breaks a rule about the whole of it, by the rule's id. */
const MENDING: Readonly<Record<string, string>> = {
  'decide.placements': 'placements',
  'decide_stream.request_or_entries': 'request',
  'decide_stream.entries_flat': 'entries',
  'stream_events.event_or_entries': 'event',
  'stream_events.entries_flat': 'entries',
  'feedback.about': 'dispatch_id',
  'customer_ref.one': 'identifiers',
  'why_not.time': 'at',
};

/** '' for a rule that names its field itself. */
export function mendingField(rule: string): string {
  return MENDING[rule] ?? '';
}
