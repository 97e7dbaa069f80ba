/** A shop with an action of its own for each channel, so that what one channel does shows on that channel alone. */

/** Who misbehaves in a round with bad channels, and how. */
export const BAD_CHANNELS = {
  dead: 'email',
  slow: 'sms',
  flapping: 'push',
  doubling: 'whatsapp',
} as const;
export const HEALTHY_CHANNELS: readonly string[] = ['app', 'onsite'];
export const ALL_CHANNELS: readonly string[] = [...Object.values(BAD_CHANNELS), ...HEALTHY_CHANNELS];

/** The attribute that says by which channel a customer is reached. */
export const READS = 'reads';

/** How long a message of the dead and of the slow channel may wait: so short that some lapse within a round. */
const SHORT_VALID = '5s';
const LONG_VALID = '2h';

/** The policy's files by their names relative to its directory. */
export function channelsPolicyFiles(): Map<string, string> {
  return new Map([
    ['policy.yaml', POLICY],
    ['channels.yaml', `channels:\n${ALL_CHANNELS.map(channelLine).join('')}`],
    ['guardrails.yaml', GUARDRAILS],
    ['placements.yaml', 'placements: {}\n'],
    ['actions/all.yaml', `actions:\n${ALL_CHANNELS.map(actionLines).join('')}`],
  ]);
}

const POLICY = `
name: channels
currency: GBP
zones: [Europe/London]
identifiers: [loyalty, anonymous]
holdout: 0
explore: 0.1
buys_per_week: 0.05
attributes: { ${READS}: { type: text, personal: false } }
defaults: { margin_rate: 0.5, order_value: 80, valid: ${LONG_VALID}, lift: { mean: 0.2, sd: 0.1 } }
`;

const GUARDRAILS = `
quiet_hours: { from: "22:00", to: "06:00" }
caps: []
suppression: { default: 0s, whole_category: 0s }
margin_floor: 0
`;

function channelLine(name: string): string {
  return `  ${name}: { kind: push, cost: 0.001, unsubscribe_loss: 0, quiet_hours: false, consent: not_withdrawn }\n`;
}

function actionLines(name: string): string {
  const isShort = name === BAD_CHANNELS.dead || name === BAD_CHANNELS.slow;
  return `
  to_${name}:
    title: A message by ${name}
    purpose: marketing
    promotion: false
    subject: none
    channels: [${name}]
    proactive: true
    when: attributes.${READS} == "${name}"
    valid: ${isShort ? SHORT_VALID : LONG_VALID}
    variants: { plain: { template: to_${name}, text: Hello } }
`;
}
