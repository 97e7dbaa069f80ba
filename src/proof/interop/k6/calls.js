/** Run by k6, not by node: what its module k6/net/grpc makes of the service, one JSON line a check. */
import {
  Client,
  StatusAlreadyExists,
  StatusInvalidArgument,
  StatusOK,
  StatusUnauthenticated,
  Stream,
} from 'k6/net/grpc';

const { TARGET, TOKEN, CA, CERT, KEY } = __ENV;
const DECISIONS = 'attune.v1.DecisionService';
const STREAMED = 50;
const ITERATIONS = 25;
const WHY_KEPT = 1_500;
const PARAMS = { metadata: { authorization: `Bearer ${TOKEN}` }, timeout: '20s' };

/** Files can be read only while the script is loaded. */
const SHOWN = CERT ? { cert: open(CERT), key: open(KEY) } : {};
const SECURED = CA ? { tls: { cacerts: open(CA), ...SHOWN } } : { plaintext: true };

export const options = {
  scenarios: {
    calls: { executor: 'shared-iterations', vus: 1, iterations: 1, exec: 'calls' },
    load: { executor: 'per-vu-iterations', vus: 20, iterations: ITERATIONS, exec: 'load' },
  },
};

const client = new Client();
let connected = false;

function connect() {
  if (!connected) client.connect(TARGET, { ...SECURED, reflect: true, reflectMetadata: PARAMS.metadata });
  connected = true;
}

function decideRequest(id, value) {
  return { requestId: id, identifiers: [{ kind: 'crm', value }], placements: ['home_hero'] };
}

function decide(request, params = PARAMS) {
  return client.invoke(`${DECISIONS}/Decide`, request, params);
}

function report(name, ok, seen) {
  console.log(JSON.stringify({ name, ok, why: ok ? '' : JSON.stringify(seen).slice(0, WHY_KEPT) }));
}

export function calls() {
  connect();
  const id = `k6-${Date.now()}`;
  const first = decide(decideRequest(id, 'k6-1'));
  report('decides', first.status === StatusOK && first.message.choices.length === 1, first);
  // Go writes the fields of a message, and the entries of a map, in another order each time.
  const again = Array.from({ length: 10 }, () => decide(decideRequest(id, 'k6-1')));
  report(
    'is told of a repetition',
    again.every(({ message }) => message.repeated === true),
    again,
  );
  const other = decide({ ...decideRequest(id, 'k6-1'), alternativesMax: 3 });
  report('may not use a request_id twice', other.status === StatusAlreadyExists, other);
  const explained = client.invoke(`${DECISIONS}/Explain`, { decisionId: first.message.decisionId }, PARAMS);
  report('explains', explained.message.replayIdentical === true, explained);
  const long = decide(decideRequest(`${id}-long`, 'k6-1'), { ...PARAMS, timeout: '2147484s' });
  report('waits up to 2147484 s', long.status === StatusOK, long);
  const stranger = decide(decideRequest(`${id}-none`, 'k6-1'), { timeout: '20s' });
  report('is refused without a token', stranger.status === StatusUnauthenticated, stranger);
  // k6 resolves no type that the contract does not import, and leaves the error empty then: the trailer has it.
  const faulty = decide(decideRequest('', 'k6-1'));
  const [details = ''] = faulty.trailers['grpc-status-details-bin'] ?? [];
  report(
    'is told its faults',
    faulty.status === StatusInvalidArgument && details.includes('request_id'),
    faulty,
  );
  streamDecisions(id);
}

function streamDecisions(id) {
  const stream = new Stream(client, `${DECISIONS}/DecideStream`, PARAMS);
  const tags = new Set();
  stream.on('data', ({ tag, reply }) => {
    if (reply !== undefined) tags.add(Number(tag ?? 0));
  });
  stream.on('error', (error) => report('streams decisions without an error', false, error));
  stream.on('end', () => report('streams decisions', tags.size === STREAMED, [...tags]));
  for (let tag = 0; tag < STREAMED; tag++)
    stream.write({ tag: String(tag), timeout: '10s', request: decideRequest(`${id}-${tag}`, `k6-${tag}`) });
  stream.end();
}

export function load() {
  connect();
  const reply = decide(decideRequest(`load-${__VU}-${__ITER}-${Date.now()}`, `k6-load-${__VU}`));
  if (reply.status !== StatusOK || __ITER === ITERATIONS - 1)
    report(`decides under load, caller ${__VU}`, reply.status === StatusOK, reply);
}
